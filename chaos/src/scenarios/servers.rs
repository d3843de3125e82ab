//! Redis, Postgres and the network are away.

use std::{sync::atomic::Ordering, time::Duration};

use super::{RATE, READERS, Scale, probe, short_probe};
use crate::{limit::Limit, proxy::Fault, stage::Stage};

pub(super) async fn redis_restarts(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    stage.start_readers(READERS);
    let (strikes, between) = (scale.of(12, 3), scale.of(Duration::from_secs(10), Duration::from_secs(3)));
    let rate = f64::from(scale.of(500, 60)) / (between * strikes).as_secs_f64();
    let harm = stage.harm.clone();
    let striking = async {
        for _ in 0..strikes {
            harm.kill_redis(Duration::from_secs(1)).await;
            stage.rest(between.saturating_sub(Duration::from_secs(1))).await;
        }
    };
    tokio::join!(striking, stage.steady(rate, between * strikes, |_| probe()));
    Ok(())
}

pub(super) async fn redis_flushes(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    stage.start_readers(READERS);
    let (between, failovers) = scale.of((Duration::from_secs(5), 2), (Duration::from_secs(1), 1));
    let over = stage.end.child_token();
    let mut lacked = 0;
    let striking = async {
        let _over = over.clone().drop_guard();
        for _ in 0..5 {
            stage.rest(between).await;
            stage.harm.flush_redis().await;
        }
        for _ in 0..failovers {
            stage.rest(between).await;
            lacked += stage.harm.fail_over_redis(between).await?;
        }
        stage.rest(between).await;
        anyhow::Ok(())
    };
    let load = stage.steady_until(&over, f64::from(scale.of(15, 8)), |_| probe());
    let (struck, ()) = tokio::join!(striking, load);
    struck?;
    #[expect(clippy::cast_precision_loss, reason = "bytes of a run are far fewer than 2^52")]
    let lacked = lacked as f64;
    // A replica that lacks nothing would be no other Redis.
    stage.measure_at_least("bytes that the new ones lacked", lacked, "1 and more", 1.0);
    Ok(())
}

pub(super) async fn redis_outage(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    stage.start_readers(READERS);
    let away = scale.of(Duration::from_secs(60), Duration::from_secs(6));
    let harm = stage.harm.clone();
    tokio::join!(harm.kill_redis(away), stage.steady(20.0, away, |_| short_probe()));
    let drained = stage.drain(Duration::from_secs(60)).await;
    stage.measure("seconds until the backlog was drained", drained.as_secs_f64(), "60", 60.0);
    stage.limit(Limit::Failures(&["submit"]));
    stage.limit(Limit::Lag { allowed: "2000", most_ms: 2_000.0 });
    Ok(())
}

pub(super) async fn postgres_restarts(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    stage.start_readers(READERS);
    let (strikes, between) = (scale.of(8, 2), scale.of(Duration::from_secs(15), Duration::from_secs(5)));
    let harm = stage.harm.clone();
    let mut slowest = Duration::ZERO;
    let striking = async {
        for _ in 0..strikes {
            stage.rest(between / 2).await;
            harm.crash_postgres_for(Duration::ZERO).await;
            slowest = slowest.max(stage.ready_again().await);
            stage.rest(between / 2).await;
        }
    };
    tokio::join!(striking, stage.steady(RATE, between * strikes, |_| probe()));
    stage.measure("seconds until an API was ready again", slowest.as_secs_f64(), "10", 10.0);
    Ok(())
}

pub(super) async fn black_holes(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    stage.start_readers(READERS);
    let lasts = scale.of(Duration::from_secs(30), Duration::from_secs(7));
    let everybody: Vec<usize> = (0..stage.cluster.slots.len()).collect();
    let harm = stage.harm.clone();
    let striking = async {
        for is_redis in [false, true] {
            stage.rest(Duration::from_secs(1)).await;
            harm.note("black hole", format!("everything is swallowed, Redis: {is_redis}, {} s", lasts.as_secs()));
            harm.spoil(&everybody, is_redis, Some(Fault::BlackHole)).await;
            stage.rest(lasts).await;
            harm.spoil(&everybody, is_redis, Some(Fault::None)).await;
            harm.cluster.timeline.note("the network is back");
            stage.rest(Duration::from_secs(2)).await;
        }
    };
    tokio::join!(striking, stage.steady(RATE, lasts * 2 + Duration::from_secs(4), |_| probe()));
    stage.limit(Limit::Answers { allowed: "10000", most_ms: 10_000.0 });
    Ok(())
}

/// A worker that cannot have its queue says so within this, and takes jobs again within that.
const RED_MAX: Duration = Duration::from_secs(15);
const GREEN_MAX: Duration = Duration::from_secs(30);

pub(super) async fn locked_redis(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    stage.start_readers(READERS);
    stage.workers_say(true, GREEN_MAX).await;
    let locked = scale.of(Duration::from_secs(60), RED_MAX);
    let harm = stage.harm.clone();
    let (mut red, mut green) = (Duration::MAX, Duration::MAX);
    let striking = async {
        harm.lock_redis().await;
        red = stage.workers_say(false, RED_MAX + Duration::from_secs(1)).await;
        if red <= RED_MAX {
            stage.timeline.note("every worker says that it takes no jobs");
        }
        stage.rest(locked.saturating_sub(red)).await;
        harm.unlock_redis().await;
        green = stage.workers_say(true, GREEN_MAX + Duration::from_secs(1)).await;
    };
    tokio::join!(striking, stage.steady(RATE, locked, |_| probe()));
    stage.measure("seconds until every worker said that it is cut off", red.as_secs_f64(), "15", RED_MAX.as_secs_f64());
    stage.measure("seconds until every worker took jobs again", green.as_secs_f64(), "30", GREEN_MAX.as_secs_f64());
    #[expect(clippy::cast_precision_loss, reason = "restarts are far fewer than 2^52")]
    let restarts = stage.cluster.ended_by_themselves.load(Ordering::Relaxed) as f64;
    stage.measure("restarts a minute", restarts / (locked.as_secs_f64() / 60.0).max(1.0), "10", 10.0);
    Ok(())
}
