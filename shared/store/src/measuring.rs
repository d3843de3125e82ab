//! For measurements on private databases: single commits, many finished jobs, and none.

use domain::JobId;
use sea_orm::{ConnectionTrait, Value};

use crate::{Error, Store};

/// Copies that one transaction makes: well within the time limit of a statement.
const COPIES_MAX: u64 = 1_000;

/// Every column of a job but its id.
const JOB_COLUMNS: &str = "tenant_id, user_id, workflow, version, mode, status, reason, request, input, node, step, state, progress, \
     summary, result, error, seq, fence, commit_no, attempts, stalled_claims, owner, due_at, deadline_at, cost_microusd, \
     trace_id, created_at, updated_at, started_at, finished_at, schedule_id";
const EVENT_COLUMNS: &str = "seq, tenant_id, kind, data, created_at";
const TASK_COLUMNS: &str =
    "path, tenant_id, kind, agent, step, status, attempts, output, error, cost_microusd, created_at, finished_at";

impl Store {
    /// Makes the table that [`Store::single_commit`] writes to.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn prepare_single_commits(&self) -> Result<(), Error> {
        self.write
            .execute_unprepared("CREATE TABLE single_commits (id bigint PRIMARY KEY, at bigint NOT NULL)")
            .await?;
        Ok(())
    }

    /// One row in a transaction of its own: the least that a durable promise costs.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn single_commit(&self, id: i64) -> Result<(), Error> {
        self.sql.execute(&self.write, "INSERT INTO single_commits (id, at) VALUES ($1, {now})", [id.into()]).await?;
        Ok(())
    }

    /// Removes the table again.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn forget_single_commits(&self) -> Result<(), Error> {
        self.write.execute_unprepared("DROP TABLE single_commits").await?;
        Ok(())
    }

    /// Removes every job and what hangs on it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn clear(&self) -> Result<(), Error> {
        let sql = if self.is_postgres() { "TRUNCATE jobs CASCADE" } else { "DELETE FROM jobs" };
        self.write.execute_unprepared(sql).await?;
        Ok(())
    }

    /// How large the database is.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn bytes(&self) -> Result<u64, Error> {
        let sql = if self.is_postgres() {
            "SELECT pg_database_size(current_database()) AS bytes"
        } else {
            "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()"
        };
        let row = self.sql.one(&self.read, sql, []).await?;
        let bytes: i64 = row.ok_or_else(|| Error::corrupt("database", "size", "no row"))?.try_get("", "bytes")?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    /// Adds `count` copies of a job with its events and tasks, under ids of their own.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn multiply(&self, job: JobId, count: u64) -> Result<(), Error> {
        let mut left = count;
        while left > 0 {
            let copies = left.min(COPIES_MAX);
            self.multiply_some(job, copies).await?;
            left -= copies;
        }
        Ok(())
    }

    async fn multiply_some(&self, job: JobId, copies: u64) -> Result<(), Error> {
        let tx = self.begin().await?;
        let id_type = if self.is_postgres() { "uuid" } else { "blob" };
        self.sql.execute(&tx, &format!("CREATE TEMPORARY TABLE copies (id {id_type} NOT NULL)"), []).await?;
        let sql = "INSERT INTO copies (id) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) \
                   SELECT {new_id} FROM n";
        self.sql.execute(&tx, sql, [i64::try_from(copies).unwrap_or(i64::MAX).into()]).await?;
        for (table, key, columns) in
            [("jobs", "id", JOB_COLUMNS), ("job_events", "job_id", EVENT_COLUMNS), ("tasks", "job_id", TASK_COLUMNS)]
        {
            let named = columns.split(", ").map(|column| format!("o.{column}")).collect::<Vec<_>>().join(", ");
            let sql = format!(
                "INSERT INTO {table} ({key}, {columns}) SELECT c.id, {named} FROM copies c CROSS JOIN {table} o WHERE o.{key} = $1"
            );
            let values: [Value; 1] = [job.into()];
            self.sql.execute(&tx, &sql, values).await?;
        }
        self.sql.execute(&tx, "DROP TABLE copies", []).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Lets the planner see the rows as they are, as the database does by itself some time later.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn analyze(&self) -> Result<(), Error> {
        for table in ["jobs", "job_events", "tasks"] {
            self.write.execute_unprepared(&format!("ANALYZE {table}")).await?;
        }
        Ok(())
    }

    /// How many jobs and events there are.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn counts(&self) -> Result<(u64, u64), Error> {
        let sql = "SELECT (SELECT count(*) FROM jobs) AS jobs, (SELECT count(*) FROM job_events) AS events";
        let row = self.sql.one(&self.read, sql, []).await?.ok_or_else(|| Error::corrupt("jobs", "count", "no row"))?;
        let count = |name: &str| row.try_get::<i64>("", name).map(|count| u64::try_from(count).unwrap_or(0));
        Ok((count("jobs")?, count("events")?))
    }

    /// Completed jobs, drawn at random.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn some_completed(&self, count: u32) -> Result<Vec<JobId>, Error> {
        let sql = format!("SELECT id FROM jobs WHERE status = 'completed' ORDER BY random() LIMIT {count}");
        let rows = self.sql.all(&self.read, &sql, []).await?;
        rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
    }
}
