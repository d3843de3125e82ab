//! One tick a second, from apalis-cron under an apalis worker.
//!
//! apalis-cron 1.0 has no memory and no catch-up, fires in every replica, and its worker ends with `OutOfRange` when it was
//! not polled for a whole second: a busy or a suspended machine. So it is used as a source of seconds only: the handler
//! returns at once, no concurrency limit holds the next poll back, a broken worker is started again after a wait, and what
//! is due is decided by [`crate::timetable`], to which a missing second is nothing. The loop is ours and not apalis's
//! `Monitor`, which restarts without a pause and ends with `Ok` when its workers are gone (broker's `consumer` says the
//! same).

use std::{str::FromStr, sync::Arc, time::Duration};

use apalis::prelude::{WorkerBuilder, WorkerError};
use apalis_cron::{CronScheduler, Tick};
use chrono::{DateTime, Utc};
use domain::WorkerId;
use futures::{FutureExt, future::BoxFuture};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;

const EVERY_SECOND: &str = "* * * * * *";
const RESTART_WAIT_MIN: Duration = Duration::from_millis(200);
const RESTART_WAIT_MAX: Duration = Duration::from_secs(30);
/// A worker that lived this long starts its waits afresh.
const STEADY_AFTER: Duration = Duration::from_secs(60);

pub(crate) type OnSecond = Arc<dyn Fn(DateTime<Utc>) + Send + Sync>;

/// Calls `on_second` about once a second with that second, until `shutdown`. A second may be missing or doubled.
pub(crate) async fn run(on_second: OnSecond, shutdown: CancellationToken) {
    let mut wait = RESTART_WAIT_MIN;
    while !shutdown.is_cancelled() {
        let started = Instant::now();
        let ended = run_worker(on_second.clone(), shutdown.clone()).await;
        if shutdown.is_cancelled() {
            break;
        }
        if started.elapsed() >= STEADY_AFTER {
            wait = RESTART_WAIT_MIN;
        }
        // Expected after a suspended laptop; the seconds that are missing are made up for.
        warn!(outcome = ?ended, "The tick broke off and starts again in {wait:?}");
        metrics::counter!("scheduler_tick_restarts_total").increment(1);
        shutdown.run_until_cancelled(sleep(wait)).await;
        wait = (wait * 2).min(RESTART_WAIT_MAX);
    }
}

/// Boxed, because apalis's types are too much for the compiler's proof that a spawned future may be sent.
fn run_worker(on_second: OnSecond, shutdown: CancellationToken) -> BoxFuture<'static, Result<(), WorkerError>> {
    let every_second = cron::Schedule::from_str(EVERY_SECOND).expect("the tests read it");
    let handler = move |tick: Tick| {
        let on_second = on_second.clone();
        async move {
            let second = i64::try_from(tick.get_timestamp()).ok();
            if let Some(now) = second.and_then(|second| DateTime::from_timestamp(second, 0)) {
                on_second(now);
            }
        }
    };
    WorkerBuilder::new(format!("tick@{}", WorkerId::new()))
        .backend(CronScheduler::new(every_second))
        .build(handler)
        .run_until(async move {
            shutdown.cancelled().await;
            Ok::<(), WorkerError>(())
        })
        .boxed()
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn seconds_come_in_order_and_the_shutdown_ends_them() {
        let (seen, mut seconds) = mpsc::channel(8);
        let shutdown = CancellationToken::new();
        let on_second: OnSecond = Arc::new(move |now| {
            seen.try_send(now).ok();
        });
        let ticking = tokio_util::task::TaskTracker::new().spawn(run(on_second, shutdown.clone()));
        let first = seconds.recv().await.expect("a second comes");
        let second = seconds.recv().await.expect("another one comes");
        assert!(second >= first && second - first <= chrono::Duration::seconds(2));
        shutdown.cancel();
        tokio::time::timeout(Duration::from_secs(5), ticking).await.expect("it ends").expect("without a panic");
    }
}
