//! What a scheduler does with ticks. Any number of schedulers may do it at once.
//!
//! Two rules keep that a tick fires once. A scheduler moves the schedule's row from the tick to the next one, and only if the
//! row still stands at that tick of that revision; and the tick has a row of its own, which can be written once. The job is
//! written in the same transaction, so that neither is there without the other.

use chrono::{DateTime, Utc};
use domain::{
    JobId, ScheduleId,
    alert::NewAlert,
    schedule::{OverlapPolicy, TickOutcome},
    time::to_micros,
};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{COLUMNS, NextTick, Schedule, next_values, read};
use crate::{Error, NewJob, Owner, Store};

/// A row that this version cannot read is looked at again after so long, maybe by a version that can.
const UNREAD_FOR_MICROS: i64 = 300 * 1_000_000;

/// A job of the schedule has not ended.
const IS_BUSY: &str = "EXISTS (SELECT 1 FROM jobs j WHERE j.schedule_id = s.id AND j.finished_at IS NULL)";

/// What schedulers have to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct DueSchedules {
    /// The database's time.
    pub now: DateTime<Utc>,
    /// Their next tick is due.
    pub ticking: Vec<Schedule>,
    /// Their waiting tick may fire: no job of theirs runs any more.
    pub released: Vec<Schedule>,
}

/// A tick, and the job that it starts or why there is none.
#[derive(Debug, Clone, Copy)]
pub struct Firing<'a> {
    pub schedule: &'a Schedule,
    pub tick_at: DateTime<Utc>,
    /// Found later than it should have been: counted as missed.
    pub is_late: bool,
    /// Where the schedule goes from here.
    pub next: Option<NextTick>,
    pub job: Result<&'a NewJob, &'a str>,
    /// Raised with it, where people should know of ticks that were missed.
    pub alert: Option<&'a NewAlert>,
}

/// Ticks of a schedule that start nothing because nobody was there for them.
#[derive(Debug, Clone, Copy)]
pub struct Skipping<'a> {
    pub schedule: &'a Schedule,
    pub from: DateTime<Utc>,
    /// Those that get a row, at most a thousand.
    pub ticks: &'a [DateTime<Utc>],
    /// All of them.
    pub count: u64,
    /// Where the schedule goes from here.
    pub next: Option<NextTick>,
    /// Raised with it.
    pub alert: &'a NewAlert,
}

/// What became of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fired {
    Started(JobId),
    /// It starts nothing now, and this is what its row says.
    Not(TickOutcome),
    /// It has a row from before, and the schedule has gone past it.
    Repeated,
    /// Another scheduler was first, or a person changed the schedule meanwhile.
    Lost,
}

