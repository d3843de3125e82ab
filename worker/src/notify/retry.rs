//! When a failed message is tried again.

use std::time::Duration;

use domain::delivery::ATTEMPTS_MAX;

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// The waits between the eight attempts: quick at first, for a receiver that restarts; then over a day, for one whose people
/// have to be woken. Together 23 h 36 min.
const WAITS: [Duration; 7] =
    [Duration::from_secs(5), minutes(1), minutes(5), minutes(30), minutes(2 * 60), minutes(6 * 60), minutes(15 * 60)];
/// The longest that a receiver's Retry-After is followed.
const AFTER_MAX: Duration = minutes(15 * 60);
/// How far a wait is drawn out at most, so that what failed together does not come back together.
const JITTER: f64 = 0.1;

/// The wait after the `attempts`-th attempt failed, or none when it was the last. `after` is what the receiver asks for, and
/// `random` from 0 to 1.
pub(super) fn wait(attempts: i32, after: Option<Duration>, random: f64) -> Option<Duration> {
    debug_assert_eq!(usize::try_from(ATTEMPTS_MAX), Ok(WAITS.len() + 1), "a wait stands between two attempts");
    let index = usize::try_from(attempts.max(1) - 1).ok()?;
    let planned = WAITS.get(index)?.mul_f64(1.0 + JITTER * random.clamp(0.0, 1.0));
    Some(after.map_or(planned, |after| planned.max(after.min(AFTER_MAX))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_attempts_take_a_day() {
        let waits: Vec<Duration> = (1..).map_while(|attempts| wait(attempts, None, 0.0)).collect();
        assert_eq!(waits.len(), 7);
        assert_eq!(waits.iter().sum::<Duration>(), minutes(23 * 60 + 35) + Duration::from_secs(65));
        assert!(waits.is_sorted());
        assert_eq!(wait(8, Some(Duration::from_secs(1)), 0.0), None);
        assert!(waits.iter().sum::<Duration>().mul_f64(1.1) < minutes(26 * 60));
    }

    #[test]
    fn a_receiver_may_ask_for_more_patience_but_not_for_any_amount() {
        assert_eq!(wait(1, Some(Duration::from_secs(60)), 0.0), Some(minutes(1)));
        assert_eq!(wait(4, Some(Duration::from_secs(1)), 0.0), Some(minutes(30)));
        assert_eq!(wait(1, Some(Duration::MAX), 0.0), Some(AFTER_MAX));
        assert_eq!(wait(1, None, 1.0), Some(Duration::from_millis(5_500)));
    }
}
