//! What becomes of gates: one decision or the end of their time, for what was shown, and reminders until then.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use domain::{
    Event, GateId, JobId, TenantId, WorkerId,
    alert::{AlertKind, AlertRecord, AlertStatus, Severity, UNRESOLVED_MAX},
    event::ApprovalDecided,
    gate::{Decision, DecisionKind, Gate, GateKind, GatePolicy, GateStatus, NewGate, OnTimeout, TIMEOUT},
    job::{JobStatus, Reason, WorkflowKind},
};
use futures::future::join_all;
use serde_json::json;
use store::{
    AlertFilter, ClaimRequest, CommitPart, DecideRequest, Error, GateDraft, JobCommit, NextState, Owner, Reminded,
    Store,
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
    of_a_hundred_decisions_and_the_timer_one_wins_and_is_told_once,
    what_approves_itself_goes_on_decided_by_timeout,
    a_question_is_never_answered_by_its_end,
    a_gate_that_waits_outlives_its_expiry,
    an_end_that_rejects_is_a_decision_and_the_end_of_the_job,
    control_without_a_sweep_nothing_ends_by_itself,
    a_decision_holds_for_what_was_shown,
    a_request_says_how_long_its_gates_wait,
    reminders_come_twice_and_end_with_the_gate,
    a_reminder_ends_with_its_job,
    schedulers_side_by_side_remind_once,
    control_a_reminder_that_is_not_crossed_off_comes_again,
    where_there_are_too_many_alerts_a_reminder_is_put_off,
);

/// In the suite a tenth of what a night takes.
const APPROVALS: usize = 20;
const HOUR: Duration = Duration::from_secs(3600);

fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

/// A job with an open gate.
struct Waiting {
    id: JobId,
    gate: Gate,
}

async fn waiting(store: &Store, kind: GateKind, on_timeout: OnTimeout, timeout: Duration) -> Waiting {
    let job = new_job();
    store.submit(&owner(), &job, None).await.unwrap();
    ask(store, job.id, kind, on_timeout, timeout).await
}

/// Claims the job and opens a gate.
async fn ask(store: &Store, id: JobId, kind: GateKind, on_timeout: OnTimeout, timeout: Duration) -> Waiting {
    let (rung, readable) = ([id], vec![(WorkflowKind::Probe, 1)]);
    let request = ClaimRequest {
        worker: WorkerId::new(),
        lease: HOUR,
        readable: &readable,
        rung: Some(&rung),
        limit: 1,
        suspect: true,
    };
    let claim = store.claim(&request).await.unwrap().remove(0);
    let new = NewGate {
        kind,
        prompt: "Go?".to_owned(),
        proposal: json!({ "total": 1 }),
        options: vec![],
        policy: GatePolicy { timeout_s: None, on_timeout: Some(on_timeout) },
    };
    let now = store.now().await.unwrap();
    let draft = GateDraft::open(GateId::new(), new, now, timeout, OnTimeout::Reject).reminded(2 * HOUR, HOUR);
    let gate = draft.gate.clone();
    let next = NextState::Waiting(Box::new(draft));
    let part = CommitPart { events: vec![], tasks: vec![], checkpoint: None, next };
    let commit =
        JobCommit { job_id: id, tenant: claim.tenant, fence: claim.fence, commit_no: claim.commit_no + 1, part };
    store.commit(&[commit]).await.unwrap();
    Waiting { id, gate }
}

fn decide(job_id: JobId, decision: DecisionKind, by: &str) -> DecideRequest {
    let decision = Decision { decision, edits: None, answer: None, comment: None };
    DecideRequest { job_id, gate: None, decision, proposal_hash: None, by: by.to_owned() }
}

async fn gate_of(store: &Store, id: JobId) -> Gate {
    store.job_detail(&owner(), id).await.unwrap().gate.unwrap()
}

