//! The rules of the rows, on both engines.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use domain::{
    Event, Fence, GateId, JobId, TenantId, WorkerId,
    event::{StateChange, TaskStart},
    gate::{Decision, DecisionKind, GateKind, GatePolicy, GateStatus, NewGate, OnTimeout},
    job::{JobStatus, Reason, TaskStatus, WorkflowKind},
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use store::{
    Checkpoint, Claim, ClaimRequest, CommitPart, DecideRequest, Error, EventDraft, GateDraft, IdempotencyKey,
    JobCommit, JobFilter, NewFeedback, NewJob, NextState, Outcome, Owner, Store, TaskWrite,
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
    a_submitted_job_is_claimed_once,
    a_lost_claim_cannot_write,
    control_without_the_fence_a_lost_claim_writes,
    control_without_the_fence_a_ring_takes_a_job_from_its_worker,
    events_are_numbered_without_gaps_over_commits,
    a_commit_of_unknown_outcome_is_not_written_twice,
    a_lease_that_ran_out_is_taken_over_and_a_renewed_one_is_not,
    released_jobs_are_due_at_once_and_their_attempt_is_refunded,
    one_decision_wins_and_the_same_one_repeats,
    a_decision_and_the_expiry_have_one_winner,
    an_expired_gate_fails_the_job_and_cannot_be_decided,
    the_same_key_and_body_give_the_same_job,
    fifty_concurrent_posts_of_a_key_make_one_job,
    a_cancelled_job_is_over_and_fenced,
    a_job_whose_workers_keep_dying_is_given_up_after_five_claims,
    control_without_the_count_a_job_takes_workers_down_for_ever,
    control_without_compare_and_set_two_decisions_win,
    a_job_past_its_deadline_fails,
    suspects_are_claimed_one_at_a_time_until_they_prove_themselves,
    a_version_that_nobody_reads_is_paused_and_goes_on_when_somebody_does,
    another_tenant_sees_nothing,
    concurrent_claims_have_one_winner_each,
    a_batch_writes_each_job_under_its_own_fence,
    feedback_is_an_event,
    writers_on_several_connections_wait_for_each_other,
);

const LEASE: Duration = Duration::from_secs(10);

fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

/// As long as a worker waits unless told otherwise.
const UNREAD_FOR: Duration = Duration::from_secs(300);

fn readable() -> Vec<(WorkflowKind, i32)> {
    vec![(WorkflowKind::Probe, 1)]
}

async fn submit(store: &Store) -> JobId {
    store.submit(&owner(), &new_job(), None).await.unwrap().job_id
}

async fn claim_due(store: &Store, worker: WorkerId, lease: Duration) -> Vec<Claim> {
    store
        .claim(&ClaimRequest { worker, lease, readable: &readable(), rung: None, limit: 10, suspect: true })
        .await
        .unwrap()
}

async fn claim_one(store: &Store) -> Claim {
    claim_due(store, WorkerId::new(), LEASE).await.remove(0)
}

fn commit_of(claim: &Claim, part: CommitPart) -> JobCommit {
    JobCommit {
        job_id: claim.job_id,
        tenant: claim.tenant.clone(),
        fence: claim.fence,
        commit_no: claim.commit_no + 1,
        part,
    }
}

fn task_start(attempt: u32) -> EventDraft {
    EventDraft(Event::TaskStart(TaskStart {
        node: "n".into(),
        task: "n/a".into(),
        agent: "a".into(),
        step: 1,
        attempt,
    }))
}

fn running(events: Vec<EventDraft>) -> CommitPart {
    CommitPart { events, tasks: vec![], checkpoint: None, next: NextState::Running }
}

async fn waiting(store: &Store, expiry_ms: u64) -> CommitPart {
    waiting_or(store, expiry_ms, GateKind::Approval, OnTimeout::Reject).await
}

async fn waiting_or(store: &Store, expiry_ms: u64, kind: GateKind, on_timeout: OnTimeout) -> CommitPart {
    let new = NewGate {
        kind,
        prompt: "Go?".to_owned(),
        proposal: json!({ "total": 1 }),
        options: vec![],
        policy: GatePolicy { timeout_s: None, on_timeout: Some(on_timeout) },
    };
    let (now, timeout) = (store.now().await.unwrap(), Duration::from_millis(expiry_ms));
    let draft = GateDraft::open(GateId::new(), new, now, timeout, OnTimeout::Reject);
    CommitPart { next: NextState::Waiting(Box::new(draft)), ..running(vec![]) }
}

