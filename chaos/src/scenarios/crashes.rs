//! Processes die at every named point between two writes, while everything that leads there is asked for.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use chrono::Days;
use futures::future::join_all;
use rand::{RngExt, rngs::SmallRng};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{READERS, Scale, short_probe};
use crate::{
    clock::now,
    limit::figure,
    load::Wish,
    receiver::Receiver,
    schedule::{Schedule, faults},
    slot::{Crash, Role},
    stage::Stage,
};

/// A process that is to die at a point passes it within this, under this load.
const REACHED_MAX: Duration = Duration::from_secs(60);
/// What it led to is done within this.
const DONE_MAX: Duration = Duration::from_secs(60);
/// Jobs a second.
const RATE: f64 = 7.0;
/// Between two requests of a kind that is asked for again and again.
const BETWEEN: Duration = Duration::from_millis(250);
/// Each starts a suggestion, which costs this machine as much as many probes.
const BETWEEN_WATCHES: Duration = Duration::from_secs(3);
const SECOND: chrono::TimeDelta = chrono::TimeDelta::seconds(1);

/// Schedules that tick every second; messages to this machine; looks and messages whose worker died are soon another one's.
pub(super) const SETTINGS: &[(&str, &str)] = &[
    ("PORTOLAN__API__SCHEDULE_INTERVAL_S_MIN", "1"),
    ("PORTOLAN__NOTIFY__ALLOW_PRIVATE", "[\"127.0.0.1\"]"),
    ("PORTOLAN__NOTIFY__ALLOW_HTTP", "true"),
    ("PORTOLAN__NOTIFY__WEBHOOK_PER_MINUTE", "60000"),
    ("PORTOLAN__NOTIFY__CONNECT_TIMEOUT_MS", "1000"),
    ("PORTOLAN__NOTIFY__TIMEOUT_MS", "2000"),
    ("PORTOLAN__NOTIFY__LEASE_MS", "4000"),
    ("PORTOLAN__NOTIFY__POLL_MS", "100"),
    ("PORTOLAN__WORKER__WATCHING__TIMEOUT_MS", "2000"),
    ("PORTOLAN__WORKER__WATCHING__LEASE_MS", "4000"),
    ("PORTOLAN__WORKER__WATCHING__POLL_MS", "100"),
];

/// Who passes a point: the part of its name before the colon says what is done there.
fn who_passes(point: &str) -> Role {
    match point.split(':').next().unwrap_or_default() {
        "submit" | "run" | "decide" | "cancel" | "feedback" => Role::Api,
        "fire" => Role::Scheduler,
        // Jobs, messages and watches.
        _ => Role::Worker,
    }
}

pub(super) async fn crash_points(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    let receiver = Receiver::start(&stage.tasks, &stage.end).await?;
    stage.start_all().await?;
    stage.start_readers(READERS / 2);
    let demand = Demand::make(stage, &receiver, scale.of(30, 4)).await?;
    let deaths: Vec<String> = (1..=scale.of(3, 1))
        .flat_map(|pass| stage.options.crash_points.iter().map(move |point| format!("{point}:{pass}")))
        .collect();
    let over = stage.end.child_token();
    let dying = async {
        let roles = [Role::Api, Role::Worker, Role::Scheduler];
        let reached = join_all(roles.map(|role| die_at_each(stage, role, &deaths))).await;
        over.cancel();
        reached.into_iter().sum::<usize>()
    };
    let (reached, watches) = tokio::join!(dying, demand.go_on(stage, &over));
    let watches = watches?;
    stage.timeline.note("nobody dies any more");
    let ticks_wrong = demand.end_schedule(stage).await?;
    let fired_wrong = end_watches(stage, &watches).await?;
    stage.drain(DONE_MAX).await;
    let (arrived, lost) = demand.messages(stage, &receiver).await?;
    stage.measure_exactly("points at which a process died, times passes", figure(reached), "all", figure(deaths.len()));
    // Without a list of them nothing would have been reached, and nothing missed.
    stage.measure_at_least("points that there are", figure(stage.options.crash_points.len()), "30 and more", 30.0);
    stage.measure_exactly("ticks that did not fire once", figure(ticks_wrong), "0", 0.0);
    stage.measure_at_least("watches that fired", figure(watches.len()), "1 and more", 1.0);
    stage.measure_exactly("watches that did not fire once", figure(fired_wrong), "0", 0.0);
    stage.measure_at_least("messages that arrived", figure(arrived), "10 and more", 10.0);
    stage.measure_exactly("messages that did not arrive", figure(lost), "0", 0.0);
    Ok(())
}

