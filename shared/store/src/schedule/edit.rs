//! What people do to schedules.

use domain::{
    ScheduleId,
    schedule::{ScheduleSpec, TickOutcome},
    time::to_micros,
};
use sea_orm::{ConnectionTrait, Value};

use super::{NextTick, SCHEDULES_MAX, next_values, not_found};
use crate::{Error, IdempotencyKey, NewJob, Owner, Store, Submitted, submit::InFlight};

/// A schedule to be.
#[derive(Debug, Clone)]
pub struct NewSchedule<'a> {
    pub id: ScheduleId,
    pub spec: &'a ScheduleSpec,
    pub next: Option<NextTick>,
}

/// The answer to a creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Created {
    pub id: ScheduleId,
    /// False when an earlier request with the same key made it.
    pub created: bool,
}

impl Store {
    /// Makes a schedule, or finds the one that the same key made.
    ///
    /// # Errors
    /// [`Error::TooMany`]; [`Error::KeyReused`].
    pub async fn create_schedule(
        &self,
        owner: &Owner,
        new: &NewSchedule<'_>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Created, Error> {
        let sql = "INSERT INTO schedules (id, tenant_id, request_key, request_hash, next_at, due_at, user_id, name, cron, \
                   time_zone, action, overlap, catch_up, window_ms, jitter_ms, ends_at, created_at, updated_at) \
                   SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, t.now, t.now \
                   FROM (SELECT {now} AS now) t WHERE true ON CONFLICT DO NOTHING";
        let mut values: Vec<Value> = vec![
            new.id.into(),
            owner.tenant.clone().into(),
            key.map(|key| key.key.clone()).into(),
            key.map(|key| key.body_hash.clone()).into(),
        ];
        values.extend(next_values(new.next));
        values.extend(spec_values(new.spec));
        let tx = self.begin().await?;
        let inserted = self.sql.execute(&tx, sql, values).await?.rows_affected() == 1;
        if let Some(key) = key.filter(|_| !inserted) {
            tx.rollback().await?;
            return self.created_before(owner, key).await;
        }
        let sql = "SELECT count(*) AS schedules FROM schedules WHERE tenant_id = $1";
        let row = self.sql.one(&tx, sql, [owner.tenant.clone().into()]).await?;
        let count: i64 = row.ok_or_else(|| Error::corrupt("schedules", "count", "no row"))?.try_get("", "schedules")?;
        if count > i64::from(SCHEDULES_MAX) {
            tx.rollback().await?;
            return Err(Error::TooMany { what: "schedules", most: SCHEDULES_MAX });
        }
        tx.commit().await?;
        Ok(Created { id: new.id, created: true })
    }

    async fn created_before(&self, owner: &Owner, key: &IdempotencyKey) -> Result<Created, Error> {
        let sql = "SELECT id, request_hash FROM schedules WHERE tenant_id = $1 AND request_key = $2";
        let row = self.sql.one(&self.write, sql, [owner.tenant.clone().into(), key.key.clone().into()]).await?;
        // Deleted between the two statements: the client may simply try again.
        let row = row.ok_or(Error::KeyInFlight)?;
        let hash: String = row.try_get("", "request_hash")?;
        if hash != key.body_hash {
            return Err(Error::KeyReused);
        }
        Ok(Created { id: row.try_get("", "id")?, created: false })
    }

