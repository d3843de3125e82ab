//! Finished jobs are kept as long and as many as their tenant may; what goes on is never touched.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeMap, time::Duration};

use domain::{
    Event, FeedbackId, GateId, JobId, TenantId, WorkerId,
    event::AgentOutput,
    gate::{Decision, DecisionKind, GateKind, GatePolicy, NewGate, OnTimeout},
    job::{JobStatus, WorkflowKind},
    storage::{NextPrune, StorageKind, StorageReport},
};
use futures::future::join_all;
use serde_json::json;
use store::{
    ClaimRequest, CommitPart, DecideRequest, Error, EventDraft, GateDraft, IdempotencyKey, JobCommit, JobFilter,
    NewFeedback, NewJob, NextState, Owner, Retention, Store, TenantRetention,
    testing::{Engine, TestDatabase, new_job, tamper},
};

/// Writes each test once and runs it on both engines.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite { $(#[tokio::test] async fn $name() { super::$name(super::Engine::Sqlite).await; })+ }
        mod postgres { $(#[tokio::test] async fn $name() { super::$name(super::Engine::Postgres).await; })+ }
    };
}

on_both!(
    a_job_that_is_too_old_goes_with_all_that_is_its_own,
    what_has_not_ended_is_never_touched,
    control_without_its_end_being_asked_for_an_open_job_would_go,
    the_oldest_go_until_the_budget_is_kept,
    nothing_goes_within_a_day_of_its_end,
    a_key_keeps_its_word_for_a_day_whatever_the_budget,
    tenants_have_budgets_of_their_own,
    counters_are_what_is_there,
    prunings_side_by_side_take_each_job_once,
    more_than_a_batch_goes_in_one_pruning,
);

const DAY: Duration = Duration::from_secs(24 * 3600);
const PATIENCE: Duration = Duration::from_secs(60);

fn owner_of(tenant: &str) -> Owner {
    Owner::new(TenantId(tenant.to_owned()))
}

fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

fn job_of(size: usize) -> NewJob {
    NewJob { request: json!({ "query": "x".repeat(size) }), input: json!({}), ..new_job() }
}

fn completed() -> NextState {
    NextState::Completed { result: "{}".to_owned(), summary: "done".to_owned() }
}

async fn commit(store: &Store, id: JobId, next: NextState) {
    let (rung, readable) = ([id], vec![(WorkflowKind::Probe, 1)]);
    let request = ClaimRequest {
        worker: WorkerId::new(),
        lease: DAY,
        readable: &readable,
        rung: Some(&rung),
        limit: 1,
        suspect: true,
    };
    let claim = store.claim(&request).await.unwrap().remove(0);
    let output = AgentOutput {
        node: "n".into(),
        task: "n/a".into(),
        agent: "a".into(),
        step: 1,
        summary: "s".into(),
        output: None,
    };
    let events = vec![EventDraft(Event::AgentOutput(output))];
    let part = CommitPart { events, tasks: vec![], checkpoint: None, next };
    let (tenant, commit_no) = (claim.tenant, claim.commit_no + 1);
    store.commit(&[JobCommit { job_id: id, tenant, fence: claim.fence, commit_no, part }]).await.unwrap();
}

/// A job that ended `age` ago.
async fn finished(store: &Store, owner: &Owner, size: usize, age: Duration) -> JobId {
    let id = store.submit(owner, &job_of(size), None).await.unwrap().job_id;
    commit(store, id, completed()).await;
    let sql =
        if store.is_postgres() { format!("id = '{id}'") } else { format!("id = unhex('{}')", id.as_uuid().simple()) };
    let micros = age.as_micros();
    tamper(store, &format!("UPDATE jobs SET finished_at = finished_at - {micros} WHERE {sql}")).await;
    id
}

fn keeping(jobs_days: u32, bytes_max: u64) -> Retention {
    Retention { jobs_days, bytes_max, ..Retention::default() }
}

async fn ids(store: &Store, owner: &Owner) -> Vec<JobId> {
    let mut ids: Vec<JobId> =
        store.jobs(owner, &JobFilter::default(), 10_000).await.unwrap().iter().map(|job| job.id).collect();
    ids.sort();
    ids
}

async fn report(store: &Store) -> StorageReport {
    store.measure_jobs(PATIENCE).await.unwrap();
    store.storage(&owner(), &Retention::default()).await.unwrap()
}

