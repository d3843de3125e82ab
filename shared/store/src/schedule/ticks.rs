//! What became of each tick.

use chrono::{DateTime, Utc};
use domain::{
    JobId, ScheduleId,
    schedule::{TickOrigin, TickOutcome},
    time::{from_micros, to_micros},
};
use sea_orm::{QueryResult, Value};

use super::not_found;
use crate::{Error, Owner, Store, job::word};

/// Ticks of one schedule that are kept; older ones are removed.
pub const TICKS_KEPT: u32 = 1_000;

/// One tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Its identity: when the schedule ticked, or a person did.
    pub tick_at: DateTime<Utc>,
    pub origin: TickOrigin,
    pub outcome: TickOutcome,
    pub job_id: Option<JobId>,
    /// Why no job could be made.
    pub error: Option<String>,
    pub decided_at: DateTime<Utc>,
}

impl Store {
    /// The ticks of the owner's schedule, newest first; only ones older than `before`, the cursor.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn schedule_ticks(
        &self,
        owner: &Owner,
        id: ScheduleId,
        before: Option<DateTime<Utc>>,
        limit: u64,
    ) -> Result<Vec<Tick>, Error> {
        let scope: [Value; 2] = [id.into(), owner.tenant.clone().into()];
        let sql = "SELECT id FROM schedules WHERE id = $1 AND tenant_id = $2";
        self.sql.one(&self.read, sql, scope.clone()).await?.ok_or_else(|| not_found(id))?;
        let sql = format!(
            "SELECT tick_at, origin, outcome, job_id, error, decided_at FROM schedule_ticks \
             WHERE schedule_id = $1 AND tenant_id = $2 AND tick_at < $3 ORDER BY tick_at DESC LIMIT {limit}"
        );
        let before: Value = before.map_or(i64::MAX, to_micros).into();
        let rows = self.sql.all(&self.read, &sql, scope.into_iter().chain([before])).await?;
        rows.iter().map(read).collect()
    }

    /// Whether this caller, of all who ask, does the chore at this tick.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claim_chore(&self, chore: &str, tick_at: DateTime<Utc>) -> Result<bool, Error> {
        let sql = "INSERT INTO chore_ticks (chore, tick_at, decided_at) VALUES ($1, $2, {now}) ON CONFLICT DO NOTHING";
        let claimed = self.sql.execute(&self.write, sql, [chore.into(), to_micros(tick_at).into()]).await?;
        Ok(claimed.rows_affected() == 1)
    }
}

fn read(row: &QueryResult) -> Result<Tick, Error> {
    Ok(Tick {
        tick_at: from_micros(row.try_get("", "tick_at")?),
        origin: word(row, "schedule_ticks", "origin", TickOrigin::from_word)?,
        outcome: word(row, "schedule_ticks", "outcome", TickOutcome::from_word)?,
        job_id: row.try_get("", "job_id")?,
        error: row.try_get("", "error")?,
        decided_at: from_micros(row.try_get("", "decided_at")?),
    })
}
