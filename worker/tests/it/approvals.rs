//! What was approved is what goes on, and nothing else: rows that are changed behind a decision are refused.

use domain::{
    gate::{DecisionKind, GateStatus, OnTimeout},
    job::{JobStatus, Reason},
    request::{ApprovalPolicy, PlanRequest},
};
use serde_json::json;
use store::testing::{Engine, tamper};

use crate::house::{House, config, say};

/// What somebody with access to the database could do between the approval and the plan.
const CHANGES: &[&str] = &[
    // The plan, its price, its brief: what would be written.
    r#"UPDATE jobs SET state = replace(state, '"amount_cents":', '"amount_cents":1')"#,
    r#"UPDATE jobs SET state = replace(state, '"title":"', '"title":"Not ')"#,
    r#"UPDATE jobs SET state = replace(state, '"pace":"moderate"', '"pace":"relaxed"')"#,
    // The same behind the node that reads the decision.
    r#"UPDATE jobs SET node = 'finalise', state = replace(state, '"title":"', '"title":"Not ')"#,
    // What was shown.
    r#"UPDATE gates SET proposal = replace(proposal, '"amount_cents":', '"amount_cents":1')"#,
    "UPDATE gates SET prompt = 'Something else?'",
    "UPDATE gates SET options = '[]'",
    "UPDATE gates SET expires_at = expires_at + 1",
    "UPDATE gates SET on_timeout = 'approve'",
    // Both alike.
    r#"UPDATE jobs SET state = replace(state, '"title":"', '"title":"Not ');
       UPDATE gates SET proposal = replace(proposal, '"title":"', '"title":"Not ')"#,
    // The hashes.
    "UPDATE gates SET proposal_hash = decided_hash || '0'",
    "UPDATE gates SET decided_hash = '0' || proposal_hash",
    "UPDATE gates SET decided_hash = NULL",
    "UPDATE gates SET decided_hash = NULL, proposal_hash = ''",
];

fn request() -> PlanRequest {
    let asked = json!({ "query": "4 days in Lisbon for two from Berlin in May, 1800 EUR" });
    let asked: PlanRequest = serde_json::from_value(asked).unwrap();
    PlanRequest { approval: Some(ApprovalPolicy::Always), ..asked }
}

/// A job whose plan was approved while no worker was there to go on with it.
async fn approved(house: &House) -> domain::JobId {
    let worker = house.hire(config()).await;
    let id = house.submit(&request()).await;
    assert_eq!(house.settled(id).await.job.status, JobStatus::WaitingApproval);
    worker.stop().await;
    house.decide(id, say(DecisionKind::Approve)).await;
    id
}

async fn what_is_changed_behind_an_approval_is_refused(engine: Engine) {
    let house = House::build(engine).await;
    let mut refused = 0;
    for change in CHANGES {
        let id = approved(&house).await;
        assert!(tamper(house.store(), change).await > 0, "{change}");
        let worker = house.hire(config()).await;
        let detail = house.settled(id).await;
        worker.stop().await;
        assert_eq!(
            (detail.job.status, detail.job.reason),
            (JobStatus::Failed, Some(Reason::ProposalChanged)),
            "{change}"
        );
        assert!(detail.result.is_none() && detail.error.is_some_and(|error| error.cause.contains("sha256")));
        assert_eq!(house.journal(id).await.last().map(String::as_str), Some("error"), "an event tells");
        refused += 1;
        // Out of the way of the next change, which takes every row.
        tamper(house.store(), "DELETE FROM jobs").await;
    }
    assert_eq!(refused, CHANGES.len());
}

async fn control_what_nobody_changed_goes_on(engine: Engine) {
    let house = House::build(engine).await;
    let id = approved(&house).await;
    let worker = house.hire(config()).await;
    let detail = house.settled(id).await;
    assert_eq!(detail.job.status, JobStatus::Completed, "{:?}", detail.error);
    worker.stop().await;
}

async fn control_without_the_hashes_a_change_would_go_on(engine: Engine) {
    let house = House::build(engine).await;
    let id = approved(&house).await;
    tamper(house.store(), "UPDATE gates SET prompt = 'Something else?'").await;
    // As if nothing had been written down when it was decided.
    let gate = house.detail(id).await.gate.unwrap();
    let hash = gate.hash_shown();
    assert_ne!(hash, gate.proposal_hash);
    tamper(house.store(), &format!("UPDATE gates SET proposal_hash = '{hash}', decided_hash = '{hash}'")).await;
    let worker = house.hire(config()).await;
    assert_eq!(house.settled(id).await.job.status, JobStatus::Completed);
    worker.stop().await;
}

async fn a_gate_ends_as_its_request_says(engine: Engine) {
    let house = House::open(engine).await;
    let asked = |on_timeout| PlanRequest { approval_timeout_s: Some(1), on_timeout: Some(on_timeout), ..request() };
    let approving = house.submit(&asked(OnTimeout::Approve)).await;
    let rejecting = house.submit(&asked(OnTimeout::Reject)).await;
    let waiting = house.submit(&asked(OnTimeout::Wait)).await;
    let ended = async |id| house.until(id, |detail| detail.job.status.is_terminal()).await;
    let detail = ended(approving).await;
    assert_eq!(detail.job.status, JobStatus::Completed, "{:?}", detail.error);
    let gate = detail.gate.unwrap();
    assert_eq!((gate.status, gate.decided_by.as_deref()), (GateStatus::Decided, Some("timeout")));
    let detail = ended(rejecting).await;
    assert_eq!((detail.job.status, detail.job.reason), (JobStatus::Failed, Some(Reason::ApprovalExpired)));
    // It was opened with the others, whose time is over.
    let gate = house.settled(waiting).await.gate.unwrap();
    while house.store().now().await.unwrap() <= gate.expires_at {
        tokio::task::yield_now().await;
    }
    assert_eq!(house.detail(waiting).await.job.status, JobStatus::WaitingApproval);
    house.decide(waiting, say(DecisionKind::Approve)).await;
    assert_eq!(ended(waiting).await.job.status, JobStatus::Completed, "late, and in time all the same");
    house.close().await;
}

/// Writes each test once and runs it on both wirings.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod embedded { $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Engine::Sqlite).await; })+ }
        mod distributed { $(#[tokio::test(flavor = "multi_thread")] async fn $name() { super::$name(super::Engine::Postgres).await; })+ }
    };
}

on_both!(
    what_is_changed_behind_an_approval_is_refused,
    control_what_nobody_changed_goes_on,
    control_without_the_hashes_a_change_would_go_on,
    a_gate_ends_as_its_request_says,
);
