//! Lists, cancels, feedback, health, metrics.

use std::collections::BTreeSet;

use domain::JobId;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use store::testing::Engine;

use crate::support::{Hand, Server, journal, json_of, pointers, problem};

#[tokio::test]
async fn a_list_is_paged_without_loss_or_repetition() {
    let server = Server::start().await;
    let mut submitted = BTreeSet::new();
    for _ in 0..25 {
        submitted.insert(server.submit().await.to_string());
    }
    let mut path = "/v1/jobs?limit=10".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = json_of(server.get(&path), 200).await;
        let jobs = page["jobs"].as_array().unwrap();
        seen.extend(jobs.iter().map(|job| job["job_id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.get("next_cursor").and_then(Value::as_str) else { break };
        assert_eq!(jobs.len(), 10);
        path = format!("/v1/jobs?limit=10&cursor={cursor}");
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.is_sorted_by(|left, right| left > right), "newest first");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), submitted);
    assert_eq!(json_of(server.get("/v1/jobs"), 200).await["jobs"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_list_is_filtered() {
    let server = Server::start().await;
    let first = server.submit().await;
    json_of(server.post("/v1/plan", &json!({ "query": "q", "user_id": "ana" })), 202).await;
    json_of(server.request(Method::POST, &format!("/v1/jobs/{first}/cancel")), 200).await;
    for (filter, count) in [
        ("status=cancelled", 1),
        ("status=queued", 1),
        ("status=running", 0),
        ("workflow=travel", 2),
        ("workflow=probe", 0),
        ("user_id=ana", 1),
        ("user_id=%00", 0),
        ("user_id=%27%20OR%201%3D1%20--", 0),
        ("status=queued&user_id=ana&workflow=travel", 1),
    ] {
        let page = json_of(server.get(&format!("/v1/jobs?{filter}")), 200).await;
        assert_eq!(page["jobs"].as_array().unwrap().len(), count, "{filter}");
    }
    for (bad, code) in [
        ("limit=0", "bad_parameter"),
        ("limit=101", "bad_parameter"),
        ("limit=-1", "bad_parameter"),
        ("limit=1e9", "bad_parameter"),
        ("limit=", "bad_parameter"),
        ("status=done", "bad_parameter"),
        ("workflow=x", "bad_parameter"),
        ("cursor=x", "bad_cursor"),
        ("cursor=0198c2f07d0e7c3a9a550d6f5c1b2a3e00000000", "bad_cursor"),
    ] {
        let body = problem(server.get(&format!("/v1/jobs?{bad}")), 400, code).await;
        assert_eq!(pointers(&body), [bad.split('=').next().unwrap()]);
    }
}

#[tokio::test]
async fn a_cancelled_job_stays_cancelled_and_an_ended_one_ended() {
    let server = Server::start().await;
    let id = server.submit().await;
    let cancel = || server.request(Method::POST, &format!("/v1/jobs/{id}/cancel"));
    let first = json_of(cancel(), 200).await;
    assert_eq!(first, json!({ "job_id": id, "status": "cancelled" }));
    assert_eq!(json_of(cancel(), 200).await, first);
    let status = json_of(server.get(&format!("/v1/status/{id}")), 200).await;
    assert_eq!((&status["status"], &status["reason"]), (&json!("cancelled"), &json!("requested")));
    assert_eq!(status["error"]["cause"], "dev/- cancelled the job");
    let ended = server.submit().await;
    Hand::claim(&server.dispatch, ended).await.complete().await;
    let body = problem(server.request(Method::POST, &format!("/v1/jobs/{ended}/cancel")), 409, "job_ended").await;
    assert_eq!(body["job_status"], "completed");
}

#[tokio::test]
async fn feedback_is_stored_and_told() {
    let server = Server::start().await;
    let id = server.submit().await;
    let body = json!({ "job_id": id, "rating": 4, "comment": "good", "tags": ["food"], "user_id": "ana" });
    let stored = json_of(server.post("/v1/feedback", &body), 201).await;
    let journal = journal(server.store(), id).await;
    assert_eq!(journal[1].2["event"]["feedback_id"], stored["feedback_id"]);
    problem(server.post("/v1/feedback", &json!({ "job_id": JobId::new(), "rating": 1 })), 404, "not_found").await;
    let wrong = json!({ "rating": 6, "comment": "x".repeat(4001), "tags": vec!["x"; 21] });
    let body = problem(server.post("/v1/feedback", &wrong), 422, "invalid_fields").await;
    assert_eq!(pointers(&body), ["/comment", "/job_id", "/rating", "/tags"]);
    let wrong = json!({ "job_id": id, "rating": 4.5, "tags": ["", "x".repeat(65), 5] });
    let body = problem(server.post("/v1/feedback", &wrong), 422, "invalid_fields").await;
    assert_eq!(pointers(&body), ["/rating", "/tags/0", "/tags/1", "/tags/2"]);
}

#[tokio::test]
async fn repeated_feedback_of_a_key_is_stored_once() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = Server::start_on(engine).await;
        let (id, other) = (server.submit().await, server.submit().await);
        let body = json!({ "job_id": id, "rating": 5, "comment": "good" });
        let post = |key: &str, body: &Value| {
            let request = server.post("/v1/feedback", body).header("Idempotency-Key", key);
            async move { request.send().await.unwrap() }
        };
        let ids = join_all((0..10).map(async |_| {
            let answer = post("one", &body).await;
            assert_eq!(answer.status(), 201);
            answer.json::<Value>().await.unwrap()["feedback_id"].clone()
        }))
        .await;
        assert!(ids.iter().all(|found| *found == ids[0]), "{ids:?}");
        assert_eq!(journal(server.store(), id).await.len(), 2, "one event beside the first");
        assert_eq!(post("two", &body).await.status(), 201);
        assert_eq!(journal(server.store(), id).await.len(), 3, "control: another key is another verdict");
        let elsewhere = json!({ "job_id": other, "rating": 5, "comment": "good" });
        let reused = server.post("/v1/feedback", &elsewhere).header("Idempotency-Key", "one");
        problem(reused, 422, "idempotency_key_reused").await;
        assert_eq!(journal(server.store(), other).await.len(), 1);
    }
}

#[tokio::test]
async fn health_says_what_works() {
    let server = Server::start().await;
    for path in ["/health", "/health/db", "/health/ready"] {
        assert_eq!(json_of(server.get(path), 200).await, json!({ "status": "ok" }), "{path}");
    }
    assert_eq!(json_of(server.get("/health/redis"), 200).await, json!({ "status": "ok", "detail": "in-process" }));
    problem(server.get("/metrics"), 404, "not_found").await;
}