/// The rows that say who decided, and that the journal has no gap.
async fn decisions(store: &Store, id: JobId) -> Vec<ApprovalDecided> {
    let events = store.events(&owner(), id, 0).await.unwrap();
    assert!((1..).zip(&events).all(|(seq, event)| event.seq == seq), "{events:?}");
    let events = events.iter().map(|event| event.record(id).unwrap().event);
    events.filter_map(|event| if let Event::ApprovalDecided(decided) = event { Some(decided) } else { None }).collect()
}

async fn alerts(store: &Store) -> Vec<AlertRecord> {
    store.alerts(&owner(), &AlertFilter::default(), 500).await.unwrap()
}

/// Lets every gate have been open for so much longer.
async fn age(store: &Store, by: Duration) {
    let micros = by.as_micros();
    for change in [
        "expires_at = expires_at - {}",
        "created_at = created_at - {}",
        "remind_at = remind_at - {}",
        "warn_at = warn_at - {}",
    ] {
        tamper(store, &format!("UPDATE gates SET {}", change.replace("{}", &micros.to_string()))).await;
    }
    tamper(store, &format!("UPDATE jobs SET due_at = due_at - {micros} WHERE status = 'waiting_approval'")).await;
}

async fn of_a_hundred_decisions_and_the_timer_one_wins_and_is_told_once(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    // Two replicas, so that the database and not only the process decides.
    let stores = [database.connect().await, database.connect().await];
    let (mut by_people, mut by_timeout) = (0, 0);
    for round in 0..APPROVALS {
        let on_timeout = if round % 2 == 0 { OnTimeout::Reject } else { OnTimeout::Approve };
        // The first is over before it is asked, the last never: both ends of the race are sure to be seen.
        let timeout = Duration::from_millis([0, 5, 10, 20, 60_000][round % 5]);
        let Waiting { id, .. } = waiting(&stores[0], GateKind::Approval, on_timeout, timeout).await;
        let stores = &stores;
        let deciders = (0..100).map(|number| async move {
            let kind = if number % 2 == 0 { DecisionKind::Approve } else { DecisionKind::Reject };
            stores[number % 2].decide(&owner(), &decide(id, kind, &format!("key/{number}"))).await
        });
        let timers = stores.iter().map(|store| async move {
            let mut won = 0;
            while store.job(&owner(), id).await.unwrap().status == JobStatus::WaitingApproval {
                won += store.sweep().await.unwrap().len();
            }
            won
        });
        let (decided, swept) = tokio::join!(join_all(deciders), join_all(timers));
        let people = decided.iter().filter(|decided| decided.is_ok()).count();
        assert_eq!(people + swept.iter().sum::<usize>(), 1, "round {round}: {swept:?}");
        let late = |error: &Error| matches!(error, Error::Decided(_) | Error::Expired(_));
        assert!(decided.iter().all(|decided| decided.as_ref().err().is_none_or(late)), "{decided:?}");
        let told = decisions(&stores[0], id).await;
        assert_eq!(told.len(), 1, "round {round}: {told:?}");
        let gate = gate_of(&stores[0], id).await;
        assert_eq!(gate.decided_by.as_ref(), Some(&told[0].decided_by));
        assert_eq!(told[0].decided_by == TIMEOUT, people == 0);
        let expected = match (people, on_timeout) {
            (0, OnTimeout::Reject) => (GateStatus::Expired, JobStatus::Failed),
            _ => (GateStatus::Decided, JobStatus::Queued),
        };
        assert_eq!((gate.status, stores[0].job(&owner(), id).await.unwrap().status), expected);
        (by_people, by_timeout) = (by_people + people, by_timeout + 1 - people);
    }
    assert_eq!(by_people + by_timeout, APPROVALS);
    assert!(by_people > 0 && by_timeout > 0, "it was a race: {by_people} by people, {by_timeout} by the timer");
}

