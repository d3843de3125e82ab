//! How fast time runs.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::Config;

/// What a person really has to decide at least, however fast time runs, unless the gate is to end sooner anyway.
const GATE_OPEN_MIN: Duration = Duration::from_secs(600);

/// The speed of the database's time.
///
/// What people and calendars do (schedules, watches, quiet times, snoozes, the dates of trips) is in the database's time, and
/// passes faster when that is scaled. What machines do (leases, the waits between retries, the paces of receivers, how long
/// a client's key is remembered) takes as long as it takes: such spans are stretched by the same factor before they are
/// added to the database's time, so that a lease of ten seconds lasts ten seconds whatever the scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    scale: f64,
    from_micros: i64,
}

impl Clock {
    /// Real time.
    #[must_use]
    pub const fn real() -> Self {
        Self { scale: 1.0, from_micros: 0 }
    }

    pub(crate) fn of(config: &Config) -> Self {
        Self { scale: config.time_scale, from_micros: config.time_scale_from_micros }
    }

    #[must_use]
    pub fn is_real(self) -> bool {
        (self.scale - 1.0).abs() < f64::EPSILON
    }

    /// The present instant by this machine's clock, at the database's speed: for what a request says about days, where asking
    /// the database would cost a round trip. What happens to rows is timed by the database itself.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the edge's clock, beside the database's")]
    pub fn now(self) -> DateTime<Utc> {
        let real = Utc::now();
        if self.is_real() {
            return real;
        }
        domain::time::from_micros(
            self.from_micros.saturating_add(self.scaled(real.timestamp_micros() - self.from_micros)),
        )
    }

    /// How long something that really takes `real` is in the database's time.
    #[must_use]
    pub fn span(self, real: Duration) -> Duration {
        if self.is_real() {
            real
        } else {
            Duration::try_from_secs_f64(real.as_secs_f64() * self.scale).unwrap_or(Duration::MAX)
        }
    }

    /// How long something that is `span` in the database's time really takes.
    #[must_use]
    pub fn real_span(self, span: Duration) -> Duration {
        if self.is_real() {
            span
        } else {
            Duration::try_from_secs_f64(span.as_secs_f64() / self.scale).unwrap_or(Duration::MAX)
        }
    }

    /// How long a gate is open in the database's time that is to be open for `timeout`: so long, and where time runs faster
    /// never shorter than what a person really needs.
    #[must_use]
    pub fn open_for(self, timeout: Duration) -> Duration {
        timeout.max(self.span(timeout.min(GATE_OPEN_MIN)))
    }

    /// What clocks on walls show at an instant of the database: for those outside who compare it with theirs.
    #[must_use]
    pub fn on_walls(self, at: DateTime<Utc>) -> DateTime<Utc> {
        if self.is_real() {
            return at;
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "microseconds of some thousand years"
        )]
        let passed = ((at.timestamp_micros() - self.from_micros) as f64 / self.scale) as i64;
        domain::time::from_micros(self.from_micros.saturating_add(passed))
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "microseconds of some thousand years"
    )]
    fn scaled(self, micros: i64) -> i64 {
        (micros as f64 * self.scale) as i64
    }

    pub(crate) fn scale(self) -> f64 {
        self.scale
    }

    pub(crate) fn origin_micros(self) -> i64 {
        self.from_micros
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::real()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_lasts_as_long_as_it_says_at_every_speed() {
        let clock = Clock { scale: 1_000.0, from_micros: 0 };
        assert_eq!(clock.span(Duration::from_secs(10)), Duration::from_secs(10_000));
        assert_eq!(clock.real_span(Duration::from_secs(10_000)), Duration::from_secs(10));
        assert_eq!(Clock::real().span(Duration::from_secs(10)), Duration::from_secs(10));
    }

    #[test]
    fn a_gate_is_open_for_ten_real_minutes_at_least() {
        let (days, minute) = (Duration::from_secs(72 * 3_600), Duration::from_secs(60));
        let fast = Clock { scale: 3_600.0, from_micros: 0 };
        assert_eq!(fast.real_span(fast.open_for(days)), Duration::from_secs(600));
        assert_eq!(fast.real_span(fast.open_for(minute)), minute, "or as long as was asked for");
        let slow = Clock { scale: 60.0, from_micros: 0 };
        assert_eq!(slow.open_for(days), days);
        assert_eq!(Clock::real().open_for(minute), minute);
    }

    #[test]
    fn walls_show_real_time() {
        let start = DateTime::from_timestamp(1_795_000_000, 0).expect("an instant");
        let clock = Clock { scale: 3_600.0, from_micros: start.timestamp_micros() };
        assert_eq!(clock.on_walls(start + chrono::Duration::hours(1)), start + chrono::Duration::seconds(1));
        assert_eq!(Clock::real().on_walls(start), start);
    }
}
