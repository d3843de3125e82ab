//! Answers of the server, as far as this client reads them. Fields that it does not know are passed over, so that an older
//! client goes on working.

use chrono::{DateTime, Utc};
use domain::{
    JobId,
    gate::Gate,
    job::{JobError, JobStatus, Reason, TaskView},
};
use serde::Deserialize;
use serde_json::Value;

/// The answer to a request for a plan.
#[derive(Debug, Deserialize)]
pub(crate) struct Accepted {
    pub(crate) job_id: JobId,
    pub(crate) status_url: String,
    pub(crate) stream_url: String,
}

/// Where a job stands.
#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    pub(crate) job_id: JobId,
    pub(crate) status: JobStatus,
    #[serde(default)]
    pub(crate) reason: Option<Reason>,
    #[serde(default)]
    pub(crate) node: Option<String>,
    #[serde(default)]
    pub(crate) progress: i32,
    #[serde(default)]
    pub(crate) summary: Option<String>,
    #[serde(default)]
    pub(crate) tasks: Vec<TaskView>,
    #[serde(default)]
    pub(crate) result: Option<Value>,
    #[serde(default)]
    pub(crate) error: Option<JobError>,
    #[serde(default)]
    pub(crate) gate: Option<Gate>,
    pub(crate) created_at: DateTime<Utc>,
}

/// One page of jobs.
#[derive(Debug, Deserialize)]
pub(crate) struct JobPage {
    pub(crate) jobs: Vec<JobLine>,
}

/// A job in a list.
#[derive(Debug, Deserialize)]
pub(crate) struct JobLine {
    pub(crate) job_id: JobId,
    pub(crate) status: JobStatus,
    #[serde(default)]
    pub(crate) reason: Option<Reason>,
    #[serde(default)]
    pub(crate) progress: i32,
    #[serde(default)]
    pub(crate) summary: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}
