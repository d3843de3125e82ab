//! M3, M4 and M6: jobs from their submission to their end.

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Scale;
use crate::{
    Error,
    client::{Probe, Standing, standing, submit},
    figures::{Spread, Times, megabytes, number, rounded},
    house::House,
    load::{Burst, burst, is_completed},
    readers::read,
};

/// Longer than any burst takes that goes well.
const PATIENCE: Duration = Duration::from_secs(90);
/// One job takes no longer.
const JOB_PATIENCE: Duration = Duration::from_secs(10);
/// Jobs before the clock starts.
const WARM_UP: usize = 10;
const POLL: Duration = Duration::from_millis(1);
/// Between two looks at the memory.
const SAMPLE: Duration = Duration::from_millis(100);

/// Jobs of eight nodes that do nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Jobs {
    /// One at a time, to the arrival of `complete` on a stream that is opened for it.
    pub streamed: Spread,
    /// One at a time, asked for every millisecond.
    pub polled: Spread,
    pub burst: Burst,
}

pub(super) async fn jobs(house: &mut House, scale: Scale) -> Result<Jobs, Error> {
    house.open_all()?;
    let count = scale.of(300, 30);
    let streamed = one_by_one(house, count, Wait::Stream).await?;
    let polled = one_by_one(house, count, Wait::Poll).await?;
    let burst = burst(house.target(), Probe::of_eight(0), scale.of(2_000, 200), PATIENCE).await?;
    Ok(Jobs { streamed, polled, burst })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    Stream,
    Poll,
}

async fn one_by_one(house: &House, count: usize, wait: Wait) -> Result<Spread, Error> {
    let target = house.target();
    let request = target.submission(Probe::of_eight(0));
    let mut connection = target.connection();
    let mut times = Times::default();
    for number in 0..WARM_UP + count {
        let started = Instant::now();
        let job_id = submit(&mut connection, &request).await?;
        let is_done = match wait {
            Wait::Stream => {
                let reading = read(target, job_id, std::sync::Arc::default(), CancellationToken::new());
                tokio::time::timeout(JOB_PATIENCE, reading).await.is_ok_and(|reading| reading.has_ended)
            }
            Wait::Poll => loop {
                match standing(&mut connection, target, job_id).await? {
                    Standing::Open if started.elapsed() < JOB_PATIENCE => sleep(POLL).await,
                    standing => break standing == Standing::Completed,
                }
            },
        };
        if !is_done {
            let what = format!("job {job_id} did not complete");
            return Err(Error::Late { what, within_s: JOB_PATIENCE.as_secs() });
        }
        if number >= WARM_UP {
            times.add(started.elapsed());
        }
    }
    Ok(times.spread())
}

/// 1,000 jobs of eight steps of 50 ms at once, and the memory that they take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Concurrent {
    pub burst: Burst,
    /// The most that the answering process had. Embedded, it does everything.
    pub front_rss_mb: f64,
    /// The most that one worker process had.
    pub worker_rss_mb: f64,
}

pub(super) async fn concurrent(house: &mut House, scale: Scale) -> Result<Concurrent, Error> {
    house.open_all()?;
    warm(house).await?;
    let (mut front, mut worker) = (0, 0);
    let jobs = burst(house.target(), Probe::of_eight(50), scale.of(1_000, 100), PATIENCE);
    let mut jobs = std::pin::pin!(jobs);
    let burst = loop {
        tokio::select! {
            burst = &mut jobs => break burst?,
            () = sleep(SAMPLE) => {
                let (now, workers) = house.figures();
                front = front.max(now.unwrap_or_default().rss_bytes);
                worker = workers.iter().map(|figures| figures.rss_bytes).fold(worker, u64::max);
            }
        }
    };
    Ok(Concurrent { burst, front_rss_mb: megabytes(front), worker_rss_mb: megabytes(worker) })
}

/// One job, so that the workers are known to be there.
async fn warm(house: &House) -> Result<(), Error> {
    let target = house.target();
    let mut connection = target.connection();
    let job_id = submit(&mut connection, &target.submission(Probe::of_eight(0))).await?;
    match is_completed(&mut connection, target, job_id, Instant::now() + JOB_PATIENCE).await? {
        true => Ok(()),
        false => {
            Err(Error::Late { what: "the first job did not complete".to_owned(), within_s: JOB_PATIENCE.as_secs() })
        }
    }
}

/// What a finished job leaves behind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kept {
    pub burst: Burst,
    /// None without Redis.
    pub redis_bytes_per_job: Option<f64>,
    pub database_bytes_per_job: f64,
}

pub(super) async fn kept(house: &mut House, scale: Scale) -> Result<Kept, Error> {
    house.open_all()?;
    warm(house).await?;
    let store = house.store().await?;
    let (redis, database) = (house.redis_bytes()?, store.bytes().await?);
    let burst = burst(house.target(), Probe::of_eight(0), scale.of(10_000, 200), PATIENCE).await?;
    // What Redis frees lazily is freed by then.
    sleep(Duration::from_secs(1)).await;
    let per_job = |before: u64, after: u64| rounded((number(after) - number(before)) / number(burst.jobs as u64));
    let redis_bytes_per_job = redis.zip(house.redis_bytes()?).map(|(before, after)| per_job(before, after));
    let database_bytes_per_job = per_job(database, store.bytes().await?);
    store.close().await;
    Ok(Kept { burst, redis_bytes_per_job, database_bytes_per_job })
}
