//! RELIABILITY R23: missed ticks follow their policy, and nights on which clocks change have one tick.

use chrono::{DateTime, Utc};
use domain::{
    ScheduleId,
    alert::AlertKind,
    schedule::{CatchUp, OverlapPolicy, TickOutcome},
};
use scheduler::{Config, Looked};
use serde_json::json;
use store::{
    AlertFilter, Store,
    testing::{Engine, TestDatabase},
};

use crate::support::{at, create, jobs, owner, replica, schedule, spec, ticks};

/// The schedulers were down from seven to ten, and a tick is due every ten minutes.
async fn after_three_hours(
    engine: Engine,
    catch_up: CatchUp,
    overlap: OverlapPolicy,
    config: &Config,
) -> (Looked, usize) {
    let mut database = TestDatabase::create(engine).await;
    database.simulate(at("2026-11-21T10:05:00Z"), 2);
    let store = database.connect().await;
    let mut spec = spec("*/10 * * * *", "Europe/Paris", catch_up);
    spec.overlap = overlap;
    let id = create(&store, &spec, at("2026-11-21T07:05:00Z")).await;
    let scheduler = replica(&database, config).await;
    let looked = scheduler.look().await.unwrap();
    assert_eq!(scheduler.look().await.unwrap(), Looked::default(), "it is dealt with");
    let after = schedule(&store, id).await;
    assert_eq!(after.next.map(|next| next.tick_at), Some(at("2026-11-21T10:10:00Z")));
    assert_eq!(ticks(&store, id).await.len(), 18, "each has its row");
    assert_eq!(after.missed, i64::try_from(looked.missed).unwrap());
    assert_told(&store, id, looked.missed, catch_up).await;
    (looked, jobs(&store).await)
}

/// Where ticks were missed, its person has one alert that says how many.
async fn assert_told(store: &Store, id: ScheduleId, missed: u64, catch_up: CatchUp) {
    let alerts = store.alerts(&owner(), &AlertFilter::default(), 10).await.unwrap();
    if missed == 0 {
        return assert_eq!(alerts, []);
    }
    assert_eq!(alerts.len(), 1);
    let (alert, caught_up) = (&alerts[0], [0, 1, 18][catch_up as usize]);
    let data = json!({
        "schedule_id": id, "missed": missed, "caught_up": caught_up,
        "from": "2026-11-21T07:10:00Z", "to": "2026-11-21T10:00:00Z",
    });
    assert_eq!((&alert.title, &alert.data, alert.occurrences), (&"n: 18 runs were missed".to_owned(), &data, 1));
    assert_eq!((alert.kind, alert.user_id.as_deref()), (AlertKind::System, Some("ana")));
}

#[tokio::test]
async fn a_gap_of_three_hours_starts_none_one_or_all() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        for (catch_up, expected) in [(CatchUp::Skip, 0), (CatchUp::Last, 1), (CatchUp::All, 18)] {
            let (looked, jobs) = after_three_hours(engine, catch_up, OverlapPolicy::Allow, &Config::default()).await;
            assert_eq!((jobs, looked.missed), (expected, 18), "{catch_up} on {engine:?}");
            assert_eq!((looked.started, looked.quiet), (expected as u64, 18 - expected as u64));
        }
    }
}

#[tokio::test]
async fn what_is_caught_up_with_overlaps_like_everything_else() {
    for overlap in [OverlapPolicy::Skip, OverlapPolicy::BufferOne] {
        let (looked, jobs) = after_three_hours(Engine::Sqlite, CatchUp::All, overlap, &Config::default()).await;
        assert_eq!((jobs, looked.missed), (1, 18), "{overlap}");
    }
}

#[tokio::test]
async fn control_a_scheduler_that_calls_nothing_late_ignores_the_policy() {
    let config = Config { late_after_ms: 24 * 3600 * 1000, ..Config::default() };
    for catch_up in [CatchUp::Skip, CatchUp::Last] {
        let (looked, jobs) = after_three_hours(Engine::Sqlite, catch_up, OverlapPolicy::Allow, &config).await;
        assert_eq!((jobs, looked.missed), (18, 0), "{catch_up}");
    }
}

/// Three schedulers live through a stretch of time in a few seconds; when the tick was, and how many jobs there are.
async fn live_through(cron: &str, zone: &str, from: &str, until: &str) -> (Vec<DateTime<Utc>>, usize) {
    let mut database = TestDatabase::create(Engine::Postgres).await;
    database.simulate(at(from), 50_000);
    let store = database.connect().await;
    let id = create(&store, &spec(cron, zone, CatchUp::All), at(from)).await;
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(replica(&database, &Config::default()).await);
    }
    let live = |scheduler: scheduler::Scheduler| {
        let store = store.clone();
        async move {
            while store.now().await.unwrap() < at(until) {
                scheduler.look().await.unwrap();
            }
        }
    };
    futures::future::join_all(replicas.into_iter().map(live)).await;
    let ticks = ticks(&store, id).await;
    assert!(ticks.iter().all(|tick| tick.outcome == TickOutcome::Fired));
    let until = at(until);
    // The clocks may have run a little further.
    let within: Vec<DateTime<Utc>> = ticks.iter().map(|tick| tick.tick_at).filter(|tick| *tick <= until).collect();
    let jobs = jobs(&store).await - (ticks.len() - within.len());
    (within, jobs)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nights_on_which_clocks_change_have_one_tick() {
    for (zone, from, until, tick) in [
        // 02:30 is left out: the first instant after the gap, which is 03:00 by the new time.
        ("Europe/Paris", "2026-03-28T22:00:00Z", "2026-03-29T22:00:00Z", "2026-03-29T01:00:00Z"),
        // 02:30 comes twice: the first one.
        ("Europe/Paris", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z", "2026-10-25T00:30:00Z"),
        ("America/New_York", "2026-03-08T03:00:00Z", "2026-03-09T03:00:00Z", "2026-03-08T07:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z", "2026-10-03T15:30:00Z"),
    ] {
        let (ticks, jobs) = live_through("30 2 * * *", zone, from, until).await;
        assert_eq!((ticks, jobs), (vec![at(tick)], 1), "{zone} from {from}");
    }
}