fn decide(job_id: JobId, decision: DecisionKind, by: &str) -> DecideRequest {
    let decision = Decision { decision, edits: None, answer: None, comment: None };
    DecideRequest { job_id, gate: None, decision, proposal_hash: None, by: by.to_owned() }
}

async fn seqs(store: &Store, id: JobId) -> Vec<i64> {
    store.events(&owner(), id, 0).await.unwrap().iter().map(|event| event.seq).collect()
}

async fn a_submitted_job_is_claimed_once(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = submit(&store).await;
    let claims = claim_due(&store, WorkerId::new(), LEASE).await;
    assert_eq!(claims.len(), 1);
    assert_eq!((claims[0].job_id, claims[0].fence, claims[0].attempts), (id, Fence(1), 1));
    assert_eq!(claims[0].input, json!({ "left": 2 }));
    assert!(claim_due(&store, WorkerId::new(), LEASE).await.is_empty());
    let rung = [id];
    let again = ClaimRequest {
        worker: WorkerId::new(),
        lease: LEASE,
        readable: &readable(),
        rung: Some(&rung),
        limit: 1,
        suspect: true,
    };
    assert!(store.claim(&again).await.unwrap().is_empty(), "a doubled ring changes nothing");
    let events = store.events(&owner(), id, 0).await.unwrap();
    let running = StateChange { status: JobStatus::Running, reason: None, attempt: 1 };
    assert_eq!(events[1].record(id).unwrap().event, Event::StateChange(running));
    assert_eq!(events[1], claims[0].event);
}

async fn a_lost_claim_cannot_write(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = submit(&store).await;
    let first = claim_due(&store, WorkerId::new(), Duration::ZERO).await.remove(0);
    let second = claim_one(&store).await;
    assert_eq!(second.fence, Fence(first.fence.0 + 1));
    let late = store.commit(&[commit_of(&first, running(vec![task_start(1)]))]).await.unwrap();
    assert_eq!(late, [Outcome::Fenced]);
    assert_eq!(seqs(&store, id).await, [1, 2, 3]);
    let held = store.commit(&[commit_of(&second, running(vec![task_start(2)]))]).await.unwrap();
    assert!(matches!(&held[0], Outcome::Written(events) if events[0].seq == 4));
}

async fn control_without_the_fence_a_lost_claim_writes(engine: Engine) {
    let mut database = TestDatabase::create(engine).await;
    database.config.unfenced = true;
    let store = database.connect().await;
    let id = submit(&store).await;
    let first = claim_due(&store, WorkerId::new(), Duration::ZERO).await.remove(0);
    claim_one(&store).await;
    let late = store.commit(&[commit_of(&first, running(vec![task_start(1)]))]).await.unwrap();
    assert!(matches!(late[0], Outcome::Written(_)), "the zombie's step was committed beside its heir's");
    assert_eq!(seqs(&store, id).await, [1, 2, 3, 4]);
}

async fn control_without_the_fence_a_ring_takes_a_job_from_its_worker(engine: Engine) {
    for (unfenced, claims) in [(false, 1), (true, 2)] {
        let mut database = TestDatabase::create(engine).await;
        database.config.unfenced = unfenced;
        let store = database.connect().await;
        let id = submit(&store).await;
        let first = claim_due(&store, WorkerId::new(), LEASE).await.remove(0);
        store.commit(&[commit_of(&first, running(vec![task_start(1)]))]).await.unwrap();
        let (worker, readable) = (WorkerId::new(), readable());
        let rung =
            ClaimRequest { worker, lease: LEASE, readable: &readable, rung: Some(&[id]), limit: 10, suspect: true };
        let again = store.claim(&rung).await.unwrap();
        assert_eq!(1 + again.len(), claims, "unfenced: {unfenced}");
    }
}

