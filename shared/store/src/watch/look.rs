//! From a tick to an observation. Any number of schedulers and workers may do it at once.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    Fence, JobId, WatchId,
    alert::NewAlert,
    time::{from_micros, to_micros},
    watch::{Observation, Standing, WatchReason, WatchState, WatchStatus},
};
use sea_orm::{ConnectionTrait, Value};

use super::{COLUMNS, OBSERVATIONS_KEPT, Watch, json, read};
use crate::{Error, NewJob, Owner, Store};

/// Claims of one look without a record after which it is given up: it takes its workers down.
pub const WATCH_ATTEMPTS_MAX: i32 = 5;
/// A row that this version cannot read is looked at again after so long, maybe by a version that can.
const UNREAD_FOR: Duration = Duration::from_secs(300);
const ERROR_CHARS_MAX: usize = 500;

/// What schedulers have to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct DueWatches {
    /// The database's time.
    pub now: DateTime<Utc>,
    pub watches: Vec<Watch>,
}

/// A watch in a worker's hands.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedWatch {
    pub watch: Watch,
    pub fence: Fence,
    /// The database's time of the claim: what is seen is seen at this instant.
    pub now: DateTime<Utc>,
}

/// What a look saw and comes to.
#[derive(Debug, Clone)]
pub struct LookRecord<'a> {
    pub observation: &'a Observation,
    pub state: &'a WatchState,
    /// Where the watch goes by itself.
    pub then: Option<(WatchStatus, WatchReason)>,
    pub firing: Option<LookFiring<'a>>,
    /// Causes of alerts that are gone.
    pub clear: &'a [String],
}

/// What a look starts.
#[derive(Debug, Clone, Copy)]
pub struct LookFiring<'a> {
    pub job: &'a NewJob,
    pub alert: &'a NewAlert,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It stands, with the suggestion that it started.
    Written(Option<JobId>),
    /// Another worker has the watch, or a person changed it meanwhile. Nothing was written.
    Lost,
}

