//! What may be forgotten.

use std::time::Duration;

use crate::{Error, Store, claim::micros};

/// An idempotency key is remembered this long, as clients of payment services expect.
const KEY_KEPT: Duration = Duration::from_secs(48 * 3600);
/// A dead worker's readings are kept this long, far beyond the time in which they count.
const WORKER_KEPT: Duration = Duration::from_secs(3600);
/// Rows that one pruning removes at most of each kind.
const ROWS_MAX: u32 = 10_000;

/// How many rows a pruning removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    pub keys: u64,
    pub workers: u64,
}

impl Store {
    /// Removes idempotency keys and dead workers' rows that are past their time.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn prune(&self) -> Result<Pruned, Error> {
        let sql = format!(
            "DELETE FROM idempotency_keys WHERE (tenant_id, key) IN \
             (SELECT tenant_id, key FROM idempotency_keys WHERE created_at < {{now}} - {} LIMIT {ROWS_MAX})",
            micros(KEY_KEPT)
        );
        let keys = self.sql.execute(&self.write, &sql, []).await?.rows_affected();
        let sql = format!("DELETE FROM worker_reads WHERE seen_at < {{now}} - {}", micros(WORKER_KEPT));
        let workers = self.sql.execute(&self.write, &sql, []).await?.rows_affected();
        Ok(Pruned { keys, workers })
    }
}
