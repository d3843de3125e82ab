//! Jobs that are rung too often, that panic, and that people decide about.

use std::{sync::atomic::Ordering, time::Duration};

use serde_json::Value;

use super::{STEPS, Scale, short_probe};
use crate::{load::Wish, stage::Stage};

/// Everything that a scenario asks for is done by itself within this.
const DONE_MAX: Duration = Duration::from_secs(90);

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
fn figure(count: usize) -> f64 {
    count as f64
}

/// Of these jobs, the ones of which it is so.
fn count_of(jobs: &[(Wish, Value)], is_so: impl Fn(Wish, &Value) -> bool) -> f64 {
    figure(jobs.iter().filter(|(wish, status)| is_so(*wish, status)).count())
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
