//! Requests in closed loops, and bursts of jobs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use domain::JobId;
use serde::Serialize;
use tokio::{task::JoinSet, time::sleep};

use crate::{
    Error,
    client::{Connection, Probe, Standing, Target, standing, submit},
    figures::{Spread, Times, number, rounded},
};

/// Requests before the clock starts.
const WARM_UP: usize = 20;
/// Connections over which bursts are submitted and checked.
pub(crate) const CONNECTIONS: usize = 64;
/// The newest jobs of a burst are asked for first: when they are done, the others mostly are.
const WATCHED: usize = 32;
/// The pause between two questions about a job that is open.
const LOOK: Duration = Duration::from_millis(20);
/// The pause after a request that failed.
const AFTER_FAILURE: Duration = Duration::from_millis(5);

/// How fast requests are answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rate {
    pub connections: usize,
    pub per_second: f64,
    pub times: Spread,
    /// Requests that were refused or not answered.
    pub failed: u64,
}

/// Asks the same over `connections` connections, each as soon as it is answered, for `period`.
pub(crate) async fn closed_loop(target: Target, request: Vec<u8>, connections: usize, period: Duration) -> Rate {
    let request: Arc<[u8]> = request.into();
    let mut warm = target.connection();
    for _ in 0..WARM_UP {
        warm.ask(&request).await.ok();
    }
    let started = Instant::now();
    let mut asking = JoinSet::new();
    for _ in 0..connections {
        asking.spawn(ask_until(target.connection(), request.clone(), started + period));
    }
    let (mut times, mut failed) = (Times::default(), 0);
    for (some, not) in asking.join_all().await {
        times.extend(some);
        failed += not;
    }
    let seconds = started.elapsed().as_secs_f64();
    let times = times.spread();
    Rate { connections, per_second: rounded(number(times.count as u64) / seconds), times, failed }
}

async fn ask_until(mut connection: Connection, request: Arc<[u8]>, end: Instant) -> (Times, u64) {
    let (mut times, mut failed) = (Times::default(), 0);
    while Instant::now() < end {
        let asked = Instant::now();
        match connection.ask(&request).await {
            Ok(answer) if answer.is_success() => times.add(asked.elapsed()),
            Ok(_) | Err(_) => {
                failed += 1;
                sleep(AFTER_FAILURE).await;
            }
        }
    }
    (times, failed)
}

/// Submits `count` jobs over [`CONNECTIONS`] connections, as fast as they are taken.
pub(crate) async fn submit_many(target: Target, probe: Probe, count: usize) -> Result<Vec<JobId>, Error> {
    let request: Arc<[u8]> = target.submission(probe).into();
    let next = Arc::new(AtomicUsize::new(0));
    let mut submitting = JoinSet::new();
    for _ in 0..CONNECTIONS.min(count) {
        let (request, next, mut connection) = (request.clone(), next.clone(), target.connection());
        submitting.spawn(async move {
            let mut ids = Vec::new();
            while next.fetch_add(1, Ordering::Relaxed) < count {
                ids.push(submit(&mut connection, &request).await?);
            }
            Ok::<_, Error>(ids)
        });
    }
    let mut ids = Vec::with_capacity(count);
    while let Some(submitted) = submitting.join_next().await {
        ids.extend(submitted.map_err(|_| Error::Interrupted)??);
    }
    // By the time of their making.
    ids.sort_unstable();
    Ok(ids)
}

/// Many jobs at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Burst {
    pub jobs: usize,
    /// From the first request to the end of the last job.
    pub seconds: f64,
    pub per_second: f64,
    /// Not completed when the patience ended.
    pub lost: u64,
}

/// Submits `count` jobs and waits until all are completed.
pub(crate) async fn burst(target: Target, probe: Probe, count: usize, patience: Duration) -> Result<Burst, Error> {
    let started = Instant::now();
    let ids = submit_many(target, probe, count).await?;
    let mut lost = 0;
    let mut ended = started.elapsed();
    let watched = ids.len().saturating_sub(WATCHED);
    let mut connection = target.connection();
    for id in ids[watched..].iter().rev() {
        lost += u64::from(!is_completed(&mut connection, target, *id, started + patience).await?);
        ended = started.elapsed();
    }
    // One that is not done now was not done then, and the clock goes on until it is.
    for (other_lost, last_end) in check(target, &ids[..watched], started + patience).await? {
        lost += other_lost;
        ended = last_end.map_or(ended, |end| ended.max(end.duration_since(started)));
    }
    let seconds = ended.as_secs_f64();
    Ok(Burst {
        jobs: ids.len(),
        seconds: rounded(seconds),
        per_second: rounded(number((ids.len() as u64).saturating_sub(lost)) / seconds),
        lost,
    })
}

/// Waits until each of the jobs has ended: how many of each part are lost, and when the last one ended that was still open.
async fn check(target: Target, ids: &[JobId], deadline: Instant) -> Result<Vec<(u64, Option<Instant>)>, Error> {
    let mut checking = JoinSet::new();
    for part in ids.chunks(ids.len().div_ceil(CONNECTIONS / 4).max(1)) {
        let (part, mut connection) = (part.to_vec(), target.connection());
        checking.spawn(async move {
            let (mut lost, mut last_end) = (0, None);
            for id in part {
                let was_open = standing(&mut connection, target, id).await? == Standing::Open;
                lost += u64::from(!is_completed(&mut connection, target, id, deadline).await?);
                if was_open {
                    last_end = Some(Instant::now());
                }
            }
            Ok::<_, Error>((lost, last_end))
        });
    }
    checking.join_all().await.into_iter().collect()
}

/// Waits until the job has ended; false when it did not complete until then.
pub(crate) async fn is_completed(
    connection: &mut Connection,
    target: Target,
    id: JobId,
    deadline: Instant,
) -> Result<bool, Error> {
    loop {
        match standing(connection, target, id).await? {
            Standing::Completed => return Ok(true),
            Standing::Broken => return Ok(false),
            Standing::Open if Instant::now() >= deadline => return Ok(false),
            Standing::Open => sleep(LOOK).await,
        }
    }
}
