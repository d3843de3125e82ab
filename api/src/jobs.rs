//! `GET /v1/jobs` and `POST /v1/jobs/{job_id}/cancel`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    JobId,
    job::{JobStatus, Mode, Reason, WorkflowKind},
};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{Job, JobFilter, Owner};

use crate::{
    alerts::person,
    answer::Answer,
    caller::Caller,
    codes::ErrorCode,
    docs::Tag,
    error::{ApiError, ended},
    fails::{Fails, statuses},
    state::State,
    status::Cost,
};

const LIMIT_DEFAULT: u32 = 20;
/// Hexadecimal digits of a cursor's checksum.
const CHECK_DIGITS: usize = 8;

pub(crate) struct JobsApi(pub(crate) Arc<State>);

statuses! {
    ListJobs: 400, 401, 500, 503;
    CancelJob: 401, 404, 409, 500, 503, 507;
}

/// A job in a list.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct JobView {
    job_id: JobId,
    status: JobStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    mode: Mode,
    workflow: WorkflowKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    /// Per cent.
    progress: i32,
    /// One line for people.
    summary: String,
    cost: Cost,
    seq: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<DateTime<Utc>>,
    status_url: String,
}

/// One page of jobs, newest first.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct JobList {
    jobs: Vec<JobView>,
    /// Give it as `cursor` to get the next page. Absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The job is cancelled.
#[derive(Debug, Serialize, Object)]
pub(crate) struct JobCancelled {
    job_id: JobId,
    status: JobStatus,
}

#[derive(ApiResponse)]
pub(crate) enum ListResponse {
    /// One page.
    #[oai(status = 200)]
    Page(Answer<JobList>),
}

#[derive(ApiResponse)]
pub(crate) enum CancelResponse {
    /// The job is over, now or since an earlier cancel.
    #[oai(status = 200)]
    Cancelled(Answer<JobCancelled>),
}

#[OpenApi]
impl JobsApi {
    /// List jobs
    ///
    /// Newest first. The filters must not change from page to page.
    #[oai(path = "/v1/jobs", method = "get", operation_id = "list_jobs", tag = "Tag::Jobs")]
    async fn list_jobs(
        &self,
        caller: Caller,
        /// Only jobs in this state.
        status: Query<Option<JobStatus>>,
        /// Only jobs of this workflow.
        workflow: Query<Option<WorkflowKind>>,
        /// Only jobs for this person.
        user_id: Query<Option<String>>,
        /// How many; 20 by default.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
        /// The `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<ListResponse, Fails<ListJobs>> {
        let before = cursor.0.map(|cursor| read_cursor(&caller.owner, &cursor)).transpose()?;
        let filter = JobFilter { status: status.0, user_id: person(user_id.0), workflow: workflow.0, before };
        let limit = limit.0.unwrap_or(LIMIT_DEFAULT);
        let jobs = self.0.store().jobs(&caller.owner, &filter, u64::from(limit) + 1).await?;
        Ok(ListResponse::Page(Answer(page(&caller.owner, jobs, limit as usize))))
    }

    /// Cancel a job
    ///
    /// Ends the job at once, whatever it does. What was found before stays readable.
    #[oai(path = "/v1/jobs/:job_id/cancel", method = "post", operation_id = "cancel_job", tag = "Tag::Jobs")]
    async fn cancel_job(
        &self,
        caller: Caller,
        /// The job.
        job_id: Path<JobId>,
    ) -> Result<CancelResponse, Fails<CancelJob>> {
        let cancelled = self.0.dispatch.cancel(&caller.owner, job_id.0, &caller.on_behalf_of(None)).await;
        cancelled.map_err(|error| match error {
            store::Error::State { status, .. } => ended(status),
            other => other.into(),
        })?;
        Ok(CancelResponse::Cancelled(Answer(JobCancelled { job_id: job_id.0, status: JobStatus::Cancelled })))
    }
}

/// `jobs` holds one more than `limit` when there is another page.
fn page(owner: &Owner, mut jobs: Vec<Job>, limit: usize) -> JobList {
    let has_more = jobs.len() > limit;
    jobs.truncate(limit);
    let next_cursor = jobs.last().filter(|_| has_more).map(|last| write_cursor(owner, last.id));
    JobList { jobs: jobs.into_iter().map(JobView::from).collect(), next_cursor }
}

/// A cursor is the last id and a checksum, which tells a mistake from a cursor and one tenant's cursor from another's.
fn write_cursor(owner: &Owner, last: JobId) -> String {
    let id = last.as_uuid().simple().to_string();
    let check: String =
        Sha256::digest(format!("{}/{id}", owner.tenant)).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{id}{}", &check[..CHECK_DIGITS])
}

fn read_cursor(owner: &Owner, cursor: &str) -> Result<JobId, ApiError> {
    let id = cursor.get(..32).and_then(|id| id.parse().ok());
    id.filter(|id| write_cursor(owner, *id) == cursor)
        .ok_or_else(|| ApiError::parameter(ErrorCode::BadCursor, "cursor", "is not one that this list has given out"))
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            job_id: job.id,
            status: job.status,
            reason: job.reason,
            mode: job.mode,
            workflow: job.workflow,
            user_id: job.user_id,
            node: job.node,
            progress: job.progress,
            summary: job.summary,
            cost: Cost::new(job.cost_microusd),
            seq: job.seq,
            created_at: job.created_at,
            updated_at: job.updated_at,
            finished_at: job.finished_at,
            status_url: format!("/v1/status/{}", job.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::TenantId;

    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_owner_only() {
        let owner = |tenant: &str| Owner::new(TenantId(tenant.to_owned()));
        let id = JobId::new();
        let cursor = write_cursor(&owner("a"), id);
        assert_eq!(read_cursor(&owner("a"), &cursor).ok(), Some(id));
        assert!(read_cursor(&owner("b"), &cursor).is_err());
        for forged in ["", "1", &cursor[..32], &cursor.to_uppercase(), &format!("{cursor}0"), "ü"] {
            assert!(read_cursor(&owner("a"), forged).is_err(), "{forged}");
        }
    }
}