fn rows(report: &StorageReport) -> BTreeMap<&'static str, i64> {
    report.kinds.iter().map(|found| (found.kind.word(), found.rows)).collect()
}

async fn a_job_that_is_too_old_goes_with_all_that_is_its_own(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = store.submit(&owner(), &job_of(1), None).await.unwrap().job_id;
    let (kind, policy) = (GateKind::Approval, GatePolicy::default());
    let new = NewGate { kind, prompt: "?".into(), proposal: json!(1), options: vec![], policy };
    let gate = GateDraft::open(GateId::new(), new, store.now().await.unwrap(), DAY, OnTimeout::Reject);
    commit(&store, id, NextState::Waiting(Box::new(gate))).await;
    let decision = Decision { decision: DecisionKind::Approve, edits: None, answer: None, comment: None };
    let decide = DecideRequest { job_id: id, gate: None, decision, proposal_hash: None, by: "k/a".into() };
    store.decide(&owner(), &decide).await.unwrap();
    commit(&store, id, completed()).await;
    let feedback =
        NewFeedback { id: FeedbackId::new(), job_id: id, user_id: None, rating: 4, comment: None, tags: vec![] };
    store.add_feedback(&owner(), &feedback, None).await.unwrap();
    let young = finished(&store, &owner(), 1, 6 * DAY).await;
    tamper(
        &store,
        &format!("UPDATE jobs SET finished_at = finished_at - {} WHERE attempts = 2", (8 * DAY).as_micros()),
    )
    .await;
    let before = report(&store).await;
    assert_eq!((rows(&before)["jobs"], rows(&before)["approvals"], rows(&before)["feedback"]), (2, 1, 1));
    assert_eq!(store.prune(&keeping(0, 0)).await.unwrap().jobs, 0, "0 days are for ever");
    assert_eq!(store.prune(&keeping(7, 0)).await.unwrap().jobs, 1);
    assert!(matches!(store.job(&owner(), id).await, Err(Error::NotFound { .. })));
    assert!(store.events(&owner(), id, 0).await.unwrap().is_empty());
    assert!(matches!(store.add_feedback(&owner(), &feedback, None).await, Err(Error::NotFound { .. })));
    assert_eq!(ids(&store, &owner()).await, [young]);
    let after = rows(&report(&store).await);
    assert_eq!((after["jobs"], after["approvals"], after["feedback"]), (1, 0, 0));
}

async fn what_has_not_ended_is_never_touched(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    for _ in 0..2 {
        store.submit(&owner(), &job_of(1_000), None).await.unwrap();
    }
    let kept = ids(&store, &owner()).await;
    finished(&store, &owner(), 1, 40 * DAY).await;
    tamper(&store, "UPDATE jobs SET created_at = 0, updated_at = 0").await;
    assert_eq!(store.prune(&keeping(1, 1)).await.unwrap().jobs, 1);
    assert_eq!(ids(&store, &owner()).await, kept);
    for id in kept {
        assert_eq!(store.job(&owner(), id).await.unwrap().status, JobStatus::Queued);
    }
}

async fn control_without_its_end_being_asked_for_an_open_job_would_go(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    store.submit(&owner(), &job_of(1), None).await.unwrap();
    // All that keeps the row is that it has no end.
    tamper(&store, "UPDATE jobs SET finished_at = 1").await;
    assert_eq!(store.prune(&keeping(1, 0)).await.unwrap().jobs, 1);
}

async fn the_oldest_go_until_the_budget_is_kept(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let mut jobs = Vec::new();
    for age in [9, 8, 7, 6, 5] {
        jobs.push(finished(&store, &owner(), 10_000, age * DAY).await);
    }
    let before = report(&store).await;
    assert!((50_000..60_000).contains(&before.job_bytes), "{before:?}");
    assert_eq!(store.prune(&keeping(0, 60_000)).await.unwrap().jobs, 0);
    let budget = keeping(0, 35_000);
    let told = store.storage(&owner(), &budget).await.unwrap().next_prune;
    assert_eq!((told.expired_jobs, told.excess_jobs, told.is_capped), (0, 2, false));
    assert_eq!(store.prune(&budget).await.unwrap().jobs, 2);
    assert_eq!(ids(&store, &owner()).await, jobs[2..]);
    let after = report(&store).await;
    assert_eq!(before.job_bytes - after.job_bytes, told.bytes, "as it was told");
    assert!(after.job_bytes <= 35_000);
    let both = Retention { jobs_days: 6, ..keeping(0, 15_000) };
    let told = store.storage(&owner(), &both).await.unwrap().next_prune;
    assert_eq!((told.expired_jobs, told.excess_jobs), (2, 0), "what is too old makes room");
    assert_eq!(store.prune(&both).await.unwrap().jobs, 2);
    assert_eq!(ids(&store, &owner()).await, jobs[4..]);
}