    /// Gives a schedule another definition. A paused one stays paused.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn replace_schedule(
        &self,
        owner: &Owner,
        id: ScheduleId,
        spec: &ScheduleSpec,
        next: Option<NextTick>,
    ) -> Result<(), Error> {
        let sql = "UPDATE schedules SET next_at = CASE WHEN paused_at IS NULL THEN $3 END, \
                   due_at = CASE WHEN paused_at IS NULL THEN $4 END, user_id = $5, name = $6, cron = $7, time_zone = $8, \
                   action = $9, overlap = $10, catch_up = $11, window_ms = $12, jitter_ms = $13, ends_at = $14, \
                   revision = revision + 1, updated_at = {now} WHERE id = $1 AND tenant_id = $2";
        let mut values: Vec<Value> = vec![id.into(), owner.tenant.clone().into()];
        values.extend(next_values(next));
        values.extend(spec_values(spec));
        match self.sql.execute(&self.write, sql, values).await?.rows_affected() {
            0 => Err(not_found(id)),
            _ => Ok(()),
        }
    }

    /// Lets nothing fire until it is resumed. A tick that waits for a job is given up. Nothing new for a paused one.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn pause_schedule(&self, owner: &Owner, id: ScheduleId) -> Result<(), Error> {
        let tx = self.begin().await?;
        let sql = "UPDATE schedules SET paused_at = COALESCE(paused_at, {now}), next_at = NULL, due_at = NULL, \
                   buffered_at = NULL, revision = revision + 1, updated_at = {now} WHERE id = $1 AND tenant_id = $2";
        if self.sql.execute(&tx, sql, [id.into(), owner.tenant.clone().into()]).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Err(not_found(id));
        }
        let sql = "UPDATE schedule_ticks SET outcome = $2, decided_at = {now} WHERE schedule_id = $1 AND outcome = $3";
        let words = [TickOutcome::SkippedOverlap.word().into(), TickOutcome::Buffered.word().into()];
        self.sql.execute(&tx, sql, std::iter::once(id.into()).chain(words)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Lets a paused schedule go on with `next`. Nothing new for one that is not paused.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn resume_schedule(&self, owner: &Owner, id: ScheduleId, next: Option<NextTick>) -> Result<(), Error> {
        let sql = "UPDATE schedules SET next_at = CASE WHEN paused_at IS NULL THEN next_at ELSE $3 END, \
                   due_at = CASE WHEN paused_at IS NULL THEN due_at ELSE $4 END, paused_at = NULL, \
                   revision = revision + 1, updated_at = {now} WHERE id = $1 AND tenant_id = $2";
        let values: [Value; 2] = [id.into(), owner.tenant.clone().into()];
        match self.sql.execute(&self.write, sql, values.into_iter().chain(next_values(next))).await?.rows_affected() {
            0 => Err(not_found(id)),
            _ => Ok(()),
        }
    }

    /// Removes a schedule and its history. Jobs that it started stay and go on.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_schedule(&self, owner: &Owner, id: ScheduleId) -> Result<(), Error> {
        let sql = "DELETE FROM schedules WHERE id = $1 AND tenant_id = $2";
        match self.sql.execute(&self.write, sql, [id.into(), owner.tenant.clone().into()]).await?.rows_affected() {
            0 => Err(not_found(id)),
            _ => Ok(()),
        }
    }

    /// Starts a job now because a person asked for it, whatever else runs and also while the schedule is paused.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::KeyReused`]; [`Error::KeyInFlight`].
    pub async fn run_schedule(
        &self,
        owner: &Owner,
        id: ScheduleId,
        job: &NewJob,
        key: Option<&IdempotencyKey>,
    ) -> Result<Submitted, Error> {
        let _in_flight = key
            .map(|key| InFlight::enter(&self.keys_in_flight, (owner.tenant.to_string(), key.key.clone())))
            .transpose()?;
        let tx = self.begin().await?;
        // Locked, so that two of them get two ticks.
        let sql = "SELECT id FROM schedules WHERE id = $1 AND tenant_id = $2 {for_update}";
        if self.sql.one(&tx, sql, [id.into(), owner.tenant.clone().into()]).await?.is_none() {
            tx.rollback().await?;
            return Err(not_found(id));
        }
        self.insert_job_rows(&tx, owner, job, Some(id)).await?;
        if let Some(key) = key
            && !self.insert_key(&tx, owner, key, job.id).await?
        {
            tx.rollback().await?;
            return self.submitted_before(owner, key).await;
        }
        self.insert_persons_tick(&tx, owner, id, job).await?;
        tx.commit().await?;
        Ok(Submitted { job_id: job.id, created: true })
    }

    /// An odd number of microseconds, later than any tick: never a tick of the clock, which has whole seconds.
    async fn insert_persons_tick(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        id: ScheduleId,
        job: &NewJob,
    ) -> Result<(), Error> {
        let sql = "INSERT INTO schedule_ticks (schedule_id, tick_at, tenant_id, origin, outcome, job_id, decided_at) \
                   SELECT $1, free.at - free.at % 2 + 1, $2, 'person', 'fired', $3, free.now FROM (SELECT n.now AS now, \
                   CASE WHEN l.last >= n.now THEN l.last + 1 ELSE n.now END AS at FROM (SELECT {now} AS now) n, \
                   (SELECT COALESCE(max(tick_at), 0) AS last FROM schedule_ticks WHERE schedule_id = $1) l) free";
        self.sql.execute(tx, sql, [id.into(), owner.tenant.clone().into(), job.id.into()]).await?;
        Ok(())
    }
}

/// From `user_id` to `ends_at`, in the order of the statements above.
fn spec_values(spec: &ScheduleSpec) -> [Value; 10] {
    [
        spec.user_id.clone().into(),
        spec.name.clone().into(),
        spec.cron.clone().into(),
        spec.time_zone.clone().into(),
        serde_json::to_string(&spec.action).expect("an action is plain data").into(),
        spec.overlap.word().into(),
        spec.catch_up.word().into(),
        spec.window_ms.into(),
        spec.jitter_ms.into(),
        spec.ends_at.map(to_micros).into(),
    ]
}
