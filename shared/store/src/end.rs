//! Ending a job from outside its worker: cancelled, expired, overdue, given up. The fence moves, so whoever still works on
//! it cannot write any more.

use domain::{
    Event, GateId, JobId, TenantId,
    event::{self, ApprovalDecided},
    gate::{Decision, DecisionKind, GateStatus, TIMEOUT},
    job::{JobError, JobStatus, Reason},
    time::from_micros,
};
use sea_orm::{ConnectionTrait, Value};

use crate::{Error, Owner, Store, StoredEvent, job::not_found, notify::IS_TOLD, submit::event_json};

/// How a job ends, and under which condition it still may.
#[derive(Debug, Clone)]
pub struct Ending {
    pub status: JobStatus,
    pub error: JobError,
    /// What becomes of a pending gate.
    pub gate: GateStatus,
    /// What must still hold of the row, as SQL of ours, beside its not being over.
    pub(crate) condition: &'static str,
}

impl Ending {
    /// Somebody asked for it.
    #[must_use]
    pub fn cancelled(by: &str) -> Self {
        Self {
            status: JobStatus::Cancelled,
            error: JobError {
                code: Reason::Requested,
                title: "Cancelled".to_owned(),
                cause: format!("{by} cancelled the job"),
                hint: "What was found before is kept. Submit the request again to start over".to_owned(),
                retryable: true,
            },
            gate: GateStatus::Withdrawn,
            condition: "1 = 1",
        }
    }

    pub(crate) fn failed(reason: Reason) -> Self {
        let (title, cause, hint, condition) = match reason {
            Reason::ApprovalExpired => (
                "Nobody decided in time",
                "The approval or question passed its expiry undecided",
                "Submit the request again and decide before the expiry, or use \"approval\": \"never\"",
                // What its end approves is not among them.
                "status = 'waiting_approval' AND due_at <= {as_of} AND NOT EXISTS (SELECT 1 FROM gates WHERE job_id = jobs.id \
                 AND status = 'pending' AND kind = 'approval' AND on_timeout = 'approve')",
            ),
            Reason::Deadline => (
                "Past its deadline",
                "The job did not end within deadline_s",
                "Submit it again with a later deadline or none",
                "deadline_at <= {as_of}",
            ),
            // The other reasons are a workflow's or a person's; they do not come from a sweep.
            _ => (
                "Given up",
                "Its workers died five times in a row without getting one step further",
                "Report this with the job's id; the request or the data it needs takes workers down",
                "status IN ('queued', 'running') AND due_at <= {as_of} AND stalled_claims >= 5",
            ),
        };
        Self {
            status: JobStatus::Failed,
            error: JobError {
                code: reason,
                title: title.to_owned(),
                cause: cause.to_owned(),
                hint: hint.to_owned(),
                retryable: reason != Reason::CrashLoop,
            },
            gate: GateStatus::Expired,
            condition,
        }
    }
}

impl Store {
    /// Ends the owner's job at once, whatever it does. None: it was cancelled before.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::State`] when it had ended otherwise.
    pub async fn cancel(&self, owner: &Owner, id: JobId, by: &str) -> Result<Option<Vec<StoredEvent>>, Error> {
        let tx = self.begin().await?;
        let sql = "SELECT id FROM jobs WHERE id = $1 AND tenant_id = $2";
        self.sql.one(&tx, sql, [id.into(), owner.tenant.clone().into()]).await?.ok_or_else(|| not_found(id))?;
        let events = self.end(&tx, id, &Ending::cancelled(by)).await?;
        tx.commit().await?;
        if events.is_some() {
            return Ok(events);
        }
        match self.job(owner, id).await?.status {
            JobStatus::Cancelled => Ok(None),
            status => Err(Error::State { id, status }),
        }
    }

