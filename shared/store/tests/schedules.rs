//! The rules of schedules and their ticks, on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use chrono::{DateTime, Duration, Utc};
use domain::{
    ScheduleId, TenantId,
    alert::{AlertKind, NewAlert, Severity},
    job::{JobStatus, Mode},
    schedule::{CatchUp, OverlapPolicy, ScheduleAction, ScheduleSpec, TickOrigin, TickOutcome},
};
use futures::future::join_all;
use migrations::{Migrator, MigratorTrait};
use serde_json::json;
use store::{
    AlertFilter, Error, Fired, Firing, IdempotencyKey, JobFilter, NewJob, NewSchedule, NextTick, Owner, Retention,
    SCHEDULES_MAX, Schedule, Skipping, Store, TICKS_KEPT,
    testing::{Engine, TestDatabase, new_job},
};

/// Writes each test once and runs it on both engines.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite { $(#[tokio::test] async fn $name() { super::$name(super::Engine::Sqlite).await; })+ }
        mod postgres { $(#[tokio::test] async fn $name() { super::$name(super::Engine::Postgres).await; })+ }
    };
}

on_both!(
    migrations_go_down_and_up_again,
    a_schedule_is_made_read_changed_and_removed,
    the_same_key_makes_one_schedule,
    a_tenant_has_so_many_schedules_and_no_more,
    another_tenant_sees_no_schedule,
    a_tick_fires_once_however_many_try,
    control_without_the_fence_a_tick_fires_many_times,
    a_tick_and_its_job_are_written_together,
    a_tick_that_has_its_row_is_passed_over,
    overlap_is_skipped_buffered_or_allowed,
    a_tick_that_waits_fires_once_when_the_job_ends,
    what_a_person_changed_wins_over_a_scheduler,
    a_pause_gives_a_waiting_tick_up,
    a_person_runs_it_at_any_time_and_a_key_makes_it_once,
    missed_ticks_are_counted_and_written_down,
    a_tick_without_a_job_says_why,
    history_is_bounded,
    a_chores_tick_has_one_winner,
    a_simulated_clock_begins_where_it_is_told,
);

fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The first tick of the tests; long due.
fn first() -> DateTime<Utc> {
    at("2026-03-01T10:00:00Z")
}

fn tick(minutes: i64) -> NextTick {
    let tick_at = first() + Duration::minutes(minutes);
    NextTick { tick_at, due_at: tick_at }
}

fn spec(overlap: OverlapPolicy) -> ScheduleSpec {
    ScheduleSpec {
        name: "weekly".to_owned(),
        cron: "* * * * *".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        action: ScheduleAction::Plan(serde_json::from_value(json!({ "query": "q" })).unwrap()),
        overlap,
        catch_up: CatchUp::Last,
        window_ms: 1000,
        jitter_ms: 0,
        ends_at: None,
        user_id: Some("ana".to_owned()),
    }
}

fn scheduled() -> NewJob {
    NewJob { mode: Mode::Proactive, ..new_job() }
}

async fn create(store: &Store, overlap: OverlapPolicy) -> Schedule {
    let new = NewSchedule { id: ScheduleId::new(), spec: &spec(overlap), next: Some(tick(0)) };
    let created = store.create_schedule(&owner(), &new, None).await.unwrap();
    assert_eq!(created, store::Created { id: new.id, created: true });
    store.schedule(&owner(), created.id).await.unwrap()
}

/// Fires the tick at which the schedule stands, and goes on a minute.
async fn fire(store: &Store, schedule: &Schedule) -> Fired {
    let stands = schedule.next.unwrap();
    let later = stands.tick_at + Duration::minutes(1);
    let job = scheduled();
    let firing = Firing {
        schedule,
        tick_at: stands.tick_at,
        is_late: false,
        next: Some(NextTick { tick_at: later, due_at: later }),
        job: Ok(&job),
        alert: None,
    };
    store.fire(&firing).await.unwrap()
}

async fn reread(store: &Store, schedule: &Schedule) -> Schedule {
    store.schedule(&owner(), schedule.id).await.unwrap()
}

async fn fire_next(store: &Store, schedule: &Schedule) -> Fired {
    fire(store, &reread(store, schedule).await).await
}

async fn outcomes(store: &Store, schedule: &Schedule) -> Vec<TickOutcome> {
    let ticks = store.schedule_ticks(&owner(), schedule.id, None, 2000).await.unwrap();
    ticks.iter().rev().map(|tick| tick.outcome).collect()
}