async fn events_are_numbered_without_gaps_over_commits(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = submit(&store).await;
    let mut claim = claim_one(&store).await;
    for attempt in 1..=3 {
        let part = CommitPart {
            events: vec![task_start(attempt), task_start(attempt)],
            tasks: vec![TaskWrite {
                path: "n/a".into(),
                kind: "task",
                agent: "a".into(),
                step: 1,
                status: TaskStatus::Running,
                attempts: attempt,
                output: None,
                error: None,
                cost_microusd: 5,
            }],
            checkpoint: Some(Checkpoint {
                node: "n".into(),
                step: 1,
                state: "{\"left\":1}".into(),
                progress: 50,
                summary: "half".into(),
            }),
            next: NextState::Running,
        };
        store.commit(&[commit_of(&claim, part)]).await.unwrap();
        claim.commit_no += 1;
    }
    let done = CommitPart {
        next: NextState::Completed { result: "{\"ok\":true}".into(), summary: "done".into() },
        ..running(vec![])
    };
    store.commit(&[commit_of(&claim, done)]).await.unwrap();
    assert_eq!(seqs(&store, id).await, (1..=8).collect::<Vec<_>>());
    assert_eq!(store.events(&owner(), id, 6).await.unwrap().len(), 2);
    let detail = store.job_detail(&owner(), id).await.unwrap();
    assert_eq!((detail.job.status, detail.job.progress, detail.job.cost_microusd), (JobStatus::Completed, 100, 15));
    assert_eq!((detail.tasks.len(), detail.tasks[0].attempts), (1, 3));
    assert_eq!(detail.result, Some(json!({ "ok": true })));
    assert!(detail.job.finished_at.is_some());
    assert!(claim_due(&store, WorkerId::new(), LEASE).await.is_empty());
}

async fn a_commit_of_unknown_outcome_is_not_written_twice(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = submit(&store).await;
    let claim = claim_one(&store).await;
    let commit = commit_of(&claim, running(vec![task_start(1)]));
    assert!(matches!(store.commit(std::slice::from_ref(&commit)).await.unwrap()[0], Outcome::Written(_)));
    assert_eq!(store.commit(&[commit]).await.unwrap(), [Outcome::WrittenBefore(3)]);
    assert_eq!(seqs(&store, id).await, [1, 2, 3]);
}

async fn a_lease_that_ran_out_is_taken_over_and_a_renewed_one_is_not(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = submit(&store).await;
    let worker = WorkerId::new();
    claim_due(&store, worker, Duration::ZERO).await;
    assert_eq!(store.renew(worker, LEASE, &[id]).await.unwrap(), [id]);
    assert!(claim_due(&store, WorkerId::new(), LEASE).await.is_empty());
    store.renew(worker, Duration::ZERO, &[id]).await.unwrap();
    let taken = claim_due(&store, WorkerId::new(), LEASE).await;
    assert_eq!(taken[0].attempts, 2);
    assert!(
        store.renew(worker, LEASE, &[id]).await.unwrap().is_empty(),
        "the first worker is told that it lost the job"
    );
}

async fn released_jobs_are_due_at_once_and_their_attempt_is_refunded(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = submit(&store).await;
    let worker = WorkerId::new();
    let claim = claim_due(&store, worker, LEASE).await.remove(0);
    assert!(store.release(id, claim.fence).await.unwrap());
    assert_eq!(store.commit(&[commit_of(&claim, running(vec![]))]).await.unwrap(), [Outcome::Fenced]);
    assert_eq!(claim_one(&store).await.attempts, 1);
}

async fn at_a_gate(store: &Store, expiry_ms: u64) -> JobId {
    submit(store).await;
    let claim = claim_one(store).await;
    store.commit(&[commit_of(&claim, waiting(store, expiry_ms).await)]).await.unwrap();
    claim.job_id
}

async fn one_decision_wins_and_the_same_one_repeats(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    for _ in 0..20 {
        let id = at_a_gate(&store, 60_000).await;
        assert!(claim_due(&store, WorkerId::new(), LEASE).await.is_empty(), "waiting holds no slot");
        let deciders = (0..100).map(|number| {
            let kind = if number % 2 == 0 { DecisionKind::Approve } else { DecisionKind::Reject };
            let request = decide(id, kind, &format!("person {number}"));
            let store = &store;
            async move { store.decide(&owner(), &request).await }
        });
        let results = futures::future::join_all(deciders).await;
        let winners: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
        assert_eq!(winners.len(), 1);
        assert!(results.iter().all(|result| matches!(result, Ok(_) | Err(Error::Decided(_)))));
        let won = winners[0].gate.clone();
        let same = DecideRequest {
            decision: won.decision.clone().unwrap(),
            by: won.decided_by.clone().unwrap(),
            ..decide(id, DecisionKind::Approve, "")
        };
        let again = store.decide(&owner(), &same).await.unwrap();
        assert_eq!((again.gate, again.events), (won.clone(), None));
        assert_eq!(claim_one(&store).await.job_id, id);
        let decision = store.decision(id).await.unwrap().unwrap();
        assert_eq!(decision["decided_by"], json!(won.decided_by));
        assert_eq!(seqs(&store, id).await, (1..=5).collect::<Vec<_>>(), "one decision, one event");
    }
}