/// Lets processes of a role die, each at the next point, side by side in all of its places but one, so that work goes on; how
/// many did.
async fn die_at_each(stage: &Stage, role: Role, deaths: &[String]) -> usize {
    let deaths: Vec<&String> = deaths.iter().filter(|point| who_passes(point) == role).collect();
    let slots = stage.cluster.indexes(role);
    let (next, reached) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let die = async |slot: usize| {
        while let Some(point) = deaths.get(next.fetch_add(1, Ordering::Relaxed)) {
            let crash = Crash { point: (*point).clone(), job: None };
            if stage.harm.crash(slot, crash, REACHED_MAX).await {
                reached.fetch_add(1, Ordering::Relaxed);
            } else {
                stage.timeline.note(format!("{point} was not reached"));
            }
            if stage.end.is_cancelled() {
                return;
            }
        }
    };
    // Where there is one place only, its next process goes on.
    join_all(slots[..(slots.len() - 1).max(1)].iter().map(|slot| die(*slot))).await;
    reached.into_inner()
}

/// What leads processes to every point.
struct Demand {
    /// It ticks every second.
    schedule: Schedule,
    /// A watch that never fires.
    quiet: String,
    /// So many watches fire once each.
    firing: usize,
    /// It is told of everything.
    hook: String,
}

impl Demand {
    async fn make(stage: &Stage, receiver: &Receiver, firing: usize) -> anyhow::Result<Self> {
        let schedule =
            Schedule::make(&stage.client, "every-second", "* * * * * *", &json!({ "catch_up": "all" })).await?;
        let hook = json!({ "url": format!("http://{}/", receiver.address), "events": [] });
        let hook = stage.client.insist("webhook", "/v1/webhooks", Some("hook"), &hook).await?;
        let hook = hook["id"].as_str().context("a webhook has an id")?.to_owned();
        Ok(Self { schedule, quiet: watch(stage, "quiet", false).await?, firing, hook })
    }

