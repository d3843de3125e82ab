//! Jobs as their owners see them.

use chrono::{DateTime, Utc};
use domain::{
    EventRecord, JobId,
    gate::{Decision, Gate, GateKind, GateStatus, OnTimeout},
    job::{JobError, JobStatus, Mode, Reason, TaskStatus, TaskView, WorkflowKind},
    time::from_micros,
};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::{Error, Owner, Store};

/// Events that one read returns at most.
const EVENTS_PAGE_MAX: u64 = 500;
/// Tasks that a status shows at most; the newest win.
const TASKS_SHOWN_MAX: u64 = 200;

/// A job's row, without its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub user_id: Option<String>,
    pub workflow: WorkflowKind,
    pub mode: Mode,
    pub status: JobStatus,
    pub reason: Option<Reason>,
    pub node: Option<String>,
    pub progress: i32,
    pub summary: String,
    pub seq: i64,
    pub attempts: i32,
    pub cost_microusd: i64,
    pub trace_id: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub deadline_at: Option<DateTime<Utc>>,
}

/// A job with all that status shows.
#[derive(Debug, Clone, PartialEq)]
pub struct JobDetail {
    pub job: Job,
    pub result: Option<Json>,
    pub error: Option<JobError>,
    pub tasks: Vec<TaskView>,
    /// The newest shown output of each agent.
    pub partial: Vec<(String, Json)>,
    /// The newest gate.
    pub gate: Option<Gate>,
}

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    pub status: Option<JobStatus>,
    pub user_id: Option<String>,
    pub workflow: Option<WorkflowKind>,
    /// Only jobs created before this one: the cursor.
    pub before: Option<JobId>,
}

/// An event as its row has it: the body is passed on unread.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    pub seq: i64,
    pub kind: String,
    pub at: DateTime<Utc>,
    /// The JSON of a [`domain::Event`].
    pub data: String,
}

impl StoredEvent {
    /// The envelope around the body, as it goes to readers.
    #[must_use]
    pub fn envelope(&self, job_id: JobId) -> String {
        let at = self.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        format!(r#"{{"seq":{},"job_id":"{job_id}","at":"{at}","event":{}}}"#, self.seq, self.data)
    }

    /// The event, read.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn record(&self, job_id: JobId) -> Result<EventRecord, Error> {
        let event = serde_json::from_str(&self.data)
            .map_err(|error| Error::corrupt("job_events", format!("{job_id}/{}", self.seq), error))?;
        Ok(EventRecord { seq: self.seq, job_id, at: self.at, event })
    }
}

const JOB_COLUMNS: &str = "id, user_id, workflow, mode, status, reason, node, progress, summary, seq, attempts, cost_microusd, \
     trace_id, created_at, updated_at, started_at, finished_at, deadline_at";

impl Store {
    /// One job's row.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for another tenant's.
    pub async fn job(&self, owner: &Owner, id: JobId) -> Result<Job, Error> {
        let sql = format!("SELECT {JOB_COLUMNS} FROM jobs WHERE id = $1 AND tenant_id = $2");
        let row = self.sql.one(&self.read, &sql, [id.into(), owner.tenant.clone().into()]).await?;
        read_job(&row.ok_or_else(|| not_found(id))?)
    }

    /// One job with its tasks, partial output, gate, result and error.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for another tenant's.
    pub async fn job_detail(&self, owner: &Owner, id: JobId) -> Result<JobDetail, Error> {
        let sql = format!("SELECT {JOB_COLUMNS}, result, error FROM jobs WHERE id = $1 AND tenant_id = $2");
        let row = self.sql.one(&self.read, &sql, [id.into(), owner.tenant.clone().into()]).await?;
        let row = row.ok_or_else(|| not_found(id))?;
        Ok(JobDetail {
            job: read_job(&row)?,
            result: json_column(&row, "jobs", "result")?,
            error: json_column(&row, "jobs", "error")?,
            tasks: self.tasks(id).await?,
            partial: self.partial(id).await?,
            gate: self.newest_gate(&self.read, id).await?,
        })
    }

