//! Whether this process's consumer is alive: the last successful look for a ring, and whether it has room to look.

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// Stands for "never" in [`Liveness::polled_ms`].
const NEVER: u64 = u64::MAX;

pub(crate) struct Liveness {
    epoch: Instant,
    polled_ms: AtomicU64,
    slots: AtomicUsize,
    busy: AtomicUsize,
}

/// A consumer's slots, for as long as it runs.
pub(crate) struct Slots<'a>(&'a Liveness, usize);

/// One slot at work.
pub(crate) struct Busy<'a>(&'a Liveness);

impl Liveness {
    pub(crate) fn new() -> Self {
        Self {
            epoch: Instant::now(),
            polled_ms: AtomicU64::new(NEVER),
            slots: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
        }
    }

    pub(crate) fn polled(&self) {
        self.polled_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    pub(crate) fn open(&self, slots: usize) -> Slots<'_> {
        self.slots.fetch_add(slots, Ordering::Relaxed);
        Slots(self, slots)
    }

    pub(crate) fn start(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(self)
    }

    /// Milliseconds since the last successful look. A consumer without a free slot does not look, on purpose: nought.
    pub(crate) fn poll_age_ms(&self) -> Option<u64> {
        let polled_ms = self.polled_ms.load(Ordering::Relaxed);
        if polled_ms == NEVER || self.slots.load(Ordering::Relaxed) == 0 {
            return None;
        }
        if self.is_full() {
            return Some(0);
        }
        Some(self.now_ms().saturating_sub(polled_ms))
    }

    pub(crate) fn is_healthy(&self, within: Duration) -> bool {
        self.poll_age_ms().is_some_and(|age_ms| u128::from(age_ms) <= within.as_millis())
    }

    fn is_full(&self) -> bool {
        self.busy.load(Ordering::Relaxed) >= self.slots.load(Ordering::Relaxed)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(NEVER - 1)
    }
}

impl Drop for Slots<'_> {
    fn drop(&mut self) {
        self.0.slots.fetch_sub(self.1, Ordering::Relaxed);
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if self.0.is_full() {
            self.0.polled(); // It did not look while it was full; that must not count against it now.
        }
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_consumer_is_healthy_and_an_absent_one_is_not() {
        let liveness = Liveness::new();
        assert!(!liveness.is_healthy(Duration::MAX));
        let slots = liveness.open(1);
        assert!(!liveness.is_healthy(Duration::MAX), "it never looked");
        liveness.polled();
        assert!(liveness.is_healthy(Duration::from_secs(5)));
        let busy = liveness.start();
        assert_eq!(liveness.poll_age_ms(), Some(0));
        drop(busy);
        drop(slots);
        assert_eq!(liveness.poll_age_ms(), None);
    }
}