async fn what_approves_itself_goes_on_decided_by_timeout(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let Waiting { id, gate } = waiting(&store, GateKind::Approval, OnTimeout::Approve, Duration::ZERO).await;
    let early = store.decide(&owner(), &decide(id, DecisionKind::Reject, "key/ana")).await;
    assert!(matches!(early, Err(Error::Expired(_))), "its time is over, although no sweep has seen it yet");
    let swept = store.sweep().await.unwrap();
    assert_eq!((swept.len(), swept[0].reason, swept[0].events.len()), (1, None, 2));
    assert!(swept[0].due.is_some(), "it is worth a ring");
    let job = store.job(&owner(), id).await.unwrap();
    assert_eq!(
        (job.status, job.summary.as_str()),
        (JobStatus::Queued, "Approved"),
        "it does not seem to wait any more"
    );
    let (approved, shown) = store.approval(id).await.unwrap().unwrap();
    assert_eq!((approved.decided_by.as_deref(), &shown), (Some("timeout"), &gate.proposal_hash));
    assert_eq!(decisions(&store, id).await[0].proposal_hash, gate.proposal_hash);
    for kind in [DecisionKind::Approve, DecisionKind::Reject] {
        let late = store.decide(&owner(), &decide(id, kind, "key/ana")).await;
        assert!(matches!(late, Err(Error::Expired(_))), "{late:?}");
    }
    assert!(store.sweep().await.unwrap().is_empty());
}

async fn a_question_is_never_answered_by_its_end(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let Waiting { id, gate } = waiting(&store, GateKind::Question, OnTimeout::Approve, Duration::ZERO).await;
    assert_eq!(gate.on_timeout, OnTimeout::Reject, "the gate says so from the start");
    // Not even when the row says otherwise.
    tamper(&store, "UPDATE gates SET on_timeout = 'approve'").await;
    assert_eq!(store.sweep().await.unwrap()[0].reason, Some(Reason::ApprovalExpired));
    assert_eq!(store.job(&owner(), id).await.unwrap().status, JobStatus::Failed);
}

async fn a_gate_that_waits_outlives_its_expiry(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let Waiting { id, .. } = waiting(&store, GateKind::Approval, OnTimeout::Wait, Duration::ZERO).await;
    age(&store, 1_000 * HOUR).await;
    assert!(store.sweep().await.unwrap().is_empty());
    let decided = store.decide(&owner(), &decide(id, DecisionKind::Approve, "key/ana")).await.unwrap();
    assert_eq!(decided.gate.decided_by.as_deref(), Some("key/ana"));
}

async fn an_end_that_rejects_is_a_decision_and_the_end_of_the_job(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let Waiting { id, gate } = waiting(&store, GateKind::Approval, OnTimeout::Reject, Duration::ZERO).await;
    let swept = store.sweep().await.unwrap();
    assert_eq!((swept[0].reason, swept[0].due), (Some(Reason::ApprovalExpired), None));
    let told = decisions(&store, id).await;
    assert_eq!((told.len(), told[0].decided_by.as_str()), (1, TIMEOUT));
    assert_eq!((told[0].decision.decision, &told[0].proposal_hash), (DecisionKind::Reject, &gate.proposal_hash));
    let last = store.events(&owner(), id, 0).await.unwrap().pop().unwrap();
    assert!(last.record(id).unwrap().event.is_terminal(), "nothing follows the end");
    let detail = store.job_detail(&owner(), id).await.unwrap();
    assert_eq!((detail.job.seq, detail.job.reason), (last.seq, Some(Reason::ApprovalExpired)));
    let gate = detail.gate.unwrap();
    assert_eq!((gate.status, gate.decided_by.as_deref()), (GateStatus::Expired, Some(TIMEOUT)));
    assert!(gate.decided_at.is_some());
}

async fn control_without_a_sweep_nothing_ends_by_itself(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    for on_timeout in [OnTimeout::Reject, OnTimeout::Approve] {
        let Waiting { id, .. } = waiting(&store, GateKind::Approval, on_timeout, Duration::ZERO).await;
        age(&store, HOUR).await;
        assert_eq!(store.job(&owner(), id).await.unwrap().status, JobStatus::WaitingApproval);
        assert!(decisions(&store, id).await.is_empty());
    }
}

