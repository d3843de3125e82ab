//! Deciding at gates.

use domain::gate::{GateKind, OnTimeout};
use futures::future::join_all;
use serde_json::json;

use crate::support::{Hand, Server, eventually, json_of, pointers, problem, problem_of};

#[tokio::test]
async fn one_decision_wins_and_the_same_one_repeats() {
    let server = Server::start().await;
    let id = server.submit().await;
    problem(server.post("/v1/approve", &json!({ "job_id": id, "decision": "approve" })), 409, "not_waiting").await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    let gate = hand.ask(GateKind::Approval, 60_000).await;
    let approve = json!({ "job_id": id, "decision": "approve", "user_id": "ana", "comment": "fine" });
    let first = json_of(server.post("/v1/approve", &approve), 200).await;
    assert_eq!((&first["job_id"], &first["status"]), (&json!(id), &json!("queued")));
    assert_eq!(first["gate"]["approval_id"], gate.to_string());
    assert_eq!(first["gate"]["decided_by"], "dev/ana");
    let mut named = approve.clone();
    named["approval_id"] = json!(gate);
    assert_eq!(json_of(server.post("/v1/approve", &named), 200).await, first);
    let reject = json!({ "job_id": id, "decision": "reject", "user_id": "ben" });
    let body = problem(server.post("/v1/approve", &reject), 409, "already_decided").await;
    assert!(body["detail"].as_str().unwrap().starts_with("dev/ana decided \"approve\" at 20"), "{body}");
    assert_eq!(body["gate"], first["gate"]);
}

#[tokio::test]
async fn of_many_concurrent_decisions_one_wins() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    hand.ask(GateKind::Approval, 60_000).await;
    let decisions = (0..40).map(|index| {
        let body = json!({ "job_id": id, "decision": if index % 2 == 0 { "approve" } else { "reject" }, "user_id": format!("u{index}") });
        server.post("/v1/approve", &body).send()
    });
    let mut winners = 0;
    for response in join_all(decisions).await {
        let response = response.unwrap();
        if response.status() == 200 {
            winners += 1;
        } else {
            problem_of(response, 409, "already_decided").await;
        }
    }
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn an_expired_gate_is_gone() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    let gate = hand.ask(GateKind::Approval, 0).await;
    let approve = json!({ "job_id": id, "decision": "approve" });
    let body = problem(server.post("/v1/approve", &approve), 410, "approval_expired").await;
    assert_eq!(body["gate"]["approval_id"], gate.to_string());
}

#[tokio::test]
async fn among_several_gates_one_must_be_named() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    hand.ask(GateKind::Question, 60_000).await;
    json_of(server.post("/v1/approve", &json!({ "job_id": id, "decision": "answer", "answer": "June" })), 200).await;
    eventually("the job is claimed again", async || {
        server.get(&format!("/v1/status/{id}")).send().await.unwrap().status() == 200
    })
    .await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    let second = hand.ask(GateKind::Approval, 60_000).await;
    let unnamed = json!({ "job_id": id, "decision": "approve" });
    let body = problem(server.post("/v1/approve", &unnamed), 422, "approval_unnamed").await;
    assert_eq!(pointers(&body), ["/approval_id"]);
    let named = json!({ "job_id": id, "decision": "edit", "approval_id": second, "edits": { "pace": "relaxed" } });
    json_of(server.post("/v1/approve", &named), 200).await;
    let foreign = json!({ "job_id": id, "decision": "approve", "approval_id": id });
    problem(server.post("/v1/approve", &foreign), 404, "not_found").await;
}

#[tokio::test]
async fn a_decision_must_fit_its_gate() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    hand.ask(GateKind::Approval, 60_000).await;
    for unfit in [
        json!({ "decision": "answer", "answer": "x" }),
        json!({ "decision": "edit" }),
        json!({ "decision": "edit", "edits": 5 }),
    ] {
        let mut body = unfit;
        body["job_id"] = json!(id);
        let body = problem(server.post("/v1/approve", &body), 422, "unfit_decision").await;
        assert_eq!(pointers(&body), ["/decision"]);
    }
    let wrong =
        json!({ "decision": "yes", "approval_id": "1", "answer": "", "edits": { "a": "\u{0}" }, "user_id": "" });
    let body = problem(server.post("/v1/approve", &wrong), 422, "invalid_fields").await;
    assert_eq!(pointers(&body), ["/answer", "/approval_id", "/decision", "/edits/a", "/job_id", "/user_id"]);
    let unknown = json!({ "job_id": id, "decision": "approve", "approved_by": "me" });
    problem(server.post("/v1/approve", &unknown), 400, "unknown_field").await;
}

#[tokio::test]
async fn a_decision_on_something_else_than_the_gate_shows_is_refused() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    let gate = hand.ask_or(GateKind::Approval, 60_000, OnTimeout::Wait).await;
    let shown = json_of(server.get(&format!("/v1/status/{id}")), 200).await;
    assert_eq!(shown["gate"]["proposal_hash"], gate.proposal_hash);
    assert_eq!(shown["gate"]["on_timeout"], "wait");
    let stale = json!({ "job_id": id, "decision": "approve", "proposal_hash": "0".repeat(64) });
    let body = problem(server.post("/v1/approve", &stale), 409, "proposal_changed").await;
    assert_eq!(body["gate"], shown["gate"], "it shows what the gate says now");
    let cut = json!({ "job_id": id, "decision": "approve", "proposal_hash": "0" });
    let body = problem(server.post("/v1/approve", &cut), 422, "invalid_fields").await;
    assert_eq!(pointers(&body), ["/proposal_hash"]);
    let seen = json!({ "job_id": id, "decision": "approve", "proposal_hash": gate.proposal_hash });
    let decided = json_of(server.post("/v1/approve", &seen), 200).await;
    assert_eq!(decided["gate"]["proposal_hash"], gate.proposal_hash);
}

#[tokio::test]
async fn a_decision_behind_the_end_that_approved_is_late() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    hand.ask_or(GateKind::Approval, 0, OnTimeout::Approve).await;
    server.dispatch.store().sweep().await.unwrap();
    for decision in ["approve", "reject"] {
        let late = json!({ "job_id": id, "decision": decision });
        let body = problem(server.post("/v1/approve", &late), 410, "approval_expired").await;
        assert!(body["detail"].as_str().unwrap().starts_with("The gate approved itself at 20"), "{body}");
        assert_eq!((&body["gate"]["decided_by"], &body["gate"]["status"]), (&json!("timeout"), &json!("decided")));
    }
}
