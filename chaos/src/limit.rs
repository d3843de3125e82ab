//! What may be measured of a whole run.

use crate::{Check, client::Client, oracle::Verdict, stream::Reading};

/// What a scenario wants to be true of the whole run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// Of so many of the jobs, the longest wait for their next event.
    Silence { name: &'static str, allowed: &'static str, share: f64, most_ms: f64 },
    /// No request of these kinds failed, in whatever way.
    Failures(&'static [&'static str]),
    /// How long a live event was on its way.
    Lag { allowed: &'static str, most_ms: f64 },
    /// How long an answer took.
    Answers { allowed: &'static str, most_ms: f64 },
    /// How long 99 % of the readers that lost their connection waited for what came next.
    Resume { allowed: &'static str, most_ms: f64 },
    /// No job was taken from a worker that lived. Clocks are skewed, so that what runs is judged by its fences alone.
    Takeovers,
    /// How long after its end a step of a job began.
    Late { allowed: &'static str, most_ms: f64 },
}

impl Limit {
    #[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
    pub(crate) fn check(self, client: &Client, readings: &[Reading], verdict: &Verdict, taken_over: usize) -> Check {
        let record = client.record.read();
        match self {
            Self::Silence { name, allowed, share, most_ms } => {
                let found = quantile(&verdict.silences_ms, share);
                check(name, found, allowed, found <= most_ms)
            }
            Self::Failures(verbs) => {
                let failed: u64 = record
                    .iter()
                    .filter(|(verb, _)| verbs.contains(verb))
                    .map(|(_, tally)| tally.refused + tally.unknown)
                    .sum();
                check("requests that failed", failed as f64, "0", failed == 0)
            }
            Self::Lag { allowed, most_ms } => {
                let found = readings.iter().map(|reading| reading.lag_max_ms).fold(0.0, f64::max);
                check("the longest way of a live event, ms", found, allowed, found > 0.0 && found <= most_ms)
            }
            Self::Answers { allowed, most_ms } => {
                let found = record.values().map(|tally| tally.slowest_ms).max().unwrap_or(0) as f64;
                check("the longest wait for an answer, ms", found, allowed, found <= most_ms)
            }
            Self::Resume { allowed, most_ms } => {
                let mut resumes: Vec<f64> =
                    readings.iter().flat_map(|reading| reading.resumes_ms.iter().copied()).collect();
                resumes.sort_by(f64::total_cmp);
                let found = quantile(&resumes, 0.99);
                // Where nobody lost a connection, nothing was shown.
                check("99 % of lost streams went on within, ms", found, allowed, found > 0.0 && found <= most_ms)
            }
            Self::Takeovers => check("jobs that changed their worker", taken_over as f64, "0", taken_over == 0),
            Self::Late { allowed, most_ms } => {
                let found = verdict.late_max_ms;
                check("a step began after its job's end by, ms", found, allowed, found <= most_ms)
            }
        }
    }
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
pub(crate) fn figure(count: usize) -> f64 {
    count as f64
}

/// A figure of a run, and whether it is as it must be.
pub(crate) fn check(name: &'static str, found: f64, allowed: &'static str, holds: bool) -> Check {
    Check { name, found: (found * 10.0).round() / 10.0, allowed, holds }
}

/// Of sorted figures, the one that `share` of them do not exceed; 0 of none.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list that is far shorter than 2^52"
    )]
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_figures() {
        let figures: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!((quantile(&figures, 0.99), quantile(&figures, 1.0), quantile(&[], 0.5)), (198.0, 200.0, 0.0));
    }
}
