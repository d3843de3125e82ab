//! Taking a job: from here on its writes carry the fence that the claim gave.

use std::{collections::HashMap, fmt::Display, time::Duration};

use domain::{
    Event, Fence, JobId, TenantId, WorkerId,
    event::StateChange,
    gate::Gate,
    job::{JobStatus, Mode, WorkflowKind},
};
use sea_orm::{QueryResult, Value};
use serde_json::Value as Json;

use crate::{
    Error, Store, StoredEvent,
    job::{json_column, read_gate, word},
    submit::event_json,
};

/// Claims in a row without one commit after which a job is given up: it takes its workers down.
pub(crate) const STALLED_CLAIMS_MAX: i32 = 5;

/// The workflow versions that a worker reads.
pub type Readable = Vec<(WorkflowKind, i32)>;

/// What a worker asks for.
#[derive(Debug, Clone)]
pub struct ClaimRequest<'a> {
    pub worker: WorkerId,
    pub lease: Duration,
    pub readable: &'a Readable,
    /// The rung jobs, or none for whatever is due, oldest first.
    pub rung: Option<&'a [JobId]>,
    pub limit: usize,
    /// Whether one suspect may be among them: a job whose last claim ended without a commit. It may be what took its worker
    /// down, or have died beside it; one at a time, the innocent prove themselves and only the culprit goes on failing.
    pub suspect: bool,
}

/// A job in a worker's hands.
#[derive(Debug, Clone)]
pub struct Claim {
    pub job_id: JobId,
    pub tenant: TenantId,
    pub user_id: Option<String>,
    pub workflow: WorkflowKind,
    pub mode: Mode,
    pub fence: Fence,
    /// The number of the journal's last commit.
    pub commit_no: i64,
    pub attempts: i32,
    /// Its claim before this one ended without a commit.
    pub is_suspect: bool,
    pub trace_id: String,
    /// Where the job stands, if it has a checkpoint.
    pub node: Option<String>,
    pub step: i32,
    pub state: Option<Json>,
    /// The workflow's first state.
    pub input: Json,
    /// The event that says that it runs, for publishing.
    pub event: StoredEvent,
}

/// Rows that may be claimed: due, and queued or with a lease that ran out, and not given up.
const CLAIMABLE: &str = "due_at <= {as_of} AND status IN ('queued', 'running') AND stalled_claims < 5";
const HELD_OR_CLAIMABLE: &str = "due_at IS NOT NULL AND status IN ('queued', 'running') AND stalled_claims < 5";
const TAKE: &str = "status = 'running', reason = NULL, fence = fence + 1, attempts = attempts + 1, \
     stalled_claims = stalled_claims + 1, seq = jobs.seq + 1, started_at = COALESCE(started_at, {now}), updated_at = {now}";
const TAKEN: &str = "jobs.id, jobs.tenant_id, jobs.user_id, jobs.workflow, jobs.mode, jobs.fence, jobs.commit_no, jobs.attempts, jobs.stalled_claims, \
     jobs.trace_id, jobs.node, jobs.step, jobs.state, jobs.input, jobs.seq, jobs.updated_at";

