//! RELIABILITY R22: a tick fires exactly once, however many schedulers run and die.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, Utc};
use domain::{
    ScheduleId,
    schedule::{CatchUp, TickOutcome},
};
use scheduler::Config;
use store::{
    Store,
    testing::{Engine, TestDatabase},
};
use tokio::{task::AbortHandle, time::interval};
use tokio_util::task::TaskTracker;

use crate::support::{at, create, eventually, jobs, replica, schedule, spec, ticks};

const REPLICAS: usize = 8;

/// How large a run is.
struct Scale {
    schedules: usize,
    /// Of each schedule, one a minute.
    ticks: i64,
    /// How much faster than real the database's time runs.
    speed: i64,
    /// One replica dies this often.
    kill_every: Duration,
}

const TENTH: Scale = Scale { schedules: 4, ticks: 25, speed: 300, kill_every: Duration::from_millis(500) };
const FULL: Scale = Scale { schedules: 10, ticks: 100, speed: 120, kill_every: Duration::from_secs(5) };

struct Run {
    database: TestDatabase,
    store: Store,
    schedules: Vec<ScheduleId>,
    expected: usize,
    replicas: TaskTracker,
}

fn start() -> DateTime<Utc> {
    at("2026-03-28T22:00:00Z")
}

impl Run {
    async fn new(scale: &Scale, unfenced: bool) -> Self {
        let mut database = TestDatabase::create(Engine::Postgres).await;
        database.config.unfenced = unfenced;
        database.simulate(start(), scale.speed);
        let store = database.connect().await;
        let mut spec = spec("* * * * *", "Europe/Paris", CatchUp::All);
        // Over the night in which an hour is left out: the ticks follow real time.
        spec.ends_at = Some(start() + chrono::Duration::minutes(scale.ticks));
        let mut schedules = Vec::new();
        for _ in 0..scale.schedules {
            schedules.push(create(&store, &spec, start()).await);
        }
        let expected = scale.schedules * usize::try_from(scale.ticks).unwrap();
        Self { database, store, schedules, expected, replicas: TaskTracker::new() }
    }

    async fn replica(&self) -> AbortHandle {
        let scheduler = replica(&self.database, &Config::default()).await;
        let task = self.replicas.spawn(async move {
            let mut looks = interval(Duration::from_millis(5));
            loop {
                looks.tick().await;
                scheduler.look().await.ok();
            }
        });
        task.abort_handle()
    }

    /// Eight replicas, one of which dies and is replaced all the time, until `is_over`.
    async fn under_fire(&self, scale: &Scale, is_over: impl AsyncFnMut() -> bool) -> usize {
        let mut alive = Vec::new();
        for _ in 0..REPLICAS {
            alive.push(self.replica().await);
        }
        let mut killed = 0;
        let nemesis = async {
            let mut strikes = interval(scale.kill_every);
            strikes.tick().await;
            loop {
                strikes.tick().await;
                alive[killed % REPLICAS].abort();
                alive[killed % REPLICAS] = self.replica().await;
                killed += 1;
            }
        };
        tokio::select! {
            never = nemesis => never,
            () = eventually("it is over", is_over) => {}
        }
        alive.iter().for_each(AbortHandle::abort);
        killed
    }

    async fn has_ended(&self) -> bool {
        for id in &self.schedules {
            if schedule(&self.store, *id).await.next.is_some() {
                return false;
            }
        }
        true
    }
}

async fn each_tick_fires_once(scale: &Scale) {
    let run = Run::new(scale, false).await;
    let killed = run.under_fire(scale, async || run.has_ended().await).await;
    assert!(killed >= 3, "{killed} replicas died");
    assert_eq!(jobs(&run.store).await, run.expected);
    let mut started = BTreeSet::new();
    for id in &run.schedules {
        let ticks = ticks(&run.store, *id).await;
        let expected: Vec<DateTime<Utc>> =
            (1..=scale.ticks).map(|minute| start() + chrono::Duration::minutes(minute)).collect();
        assert_eq!(ticks.iter().map(|tick| tick.tick_at).collect::<Vec<_>>(), expected);
        assert!(ticks.iter().all(|tick| tick.outcome == TickOutcome::Fired));
        started.extend(ticks.iter().filter_map(|tick| tick.job_id));
    }
    assert_eq!(started.len(), run.expected, "a job for each tick");
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_schedulers_fire_each_tick_once_while_they_die() {
    each_tick_fires_once(&TENTH).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a thousand ticks over a minute: cargo nextest run -p scheduler --run-ignored only"]
async fn eight_schedulers_fire_each_of_a_thousand_ticks_once_while_they_die() {
    each_tick_fires_once(&FULL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn control_where_the_database_does_not_decide_ticks_fire_many_times() {
    let run = Run::new(&TENTH, true).await;
    run.under_fire(&TENTH, async || jobs(&run.store).await > run.expected * 2).await;
}
