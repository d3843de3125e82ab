//! Turns time into work that is due. Here: the chores of the house. The watch issue adds schedules that start jobs.
//!
//! It decides *when*, in a time zone, and calls one verb; it never does work of its own and knows no SQL, no Redis and no
//! HTTP. Several replicas may run at once: each fires every schedule, so every chore must be harmless when it runs twice or
//! at the same moment. (Starting a job on a schedule is not; that gets a row per tick which one replica wins.)
//!
//! Start reading at [`run`], then `schedules` (the table), `timetable` (what is due), `ticks` (where the seconds come from).

mod schedules;
mod ticks;
mod timetable;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use dispatch::Dispatch;
use serde::Deserialize;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, info};

use crate::{
    schedules::{Chore, SCHEDULES, Schedule},
    timetable::Timetable,
};

/// How the scheduler works.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The longest that one run of a chore may take before it is given up until its next time.
    pub run_ms_max: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { run_ms_max: 60_000 }
    }
}

/// Variants by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Mend the table: the program is wrong, not the operator.
    #[error("the cron expression of the schedule \"{name}\" cannot be read")]
    Expression {
        name: &'static str,
        #[source]
        source: cron::error::Error,
    },
}

/// Fires the built-in schedules until `shutdown`, and waits for what it started.
///
/// # Errors
/// Only when a built-in schedule is wrong. A failed chore is told and tried again at its next time.
pub async fn run(config: Config, dispatch: Dispatch, shutdown: CancellationToken) -> Result<(), Error> {
    let timetable = Mutex::new(Timetable::new(SCHEDULES)?);
    let chores = TaskTracker::new();
    info!(schedules = SCHEDULES.len(), "The scheduler started with {} schedules", SCHEDULES.len());
    let limit = Duration::from_millis(config.run_ms_max);
    let on_second = {
        let (chores, shutdown) = (chores.clone(), shutdown.clone());
        move |now: DateTime<Utc>| {
            // Held for a comparison of instants; a panic inside it would leave nothing half-done.
            let due = timetable.lock().unwrap_or_else(PoisonError::into_inner).due(now);
            for schedule in due {
                let (dispatch, shutdown) = (dispatch.clone(), shutdown.clone());
                chores.spawn(async move {
                    shutdown.run_until_cancelled(fire(schedule, &dispatch, limit)).await;
                });
            }
        }
    };
    ticks::run(Arc::new(on_second), shutdown).await;
    chores.close();
    chores.wait().await;
    info!("The scheduler ended");
    Ok(())
}

async fn fire(schedule: &'static Schedule, dispatch: &Dispatch, limit: Duration) {
    let name = schedule.name;
    let outcome = match tokio::time::timeout(limit, chore(schedule.chore, dispatch)).await {
        Ok(Ok(told)) => {
            info!(schedule = name, "The schedule {name} ran: {told}");
            "completed"
        }
        Ok(Err(cause)) => {
            error!(schedule = name, error = ?cause, "The schedule {name} failed and runs again at its next time: {cause}");
            "failed"
        }
        Err(_) => {
            error!(schedule = name, "The schedule {name} took longer than {limit:?} and runs again at its next time");
            "timed_out"
        }
    };
    metrics::counter!("scheduler_runs_total", "schedule" => name, "outcome" => outcome).increment(1);
}

async fn chore(chore: Chore, dispatch: &Dispatch) -> Result<String, store::Error> {
    match chore {
        Chore::Prune => {
            let pruned = dispatch.store().prune().await?;
            Ok(format!("{} idempotency keys and {} rows of dead workers removed", pruned.keys, pruned.workers))
        }
    }
}