async fn a_decision_and_the_expiry_have_one_winner(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    for round in 0..20 {
        let id = at_a_gate(&store, round % 4 * 5).await;
        let deciding = async { store.decide(&owner(), &decide(id, DecisionKind::Approve, "ana")).await };
        let sweeping = async {
            loop {
                let swept = store.sweep().await.unwrap();
                if !swept.is_empty() || store.job(&owner(), id).await.unwrap().status != JobStatus::WaitingApproval {
                    return swept.len();
                }
            }
        };
        let (decided, swept) = tokio::join!(deciding, sweeping);
        assert_eq!(usize::from(decided.is_ok()) + swept, 1, "{decided:?}");
        let gate = store.job_detail(&owner(), id).await.unwrap().gate.unwrap();
        let expected = if decided.is_ok() { GateStatus::Decided } else { GateStatus::Expired };
        assert_eq!(gate.status, expected);
        if decided.is_ok() {
            claim_one(&store).await;
        }
    }
}

async fn an_expired_gate_fails_the_job_and_cannot_be_decided(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = submit(&store).await;
    let claim = claim_one(&store).await;
    store.commit(&[commit_of(&claim, waiting(&store, 0).await)]).await.unwrap();
    let late = store.decide(&owner(), &decide(id, DecisionKind::Approve, "ana")).await;
    assert!(matches!(late, Err(Error::Expired(_))));
    let swept = store.sweep().await.unwrap();
    assert_eq!((swept.len(), swept[0].reason), (1, Some(Reason::ApprovalExpired)));
    let detail = store.job_detail(&owner(), id).await.unwrap();
    assert_eq!((detail.job.status, detail.job.reason), (JobStatus::Failed, Some(Reason::ApprovalExpired)));
    assert_eq!(detail.gate.unwrap().status, GateStatus::Expired);
    assert!(store.sweep().await.unwrap().is_empty());
}

async fn the_same_key_and_body_give_the_same_job(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let key = IdempotencyKey { key: "k".into(), body_hash: "a".into() };
    let first = store.submit(&owner(), &new_job(), Some(&key)).await.unwrap();
    let second = store.submit(&owner(), &new_job(), Some(&key)).await.unwrap();
    assert_eq!((first.created, second.created, second.job_id), (true, false, first.job_id));
    let other = IdempotencyKey { body_hash: "b".into(), ..key.clone() };
    assert!(matches!(store.submit(&owner(), &new_job(), Some(&other)).await, Err(Error::KeyReused)));
    let stranger = Owner::new(TenantId("other".into()));
    assert!(store.submit(&stranger, &new_job(), Some(&key)).await.unwrap().created, "keys are a tenant's own");
    assert_eq!(store.jobs(&owner(), &JobFilter::default(), 10).await.unwrap().len(), 1, "a losing POST leaves nothing");
}

async fn fifty_concurrent_posts_of_a_key_make_one_job(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    // Two replicas, so that the database and not only the process decides.
    let replicas = [database.connect().await, database.connect().await];
    let key = IdempotencyKey { key: "k".into(), body_hash: "a".into() };
    let (replicas, key) = (&replicas, &key);
    let posts = (0..50).map(|number| async move { replicas[number % 2].submit(&owner(), &new_job(), Some(key)).await });
    let answers = futures::future::join_all(posts).await;
    let created = answers.iter().filter(|answer| answer.as_ref().is_ok_and(|submitted| submitted.created)).count();
    assert_eq!(created, 1);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(Error::KeyInFlight))), "{answers:?}");
    assert_eq!(replicas[0].jobs(&owner(), &JobFilter::default(), 100).await.unwrap().len(), 1);
}