async fn jobs(store: &Store) -> usize {
    store.jobs(&owner(), &JobFilter::default(), 1000).await.unwrap().len()
}

async fn migrations_go_down_and_up_again(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    create(&store, OverlapPolicy::Skip).await;
    Migrator::down(store.connection(), None).await.unwrap();
    Migrator::up(store.connection(), None).await.unwrap();
    assert!(store.schedules(&owner(), None, None, 10).await.unwrap().is_empty());
    create(&store, OverlapPolicy::Skip).await;
}

async fn a_schedule_is_made_read_changed_and_removed(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let made = create(&store, OverlapPolicy::Skip).await;
    assert_eq!((&made.spec, made.next, made.missed), (&spec(OverlapPolicy::Skip), Some(tick(0)), 0));
    assert_eq!((made.paused_at, made.buffered_at, made.last), (None, None, None));
    let second = create(&store, OverlapPolicy::Allow).await;
    let list = async |user: Option<&str>, before| {
        let page = store.schedules(&owner(), user, before, 10).await.unwrap();
        page.into_iter().map(|schedule| schedule.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None, None).await, [second.id, made.id], "newest first");
    assert_eq!(list(Some("ana"), Some(second.id)).await, [made.id]);
    assert!(list(Some("bo"), None).await.is_empty());
    let other =
        ScheduleSpec { name: "n".to_owned(), ends_at: Some(first()), user_id: None, ..spec(OverlapPolicy::BufferOne) };
    store.replace_schedule(&owner(), made.id, &other, None).await.unwrap();
    let changed = reread(&store, &made).await;
    assert_eq!((&changed.spec, changed.next, changed.revision), (&other, None, 1));
    store.delete_schedule(&owner(), made.id).await.unwrap();
    assert!(matches!(store.schedule(&owner(), made.id).await, Err(Error::NotFound { what: "schedule", .. })));
    assert!(matches!(store.delete_schedule(&owner(), made.id).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.replace_schedule(&owner(), made.id, &other, None).await, Err(Error::NotFound { .. })));
}

async fn the_same_key_makes_one_schedule(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let key = |hash: &str| IdempotencyKey { key: "k".to_owned(), body_hash: hash.to_owned() };
    let spec = spec(OverlapPolicy::Skip);
    let make = async |hash: &str| {
        let new = NewSchedule { id: ScheduleId::new(), spec: &spec, next: None };
        store.create_schedule(&owner(), &new, Some(&key(hash))).await
    };
    let made = join_all((0..10).map(|_| make("h"))).await;
    assert_eq!(made.iter().filter(|made| made.as_ref().unwrap().created).count(), 1);
    let id = made[0].as_ref().unwrap().id;
    assert!(made.iter().all(|made| made.as_ref().unwrap().id == id));
    assert!(matches!(make("other").await, Err(Error::KeyReused)));
    store.delete_schedule(&owner(), id).await.unwrap();
    assert!(make("other").await.unwrap().created, "the key lives as long as its schedule");
}

async fn a_tenant_has_so_many_schedules_and_no_more(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let spec = spec(OverlapPolicy::Skip);
    let make = async |owner: &Owner| {
        store.create_schedule(owner, &NewSchedule { id: ScheduleId::new(), spec: &spec, next: None }, None).await
    };
    for _ in 0..SCHEDULES_MAX {
        make(&owner()).await.unwrap();
    }
    assert!(matches!(make(&owner()).await, Err(Error::TooMany { what: "schedules", most: SCHEDULES_MAX })));
    make(&Owner::new(TenantId("other".to_owned()))).await.unwrap();
}

async fn another_tenant_sees_no_schedule(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::Skip).await;
    let (other, id) = (Owner::new(TenantId("other".to_owned())), schedule.id);
    let refused = [
        store.schedule(&other, id).await.err(),
        store.replace_schedule(&other, id, &schedule.spec, None).await.err(),
        store.pause_schedule(&other, id).await.err(),
        store.resume_schedule(&other, id, None).await.err(),
        store.delete_schedule(&other, id).await.err(),
        store.run_schedule(&other, id, &scheduled(), None).await.err(),
        store.schedule_ticks(&other, id, None, 10).await.err(),
    ];
    assert!(refused.iter().all(|error| matches!(error, Some(Error::NotFound { .. }))), "{refused:?}");
    assert!(store.schedules(&other, None, None, 10).await.unwrap().is_empty());
    assert_eq!(reread(&store, &schedule).await, schedule, "untouched");
    assert_eq!(jobs(&store).await, 0);
}