impl Store {
    /// Claims what was rung, or what is due. Jobs that somebody else took first are simply not in the answer.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claim(&self, request: &ClaimRequest<'_>) -> Result<Vec<Claim>, Error> {
        debug_assert_eq!(STALLED_CLAIMS_MAX, 5, "CLAIMABLE spells it out");
        if request.limit == 0 || request.readable.is_empty() || request.rung.is_some_and(<[JobId]>::is_empty) {
            return Ok(Vec::new());
        }
        let rows = if self.sql.is_postgres() {
            self.claim_postgres(request).await?
        } else {
            self.claim_sqlite(request).await?
        };
        rows.iter().map(read_claim).collect()
    }

    async fn claim_postgres(&self, request: &ClaimRequest<'_>) -> Result<Vec<QueryResult>, Error> {
        // Rows are locked in the order of their ids where several are named; a row that another worker is claiming is skipped.
        let sql = format!(
            "WITH picked AS (SELECT id FROM jobs WHERE {} FOR UPDATE SKIP LOCKED), \
             taken AS (UPDATE jobs SET {TAKE}, owner = $1, due_at = {{now}} + $2 FROM picked WHERE jobs.id = picked.id RETURNING {TAKEN}), \
             told AS (INSERT INTO job_events (job_id, seq, tenant_id, kind, data, created_at) \
                SELECT id, seq, tenant_id, 'state_change', replace($5, '\"attempt\":0', '\"attempt\":' || attempts), updated_at FROM taken) \
             SELECT * FROM taken",
            self.picked(request)
        );
        let mut values = self.claim_values(request);
        values.push(running_event(0).into());
        Ok(self.sql.all(&self.write, &sql, values).await?)
    }

    async fn claim_sqlite(&self, request: &ClaimRequest<'_>) -> Result<Vec<QueryResult>, Error> {
        let tx = self.begin().await?;
        let sql = format!(
            "UPDATE jobs SET {TAKE}, owner = $1, due_at = {{now}} + $2 WHERE id IN (SELECT id FROM jobs WHERE {}) RETURNING {}",
            self.picked(request),
            TAKEN.replace("jobs.", "")
        );
        let rows = self.sql.all(&tx, &sql, self.claim_values(request)).await?;
        for row in &rows {
            let id: JobId = row.try_get("", "id")?;
            let sql = "INSERT INTO job_events (job_id, seq, tenant_id, kind, data, created_at) \
                       SELECT id, seq, tenant_id, 'state_change', $2, updated_at FROM jobs WHERE id = $1";
            self.sql.execute(&tx, sql, [id.into(), running_event(row.try_get("", "attempts")?).into()]).await?;
        }
        tx.commit().await?;
        Ok(rows)
    }

    /// What a claimed job's journal holds of its current step: task and effect rows by path, as
    /// `(attempts, output of a completed one)`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn entries(&self, id: JobId, step: i32) -> Result<HashMap<String, (i32, Option<Json>)>, Error> {
        let sql = "SELECT path, status, attempts, output FROM tasks WHERE job_id = $1 AND step = $2";
        let rows = self.sql.all(&self.read, sql, [id.into(), step.into()]).await?;
        rows.iter()
            .map(|row| {
                let status: String = row.try_get("", "status")?;
                let output = if status == "completed" {
                    Some(json_column(row, "tasks", "output")?.unwrap_or_default())
                } else {
                    None
                };
                Ok((row.try_get("", "path")?, (row.try_get("", "attempts")?, output)))
            })
            .collect()
    }

    /// The newest decided gate of a claimed job, as `{decision, answer, edits, comment, proposal, decided_by}`.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn decision(&self, id: JobId) -> Result<Option<Json>, Error> {
        let sql = "SELECT * FROM gates WHERE job_id = $1 AND status = 'decided' ORDER BY id DESC LIMIT 1";
        let Some(row) = self.sql.one(&self.read, sql, [id.into()]).await? else { return Ok(None) };
        let gate = read_gate(&row)?;
        let mut decision = serde_json::to_value(&gate.decision).unwrap_or_default();
        decision["proposal"] = gate.proposal;
        decision["decided_by"] = gate.decided_by.into();
        Ok(Some(decision))
    }

    /// The newest decision at an approval of a claimed job, with the hash of what was shown when it was made.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn approval(&self, id: JobId) -> Result<Option<(Gate, String)>, Error> {
        let sql = "SELECT * FROM gates WHERE job_id = $1 AND status = 'decided' AND kind = 'approval' ORDER BY id DESC LIMIT 1";
        let Some(row) = self.sql.one(&self.read, sql, [id.into()]).await? else { return Ok(None) };
        let shown: Option<String> = row.try_get("", "decided_hash")?;
        Ok(Some((read_gate(&row)?, shown.unwrap_or_default())))
    }

    /// Renews the leases of `jobs`, and says which of them `worker` still holds.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn renew(&self, worker: WorkerId, lease: Duration, jobs: &[JobId]) -> Result<Vec<JobId>, Error> {
        // Locked in id order, as commits lock them, so that the two cannot wait for each other.
        let sql = format!(
            "UPDATE jobs SET due_at = {{now}} + $2 WHERE id IN (SELECT id FROM jobs WHERE owner = $1 AND status = 'running' \
             AND id IN ({}) ORDER BY id {{for_update}}) RETURNING id",
            self.ids_in("$3")
        );
        let values: Vec<Value> = vec![worker.into(), self.sql.span(lease).into(), self.ids_json(jobs)];
        let rows = self.sql.all(&self.write, &sql, values).await?;
        rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
    }

    /// Gives a job back at once, with its attempt refunded: somebody else goes on from its last checkpoint. False when it
    /// was not held under this fence any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn release(&self, id: JobId, fence: Fence) -> Result<bool, Error> {
        let sql = "UPDATE jobs SET status = 'queued', due_at = {now}, owner = NULL, fence = fence + 1, attempts = attempts - 1, \
                   stalled_claims = CASE WHEN stalled_claims > 0 THEN stalled_claims - 1 ELSE 0 END, updated_at = {now} \
                   WHERE id = $1 AND fence = $2 AND status = 'running'";
        Ok(self.sql.execute(&self.write, sql, [id.into(), fence.0.into()]).await?.rows_affected() == 1)
    }

    /// Ids as one JSON parameter, so that a statement's text does not depend on their number.
    pub(crate) fn ids_json<Id: Display>(&self, ids: &[Id]) -> Value {
        let spell = |id: &Id| if self.sql.is_postgres() { id.to_string() } else { id.to_string().replace('-', "") };
        Json::from(ids.iter().map(spell).collect::<Vec<_>>()).to_string().into()
    }

    /// Selects the ids in such a parameter; SQLite keeps a UUID as its 16 bytes.
    pub(crate) fn ids_in(&self, parameter: &str) -> String {
        if self.sql.is_postgres() {
            format!("SELECT value::uuid FROM json_array_elements_text({parameter}::json)")
        } else {
            format!("SELECT unhex(value) FROM json_each({parameter})")
        }
    }

    /// Worker, lease, limit, and the rung ids.
    fn claim_values(&self, request: &ClaimRequest<'_>) -> Vec<Value> {
        let limit = i64::try_from(request.limit).unwrap_or(i64::MAX);
        vec![
            request.worker.into(),
            self.sql.span(request.lease).into(),
            limit.into(),
            self.ids_json(request.rung.unwrap_or_default()),
        ]
    }

    /// The condition, the order and the limit of the rows to take. Both forms take the same parameters.
    fn picked(&self, request: &ClaimRequest<'_>) -> String {
        let versions: Vec<String> = request
            .readable
            .iter()
            .map(|(workflow, version)| format!("(workflow = '{workflow}' AND version = {version})"))
            .collect();
        let versions = versions.join(" OR ");
        let suspects = format!(
            "id = (SELECT id FROM jobs WHERE {CLAIMABLE} AND stalled_claims > 0 AND ({versions}) ORDER BY stalled_claims, due_at LIMIT 1)"
        );
        let trusted = if request.suspect {
            format!("(stalled_claims = 0 OR {suspects})")
        } else {
            "stalled_claims = 0".to_owned()
        };
        // The other branch is a control for tests: unfenced, a ring takes a job from whoever has it.
        let claimable = match request.rung {
            Some(_) if !self.is_fenced() => HELD_OR_CLAIMABLE,
            _ => CLAIMABLE,
        };
        let (which, order) = match request.rung {
            Some(_) => (format!("id IN ({})", self.ids_in("$4")), "id"),
            None => ("$4 = '[]'".to_owned(), "due_at"),
        };
        format!("{claimable} AND ({versions}) AND {trusted} AND {which} ORDER BY {order} LIMIT $3")
    }

    /// Takes every lease away from whoever held one, those of messages and watches too, and says how many jobs were held: for the
    /// embedded wiring, whose one process holds a lock file, so that at its start nobody else can be alive. The interrupted
    /// claim still counts as an attempt.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn expire_leases(&self) -> Result<u64, Error> {
        let sql = "UPDATE deliveries SET next_at = {now} WHERE status = 'sending'";
        self.sql.execute(&self.write, sql, []).await?;
        let sql = "UPDATE watches SET due_at = {now} WHERE due_at IS NOT NULL AND attempts > 0";
        self.sql.execute(&self.write, sql, []).await?;
        let sql = "UPDATE jobs SET due_at = {now}, owner = NULL WHERE status = 'running' AND finished_at IS NULL";
        Ok(self.sql.execute(&self.write, sql, []).await?.rows_affected())
    }
}