impl Store {
    /// The watches whose next tick has come, the longest due first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due_watches(&self, limit: u64) -> Result<DueWatches, Error> {
        let now = self.now().await?;
        let sql = format!("SELECT {COLUMNS} FROM watches WHERE next_at <= $1 ORDER BY next_at LIMIT {limit}");
        let rows = self.sql.all(&self.read, &sql, [to_micros(now).into()]).await?;
        let mut watches = Vec::with_capacity(rows.len());
        for row in &rows {
            match read(row) {
                Ok(watch) => watches.push(watch),
                Err(error) => self.put_watch_off(row.try_get("", "id")?, &error).await?,
            }
        }
        Ok(DueWatches { now, watches })
    }

    async fn put_watch_off(&self, id: WatchId, why: &Error) -> Result<(), Error> {
        tracing::error!(watch.id = %id, error = ?why, "Watch {id} cannot be read and is put off for five minutes: {why}");
        let sql = "UPDATE watches SET next_at = {now} + $2 WHERE id = $1 AND next_at IS NOT NULL";
        self.sql.execute(&self.write, sql, [id.into(), self.sql.span(UNREAD_FOR).into()]).await?;
        Ok(())
    }

    /// Makes a watch due and moves it to its next tick. False: another scheduler was first, or a person changed the watch.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn tick_watch(&self, watch: &Watch, next_at: Option<DateTime<Utc>>) -> Result<bool, Error> {
        let set = "due_at = COALESCE(due_at, {now}), next_at = $4";
        self.advance_watch(watch, set, [next_at.map(to_micros).into()]).await
    }

    /// Ends a watch whose end has come. False as for [`Store::tick_watch`].
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn end_watch(&self, watch: &Watch, reason: WatchReason) -> Result<bool, Error> {
        let set = "status = 'ended', reason = $4, next_at = NULL, due_at = NULL, fence = fence + 1, updated_at = {now}";
        self.advance_watch(watch, set, [reason.word().into()]).await
    }

    async fn advance_watch(&self, watch: &Watch, set: &str, values: [Value; 1]) -> Result<bool, Error> {
        // The other branch is a control for tests: without the comparison every scheduler makes it due.
        let condition = if self.is_fenced() { "next_at = $2 AND revision = $3" } else { "$2 > 0 AND $3 >= 0" };
        let sql = format!("UPDATE watches SET {set} WHERE id = $1 AND {condition}");
        let scope: [Value; 3] = [watch.id.into(), watch.next_at.map(to_micros).into(), watch.revision.into()];
        let updated = self.sql.execute(&self.write, &sql, scope.into_iter().chain(values)).await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Claims watches that are due, the longest due first. A look that took its workers down again and again is given up.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claim_watches(&self, lease: Duration, limit: usize) -> Result<Vec<ClaimedWatch>, Error> {
        let sql = format!(
            "UPDATE watches SET due_at = NULL, attempts = 0, failures = failures + 1, fence = fence + 1, updated_at = {{now}}, \
             last_error = 'whoever looked died of it, every time' WHERE id IN \
             (SELECT id FROM watches WHERE due_at <= {{as_of}} AND attempts >= {WATCH_ATTEMPTS_MAX} {{skip_locked}})"
        );
        self.sql.execute(&self.write, &sql, []).await?;
        let due = if self.is_fenced() { "due_at <= {as_of}" } else { "due_at IS NOT NULL" };
        let sql = format!(
            "UPDATE watches SET due_at = {{now}} + $1, fence = fence + 1, attempts = attempts + 1 WHERE id IN \
             (SELECT id FROM watches WHERE {due} AND attempts < {WATCH_ATTEMPTS_MAX} ORDER BY due_at LIMIT {limit} {{skip_locked}}) \
             RETURNING {COLUMNS}, fence, {{now}} AS now"
        );
        let rows = self.sql.all(&self.write, &sql, [self.sql.span(lease).into()]).await?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in &rows {
            match read(row) {
                Ok(watch) => {
                    let (fence, now) = (Fence(row.try_get("", "fence")?), from_micros(row.try_get("", "now")?));
                    claimed.push(ClaimedWatch { watch, fence, now });
                }
                // Its lease ends, and a version that can read it takes it.
                Err(error) => tracing::error!(error = ?error, "A due watch cannot be read: {error}"),
            }
        }
        Ok(claimed)
    }

    /// How a watch's suggestions stand.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn watch_standing(&self, id: WatchId) -> Result<Standing, Error> {
        let sql = "SELECT CAST(COALESCE(sum(cost_microusd), 0) AS bigint) AS spent, count(*) - count(finished_at) AS open \
                   FROM jobs WHERE watch_id = $1";
        let Some(row) = self.sql.one(&self.read, sql, [id.into()]).await? else { return Ok(Standing::default()) };
        Ok(Standing { spent_microusd: row.try_get("", "spent")?, has_open: row.try_get::<i64>("", "open")? > 0 })
    }

    /// Writes what a look saw, the watch's new state, and, where it fired, the job and the alert, in one transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: nothing, or everything, was written, and the fence tells which at the next try.
    pub async fn record_look(&self, claimed: &ClaimedWatch, record: &LookRecord<'_>) -> Result<Recorded, Error> {
        let tx = self.begin().await?;
        let recorded = self.record_look_in(&tx, claimed, record).await;
        match &recorded {
            Ok(Recorded::Written(_)) => tx.commit().await?,
            Ok(Recorded::Lost) | Err(_) => tx.rollback().await?,
        }
        recorded
    }

    async fn record_look_in(
        &self,
        tx: &impl ConnectionTrait,
        claimed: &ClaimedWatch,
        record: &LookRecord<'_>,
    ) -> Result<Recorded, Error> {
        let (watch, owner) = (&claimed.watch, Owner::new(claimed.watch.tenant.clone()));
        if !self.write_look(tx, claimed, record).await? {
            return Ok(Recorded::Lost);
        }
        self.insert_observation(tx, watch, record.observation).await?;
        if let Some(firing) = record.firing {
            self.insert_job_rows(tx, &owner, firing.job, None).await?;
            let sql = "UPDATE jobs SET watch_id = $2 WHERE id = $1";
            self.sql.execute(tx, sql, [firing.job.id.into(), watch.id.into()]).await?;
        }
        for cause in record.clear {
            self.resolve_cause_in(tx, &owner, cause).await?;
        }
        if let Some(firing) = record.firing {
            // Without it, the suggestion waits at its gate and is found in the list of jobs.
            self.raise_beside(tx, &owner, firing.alert).await?;
        }
        Ok(Recorded::Written(record.firing.map(|firing| firing.job.id)))
    }

    /// False: the watch is not held under this fence any more.
    async fn write_look(
        &self,
        tx: &impl ConnectionTrait,
        claimed: &ClaimedWatch,
        record: &LookRecord<'_>,
    ) -> Result<bool, Error> {
        // The other branch is a control for tests: unfenced, everybody who looked writes.
        let condition = if self.is_fenced() { "fence = $2" } else { "$2 > 0" };
        let sql = format!(
            "UPDATE watches SET state = $3, status = COALESCE($4, status), reason = COALESCE($5, reason), \
             next_at = CASE WHEN $4 IS NULL THEN next_at END, due_at = NULL, attempts = 0, failures = 0, last_error = NULL, \
             seen_at = $6, firings = firings + $7, updated_at = {{now}} WHERE id = $1 AND {condition}"
        );
        let values: Vec<Value> = vec![
            claimed.watch.id.into(),
            claimed.fence.0.into(),
            json(record.state),
            record.then.map(|(status, _)| status.word()).into(),
            record.then.map(|(_, reason)| reason.word()).into(),
            to_micros(record.observation.reading.at).into(),
            i64::from(record.firing.is_some()).into(),
        ];
        Ok(self.sql.execute(tx, &sql, values).await?.rows_affected() == 1)
    }

    async fn insert_observation(
        &self,
        tx: &impl ConnectionTrait,
        watch: &Watch,
        observation: &Observation,
    ) -> Result<(), Error> {
        let sql = "INSERT INTO watch_observations (watch_id, observed_at, tenant_id, value, outcome, evidence, job_id) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let values: Vec<Value> = vec![
            watch.id.into(),
            to_micros(observation.reading.at).into(),
            watch.tenant.clone().into(),
            observation.value.into(),
            observation.outcome.word().into(),
            json(&observation.reading),
            observation.job_id.into(),
        ];
        self.sql.execute(tx, sql, values).await?;
        let sql = format!(
            "DELETE FROM watch_observations WHERE watch_id = $1 AND observed_at <= (SELECT observed_at FROM watch_observations \
             WHERE watch_id = $1 ORDER BY observed_at DESC LIMIT 1 OFFSET {OBSERVATIONS_KEPT})"
        );
        self.sql.execute(tx, &sql, [watch.id.into()]).await?;
        Ok(())
    }

    /// Says that a look saw nothing, and why; `retry` is how soon another one is made, or none before the next tick. An alert
    /// goes with it when people should know. False: the watch is not held under this fence any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn fail_look(
        &self,
        claimed: &ClaimedWatch,
        why: &str,
        retry: Option<Duration>,
        alert: Option<&NewAlert>,
    ) -> Result<bool, Error> {
        let owner = Owner::new(claimed.watch.tenant.clone());
        let tx = self.begin().await?;
        let sql = "UPDATE watches SET due_at = {now} + $3, attempts = 0, failures = failures + 1, last_error = $4, \
                   updated_at = {now} WHERE id = $1 AND fence = $2";
        let why: String = why.chars().take(ERROR_CHARS_MAX).collect();
        let values: Vec<Value> = vec![
            claimed.watch.id.into(),
            claimed.fence.0.into(),
            retry.map(|retry| self.sql.span(retry)).into(),
            why.into(),
        ];
        if self.sql.execute(&tx, sql, values).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        if let Some(alert) = alert
            && let Err(error) = self.raise_beside(&tx, &owner, alert).await
        {
            tx.rollback().await?;
            return Err(error);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Ends a claimed watch that has nothing to look at any more. False: it is not held under this fence any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn end_claimed_watch(&self, claimed: &ClaimedWatch, reason: WatchReason) -> Result<bool, Error> {
        let sql = "UPDATE watches SET status = 'ended', reason = $3, next_at = NULL, due_at = NULL, attempts = 0, \
                   fence = fence + 1, updated_at = {now} WHERE id = $1 AND fence = $2";
        let values: [Value; 3] = [claimed.watch.id.into(), claimed.fence.0.into(), reason.word().into()];
        Ok(self.sql.execute(&self.write, sql, values).await?.rows_affected() == 1)
    }
}