impl Store {
    /// The schedules that are due, the longest due first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn due_schedules(&self, limit: u64) -> Result<DueSchedules, Error> {
        let now = self.now().await?;
        let sql = format!(
            "SELECT {COLUMNS} FROM schedules s WHERE s.due_at IS NOT NULL AND s.due_at <= $1 ORDER BY s.due_at LIMIT {limit}"
        );
        let ticking = self.readable(&self.sql.all(&self.read, &sql, [to_micros(now).into()]).await?).await?;
        let sql = format!(
            "SELECT {COLUMNS} FROM schedules s WHERE s.buffered_at IS NOT NULL AND NOT {IS_BUSY} LIMIT {limit}"
        );
        let released = self.readable(&self.sql.all(&self.read, &sql, []).await?).await?;
        Ok(DueSchedules { now, ticking, released })
    }

    /// Puts a schedule off that this version cannot make sense of.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn put_schedule_off(&self, id: ScheduleId) -> Result<(), Error> {
        let sql =
            format!("UPDATE schedules SET due_at = {{now}} + {UNREAD_FOR_MICROS} WHERE id = $1 AND due_at IS NOT NULL");
        self.sql.execute(&self.write, &sql, [id.into()]).await?;
        Ok(())
    }

    async fn readable(&self, rows: &[QueryResult]) -> Result<Vec<Schedule>, Error> {
        let mut schedules = Vec::with_capacity(rows.len());
        for row in rows {
            match read(row) {
                Ok(schedule) => schedules.push(schedule),
                Err(error @ Error::Corrupt { .. }) => {
                    let id: ScheduleId = row.try_get("", "id")?;
                    tracing::error!(schedule.id = %id, error = ?error, "Schedule {id} is put off for five minutes: {error}");
                    self.put_schedule_off(id).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(schedules)
    }

    /// Fires a tick, unless it was fired before.
    ///
    /// # Errors
    /// [`Error::Unavailable`]. Nothing was written then, or everything: the next look finds out.
    pub async fn fire(&self, firing: &Firing<'_>) -> Result<Fired, Error> {
        let tx = self.begin().await?;
        let fired = match self.fire_in(&tx, firing).await {
            Ok(fired) if fired != Fired::Lost => {
                self.tell_missed(&tx, firing.schedule, firing.alert).await.map(|()| fired)
            }
            fired => fired,
        };
        match &fired {
            Ok(Fired::Lost) | Err(_) => tx.rollback().await?,
            Ok(_) => tx.commit().await?,
        }
        fired
    }

    async fn fire_in(&self, tx: &impl ConnectionTrait, firing: &Firing<'_>) -> Result<Fired, Error> {
        let Firing { schedule, tick_at, .. } = *firing;
        let Some(row) = self.advance(tx, schedule, tick_at, firing.next, u64::from(firing.is_late)).await? else {
            return Ok(Fired::Lost);
        };
        let outcome = self.outcome(tx, firing, row.try_get::<Option<i64>>("", "buffered_at")?.is_some()).await?;
        let job = firing.job.ok().filter(|_| outcome == TickOutcome::Fired);
        let sql = "INSERT INTO schedule_ticks (schedule_id, tick_at, tenant_id, origin, outcome, job_id, error, decided_at) \
                   VALUES ($1, $2, $3, 'clock', $4, $5, $6, {now}) ON CONFLICT DO NOTHING";
        let values: Vec<Value> = vec![
            schedule.id.into(),
            to_micros(tick_at).into(),
            schedule.tenant.clone().into(),
            outcome.word().into(),
            job.map(|job| job.id).into(),
            firing.job.err().map(str::to_owned).into(),
        ];
        let is_first = self.sql.execute(tx, sql, values).await?.rows_affected() == 1;
        if !is_first && self.is_fenced() {
            // It has its row from an earlier definition of the schedule. Going past it is right.
            return Ok(Fired::Repeated);
        }
        if outcome == TickOutcome::Buffered {
            let sql = "UPDATE schedules SET buffered_at = $2 WHERE id = $1";
            self.sql.execute(tx, sql, [schedule.id.into(), to_micros(tick_at).into()]).await?;
        }
        let Some(job) = job else { return Ok(Fired::Not(outcome)) };
        self.insert_job_rows(tx, &Owner::new(schedule.tenant.clone()), job, Some(schedule.id)).await?;
        Ok(Fired::Started(job.id))
    }

    async fn outcome(&self, tx: &impl ConnectionTrait, firing: &Firing<'_>, waits: bool) -> Result<TickOutcome, Error> {
        if firing.job.is_err() {
            return Ok(TickOutcome::Failed);
        }
        let schedule = firing.schedule;
        if schedule.spec.overlap == OverlapPolicy::Allow {
            return Ok(TickOutcome::Fired);
        }
        let sql = format!("SELECT id FROM schedules s WHERE s.id = $1 AND {IS_BUSY}");
        let is_busy = waits || self.sql.one(tx, &sql, [schedule.id.into()]).await?.is_some();
        Ok(match schedule.spec.overlap {
            _ if !is_busy => TickOutcome::Fired,
            OverlapPolicy::BufferOne if !waits => TickOutcome::Buffered,
            OverlapPolicy::Skip | OverlapPolicy::BufferOne | OverlapPolicy::Allow => TickOutcome::SkippedOverlap,
        })
    }

    /// Fires the tick that waited, unless somebody was faster or a job runs again.
    ///
    /// # Errors
    /// As [`Store::fire`].
    pub async fn fire_buffered(&self, schedule: &Schedule, job: Result<&NewJob, &str>) -> Result<Fired, Error> {
        let Some(tick_at) = schedule.buffered_at else { return Ok(Fired::Lost) };
        let tick: Value = to_micros(tick_at).into();
        let tx = self.begin().await?;
        let sql = format!(
            "UPDATE schedules AS s SET buffered_at = NULL WHERE s.id = $1 AND s.buffered_at = $2 AND s.revision = $3 AND NOT {IS_BUSY}"
        );
        let values: [Value; 3] = [schedule.id.into(), tick.clone(), schedule.revision.into()];
        if self.sql.execute(&tx, &sql, values).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(Fired::Lost);
        }
        let outcome = if job.is_ok() { TickOutcome::Fired } else { TickOutcome::Failed };
        let sql = "UPDATE schedule_ticks SET outcome = $3, job_id = $4, error = $5, decided_at = {now} \
                   WHERE schedule_id = $1 AND tick_at = $2";
        let values: Vec<Value> = vec![
            schedule.id.into(),
            tick,
            outcome.word().into(),
            job.ok().map(|job| job.id).into(),
            job.err().map(str::to_owned).into(),
        ];
        self.sql.execute(&tx, sql, values).await?;
        if let Ok(job) = job {
            self.insert_job_rows(&tx, &Owner::new(schedule.tenant.clone()), job, Some(schedule.id)).await?;
        }
        tx.commit().await?;
        Ok(job.map_or(Fired::Not(outcome), |job| Fired::Started(job.id)))
    }

    /// Goes past ticks that start nothing. False: another scheduler was first, or a person changed the schedule.
    ///
    /// # Errors
    /// As [`Store::fire`].
    pub async fn skip_ticks(&self, skipping: &Skipping<'_>) -> Result<bool, Error> {
        let Skipping { schedule, ticks, .. } = *skipping;
        let tx = self.begin().await?;
        if self.advance(&tx, schedule, skipping.from, skipping.next, skipping.count).await?.is_none() {
            tx.rollback().await?;
            return Ok(false);
        }
        if !ticks.is_empty() {
            let rows: Vec<String> = ticks.iter().map(|tick| format!("({})", to_micros(*tick))).collect();
            let sql = format!(
                "INSERT INTO schedule_ticks (schedule_id, tick_at, tenant_id, origin, outcome, decided_at) \
                 SELECT $1, v.column1, $2, 'clock', $3, {{now}} FROM (VALUES {}) AS v WHERE true ON CONFLICT DO NOTHING",
                rows.join(", ")
            );
            let outcome = TickOutcome::SkippedMissed.word();
            self.sql.execute(&tx, &sql, [schedule.id.into(), schedule.tenant.clone().into(), outcome.into()]).await?;
        }
        self.tell_missed(&tx, schedule, Some(skipping.alert)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Raises the alert of missed ticks. Last in its transaction, until whose end nobody else of the tenant raises one.
    async fn tell_missed(
        &self,
        tx: &impl ConnectionTrait,
        schedule: &Schedule,
        alert: Option<&NewAlert>,
    ) -> Result<(), Error> {
        let Some(alert) = alert else { return Ok(()) };
        // Without it, they are counted all the same, and in the schedule's history.
        self.raise_beside(tx, &Owner::new(schedule.tenant.clone()), alert).await
    }

    /// Moves the row from a tick to the next one, if it still stands there.
    async fn advance(
        &self,
        tx: &impl ConnectionTrait,
        schedule: &Schedule,
        from: DateTime<Utc>,
        next: Option<NextTick>,
        missed: u64,
    ) -> Result<Option<QueryResult>, Error> {
        // The other branch is a control for tests: without the comparison every scheduler fires.
        let condition = if self.is_fenced() { "next_at = $5 AND revision = $6" } else { "$5 > 0 AND $6 >= 0" };
        let sql = format!(
            "UPDATE schedules SET next_at = $2, due_at = $3, missed = missed + $4 WHERE id = $1 AND {condition} \
             RETURNING buffered_at"
        );
        let [next_at, due_at] = next_values(next);
        let missed = i64::try_from(missed).unwrap_or(i64::MAX);
        let values: [Value; 6] =
            [schedule.id.into(), next_at, due_at, missed.into(), to_micros(from).into(), schedule.revision.into()];
        Ok(self.sql.one(tx, &sql, values).await?)
    }
}
