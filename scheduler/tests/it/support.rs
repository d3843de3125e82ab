//! What the tests share: replicas, and schedules of probes.

use std::{sync::Arc, time::Duration};

use broker::Broker;
use chrono::{DateTime, Utc};
use dispatch::Dispatch;
use domain::{
    ScheduleId, TenantId,
    job::WorkflowKind,
    request::FieldError,
    schedule::{CatchUp, OverlapPolicy, ScheduleAction, ScheduleSpec},
};
use recurrence::Timing;
use scheduler::{Config, Intake, Scheduler};
use serde_json::json;
use store::{JobFilter, NewSchedule, NextTick, Owner, Schedule, Store, Tick, testing::TestDatabase};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// No test waits longer for anything; the full scale takes a minute.
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits until the state is reached, and looks again every few milliseconds.
pub(crate) async fn eventually(what: &str, mut state: impl AsyncFnMut() -> bool) {
    let mut looks = interval(Duration::from_millis(20));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let reached = timeout(PATIENCE, async {
        while !state().await {
            looks.tick().await;
        }
    });
    assert!(reached.await.is_ok(), "never: {what}");
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

/// An intake that turns down queries of one word "off".
pub(crate) fn intake() -> Intake {
    Arc::new(|request| match request.query.as_str() {
        "off" => Err(vec![FieldError::new("/workflow", "is off here")]),
        query => Ok((WorkflowKind::Travel, 1, json!({ "query": query }))),
    })
}

/// Another process: its own connections, its own broker.
pub(crate) async fn replica(database: &TestDatabase, config: &Config) -> Scheduler {
    let store = Store::connect_sized(&database.config, 2).await.unwrap();
    Scheduler::new(config, Dispatch::new(store, Broker::in_process()), intake()).unwrap()
}

pub(crate) fn spec(cron: &str, zone: &str, catch_up: CatchUp) -> ScheduleSpec {
    ScheduleSpec {
        name: "n".to_owned(),
        cron: cron.to_owned(),
        time_zone: zone.to_owned(),
        action: ScheduleAction::Plan(serde_json::from_value(json!({ "query": "q" })).unwrap()),
        overlap: OverlapPolicy::Allow,
        catch_up,
        window_ms: 7 * 24 * 3600 * 1000,
        jitter_ms: 0,
        ends_at: None,
        user_id: Some("ana".to_owned()),
    }
}

/// Makes a schedule that goes on after an instant.
pub(crate) async fn create(store: &Store, spec: &ScheduleSpec, after: DateTime<Utc>) -> ScheduleId {
    let id = ScheduleId::new();
    let timing = Timing::read(&spec.cron, &spec.time_zone).unwrap();
    let next = timing.next_after(after).map(|due| NextTick { tick_at: due.tick_at, due_at: due.due_at });
    store.create_schedule(&owner(), &NewSchedule { id, spec, next }, None).await.unwrap();
    id
}

pub(crate) async fn schedule(store: &Store, id: ScheduleId) -> Schedule {
    store.schedule(&owner(), id).await.unwrap()
}

/// Oldest first.
pub(crate) async fn ticks(store: &Store, id: ScheduleId) -> Vec<Tick> {
    let mut ticks = store.schedule_ticks(&owner(), id, None, 100_000).await.unwrap();
    ticks.reverse();
    ticks
}

pub(crate) async fn jobs(store: &Store) -> usize {
    store.jobs(&owner(), &JobFilter::default(), 100_000).await.unwrap().len()
}
