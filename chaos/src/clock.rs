//! The database's time, where a scenario wants another one than this machine's.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// It shows what it is told to now, and runs faster from here on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    speed: i64,
    from_micros: i64,
}

impl Clock {
    /// Shows `start` when this machine shows `real`, and runs `speed` times as fast: more than once.
    pub(crate) fn showing(start: DateTime<Utc>, real: DateTime<Utc>, speed: i64) -> Self {
        // What is shown is from + (real - from) * speed, solved for from.
        let ahead = real.timestamp_micros() - start.timestamp_micros();
        Self { speed, from_micros: real.timestamp_micros() + ahead / (speed - 1) }
    }

    /// What it shows when this machine shows `real`.
    pub(crate) fn at(self, real: DateTime<Utc>) -> DateTime<Utc> {
        let shown = self.from_micros + (real.timestamp_micros() - self.from_micros) * self.speed;
        DateTime::from_timestamp_micros(shown).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// How processes are told.
    pub(crate) fn variables(self) -> [(&'static str, i64); 2] {
        [("PORTOLAN__STORE__TIME_SCALE", self.speed), ("PORTOLAN__STORE__TIME_SCALE_FROM_MICROS", self.from_micros)]
    }
}

/// By the clock of this machine.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn it_shows_what_it_is_told_to_and_runs_faster_from_there() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        for (start, real) in
            [("2026-03-28T22:00:00Z", "2026-11-28T13:00:00Z"), ("2027-03-28T22:00:00Z", "2026-11-28T13:00:00Z")]
        {
            let (start, real) = (at(start), at(real));
            for speed in [2, 60, 3_600] {
                let clock = Clock::showing(start, real, speed);
                let tolerance = TimeDelta::milliseconds(speed);
                assert!((clock.at(real) - start).abs() < tolerance, "{clock:?}");
                let later = clock.at(real + TimeDelta::seconds(10));
                assert!((later - start - TimeDelta::seconds(10 * speed)).abs() < tolerance, "{clock:?}");
            }
        }
    }
}