fn running_event(attempt: i32) -> String {
    event_json(&Event::StateChange(StateChange { status: JobStatus::Running, reason: None, attempt }))
}

pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn read_claim(row: &QueryResult) -> Result<Claim, Error> {
    let attempts: i32 = row.try_get("", "attempts")?;
    Ok(Claim {
        job_id: row.try_get("", "id")?,
        tenant: row.try_get("", "tenant_id")?,
        user_id: row.try_get("", "user_id")?,
        workflow: word(row, "jobs", "workflow", WorkflowKind::from_word)?,
        mode: word(row, "jobs", "mode", Mode::from_word)?,
        fence: Fence(row.try_get("", "fence")?),
        commit_no: row.try_get("", "commit_no")?,
        attempts,
        is_suspect: row.try_get::<i32>("", "stalled_claims")? > 1,
        trace_id: row.try_get("", "trace_id")?,
        node: row.try_get("", "node")?,
        step: row.try_get("", "step")?,
        state: json_column(row, "jobs", "state")?,
        input: json_column(row, "jobs", "input")?.unwrap_or_default(),
        event: StoredEvent {
            seq: row.try_get("", "seq")?,
            kind: "state_change".to_owned(),
            at: domain::time::from_micros(row.try_get("", "updated_at")?),
            data: running_event(attempts),
        },
    })
}
