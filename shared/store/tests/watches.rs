//! The rules of watches and of what they see, on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use chrono::NaiveDate;
use domain::{
    JobId, TenantId, WatchId, WorkerId,
    alert::{AlertKind, AlertStatus, NewAlert, Severity},
    brief::Place,
    job::{JobStatus, Mode, WorkflowKind},
    money::{Currency, Money},
    watch::{
        Observation, ObservationOutcome, Reading, Seen, Standing, WatchReason, WatchRequest, WatchSpec, WatchState,
        WatchStatus,
    },
};
use futures::future::join_all;
use migrations::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{
    AlertFilter, ClaimRequest, ClaimedWatch, Error, IdempotencyKey, JobFilter, LookFiring, LookRecord, NewJob,
    OBSERVATIONS_KEPT, Owner, Recorded, Store, WATCH_ATTEMPTS_MAX, WatchFilter,
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
    a_watch_is_made_read_changed_and_removed,
    the_same_key_makes_one_watch,
    another_tenant_sees_no_watch,
    a_tick_makes_it_due_once_however_many_schedulers_try,
    control_without_the_fence_every_scheduler_makes_it_due,
    a_look_has_one_worker_however_many_try,
    control_without_the_fence_every_worker_looks_and_fires,
    a_look_and_what_it_starts_are_written_together,
    a_worker_that_died_loses_nothing_and_doubles_nothing,
    a_look_that_kills_its_workers_is_given_up,
    what_a_person_changed_drops_the_look_that_is_under_way,
    a_paused_watch_looks_only_when_it_is_told_to,
    a_failed_look_says_why_and_is_made_again,
    a_clear_look_resolves_the_alert,
    suggestions_are_counted_with_what_they_cost,
    a_watch_ends_by_itself_and_a_new_definition_revives_it,
    another_series_forgets_what_was_seen,
    history_is_bounded,
    a_lease_lasts_in_real_time_whatever_the_scale,
);

const LEASE: Duration = Duration::from_secs(60);
/// Over before anybody can look.
const NO_LEASE: Duration = Duration::ZERO;

fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

fn spec() -> WatchSpec {
    let request: WatchRequest = serde_json::from_value(json!({
        "name": "Lisbon in May", "user_id": "ana",
        "watch": { "flight_price": { "origin": "Berlin", "destination": "Lisbon", "depart": "2027-05-08",
            "threshold": { "below": 150.0 } } },
    }))
    .unwrap();
    request.into_spec()
}

async fn open(engine: Engine) -> (TestDatabase, Store) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    (database, store)
}

async fn create(store: &Store) -> WatchId {
    store.create_watch(&owner(), WatchId::new(), &spec(), None).await.unwrap().id
}

/// A watch with a look to be made.
async fn due(store: &Store) -> WatchId {
    let id = create(store).await;
    tick(store).await;
    id
}

async fn tick(store: &Store) {
    let due = store.due_watches(10).await.unwrap();
    let next = due.now + chrono::Duration::hours(6);
    assert!(store.tick_watch(&due.watches[0], Some(next)).await.unwrap());
}

