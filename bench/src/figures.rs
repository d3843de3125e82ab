//! Times, and what is told of them.

use std::{fmt, time::Duration};

use serde::Serialize;

/// Times as they are taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn spread(mut self) -> Spread {
        self.0.sort_unstable();
        let at = |share: f64| {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "an index, far below 2^52"
            )]
            let index = ((self.0.len() as f64 * share).ceil() as usize).clamp(1, self.0.len().max(1)) - 1;
            self.0.get(index).map_or(0.0, |time| millis(*time))
        };
        Spread { count: self.0.len(), p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1.0) }
    }
}

/// How times are spread. All 0 when there are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Spread {
    pub count: usize,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {} ms", short(self.p50_ms), short(self.p99_ms))
    }
}

/// To the microsecond.
pub(crate) fn millis(time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "below 2^52 for 142 years")]
    let micros = time.as_micros() as f64;
    micros / 1_000.0
}

pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// Three digits that mean something.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and bytes far below 2^52")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

/// Bytes as megabytes of a million.
pub(crate) fn megabytes(bytes: u64) -> f64 {
    rounded(number(bytes) / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_of_times_that_were_taken() {
        let mut times = Times::default();
        for ms in (1..=100).rev() {
            times.add(Duration::from_millis(ms));
        }
        assert_eq!(times.spread(), Spread { count: 100, p50_ms: 50.0, p99_ms: 99.0, max_ms: 100.0 });
        assert_eq!(Times::default().spread(), Spread::default());
    }

    #[test]
    fn a_figure_has_three_digits() {
        assert_eq!(["0.04", "2.75", "27.5", "272"].map(str::to_owned), [0.041, 2.751, 27.51, 271.9].map(short));
    }
}
