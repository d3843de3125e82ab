//! Everything that was measured, and the gates.

use serde::Serialize;

use crate::{figures::Spread, house::Wiring, measures::Figures};

/// The whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    pub version: &'static str,
    pub cores: usize,
    pub is_quick: bool,
    /// How many streams the limit of open files allows.
    pub streams_max: usize,
    pub wirings: Vec<WiringReport>,
}

/// The figures of one wiring.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WiringReport {
    pub wiring: Wiring,
    /// The time of one durable commit of one row on the same database.
    pub commit: Spread,
    pub figures: Figures,
}

/// What must be 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    pub wiring: Wiring,
    pub measure: &'static str,
    pub what: &'static str,
    pub found: u64,
}

impl Report {
    pub(crate) fn new(is_quick: bool, streams_max: usize) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { version: env!("CARGO_PKG_VERSION"), cores, is_quick, streams_max, wirings: Vec::new() }
    }

    /// Every gate that was looked at, the broken ones with what was found.
    #[must_use]
    pub fn gates(&self) -> Vec<Gate> {
        self.wirings.iter().flat_map(WiringReport::gates).collect()
    }

    /// Whether nothing was lost, run twice or missed.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.gates().iter().all(|gate| gate.found == 0)
    }
}

impl WiringReport {
    pub(crate) fn new(wiring: Wiring, commit: Spread) -> Self {
        Self { wiring, commit, figures: Figures::default() }
    }

    fn gates(&self) -> Vec<Gate> {
        let mut gates = Vec::new();
        let mut gate = |measure, what, found| gates.push(Gate { wiring: self.wiring, measure, what, found });
        let figures = &self.figures;
        if let Some(submission) = figures.submission.as_ref().map(|measured| &measured.figures) {
            gate("M1", "failed", submission.one.failed + submission.many.failed);
        }
        if let Some(health) = figures.health.as_ref().map(|measured| &measured.figures) {
            gate("M2", "failed", health.one.failed + health.many.failed);
        }
        let jobs = figures.jobs.as_ref().map(|measured| ("M3", measured.figures.burst));
        let concurrent = figures.concurrent.as_ref().map(|measured| ("M4", measured.figures.burst));
        let kept = figures.kept.as_ref().map(|measured| ("M6", measured.figures.burst));
        for (measure, burst) in [jobs, concurrent, kept].into_iter().flatten() {
            gate(measure, "lost", burst.lost);
        }
        if let Some(streams) = figures.streams.as_ref().map(|measured| &measured.figures) {
            let attached = streams.attached.iter().map(|attached| (attached.lost, attached.missed));
            let fixed = streams.fixed.iter().map(|fixed| (0, fixed.missed));
            let all = attached.chain(fixed).chain([(streams.race.lost, streams.race.missed)]);
            let (lost, missed) = all.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            gate("M5", "lost", lost);
            gate("M5", "missed", missed);
        }
        if let Some(recovery) = figures.recovery.as_ref().map(|measured| &measured.figures) {
            gate("M7", "lost", recovery.lost);
            gate("M7", "re-run", recovery.rerun);
            gate("M7", "missed", recovery.missed);
        }
        gates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::{Measured, Recovery};

    #[test]
    fn one_task_that_ran_twice_breaks_the_report() {
        let mut report = Report::new(false, 100);
        report.wirings.push(WiringReport::new(Wiring::Distributed, Spread::default()));
        assert!(report.holds());
        let mut recovery = Recovery { jobs: 200, lost: 0, rerun: 0, missed: 0, lease_ms: 3_000, seconds: 3.5 };
        for (rerun, holds) in [(0, true), (1, false)] {
            recovery.rerun = rerun;
            report.wirings[0].figures.recovery = Some(Measured { figures: recovery.clone(), others_cores: 0.0 });
            assert_eq!(report.holds(), holds);
        }
    }
}
