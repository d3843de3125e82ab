//! The house's chores, done by running schedulers by the clock on the wall.

use std::time::Duration;

use broker::Broker;
use dispatch::Dispatch;
use domain::{
    GateId, JobId, WorkerId,
    alert::{AlertStatus, Severity},
    gate::{GateKind, GatePolicy, NewGate, OnTimeout},
    job::WorkflowKind,
    storage::StorageKind,
};
use scheduler::Config;
use serde_json::json;
use store::{
    AlertFilter, ClaimRequest, CommitPart, GateDraft, JobCommit, NewJob, NextState, Retention, Store,
    testing::{Engine, TestDatabase, new_job, tamper},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::support::{at, eventually, intake, jobs, owner};

const HOUR: Duration = Duration::from_secs(3600);

async fn job(store: &Store, next: NextState) -> JobId {
    let new = NewJob { workflow: WorkflowKind::Travel, ..new_job() };
    store.submit(&owner(), &new, None).await.unwrap();
    let (rung, readable) = ([new.id], vec![(WorkflowKind::Travel, 1)]);
    let (worker, rung) = (WorkerId::new(), Some(&rung[..]));
    let request = ClaimRequest { worker, lease: HOUR, readable: &readable, rung, limit: 1, suspect: true };
    let claim = store.claim(&request).await.unwrap().remove(0);
    let part = CommitPart { events: vec![], tasks: vec![], checkpoint: None, next };
    let commit = JobCommit { job_id: new.id, tenant: claim.tenant, fence: claim.fence, commit_no: 1, part };
    store.commit(&[commit]).await.unwrap();
    new.id
}

async fn schedulers_remind_measure_and_prune(engine: Engine) {
    let mut database = TestDatabase::create(engine).await;
    // Ten minutes a second: an hour's chore comes within six.
    database.simulate(at("2026-11-28T10:00:30Z"), 600);
    let store = database.connect().await;
    let completed = || NextState::Completed { result: "{}".to_owned(), summary: "done".to_owned() };
    job(&store, completed()).await;
    tamper(&store, "UPDATE jobs SET finished_at = finished_at - 2678400000000").await;
    let kept = job(&store, completed()).await;
    let new = NewGate {
        kind: GateKind::Approval,
        prompt: "Go?".to_owned(),
        proposal: json!({ "total": 1 }),
        options: vec![],
        policy: GatePolicy::default(),
    };
    let now = store.now().await.unwrap();
    let draft = GateDraft::open(GateId::new(), new, now, 3 * HOUR, OnTimeout::Wait).reminded(HOUR / 4, HOUR / 2);
    let waiting = job(&store, NextState::Waiting(Box::new(draft))).await;
    assert_eq!(jobs(&store).await, 3);

    let (shutdown, schedulers) = (CancellationToken::new(), TaskTracker::new());
    for _ in 0..2 {
        let dispatch = Dispatch::new(database.connect().await, Broker::in_process());
        let run = scheduler::run(Config::default(), dispatch, intake(), shutdown.clone());
        schedulers.spawn(async move { run.await.expect("it ends well") });
    }
    let alerts = async || store.alerts(&owner(), &AlertFilter::default(), 10).await.unwrap();
    eventually("a first reminder", async || alerts().await.len() == 1).await;
    eventually("a last one", async || alerts().await[0].severity == Severity::Warning).await;
    eventually("the old job goes", async || jobs(&store).await == 2).await;
    let measured = async || store.storage(&owner(), &Retention::default()).await.unwrap();
    eventually("the other is measured", async || measured().await.unmeasured_jobs == 0).await;
    let report = measured().await;
    assert_eq!(report.kinds.iter().find(|found| found.kind == StorageKind::Jobs).unwrap().rows, 1);
    store.job(&owner(), kept).await.unwrap();
    store.cancel(&owner(), waiting, "k/ana").await.unwrap();
    let told = alerts().await;
    assert_eq!(
        (told.len(), told[0].status, told[0].occurrences),
        (1, AlertStatus::Resolved, 2),
        "two schedulers, two reminders"
    );
    shutdown.cancel();
    schedulers.close();
    schedulers.wait().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn embedded_chores_are_done_by_the_clock() {
    schedulers_remind_measure_and_prune(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn distributed_chores_are_done_by_the_clock() {
    schedulers_remind_measure_and_prune(Engine::Postgres).await;
}
