//! What is measured, by its name. The same as in the comparison with other systems, so that the figures can stand side by
//! side.

mod jobs;
mod recovery;
mod requests;
mod start;
mod streams;

use std::time::Duration;

use serde::Serialize;

use crate::{Error, house::House, machine::Others};

pub use jobs::{Concurrent, Jobs, Kept};
pub use recovery::Recovery;
pub use requests::{Health, Submission};
pub use start::Start;
pub use streams::{Attached, Fixed, Race, Streams};

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Measure {
    /// Submissions: one connection, and 64.
    M1,
    /// `GET /health`: one connection, and 64.
    M2,
    /// Jobs that do nothing: one after another, and a burst.
    M3,
    /// 1,000 jobs of eight steps of 50 ms at once.
    M4,
    /// Streams.
    M5,
    /// What finished jobs leave behind.
    M6,
    /// Kill -9 of all workers.
    M7,
    /// From nothing to the first answer and the first finished job.
    M8,
}

impl Measure {
    pub const ALL: [Self; 8] = [Self::M1, Self::M2, Self::M3, Self::M4, Self::M5, Self::M6, Self::M7, Self::M8];
}

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// A tenth or less of everything: to see that it works.
    pub(crate) is_quick: bool,
    /// As many streams as there may be files.
    pub(crate) streams_max: usize,
}

impl Scale {
    pub(crate) fn of<T>(self, full: T, quick: T) -> T {
        if self.is_quick { quick } else { full }
    }

    pub(crate) fn seconds(self, full: u64) -> Duration {
        Duration::from_secs(self.of(full, 1))
    }
}

/// A measure's figures, beside what others did to the machine meanwhile.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured<T> {
    #[serde(flatten)]
    pub figures: T,
    /// CPU used by processes that are not ours, in cores. Above 0.1 the figures are not worth quoting.
    pub others_cores: f64,
}

/// The figures of one wiring; none where a measure was not asked for, or is not possible.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    #[serde(rename = "M1", skip_serializing_if = "Option::is_none")]
    pub submission: Option<Measured<Submission>>,
    #[serde(rename = "M2", skip_serializing_if = "Option::is_none")]
    pub health: Option<Measured<Health>>,
    #[serde(rename = "M3", skip_serializing_if = "Option::is_none")]
    pub jobs: Option<Measured<Jobs>>,
    #[serde(rename = "M4", skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<Measured<Concurrent>>,
    #[serde(rename = "M5", skip_serializing_if = "Option::is_none")]
    pub streams: Option<Measured<Streams>>,
    #[serde(rename = "M6", skip_serializing_if = "Option::is_none")]
    pub kept: Option<Measured<Kept>>,
    #[serde(rename = "M7", skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Measured<Recovery>>,
    #[serde(rename = "M8", skip_serializing_if = "Option::is_none")]
    pub start: Option<Measured<Start>>,
}

impl Figures {
    pub(crate) async fn take(&mut self, measure: Measure, house: &mut House, scale: Scale) -> Result<(), Error> {
        house.clear().await?;
        let others = Others::watch();
        macro_rules! taken {
            ($taking:expr) => {
                Some(Measured { figures: $taking.await?, others_cores: others.cores() })
            };
        }
        match measure {
            Measure::M1 => self.submission = taken!(requests::submission(house, scale)),
            Measure::M2 => self.health = taken!(requests::health(house, scale)),
            Measure::M3 => self.jobs = taken!(jobs::jobs(house, scale)),
            Measure::M4 => self.concurrent = taken!(jobs::concurrent(house, scale)),
            Measure::M5 => self.streams = taken!(streams::streams(house, scale)),
            Measure::M6 => self.kept = taken!(jobs::kept(house, scale)),
            Measure::M7 => self.recovery = taken!(recovery::recovery(house, scale)),
            Measure::M8 => self.start = taken!(start::start(house, scale)),
        }
        house.stop();
        Ok(())
    }
}
