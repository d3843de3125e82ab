//! Reading a job, and waiting for it.

use std::time::{Duration, Instant};

use domain::JobId;
use serde_json::json;

use crate::support::{Hand, Server, json_of, problem, soon};

#[tokio::test]
async fn a_status_shows_the_job() {
    let server = Server::start().await;
    let id = server.submit().await;
    let queued = json_of(server.get(&format!("/v1/status/{id}")), 200).await;
    assert_eq!(
        (&queued["status"], &queued["seq"], &queued["workflow"]),
        (&json!("queued"), &json!(1), &json!("travel"))
    );
    assert_eq!(queued["cost"], json!({ "microusd": 0, "usd": 0.0 }));
    assert_eq!((&queued["partial"], &queued["tasks"]), (&json!({}), &json!([])));
    assert_eq!(queued["stream_url"], format!("/v1/stream/{id}"));
    for absent in
        ["reason", "node", "result", "error", "gate", "started_at", "finished_at", "deadline_at", "user_id", "plan_url"]
    {
        assert!(queued.get(absent).is_none(), "{absent} of {queued}");
    }
    let mut hand = Hand::claim(&server.dispatch, id).await;
    hand.outputs(1, 3).await;
    hand.complete().await;
    let done = json_of(server.get(&format!("/v1/status/{id}?wait_s=30")), 200).await;
    assert_eq!(
        (&done["status"], &done["seq"], &done["result"]),
        (&json!("completed"), &json!(4), &json!({ "days": [] }))
    );
    assert_eq!(done["partial"], json!({ "transport": { "summary": "xxx", "output": { "found": 3 } } }));
    assert_eq!(done["plan_url"], format!("/v1/jobs/{id}/plan"));
    assert!(done["finished_at"].is_string() && done["started_at"].is_string());
}

#[tokio::test]
async fn a_wait_ends_with_the_next_change() {
    let server = Server::start().await;
    let id = server.submit().await;
    let waiting = json_of(server.get(&format!("/v1/status/{id}?wait_s=30")), 200);
    // The reader is there when its place is taken; the claim must not come before.
    let claiming = async {
        let path = format!("/v1/status/{id}?wait_s=1");
        assert_eq!(json_of(server.get(&path), 200).await["status"], "queued");
        Hand::claim(&server.dispatch, id).await
    };
    let started = Instant::now();
    let (status, _hand) = soon(futures::future::join(waiting, claiming)).await;
    assert_eq!((&status["status"], &status["seq"]), (&json!("running"), &json!(2)));
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_wait_that_sees_nothing_ends_in_time() {
    let server = Server::start().await;
    let id = server.submit().await;
    let started = Instant::now();
    assert_eq!(json_of(server.get(&format!("/v1/status/{id}?wait_s=1")), 200).await["status"], "queued");
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_job_that_waits_for_a_person_is_answered_at_once() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    let gate = hand.ask(domain::gate::GateKind::Approval, 60_000).await;
    let started = Instant::now();
    let status = json_of(server.get(&format!("/v1/status/{id}?wait_s=30")), 200).await;
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(status["status"], "waiting_approval");
    assert_eq!(status["gate"]["approval_id"], gate.to_string());
}

#[tokio::test]
async fn a_shutdown_ends_a_wait() {
    let server = Server::start().await;
    let id = server.submit().await;
    let waiting = json_of(server.get(&format!("/v1/status/{id}?wait_s=30")), 200);
    let stopping = async {
        json_of(server.get(&format!("/v1/status/{id}?wait_s=1")), 200).await;
        server.shutdown.cancel();
    };
    let started = Instant::now();
    let (status, ()) = soon(futures::future::join(waiting, stopping)).await;
    assert_eq!(status["status"], "queued");
    assert!(started.elapsed() < Duration::from_secs(15));
    server.stop().await;
}

#[tokio::test]
async fn unknown_jobs_and_bad_waits_are_refused() {
    let server = Server::start().await;
    let id = JobId::new();
    for job in [id.to_string(), "1".to_owned(), "x".repeat(500), "%00".to_owned(), "'%20OR%201=1".to_owned()] {
        for path in [format!("/v1/status/{job}"), format!("/v1/stream/{job}"), format!("/v1/status/{job}?wait_s=30")] {
            problem(server.get(&path), 404, "not_found").await;
        }
        problem(server.request(reqwest::Method::POST, &format!("/v1/jobs/{job}/cancel")), 404, "not_found").await;
    }
    let job = server.submit().await;
    for wait in ["31", "-1", "x", "1.5", "99999999999999999999"] {
        let body = problem(server.get(&format!("/v1/status/{job}?wait_s={wait}")), 400, "bad_parameter").await;
        assert_eq!(body["errors"][0]["pointer"], "wait_s");
    }
}