/// Sixteen schedulers with pools of their own fire the tick that each of them found due.
async fn stampede(database: &TestDatabase, schedule: &Schedule) -> Vec<Fired> {
    let replicas = join_all((0..16).map(|_| database.connect())).await;
    join_all(replicas.iter().map(|store| fire(store, schedule))).await
}

async fn a_tick_fires_once_however_many_try(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::Allow).await;
    let fired = stampede(&database, &schedule).await;
    assert_eq!(fired.iter().filter(|fired| matches!(fired, Fired::Started(_))).count(), 1);
    assert_eq!(fired.iter().filter(|fired| **fired == Fired::Lost).count(), 15);
    assert_eq!(jobs(&store).await, 1);
    assert_eq!(reread(&store, &schedule).await.next, Some(tick(1)));
}

async fn control_without_the_fence_a_tick_fires_many_times(engine: Engine) {
    let mut database = TestDatabase::create(engine).await;
    database.config.unfenced = true;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::Allow).await;
    stampede(&database, &schedule).await;
    assert_eq!(jobs(&store).await, 16);
}

async fn a_tick_and_its_job_are_written_together(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::Skip).await;
    let Fired::Started(id) = fire(&store, &schedule).await else { panic!("it starts") };
    let job = store.job(&owner(), id).await.unwrap();
    assert_eq!(
        (job.status, job.mode, job.seq, job.user_id.as_deref()),
        (JobStatus::Queued, Mode::Proactive, 1, Some("ana"))
    );
    assert_eq!(store.events(&owner(), id, 0).await.unwrap().len(), 1);
    let ticks = store.schedule_ticks(&owner(), schedule.id, None, 10).await.unwrap();
    assert_eq!(ticks.len(), 1);
    assert_eq!((ticks[0].tick_at, ticks[0].origin, ticks[0].job_id), (first(), TickOrigin::Clock, Some(id)));
    assert_eq!(reread(&store, &schedule).await.last, Some((first(), TickOutcome::Fired)));
    store.delete_schedule(&owner(), schedule.id).await.unwrap();
    assert_eq!(store.job(&owner(), id).await.unwrap().status, JobStatus::Queued, "a job outlives its schedule");
}

async fn a_tick_that_has_its_row_is_passed_over(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::Allow).await;
    fire(&store, &schedule).await;
    // Somebody sets the schedule back to where it was.
    store.replace_schedule(&owner(), schedule.id, &schedule.spec, Some(tick(0))).await.unwrap();
    assert_eq!(fire_next(&store, &schedule).await, Fired::Repeated);
    assert_eq!(jobs(&store).await, 1);
    assert_eq!(reread(&store, &schedule).await.next, Some(tick(1)));
}

async fn overlap_is_skipped_buffered_or_allowed(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    for (overlap, expected) in [
        (OverlapPolicy::Skip, [TickOutcome::Fired, TickOutcome::SkippedOverlap, TickOutcome::SkippedOverlap]),
        (OverlapPolicy::BufferOne, [TickOutcome::Fired, TickOutcome::Buffered, TickOutcome::SkippedOverlap]),
        (OverlapPolicy::Allow, [TickOutcome::Fired; 3]),
    ] {
        let schedule = create(&store, overlap).await;
        let Fired::Started(job) = fire(&store, &schedule).await else { panic!("the first one starts") };
        fire_next(&store, &schedule).await;
        fire_next(&store, &schedule).await;
        assert_eq!(outcomes(&store, &schedule).await, expected, "{overlap}");
        if overlap == OverlapPolicy::Skip {
            store.cancel(&owner(), job, "ana").await.unwrap();
            assert!(matches!(fire_next(&store, &schedule).await, Fired::Started(_)), "nothing is in the way any more");
        }
    }
}

async fn a_tick_that_waits_fires_once_when_the_job_ends(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::BufferOne).await;
    let Fired::Started(job) = fire(&store, &schedule).await else { panic!("the first one starts") };
    fire_next(&store, &schedule).await;
    let released = async || store.due_schedules(10).await.unwrap().released;
    assert!(released().await.is_empty(), "the job runs");
    store.cancel(&owner(), job, "ana").await.unwrap();
    let found = released().await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].buffered_at, Some(tick(1).tick_at));
    // A tick that comes before it has fired does not overtake it.
    assert_eq!(fire_next(&store, &schedule).await, Fired::Not(TickOutcome::SkippedOverlap));
    let replicas = join_all((0..8).map(|_| database.connect())).await;
    let fired =
        join_all(replicas.iter().map(async |store| store.fire_buffered(&found[0], Ok(&scheduled())).await.unwrap()))
            .await;
    assert_eq!(fired.iter().filter(|fired| matches!(fired, Fired::Started(_))).count(), 1, "{fired:?}");
    let expected = [TickOutcome::Fired, TickOutcome::Fired, TickOutcome::SkippedOverlap];
    assert_eq!(outcomes(&store, &schedule).await, expected);
    assert!(released().await.is_empty());
    assert_eq!(jobs(&store).await, 2);
}

