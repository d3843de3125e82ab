//! The running scheduler: apalis's seconds, looks, and the end.

use std::time::Duration;

use broker::Broker;
use dispatch::Dispatch;
use domain::{
    job::{JobStatus, Mode},
    schedule::{CatchUp, OverlapPolicy, ScheduleAction, TickOutcome},
};
use scheduler::Config;
use serde_json::json;
use store::testing::{Engine, TestDatabase};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::support::{at, create, eventually, intake, jobs, owner, replica, schedule, spec, ticks};

#[tokio::test(flavor = "multi_thread")]
async fn a_running_scheduler_starts_what_is_due_and_ends_when_told() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let store = database.connect().await;
    let dispatch = Dispatch::new(store.clone(), Broker::in_process());
    let shutdown = CancellationToken::new();
    let running = TaskTracker::new().spawn(scheduler::run(Config::default(), dispatch, intake(), shutdown.clone()));
    let before = store.now().await.unwrap() - chrono::Duration::seconds(61);
    let id = create(&store, &spec("* * * * *", "UTC", CatchUp::Last), before).await;
    eventually("a job is started", async || jobs(&store).await == 1).await;
    let tick = ticks(&store, id).await.remove(0);
    let job = store.job(&owner(), tick.job_id.unwrap()).await.unwrap();
    assert_eq!((job.mode, job.status, job.summary.as_str()), (Mode::Proactive, JobStatus::Queued, "q"));
    assert_eq!(job.user_id.as_deref(), Some("ana"), "of the schedule, as the request names nobody");
    shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(10), running).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_waiting_tick_fires_at_the_look_after_the_job_has_ended() {
    let mut database = TestDatabase::create(Engine::Sqlite).await;
    database.simulate(at("2026-11-21T10:05:00Z"), 2);
    let store = database.connect().await;
    let mut spec = spec("*/10 * * * *", "UTC", CatchUp::All);
    spec.overlap = OverlapPolicy::BufferOne;
    let id = create(&store, &spec, at("2026-11-21T09:35:00Z")).await;
    let scheduler = replica(&database, &Config::default()).await;
    let looked = scheduler.look().await.unwrap();
    assert_eq!((looked.started, looked.quiet), (1, 2));
    let first = ticks(&store, id).await[0].job_id.unwrap();
    assert_eq!(scheduler.look().await.unwrap().started, 0, "it runs");
    store.cancel(&owner(), first, "ana").await.unwrap();
    assert_eq!(scheduler.look().await.unwrap().started, 1);
    let outcomes: Vec<TickOutcome> = ticks(&store, id).await.iter().map(|tick| tick.outcome).collect();
    assert_eq!(outcomes, [TickOutcome::Fired, TickOutcome::Fired, TickOutcome::SkippedOverlap]);
    assert_eq!(schedule(&store, id).await.buffered_at, None);
}

#[tokio::test]
async fn a_request_that_has_become_wrong_is_told_in_the_history() {
    let mut database = TestDatabase::create(Engine::Sqlite).await;
    database.simulate(at("2026-11-21T10:00:30Z"), 2);
    let store = database.connect().await;
    let scheduler = replica(&database, &Config::default()).await;
    for (request, told) in [
        (json!({ "query": "off" }), "/workflow is off here"),
        (
            json!({ "query": "q", "constraints": { "start_date": "2026-05-01" } }),
            "/constraints/start_date 2026-05-01 is in the past",
        ),
    ] {
        let mut spec = spec("0 10 * * *", "UTC", CatchUp::Last);
        spec.action = ScheduleAction::Plan(serde_json::from_value(request).unwrap());
        let id = create(&store, &spec, at("2026-11-21T09:00:00Z")).await;
        assert_eq!(scheduler.look().await.unwrap().quiet, 1);
        let tick = ticks(&store, id).await.remove(0);
        assert_eq!(tick.outcome, TickOutcome::Failed);
        assert!(tick.error.unwrap().contains(told));
        assert_eq!(schedule(&store, id).await.next.unwrap().tick_at, at("2026-11-22T10:00:00Z"), "it goes on");
    }
    assert_eq!(jobs(&store).await, 0);
}

#[tokio::test]
async fn a_schedule_that_cannot_be_read_is_put_off_and_stops_nobody() {
    let mut database = TestDatabase::create(Engine::Sqlite).await;
    database.simulate(at("2026-11-21T10:00:30Z"), 2);
    let store = database.connect().await;
    let scheduler = replica(&database, &Config::default()).await;
    let broken = create(&store, &spec("0 10 * * *", "UTC", CatchUp::Last), at("2026-11-21T09:00:00Z")).await;
    let mut unreadable = schedule(&store, broken).await;
    unreadable.spec.cron = "one o'clock".to_owned();
    store.replace_schedule(&owner(), broken, &unreadable.spec, unreadable.next).await.unwrap();
    create(&store, &spec("0 10 * * *", "UTC", CatchUp::Last), at("2026-11-21T09:00:00Z")).await;
    assert_eq!(scheduler.look().await.unwrap().started, 1);
    let put_off = schedule(&store, broken).await.next.unwrap();
    assert_eq!(put_off.tick_at, at("2026-11-21T10:00:00Z"), "the tick is not lost");
    assert!(put_off.due_at > at("2026-11-21T10:05:00Z"));
}
