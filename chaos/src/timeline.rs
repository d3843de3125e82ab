//! What happened when.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde::Serialize;

/// Entries that are kept at most; the newest are dropped, and the last one says so.
const ENTRIES_MAX: usize = 5_000;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moment {
    /// Since the load began.
    pub at_s: f64,
    pub what: String,
}

/// A list that everybody appends to. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    start: Instant,
    moments: Arc<Mutex<Vec<Moment>>>,
}

impl Timeline {
    pub(crate) fn start() -> Self {
        Self { start: Instant::now(), moments: Arc::default() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    pub(crate) fn note(&self, what: impl Into<String>) {
        let at_s = (self.start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        let what = match moments.len() {
            ENTRIES_MAX.. => return,
            count if count == ENTRIES_MAX - 1 => "more happened than is noted".to_owned(),
            _ => what.into(),
        };
        moments.push(Moment { at_s, what });
    }

    pub(crate) fn moments(&self) -> Vec<Moment> {
        self.moments.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
