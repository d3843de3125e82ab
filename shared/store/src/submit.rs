//! Taking a job in: its row and its first event, in one transaction.

use std::{collections::HashSet, sync::Mutex, sync::PoisonError, time::Duration};

use domain::{
    Event, JobId, ScheduleId,
    event::StateChange,
    job::{JobStatus, Mode, WorkflowKind},
};
use sea_orm::{ConnectionTrait, Value};
use serde_json::Value as Json;

use crate::{Error, Owner, Store};

/// A job to be.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub id: JobId,
    pub user_id: Option<String>,
    pub workflow: WorkflowKind,
    /// Of the workflow; only workers that read it claim the job.
    pub version: i32,
    pub mode: Mode,
    /// The request as it was accepted.
    pub request: Json,
    /// The workflow's first state.
    pub input: Json,
    pub deadline_s: Option<u64>,
    pub trace_id: String,
    pub summary: String,
}

/// What makes a repeated POST the same POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    pub key: String,
    /// Of the request's body.
    pub body_hash: String,
}

/// The answer to a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submitted {
    pub job_id: JobId,
    /// False when an earlier POST with the same key made the job.
    pub created: bool,
}

/// Writes `jobs` and event 1. Both engines run it: Postgres as one statement, SQLite as two in a transaction.
const INSERT_JOB: &str = "INSERT INTO jobs (id, tenant_id, user_id, workflow, version, mode, status, request, input, summary, \
     seq, due_at, deadline_at, trace_id, schedule_id, created_at, updated_at) \
     SELECT $1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9, 1, t.now, t.now + $10, $11, $12, t.now, t.now \
     FROM (SELECT {now} AS now) t";

impl Store {
    /// Takes the job in, or finds the one that the same key made.
    ///
    /// # Errors
    /// [`Error::KeyReused`], [`Error::KeyInFlight`], [`Error::Unavailable`].
    pub async fn submit(&self, owner: &Owner, job: &NewJob, key: Option<&IdempotencyKey>) -> Result<Submitted, Error> {
        let Some(key) = key else {
            return self.insert_job(owner, job).await.map(|()| Submitted { job_id: job.id, created: true });
        };
        let _in_flight = InFlight::enter(&self.keys_in_flight, (owner.tenant.to_string(), key.key.clone()))?;
        let tx = self.begin().await?;
        self.insert_job_rows(&tx, owner, job, None).await?;
        if self.insert_key(&tx, owner, key, job.id).await? {
            tx.commit().await?;
            return Ok(Submitted { job_id: job.id, created: true });
        }
        tx.rollback().await?;
        self.submitted_before(owner, key).await
    }

    /// Whether the key is new.
    pub(crate) async fn insert_key(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        key: &IdempotencyKey,
        job_id: JobId,
    ) -> Result<bool, Error> {
        let sql = "INSERT INTO idempotency_keys (tenant_id, key, body_hash, job_id, created_at) \
                   VALUES ($1, $2, $3, $4, {now}) ON CONFLICT (tenant_id, key) DO NOTHING";
        let values: Vec<Value> =
            vec![owner.tenant.clone().into(), key.key.clone().into(), key.body_hash.clone().into(), job_id.into()];
        Ok(self.sql.execute(tx, sql, values).await?.rows_affected() == 1)
    }

    pub(crate) async fn submitted_before(&self, owner: &Owner, key: &IdempotencyKey) -> Result<Submitted, Error> {
        let sql = "SELECT job_id, body_hash FROM idempotency_keys WHERE tenant_id = $1 AND key = $2";
        let row = self.sql.one(&self.write, sql, [owner.tenant.clone().into(), key.key.clone().into()]).await?;
        // Pruned between the two statements: the client may simply try again.
        let row = row.ok_or(Error::KeyInFlight)?;
        let body_hash: String = row.try_get("", "body_hash")?;
        if body_hash != key.body_hash {
            return Err(Error::KeyReused);
        }
        Ok(Submitted { job_id: row.try_get("", "job_id")?, created: false })
    }

    async fn insert_job(&self, owner: &Owner, job: &NewJob) -> Result<(), Error> {
        if self.sql.is_postgres() {
            let sql = format!(
                "WITH j AS ({INSERT_JOB} RETURNING id, tenant_id, created_at) \
                 INSERT INTO job_events (job_id, seq, tenant_id, kind, data, created_at) \
                 SELECT id, 1, tenant_id, 'state_change', $13, created_at FROM j"
            );
            let mut values = self.job_values(owner, job, None);
            values.push(queued_event().into());
            self.sql.execute(&self.write, &sql, values).await?;
            return Ok(());
        }
        let tx = self.begin().await?;
        self.insert_job_rows(&tx, owner, job, None).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn insert_job_rows(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        job: &NewJob,
        schedule: Option<ScheduleId>,
    ) -> Result<(), Error> {
        self.sql.execute(tx, INSERT_JOB, self.job_values(owner, job, schedule)).await?;
        let sql = "INSERT INTO job_events (job_id, seq, tenant_id, kind, data, created_at) \
                   SELECT id, 1, tenant_id, 'state_change', $2, created_at FROM jobs WHERE id = $1";
        self.sql.execute(tx, sql, [job.id.into(), queued_event().into()]).await?;
        Ok(())
    }

    fn job_values(&self, owner: &Owner, job: &NewJob, schedule: Option<ScheduleId>) -> Vec<Value> {
        let deadline = job.deadline_s.map(|seconds| self.sql.span(Duration::from_secs(seconds)));
        vec![
            job.id.into(),
            owner.tenant.clone().into(),
            job.user_id.clone().into(),
            job.workflow.word().into(),
            job.version.into(),
            job.mode.word().into(),
            job.request.to_string().into(),
            job.input.to_string().into(),
            job.summary.clone().into(),
            deadline.into(),
            job.trace_id.clone().into(),
            schedule.into(),
        ]
    }
}

fn queued_event() -> String {
    event_json(&Event::StateChange(StateChange { status: JobStatus::Queued, reason: None, attempt: 0 }))
}

/// An event's body as its row holds it.
pub(crate) fn event_json(event: &Event) -> String {
    serde_json::to_string(event).expect("events are plain data with string keys")
}

/// Marks a key as being answered by this process, until dropped.
pub(crate) struct InFlight<'a> {
    keys: &'a Mutex<HashSet<(String, String)>>,
    key: (String, String),
}

impl<'a> InFlight<'a> {
    pub(crate) fn enter(keys: &'a Mutex<HashSet<(String, String)>>, key: (String, String)) -> Result<Self, Error> {
        let entered = keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        if entered { Ok(Self { keys, key }) } else { Err(Error::KeyInFlight) }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