async fn what_a_person_changed_wins_over_a_scheduler(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::Allow).await;
    let seen = store.due_schedules(10).await.unwrap().ticking.remove(0);
    store.replace_schedule(&owner(), schedule.id, &schedule.spec, Some(tick(0))).await.unwrap();
    assert_eq!(fire(&store, &seen).await, Fired::Lost);
    let seen = store.due_schedules(10).await.unwrap().ticking.remove(0);
    store.pause_schedule(&owner(), schedule.id).await.unwrap();
    assert_eq!(fire(&store, &seen).await, Fired::Lost);
    assert!(store.due_schedules(10).await.unwrap().ticking.is_empty(), "paused");
    store.replace_schedule(&owner(), schedule.id, &schedule.spec, Some(tick(0))).await.unwrap();
    assert!(store.due_schedules(10).await.unwrap().ticking.is_empty(), "and it stays paused");
    store.resume_schedule(&owner(), schedule.id, Some(tick(5))).await.unwrap();
    store.resume_schedule(&owner(), schedule.id, Some(tick(9))).await.unwrap();
    let resumed = store.due_schedules(10).await.unwrap().ticking.remove(0);
    assert_eq!((resumed.next, resumed.paused_at), (Some(tick(5)), None), "a second resume changes nothing");
    store.delete_schedule(&owner(), schedule.id).await.unwrap();
    assert_eq!(fire(&store, &resumed).await, Fired::Lost);
    assert_eq!(jobs(&store).await, 0);
}

async fn a_pause_gives_a_waiting_tick_up(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::BufferOne).await;
    let Fired::Started(job) = fire(&store, &schedule).await else { panic!("the first one starts") };
    fire_next(&store, &schedule).await;
    store.cancel(&owner(), job, "ana").await.unwrap();
    store.pause_schedule(&owner(), schedule.id).await.unwrap();
    assert!(store.due_schedules(10).await.unwrap().released.is_empty());
    assert_eq!(outcomes(&store, &schedule).await, [TickOutcome::Fired, TickOutcome::SkippedOverlap]);
}

async fn a_person_runs_it_at_any_time_and_a_key_makes_it_once(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::Skip).await;
    store.pause_schedule(&owner(), schedule.id).await.unwrap();
    let runs =
        join_all((0..20).map(async |_| store.run_schedule(&owner(), schedule.id, &scheduled(), None).await)).await;
    assert!(runs.into_iter().all(|run| run.unwrap().created), "whatever runs, and each has a tick of its own");
    let key = IdempotencyKey { key: "k".to_owned(), body_hash: "h".to_owned() };
    let first = store.run_schedule(&owner(), schedule.id, &scheduled(), Some(&key)).await.unwrap();
    let again = store.run_schedule(&owner(), schedule.id, &scheduled(), Some(&key)).await.unwrap();
    assert_eq!((again.job_id, first.created, again.created), (first.job_id, true, false));
    let ticks = store.schedule_ticks(&owner(), schedule.id, None, 100).await.unwrap();
    assert_eq!((ticks.len(), jobs(&store).await), (21, 21));
    assert!(ticks.iter().all(|tick| tick.origin == TickOrigin::Person && tick.outcome == TickOutcome::Fired));
    assert!(ticks.is_sorted_by(|left, right| left.tick_at > right.tick_at));
    let page = store.schedule_ticks(&owner(), schedule.id, Some(ticks[4].tick_at), 3).await.unwrap();
    assert_eq!(page, ticks[5..8]);
}

async fn skip(store: &Store, schedule: &Schedule, count: i64) -> bool {
    let from = schedule.next.unwrap().tick_at;
    let ticks: Vec<DateTime<Utc>> = (0..count).map(|minute| from + Duration::minutes(minute)).collect();
    let later = from + Duration::minutes(count);
    let next = Some(NextTick { tick_at: later, due_at: later });
    let count = u64::try_from(count).unwrap() + 7;
    store.skip_ticks(&Skipping { schedule, from, ticks: &ticks, count, next, alert: &missed(schedule) }).await.unwrap()
}

