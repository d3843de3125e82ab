//! Schedules tick while their schedulers die, or are away.

use std::{
    collections::HashSet,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde_json::json;

use super::Scale;
use crate::{
    schedule::{Schedule, faults},
    slot::{Crash, Role},
    stage::Stage,
};

const SCHEDULES: usize = 10;
/// Schedules that tick every second.
pub(super) const TICKS_SETTINGS: &[(&str, &str)] = &[("PORTOLAN__API__SCHEDULE_INTERVAL_S_MIN", "1")];
/// Around a tick.
const FIRING: &[&str] = &["fire:before_tx", "fire:after_tx", "fire:after_ring"];
/// One of eight schedulers is the first at some tick within this.
const REACHED_MAX: Duration = Duration::from_secs(2);
/// The last tick has fired within this after it was due.
const ENDED_MAX: Duration = Duration::from_secs(60);

pub(super) async fn ticks(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start(&[Role::Api, Role::Worker]).await?;
    // A hundred (ten) of each, and a few for the time that it takes to make them.
    let ends_at = now().trunc_subsecs(0) + TimeDelta::seconds(scale.of(104, 14));
    let mut schedules = Vec::new();
    for number in 0..SCHEDULES {
        let fields = json!({ "catch_up": "all", "ends_at": ends_at });
        schedules.push(Schedule::make(&stage.client, &format!("ticks-{number}"), "* * * * * *", &fields).await?);
    }
    stage.start(&[Role::Scheduler]).await?;
    let deaths = kill_schedulers(stage, ends_at, scale.of(Duration::from_secs(5), Duration::from_secs(1))).await;
    let (mut count, mut wrong, mut jobs) = (0, 0, HashSet::new());
    for schedule in &schedules {
        schedule.ended(&stage.client, ENDED_MAX).await?;
        let ticks = schedule.ticks(&stage.client).await?;
        stage.adopt_all(&ticks);
        count += ticks.len();
        jobs.extend(ticks.iter().filter_map(|tick| tick.job.clone()));
        wrong += faults(&ticks, schedule.first, ends_at, TimeDelta::seconds(1));
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
    let (count, wrong, jobs, deaths) = (count as f64, wrong as f64, jobs.len() as f64, deaths as f64);
    stage.measure_at_least("ticks", count, scale.of("1000 and more", "100 and more"), scale.of(1_000.0, 100.0));
    stage.measure_exactly("ticks that did not fire once", wrong, "0", 0.0);
    // That there are no others beside them is what the oracle looks for.
    stage.measure_exactly("jobs of these ticks", jobs, "as many", count);
    stage.measure_at_least("schedulers that died", deaths, scale.of("15 and more", "4 and more"), scale.of(15.0, 4.0));
    Ok(())
}

/// Lets one scheduler after another die, some by a kill and some around a tick, until the last tick is due; how many did.
async fn kill_schedulers(stage: &Stage, until: DateTime<Utc>, every: Duration) -> usize {
    let (slots, mut deaths) = (stage.cluster.indexes(Role::Scheduler), 0);
    let mut strikes = tokio::time::interval(every);
    while now() < until && !stage.end.is_cancelled() {
        strikes.tick().await;
        let (slot, point) = (slots[deaths % slots.len()], FIRING[deaths % FIRING.len()]);
        let crash = Crash { point: format!("{point}:1"), job: None };
        // The others may be first at every tick.
        if deaths.is_multiple_of(2) || !stage.harm.crash(slot, crash, REACHED_MAX).await {
            stage.harm.kill(slot, Duration::ZERO).await;
        }
        deaths += 1;
    }
    deaths
}

/// By the clock of this machine, which is the database's, too.
fn now() -> DateTime<Utc> {
    DateTime::from(SystemTime::now())
}
