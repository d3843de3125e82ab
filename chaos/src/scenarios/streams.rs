//! Readers of streams: many, restless, and cut off.

use std::time::Duration;

use super::Scale;
use crate::{
    cluster::Role,
    load::Wish,
    stage::{Limit, Stage},
    stream::Manner,
};

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
    // Long enough that every stream is open when the replica dies.
    stage.ask_many(20, Wish::Probe { steps: 40, delay_ms: scale.of(1_500, 300) });
    stage.rest(Duration::from_secs(1)).await;
    stage.start_single_readers(scale.of(2_000, 150), Manner::Faithful);
    stage.rest(scale.of(Duration::from_secs(15), Duration::from_secs(4))).await;
    let api = stage.cluster.indexes(Role::Api)[0];
    stage.harm.kill(api, Duration::ZERO).await;
    stage.drain(scale.of(Duration::from_secs(150), Duration::from_secs(60))).await;
    stage.limit(Limit::Resume { allowed: "8000", most_ms: 8_000.0 });
    Ok(())
}