async fn a_decision_holds_for_what_was_shown(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let Waiting { id, gate: first } = waiting(&store, GateKind::Approval, OnTimeout::Reject, HOUR).await;
    let shown = |hash: &str| DecideRequest {
        proposal_hash: Some(hash.to_owned()),
        ..decide(id, DecisionKind::Approve, "key/ana")
    };
    let other = store.decide(&owner(), &shown(&"0".repeat(64))).await;
    let Err(Error::ProposalChanged(current)) = other else { panic!("{other:?}") };
    assert_eq!((current.approval_id, current.status), (first.approval_id, GateStatus::Pending), "it shows what is");
    store
        .decide(
            &owner(),
            &DecideRequest {
                decision: Decision {
                    edits: Some(json!({ "pace": "relaxed" })),
                    ..decide(id, DecisionKind::Edit, "").decision
                },
                ..shown(&first.proposal_hash)
            },
        )
        .await
        .unwrap();
    // The edit led to another proposal; who saw the first one approves nothing.
    let Waiting { gate: second, .. } = ask(&store, id, GateKind::Approval, OnTimeout::Reject, HOUR).await;
    assert_ne!(second.proposal_hash, first.proposal_hash, "the same words at another gate are another proposal");
    let late = store.decide(&owner(), &shown(&first.proposal_hash)).await;
    assert!(matches!(late, Err(Error::ProposalChanged(gate)) if gate.approval_id == second.approval_id));
    let decided = store.decide(&owner(), &shown(&second.proposal_hash)).await.unwrap();
    assert_eq!(decided.gate.approval_id, second.approval_id, "the hash names the gate");
    assert_eq!(store.approval(id).await.unwrap().unwrap().1, second.proposal_hash);
}

async fn a_request_says_how_long_its_gates_wait(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let now = database.connect().await.now().await.unwrap();
    let open = |policy: GatePolicy| {
        let new = NewGate { kind: GateKind::Approval, prompt: "?".into(), proposal: json!(1), options: vec![], policy };
        GateDraft::open(GateId::new(), new, now, 72 * HOUR, OnTimeout::Wait).reminded(4 * HOUR, 6 * HOUR)
    };
    let plain = open(GatePolicy::default());
    assert_eq!((plain.gate.expires_at, plain.gate.on_timeout), (now + 72 * HOUR, OnTimeout::Wait));
    assert_eq!((plain.remind_at, plain.warn_at), (Some(now + 4 * HOUR), Some(now + 66 * HOUR)));
    let short = open(GatePolicy { timeout_s: Some(3600), on_timeout: Some(OnTimeout::Approve) });
    assert_eq!((short.gate.expires_at, short.gate.on_timeout), (now + HOUR, OnTimeout::Approve));
    assert_eq!((short.remind_at, short.warn_at), (Some(now + HOUR / 2), Some(now + HOUR - HOUR / 4)));
}

async fn reminders_come_twice_and_end_with_the_gate(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let Waiting { id, gate } = waiting(&store, GateKind::Approval, OnTimeout::Reject, 10 * HOUR).await;
    assert_eq!(store.remind_gates().await.unwrap().0, Reminded::default(), "not before its time");
    age(&store, 2 * HOUR).await;
    assert_eq!(store.remind_gates().await.unwrap().0, Reminded { raised: 1, put_off: 0 });
    assert_eq!(store.remind_gates().await.unwrap().0, Reminded::default());
    let first = alerts(&store).await.remove(0);
    assert_eq!(
        (first.kind, first.severity, first.user_id.as_deref()),
        (AlertKind::Approval, Severity::Info, Some("ana"))
    );
    assert_eq!((&first.data["job_id"], &first.data["approval_id"]), (&json!(id), &json!(gate.approval_id)));
    assert!(first.body.contains("Then the job fails."), "{}", first.body);
    age(&store, 7 * HOUR).await;
    assert_eq!(store.remind_gates().await.unwrap().0, Reminded { raised: 1, put_off: 0 });
    let both = alerts(&store).await;
    assert_eq!((both.len(), both[0].id, both[0].severity), (1, first.id, Severity::Warning), "one cause, one alert");
    assert!(both[0].seq > first.seq, "and its reader is told again");
    assert_eq!(store.remind_gates().await.unwrap().0, Reminded::default());
    store.decide(&owner(), &decide(id, DecisionKind::Approve, "key/ana")).await.unwrap();
    let resolved = alerts(&store).await;
    assert_eq!((resolved.len(), resolved[0].status), (1, AlertStatus::Resolved));
    age(&store, 100 * HOUR).await;
    assert_eq!(store.remind_gates().await.unwrap().0, Reminded::default());
}

