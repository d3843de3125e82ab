//! What a tenant's rows take: counters where tables grow, a bounded look at the others.

use domain::{
    TenantId,
    storage::{NextPrune, StorageBudget, StorageKind, StorageReport, StorageUse},
    time::from_micros,
};
use sea_orm::Value;

use super::{KEPT_MIN, Retention, days};
use crate::{Error, Owner, Store, claim::micros};

/// Rows that one report looks at of each kind.
const LOOKED_AT_MAX: i64 = 10_000;
/// Kinds without counters, with the size of a row and where the rows are: by an index of the tenant's.
const LOOKED_AT: [(StorageKind, &str, &str); 3] = [
    (
        StorageKind::Alerts,
        "octet_length(title) + octet_length(body) + octet_length(data)",
        "alerts WHERE tenant_id = $1 ORDER BY id DESC",
    ),
    (
        StorageKind::Deliveries,
        "octet_length(payload) + COALESCE(octet_length(last_error), 0)",
        "deliveries WHERE tenant_id = $1 ORDER BY id DESC",
    ),
    (
        StorageKind::Observations,
        "octet_length(evidence)",
        "watches JOIN watch_observations ON watch_id = watches.id WHERE watches.tenant_id = $1",
    ),
];

const OPEN: &str = "jobs WHERE tenant_id = $1 AND status IN ('queued', 'running', 'waiting_approval', 'paused')";
/// Told from the oldest of all tenants, which an index of nothing else has: that of the tenant has its finished jobs, too.
const UNMEASURED: &str = "(SELECT tenant_id FROM jobs WHERE finished_at IS NOT NULL AND bytes IS NULL ORDER BY finished_at \
     LIMIT 10000) AS unmeasured WHERE tenant_id = $1";

