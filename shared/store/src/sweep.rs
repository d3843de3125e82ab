//! What must happen to rows that nobody works on. Any number of workers may sweep at once.

use std::time::Duration;

use domain::{
    Event, Fence, JobId, WorkerId,
    event::StateChange,
    job::{JobStatus, Reason, WorkflowKind},
    time::from_micros,
};
use sea_orm::ConnectionTrait;

use crate::{
    Ending, Error, Store, StoredEvent, decide::APPROVES_ITSELF, job::word, notify::IS_TOLD, submit::event_json,
};

/// Rows that one sweep deals with at most, of each kind; the next one takes the rest.
const ROWS_MAX: u32 = 100;
/// A worker that was not seen for this long reads nothing.
const WORKER_SEEN_WITHIN: Duration = Duration::from_secs(60);

/// A job that a sweep changed, and its new events.
#[derive(Debug, Clone)]
pub struct Swept {
    pub job_id: JobId,
    pub reason: Option<Reason>,
    pub events: Vec<StoredEvent>,
    /// It goes on and is worth a ring.
    pub due: Option<Fence>,
}

impl Store {
    /// Ends jobs whose gate expired, whose deadline passed, or whose workers keep dying; and lets those go on whose gate
    /// approves itself at its expiry.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn sweep(&self) -> Result<Vec<Swept>, Error> {
        let mut swept = Vec::new();
        for reason in [Reason::ApprovalExpired, Reason::Deadline, Reason::CrashLoop] {
            let ending = Ending::failed(reason);
            let sql =
                format!("SELECT id FROM jobs WHERE finished_at IS NULL AND {} LIMIT {ROWS_MAX}", ending.condition);
            for row in self.sql.all(&self.read, &sql, []).await? {
                let job_id: JobId = row.try_get("", "id")?;
                let tx = self.begin().await?;
                let events = self.end(&tx, job_id, &ending).await?;
                tx.commit().await?;
                swept.extend(events.map(|events| Swept { job_id, reason: Some(reason), events, due: None }));
            }
        }
        swept.extend(self.sweep_approvals().await?);
        Ok(swept)
    }

    async fn sweep_approvals(&self) -> Result<Vec<Swept>, Error> {
        let sql = format!(
            "SELECT id FROM jobs WHERE status = 'waiting_approval' AND due_at <= {{as_of}} \
             AND EXISTS (SELECT 1 FROM gates WHERE job_id = jobs.id AND {APPROVES_ITSELF}) LIMIT {ROWS_MAX}"
        );
        let mut swept = Vec::new();
        for row in self.sql.all(&self.read, &sql, []).await? {
            let job_id: JobId = row.try_get("", "id")?;
            let tx = self.begin().await?;
            match self.approve_by_timeout(&tx, job_id).await? {
                Some((fence, events)) => {
                    tx.commit().await?;
                    swept.push(Swept { job_id, reason: None, events, due: Some(fence) });
                }
                None => tx.rollback().await?,
            }
        }
        Ok(swept)
    }

    /// Notes which workflow versions `worker` reads, pauses jobs that have been due for `unread_for` and that nobody reads, and
    /// wakes paused ones that somebody does.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn sweep_versions(
        &self,
        worker: WorkerId,
        readable: &[(WorkflowKind, i32)],
        unread_for: Duration,
    ) -> Result<Vec<Swept>, Error> {
        for (workflow, version) in readable {
            let sql = "INSERT INTO worker_reads (worker_id, workflow, version, seen_at) VALUES ($1, $2, $3, {now}) \
                       ON CONFLICT (worker_id, workflow, version) DO UPDATE SET seen_at = {now}";
            self.sql.execute(&self.write, sql, [worker.into(), workflow.word().into(), (*version).into()]).await?;
        }
        let read_by_somebody = format!(
            "EXISTS (SELECT 1 FROM worker_reads r WHERE r.workflow = jobs.workflow AND r.version = jobs.version \
             AND r.seen_at > {{as_of}} - {})",
            self.sql.span(WORKER_SEEN_WITHIN)
        );
        let mut swept = Vec::new();
        let unread = format!(
            "status IN ('queued', 'running') AND due_at < {{as_of}} - {} AND NOT {read_by_somebody}",
            self.sql.span(unread_for)
        );
        let pause = "status = 'paused', reason = 'needs_version', due_at = NULL, owner = NULL, fence = fence + 1";
        swept.extend(self.move_jobs(&unread, pause, JobStatus::Paused, Some(Reason::NeedsVersion)).await?);
        let read =
            format!("finished_at IS NULL AND status = 'paused' AND reason = 'needs_version' AND {read_by_somebody}");
        let wake = "status = 'queued', reason = NULL, due_at = {now}";
        swept.extend(self.move_jobs(&read, wake, JobStatus::Queued, None).await?);
        Ok(swept)
    }

    /// Lets a worker's readings be forgotten at once when it stops.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn forget_worker(&self, worker: WorkerId) -> Result<(), Error> {
        self.sql.execute(&self.write, "DELETE FROM worker_reads WHERE worker_id = $1", [worker.into()]).await?;
        Ok(())
    }

    async fn move_jobs(
        &self,
        condition: &str,
        change: &str,
        status: JobStatus,
        reason: Option<Reason>,
    ) -> Result<Vec<Swept>, Error> {
        let sql = format!("SELECT id, status FROM jobs WHERE {condition} LIMIT {ROWS_MAX}");
        let mut swept = Vec::new();
        for row in self.sql.all(&self.read, &sql, []).await? {
            let job_id: JobId = row.try_get("", "id")?;
            let before = word(&row, "jobs", "status", JobStatus::from_word)?;
            let tx = self.begin().await?;
            let moved = self.move_job(&tx, (job_id, before), change, (status, reason)).await;
            match &moved {
                Ok(Some(_)) => tx.commit().await?,
                Ok(None) | Err(_) => tx.rollback().await?,
            }
            swept.extend(moved?);
        }
        Ok(swept)
    }

    /// None: somebody moved it meanwhile.
    async fn move_job(
        &self,
        tx: &impl ConnectionTrait,
        (job_id, before): (JobId, JobStatus),
        change: &str,
        (status, reason): (JobStatus, Option<Reason>),
    ) -> Result<Option<Swept>, Error> {
        let sql = format!(
            "UPDATE jobs SET {change}, seq = seq + 1, updated_at = {{now}} WHERE id = $1 AND status = $2 \
             RETURNING seq, attempts, updated_at, {IS_TOLD}"
        );
        let Some(row) = self.sql.one(tx, &sql, [job_id.into(), before.word().into()]).await? else { return Ok(None) };
        let event = Event::StateChange(StateChange { status, reason, attempt: row.try_get("", "attempts")? });
        let event = StoredEvent {
            seq: row.try_get("", "seq")?,
            kind: event.kind().to_owned(),
            at: from_micros(row.try_get("", "updated_at")?),
            data: event_json(&event),
        };
        self.insert_event(tx, job_id, &event).await?;
        self.tell_if_told(tx, &row, job_id).await?;
        Ok(Some(Swept { job_id, reason, events: vec![event], due: None }))
    }
}