    /// Asks for all of it until it is over; the watches that are to have fired.
    async fn go_on(&self, stage: &Stage, over: &CancellationToken) -> anyhow::Result<Vec<String>> {
        let watches = Mutex::new(Vec::new());
        let jobs = stage.steady_until(over, RATE, wish);
        let runs = again(over, BETWEEN, async |number| {
            // Not broken off: a job that nobody hears of would be one too many.
            let path = format!("{}/run", self.schedule.path());
            let run = stage.client.insist("run", &path, Some(&format!("run-{number}")), &json!({})).await?;
            stage.adopt(short_probe(), run["job_id"].as_str().context("a run is a job")?);
            Ok(())
        });
        let checks = again(over, BETWEEN, async |_| {
            stage.client.post("check", &format!("/v1/watches/{}/check", self.quiet), None, &json!({})).await;
            Ok(())
        });
        let firing = again(over, BETWEEN_WATCHES, async |number| {
            if number >= self.firing {
                return Ok(());
            }
            let id = watch(stage, &format!("firing-{number}"), true).await?;
            watches.lock().unwrap_or_else(PoisonError::into_inner).push(id);
            Ok(())
        });
        let (_, runs, checks, firing) = tokio::join!(jobs, runs, checks, firing);
        runs.and(checks).and(firing)?;
        Ok(watches.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets it tick no more, enters the jobs that it made, and says how many ticks did not fire once.
    async fn end_schedule(&self, stage: &Stage) -> anyhow::Result<usize> {
        stage.client.insist("pause", &format!("{}/pause", self.schedule.path()), None, &json!({})).await?;
        let ticks = self.schedule.ticks(&stage.client).await?;
        stage.adopt_all(&ticks);
        let last = ticks.last().context("it has ticked")?.at;
        Ok(faults(&ticks, self.schedule.first, last, SECOND))
    }

    /// How many messages arrived, and how many did not.
    async fn messages(&self, stage: &Stage, receiver: &Receiver) -> anyhow::Result<(usize, usize)> {
        let listed = async |status: &str| {
            let path = format!("/v1/webhooks/{}/deliveries?status={status}", self.hook);
            stage.client.list(&path, "deliveries").await
        };
        let began = Instant::now();
        let open = loop {
            let open = listed("pending").await?.len() + listed("sending").await?.len();
            if open == 0 || began.elapsed() > DONE_MAX || stage.end.is_cancelled() {
                break open;
            }
            stage.rest(BETWEEN).await;
        };
        let (dead, delivered) = (listed("dead").await?, listed("delivered").await?);
        let is_here = |message: &&Value| message["id"].as_str().is_some_and(|id| receiver.has(id));
        let arrived = delivered.iter().filter(is_here).count();
        Ok((arrived, open + dead.len() + delivered.len() - arrived))
    }
}

/// Everything that jobs can meet.
fn wish(random: &mut SmallRng) -> Wish {
    match random.random_range(0..100) {
        0..15 => short_probe(),
        15..45 => Wish::Cancelled { after_ms: random.random_range(0..400) },
        45..60 => Wish::Overdue,
        60..85 => Wish::Rated,
        // Cheap, and it comes to a gate, too.
        85..99 => Wish::Asks { is_answered: false },
        _ => Wish::Approved(0),
    }
}

/// Does something again and again until it is over.
async fn again(
    over: &CancellationToken,
    between: Duration,
    mut what: impl AsyncFnMut(usize) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for number in 0.. {
        if over.is_cancelled() {
            break;
        }
        what(number).await?;
        over.run_until_cancelled(tokio::time::sleep(between)).await;
    }
    Ok(())
}

/// Makes a watch on a price that fires at its first look, or never.
async fn watch(stage: &Stage, name: &str, fires: bool) -> anyhow::Result<String> {
    let depart = now().date_naive().checked_add_days(Days::new(160)).context("there is such a day")?;
    let flight = json!({
        "origin": "Berlin", "destination": "Lisbon", "depart": depart, "nights": 3, "travellers": 2,
        "threshold": { "below": if fires { 100_000 } else { 1 } },
    });
    let body = json!({ "name": name, "watch": { "flight_price": flight } });
    let made = stage.client.insist("watch", "/v1/watches", Some(&format!("watch-{name}")), &body).await?;
    Ok(made["watch_id"].as_str().context("a watch has an id")?.to_owned())
}

/// Waits until each watch has fired, and enters the suggestion, which nobody wants; how many fired otherwise than once.
async fn end_watches(stage: &Stage, watches: &[String]) -> anyhow::Result<usize> {
    let (began, mut wrong) = (Instant::now(), 0);
    for id in watches {
        let path = format!("/v1/watches/{id}");
        while stage.client.read("watches", &path).await?["firings"] == 0
            && began.elapsed() < DONE_MAX
            && !stage.end.is_cancelled()
        {
            stage.rest(BETWEEN).await;
        }
        let seen = stage.client.list(&format!("{path}/observations"), "observations").await?;
        let jobs: Vec<&str> = seen.iter().filter_map(|look| look["job_id"].as_str()).collect();
        jobs.iter().for_each(|job| stage.adopt(Wish::Rejected(0), job));
        wrong += usize::from(jobs.len() != 1);
    }
    Ok(wrong)
}