async fn nothing_goes_within_a_day_of_its_end(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let young = finished(&store, &owner(), 10_000, DAY * 9 / 10).await;
    let old = finished(&store, &owner(), 10_000, DAY * 11 / 10).await;
    let budget = keeping(0, 1);
    store.measure_jobs(PATIENCE).await.unwrap();
    let told = store.storage(&owner(), &budget).await.unwrap();
    assert_eq!((told.next_prune.excess_jobs, told.budget.bytes_max), (1, Some(1)));
    assert_eq!(store.prune(&budget).await.unwrap().jobs, 1);
    assert_eq!(ids(&store, &owner()).await, [young]);
    assert!(matches!(store.job(&owner(), old).await, Err(Error::NotFound { .. })));
    let nothing = NextPrune { expired_jobs: 0, excess_jobs: 0, bytes: 0, is_capped: false };
    assert_eq!(store.storage(&owner(), &budget).await.unwrap().next_prune, nothing);
}

async fn a_key_keeps_its_word_for_a_day_whatever_the_budget(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let key = IdempotencyKey { key: "k".into(), body_hash: "a".into() };
    let first = store.submit(&owner(), &job_of(10_000), Some(&key)).await.unwrap();
    commit(&store, first.job_id, completed()).await;
    let aged = |by: Duration| {
        let micros = by.as_micros();
        [
            format!("UPDATE jobs SET finished_at = finished_at - {micros}"),
            format!("UPDATE idempotency_keys SET created_at = created_at - {micros}"),
        ]
    };
    for sql in aged(DAY * 9 / 10) {
        tamper(&store, &sql).await;
    }
    assert_eq!(store.prune(&keeping(1, 1)).await.unwrap().jobs, 0);
    let again = store.submit(&owner(), &job_of(10_000), Some(&key)).await.unwrap();
    assert_eq!((again.job_id, again.created), (first.job_id, false), "the same POST is the same job");
    for sql in aged(DAY / 5) {
        tamper(&store, &sql).await;
    }
    assert_eq!(store.prune(&keeping(1, 1)).await.unwrap().jobs, 1);
    assert!(store.submit(&owner(), &job_of(1), Some(&key)).await.unwrap().created, "after a day it is a new one");
}

async fn tenants_have_budgets_of_their_own(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let (short, small, usual) = (owner_of("short"), owner_of("small"), owner_of("usual"));
    for owner in [&short, &small, &usual] {
        for age in [20, 10] {
            finished(&store, owner, 10_000, age * DAY).await;
        }
    }
    let tenants = BTreeMap::from([
        ("short".to_owned(), TenantRetention { jobs_days: Some(5), bytes_max: None }),
        ("small".to_owned(), TenantRetention { jobs_days: None, bytes_max: Some(15_000) }),
    ]);
    let retention = Retention { tenants, ..keeping(30, 0) };
    assert_eq!(store.prune(&retention).await.unwrap().jobs, 3);
    let mut left = Vec::new();
    for owner in [&short, &small, &usual] {
        left.push(ids(&store, owner).await.len());
    }
    assert_eq!(left, [0, 1, 2]);
    let told = store.storage(&small, &retention).await.unwrap();
    assert_eq!((told.budget.jobs_days, told.budget.bytes_max), (Some(30), Some(15_000)));
    assert_eq!(told.kinds.iter().find(|found| found.kind == StorageKind::Jobs).unwrap().rows, 1, "its own alone");
}