impl Store {
    /// What the owner's rows take, and what the next pruning under `retention` removes of them.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn storage(&self, owner: &Owner, retention: &Retention) -> Result<StorageReport, Error> {
        let tenant = &owner.tenant;
        let mut kinds = self.counted(tenant).await?;
        let job_bytes = kinds.iter().map(|found| found.bytes).sum();
        for (kind, size, from) in LOOKED_AT {
            kinds.push(self.looked_at(tenant, kind, size, from).await?);
        }
        let oldest = "SELECT finished_at FROM jobs WHERE tenant_id = $1 AND finished_at IS NOT NULL ORDER BY finished_at LIMIT 1";
        let oldest = self.sql.one(&self.read, oldest, [tenant.clone().into()]).await?;
        let oldest = oldest.map(|row| row.try_get("", "finished_at")).transpose()?;
        let budget = retention.budget(tenant);
        Ok(StorageReport {
            kinds,
            job_bytes,
            open_jobs: self.some(tenant, OPEN).await?,
            unmeasured_jobs: self.some(tenant, UNMEASURED).await?,
            oldest_finished_at: oldest.map(from_micros),
            next_prune: self.next_prune(tenant, &budget, job_bytes).await?,
            budget,
        })
    }

    /// The counters of what finished jobs own.
    async fn counted(&self, tenant: &TenantId) -> Result<Vec<StorageUse>, Error> {
        let sql = "SELECT kind, row_count, bytes FROM storage_counts WHERE tenant_id = $1";
        let rows = self.sql.all(&self.read, sql, [tenant.clone().into()]).await?;
        let kinds = StorageKind::ALL.iter().filter(|kind| LOOKED_AT.iter().all(|(other, ..)| other != *kind));
        let mut counted: Vec<StorageUse> =
            kinds.map(|kind| StorageUse { kind: *kind, rows: 0, bytes: 0, is_capped: false }).collect();
        for row in &rows {
            let word: String = row.try_get("", "kind")?;
            if let Some(found) = counted.iter_mut().find(|found| found.kind.word() == word) {
                found.rows = row.try_get("", "row_count")?;
                found.bytes = row.try_get("", "bytes")?;
            }
        }
        Ok(counted)
    }

    /// Rows of a table that bounds itself or is pruned by age.
    async fn looked_at(
        &self,
        tenant: &TenantId,
        kind: StorageKind,
        size: &str,
        from: &str,
    ) -> Result<StorageUse, Error> {
        let sql = format!(
            "SELECT count(*) AS found, CAST(COALESCE(sum(size), 0) AS bigint) AS bytes FROM \
             (SELECT {size} AS size FROM {from} LIMIT {LOOKED_AT_MAX}) AS listed"
        );
        let row = self.sql.one(&self.read, &sql, [tenant.clone().into()]).await?;
        let row = row.ok_or_else(|| Error::corrupt("storage", kind, "no row"))?;
        let rows = row.try_get("", "found")?;
        Ok(StorageUse { kind, rows, bytes: row.try_get("", "bytes")?, is_capped: rows >= LOOKED_AT_MAX })
    }

    /// How many there are, of so many that are looked at.
    async fn some(&self, tenant: &TenantId, which: &str) -> Result<i64, Error> {
        let sql = format!("SELECT count(*) AS found FROM (SELECT 1 FROM {which} LIMIT {LOOKED_AT_MAX}) AS listed");
        match self.sql.one(&self.read, &sql, [tenant.clone().into()]).await? {
            Some(row) => Ok(row.try_get("", "found")?),
            None => Ok(0),
        }
    }

    async fn next_prune(&self, tenant: &TenantId, budget: &StorageBudget, job_bytes: i64) -> Result<NextPrune, Error> {
        let age = budget.jobs_days.map(days);
        let (expired_jobs, expired_bytes) = match age {
            Some(age) => self.oldest_taking(tenant, (age, None), i64::MAX).await?,
            None => (0, 0),
        };
        let excess = budget.bytes_max.map(|most| job_bytes - expired_bytes - i64::try_from(most).unwrap_or(i64::MAX));
        let (excess_jobs, excess_bytes) = match excess.filter(|excess| *excess > 0) {
            Some(excess) => self.oldest_taking(tenant, (micros(KEPT_MIN), age), excess).await?,
            None => (0, 0),
        };
        let is_capped = expired_jobs >= LOOKED_AT_MAX || excess_jobs >= LOOKED_AT_MAX;
        Ok(NextPrune { expired_jobs, excess_jobs, bytes: expired_bytes + excess_bytes, is_capped })
    }

    /// How many of the oldest measured jobs it takes to make `bytes` free, and what they take; of those that ended longer ago
    /// than the first age and not longer than the second.
    async fn oldest_taking(
        &self,
        tenant: &TenantId,
        (older, younger): (i64, Option<i64>),
        bytes: i64,
    ) -> Result<(i64, i64), Error> {
        let sql = format!(
            "SELECT count(*) AS found, CAST(COALESCE(sum(bytes), 0) AS bigint) AS bytes FROM \
             (SELECT bytes, sum(bytes) OVER (ORDER BY finished_at, id) - bytes AS before FROM \
             (SELECT id, finished_at, bytes FROM jobs WHERE tenant_id = $1 AND finished_at < {{as_of}} - $2 \
             AND finished_at >= {{as_of}} - $3 AND bytes IS NOT NULL ORDER BY finished_at, id LIMIT {LOOKED_AT_MAX}) AS oldest) \
             AS placed WHERE before < $4"
        );
        // Nothing is older than this.
        let younger = younger.unwrap_or(i64::MAX / 2);
        let values: Vec<Value> = vec![tenant.clone().into(), older.into(), younger.into(), bytes.into()];
        let row = self.sql.one(&self.read, &sql, values).await?;
        let row = row.ok_or_else(|| Error::corrupt("storage", tenant, "no row"))?;
        Ok((row.try_get("", "found")?, row.try_get("", "bytes")?))
    }
}
