//! How long to wait before the next try.

use std::time::Duration;

/// The upper end of the first wait.
pub(crate) const BACKOFF_MIN: Duration = Duration::from_millis(100);

/// The upper end of every later wait.
pub(crate) const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// Exponential with full jitter: each wait is drawn evenly from nought to an upper end that doubles. The jitter keeps a
/// fleet from knocking at a returning Redis all at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Whether the last try succeeded, so that this failure is worth telling.
    pub(crate) fn is_fresh(&self) -> bool {
        self.failures == 0
    }

    /// The wait after one more failure.
    pub(crate) fn next_wait(&mut self) -> Duration {
        let ceiling = self.ceiling();
        self.failures = self.failures.saturating_add(1);
        ceiling.mul_f64(rand::random())
    }

    fn ceiling(&self) -> Duration {
        BACKOFF_MIN.saturating_mul(2_u32.saturating_pow(self.failures)).min(BACKOFF_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_five_seconds() {
        let mut backoff = Backoff::default();
        let ceilings: Vec<u128> = (0..8)
            .map(|_| {
                let ceiling = backoff.ceiling();
                assert!(backoff.next_wait() <= ceiling);
                ceiling.as_millis()
            })
            .collect();
        assert_eq!(ceilings, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        backoff.failures = u32::MAX;
        assert!(backoff.next_wait() <= BACKOFF_MAX);
    }
}
