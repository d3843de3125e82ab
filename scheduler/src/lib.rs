//! Turns time into work that is due: the chores of the house, and the schedules of its users.
//!
//! It decides *when*, in a time zone, and calls one verb; it never does work of its own and knows no SQL, no Redis, no HTTP,
//! and not what a workflow does with its input: the composition root gives an [`Intake`] for that. Several replicas may run at
//! once. apalis-cron gives each of them its seconds, and the database decides the rest: what time it is, and which replica a
//! tick belongs to. So a replica may die at any moment, or believe in another time, and each tick still happens once.
//!
//! Start reading at [`run`], then `look` (the users' schedules), `gap` (what becomes of missed ticks), `schedules` (the
//! chores), `ticks` (where the seconds come from).

mod gap;
mod look;
mod schedules;
mod ticks;
mod timetable;
mod watches;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use dispatch::Dispatch;
use domain::{
    job::WorkflowKind,
    request::{FieldError, PlanRequest},
};
use serde::Deserialize;
use store::{Pruned, Reminded, Retention};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, error, info, warn};

pub use look::Looked;

use crate::{
    schedules::{Chore, SCHEDULES, Schedule},
    timetable::Timetable,
};

/// How long one run measures finished jobs at most; the next minute's goes on.
const MEASURE_FOR: Duration = Duration::from_secs(20);

/// How the scheduler works.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The longest that one run of a chore may take before it is given up until its next time.
    pub run_ms_max: u64,
    /// A tick of a user's schedule that is found this long after it was due was missed: its catch-up policy decides.
    pub late_after_ms: u64,
    /// What is kept of finished jobs, alerts and messages.
    pub retention: Retention,
}

impl Default for Config {
    fn default() -> Self {
        Self { run_ms_max: 60_000, late_after_ms: 60_000, retention: Retention::default() }
    }
}

/// Makes a request into a workflow, its version and its first state; or says which fields stand in the way.
pub type Intake =
    Arc<dyn Fn(&PlanRequest) -> Result<(WorkflowKind, i32, serde_json::Value), Vec<FieldError>> + Send + Sync>;

/// Variants by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Mend the table: the program is wrong, not the operator.
    #[error("the cron expression of the schedule \"{name}\" cannot be read")]
    Expression {
        name: &'static str,
        #[source]
        source: recurrence::Error,
    },
}

/// One replica.
pub struct Scheduler {
    dispatch: Dispatch,
    intake: Intake,
    late_after: chrono::Duration,
    run_max: Duration,
    retention: Retention,
    /// Held for a comparison of instants; a panic inside it would leave nothing half-done.
    timetable: Mutex<Timetable>,
}

/// Fires schedules until `shutdown`, and waits for what it started.
///
/// # Errors
/// Only when a built-in schedule is wrong. What failed is told and tried again.
pub async fn run(config: Config, dispatch: Dispatch, intake: Intake, shutdown: CancellationToken) -> Result<(), Error> {
    let scheduler = Arc::new(Scheduler::new(&config, dispatch, intake)?);
    let tasks = TaskTracker::new();
    info!(chores = SCHEDULES.len(), "The scheduler started");
    // A look that takes longer than a second is not joined by another one.
    let turn = Arc::new(Semaphore::new(1));
    let on_second = {
        let (tasks, shutdown) = (tasks.clone(), shutdown.clone());
        move |_| {
            let Ok(turn) = turn.clone().try_acquire_owned() else { return };
            let (scheduler, chores, shutdown) = (scheduler.clone(), tasks.clone(), shutdown.clone());
            tasks.spawn(async move {
                shutdown.run_until_cancelled(scheduler.second(&chores, &shutdown)).await;
                drop(turn);
            });
        }
    };
    ticks::run(Arc::new(on_second), shutdown).await;
    tasks.close();
    tasks.wait().await;
    info!("The scheduler ended");
    Ok(())
}

