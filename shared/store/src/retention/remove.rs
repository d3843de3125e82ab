//! Removes finished jobs that are too old, or too many for their tenant's budget.

use std::time::{Duration, Instant};

use domain::{JobId, TenantId, storage::StorageBudget};
use sea_orm::Value;

use super::{KEPT_MIN, Retention, days, measure};
use crate::{Error, Store, claim::micros};

/// Jobs that one transaction removes at most.
const BATCH_MAX: usize = 100;
/// Rows that one transaction removes at most, but one job whole: events, tasks and what else is a job's own.
const BATCH_ROWS_MAX: i64 = 20_000;
/// Tenants that one pruning looks at.
const TENANTS_MAX: u32 = 100_000;

/// A finished job that may be removed.
struct Old {
    id: JobId,
    bytes: i64,
    measured: measure::Measured,
}

impl Store {
    /// Removes what is over budget until nothing is or `patience` is over, a batch of each tenant in turn; says how many
    /// jobs. Only measured ones are removed: call [`Store::measure_jobs`] before.
    pub(crate) async fn remove_jobs(&self, retention: &Retention, patience: Duration) -> Result<u64, Error> {
        let started = Instant::now();
        let sql = format!("SELECT DISTINCT tenant_id FROM storage_counts ORDER BY tenant_id LIMIT {TENANTS_MAX}");
        let rows = self.sql.all(&self.read, &sql, []).await?;
        let mut tenants: Vec<TenantId> = Vec::with_capacity(rows.len());
        for row in &rows {
            tenants.push(row.try_get("", "tenant_id")?);
        }
        let mut removed = 0;
        while !tenants.is_empty() {
            let mut left = Vec::with_capacity(tenants.len());
            for tenant in tenants {
                if started.elapsed() >= patience {
                    return Ok(removed);
                }
                let batch = self.remove_batch(&tenant, &retention.budget(&tenant)).await?;
                removed += batch;
                if batch > 0 {
                    left.push(tenant);
                }
            }
            tenants = left;
        }
        Ok(removed)
    }

    async fn remove_batch(&self, tenant: &TenantId, budget: &StorageBudget) -> Result<u64, Error> {
        if let Some(kept) = budget.jobs_days {
            let expired = self.oldest(tenant, days(kept)).await?;
            if !expired.is_empty() {
                return self.remove(tenant, expired).await;
            }
        }
        let Some(bytes_max) = budget.bytes_max else { return Ok(0) };
        let mut excess = self.job_bytes(tenant).await? - i64::try_from(bytes_max).unwrap_or(i64::MAX);
        let mut over = self.oldest(tenant, micros(KEPT_MIN)).await?;
        over.retain(|job| {
            let is_over = excess > 0;
            excess -= job.bytes;
            is_over
        });
        self.remove(tenant, over).await
    }

    /// What the tenant's measured jobs take.
    pub(super) async fn job_bytes(&self, tenant: &TenantId) -> Result<i64, Error> {
        let sql = "SELECT CAST(COALESCE(sum(bytes), 0) AS bigint) AS bytes FROM storage_counts WHERE tenant_id = $1";
        match self.sql.one(&self.read, sql, [tenant.clone().into()]).await? {
            Some(row) => Ok(row.try_get("", "bytes")?),
            None => Ok(0),
        }
    }

    /// The oldest measured jobs that ended before `age`, as many as one transaction removes.
    async fn oldest(&self, tenant: &TenantId, age: i64) -> Result<Vec<Old>, Error> {
        let sql = format!(
            "SELECT id, bytes, measured FROM jobs WHERE tenant_id = $1 AND finished_at < {{as_of}} - $2 AND bytes IS NOT NULL \
             ORDER BY finished_at, id LIMIT {BATCH_MAX}"
        );
        let values: Vec<Value> = vec![tenant.clone().into(), age.into()];
        let mut old = Vec::new();
        let mut rows_left = BATCH_ROWS_MAX;
        for row in self.sql.all(&self.read, &sql, values).await? {
            let measured = measure::read(&row.try_get::<String>("", "measured")?)?;
            rows_left -= measured.values().map(|(rows, _)| rows).sum::<i64>();
            if rows_left < 0 && !old.is_empty() {
                break;
            }
            old.push(Old { id: row.try_get("", "id")?, bytes: row.try_get("", "bytes")?, measured });
        }
        Ok(old)
    }

    /// What is a job's own goes with it; the counters learn of what really went.
    async fn remove(&self, tenant: &TenantId, old: Vec<Old>) -> Result<u64, Error> {
        if old.is_empty() {
            return Ok(0);
        }
        let ids: Vec<JobId> = old.iter().map(|job| job.id).collect();
        let tx = self.begin().await?;
        let sql = format!(
            "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE id IN ({}) AND finished_at < {{as_of}} - {} \
             ORDER BY id {{for_update}}) RETURNING id",
            self.ids_in("$1"),
            micros(KEPT_MIN)
        );
        let mut removed: Vec<JobId> = Vec::with_capacity(ids.len());
        for row in self.sql.all(&tx, &sql, [self.ids_json(&ids)]).await? {
            removed.push(row.try_get("", "id")?);
        }
        let mut sum = measure::Measured::new();
        for job in old.iter().filter(|job| removed.contains(&job.id)) {
            measure::add(&mut sum, &job.measured);
        }
        self.count(&tx, tenant, &sum, -1).await?;
        tx.commit().await?;
        Ok(removed.len() as u64)
    }
}
