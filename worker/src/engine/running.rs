//! The jobs in this process's hands.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::JobId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Which jobs run here, and how to drop them.
#[derive(Default)]
pub(crate) struct Running {
    jobs: Mutex<HashMap<JobId, CancellationToken>>,
    /// Wakes who waits for a slot.
    pub(crate) freed: Notify,
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, CancellationToken>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a claimed job; it leaves when the guard is dropped, also by a panic.
    pub(crate) fn enter(self: &Arc<Self>, id: JobId) -> Entered {
        let cancel = CancellationToken::new();
        self.lock().insert(id, cancel.clone());
        Entered { running: Arc::clone(self), id, cancel }
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(crate) fn ids(&self) -> Vec<JobId> {
        self.lock().keys().copied().collect()
    }

    pub(crate) fn cancel(&self, id: JobId) {
        if let Some(cancel) = self.lock().get(&id) {
            cancel.cancel();
        }
    }

    pub(crate) fn cancel_all(&self) {
        self.lock().values().for_each(CancellationToken::cancel);
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
