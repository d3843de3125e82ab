//! The journal's commit: rows, events, costs and checkpoint of several jobs in one transaction, each under its own fence.

mod gate;
mod rows;

use chrono::{DateTime, Utc};
use domain::{
    Event, Fence, JobId, TenantId,
    job::{JobError, Reason, TaskStatus},
    time::from_micros,
};
use sea_orm::{ConnectionTrait, Value};
use serde::Serialize;

use crate::{
    Error, Store, StoredEvent,
    notify::{IS_TOLD, JOB_COLUMNS, job_messages},
    submit::event_json,
};

pub use gate::GateDraft;
use gate::gate_row;
use rows::{event_rows, job_row, task_rows};

/// An event to be written. Its `seq` and its time come from the database.
#[derive(Debug, Clone, PartialEq)]
pub struct EventDraft(pub Event);

/// A task or effect row to be written over what stands under its path.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskWrite {
    pub path: String,
    /// `task` or `effect`.
    pub kind: &'static str,
    pub agent: String,
    pub step: u32,
    pub status: TaskStatus,
    pub attempts: u32,
    pub output: Option<String>,
    pub error: Option<String>,
    pub cost_microusd: i64,
}

/// The state that a commit leaves the job in.
#[derive(Debug, Clone, PartialEq)]
pub enum NextState {
    Running,
    Waiting(Box<GateDraft>),
    Completed { result: String, summary: String },
    Failed { reason: Reason, error: JobError },
}

/// What one job commits.
#[derive(Debug, Clone, PartialEq)]
pub struct JobCommit {
    pub job_id: JobId,
    pub tenant: TenantId,
    pub fence: Fence,
    /// One more than that of the last commit.
    pub commit_no: i64,
    pub part: CommitPart,
}

/// The content of a commit.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitPart {
    pub events: Vec<EventDraft>,
    pub tasks: Vec<TaskWrite>,
    pub checkpoint: Option<Checkpoint>,
    pub next: NextState,
}

/// Where the job stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    pub node: String,
    pub step: u32,
    pub state: String,
    pub progress: u8,
    pub summary: String,
}

/// What became of one job's commit.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Written, with these rows.
    Written(Vec<StoredEvent>),
    /// Written by an earlier attempt of the same commit; the rows are there to be read, up to this seq.
    WrittenBefore(i64),
    /// The job is not held under this fence any more. Nothing was written.
    Fenced,
}

/// `j` is the job's row, `i` the commit.
const SET: &str = "status = i.status, reason = i.reason, commit_no = i.commit_no, stalled_claims = 0, \
     node = COALESCE(i.node, j.node), step = COALESCE(i.step, j.step), state = COALESCE(i.state, j.state), \
     progress = COALESCE(i.progress, j.progress), summary = COALESCE(i.summary, j.summary), \
     result = COALESCE(i.result, j.result), error = COALESCE(i.error, j.error), \
     cost_microusd = j.cost_microusd + i.cost, seq = j.seq + i.events, updated_at = {now}, \
     due_at = CASE WHEN i.due_at IS NULL THEN j.due_at WHEN i.due_at < 0 THEN NULL ELSE i.due_at END, \
     owner = CASE WHEN i.status = 'running' THEN j.owner END, \
     finished_at = CASE WHEN i.status IN ('completed', 'failed') THEN {now} END";

/// Written as one statement on Postgres: one round trip, and its implicit transaction is the commit. Rows are locked in
/// the order of their ids, as lease renewal locks them.
const POSTGRES: &str = "WITH i AS (SELECT * FROM json_to_recordset($1::json) AS x(id uuid, fence bigint, commit_no bigint, \
        events bigint, status text, reason text, node text, step integer, state text, progress integer, summary text, \
        result text, error text, cost bigint, due_at bigint)), \
     held AS (SELECT jobs.id, jobs.tenant_id, {seq} AS seq FROM jobs JOIN i ON jobs.id = i.id WHERE {held} \
        AND jobs.status = 'running' ORDER BY jobs.id FOR UPDATE OF jobs), \
     u AS (UPDATE jobs j SET {set} FROM i, held WHERE j.id = i.id AND held.id = j.id RETURNING j.id, j.updated_at, {told_columns}), \
     e AS (INSERT INTO job_events (job_id, seq, tenant_id, kind, data, created_at) \
        SELECT x.id, held.seq + x.offset, held.tenant_id, x.kind, x.data, u.updated_at \
        FROM json_to_recordset($2::json) AS x(id uuid, \"offset\" bigint, kind text, data text) \
        JOIN held ON held.id = x.id JOIN u ON u.id = x.id), \
     t AS (INSERT INTO tasks (job_id, path, tenant_id, kind, agent, step, status, attempts, output, error, cost_microusd, \
        created_at, finished_at) \
        SELECT x.id, x.path, held.tenant_id, x.kind, x.agent, x.step, x.status, x.attempts, x.output, x.error, x.cost, \
        {now}, CASE WHEN x.finished THEN {now} END \
        FROM json_to_recordset($3::json) AS x(id uuid, path text, kind text, agent text, step integer, status text, \
        attempts integer, output text, error text, cost bigint, finished boolean) JOIN held ON held.id = x.id \
        ON CONFLICT (job_id, path) DO UPDATE SET {task_set}), \
     g AS (INSERT INTO gates (id, job_id, tenant_id, kind, status, prompt, proposal, options, expires_at, on_timeout, \
        proposal_hash, remind_at, warn_at, created_at) \
        SELECT x.gate_id, x.id, held.tenant_id, x.kind, 'pending', x.prompt, x.proposal, x.options, \
        x.expires_at, x.on_timeout, x.proposal_hash, x.remind_at, x.warn_at, {now} \
        FROM json_to_recordset($4::json) AS x(id uuid, gate_id uuid, kind text, prompt text, proposal text, options text, \
        expires_at bigint, on_timeout text, proposal_hash text, remind_at bigint, warn_at bigint) \
        JOIN held ON held.id = x.id){told} \
     SELECT held.id, held.seq, u.updated_at FROM held JOIN u ON u.id = held.id";