    /// Ends a job if its condition still holds; the last event says why. None: it does not hold any more.
    pub(crate) async fn end(
        &self,
        tx: &impl ConnectionTrait,
        id: JobId,
        ending: &Ending,
    ) -> Result<Option<Vec<StoredEvent>>, Error> {
        let error = serde_json::to_string(&ending.error).expect("an error is plain data");
        let sql = format!(
            "UPDATE jobs SET status = $2, reason = $3, error = $4, summary = $5, fence = fence + 1, seq = seq + 1, owner = NULL, \
             due_at = NULL, updated_at = {{now}}, finished_at = {{now}} \
             WHERE id = $1 AND finished_at IS NULL AND {} RETURNING tenant_id, seq, updated_at, {IS_TOLD}",
            ending.condition
        );
        let values: Vec<Value> = vec![
            id.into(),
            ending.status.word().into(),
            ending.error.code.word().into(),
            error.into(),
            ending.error.title.clone().into(),
        ];
        let Some(row) = self.sql.one(tx, &sql, values).await? else { return Ok(None) };
        let (at, seq): (i64, i64) = (row.try_get("", "updated_at")?, row.try_get("", "seq")?);
        let mut events: Vec<Event> =
            self.close_gate(tx, id, row.try_get("", "tenant_id")?, ending).await?.into_iter().collect();
        if !events.is_empty() {
            self.sql.execute(tx, "UPDATE jobs SET seq = seq + 1 WHERE id = $1", [id.into()]).await?;
        }
        events.push(Event::Error(event::Error { status: ending.status, error: ending.error.clone() }));
        let mut stored = Vec::with_capacity(events.len());
        for (seq, event) in (seq..).zip(events) {
            let event =
                StoredEvent { seq, kind: event.kind().to_owned(), at: from_micros(at), data: event_json(&event) };
            self.insert_event(tx, id, &event).await?;
            stored.push(event);
        }
        let sql = "UPDATE tasks SET status = 'cancelled', finished_at = {now} WHERE job_id = $1 AND status = 'running'";
        self.sql.execute(tx, sql, [id.into()]).await?;
        self.tell_if_told(tx, &row, id).await?;
        Ok(Some(stored))
    }

    /// Closes the pending gate of a job that ends, if it has one. Where its time is what ended, that is a decision, too.
    async fn close_gate(
        &self,
        tx: &impl ConnectionTrait,
        id: JobId,
        tenant: TenantId,
        ending: &Ending,
    ) -> Result<Option<Event>, Error> {
        let by_timeout = ending.error.code == Reason::ApprovalExpired;
        let decision =
            by_timeout.then_some(Decision { decision: DecisionKind::Reject, edits: None, answer: None, comment: None });
        let sql = "UPDATE gates SET status = $2, remind_at = NULL, decision = $3, decided_by = $4, \
                   decided_at = CASE WHEN $4 IS NULL THEN NULL ELSE {now} END, \
                   decided_hash = CASE WHEN $4 IS NULL THEN NULL ELSE proposal_hash END \
                   WHERE job_id = $1 AND status = 'pending' RETURNING id, proposal_hash";
        let written = decision.as_ref().map(|decision| serde_json::to_string(decision).expect("it is plain data"));
        let by = by_timeout.then(|| TIMEOUT.to_owned());
        let values: Vec<Value> = vec![id.into(), ending.gate.word().into(), written.into(), by.into()];
        let Some(row) = self.sql.one(tx, sql, values).await? else { return Ok(None) };
        let approval_id: GateId = row.try_get("", "id")?;
        self.resolve_reminder(tx, &Owner::new(tenant), approval_id).await?;
        let Some(decision) = decision else { return Ok(None) };
        let proposal_hash = row.try_get("", "proposal_hash")?;
        let decided = ApprovalDecided { approval_id, decision, decided_by: TIMEOUT.to_owned(), proposal_hash };
        Ok(Some(Event::ApprovalDecided(decided)))
    }

    /// Writes an event whose `seq` the job's row has already counted.
    pub(crate) async fn insert_event(
        &self,
        tx: &impl ConnectionTrait,
        id: JobId,
        event: &StoredEvent,
    ) -> Result<(), Error> {
        let sql = "INSERT INTO job_events (job_id, seq, tenant_id, kind, data, created_at) \
                   SELECT id, $2, tenant_id, $3, $4, $5 FROM jobs WHERE id = $1";
        let values: Vec<Value> = vec![
            id.into(),
            event.seq.into(),
            event.kind.clone().into(),
            event.data.clone().into(),
            domain::time::to_micros(event.at).into(),
        ];
        self.sql.execute(tx, sql, values).await?;
        Ok(())
    }
}
