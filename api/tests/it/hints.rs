//! What an open stream of alerts hears at once, because whoever changed a row said so.

use std::time::Duration;

use domain::{
    Event, GateId, JobId, TenantId,
    gate::{Decision, DecisionKind, GateKind, GatePolicy, NewGate, OnTimeout},
    job::{Mode, WorkflowKind},
    watch::Observation,
};
use serde_json::{Value, json};
use store::{
    DecideRequest, GateDraft, LookFiring, LookRecord, NewJob, NextState, Owner, Recorded,
    testing::{Engine, new_job},
};
use tokio::time::timeout;

use crate::{
    alerts::{follow, new_alert, raise},
    support::{Hand, Server, Stream},
    watches::{claim, make, price},
};

/// Well under the pause between two looks at the rows, which is two seconds at least.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A stream that has looked just now.
async fn fresh_stream(server: &Server) -> Stream {
    let mut stream = follow(server, "").await;
    raise(server, "before", None).await;
    assert_eq!(stream.next().await.unwrap().2["cause_key"], "before");
    stream
}

async fn at_once(stream: &mut Stream) -> Value {
    timeout(AT_ONCE, stream.next()).await.expect("it is told at once").unwrap().2
}

fn owner() -> Owner {
    Owner::new(TenantId::default_tenant())
}

fn suggestion() -> NewJob {
    NewJob { workflow: WorkflowKind::Suggest, mode: Mode::Proactive, user_id: None, ..new_job() }
}

#[tokio::test]
async fn of_a_look_that_saw_nothing() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = Server::start_on(engine).await;
        make(&server).await;
        let claimed = claim(&server).await;
        let mut stream = fresh_stream(&server).await;
        let trouble = new_alert("blind", None);
        assert!(server.dispatch.fail_look(&claimed, "no answer", None, Some(&trouble)).await.unwrap());
        assert_eq!(at_once(&mut stream).await["cause_key"], "blind");
    }
}

#[tokio::test]
async fn of_a_look_that_fired_and_of_what_it_cleared() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = Server::start_on(engine).await;
        make(&server).await;
        raise(&server, "blind", None).await;
        let (claimed, job, alert) = (claim(&server).await, suggestion(), new_alert("cheap", None));
        let mut stream = follow(&server, "").await;
        stream.next().await.unwrap();
        let observation = Observation { job_id: Some(job.id), ..price(&claimed, 10_000) };
        let record = LookRecord {
            observation: &observation,
            state: &claimed.watch.state,
            then: None,
            firing: Some(LookFiring { job: &job, alert: &alert }),
            clear: &["blind".to_owned()],
        };
        let recorded = server.dispatch.record_look(&claimed, &record).await.unwrap();
        assert_eq!(recorded, Recorded::Written(Some(job.id)));
        let told = [at_once(&mut stream).await, at_once(&mut stream).await];
        assert_eq!((&told[0]["cause_key"], &told[0]["status"]), (&json!("blind"), &json!("resolved")));
        assert_eq!((&told[1]["cause_key"], &told[1]["status"]), (&json!("cheap"), &json!("open")));
    }
}

/// A gate that waits, and a stream that was just told so.
async fn reminded(server: &Server) -> (JobId, Stream) {
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    let policy = GatePolicy { timeout_s: None, on_timeout: None };
    let new = NewGate { kind: GateKind::Approval, prompt: "Go?".into(), proposal: json!(1), options: vec![], policy };
    let (now, hour) = (server.store().now().await.unwrap(), Duration::from_secs(3_600));
    let draft = GateDraft::open(GateId::new(), new, now, hour, OnTimeout::Reject).reminded(Duration::ZERO, hour);
    hand.commit(Vec::<Event>::new(), NextState::Waiting(Box::new(draft))).await;
    let mut stream = fresh_stream(server).await;
    assert_eq!(server.dispatch.remind_gates().await.unwrap().raised, 1);
    let told = at_once(&mut stream).await;
    assert_eq!((&told["data"]["job_id"], &told["status"]), (&json!(id), &json!("open")));
    (id, stream)
}

#[tokio::test]
async fn of_a_gate_that_waits_and_of_its_decision() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = Server::start_on(engine).await;
        let (job_id, mut stream) = reminded(&server).await;
        let decision = Decision { decision: DecisionKind::Approve, edits: None, answer: None, comment: None };
        let request = DecideRequest { job_id, gate: None, decision, proposal_hash: None, by: "ana".to_owned() };
        server.dispatch.decide(&owner(), &request).await.unwrap();
        assert_eq!(at_once(&mut stream).await["status"], "resolved");
    }
}

#[tokio::test]
async fn of_a_gate_that_waits_and_of_its_jobs_cancellation() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = Server::start_on(engine).await;
        let (id, mut stream) = reminded(&server).await;
        server.dispatch.cancel(&owner(), id, "ana").await.unwrap();
        assert_eq!(at_once(&mut stream).await["status"], "resolved");
    }
}
