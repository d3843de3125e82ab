//! Schedules tick while their schedulers die, or are away.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use rig::Process;
use serde_json::json;

use super::Scale;
use crate::{
    clock::{Clock, now},
    limit::figure,
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
    let (count, wrong, jobs, deaths) = (figure(count), figure(wrong), figure(jobs.len()), figure(deaths));
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

/// What is due in a gap of three hours, every ten minutes.
const GAP_TICKS: usize = 18;
/// Behind a commit, a scheduler has counted and told within this.
const COUNTED_MAX: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(100);
/// What a scheduler says of missed ticks.
const TOLD: &str = "came while no scheduler looked";
const ZONE: &str = "Europe/Paris";

/// A night on which clocks change, and the one tick of half past two.
struct Night {
    cron: &'static str,
    evening: &'static str,
    tick: &'static str,
    ends_at: &'static str,
}

/// 02:30 is left out: the first instant behind the gap, which is 03:00 by the new time.
const SPRING: Night = Night {
    cron: "30 2 29 3 *",
    evening: "2026-03-28T23:00:00Z",
    tick: "2026-03-29T01:00:00Z",
    ends_at: "2026-03-31T00:00:00Z",
};
/// 02:30 comes twice: the first one.
const AUTUMN: Night = Night {
    cron: "30 2 25 10 *",
    evening: "2026-10-24T22:30:00Z",
    tick: "2026-10-25T00:30:00Z",
    ends_at: "2026-10-27T00:00:00Z",
};

/// Ticks are late when they are found so much later, in real time; finished jobs are kept over the months.
pub(super) const MISSED_SETTINGS: &[(&str, &str)] =
    &[("PORTOLAN__SCHEDULER__LATE_AFTER_MS", "2000"), ("PORTOLAN__SCHEDULER__RETENTION__JOBS_DAYS", "0")];

pub(super) async fn missed_ticks(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start(&[]).await?;
    let speed = scale.of(1_200, 3_600);
    set_clock(stage, "2026-03-28T20:00:00Z", 2, &[Role::Api]).await?;
    let spring = schedule(stage, "spring", SPRING.cron, "all", SPRING.ends_at).await?;
    let autumn = schedule(stage, "autumn", AUTUMN.cron, "all", AUTUMN.ends_at).await?;
    let mut gaps = Vec::new();
    for (policy, started) in [("skip", 0), ("last", 1), ("all", GAP_TICKS)] {
        let made = schedule(stage, policy, "*/10 7-9 21 11 *", policy, "2026-11-22T00:00:00Z").await?;
        gaps.push((made, started));
    }
    for (night, schedule, name) in [
        (SPRING, spring, "ticks of the night without 02:30, beside one at 03:00"),
        (AUTUMN, autumn, "ticks of the night with 02:30 twice, beside the first"),
    ] {
        set_clock(stage, night.evening, speed, &[Role::Api, Role::Worker, Role::Scheduler]).await?;
        schedule.ended(&stage.client, ENDED_MAX).await?;
        let (tick, ticks) = (night.tick.parse()?, schedule.ticks(&stage.client).await?);
        stage.adopt_all(&ticks);
        stage.measure_exactly(name, figure(faults(&ticks, tick, tick, TimeDelta::seconds(1))), "0", 0.0);
    }
    let clock = set_clock(stage, "2026-11-21T05:55:00Z", speed, &[Role::Api, Role::Worker]).await?;
    stage.harm.note("gap", "no scheduler while the database's clock goes from seven to ten".to_owned());
    // The last tick is late by then, and not only the others.
    let back_at = "2026-11-21T11:10:00Z".parse::<DateTime<Utc>>()?;
    while clock.at(now()) < back_at && !stage.end.is_cancelled() {
        stage.rest(LOOK).await;
    }
    stage.cluster.start(&[Role::Scheduler]).await?;
    look_at_gaps(stage, &gaps).await
}

/// Makes a schedule of some day of the year.
async fn schedule(stage: &Stage, name: &str, cron: &str, catch_up: &str, ends_at: &str) -> anyhow::Result<Schedule> {
    // A week: nothing is let be because this machine is busy.
    let fields = json!({ "time_zone": ZONE, "catch_up": catch_up, "window_s": 604_800, "ends_at": ends_at });
    Schedule::make(&stage.client, name, cron, &fields).await
}

/// Lets everything of these roles begin anew in another time.
async fn set_clock(stage: &Stage, start: &str, speed: i64, roles: &[Role]) -> anyhow::Result<Clock> {
    stage.cluster.stop().await;
    let clock = Clock::showing(start.parse()?, now(), speed);
    stage.timeline.note(format!("the database's clock shows {start} and runs {speed} times as fast"));
    stage.cluster.set_clock(clock);
    stage.cluster.start(roles).await?;
    Ok(clock)
}

/// What became of the ticks of the gap, under each policy.
async fn look_at_gaps(stage: &mut Stage, gaps: &[(Schedule, usize)]) -> anyhow::Result<()> {
    let (mut missed, mut wrong) = (0, 0);
    for (schedule, expected) in gaps {
        let view = schedule.ended(&stage.client, ENDED_MAX).await?;
        missed += view["missed"].as_u64().unwrap_or(0);
        let ticks = schedule.ticks(&stage.client).await?;
        stage.adopt_all(&ticks);
        // Those that start jobs are the newest.
        let (quiet, started) = ticks.split_at(ticks.len().saturating_sub(*expected));
        let is_right = ticks.len() == GAP_TICKS
            && quiet.iter().all(|tick| tick.outcome == "skipped_missed" && tick.job.is_none())
            && started.iter().all(|tick| tick.outcome == "fired" && tick.job.is_some());
        if !is_right {
            stage.timeline.note(format!("under {} it ticked: {ticks:?}", view["catch_up"]));
        }
        wrong += usize::from(!is_right);
    }
    let all = figure(GAP_TICKS * gaps.len());
    let (counted, told) = what_schedulers_say(stage, gaps, all).await;
    stage.measure_exactly("policies under which 18 missed ticks start other than 0, 1, 18", figure(wrong), "0", 0.0);
    #[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
    stage.measure_exactly("missed ticks that schedules show", missed as f64, "54", all);
    stage.measure_exactly("missed ticks that schedulers have counted", counted, "54", all);
    let alerts = stage.client.list("/v1/alerts?kind=system", "alerts").await?;
    let raised = |id: &str| alerts.iter().filter(|alert| alert["data"]["schedule_id"] == id).count();
    let alerted = gaps.iter().filter(|(schedule, _)| raised(&schedule.id) == 1).count();
    stage.measure_exactly("schedules whose missed ticks raised an alert", figure(alerted), "3", figure(gaps.len()));
    stage.measure_exactly(
        "schedules whose missed ticks were told of in the log",
        figure(told),
        "3",
        figure(gaps.len()),
    );
    Ok(())
}

/// How many missed ticks the schedulers have counted, once it is `all` of them, and of how many schedules they told.
async fn what_schedulers_say(stage: &Stage, gaps: &[(Schedule, usize)], all: f64) -> (f64, usize) {
    let began = Instant::now();
    loop {
        let (mut counted, mut said) = (0.0, Vec::new());
        for index in stage.cluster.indexes(Role::Scheduler) {
            let slot = stage.cluster.slots[index].lock().await;
            if let Some(address) = slot.address {
                counted += stage.client.figure(address, "scheduler_ticks_missed_total").await;
            }
            said.extend(slot.process.as_ref().map(Process::said).unwrap_or_default());
        }
        // They count behind the commit that ends the schedule.
        if counted >= all || began.elapsed() > COUNTED_MAX || stage.end.is_cancelled() {
            let is_told = |id: &str| said.iter().any(|line| line.contains(TOLD) && line.contains(id));
            return (counted, gaps.iter().filter(|(schedule, _)| is_told(&schedule.id)).count());
        }
        stage.rest(LOOK).await;
    }
}