async fn a_cancelled_job_is_over_and_fenced(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = submit(&store).await;
    let claim = claim_one(&store).await;
    let events = store.cancel(&owner(), id, "ana").await.unwrap().unwrap();
    assert!(events[0].record(id).unwrap().event.is_terminal());
    assert_eq!(store.commit(&[commit_of(&claim, running(vec![]))]).await.unwrap(), [Outcome::Fenced]);
    assert_eq!(store.cancel(&owner(), id, "ana").await.unwrap(), None, "cancelling twice is no error");
    let detail = store.job_detail(&owner(), id).await.unwrap();
    assert_eq!((detail.job.status, detail.error.unwrap().code), (JobStatus::Cancelled, Reason::Requested));
}

async fn a_job_whose_workers_keep_dying_is_given_up_after_five_claims(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = submit(&store).await;
    for attempt in 1..=5 {
        let claims = claim_due(&store, WorkerId::new(), Duration::ZERO).await;
        assert_eq!(claims[0].attempts, attempt);
    }
    assert!(claim_due(&store, WorkerId::new(), LEASE).await.is_empty());
    assert_eq!(store.sweep().await.unwrap()[0].reason, Some(Reason::CrashLoop));
    assert_eq!(store.job(&owner(), id).await.unwrap().status, JobStatus::Failed);
}

async fn a_job_past_its_deadline_fails(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let job = NewJob { deadline_s: Some(0), ..new_job() };
    store.submit(&owner(), &job, None).await.unwrap();
    assert_eq!(store.sweep().await.unwrap()[0].reason, Some(Reason::Deadline));
    assert_eq!(store.job(&owner(), job.id).await.unwrap().reason, Some(Reason::Deadline));
}

async fn a_version_that_nobody_reads_is_paused_and_goes_on_when_somebody_does(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = store.submit(&owner(), &NewJob { version: 2, ..new_job() }, None).await.unwrap().job_id;
    let worker = WorkerId::new();
    assert!(claim_due(&store, worker, LEASE).await.is_empty(), "a worker claims only what it reads");
    assert!(store.sweep_versions(worker, &readable(), UNREAD_FOR).await.unwrap().is_empty(), "not before five minutes");
    let aged = "UPDATE jobs SET due_at = due_at - 360000000";
    sea_orm::ConnectionTrait::execute_unprepared(store.connection(), aged).await.unwrap();
    assert_eq!(
        store.sweep_versions(worker, &readable(), UNREAD_FOR).await.unwrap()[0].reason,
        Some(Reason::NeedsVersion)
    );
    assert_eq!(store.job(&owner(), id).await.unwrap().status, JobStatus::Paused);
    store.sweep_versions(WorkerId::new(), &[(WorkflowKind::Probe, 2)], UNREAD_FOR).await.unwrap();
    assert_eq!(store.job(&owner(), id).await.unwrap().status, JobStatus::Queued);
}

async fn another_tenant_sees_nothing(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = submit(&store).await;
    let claim = claim_one(&store).await;
    store.commit(&[commit_of(&claim, waiting(&store, 60_000).await)]).await.unwrap();
    let stranger = Owner::new(TenantId("other".into()));
    assert!(matches!(store.job(&stranger, id).await, Err(Error::NotFound { .. })));
    assert!(matches!(store.job_detail(&stranger, id).await, Err(Error::NotFound { .. })));
    assert!(store.events(&stranger, id, 0).await.unwrap().is_empty());
    assert!(store.jobs(&stranger, &JobFilter::default(), 10).await.unwrap().is_empty());
    assert!(matches!(store.cancel(&stranger, id, "x").await, Err(Error::NotFound { .. })));
    assert!(matches!(
        store.decide(&stranger, &decide(id, DecisionKind::Approve, "x")).await,
        Err(Error::NotFound { .. })
    ));
    assert_eq!(store.job(&owner(), id).await.unwrap().status, JobStatus::WaitingApproval);
}

async fn concurrent_claims_have_one_winner_each(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let stores = [database.connect().await, database.connect().await];
    for _ in 0..20 {
        submit(&stores[0]).await;
    }
    let stores = &stores;
    let workers = (0..8).map(|number| async move {
        let mut taken = Vec::new();
        loop {
            let claims = claim_due(&stores[number % 2], WorkerId::new(), LEASE).await;
            if claims.is_empty() {
                return taken;
            }
            taken.extend(claims.into_iter().map(|claim| claim.job_id));
        }
    });
    let mut taken: Vec<JobId> = futures::future::join_all(workers).await.concat();
    taken.sort();
    let claims = taken.len();
    taken.dedup();
    assert_eq!((claims, taken.len()), (20, 20));
}

