//! What this client asks about schedules.

use chrono::{DateTime, Utc};
use domain::{
    JobId, ScheduleId,
    schedule::{CatchUp, OverlapPolicy, ScheduleRequest, ScheduleStatus, TickOutcome},
};
use reqwest::Method;
use serde::Deserialize;

use super::{Accepted, Client};

/// One page of schedules.
#[derive(Debug, Deserialize)]
pub(crate) struct SchedulePage {
    pub(crate) schedules: Vec<ScheduleInfo>,
}

/// A schedule.
#[derive(Debug, Deserialize)]
pub(crate) struct ScheduleInfo {
    pub(crate) schedule_id: ScheduleId,
    pub(crate) name: String,
    pub(crate) status: ScheduleStatus,
    pub(crate) cron: String,
    #[serde(default)]
    pub(crate) in_words: Option<String>,
    pub(crate) time_zone: String,
    pub(crate) overlap: OverlapPolicy,
    pub(crate) catch_up: CatchUp,
    #[serde(default)]
    pub(crate) next_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) next_runs: Vec<NextRun>,
    #[serde(default)]
    pub(crate) last: Option<LastTick>,
    #[serde(default)]
    pub(crate) missed: i64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct NextRun {
    pub(crate) local: String,
    #[serde(default)]
    pub(crate) note: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct LastTick {
    pub(crate) tick_at: DateTime<Utc>,
    pub(crate) outcome: TickOutcome,
}

/// One page of ticks.
#[derive(Debug, Deserialize)]
pub(crate) struct Ticks {
    pub(crate) ticks: Vec<Tick>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Tick {
    pub(crate) tick_at: DateTime<Utc>,
    pub(crate) outcome: TickOutcome,
    #[serde(default)]
    pub(crate) job_id: Option<JobId>,
    #[serde(default)]
    pub(crate) error: Option<String>,
}

impl Client {
    pub(crate) async fn schedules(&self, query: &[(&str, String)]) -> anyhow::Result<SchedulePage> {
        self.repeat(|| self.request(Method::GET, "v1/schedules").query(query)).await
    }

    pub(crate) async fn schedule(&self, id: ScheduleId) -> anyhow::Result<ScheduleInfo> {
        self.repeat(|| self.request(Method::GET, &format!("v1/schedules/{id}"))).await
    }

    pub(crate) async fn ticks(&self, id: ScheduleId, limit: u32) -> anyhow::Result<Ticks> {
        self.repeat(|| self.request(Method::GET, &format!("v1/schedules/{id}/ticks")).query(&[("limit", limit)])).await
    }

    /// Makes a schedule. Sent again when the answer got lost: the key makes it one.
    pub(crate) async fn create_schedule(&self, schedule: &ScheduleRequest) -> anyhow::Result<ScheduleInfo> {
        let key = format!("cli-{}", JobId::new());
        self.repeat(|| self.request(Method::POST, "v1/schedules").header("Idempotency-Key", &key).json(schedule)).await
    }

    pub(crate) async fn pause_schedule(&self, id: ScheduleId) -> anyhow::Result<ScheduleInfo> {
        self.repeat(|| self.request(Method::POST, &format!("v1/schedules/{id}/pause"))).await
    }

    pub(crate) async fn resume_schedule(&self, id: ScheduleId) -> anyhow::Result<ScheduleInfo> {
        self.repeat(|| self.request(Method::POST, &format!("v1/schedules/{id}/resume"))).await
    }

    /// Starts a job of a schedule now. Sent again when the answer got lost: the key makes it one.
    pub(crate) async fn run_schedule(&self, id: ScheduleId) -> anyhow::Result<Accepted> {
        let (path, key) = (format!("v1/schedules/{id}/run"), format!("cli-{}", JobId::new()));
        self.repeat(|| self.request(Method::POST, &path).header("Idempotency-Key", &key)).await
    }

    pub(crate) async fn delete_schedule(&self, id: ScheduleId) -> anyhow::Result<()> {
        self.send(|| self.request(Method::DELETE, &format!("v1/schedules/{id}"))).await?;
        Ok(())
    }
}
