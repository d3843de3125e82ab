//! Bounded retries with full jitter. The only layer of the house that retries a task.

use std::time::Duration;

use rand::RngExt;

/// How often, and how long between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included.
    pub attempts_max: u32,
    /// The upper end of the first wait.
    pub base: Duration,
    /// The upper end of any wait.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts_max: 4, base: Duration::from_millis(200), cap: Duration::from_secs(10) }
    }
}

impl RetryPolicy {
    /// How long to wait after `attempt` (from 1) failed: uniform between zero and the capped exponential ("full jitter"),
    /// but at least what the other side asked for. None when attempts are used up.
    #[must_use]
    pub fn wait(&self, attempt: u32, asked: Option<Duration>) -> Option<Duration> {
        if attempt >= self.attempts_max {
            return None;
        }
        let ceiling = self.base.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(self.cap);
        let jittered = ceiling.mul_f64(rand::rng().random_range(0.0..=1.0));
        Some(jittered.max(asked.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_bounded_and_end() {
        let policy = RetryPolicy { attempts_max: 3, base: Duration::from_millis(10), cap: Duration::from_millis(15) };
        assert!(policy.wait(1, None).is_some_and(|wait| wait <= Duration::from_millis(10)));
        assert!(policy.wait(2, None).is_some_and(|wait| wait <= Duration::from_millis(15)));
        assert_eq!(policy.wait(3, None), None);
    }

    #[test]
    fn a_wait_that_was_asked_for_is_a_minimum() {
        let asked = Duration::from_secs(3);
        assert!(RetryPolicy::default().wait(1, Some(asked)).is_some_and(|wait| wait >= asked));
    }
}