async fn a_batch_writes_each_job_under_its_own_fence(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    for _ in 0..5 {
        submit(&store).await;
    }
    let mut claims = claim_due(&store, WorkerId::new(), LEASE).await;
    claims.sort_by_key(|claim| claim.job_id);
    store.cancel(&owner(), claims[2].job_id, "ana").await.unwrap();
    let commits: Vec<_> =
        claims.iter().map(|claim| commit_of(claim, running(vec![task_start(1), task_start(2)]))).collect();
    let outcomes = store.commit(&commits).await.unwrap();
    for (index, outcome) in outcomes.iter().enumerate() {
        if index == 2 {
            assert_eq!(*outcome, Outcome::Fenced);
        } else {
            assert!(matches!(outcome, Outcome::Written(events) if events.len() == 2 && events[1].seq == 4));
        }
    }
}

async fn feedback_is_an_event(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let job_id = submit(&store).await;
    let feedback = NewFeedback {
        id: domain::FeedbackId::new(),
        job_id,
        user_id: None,
        rating: 4,
        comment: Some("good".into()),
        tags: vec!["food".into()],
    };
    let added = store.add_feedback(&owner(), &feedback, None).await.unwrap();
    assert_eq!((added.id, added.event.unwrap().seq), (feedback.id, 2));
    assert_eq!(seqs(&store, job_id).await, [1, 2]);
}

async fn writers_on_several_connections_wait_for_each_other(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    // As the request path and the thread that renews leases have.
    let (store, renewer) = (database.connect().await, Store::connect_sized(&database.config, 1).await.unwrap());
    let worker = WorkerId::new();
    submit(&store).await;
    let held = claim_due(&store, worker, LEASE).await.remove(0).job_id;
    let mut gates = Vec::new();
    for _ in 0..50 {
        gates.push(at_a_gate(&store, 60_000).await);
    }
    let deciding = async {
        for id in gates {
            store.decide(&owner(), &decide(id, DecisionKind::Approve, "ana")).await.unwrap();
        }
    };
    let renewing = async {
        for _ in 0..200 {
            assert_eq!(renewer.renew(worker, LEASE, &[held]).await.unwrap(), [held]);
        }
    };
    tokio::join!(deciding, renewing);
}

async fn suspects_are_claimed_one_at_a_time_until_they_prove_themselves(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    for _ in 0..3 {
        submit(&store).await;
    }
    // Their worker died before any of them committed: each may be the culprit.
    assert_eq!(claim_due(&store, WorkerId::new(), Duration::ZERO).await.len(), 3);
    let fresh = submit(&store).await;
    let claims = claim_due(&store, WorkerId::new(), LEASE).await;
    assert_eq!((claims.len(), claims.iter().filter(|claim| claim.is_suspect).count()), (2, 1));
    assert!(claims.iter().any(|claim| claim.job_id == fresh));
    let readable = readable();
    let careful = ClaimRequest {
        worker: WorkerId::new(),
        lease: LEASE,
        readable: &readable,
        rung: None,
        limit: 10,
        suspect: false,
    };
    assert!(store.claim(&careful).await.unwrap().is_empty(), "who has a suspect in hand takes no other");
    let suspect = claims.iter().find(|claim| claim.is_suspect).unwrap();
    store.commit(&[commit_of(suspect, running(vec![]))]).await.unwrap();
    store.release(suspect.job_id, suspect.fence).await.unwrap();
    let claims = claim_due(&store, WorkerId::new(), LEASE).await;
    let proven = claims.iter().find(|claim| claim.job_id == suspect.job_id).unwrap();
    assert!(!proven.is_suspect && claims.len() == 2, "a commit clears it, and the next suspect comes");
}

async fn control_without_the_count_a_job_takes_workers_down_for_ever(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    submit(&store).await;
    for attempt in 1..=10 {
        assert_eq!(claim_due(&store, WorkerId::new(), Duration::ZERO).await[0].attempts, attempt);
        let forget = "UPDATE jobs SET stalled_claims = 0";
        sea_orm::ConnectionTrait::execute_unprepared(store.connection(), forget).await.unwrap();
        assert!(store.sweep().await.unwrap().is_empty());
    }
}