impl Scheduler {
    /// # Errors
    /// As [`run`].
    pub fn new(config: &Config, dispatch: Dispatch, intake: Intake) -> Result<Self, Error> {
        // Looks are a second apart, and that is longer in a time that runs faster.
        let late_after = dispatch.store().clock().span(Duration::from_millis(config.late_after_ms));
        Ok(Self {
            dispatch,
            intake,
            late_after: chrono::Duration::from_std(late_after).unwrap_or(chrono::Duration::MAX),
            run_max: Duration::from_millis(config.run_ms_max),
            retention: config.retention.clone(),
            timetable: Mutex::new(Timetable::new(SCHEDULES)?),
        })
    }

    /// What happens every second.
    async fn second(self: &Arc<Self>, chores: &TaskTracker, shutdown: &CancellationToken) {
        match self.look().await {
            Ok(looked) if looked == Looked::default() => {}
            Ok(looked) => debug!("A look at the schedules: {looked}"),
            Err(cause) => warn!(error = ?cause, "The schedules cannot be looked at and are again in a second: {cause}"),
        }
        match self.look_at_watches().await {
            Ok(0) => {}
            Ok(due) => debug!("{due} watches are due"),
            Err(cause) => warn!(error = ?cause, "The watches cannot be looked at and are again in a second: {cause}"),
        }
        // The database's clock, which all replicas share.
        let Ok(now) = self.dispatch.store().now().await else { return };
        let due = self.timetable.lock().unwrap_or_else(PoisonError::into_inner).due(now);
        for (schedule, tick_at) in due {
            let (scheduler, shutdown) = (self.clone(), shutdown.clone());
            chores.spawn(async move {
                shutdown.run_until_cancelled(scheduler.do_chore(schedule, tick_at)).await;
            });
        }
    }

    /// Does a chore, unless another replica does it at this tick.
    async fn do_chore(&self, schedule: &'static Schedule, tick_at: DateTime<Utc>) {
        let name = schedule.name;
        let done = tokio::time::timeout(self.run_max, async {
            if !self.dispatch.store().claim_chore(name, tick_at).await? {
                return Ok(None);
            }
            self.chore(schedule.chore).await.map(Some)
        });
        let outcome = match done.await {
            Ok(Ok(None)) => return debug!(schedule = name, "Another replica runs the schedule {name}"),
            Ok(Ok(Some(told))) if told.is_empty() => {
                debug!(schedule = name, "The schedule {name} ran and found nothing to do");
                "completed"
            }
            Ok(Ok(Some(told))) => {
                info!(schedule = name, "The schedule {name} ran: {told}");
                "completed"
            }
            Ok(Err(cause)) => {
                error!(schedule = name, error = ?cause, "The schedule {name} failed and runs again at its next time: {cause}");
                "failed"
            }
            Err(_) => {
                let limit = self.run_max;
                error!(
                    schedule = name,
                    "The schedule {name} took longer than {limit:?} and runs again at its next time"
                );
                "timed_out"
            }
        };
        metrics::counter!("scheduler_runs_total", "schedule" => name, "outcome" => outcome).increment(1);
    }

    /// Says what was done; nothing where there was nothing to do.
    async fn chore(&self, chore: Chore) -> Result<String, store::Error> {
        match chore {
            Chore::Prune => {
                let Pruned { jobs, keys, workers, deliveries, alerts, ticks } =
                    self.dispatch.store().prune(&self.retention).await?;
                metrics::counter!("scheduler_jobs_pruned_total").increment(jobs);
                Ok(format!(
                    "{jobs} finished jobs, {keys} idempotency keys, {workers} rows of dead workers, {deliveries} messages, \
                     {alerts} alerts and {ticks} ticks removed"
                ))
            }
            Chore::Measure => {
                let measured = self.dispatch.store().measure_jobs(MEASURE_FOR).await?;
                Ok(if measured == 0 { String::new() } else { format!("{measured} finished jobs measured") })
            }
            Chore::Remind => {
                let reminded = self.dispatch.remind_gates().await?;
                if reminded == Reminded::default() {
                    return Ok(String::new());
                }
                Ok(format!("{} reminders of open gates, {} put off", reminded.raised, reminded.put_off))
            }
        }
    }
}