const TASK_SET: &str = "status = excluded.status, attempts = excluded.attempts, output = excluded.output, \
     error = excluded.error, cost_microusd = tasks.cost_microusd + excluded.cost_microusd, finished_at = excluded.finished_at";

impl Store {
    /// Writes the commits of several jobs in one transaction. A job with a stale fence loses its own part only.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: nothing, or everything, was written; [`Store::commit`] of the same commits again tells.
    pub async fn commit(&self, commits: &[JobCommit]) -> Result<Vec<Outcome>, Error> {
        debug_assert!(commits.iter().is_sorted_by_key(|commit| commit.job_id), "rows are locked in id order");
        let written = if self.sql.is_postgres() {
            self.commit_postgres(commits).await?
        } else {
            self.commit_sqlite(commits).await?
        };
        let mut outcomes = Vec::with_capacity(commits.len());
        for commit in commits {
            let row = written.iter().find(|(id, ..)| *id == commit.job_id);
            outcomes.push(match row {
                Some((_, seq, at)) => Outcome::Written(stored(commit, *seq, *at)),
                None => self.look_up(commit).await?,
            });
        }
        Ok(outcomes)
    }

    /// What must hold of a row for a commit to write it: the claim's fence, and that the commit before was the last one.
    fn held(&self) -> &'static str {
        if self.is_fenced() { "jobs.fence = i.fence AND jobs.commit_no = i.commit_no - 1" } else { "i.fence > 0" }
    }

    /// A commit found no row to write: was it written before, or is the job somebody else's?
    async fn look_up(&self, commit: &JobCommit) -> Result<Outcome, Error> {
        let sql = "SELECT seq FROM jobs WHERE id = $1 AND fence = $2 AND commit_no = $3";
        let values = [commit.job_id.into(), commit.fence.0.into(), commit.commit_no.into()];
        Ok(match self.sql.one(&self.write, sql, values).await? {
            Some(row) => Outcome::WrittenBefore(row.try_get("", "seq")?),
            None => Outcome::Fenced,
        })
    }

    async fn commit_postgres(&self, commits: &[JobCommit]) -> Result<Vec<(JobId, i64, DateTime<Utc>)>, Error> {
        // Most commits change no state that anybody is told of, and are spared the looking.
        let told = if commits.iter().any(|commit| commit.part.next != NextState::Running) {
            format!(", told AS ({})", job_messages(&self.sql, "u"))
        } else {
            String::new()
        };
        let sql = POSTGRES.replace("{set}", SET).replace("{task_set}", TASK_SET).replace("{held}", self.held());
        // A job counts its own events; anything else leaves gaps.
        let counter = if self.uncounted { "(SELECT max(counted.seq) FROM jobs counted)" } else { "jobs.seq" };
        let sql = sql.replace("{seq}", counter).replace("seq = j.seq +", "seq = held.seq +");
        let columns = JOB_COLUMNS.split(", ").map(|column| format!("j.{column}")).collect::<Vec<_>>().join(", ");
        let sql = sql.replace("{told_columns}", &columns).replace("{told}", &told);
        let values = [
            json(&commits.iter().map(job_row).collect::<Vec<_>>()),
            json(&commits.iter().flat_map(event_rows).collect::<Vec<_>>()),
            json(&commits.iter().flat_map(task_rows).collect::<Vec<_>>()),
            json(&commits.iter().filter_map(gate_row).collect::<Vec<_>>()),
        ];
        let rows = self.sql.all(&self.write, &sql, values).await?;
        rows.iter()
            .map(|row| {
                Ok((row.try_get("", "id")?, row.try_get("", "seq")?, from_micros(row.try_get("", "updated_at")?)))
            })
            .collect()
    }

    async fn commit_sqlite(&self, commits: &[JobCommit]) -> Result<Vec<(JobId, i64, DateTime<Utc>)>, Error> {
        let tx = self.begin().await?;
        let mut written = Vec::with_capacity(commits.len());
        for commit in commits {
            if let Some(row) = self.commit_one(&tx, commit).await? {
                written.push(row);
            }
        }
        tx.commit().await?;
        Ok(written)
    }

    async fn commit_one(
        &self,
        tx: &impl ConnectionTrait,
        commit: &JobCommit,
    ) -> Result<Option<(JobId, i64, DateTime<Utc>)>, Error> {
        let sql = format!(
            "UPDATE jobs AS j SET {SET} FROM (SELECT {}) AS i WHERE j.id = $1 AND {} AND j.status = 'running' \
             RETURNING seq, updated_at, {IS_TOLD}",
            "$2 AS fence, $3 AS commit_no, $4 AS events, $5 AS status, $6 AS reason, $7 AS node, $8 AS step, $9 AS state, $10 AS progress, \
             $11 AS summary, $12 AS result, $13 AS error, $14 AS cost, $15 AS due_at",
            self.held().replace("jobs.", "j.")
        );
        let row = job_row(commit);
        let values: Vec<Value> = vec![
            row.id.into(),
            row.fence.into(),
            row.commit_no.into(),
            i64::try_from(row.events).unwrap_or(0).into(),
            row.status.into(),
            row.reason.into(),
            row.node.into(),
            row.step.into(),
            row.state.into(),
            row.progress.map(i32::from).into(),
            row.summary.into(),
            row.result.into(),
            row.error.into(),
            row.cost.into(),
            row.due_at.into(),
        ];
        let Some(updated) = self.sql.one(tx, &sql, values).await? else { return Ok(None) };
        let at: i64 = updated.try_get("", "updated_at")?;
        let seq = updated.try_get::<i64>("", "seq")? - i64::try_from(commit.part.events.len()).unwrap_or(0);
        self.write_events(tx, commit, seq, at).await?;
        self.write_tasks(tx, commit, at).await?;
        if let Some(gate) = gate_row(commit) {
            self.open_gate(tx, commit, gate, at).await?;
        }
        if commit.part.next != NextState::Running {
            self.tell_if_told(tx, &updated, commit.job_id).await?;
        }
        Ok(Some((commit.job_id, seq, from_micros(at))))
    }

    /// All in one statement: each one more would cost as much as many rows of it do.
    async fn write_events(
        &self,
        tx: &impl ConnectionTrait,
        commit: &JobCommit,
        seq_before: i64,
        at: i64,
    ) -> Result<(), Error> {
        let rows = event_rows(commit);
        if rows.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO job_events (job_id, seq, tenant_id, kind, data, created_at) \
                   SELECT $1, $2 + (value ->> 'offset'), $3, value ->> 'kind', value ->> 'data', $4 FROM json_each($5)";
        let values: Vec<Value> =
            vec![commit.job_id.into(), seq_before.into(), commit.tenant.clone().into(), at.into(), json(&rows)];
        self.sql.execute(tx, sql, values).await?;
        Ok(())
    }

    async fn write_tasks(&self, tx: &impl ConnectionTrait, commit: &JobCommit, at: i64) -> Result<(), Error> {
        let rows = task_rows(commit);
        if rows.is_empty() {
            return Ok(());
        }
        // Without a condition, SQLite would take ON CONFLICT for that of a join.
        let sql = format!(
            "INSERT INTO tasks (job_id, path, tenant_id, kind, agent, step, status, attempts, output, error, cost_microusd, \
             created_at, finished_at) \
             SELECT $1, value ->> 'path', $2, value ->> 'kind', value ->> 'agent', value ->> 'step', value ->> 'status', \
             value ->> 'attempts', value ->> 'output', value ->> 'error', value ->> 'cost', $3, \
             CASE WHEN value ->> 'finished' THEN $3 END FROM json_each($4) WHERE true \
             ON CONFLICT (job_id, path) DO UPDATE SET {TASK_SET}"
        );
        let values: Vec<Value> = vec![commit.job_id.into(), commit.tenant.clone().into(), at.into(), json(&rows)];
        self.sql.execute(tx, &sql, values).await?;
        Ok(())
    }
}

fn json<T: Serialize>(rows: &[T]) -> Value {
    serde_json::to_string(rows).expect("rows are plain data with string keys").into()
}

fn stored(commit: &JobCommit, seq_before: i64, at: DateTime<Utc>) -> Vec<StoredEvent> {
    let event = |(index, EventDraft(event)): (usize, &EventDraft)| StoredEvent {
        seq: seq_before + i64::try_from(index).unwrap_or(0) + 1,
        kind: event.kind().to_owned(),
        at,
        data: event_json(event),
    };
    commit.part.events.iter().enumerate().map(event).collect()
}
