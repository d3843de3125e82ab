//! What metrics say of the rows.

use domain::job::JobStatus;

use crate::{Error, Store, job::word};

/// Figures over all tenants.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gauges {
    /// Jobs that have not ended, by state.
    pub open: Vec<(JobStatus, i64)>,
    /// How long the oldest claimable job has been due, in seconds; 0 when none is.
    pub oldest_due_s: f64,
}

impl Store {
    /// Counts what has not ended; finished jobs, which only grow, are counted as they finish.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn gauges(&self) -> Result<Gauges, Error> {
        let sql = "SELECT status, count(*) AS jobs FROM jobs WHERE finished_at IS NULL GROUP BY status";
        let rows = self.sql.all(&self.read, sql, []).await?;
        let open = rows
            .iter()
            .map(|row| Ok((word(row, "jobs", "status", JobStatus::from_word)?, row.try_get("", "jobs")?)))
            .collect::<Result<_, Error>>()?;
        let sql =
            "SELECT {now} - min(due_at) AS age FROM jobs WHERE due_at <= {as_of} AND status IN ('queued', 'running')";
        let age: Option<i64> = match self.sql.one(&self.read, sql, []).await? {
            Some(row) => row.try_get("", "age")?,
            None => None,
        };
        #[expect(clippy::cast_precision_loss, reason = "an age in seconds needs no microseconds")]
        let oldest_due_s = age.unwrap_or(0).max(0) as f64 / 1e6;
        Ok(Gauges { open, oldest_due_s })
    }
}