async fn counters_are_what_is_there(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    for age in 0..20 {
        finished(&store, &owner(), 100 * age as usize, age * DAY).await;
    }
    store.measure_jobs(PATIENCE).await.unwrap();
    // What comes behind the measuring is not counted, and does not lead the counters astray when it goes.
    for job_id in ids(&store, &owner()).await {
        let (id, tags) = (FeedbackId::new(), vec!["x".repeat(50)]);
        store
            .add_feedback(&owner(), &NewFeedback { id, job_id, user_id: None, rating: 1, comment: None, tags }, None)
            .await
            .unwrap();
    }
    assert_eq!(store.prune(&keeping(10, 0)).await.unwrap().jobs, 10);
    let counted = report(&store).await;
    tamper(&store, "DELETE FROM feedback").await;
    tamper(&store, "DELETE FROM job_events WHERE kind = 'alert'").await;
    tamper(&store, "DELETE FROM storage_counts").await;
    tamper(&store, "UPDATE jobs SET bytes = NULL, measured = NULL").await;
    let counted_anew = report(&store).await;
    assert_eq!((&counted.kinds, counted.job_bytes), (&counted_anew.kinds, counted_anew.job_bytes));
    assert_eq!(rows(&counted)["events"], 3 * 10);
    assert_eq!(store.prune(&keeping(0, 1)).await.unwrap().jobs, 9, "but for today's");
    let today = rows(&report(&store).await);
    assert_eq!((today["jobs"], today["events"], today["tasks"]), (1, 3, 0));
}

async fn prunings_side_by_side_take_each_job_once(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let stores = [database.connect().await, database.connect().await, database.connect().await];
    for _ in 0..30 {
        finished(&stores[0], &owner(), 100, 40 * DAY).await;
    }
    let retention = Retention::default();
    let pruned = join_all(stores.iter().map(|store| store.prune(&retention))).await;
    assert_eq!(pruned.into_iter().map(|pruned| pruned.unwrap().jobs).sum::<u64>(), 30);
    let left = report(&stores[0]).await;
    assert!(left.kinds.iter().all(|found| (found.rows, found.bytes) == (0, 0)), "{left:?}");
}

async fn more_than_a_batch_goes_in_one_pruning(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    for _ in 0..250 {
        finished(&store, &owner(), 10, 40 * DAY).await;
    }
    assert_eq!(store.storage(&owner(), &Retention::default()).await.unwrap().unmeasured_jobs, 250);
    assert_eq!(store.prune(&Retention::default()).await.unwrap().jobs, 250);
    assert!(ids(&store, &owner()).await.is_empty());
}

/// How many pages the file has.
async fn pages(store: &Store) -> i64 {
    use sea_orm::{ConnectionTrait, Statement};
    let sql = "SELECT page_count FROM pragma_page_count";
    let row = store.connection().query_one_raw(Statement::from_string(sea_orm::DbBackend::Sqlite, sql)).await.unwrap();
    row.unwrap().try_get("", "page_count").unwrap()
}

#[tokio::test]
async fn a_sqlite_file_takes_its_free_pages_before_it_grows() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let store = database.connect().await;
    let mut peaks = Vec::new();
    for _ in 0..4 {
        for _ in 0..100 {
            finished(&store, &owner(), 20_000, 40 * DAY).await;
        }
        peaks.push(pages(&store).await);
        assert_eq!(store.prune(&Retention::default()).await.unwrap().jobs, 100);
    }
    // A control of itself: without the pruning each round would add what the first one took.
    assert!(peaks[3] <= peaks[0] + peaks[0] / 20, "{peaks:?}");
}

#[tokio::test]
async fn sqlite_looks_jobs_up_and_does_not_read_all_of_them() {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    let plan = async |store: &Store| {
        let sql =
            "EXPLAIN QUERY PLAN UPDATE jobs SET due_at = 1 WHERE id IN (SELECT id FROM jobs WHERE due_at <= 5 LIMIT 5)";
        let rows = store.connection().query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
        rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap()).collect::<Vec<_>>().join("; ")
    };
    let database = TestDatabase::create(Engine::Sqlite).await;
    let store = database.connect().await;
    finished(&store, &owner(), 1, DAY).await;
    // A control: what was counted while there was one job.
    tamper(&store, "ANALYZE").await;
    assert!(plan(&store).await.contains("SCAN jobs"), "{}", plan(&store).await);
    store.close().await;
    let store = database.connect().await;
    assert!(!plan(&store).await.contains("SCAN jobs"), "{}", plan(&store).await);
}
