//! What a finished job takes.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use domain::{JobId, TenantId, storage::StorageKind};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde_json::json;

use crate::{Error, Store};

/// Jobs that one transaction measures at most.
const BATCH_MAX: usize = 200;

/// Rows and bytes of each kind.
pub(super) type Measured = BTreeMap<&'static str, (i64, i64)>;

/// The tables of what a job owns, with the size of a row.
const OWNED: [(StorageKind, &str, &str); 4] = [
    (StorageKind::Events, "job_events", "octet_length(data)"),
    (
        StorageKind::Tasks,
        "tasks",
        "octet_length(path) + COALESCE(octet_length(output), 0) + COALESCE(octet_length(error), 0)",
    ),
    (
        StorageKind::Approvals,
        "gates",
        "octet_length(prompt) + octet_length(proposal) + octet_length(options) + COALESCE(octet_length(decision), 0)",
    ),
    (StorageKind::Feedback, "feedback", "COALESCE(octet_length(comment), 0) + octet_length(tags)"),
];

const JOB_SIZE: &str = "octet_length(request) + octet_length(input) + octet_length(summary) + COALESCE(octet_length(state), 0) \
     + COALESCE(octet_length(result), 0) + COALESCE(octet_length(error), 0)";

impl Store {
    /// Measures finished jobs until none is left or `patience` is over; says how many.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn measure_jobs(&self, patience: Duration) -> Result<u64, Error> {
        let started = Instant::now();
        let mut measured = 0;
        loop {
            let batch = self.measure_batch().await?;
            measured += batch as u64;
            if batch < BATCH_MAX || started.elapsed() >= patience {
                return Ok(measured);
            }
        }
    }

    async fn measure_batch(&self) -> Result<usize, Error> {
        let sql = format!(
            "SELECT id, tenant_id, CAST({JOB_SIZE} AS bigint) AS bytes FROM jobs WHERE finished_at IS NOT NULL AND bytes IS NULL \
             ORDER BY finished_at LIMIT {BATCH_MAX}"
        );
        let rows = self.sql.all(&self.read, &sql, []).await?;
        let mut found: HashMap<JobId, (TenantId, Measured)> = HashMap::with_capacity(rows.len());
        for row in &rows {
            let own = BTreeMap::from([(StorageKind::Jobs.word(), (1, size(row)?))]);
            found.insert(row.try_get("", "id")?, (row.try_get("", "tenant_id")?, own));
        }
        if found.is_empty() {
            return Ok(0);
        }
        let ids: Vec<JobId> = found.keys().copied().collect();
        for (kind, table, row_size) in OWNED {
            let sql = format!(
                "SELECT job_id, count(*) AS row_count, CAST(sum({row_size}) AS bigint) AS bytes FROM {table} \
                 WHERE job_id IN ({}) GROUP BY job_id",
                self.ids_in("$1")
            );
            for row in self.sql.all(&self.read, &sql, [self.ids_json(&ids)]).await? {
                let (id, counted): (JobId, _) =
                    (row.try_get("", "job_id")?, (row.try_get("", "row_count")?, size(&row)?));
                if let Some((_, measured)) = found.get_mut(&id) {
                    measured.insert(kind.word(), counted);
                }
            }
        }
        self.write_measured(&found).await?;
        Ok(rows.len())
    }

    /// Writes the sizes to the jobs and adds them to their tenants' counters, together. Who measured meanwhile is first.
    async fn write_measured(&self, found: &HashMap<JobId, (TenantId, Measured)>) -> Result<(), Error> {
        let items = found.iter().map(|(id, (_, measured))| {
            let id = if self.is_postgres() { id.to_string() } else { id.as_uuid().simple().to_string() };
            let bytes: i64 = measured.values().map(|(_, bytes)| bytes).sum();
            json!({ "job_id": id, "bytes": bytes, "measured": json!(measured).to_string() })
        });
        let items = json!(items.collect::<Vec<_>>()).to_string();
        // What somebody else is measuring is left to him. The limit only lets SQLite read the list once, and not once for each
        // job there is.
        let listed = if self.is_postgres() {
            "SELECT x.* FROM json_to_recordset($1::json) AS x(job_id uuid, bytes bigint, measured text) \
             JOIN jobs j ON j.id = x.job_id WHERE j.bytes IS NULL FOR UPDATE OF j SKIP LOCKED"
        } else {
            "SELECT unhex(value ->> 'job_id') AS job_id, value ->> 'bytes' AS bytes, value ->> 'measured' AS measured FROM json_each($1) \
             LIMIT 1000"
        };
        let sql = format!(
            "UPDATE jobs SET bytes = m.bytes, measured = m.measured FROM ({listed}) AS m \
             WHERE jobs.id = m.job_id AND jobs.bytes IS NULL RETURNING id"
        );
        let tx = self.begin().await?;
        let mut sums: BTreeMap<TenantId, Measured> = BTreeMap::new();
        for row in self.sql.all(&tx, &sql, [items.into()]).await? {
            let id: JobId = row.try_get("", "id")?;
            let Some((tenant, measured)) = found.get(&id) else { continue };
            add(sums.entry(tenant.clone()).or_default(), measured);
        }
        for (tenant, sum) in &sums {
            self.count(&tx, tenant, sum, 1).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Adds to the counters of a tenant, or with `sign` -1 takes off; in the order of kinds, as everybody locks them.
    pub(super) async fn count(
        &self,
        tx: &impl ConnectionTrait,
        tenant: &TenantId,
        measured: &Measured,
        sign: i64,
    ) -> Result<(), Error> {
        for (kind, (rows, bytes)) in measured {
            let sql = "INSERT INTO storage_counts (tenant_id, kind, row_count, bytes) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (tenant_id, kind) DO UPDATE SET row_count = storage_counts.row_count + excluded.row_count, \
                       bytes = storage_counts.bytes + excluded.bytes";
            let values: Vec<Value> =
                vec![tenant.clone().into(), (*kind).into(), (rows * sign).into(), (bytes * sign).into()];
            self.sql.execute(tx, sql, values).await?;
        }
        Ok(())
    }
}

pub(super) fn add(sum: &mut Measured, measured: &Measured) {
    for (kind, (rows, bytes)) in measured {
        let entry = sum.entry(*kind).or_default();
        *entry = (entry.0 + rows, entry.1 + bytes);
    }
}

/// What a row's `measured` says.
pub(super) fn read(text: &str) -> Result<Measured, Error> {
    let words: BTreeMap<String, (i64, i64)> =
        serde_json::from_str(text).map_err(|error| Error::corrupt("jobs", "measured", error))?;
    let known = |(word, counted): (String, _)| StorageKind::from_word(&word).map(|kind| (kind.word(), counted));
    Ok(words.into_iter().filter_map(known).collect())
}

fn size(row: &QueryResult) -> Result<i64, Error> {
    Ok(row.try_get("", "bytes")?)
}
