//! Processes die, stand still, are replaced, or have the wrong time.

use std::{
    collections::BTreeSet,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use futures::future::join_all;
use rand::RngExt;
use tokio_util::sync::CancellationToken;

use super::{RATE, READERS, STEPS, Scale, probe, short_probe};
use crate::{
    cluster::LEASE,
    limit::Limit,
    load::{Wish, random},
    slot::{Crash, Role},
    stage::Stage,
};

pub(super) async fn kills(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    stage.start_readers(READERS);
    let workers = stage.cluster.indexes(Role::Worker);
    stage.ask_many(scale.of(1_000, 100), probe());
    for strike in 0..scale.of(120, 12) {
        stage.rest(Duration::from_millis(500)).await;
        stage.harm.kill(workers[strike % workers.len()], Duration::ZERO).await;
    }
    // A job's longest silence: its worker's death, until another one goes on.
    let allowed_ms = (LEASE + Duration::from_secs(5)).as_secs_f64() * 1000.0;
    stage.limit(Limit::Silence {
        name: "99 % of jobs went on within, ms",
        allowed: "lease + 5 s",
        share: 0.99,
        most_ms: allowed_ms,
    });
    Ok(())
}

pub(super) async fn zombies(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    stage.start_readers(READERS);
    let workers = stage.cluster.indexes(Role::Worker);
    // Longer than a lease: it is still somebody else's when the zombie wakes.
    stage.ask_many(scale.of(1_000, 60), Wish::Probe { steps: STEPS, delay_ms: 900 });
    for strike in 0..scale.of(30, 3) {
        let three = (0..3).map(|offset| workers[(strike + offset) % workers.len()]);
        join_all(three.map(|index| stage.harm.pause(index, LEASE * 2))).await;
        stage.rest(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// Seconds by which the clocks of the replicas and of the workers are off.
const API_SKEWS_S: &[i64] = &[120, -120];
const WORKER_SKEWS_S: &[i64] = &[600, -600, 0];

pub(super) async fn skews(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.cluster.skew(Role::Api, API_SKEWS_S).await?;
    stage.cluster.skew(Role::Worker, WORKER_SKEWS_S).await?;
    stage.start_all().await?;
    stage.start_readers(READERS);
    // Two leases long, so that each is renewed by a skewed worker, many times; and one after another, so that each worker has some.
    let lasts = scale.of(Duration::from_secs(50), Duration::from_secs(6));
    stage.steady(10.0, lasts, |_| Wish::Probe { steps: 6, delay_ms: 1_000 }).await;
    stage.drain(scale.of(Duration::from_secs(300), Duration::from_secs(60))).await;
    stage.limit(Limit::Takeovers);
    Ok(())
}

pub(super) async fn rolls(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    stage.start_readers(READERS);
    let count = stage.cluster.slots.len();
    let (strikes, lasts) = (scale.of(10, 3), scale.of(Duration::from_secs(300), Duration::from_secs(30)));
    let harm = stage.harm.clone();
    let mut slowest = Duration::ZERO;
    let striking = async {
        for strike in 0..strikes {
            let began = Instant::now();
            // First an API replica, then a worker, and around.
            let took = harm.roll((strike * 2 + usize::from(strike % 2 == 1)) % count).await;
            slowest = slowest.max(took.unwrap_or(Duration::MAX));
            let pace = lasts / u32::try_from(strikes).unwrap_or(1);
            stage.rest(pace.saturating_sub(began.elapsed())).await;
        }
    };
    tokio::join!(striking, stage.steady(RATE, lasts, |_| probe()));
    stage.measure("seconds until a predecessor had ended", slowest.as_secs_f64(), "30", 30.0);
    stage.limit(Limit::Failures(&["submit", "status", "list"]));
    stage.limit(Limit::Silence {
        name: "every running job went on within, ms",
        allowed: "5 s",
        share: 1.0,
        most_ms: 5_000.0,
    });
    Ok(())
}

/// Between two writes of a submission.
const SUBMISSION: &[&str] = &["submit:before_tx", "submit:after_tx", "submit:after_ring"];

pub(super) async fn crashed_submissions(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    let mut random = random(stage.options.seed, 5);
    let (count, between) = scale.of((600, Duration::from_millis(150)), (60, Duration::from_millis(300)));
    let (harm, api, over) = (stage.harm.clone(), stage.cluster.indexes(Role::Api)[0], CancellationToken::new());
    let mut died = BTreeSet::new();
    let striking = async {
        for point in SUBMISSION.iter().cycle() {
            let crash = Crash { point: format!("{point}:{}", random.random_range(1..=3)), job: None };
            if over.is_cancelled() {
                return;
            }
            if harm.crash(api, crash, Duration::from_secs(5)).await {
                died.insert(point);
            }
        }
    };
    let submitting = async {
        for _ in 0..count {
            stage.ask(short_probe());
            stage.rest(between).await;
        }
        over.cancel();
    };
    tokio::join!(striking, submitting);
    #[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
    let (points, unanswered) =
        (died.len() as f64, stage.client.record.read().get("submit").map_or(0, |tally| tally.unknown) as f64);
    stage.measure_exactly("points at which a replica died", points, "all 3", 3.0);
    // Where every answer arrived, nothing was repeated.
    stage.measure_at_least("submissions whose answer was lost", unanswered, "1 and more", 1.0);
    Ok(())
}

/// So many workers may a job take with it that never gets on.
const DEATHS: f64 = 5.0;

pub(super) async fn poison(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start(&[Role::Api, Role::Scheduler]).await?;
    let poison = stage.submit_one(Wish::Poison).await?;
    let crash = Crash { point: "worker:before_commit:1".to_owned(), job: Some(poison) };
    stage.cluster.doom(Role::Worker, &crash).await;
    stage.ask_many(scale.of(99, 20), probe());
    stage.start(&[Role::Worker]).await?;
    stage.drain(Duration::from_secs(90)).await;
    #[expect(clippy::cast_precision_loss, reason = "deaths are far fewer than 2^52")]
    let deaths = stage.cluster.crashed.load(Ordering::Relaxed) as f64;
    stage.measure_exactly("workers that it took with it", deaths, "5", DEATHS);
    Ok(())
}
