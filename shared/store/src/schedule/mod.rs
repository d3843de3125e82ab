//! Schedules: their rows (`edit`), what their ticks do (`fire`), and what became of each (`ticks`).
//!
//! When a schedule ticks next is the caller's to say; that a tick fires once is kept here.

mod edit;
mod fire;
mod ticks;

use chrono::{DateTime, Utc};
use domain::{
    ScheduleId, TenantId,
    schedule::{CatchUp, OverlapPolicy, ScheduleSpec, TickOutcome},
    time::from_micros,
};
use sea_orm::{QueryResult, Value};

use crate::{
    Error, Owner, Store,
    job::{instant, json_column, optional_word, word},
};

pub use edit::{Created, NewSchedule};
pub use fire::{DueSchedules, Fired, Firing, Skipping};
pub use ticks::{TICKS_KEPT, Tick};

/// Schedules of one tenant.
pub const SCHEDULES_MAX: u32 = 1_000;

/// A schedule's row.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    pub id: ScheduleId,
    pub tenant: TenantId,
    pub spec: ScheduleSpec,
    pub paused_at: Option<DateTime<Utc>>,
    /// None when it is paused or has ended.
    pub next: Option<NextTick>,
    /// The tick that waits for the end of a job.
    pub buffered_at: Option<DateTime<Utc>>,
    /// Ticks so far that no scheduler was there for, caught up with or not.
    pub missed: i64,
    /// Moves with every change that a person makes.
    pub revision: i32,
    /// The newest tick with a row, and what became of it.
    pub last: Option<(DateTime<Utc>, TickOutcome)>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A tick to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextTick {
    pub tick_at: DateTime<Utc>,
    /// When it fires: its jitter later.
    pub due_at: DateTime<Utc>,
}

const COLUMNS: &str = "s.id, s.tenant_id, s.user_id, s.name, s.cron, s.time_zone, s.action, s.overlap, s.catch_up, s.window_ms, \
     s.jitter_ms, s.ends_at, s.paused_at, s.next_at, s.due_at, s.buffered_at, s.missed, s.revision, s.created_at, s.updated_at";

/// The newest tick; for readers.
const LAST_COLUMNS: &str = "(SELECT max(t.tick_at) FROM schedule_ticks t WHERE t.schedule_id = s.id) AS last_at, \
     (SELECT t.outcome FROM schedule_ticks t WHERE t.schedule_id = s.id ORDER BY t.tick_at DESC LIMIT 1) AS last_outcome";

impl Store {
    /// One schedule.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for another tenant's.
    pub async fn schedule(&self, owner: &Owner, id: ScheduleId) -> Result<Schedule, Error> {
        let sql = format!("SELECT {COLUMNS}, {LAST_COLUMNS} FROM schedules s WHERE s.id = $1 AND s.tenant_id = $2");
        let row = self.sql.one(&self.read, &sql, [id.into(), owner.tenant.clone().into()]).await?;
        read_with_last(&row.ok_or_else(|| not_found(id))?)
    }

    /// The owner's schedules, newest first; only ones older than `before`, the cursor.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn schedules(
        &self,
        owner: &Owner,
        user_id: Option<&str>,
        before: Option<ScheduleId>,
        limit: u64,
    ) -> Result<Vec<Schedule>, Error> {
        let mut sql = format!("SELECT {COLUMNS}, {LAST_COLUMNS} FROM schedules s WHERE s.tenant_id = $1");
        let mut values: Vec<Value> = vec![owner.tenant.clone().into()];
        if let Some(user_id) = user_id {
            values.push(user_id.into());
            sql.push_str(&format!(" AND s.user_id = ${}", values.len()));
        }
        if let Some(before) = before {
            values.push(before.into());
            sql.push_str(&format!(" AND s.id < ${}", values.len()));
        }
        sql.push_str(&format!(" ORDER BY s.id DESC LIMIT {limit}"));
        self.sql.all(&self.read, &sql, values).await?.iter().map(read_with_last).collect()
    }
}

fn not_found(id: ScheduleId) -> Error {
    Error::NotFound { what: "schedule", id: id.to_string() }
}

fn read_with_last(row: &QueryResult) -> Result<Schedule, Error> {
    let outcome = optional_word(row, "schedule_ticks", "last_outcome", TickOutcome::from_word)?;
    Ok(Schedule { last: instant(row, "last_at")?.zip(outcome), ..read(row)? })
}

/// A row of [`COLUMNS`].
fn read(row: &QueryResult) -> Result<Schedule, Error> {
    const TABLE: &str = "schedules";
    let spec = ScheduleSpec {
        name: row.try_get("", "name")?,
        cron: row.try_get("", "cron")?,
        time_zone: row.try_get("", "time_zone")?,
        action: json_column(row, TABLE, "action")?.ok_or_else(|| Error::corrupt(TABLE, "action", "is null"))?,
        overlap: word(row, TABLE, "overlap", OverlapPolicy::from_word)?,
        catch_up: word(row, TABLE, "catch_up", CatchUp::from_word)?,
        window_ms: row.try_get("", "window_ms")?,
        jitter_ms: row.try_get("", "jitter_ms")?,
        ends_at: instant(row, "ends_at")?,
        user_id: row.try_get("", "user_id")?,
    };
    let next = instant(row, "next_at")?.zip(instant(row, "due_at")?);
    Ok(Schedule {
        id: row.try_get("", "id")?,
        tenant: row.try_get("", "tenant_id")?,
        spec,
        paused_at: instant(row, "paused_at")?,
        next: next.map(|(tick_at, due_at)| NextTick { tick_at, due_at }),
        buffered_at: instant(row, "buffered_at")?,
        missed: row.try_get("", "missed")?,
        revision: row.try_get("", "revision")?,
        last: None,
        created_at: from_micros(row.try_get("", "created_at")?),
        updated_at: from_micros(row.try_get("", "updated_at")?),
    })
}

/// `next_at` and `due_at` of a row.
fn next_values(next: Option<NextTick>) -> [Value; 2] {
    let micros = |at: DateTime<Utc>| domain::time::to_micros(at);
    [next.map(|next| micros(next.tick_at)).into(), next.map(|next| micros(next.due_at)).into()]
}
