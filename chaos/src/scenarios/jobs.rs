//! Jobs that are rung too often, that panic, and that people decide about.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use futures::{TryStreamExt, stream};
use rand::{RngExt, rngs::SmallRng};
use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::{RING, RINGS_MAX, STEPS, Scale, short_probe};
use crate::{
    ledger,
    limit::figure,
    load::{Wish, random},
    slot::Role,
    stage::Stage,
};

/// Everything that a scenario asks for is done by itself within this.
pub(super) const DONE_MAX: Duration = Duration::from_secs(90);
/// Clients that ask for a job and then do something to it.
const CLIENTS: usize = 16;
/// How often each ring comes again, and the longest pause before it does: longer than a job takes.
const RINGS_AGAIN: usize = 4;
const RING_PAUSE_MS: u64 = 300;

/// Of these jobs, the ones of which it is so.
pub(super) fn count_of(jobs: &[(Wish, Value)], is_so: impl Fn(Wish, &Value) -> bool) -> f64 {
    figure(jobs.iter().filter(|(wish, status)| is_so(*wish, status)).count())
}

pub(super) async fn repeated_rings(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    let (all, early) = scale.of((500, 100), (60, 30));
    let bell = Bell {
        random: Mutex::new(random(stage.options.seed, 6)),
        rung: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
    };
    stage.start(&[Role::Api, Role::Scheduler]).await?;
    // Nobody takes these yet, so that each is fetched five times when everybody begins.
    submit_and_ring(stage, &bell, early, 0).await?;
    stage.start(&[Role::Worker]).await?;
    bell.unread(stage).await?;
    // These are taken at once: their rings come again while they run and when they are done.
    submit_and_ring(stage, &bell, all - early, RING_PAUSE_MS).await?;
    stage.drain(DONE_MAX).await;
    let unread = bell.unread(stage).await?;
    let claimed_again = count_of(&stage.look().await?, |_, status| status["attempts"] != 1);
    let mut runs: HashMap<(String, u64), usize> = HashMap::new();
    for (job, of_job) in ledger::read(&stage.cluster.ledger())? {
        of_job.iter().for_each(|run| *runs.entry((job.clone(), run.step)).or_default() += 1);
    }
    let (rung, most) = (bell.rung.into_inner(), bell.most.into_inner());
    stage.measure_at_least("rings beside each job's own", figure(rung), "4 for each", figure(all * RINGS_AGAIN));
    // Above it the house itself drops rings.
    stage.measure("rings in Redis, at most", figure(most), "1000", RINGS_MAX);
    stage.measure_exactly("rings that nobody fetched", figure(unread), "0", 0.0);
    stage.measure_exactly("jobs that were claimed more than once", claimed_again, "0", 0.0);
    let twice = runs.values().filter(|times| **times > 1).count();
    stage.measure_exactly("steps that ran more than once", figure(twice), "0", 0.0);
    Ok(())
}

/// Asks for so many jobs, and rings for each again and again.
async fn submit_and_ring(stage: &Stage, bell: &Bell, count: usize, pause_ms: u64) -> anyhow::Result<()> {
    let asking = stream::iter((0..count).map(Ok)).try_for_each_concurrent(CLIENTS, async |_| {
        let id = stage.submit_one(short_probe()).await?;
        for _ in 0..RINGS_AGAIN {
            bell.ring(stage, &id, pause_ms).await?;
        }
        anyhow::Ok(())
    });
    asking.await
}

/// Rings as the house does.
struct Bell {
    random: Mutex<SmallRng>,
    rung: AtomicUsize,
    /// The longest that the list was.
    most: AtomicUsize,
}

impl Bell {
    /// After a pause.
    async fn ring(&self, stage: &Stage, id: &str, pause_max_ms: u64) -> anyhow::Result<()> {
        let pause_ms = self.random.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..=pause_max_ms);
        stage.rest(Duration::from_millis(pause_ms)).await;
        let ring = json!({ "job_id": id, "fence": 0 }).to_string();
        let redis = stage.cluster.servers().redis.lock().await;
        let length = block_in_place(|| redis.command(&["RPUSH", RING, &ring]))?;
        self.rung.fetch_add(1, Ordering::Relaxed);
        self.most.fetch_max(length.parse().context("Redis does not say how many rings wait")?, Ordering::Relaxed);
        Ok(())
    }

    /// Waits until every ring was fetched; how many never are.
    async fn unread(&self, stage: &Stage) -> anyhow::Result<usize> {
        let deadline = Instant::now() + DONE_MAX;
        loop {
            let redis = stage.cluster.servers().redis.lock().await;
            let left = block_in_place(|| redis.command(&["LLEN", RING]))?.parse()?;
            drop(redis);
            if left == 0 || Instant::now() >= deadline || stage.end.is_cancelled() {
                return Ok(left);
            }
            stage.rest(Duration::from_millis(100)).await;
        }
    }
}

pub(super) async fn panics(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    let count: u32 = scale.of(100, 20);
    let both = |number: u32| [Wish::Panics { at_step: number % STEPS + 1 }, short_probe()];
    stage.submit_each((0..count).flat_map(both)).await;
    stage.drain(DONE_MAX).await;
    let jobs = stage.look().await?;
    let says_so = count_of(&jobs, |wish, status| {
        let (error, is_to) = (&status["error"], matches!(wish, Wish::Panics { .. }));
        is_to
            && error["code"] == "task_failed"
            && error["cause"].as_str().is_some_and(|cause| cause.contains("panicked"))
    });
    let claimed_again = count_of(&jobs, |_, status| status["attempts"] != 1);
    let ended = stage.cluster.ended_by_themselves.load(Ordering::Relaxed);
    stage.measure_exactly("jobs whose error says that they panicked", says_so, "all that did", count.into());
    stage.measure_exactly("jobs that were claimed more than once", claimed_again, "0", 0.0);
    stage.measure_exactly("processes that ended", figure(usize::try_from(ended)?), "0", 0.0);
    Ok(())
}
