//! What may be forgotten.

use std::time::Duration;

use crate::{Error, Retention, Store, claim::micros, schedule::TICKS_KEPT};

/// An idempotency key is remembered this long, as clients of payment services expect.
const KEY_KEPT: Duration = Duration::from_secs(48 * 3600);
/// A dead worker's readings are kept this long, far beyond the time in which they count.
const WORKER_KEPT: Duration = Duration::from_secs(3600);
/// A chore's tick is remembered this long; no process comes back to an older one.
const CHORE_TICK_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a pruning measures and removes jobs at most; the next one takes the rest.
const JOBS_FOR: Duration = Duration::from_secs(40);
/// Rows that one pruning removes at most of each kind.
const ROWS_MAX: u32 = 10_000;

/// How many rows a pruning removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Finished jobs, each with all that was its own.
    pub jobs: u64,
    pub keys: u64,
    pub workers: u64,
    /// Messages that were delivered or dead for long enough.
    pub deliveries: u64,
    /// Alerts that were resolved for long enough.
    pub alerts: u64,
    /// Of schedules and of chores.
    pub ticks: u64,
}

impl Store {
    /// Removes finished jobs that are over budget, and idempotency keys, dead workers' rows, messages, alerts and ticks
    /// that are past their time.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn prune(&self, retention: &Retention) -> Result<Pruned, Error> {
        let sql = format!(
            "DELETE FROM idempotency_keys WHERE (tenant_id, key) IN \
             (SELECT tenant_id, key FROM idempotency_keys WHERE created_at < {{as_of}} - {} LIMIT {ROWS_MAX} {{skip_locked}})",
            self.sql.span(KEY_KEPT)
        );
        let keys = self.sql.execute(&self.write, &sql, []).await?.rows_affected();
        let sql = format!(
            "DELETE FROM worker_reads WHERE (worker_id, workflow, version) IN \
             (SELECT worker_id, workflow, version FROM worker_reads WHERE seen_at < {{as_of}} - {} LIMIT {ROWS_MAX} {{skip_locked}})",
            self.sql.span(WORKER_KEPT)
        );
        let workers = self.sql.execute(&self.write, &sql, []).await?.rows_affected();
        let ticks = self.prune_ticks().await?;
        let deliveries = self.prune_deliveries(retention.deliveries_days, ROWS_MAX).await?;
        let alerts = self.prune_alerts(retention.alerts_days, ROWS_MAX).await?;
        self.measure_jobs(JOBS_FOR / 2).await?;
        let jobs = self.remove_jobs(retention, JOBS_FOR / 2).await?;
        Ok(Pruned { jobs, keys, workers, ticks, deliveries, alerts })
    }

    async fn prune_ticks(&self) -> Result<u64, Error> {
        let sql = format!(
            "DELETE FROM schedule_ticks WHERE (schedule_id, tick_at) IN \
             (SELECT schedule_id, tick_at FROM schedule_ticks WHERE (schedule_id, tick_at) IN \
             (SELECT schedule_id, tick_at FROM (SELECT schedule_id, tick_at, outcome, row_number() OVER \
             (PARTITION BY schedule_id ORDER BY tick_at DESC) AS place FROM schedule_ticks) AS placed \
             WHERE place > {TICKS_KEPT} AND outcome <> 'buffered' LIMIT {ROWS_MAX}) {{skip_locked}})"
        );
        let ticks = self.sql.execute(&self.write, &sql, []).await?.rows_affected();
        let sql = format!("DELETE FROM chore_ticks WHERE tick_at < {{as_of}} - {}", micros(CHORE_TICK_KEPT));
        Ok(ticks + self.sql.execute(&self.write, &sql, []).await?.rows_affected())
    }
}
