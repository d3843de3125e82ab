//! Readers of streams: many, restless, and cut off.

use std::time::Duration;

use super::{Scale, probe};
use crate::{
    client::Client,
    limit::Limit,
    load::Wish,
    proxy::{Fault, Proxy, Width},
    slot::{Addresses, Role},
    stage::Stage,
    stream::{Manner, Which},
};

/// Steps of a long job, and the events that each of them is.
const LONG_STEPS: u32 = 1_000;
const EVENTS_PER_STEP: u32 = 3;
const LONG_EVENTS: u32 = EVENTS_PER_STEP * LONG_STEPS;
const MEGABYTE: u64 = 1024 * 1024;

pub(super) async fn bursts(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    for _ in 0..scale.of(10, 2) {
        stage.ask_many(30, Wish::Probe { steps: 20, delay_ms: 5 });
        stage.start_single_readers(scale.of(50, 25), Manner::Restless);
        stage.rest(Duration::from_secs(3)).await;
    }
    Ok(())
}

pub(super) async fn reconnects(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    // Long enough that every stream is open when the replica dies, and lasts for longer than is allowed afterwards.
    stage.ask_many(20, Wish::Probe { steps: 40, delay_ms: scale.of(1_500, 500) });
    stage.rest(Duration::from_secs(1)).await;
    stage.start_single_readers(scale.of(2_000, 150), Manner::Faithful);
    stage.rest(scale.of(Duration::from_secs(15), Duration::from_secs(4))).await;
    let api = stage.cluster.indexes(Role::Api)[0];
    stage.harm.kill(api, Duration::ZERO).await;
    stage.drain(scale.of(Duration::from_secs(150), Duration::from_secs(60))).await;
    stage.limit(Limit::Resume { allowed: "8000", most_ms: 8_000.0 });
    Ok(())
}

pub(super) async fn slow_readers(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    let before = stage.cluster.memory(Role::Api).await;
    let jobs = scale.of(50_000_u32, 5_000).div_ceil(LONG_EVENTS);
    stage.submit_all(jobs as usize, Wish::Probe { steps: LONG_STEPS, delay_ms: 2 }).await;
    stage.start_single_readers(scale.of(99, 10), Manner::Faithful);
    let upstream = stage.client.addresses.all()[0];
    let link = Proxy::start(upstream, Width::Narrow, &stage.tasks, &stage.end).await?;
    let client = Client::new(Addresses::of(link.address()))?;
    stage.start_single_reader(1_000, &client, Which::Any(stage.load.clone()), Manner::Faithful);
    stage.rest(Duration::from_secs(1)).await;
    link.set(Fault::BlackHole);
    stage.timeline.note("one reader takes nothing any more");
    stage.drain(scale.of(Duration::from_secs(300), Duration::from_secs(60))).await;
    let after = stage.cluster.memory(Role::Api).await;
    link.set(Fault::None);
    stage.timeline.note("it reads on");
    stage.end_readers().await;
    let grown = before.iter().zip(&after).map(|((was, _), (_, most))| most.saturating_sub(*was)).max();
    #[expect(clippy::cast_precision_loss, reason = "a process has far less than 2^52 bytes")]
    let grown = grown.unwrap_or(u64::MAX) as f64 / MEGABYTE as f64;
    stage.measure("megabytes by which a replica grew, at most", grown, "50", 50.0);
    Ok(())
}

pub(super) async fn cuts(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    let events: u32 = scale.of(200, 40);
    // Beside its steps, a job is submitted, taken and done.
    let steps = (events - 3).div_ceil(EVENTS_PER_STEP);
    stage.ask_many(10, probe());
    let id = stage.submit_one(Wish::Probe { steps, delay_ms: 100 }).await?;
    // The n-th changes its connection after every n events, so that together they do at every one of them, many times.
    for reader in 1..=events {
        let client = stage.client.clone();
        stage.start_single_reader(reader.into(), &client, Which::This(id.clone()), Manner::Cuts(reader as usize));
    }
    stage.drain(Duration::from_secs(60)).await;
    stage.end_readers().await;
    Ok(())
}
