//! What watches saw.

use chrono::{DateTime, Utc};
use domain::{
    WatchId,
    time::to_micros,
    watch::{Observation, ObservationOutcome, Reading},
};
use sea_orm::{QueryResult, Value};

use super::not_found;
use crate::{
    Error, Owner, Store,
    job::{json_column, word},
};

/// Observations of one watch that are kept; older ones are removed. Four a day make most of a year.
pub const OBSERVATIONS_KEPT: u32 = 1_000;
const TABLE: &str = "watch_observations";

impl Store {
    /// What the owner's watch saw, newest first; only what is older than `before`, the cursor.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn observations(
        &self,
        owner: &Owner,
        id: WatchId,
        before: Option<DateTime<Utc>>,
        limit: u64,
    ) -> Result<Vec<Observation>, Error> {
        let scope: [Value; 2] = [id.into(), owner.tenant.clone().into()];
        let sql = "SELECT id FROM watches WHERE id = $1 AND tenant_id = $2";
        self.sql.one(&self.read, sql, scope.clone()).await?.ok_or_else(|| not_found(id))?;
        let sql = format!(
            "SELECT value, outcome, evidence, job_id FROM watch_observations WHERE watch_id = $1 AND tenant_id = $2 \
             AND observed_at < $3 ORDER BY observed_at DESC LIMIT {limit}"
        );
        let before: Value = before.map_or(i64::MAX, to_micros).into();
        let rows = self.sql.all(&self.read, &sql, scope.into_iter().chain([before])).await?;
        rows.iter().map(read).collect()
    }

    /// Every value that a watch saw and that is kept, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn watch_history(&self, id: WatchId) -> Result<Vec<i64>, Error> {
        let sql = "SELECT value FROM watch_observations WHERE watch_id = $1 ORDER BY observed_at";
        let rows = self.sql.all(&self.read, sql, [id.into()]).await?;
        rows.iter().map(|row| Ok(row.try_get("", "value")?)).collect()
    }
}

fn read(row: &QueryResult) -> Result<Observation, Error> {
    let reading: Option<Reading> = json_column(row, TABLE, "evidence")?;
    Ok(Observation {
        value: row.try_get("", "value")?,
        outcome: word(row, TABLE, "outcome", ObservationOutcome::from_word)?,
        reading: reading.ok_or_else(|| Error::corrupt(TABLE, "evidence", "is null"))?,
        job_id: row.try_get("", "job_id")?,
    })
}