async fn control_without_compare_and_set_two_decisions_win(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    at_a_gate(&store, 60_000).await;
    // Both have read that the gate is pending; neither asks again when it writes.
    for person in ["ana", "ben"] {
        let write = format!("UPDATE gates SET status = 'decided', decided_by = '{person}'");
        let written = sea_orm::ConnectionTrait::execute_unprepared(store.connection(), &write).await.unwrap();
        assert_eq!(written.rows_affected(), 1, "{person} believes to have won");
    }
}

/// What SQLite says of a pragma.
async fn pragma(store: &Store, text: &str) -> String {
    let statement = Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {text}"));
    let row = store.connection().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index::<String>(0).or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string())).unwrap()
}

#[tokio::test]
async fn a_full_disk_keeps_whole_commits_and_writing_goes_on_afterwards() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let store = database.connect().await;
    let id = submit(&store).await;
    let mut claim = claim_one(&store).await;
    // No page more than there are: what SQLite answers is what it answers on a full disk.
    pragma(&store, "max_page_count = 1").await;
    let task = |number: i64| TaskWrite {
        path: format!("n/{number}"),
        kind: "task",
        agent: "a".into(),
        step: 1,
        status: TaskStatus::Completed,
        attempts: 1,
        output: Some(json!("x".repeat(700)).to_string()),
        error: None,
        cost_microusd: 0,
    };
    let part = |number| CommitPart { tasks: vec![task(number)], ..running(vec![task_start(1), task_start(2)]) };
    let mut written = 0;
    let refused = loop {
        match store.commit(&[commit_of(&claim, part(written))]).await {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
        claim.commit_no += 1;
        assert!(written < 1_000, "the disk is not full");
    };
    assert!(matches!(refused, Error::Full(_)), "{refused:?}");
    let whole = async |written: i64| {
        assert_eq!(seqs(&store, id).await, (1..=2 + 2 * written).collect::<Vec<_>>(), "no half of a commit");
        assert_eq!(store.entries(id, 1).await.unwrap().len(), usize::try_from(written).unwrap());
        assert_eq!(pragma(&store, "integrity_check").await, "ok");
    };
    whole(written).await;
    // Room again: the same commit is made, and once.
    pragma(&store, "max_page_count = 1000000").await;
    let again = store.commit(&[commit_of(&claim, part(written))]).await.unwrap();
    assert!(matches!(again[0], Outcome::Written(_)), "{again:?}");
    whole(written + 1).await;
}

#[tokio::test]
async fn control_without_a_transaction_a_full_disk_leaves_half_of_a_commit() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let store = database.connect().await;
    submit(&store).await;
    pragma(&store, "max_page_count = 1").await;
    let write = async |sql: String| sea_orm::ConnectionTrait::execute_unprepared(store.connection(), &sql).await;
    let event = |number: i64| {
        format!(
            "INSERT INTO job_events (job_id, seq, tenant_id, kind, data, created_at) \
             SELECT id, {number}, tenant_id, 'task_complete', '{{}}', 0 FROM jobs"
        )
    };
    let task = |number: i64| {
        format!(
            "INSERT INTO tasks (job_id, path, tenant_id, kind, agent, step, status, attempts, output, created_at) \
             SELECT id, 'n/{number}', tenant_id, 'task', 'a', 1, 'completed', 1, '{}', 0 FROM jobs",
            "x".repeat(700)
        )
    };
    // Each is whole by itself; what belongs together is not.
    for number in 2.. {
        write(event(number)).await.unwrap();
        if write(task(number)).await.is_err() {
            break;
        }
        assert!(number < 1_000, "the disk is not full");
    }
    let count = async |table: &str| {
        let statement = Statement::from_string(DbBackend::Sqlite, format!("SELECT count(*) AS rows FROM {table}"));
        let row = store.connection().query_one_raw(statement).await.unwrap().unwrap();
        row.try_get::<i64>("", "rows").unwrap()
    };
    // The first event is the submission's.
    assert_eq!(count("job_events").await - 1, count("tasks").await + 1, "an event says what no task has done");
}
