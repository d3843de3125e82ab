//! What a tenant's rows take, what they may take, and what is removed next.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::job::words;

words!(
    /// A kind of row.
    StorageKind {
        /// Finished jobs: request, state and result.
        Jobs = "jobs",
        /// The events of finished jobs.
        Events = "events",
        /// The tasks and effects of finished jobs.
        Tasks = "tasks",
        /// The approvals and questions of finished jobs.
        Approvals = "approvals",
        /// People's verdicts on finished jobs.
        Feedback = "feedback",
        Alerts = "alerts",
        /// Messages to webhooks and channels.
        Deliveries = "deliveries",
        /// What watches saw.
        Observations = "observations",
    }
);

/// The rows of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
pub struct StorageUse {
    pub kind: StorageKind,
    pub rows: i64,
    /// The sum of their texts. Indexes and the database's own overhead come on top.
    pub bytes: i64,
    /// There are more: only 10,000 were looked at, the newest where they are in an order.
    pub is_capped: bool,
}

/// What a tenant may keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
pub struct StorageBudget {
    /// How long a finished job is kept. Absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jobs_days: Option<u32>,
    /// What the finished jobs may take with all that is their own. Absent: any amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_max: Option<u64>,
    /// How long a resolved alert is kept. Absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts_days: Option<u32>,
    /// How long a message is kept that was delivered or given up. Absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliveries_days: Option<u32>,
}

/// What the next pruning removes, as things stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
pub struct NextPrune {
    /// Finished jobs that are too old.
    pub expired_jobs: i64,
    /// Finished jobs that are too many for the budget, the oldest first. Never one that ended within the last day.
    pub excess_jobs: i64,
    /// What both take.
    pub bytes: i64,
    /// There are more: only the oldest 10,000 were looked at.
    pub is_capped: bool,
}

/// What a tenant's rows take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
pub struct StorageReport {
    pub kinds: Vec<StorageUse>,
    /// What the finished jobs take with all that is their own; `budget.bytes_max` is about this.
    pub job_bytes: i64,
    /// Jobs that have not ended, up to 10,000. They are in no other figure, and are never removed.
    pub open_jobs: i64,
    /// Jobs that ended and are not measured yet, up to 10,000. They are within a minute or two.
    pub unmeasured_jobs: i64,
    /// When the oldest job that is kept ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_finished_at: Option<DateTime<Utc>>,
    pub budget: StorageBudget,
    pub next_prune: NextPrune,
}
