//! Submitting.

use std::time::{Duration, Instant};

use api::{Access, Config};
use broker::Broker;
use domain::{TenantId, job::WorkflowKind};
use futures::{StreamExt, future::join_all, stream};
use reqwest::Method;
use serde_json::json;
use store::{JobFilter, Owner};

use crate::support::{Server, job_id, json_of, pointers, problem, problem_of};

#[tokio::test]
async fn a_plan_is_accepted_with_its_addresses() {
    let server = Server::start().await;
    let response = server
        .post("/v1/plan", &json!({ "query": "4 days in\n Lisbon", "user_id": "ana", "deadline_s": 60 }))
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 202);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let body = response.json().await.unwrap();
    let id = job_id(&body);
    let expected =
        json!({ "job_id": id, "status": "queued", "status_url": location, "stream_url": format!("/v1/stream/{id}") });
    assert_eq!(body, expected);
    let status = json_of(server.get(&location), 200).await;
    assert_eq!(status["summary"], "4 days in Lisbon");
    assert_eq!(status["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(status["user_id"], "ana");
    assert!(status["deadline_at"].is_string());
    server.stop().await;
}

#[tokio::test]
async fn the_same_key_makes_one_job_and_one_answer() {
    let server = Server::start().await;
    let body = json!({ "query": "Lisbon", "constraints": { "days": 4, "travellers": 2 } });
    let again = json!({ "constraints": { "travellers": 2, "days": 4 }, "query": "Lisbon", "user_id": null });
    let post = |body| server.post("/v1/plan", body).header("Idempotency-Key", "k1");
    let first = json_of(post(&body), 202).await;
    assert_eq!(json_of(post(&again), 202).await, first);
    problem(post(&json!({ "query": "Porto" })), 422, "idempotency_key_reused").await;
    let other = json_of(server.post("/v1/plan", &body).header("Idempotency-Key", "k2"), 202).await;
    assert_ne!(other["job_id"], first["job_id"]);
}

#[tokio::test]
async fn concurrent_posts_of_a_key_make_one_job() {
    let server = Server::start().await;
    let body = json!({ "query": "Lisbon" });
    let posts = (0..50).map(|_| server.post("/v1/plan", &body).header("Idempotency-Key", "k").send());
    let mut accepted = Vec::new();
    for response in join_all(posts).await {
        let response = response.unwrap();
        if response.status() == 202 {
            accepted.push(response.text().await.unwrap());
        } else {
            assert_eq!(response.headers()["retry-after"], "1");
            problem_of(response, 409, "idempotency_in_flight").await;
        }
    }
    accepted.dedup();
    assert_eq!(accepted.len(), 1);
    let owner = Owner::new(TenantId::default_tenant());
    assert_eq!(server.store().jobs(&owner, &JobFilter::default(), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn control_posts_without_a_key_make_a_job_each() {
    let server = Server::start().await;
    let body = json!({ "query": "Lisbon" });
    join_all((0..5).map(|_| server.post("/v1/plan", &body).send())).await;
    let owner = Owner::new(TenantId::default_tenant());
    assert_eq!(server.store().jobs(&owner, &JobFilter::default(), 10).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_key_is_one_line_of_visible_characters() {
    let server = Server::start().await;
    let post = |key: &[u8]| {
        let key = reqwest::header::HeaderValue::from_bytes(key).unwrap();
        server.post("/v1/plan", &json!({ "query": "q" })).header("Idempotency-Key", key)
    };
    for key in [b"".as_slice(), b"two words", "ü".as_bytes(), &[b'k'; 256]] {
        let body = problem(post(key), 422, "bad_idempotency_key").await;
        assert_eq!(pointers(&body), ["Idempotency-Key"]);
    }
    problem(post(b"one").header("Idempotency-Key", "two"), 422, "bad_idempotency_key").await;
    json_of(post(&[b'k'; 255]), 202).await;
}

#[tokio::test]
async fn every_fault_is_told_at_once() {
    let server = Server::start().await;
    let body = json!({
        "query": "", "user_id": 5, "deadline_s": 0, "approval": "maybe", "probe": { "steps": 0, "panics_at_step": 1001 },
        "constraints": {
            "budget_usd": 100, "budget": { "amount": -5, "currency": "XXX" }, "days": 99, "start_date": "2020-01-01",
            "end_date": "2020-02-30", "travellers": "two", "interests": ["ok", 1]
        }
    });
    let problem = problem(server.post("/v1/plan", &body), 422, "invalid_fields").await;
    let expected = [
        "/approval",
        "/constraints/budget/amount",
        "/constraints/budget/currency",
        "/constraints/budget_usd",
        "/constraints/days",
        "/constraints/end_date",
        "/constraints/interests/1",
        "/constraints/start_date",
        "/constraints/travellers",
        "/deadline_s",
        "/probe",
        "/probe/panics_at_step",
        "/probe/steps",
        "/query",
        "/user_id",
    ];
    assert_eq!(pointers(&problem), expected);
}

#[tokio::test]
async fn faults_between_fields_are_told_beside_missing_ones() {
    let server = Server::start().await;
    let body = json!({ "constraints": { "start_date": "2020-01-02", "budget_usd": 1, "budget": { "amount": 1, "currency": "XXX" } } });
    let problem = problem(server.post("/v1/plan", &body), 422, "invalid_fields").await;
    let expected = ["/constraints/budget/currency", "/constraints/budget_usd", "/constraints/start_date", "/query"];
    assert_eq!(pointers(&problem), expected);
}

#[tokio::test]
async fn unknown_fields_are_named_with_the_rest() {
    let server = Server::start().await;
    let body = json!({ "query": "q", "tenant_id": "other", "constraints": { "dayz": 4, "days": 0 } });
    let problem = problem(server.post("/v1/plan", &body), 400, "unknown_field").await;
    assert_eq!(pointers(&problem), ["/constraints/days", "/constraints/dayz", "/tenant_id"]);
}

#[tokio::test]
async fn mass_assignment_is_refused() {
    let server = Server::start().await;
    for field in ["role", "tenant_id", "cost", "state", "status", "approved_by", "mode", "trace_id"] {
        let mut body = json!({ "query": "q" });
        body[field] = json!("x");
        problem(server.post("/v1/plan", &body), 400, "unknown_field").await;
    }
}

#[tokio::test]
async fn hostile_json_is_refused_and_never_a_500() {
    let server = Server::start().await;
    let post = |body: String| {
        server.request(Method::POST, "/v1/plan").header("content-type", "application/json; charset=utf-8").body(body)
    };
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let cases: Vec<(String, u16, &str)> = vec![
        (String::new(), 400, "bad_json"),
        ("{".into(), 400, "bad_json"),
        ("{\"query\": \"q\"} x".into(), 400, "bad_json"),
        (deep.clone(), 400, "bad_json"),
        (format!("{{\"query\": {deep}}}"), 400, "bad_json"),
        (r#"{"query": "q", "deadline_s": 1e400}"#.into(), 400, "bad_json"),
        (r#"{"query": "\ud800"}"#.into(), 400, "bad_json"),
        (r#"{"query": "q", "deadline_s": 18446744073709551616}"#.into(), 422, "invalid_fields"),
        (r#"{"query": "q", "deadline_s": 18446744073709551615}"#.into(), 422, "invalid_fields"),
        (r#"{"query": "q", "deadline_s": -1}"#.into(), 422, "invalid_fields"),
        (r#"{"query": "q", "deadline_s": 1.5}"#.into(), 422, "invalid_fields"),
        (r#"{"query": "q", "constraints": {"budget_usd": 1e300}}"#.into(), 422, "invalid_fields"),
        (r#"{"query": "a\u0000b"}"#.into(), 422, "invalid_fields"),
        (r#"{"query": "q", "user_id": "a\u0000b"}"#.into(), 422, "invalid_fields"),
        (r#"{"query": 5}"#.into(), 422, "invalid_fields"),
        (r#"{"query": null}"#.into(), 422, "invalid_fields"),
        ("[]".into(), 422, "invalid_fields"),
        ("null".into(), 422, "invalid_fields"),
        ("\"q\"".into(), 422, "invalid_fields"),
        (format!(r#"{{"query": "{}"}}"#, "x".repeat(8001)), 422, "invalid_fields"),
    ];
    for (body, status, code) in cases {
        problem(post(body), status, code).await;
    }
    for accepted in [
        r#"{"query": "first", "query": "second"}"#,
        "{\"query\": \"\u{202e}bidi\"}",
        r#"{"query": "'; DROP TABLE jobs; --"}"#,
    ] {
        json_of(post(accepted.to_owned()), 202).await;
    }
    let invalid_utf8 = server
        .request(Method::POST, "/v1/plan")
        .header("content-type", "application/json")
        .body(vec![0x22, 0xff, 0x22]);
    problem(invalid_utf8, 400, "bad_json").await;
}

#[tokio::test]
async fn only_plain_json_is_taken() {
    let server = Server::start().await;
    let post = || server.request(Method::POST, "/v1/plan").body("{\"query\": \"q\"}");
    problem(post(), 415, "unsupported_media_type").await;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "multipart/form-data"]
    {
        problem(post().header("content-type", content_type), 415, "unsupported_media_type").await;
    }
    let gzip = post().header("content-type", "application/json").header("content-encoding", "gzip");
    problem(gzip, 415, "unsupported_media_type").await;
}

#[tokio::test]
async fn a_large_body_is_refused_while_it_streams() {
    let server = Server::start().await;
    let before = resident_kib();
    let chunk: &'static [u8] = vec![b' '; 64 * 1024].leak();
    let endless = stream::repeat(chunk).take(1600).map(Ok::<_, std::io::Error>);
    let request = server
        .request(Method::POST, "/v1/plan")
        .header("content-type", "application/json")
        .body(reqwest::Body::wrap_stream(endless));
    let started = Instant::now();
    problem(request, 413, "body_too_large").await;
    assert!(started.elapsed() < Duration::from_secs(5), "took {:?}", started.elapsed());
    assert!(resident_kib() < before + 32 * 1024, "grew from {before} to {} KiB", resident_kib());
    let announced = server.request(Method::POST, "/v1/plan").header("content-type", "application/json");
    problem(announced.body(vec![b' '; 1024 * 1024 + 1]), 413, "body_too_large").await;
    let mut fits = br#"{"query": "q"}"#.to_vec();
    fits.resize(1024 * 1024, b' ');
    let request = server.request(Method::POST, "/v1/plan").header("content-type", "application/json").body(fits);
    json_of(request, 202).await;
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_the_intake_refuses_is_a_fault_of_a_field() {
    let server = Server::start().await;
    let body = json!({ "query": "q", "workflow": WorkflowKind::Probe });
    let problem = problem(server.post("/v1/plan", &body), 422, "invalid_fields").await;
    assert_eq!(pointers(&problem), ["/workflow"]);
}

#[tokio::test]
async fn a_panic_is_a_500_that_says_nothing() {
    let server = Server::start().await;
    let body = problem(server.post("/v1/plan", &json!({ "query": "panic" })), 500, "internal").await;
    assert!(!body.to_string().contains("secret"), "{body}");
    server.submit().await;
}

#[tokio::test]
async fn without_a_database_a_post_is_refused_and_may_be_repeated() {
    let server = Server::start_with(Config::default(), Access::Open, Broker::in_process()).await;
    server.store().clone().close().await;
    let response = server.post("/v1/plan", &json!({ "query": "q" })).send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "1");
    let body = problem_of(response, 503, "database_unavailable").await;
    assert_eq!(body["retryable"], true);
    problem(server.get("/health/db"), 503, "database_unavailable").await;
    problem(server.get("/health/ready"), 503, "database_unavailable").await;
    json_of(server.get("/health"), 200).await;
}
