//! Records between the node that produced them and the journal.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::Record;

/// Beyond it whoever adds a record waits for the journal.
pub(crate) const RECORDS_BUFFERED_MAX: usize = 256;

/// Gathers records in order and tells who waits when they are committed.
pub(crate) struct Buffer {
    inner: Mutex<Inner>,
    /// How many records have been committed.
    committed: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    records: Vec<Record>,
    /// How many records have been added, ever. Replaced checkpoints count.
    added: u64,
}

impl Buffer {
    pub(crate) fn new() -> Self {
        Self { inner: Mutex::default(), committed: watch::Sender::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic cannot leave the two fields half-changed, so the data behind a poisoned lock is whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds without waiting. A checkpoint replaces an older one that has not been taken yet.
    pub(crate) fn push(&self, record: Record) {
        let mut inner = self.lock();
        if matches!(record, Record::Checkpoint { .. }) {
            inner.records.retain(|known| !matches!(known, Record::Checkpoint { .. }));
        }
        inner.records.push(record);
        inner.added += 1;
    }

    /// Takes everything, with the count that will have been committed once it is.
    pub(crate) fn take(&self) -> Option<(Vec<Record>, u64)> {
        let mut inner = self.lock();
        (!inner.records.is_empty()).then(|| (std::mem::take(&mut inner.records), inner.added))
    }

    pub(crate) fn is_full(&self) -> bool {
        self.lock().records.len() >= RECORDS_BUFFERED_MAX
    }

    pub(crate) fn mark_committed(&self, count: u64) {
        self.committed.send_replace(count);
    }

    /// Waits until all that was added so far is committed. Never returns if the run ends first; it is dropped then.
    pub(crate) async fn flushed(&self) {
        let target = self.lock().added;
        let mut committed = self.committed.subscribe();
        // The sender lives in self, so the wait can only end well.
        let _reached = committed.wait_for(|count| *count >= target).await;
    }
}
