//! A tick of a watch is seen once, however many schedulers and workers run and die.

use std::time::Duration;

use domain::{
    WatchId,
    watch::{WatchReason, WatchRequest, WatchStatus},
};
use scheduler::Config;
use serde_json::json;
use store::{
    Owner, Store,
    testing::{Engine, TestDatabase},
};

use crate::support::{at, replica};

const REPLICAS: usize = 8;

fn owner() -> Owner {
    Owner::new(domain::TenantId::default_tenant())
}

async fn make(store: &Store, watch: serde_json::Value, ends_at: Option<&str>) -> WatchId {
    let request: WatchRequest =
        serde_json::from_value(json!({ "name": "n", "watch": watch, "time_zone": "Europe/Paris", "ends_at": ends_at }))
            .unwrap();
    store.create_watch(&owner(), WatchId::new(), &request.into_spec(), None).await.unwrap().id
}

fn flights() -> serde_json::Value {
    json!({ "flight_price": { "origin": "Berlin", "destination": "Lisbon", "depart": "2027-05-08",
        "threshold": { "percent": 10 } } })
}

fn calendar() -> serde_json::Value {
    json!({ "calendar_gap": { "url": "https://example.com/c.ics", "days_min": 5 } })
}

fn budget() -> serde_json::Value {
    json!({ "budget_surplus": { "currency": "EUR", "period": "month", "income": 1000.0, "at_least": 100.0 } })
}

/// Eight replicas look at once; how many made a watch due.
async fn all_look(database: &TestDatabase) -> u64 {
    let mut replicas = Vec::new();
    for _ in 0..REPLICAS {
        replicas.push(replica(database, &Config::default()).await);
    }
    let looks = replicas.iter().map(|scheduler| scheduler.look_at_watches());
    futures::future::join_all(looks).await.into_iter().map(|ticked| ticked.unwrap()).sum()
}

async fn eight_replicas_see_a_tick_once(engine: Engine) {
    let mut database = TestDatabase::create(engine).await;
    database.simulate(at("2026-11-28T00:30:00Z"), 2);
    let store = database.connect().await;
    for _ in 0..5 {
        make(&store, flights(), None).await;
    }
    assert_eq!(all_look(&database).await, 5);
    assert_eq!(all_look(&database).await, 0, "it is dealt with");
    let claims = (0..REPLICAS).map(|_| store.claim_watches(Duration::from_secs(60), 10));
    let claimed: usize =
        futures::future::join_all(claims).await.into_iter().map(|claimed| claimed.unwrap().len()).sum();
    assert_eq!(claimed, 5, "each by one worker");
}

#[tokio::test]
async fn on_sqlite_eight_replicas_see_a_tick_once() {
    eight_replicas_see_a_tick_once(Engine::Sqlite).await;
}

#[tokio::test]
async fn on_postgres_eight_replicas_see_a_tick_once() {
    eight_replicas_see_a_tick_once(Engine::Postgres).await;
}

#[tokio::test]
async fn control_unfenced_every_replica_sees_it() {
    let mut database = TestDatabase::create(Engine::Postgres).await;
    database.config.unfenced = true;
    let store = database.connect().await;
    make(&store, flights(), None).await;
    let due = store.due_watches(1).await.unwrap();
    let mut won = 0;
    for _ in 0..REPLICAS {
        won += usize::from(store.tick_watch(&due.watches[0], None).await.unwrap());
    }
    assert_eq!(won, REPLICAS);
}

#[tokio::test]
async fn each_kind_looks_when_the_table_says() {
    let mut database = TestDatabase::create(Engine::Sqlite).await;
    // A Saturday, half past one at night in Paris.
    database.simulate(at("2026-11-28T00:30:00Z"), 2);
    let store = database.connect().await;
    let scheduler = replica(&database, &Config::default()).await;
    for (watch, from, until) in [
        (flights(), "2026-11-28T06:00:00Z", "2026-11-28T06:10:00Z"),
        (calendar(), "2026-11-28T08:00:00Z", "2026-11-28T08:05:00Z"),
        (budget(), "2026-11-30T08:00:00Z", "2026-11-30T08:05:00Z"),
    ] {
        let id = make(&store, watch, None).await;
        assert_eq!(scheduler.look_at_watches().await.unwrap(), 1, "it looks at once");
        let made = store.watch(&owner(), id).await.unwrap();
        assert!(made.due_at.is_some());
        let next = made.next_at.unwrap();
        assert!(at(from) <= next && next <= at(until), "{next} is not from {from} to {until}");
    }
}

#[tokio::test]
async fn ticks_that_nobody_was_there_for_are_one_look() {
    let mut database = TestDatabase::create(Engine::Sqlite).await;
    database.simulate(at("2026-11-28T00:30:00Z"), 2);
    let store = database.connect().await;
    let id = make(&store, flights(), None).await;
    let due = store.due_watches(1).await.unwrap();
    // Its next tick was days ago.
    assert!(store.tick_watch(&due.watches[0], Some(at("2026-11-20T06:00:00Z"))).await.unwrap());
    let scheduler = replica(&database, &Config::default()).await;
    assert_eq!(scheduler.look_at_watches().await.unwrap(), 1);
    assert_eq!(scheduler.look_at_watches().await.unwrap(), 0);
    let next = store.watch(&owner(), id).await.unwrap().next_at.unwrap();
    assert!(next >= at("2026-11-28T06:00:00Z"), "{next}");
}

#[tokio::test]
async fn at_its_end_a_watch_ends() {
    let mut database = TestDatabase::create(Engine::Sqlite).await;
    database.simulate(at("2026-11-28T00:30:00Z"), 2);
    let store = database.connect().await;
    let soon = make(&store, flights(), Some("2026-11-28T03:00:00Z")).await;
    let over = make(&store, flights(), Some("2026-11-28T00:00:00Z")).await;
    let scheduler = replica(&database, &Config::default()).await;
    assert_eq!(scheduler.look_at_watches().await.unwrap(), 1);
    let soon = store.watch(&owner(), soon).await.unwrap();
    assert_eq!(
        (soon.status, soon.next_at),
        (WatchStatus::Active, Some(at("2026-11-28T03:00:00Z"))),
        "its end is a tick"
    );
    let over = store.watch(&owner(), over).await.unwrap();
    assert_eq!((over.status, over.reason, over.next_at), (WatchStatus::Ended, Some(WatchReason::EndsAt), None));
}