    /// The owner's jobs, newest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn jobs(&self, owner: &Owner, filter: &JobFilter, limit: u64) -> Result<Vec<Job>, Error> {
        let mut sql = format!("SELECT {JOB_COLUMNS} FROM jobs WHERE tenant_id = $1");
        let mut values: Vec<Value> = vec![owner.tenant.clone().into()];
        let mut narrow = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        };
        if let Some(status) = filter.status {
            narrow("status =", status.word().into());
        }
        if let Some(workflow) = filter.workflow {
            narrow("workflow =", workflow.word().into());
        }
        if let Some(user_id) = &filter.user_id {
            narrow("user_id =", user_id.clone().into());
        }
        if let Some(before) = filter.before {
            narrow("id <", before.into());
        }
        sql.push_str(&format!(" ORDER BY id DESC LIMIT {limit}"));
        self.sql.all(&self.read, &sql, values).await?.iter().map(read_job).collect()
    }

    /// The owner's events of a job with `seq > after`, oldest first, at most 500.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for another tenant's.
    pub async fn events(&self, owner: &Owner, id: JobId, after: i64) -> Result<Vec<StoredEvent>, Error> {
        let sql = format!(
            "SELECT seq, kind, data, created_at FROM job_events WHERE job_id = $1 AND tenant_id = $2 AND seq > $3 \
             ORDER BY seq LIMIT {EVENTS_PAGE_MAX}"
        );
        let rows = self.sql.all(&self.read, &sql, [id.into(), owner.tenant.clone().into(), after.into()]).await?;
        rows.iter().map(read_event).collect()
    }

    async fn tasks(&self, id: JobId) -> Result<Vec<TaskView>, Error> {
        let sql = format!(
            "SELECT path, agent, status, attempts, created_at, finished_at, error FROM tasks \
             WHERE job_id = $1 AND kind = 'task' ORDER BY step DESC, created_at DESC LIMIT {TASKS_SHOWN_MAX}"
        );
        let rows = self.sql.all(&self.read, &sql, [id.into()]).await?;
        let mut tasks = rows
            .iter()
            .map(|row| {
                Ok(TaskView {
                    path: row.try_get("", "path")?,
                    agent: row.try_get("", "agent")?,
                    status: word(row, "tasks", "status", TaskStatus::from_word)?,
                    attempts: row.try_get("", "attempts")?,
                    started_at: from_micros(row.try_get("", "created_at")?),
                    finished_at: instant(row, "finished_at")?,
                    error: row.try_get("", "error")?,
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        tasks.reverse();
        Ok(tasks)
    }

    /// The newest `agent_output` of each agent, read from the journal's tail.
    async fn partial(&self, id: JobId) -> Result<Vec<(String, Json)>, Error> {
        let sql = format!(
            "SELECT data FROM job_events WHERE job_id = $1 AND kind = 'agent_output' ORDER BY seq DESC LIMIT {TASKS_SHOWN_MAX}"
        );
        let rows = self.sql.all(&self.read, &sql, [id.into()]).await?;
        let mut partial: Vec<(String, Json)> = Vec::new();
        for row in rows {
            let data: Option<Json> = json_column(&row, "job_events", "data")?;
            let Some(mut data) = data else { continue };
            let agent = data["agent"].as_str().unwrap_or_default().to_owned();
            if !partial.iter().any(|(known, _)| *known == agent) {
                let output = serde_json::json!({ "summary": data["summary"].take(), "output": data["output"].take() });
                partial.push((agent, output));
            }
        }
        partial.reverse();
        Ok(partial)
    }

    pub(crate) async fn newest_gate(&self, db: &impl ConnectionTrait, id: JobId) -> Result<Option<Gate>, Error> {
        let row =
            self.sql.one(db, "SELECT * FROM gates WHERE job_id = $1 ORDER BY id DESC LIMIT 1", [id.into()]).await?;
        row.as_ref().map(read_gate).transpose()
    }
}

pub(crate) fn not_found(id: JobId) -> Error {
    Error::NotFound { what: "job", id: id.to_string() }
}

pub(crate) fn read_job(row: &QueryResult) -> Result<Job, Error> {
    Ok(Job {
        id: row.try_get("", "id")?,
        user_id: row.try_get("", "user_id")?,
        workflow: word(row, "jobs", "workflow", WorkflowKind::from_word)?,
        mode: word(row, "jobs", "mode", Mode::from_word)?,
        status: word(row, "jobs", "status", JobStatus::from_word)?,
        reason: optional_word(row, "jobs", "reason", Reason::from_word)?,
        node: row.try_get("", "node")?,
        progress: row.try_get("", "progress")?,
        summary: row.try_get("", "summary")?,
        seq: row.try_get("", "seq")?,
        attempts: row.try_get("", "attempts")?,
        cost_microusd: row.try_get("", "cost_microusd")?,
        trace_id: row.try_get("", "trace_id")?,
        created_at: from_micros(row.try_get("", "created_at")?),
        updated_at: from_micros(row.try_get("", "updated_at")?),
        started_at: instant(row, "started_at")?,
        finished_at: instant(row, "finished_at")?,
        deadline_at: instant(row, "deadline_at")?,
    })
}

pub(crate) fn read_event(row: &QueryResult) -> Result<StoredEvent, Error> {
    Ok(StoredEvent {
        seq: row.try_get("", "seq")?,
        kind: row.try_get("", "kind")?,
        at: from_micros(row.try_get("", "created_at")?),
        data: row.try_get("", "data")?,
    })
}

pub(crate) fn read_gate(row: &QueryResult) -> Result<Gate, Error> {
    let decision: Option<Decision> = json_column(row, "gates", "decision")?;
    Ok(Gate {
        approval_id: row.try_get("", "id")?,
        kind: word(row, "gates", "kind", GateKind::from_word)?,
        status: word(row, "gates", "status", GateStatus::from_word)?,
        prompt: row.try_get("", "prompt")?,
        proposal: json_column(row, "gates", "proposal")?.unwrap_or_default(),
        options: json_column(row, "gates", "options")?.unwrap_or_default(),
        created_at: from_micros(row.try_get("", "created_at")?),
        expires_at: from_micros(row.try_get("", "expires_at")?),
        on_timeout: word(row, "gates", "on_timeout", OnTimeout::from_word)?,
        proposal_hash: row.try_get("", "proposal_hash")?,
        decision,
        decided_by: row.try_get("", "decided_by")?,
        decided_at: instant(row, "decided_at")?,
    })
}

pub(crate) fn instant(row: &QueryResult, column: &str) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(row.try_get::<Option<i64>>("", column)?.map(from_micros))
}

/// A text column that holds the word of an enum.
pub(crate) fn word<T>(
    row: &QueryResult,
    table: &'static str,
    column: &str,
    parse: fn(&str) -> Option<T>,
) -> Result<T, Error> {
    let text: String = row.try_get("", column)?;
    parse(&text).ok_or_else(|| Error::corrupt(table, column, format!("\"{text}\" is not a known {column}")))
}

pub(crate) fn optional_word<T>(
    row: &QueryResult,
    table: &'static str,
    column: &str,
    parse: fn(&str) -> Option<T>,
) -> Result<Option<T>, Error> {
    let text: Option<String> = row.try_get("", column)?;
    text.map(|text| {
        parse(&text).ok_or_else(|| Error::corrupt(table, column, format!("\"{text}\" is not a known {column}")))
    })
    .transpose()
}

/// A text column that holds JSON.
pub(crate) fn json_column<T: DeserializeOwned>(
    row: &QueryResult,
    table: &'static str,
    column: &str,
) -> Result<Option<T>, Error> {
    let text: Option<String> = row.try_get("", column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| Error::corrupt(table, column, error))).transpose()
}
