//! What is found to be wrong, by its name.

use std::collections::BTreeMap;

use serde::Serialize;

/// What is found is told for so many jobs of each kind; all are counted.
const FINDINGS_MAX: usize = 20;

/// One thing that should not be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    pub check: &'static str,
    /// A job, or none.
    pub job: String,
    pub what: String,
}

/// Counts what is found, and keeps some of it.
#[derive(Debug, Default)]
pub(crate) struct Docket {
    counts: BTreeMap<&'static str, u64>,
    pub(crate) findings: Vec<Finding>,
}

impl Docket {
    pub(crate) fn find(&mut self, check: &'static str, job: &str, what: impl Into<String>) {
        let count = self.counts.entry(check).or_default();
        *count += 1;
        if usize::try_from(*count).is_ok_and(|count| count <= FINDINGS_MAX) {
            self.findings.push(Finding { check, job: job.to_owned(), what: what.into() });
        }
    }

    pub(crate) fn count(&self, check: &'static str) -> u64 {
        self.counts.get(check).copied().unwrap_or(0)
    }
}

pub(crate) const LOST: &str = "jobs lost";
pub(crate) const WRONG_END: &str = "jobs that ended otherwise than asked";
pub(crate) const RERUN: &str = "committed tasks run again";
pub(crate) const STALE_RERUN: &str = "committed tasks begun again by a stale worker";
pub(crate) const TWICE: &str = "tasks committed twice";
pub(crate) const GAP: &str = "jobs with a gap in their events";
pub(crate) const NO_LAST: &str = "jobs whose last event is not the one end";
pub(crate) const READER: &str = "readers with another list";
pub(crate) const REPLICA: &str = "replicas with another list";
pub(crate) const DOUBLE: &str = "jobs beside the one of a key";
pub(crate) const ODD: &str = "answers that make no sense";
pub(crate) const INTERNAL: &str = "answers of 500";
pub(crate) const PROCESS: &str = "processes that panicked or ended as if all were well";