async fn claim(store: &Store) -> ClaimedWatch {
    let mut claimed = store.claim_watches(LEASE, 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

fn observation(claimed: &ClaimedWatch, outcome: ObservationOutcome, job_id: Option<JobId>) -> Observation {
    let place = |id: &str| Place { id: id.to_owned(), name: id.to_owned() };
    let seen = Seen::FlightPrice {
        price: Money::new(14_000, Currency::EUR),
        origin: place("berlin"),
        destination: place("lisbon"),
        depart: NaiveDate::from_ymd_opt(2027, 5, 8).unwrap(),
        return_date: None,
    };
    let reading = Reading { at: claimed.now, seen, source: "test".to_owned(), is_simulated: true };
    Observation { value: 14_000, outcome, reading, job_id }
}

fn job() -> NewJob {
    NewJob { workflow: WorkflowKind::Suggest, mode: Mode::Proactive, ..new_job() }
}

fn alert(id: WatchId) -> NewAlert {
    NewAlert {
        user_id: Some("ana".to_owned()),
        kind: AlertKind::Price,
        severity: Severity::Info,
        title: "cheap".to_owned(),
        body: "flights are cheap".to_owned(),
        data: json!({}),
        cause_key: cause(id),
    }
}

fn cause(id: WatchId) -> String {
    format!("watch:{id}")
}

async fn fire(store: &Store, claimed: &ClaimedWatch) -> Recorded {
    let (job, alert) = (job(), alert(claimed.watch.id));
    let observation = observation(claimed, ObservationOutcome::Fired, Some(job.id));
    let state = WatchState { is_armed: false, firings: 1, ..WatchState::default() };
    let firing = Some(LookFiring { job: &job, alert: &alert });
    let record = LookRecord { observation: &observation, state: &state, then: None, firing, clear: &[] };
    store.record_look(claimed, &record).await.unwrap()
}

async fn quiet(store: &Store, claimed: &ClaimedWatch, clear: &[String]) -> Recorded {
    let observation = observation(claimed, ObservationOutcome::Quiet, None);
    let state = WatchState::default();
    let record = LookRecord { observation: &observation, state: &state, then: None, firing: None, clear };
    store.record_look(claimed, &record).await.unwrap()
}

/// Observations, jobs, alerts.
async fn counts(store: &Store, id: WatchId) -> (usize, usize, usize) {
    let observations = store.observations(&owner(), id, None, 100).await.unwrap();
    let jobs = store.jobs(&owner(), &JobFilter::default(), 100).await.unwrap();
    let alerts = store.alerts(&owner(), &AlertFilter::default(), 100).await.unwrap();
    (observations.len(), jobs.len(), alerts.len())
}

async fn migrations_go_down_and_up_again(engine: Engine) {
    let (_database, store) = open(engine).await;
    create(&store).await;
    Migrator::down(store.connection(), None).await.unwrap();
    Migrator::up(store.connection(), None).await.unwrap();
    assert!(store.watches(&owner(), &WatchFilter::default(), 10).await.unwrap().is_empty());
}

async fn a_watch_is_made_read_changed_and_removed(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = create(&store).await;
    let made = store.watch(&owner(), id).await.unwrap();
    assert_eq!(
        (made.spec.clone(), made.status, made.state.clone()),
        (spec(), WatchStatus::Active, WatchState::default())
    );
    assert_eq!(made.next_at, Some(made.created_at), "it looks at once");
    let other = WatchSpec { name: "other".to_owned(), user_id: None, ..spec() };
    store.replace_watch(&owner(), id, &other, false).await.unwrap();
    let changed = store.watch(&owner(), id).await.unwrap();
    assert_eq!((changed.spec, changed.revision), (other, 1));
    let of_ana = WatchFilter { user_id: Some("ana".to_owned()), ..WatchFilter::default() };
    assert!(store.watches(&owner(), &of_ana, 10).await.unwrap().is_empty());
    let active = WatchFilter { status: Some(WatchStatus::Active), ..WatchFilter::default() };
    assert_eq!(store.watches(&owner(), &active, 10).await.unwrap().len(), 1);
    store.delete_watch(&owner(), id).await.unwrap();
    assert!(matches!(store.watch(&owner(), id).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.delete_watch(&owner(), id).await, Err(Error::NotFound { .. })));
}

async fn the_same_key_makes_one_watch(engine: Engine) {
    let (_database, store) = open(engine).await;
    let key = |hash: &str| IdempotencyKey { key: "k".to_owned(), body_hash: hash.to_owned() };
    let first = store.create_watch(&owner(), WatchId::new(), &spec(), Some(&key("a"))).await.unwrap();
    let again = store.create_watch(&owner(), WatchId::new(), &spec(), Some(&key("a"))).await.unwrap();
    assert_eq!((first.created, again.created, first.id == again.id), (true, false, true));
    let other = store.create_watch(&owner(), WatchId::new(), &spec(), Some(&key("b"))).await;
    assert!(matches!(other, Err(Error::KeyReused)));
}

async fn another_tenant_sees_no_watch(engine: Engine) {
    let (_database, store) = open(engine).await;
    let (id, stranger) = (create(&store).await, Owner::new(TenantId("other".to_owned())));
    assert!(store.watches(&stranger, &WatchFilter::default(), 10).await.unwrap().is_empty());
    let refused = [
        store.watch(&stranger, id).await.map(|_| ()),
        store.observations(&stranger, id, None, 10).await.map(|_| ()),
        store.replace_watch(&stranger, id, &spec(), true).await,
        store.pause_watch(&stranger, id).await,
        store.resume_watch(&stranger, id).await,
        store.check_watch(&stranger, id).await,
        store.delete_watch(&stranger, id).await,
    ];
    assert!(refused.iter().all(|answer| matches!(answer, Err(Error::NotFound { .. }))), "{refused:?}");
}

async fn ticks_won(database: &TestDatabase, store: &Store) -> usize {
    create(store).await;
    let due = store.due_watches(10).await.unwrap();
    let next = Some(due.now + chrono::Duration::hours(6));
    let mut stores = Vec::new();
    for _ in 0..8 {
        stores.push(database.connect().await);
    }
    let tries = stores.iter().map(|store| store.tick_watch(&due.watches[0], next));
    join_all(tries).await.into_iter().filter(|won| *won.as_ref().unwrap()).count()
}

async fn a_tick_makes_it_due_once_however_many_schedulers_try(engine: Engine) {
    let (database, store) = open(engine).await;
    assert_eq!(ticks_won(&database, &store).await, 1);
    assert!(store.due_watches(10).await.unwrap().watches.is_empty());
    assert_eq!(store.claim_watches(LEASE, 10).await.unwrap().len(), 1);
}

async fn control_without_the_fence_every_scheduler_makes_it_due(engine: Engine) {
    let mut database = TestDatabase::create(engine).await;
    database.config.unfenced = true;
    let store = database.connect().await;
    assert_eq!(ticks_won(&database, &store).await, 8);
}

/// Eight workers at once claim, look and fire.
async fn eight_look(database: &TestDatabase, store: &Store) -> (WatchId, usize) {
    let id = due(store).await;
    let look = async |store: Store| match store.claim_watches(LEASE, 10).await.unwrap().first() {
        Some(claimed) => usize::from(fire(&store, claimed).await != Recorded::Lost),
        None => 0,
    };
    let mut stores = Vec::new();
    for _ in 0..8 {
        stores.push(database.connect().await);
    }
    (id, join_all(stores.into_iter().map(look)).await.into_iter().sum())
}

async fn a_look_has_one_worker_however_many_try(engine: Engine) {
    let (database, store) = open(engine).await;
    let (id, looked) = eight_look(&database, &store).await;
    assert_eq!((looked, counts(&store, id).await), (1, (1, 1, 1)));
}

async fn control_without_the_fence_every_worker_looks_and_fires(engine: Engine) {
    let mut database = TestDatabase::create(engine).await;
    database.config.unfenced = true;
    let store = database.connect().await;
    let id = due(&store).await;
    let mut claims = Vec::new();
    for _ in 0..3 {
        claims.push(claim(&store).await);
    }
    for claimed in &claims {
        assert_ne!(fire(&store, claimed).await, Recorded::Lost);
    }
    assert_eq!(counts(&store, id).await.1, 3, "three suggestions of one tick");
}

async fn a_look_and_what_it_starts_are_written_together(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = due(&store).await;
    let claimed = claim(&store).await;
    let Recorded::Written(Some(job_id)) = fire(&store, &claimed).await else { panic!("it is written") };
    assert_eq!(counts(&store, id).await, (1, 1, 1));
    let seen = store.observations(&owner(), id, None, 10).await.unwrap().remove(0);
    assert_eq!((seen.job_id, seen.outcome, seen.reading.at), (Some(job_id), ObservationOutcome::Fired, claimed.now));
    let started = store.job(&owner(), job_id).await.unwrap();
    assert_eq!(
        (started.workflow, started.mode, started.status),
        (WorkflowKind::Suggest, Mode::Proactive, JobStatus::Queued)
    );
    let after = store.watch(&owner(), id).await.unwrap();
    assert_eq!((after.due_at, after.seen_at, after.state.is_armed), (None, Some(claimed.now), false));
    let raised = store.alerts(&owner(), &AlertFilter::default(), 10).await.unwrap().remove(0);
    assert_eq!((raised.cause_key, raised.user_id.as_deref()), (cause(id), Some("ana")));
}

async fn a_worker_that_died_loses_nothing_and_doubles_nothing(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = due(&store).await;
    // It saw something, and died before it wrote it down.
    let dead = store.claim_watches(NO_LEASE, 10).await.unwrap().remove(0);
    assert_eq!(counts(&store, id).await, (0, 0, 0));
    let next = claim(&store).await;
    assert!(next.fence > dead.fence);
    assert_ne!(fire(&store, &next).await, Recorded::Lost);
    // It was only slow: whatever it does now changes nothing.
    assert_eq!(fire(&store, &dead).await, Recorded::Lost);
    assert!(!store.fail_look(&dead, "late", None, None).await.unwrap());
    assert_eq!(counts(&store, id).await, (1, 1, 1));
    assert!(store.claim_watches(LEASE, 10).await.unwrap().is_empty(), "and nothing is left to be seen");
}

async fn a_look_that_kills_its_workers_is_given_up(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = due(&store).await;
    for _ in 0..WATCH_ATTEMPTS_MAX {
        assert_eq!(store.claim_watches(NO_LEASE, 10).await.unwrap().len(), 1);
    }
    assert!(store.claim_watches(NO_LEASE, 10).await.unwrap().is_empty());
    let given_up = store.watch(&owner(), id).await.unwrap();
    assert!(given_up.last_error.unwrap().contains("died") && given_up.due_at.is_none());
    assert!(given_up.next_at.is_some(), "the next tick tries again");
}

async fn what_a_person_changed_drops_the_look_that_is_under_way(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = due(&store).await;
    let claimed = claim(&store).await;
    store.replace_watch(&owner(), id, &spec(), false).await.unwrap();
    assert_eq!(fire(&store, &claimed).await, Recorded::Lost);
    tick(&store).await;
    let claimed = claim(&store).await;
    store.pause_watch(&owner(), id).await.unwrap();
    assert_eq!(fire(&store, &claimed).await, Recorded::Lost);
    assert_eq!(counts(&store, id).await, (0, 0, 0));
}

async fn a_paused_watch_looks_only_when_it_is_told_to(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = due(&store).await;
    store.pause_watch(&owner(), id).await.unwrap();
    assert!(store.due_watches(10).await.unwrap().watches.is_empty());
    assert!(store.claim_watches(LEASE, 10).await.unwrap().is_empty());
    store.check_watch(&owner(), id).await.unwrap();
    let claimed = claim(&store).await;
    quiet(&store, &claimed, &[]).await;
    assert_eq!(store.watch(&owner(), id).await.unwrap().status, WatchStatus::Paused);
    store.resume_watch(&owner(), id).await.unwrap();
    assert_eq!(store.due_watches(10).await.unwrap().watches.len(), 1);
}

async fn a_failed_look_says_why_and_is_made_again(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = due(&store).await;
    let claimed = claim(&store).await;
    let trouble = NewAlert { cause_key: "trouble".to_owned(), ..alert(id) };
    assert!(store.fail_look(&claimed, "no answer", Some(Duration::ZERO), Some(&trouble)).await.unwrap());
    let failed = store.watch(&owner(), id).await.unwrap();
    assert_eq!((failed.failures, failed.last_error.as_deref()), (1, Some("no answer")));
    assert_eq!(counts(&store, id).await, (0, 0, 1));
    let claimed = claim(&store).await;
    quiet(&store, &claimed, &["trouble".to_owned()]).await;
    let mended = store.watch(&owner(), id).await.unwrap();
    assert_eq!((mended.failures, mended.last_error), (0, None));
    let alerts = store.alerts(&owner(), &AlertFilter::default(), 10).await.unwrap();
    assert_eq!(alerts[0].status, AlertStatus::Resolved);
    store.check_watch(&owner(), id).await.unwrap();
    let claimed = claim(&store).await;
    assert!(store.fail_look(&claimed, "x".repeat(9_000).as_str(), None, None).await.unwrap());
    assert!(store.claim_watches(LEASE, 10).await.unwrap().is_empty(), "not before the next tick");
}

async fn a_clear_look_resolves_the_alert(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = due(&store).await;
    fire(&store, &claim(&store).await).await;
    store.check_watch(&owner(), id).await.unwrap();
    quiet(&store, &claim(&store).await, &[cause(id)]).await;
    store.check_watch(&owner(), id).await.unwrap();
    fire(&store, &claim(&store).await).await;
    let alerts = store.alerts(&owner(), &AlertFilter::default(), 10).await.unwrap();
    let open = alerts.iter().filter(|alert| alert.status == AlertStatus::Open).count();
    assert_eq!((alerts.len(), open), (2, 1), "a new crossing is a new cause");
}

async fn suggestions_are_counted_with_what_they_cost(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = due(&store).await;
    assert_eq!(store.watch_standing(id).await.unwrap(), Standing::default());
    fire(&store, &claim(&store).await).await;
    store.connection().execute_unprepared("UPDATE jobs SET cost_microusd = 1500000").await.unwrap();
    assert_eq!(store.watch_standing(id).await.unwrap(), Standing { spent_microusd: 1_500_000, has_open: true });
    store.connection().execute_unprepared("UPDATE jobs SET finished_at = 1, status = 'completed'").await.unwrap();
    assert_eq!(store.watch_standing(id).await.unwrap(), Standing { spent_microusd: 1_500_000, has_open: false });
}

async fn a_watch_ends_by_itself_and_a_new_definition_revives_it(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = due(&store).await;
    let claimed = claim(&store).await;
    let observation = observation(&claimed, ObservationOutcome::Quiet, None);
    let then = Some((WatchStatus::Ended, WatchReason::Firings));
    let state = WatchState::default();
    let record = LookRecord { observation: &observation, state: &state, then, firing: None, clear: &[] };
    store.record_look(&claimed, &record).await.unwrap();
    let ended = store.watch(&owner(), id).await.unwrap();
    assert_eq!((ended.status, ended.reason, ended.next_at), (WatchStatus::Ended, Some(WatchReason::Firings), None));
    for change in [
        store.pause_watch(&owner(), id).await,
        store.resume_watch(&owner(), id).await,
        store.check_watch(&owner(), id).await,
    ] {
        change.unwrap();
    }
    assert_eq!(store.watch(&owner(), id).await.unwrap().status, WatchStatus::Ended);
    assert!(store.claim_watches(LEASE, 10).await.unwrap().is_empty());
    store.replace_watch(&owner(), id, &spec(), false).await.unwrap();
    let due = store.due_watches(10).await.unwrap();
    assert_eq!((due.watches[0].status, due.watches[0].reason), (WatchStatus::Active, None));
    assert!(store.end_watch(&due.watches[0], WatchReason::EndsAt).await.unwrap());
    assert!(!store.end_watch(&due.watches[0], WatchReason::EndsAt).await.unwrap(), "one replica ends it");
    assert_eq!(store.watch(&owner(), id).await.unwrap().reason, Some(WatchReason::EndsAt));
}

async fn another_series_forgets_what_was_seen(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = due(&store).await;
    fire(&store, &claim(&store).await).await;
    store.replace_watch(&owner(), id, &spec(), false).await.unwrap();
    assert_eq!(counts(&store, id).await.0, 1);
    store.replace_watch(&owner(), id, &spec(), true).await.unwrap();
    assert_eq!(counts(&store, id).await.0, 0);
    let afresh = store.watch(&owner(), id).await.unwrap();
    assert_eq!((afresh.state, afresh.seen_at), (WatchState::default(), None));
}

async fn history_is_bounded(engine: Engine) {
    let (_database, store) = open(engine).await;
    let id = due(&store).await;
    let many = OBSERVATIONS_KEPT + 200;
    let fill = format!(
        "INSERT INTO watch_observations (watch_id, observed_at, tenant_id, value, outcome, evidence) \
         SELECT w.id, c.n, w.tenant_id, c.n, 'quiet', '{{}}' FROM watches w, (WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL \
         SELECT n + 1 FROM s WHERE n < {many}) SELECT n FROM s) AS c"
    );
    store.connection().execute_unprepared(&fill).await.unwrap();
    quiet(&store, &claim(&store).await, &[]).await;
    let values = store.watch_history(id).await.unwrap();
    assert_eq!(values.len(), OBSERVATIONS_KEPT as usize);
    assert_eq!((values[0], values.last().copied()), (202, Some(14_000)), "the newest are kept, oldest first");
}

async fn a_lease_lasts_in_real_time_whatever_the_scale(engine: Engine) {
    let mut database = TestDatabase::create(engine).await;
    // A second is more than a day: a lease in this time would be over before the next statement.
    database.simulate("2026-11-28T00:00:00Z".parse().unwrap(), 100_000);
    let store = database.connect().await;
    let id = due(&store).await;
    let claimed = claim(&store).await;
    assert!(store.claim_watches(LEASE, 10).await.unwrap().is_empty());
    assert_ne!(fire(&store, &claimed).await, Recorded::Lost);
    let readable = vec![(WorkflowKind::Suggest, 1)];
    let request = ClaimRequest {
        worker: WorkerId::new(),
        lease: Duration::from_secs(10),
        readable: &readable,
        rung: None,
        limit: 10,
        suspect: true,
    };
    assert_eq!(store.claim(&request).await.unwrap().len(), 1);
    assert!(store.claim(&request).await.unwrap().is_empty());
    let held = store.watch(&owner(), id).await.unwrap().updated_at;
    let now = store.now().await.unwrap();
    assert!(now - held > chrono::Duration::seconds(10), "the database's time is past any lease: {held} to {now}");
}
