//! Processes die, stand still, are replaced, or have the wrong time.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::{RATE, READERS, STEPS, Scale, probe};
use crate::{
    cluster::{LEASE, Role},
    load::Wish,
    stage::{Limit, Stage},
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
    // Two leases long, so that each is renewed by a skewed worker, many times.
    stage.ask_many(scale.of(500, 60), Wish::Probe { steps: 6, delay_ms: 1_000 });
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