async fn a_reminder_ends_with_its_job(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let mut jobs = Vec::new();
    for on_timeout in [OnTimeout::Wait, OnTimeout::Reject, OnTimeout::Approve] {
        jobs.push(waiting(&store, GateKind::Approval, on_timeout, 10 * HOUR).await.id);
    }
    age(&store, 2 * HOUR).await;
    assert_eq!(store.remind_gates().await.unwrap().0.raised, 3);
    let open = async || alerts(&store).await.iter().filter(|alert| alert.status == AlertStatus::Open).count();
    assert_eq!(open().await, 3);
    store.cancel(&owner(), jobs[0], "key/ana").await.unwrap();
    assert_eq!(open().await, 2, "cancelled");
    age(&store, 8 * HOUR).await;
    assert_eq!(store.sweep().await.unwrap().len(), 2);
    assert_eq!(open().await, 0, "expired, and approved by its expiry");
    assert_eq!(store.remind_gates().await.unwrap().0, Reminded::default());
}

async fn schedulers_side_by_side_remind_once(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let stores = [database.connect().await, database.connect().await, database.connect().await];
    for _ in 0..20 {
        waiting(&stores[0], GateKind::Approval, OnTimeout::Reject, 10 * HOUR).await;
    }
    age(&stores[0], 2 * HOUR).await;
    let raised: u64 =
        join_all(stores.iter().map(|store| async { store.remind_gates().await.unwrap().0.raised })).await.iter().sum();
    assert_eq!(raised, 20);
    let alerts = alerts(&stores[0]).await;
    assert!(alerts.len() == 20 && alerts.iter().all(|alert| alert.occurrences == 1), "{alerts:?}");
}

async fn control_a_reminder_that_is_not_crossed_off_comes_again(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    waiting(&store, GateKind::Approval, OnTimeout::Reject, 10 * HOUR).await;
    age(&store, 2 * HOUR).await;
    for occurrences in 1..=3 {
        assert_eq!(store.remind_gates().await.unwrap().0.raised, 1);
        tamper(&store, "UPDATE gates SET remind_at = created_at").await;
        let alerts = alerts(&store).await;
        assert_eq!(
            (alerts.len(), alerts[0].occurrences),
            (1, occurrences),
            "its cause keeps it one alert all the same"
        );
    }
}

async fn where_there_are_too_many_alerts_a_reminder_is_put_off(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let store = database.connect().await;
    let id = if store.is_postgres() { "gen_random_uuid()" } else { "randomblob(16)" };
    let fill = format!(
        "INSERT INTO alerts (id, tenant_id, seq, kind, severity, title, body, data, cause_key, status, created_at, updated_at) \
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {UNRESOLVED_MAX}) \
         SELECT {id}, 'default', 1000 + n, 'price', 'info', 't', '', '{{}}', 'c' || n, 'open', 0, 0 FROM n"
    );
    assert_eq!(tamper(&store, &fill).await, u64::from(UNRESOLVED_MAX));
    waiting(&store, GateKind::Approval, OnTimeout::Wait, 10 * HOUR).await;
    age(&store, 2 * HOUR).await;
    assert_eq!(store.remind_gates().await.unwrap().0, Reminded { raised: 0, put_off: 1 });
    assert_eq!(
        store.remind_gates().await.unwrap().0,
        Reminded::default(),
        "the others' reminders are not kept waiting"
    );
    tamper(&store, "DELETE FROM alerts").await;
    age(&store, HOUR).await;
    assert_eq!(store.remind_gates().await.unwrap().0, Reminded { raised: 1, put_off: 0 }, "late, and not lost");
}