fn missed(schedule: &Schedule) -> NewAlert {
    NewAlert {
        user_id: None,
        kind: AlertKind::System,
        severity: Severity::Warning,
        title: "ticks were missed".to_owned(),
        body: String::new(),
        data: json!({}),
        cause_key: format!("schedule:{}:missed", schedule.id),
    }
}

/// How often each alert was raised.
async fn raised(store: &Store) -> Vec<i64> {
    let alerts = store.alerts(&owner(), &AlertFilter::default(), 10).await.unwrap();
    alerts.iter().map(|alert| alert.occurrences).collect()
}

async fn missed_ticks_are_counted_and_written_down(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::Skip).await;
    assert!(skip(&store, &schedule, 3).await);
    assert!(!skip(&store, &schedule, 3).await, "a second scheduler comes too late");
    assert_eq!(raised(&store).await, [1], "and tells nobody");
    let after = reread(&store, &schedule).await;
    assert_eq!((after.missed, after.next), (10, Some(tick(3))));
    assert_eq!(outcomes(&store, &schedule).await, [TickOutcome::SkippedMissed; 3]);
    let job = scheduled();
    let alert = missed(&after);
    let tick_at = tick(3).tick_at;
    let late = Firing { schedule: &after, tick_at, is_late: true, next: None, job: Ok(&job), alert: Some(&alert) };
    assert!(matches!(store.fire(&late).await.unwrap(), Fired::Started(_)));
    assert_eq!(store.fire(&late).await.unwrap(), Fired::Lost);
    assert_eq!(raised(&store).await, [2]);
    let ended = reread(&store, &schedule).await;
    assert_eq!((ended.missed, ended.next), (11, None));
    assert!(store.due_schedules(10).await.unwrap().ticking.is_empty());
}

async fn a_tick_without_a_job_says_why(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::BufferOne).await;
    let (tick_at, job) = (first(), Err("it is off"));
    let firing = Firing { schedule: &schedule, tick_at, is_late: false, next: None, job, alert: None };
    assert_eq!(store.fire(&firing).await.unwrap(), Fired::Not(TickOutcome::Failed));
    let ticks = store.schedule_ticks(&owner(), schedule.id, None, 10).await.unwrap();
    assert_eq!(
        (ticks[0].outcome, ticks[0].error.as_deref(), ticks[0].job_id),
        (TickOutcome::Failed, Some("it is off"), None)
    );
}

async fn history_is_bounded(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let schedule = create(&store, OverlapPolicy::Skip).await;
    let other = create(&store, OverlapPolicy::Skip).await;
    fire(&store, &other).await;
    for _ in 0..3 {
        assert!(skip(&store, &reread(&store, &schedule).await, 400).await);
    }
    assert_eq!(store.prune(&Retention::default()).await.unwrap().ticks, 200);
    let ticks = store.schedule_ticks(&owner(), schedule.id, None, 2000).await.unwrap();
    assert_eq!(ticks.len(), TICKS_KEPT as usize);
    assert_eq!(ticks[0].tick_at, tick(1199).tick_at, "the newest are kept");
    assert_eq!(outcomes(&store, &other).await.len(), 1);
    assert_eq!(store.prune(&Retention::default()).await.unwrap().ticks, 0);
}

async fn a_chores_tick_has_one_winner(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let replicas = join_all((0..8).map(|_| database.connect())).await;
    let now = store.now().await.unwrap();
    let claims = join_all(replicas.iter().map(async |store| store.claim_chore("prune", now).await.unwrap())).await;
    assert_eq!(claims.iter().filter(|claimed| **claimed).count(), 1);
    assert!(store.claim_chore("prune", now + Duration::hours(1)).await.unwrap());
    assert!(store.claim_chore("other", now).await.unwrap());
    assert!(store.claim_chore("prune", first()).await.unwrap());
    assert_eq!(store.prune(&Retention::default()).await.unwrap().ticks, 1, "what is older than a week is forgotten");
}

async fn a_simulated_clock_begins_where_it_is_told(engine: Engine) {
    let mut database = TestDatabase::create(engine).await;
    database.simulate(at("2026-03-28T22:00:00Z"), 100);
    let store = database.connect().await;
    let now = store.now().await.unwrap();
    assert!(now >= at("2026-03-28T22:00:00Z") && now < at("2026-03-29T22:00:00Z"), "{now}");
    let schedule = create(&store, OverlapPolicy::Skip).await;
    assert!(schedule.created_at >= now && schedule.created_at < now + Duration::days(1));
}
