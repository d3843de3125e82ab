//! The jobs in this process's hands.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::JobId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

struct Run {
    cancel: CancellationToken,
    /// It may take this process down, as it may have done with its last one.
    is_suspect: bool,
}

/// Which jobs run here, and how to drop them.
#[derive(Default)]
pub(crate) struct Running {
    jobs: Mutex<HashMap<JobId, Run>>,
    /// Wakes who waits for a slot.
    pub(crate) freed: Notify,
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, Run>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a claimed job; it leaves when the guard is dropped, also by a panic.
    pub(crate) fn enter(self: &Arc<Self>, id: JobId, is_suspect: bool) -> Entered {
        let cancel = CancellationToken::new();
        self.lock().insert(id, Run { cancel: cancel.clone(), is_suspect });
        Entered { running: Arc::clone(self), id, cancel }
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(crate) fn ids(&self) -> Vec<JobId> {
        self.lock().keys().copied().collect()
    }

    pub(crate) fn cancel(&self, id: JobId) {
        if let Some(run) = self.lock().get(&id) {
            run.cancel.cancel();
        }
    }

    /// The job got one step further: it is not what takes workers down.
    pub(crate) fn prove(&self, id: JobId) {
        if let Some(run) = self.lock().get_mut(&id) {
            run.is_suspect = false;
        }
    }

    pub(crate) fn has_suspect(&self) -> bool {
        self.lock().values().any(|run| run.is_suspect)
    }

    pub(crate) fn cancel_all(&self) {
        self.lock().values().for_each(|run| run.cancel.cancel());
    }
}

/// A job that runs here.
pub(crate) struct Entered {
    running: Arc<Running>,
    id: JobId,
    pub(crate) cancel: CancellationToken,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.running.lock().remove(&self.id);
        self.running.freed.notify_one();
    }
}
