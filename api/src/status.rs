//! `GET /v1/status/{job_id}`, with a long poll.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use broker::{Notice, Subscription};
use chrono::{DateTime, Utc};
use domain::{
    JobId,
    gate::Gate,
    job::{JobError, JobStatus, Mode, Reason, TaskView, WorkflowKind},
};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
};
use serde::Serialize;
use serde_json::Value;
use store::{Job, JobDetail, Owner};
use tokio::time::{Instant, timeout_at};

use crate::{
    answer::Answer,
    caller::Caller,
    docs::Tag,
    export::has_plan,
    fails::{Fails, statuses},
    state::State,
};

/// How often a long poll looks at the row while the bus is down.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(crate) struct StatusApi(pub(crate) Arc<State>);

statuses! {
    GetStatus: 400, 401, 404, 500, 503;
}

/// What one agent has found so far.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct PartialOutput {
    /// One line for people.
    summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
}

/// What the job has cost so far.
#[derive(Debug, Serialize, Object)]
pub(crate) struct Cost {
    /// Millionths of a US dollar: exact.
    microusd: i64,
    /// The same in US dollars.
    usd: f64,
}

/// A job as it stands.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct StatusView {
    job_id: JobId,
    status: JobStatus,
    /// Why it is paused, failed or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    mode: Mode,
    workflow: WorkflowKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    /// Where it stands in its workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    /// Per cent.
    progress: i32,
    /// One line for people.
    summary: String,
    tasks: Vec<TaskView>,
    /// The newest output of each agent.
    partial: BTreeMap<String, PartialOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<JobError>,
    /// The newest gate, pending or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<Gate>,
    cost: Cost,
    /// How often a worker has claimed it.
    attempts: i32,
    trace_id: String,
    /// The number of its newest event.
    seq: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline_at: Option<DateTime<Utc>>,
    status_url: String,
    stream_url: String,
    /// Where to download the plan, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_url: Option<String>,
}

#[derive(ApiResponse)]
pub(crate) enum StatusResponse {
    /// The job as it stands.
    #[oai(status = 200)]
    Found(Answer<StatusView>),
}

#[OpenApi]
impl StatusApi {
    /// Read a job
    ///
    /// With `wait_s` the answer comes when something happens to the job, and at the latest after that time; at once for
    /// a job that has ended, is paused or waits for a person.
    #[oai(path = "/v1/status/:job_id", method = "get", operation_id = "get_status", tag = "Tag::Jobs")]
    async fn get_status(
        &self,
        caller: Caller,
        /// The job.
        job_id: Path<JobId>,
        /// Seconds to wait for a change.
        #[oai(validator(maximum(value = "30")))]
        wait_s: Query<Option<u32>>,
    ) -> Result<StatusResponse, Fails<GetStatus>> {
        let wait = Duration::from_secs(wait_s.0.unwrap_or(0).into());
        let detail = read(&self.0, &caller.owner, job_id.0, wait).await?;
        Ok(StatusResponse::Found(Answer(detail.into())))
    }
}

async fn read(state: &State, owner: &Owner, id: JobId, wait: Duration) -> Result<JobDetail, store::Error> {
    let ends_at = Instant::now() + wait;
    // Where too many readers wait already, this one is answered at once.
    let Some(_reader) = (!wait.is_zero()).then(|| state.reader()).flatten() else {
        return state.store().job_detail(owner, id).await;
    };
    // Subscribed before the first read, so that no change falls between the two.
    let mut subscription = state.dispatch.broker().subscribe(id).await;
    let job = state.store().job(owner, id).await?;
    if !is_settled(job.status) {
        wait_for_change(state, owner, &job, &mut subscription, ends_at).await?;
    }
    state.store().job_detail(owner, id).await
}

/// Nothing will happen by itself.
fn is_settled(status: JobStatus) -> bool {
    status.is_terminal() || matches!(status, JobStatus::WaitingApproval | JobStatus::Paused)
}

async fn wait_for_change(
    state: &State,
    owner: &Owner,
    start: &Job,
    subscription: &mut Subscription,
    ends_at: Instant,
) -> Result<(), store::Error> {
    let mut is_down = false;
    loop {
        let look_at = if is_down { ends_at.min(Instant::now() + LOOK_EVERY) } else { ends_at };
        let notice = tokio::select! {
            () = state.shutdown.cancelled() => return Ok(()),
            notice = timeout_at(look_at, subscription.recv()) => notice.ok(),
        };
        match notice {
            Some(Notice::Event(event)) if event.seq > start.seq => return Ok(()),
            Some(Notice::Hint { seq }) if seq > start.seq => return Ok(()),
            Some(Notice::Event(_) | Notice::Hint { .. }) => continue,
            Some(Notice::Down) => is_down = true,
            Some(Notice::Restored) => is_down = false,
            Some(Notice::Lagged) => {}
            None if Instant::now() >= ends_at => return Ok(()),
            None => {}
        }
        // Whatever the bus had to say may be lost: the row knows.
        let _turn = state.reads.acquire().await;
        let job = state.store().job(owner, start.id).await?;
        if job.seq != start.seq || job.status != start.status {
            return Ok(());
        }
    }
}

impl Cost {
    pub(crate) fn new(microusd: i64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "the exact figure stands beside it")]
        let usd = microusd as f64 / 1e6;
        Self { microusd, usd }
    }
}

impl From<JobDetail> for StatusView {
    fn from(JobDetail { job, result, error, tasks, partial, gate }: JobDetail) -> Self {
        let partial = partial.into_iter().map(|(agent, mut found)| {
            let output = Some(found["output"].take()).filter(|output| !output.is_null());
            (agent, PartialOutput { summary: found["summary"].as_str().unwrap_or_default().to_owned(), output })
        });
        let plan_url = has_plan(&job).then(|| format!("/v1/jobs/{}/plan", job.id));
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
            tasks,
            partial: partial.collect(),
            result,
            error,
            gate,
            cost: Cost::new(job.cost_microusd),
            attempts: job.attempts,
            trace_id: job.trace_id,
            seq: job.seq,
            created_at: job.created_at,
            updated_at: job.updated_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            deadline_at: job.deadline_at,
            status_url: format!("/v1/status/{}", job.id),
            stream_url: format!("/v1/stream/{}", job.id),
            plan_url,
        }
    }
}
