//! Paths, methods, headers, origins.

use api::{Access, Config};
use broker::Broker;
use reqwest::{Method, Response};
use serde_json::json;

use crate::support::{Server, Stream, json_of, problem, problem_of};

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let server = Server::start().await;
    for path in ["/", "/v1", "/v1/", "/v1/plan/", "/v2/plan", "/v1/status", "/v1/status/", "/v1/jobs/x/y", "//health"] {
        problem(server.get(path), 404, "not_found").await;
    }
    for (method, path, allow) in [
        (Method::GET, "/v1/plan", "POST"),
        (Method::DELETE, "/v1/jobs", "GET"),
        (Method::PUT, "/v1/status/x", "GET"),
        (Method::GET, "/v1/jobs/x/cancel", "POST"),
        (Method::OPTIONS, "/v1/plan", "POST"),
        (Method::TRACE, "/health", "GET"),
        (Method::POST, "/api/docs", "GET"),
    ] {
        let response = server.request(method, path).send().await.unwrap();
        assert_eq!(response.headers()["allow"], allow, "{path}");
        problem_of(response, 405, "method_not_allowed").await;
    }
    problem(server.get(&format!("/v1/jobs?cursor={}", "x".repeat(9_000))), 414, "uri_too_long").await;
}

#[tokio::test]
async fn the_clients_request_id_is_kept_if_it_is_sane() {
    let server = Server::start().await;
    let id_for = async |id: &[u8]| {
        let id = reqwest::header::HeaderValue::from_bytes(id).unwrap();
        let response = server.get("/health").header("X-Request-Id", id).send().await.unwrap();
        response.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(id_for(b"mine-1").await, "mine-1");
    for bad in [b"".as_slice(), b"two words", "ü".as_bytes(), &[b'x'; 65]] {
        assert!(id_for(bad).await.starts_with("req_"));
    }
    let body = problem(server.get("/x").header("X-Request-Id", "mine-2"), 404, "not_found").await;
    assert_eq!(body["request_id"], "mine-2");
}

fn check_headers(response: &Response, path: &str) {
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{path}");
    assert_eq!(header("referrer-policy").as_deref(), Some("no-referrer"), "{path}");
    assert!(header("x-request-id").is_some(), "{path}");
    let policy = header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{path}");
    assert_eq!(policy.contains("script-src"), path == "/api/docs", "{path}");
    if path.starts_with("/v1") {
        assert_eq!(header("cache-control").as_deref(), Some("no-store"), "{path}");
    }
    assert!(header("access-control-allow-origin").is_none(), "{path}");
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = Server::start().await;
    let id = server.submit().await;
    for path in [
        "/health",
        "/metrics",
        "/api/docs",
        "/api/openapi.json",
        "/v1/jobs",
        "/v1/status/x",
        "/nothing",
        &format!("/v1/status/{id}"),
        &format!("/v1/stream/{id}"),
    ] {
        check_headers(&server.get(path).header("Origin", "https://evil.example").send().await.unwrap(), path);
    }
    for body in [json!({ "query": "q" }), json!({}), json!({ "query": "panic" })] {
        check_headers(&server.post("/v1/plan", &body).send().await.unwrap(), "/v1/plan");
    }
}

#[tokio::test]
async fn only_listed_origins_may_read() {
    let config = Config { cors_origins: vec!["https://console.example".to_owned()], ..Config::default() };
    let server = Server::start_with(config, Access::Open, Broker::in_process()).await;
    for origin in [
        "https://evil.example",
        "null",
        "https://console.example.evil",
        "http://console.example",
        "https://console.example:444",
        "xhttps://console.example",
    ] {
        let response = server.get("/v1/jobs").header("Origin", origin).send().await.unwrap();
        assert!(!response.headers().contains_key("access-control-allow-origin"), "{origin}");
        let preflight = server
            .request(Method::OPTIONS, "/v1/plan")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST");
        problem(preflight, 405, "method_not_allowed").await;
    }
    let origin = "https://console.example";
    let response = server.get("/v1/jobs").header("Origin", origin).send().await.unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], origin);
    assert!(response.headers().get_all("vary").iter().any(|vary| vary == "origin"));
    assert!(!response.headers().contains_key("access-control-allow-credentials"));
    let response = server
        .request(Method::OPTIONS, "/v1/plan")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 204);
    assert_eq!(response.headers()["access-control-allow-origin"], origin);
    assert!(response.headers()["access-control-allow-headers"].to_str().unwrap().contains("idempotency-key"));
}

#[tokio::test]
async fn large_answers_are_compressed_and_streams_never() {
    let server = Server::start().await;
    for coding in ["gzip", "br"] {
        let response = server.get("/api/openapi.json").header("Accept-Encoding", coding).send().await.unwrap();
        assert_eq!(response.headers()["content-encoding"], coding);
        assert!(response.bytes().await.unwrap().len() < api::openapi_json().len() / 3);
    }
    let small = server.get("/health").header("Accept-Encoding", "gzip").send().await.unwrap();
    assert!(!small.headers().contains_key("content-encoding"));
    assert_eq!(small.headers()["content-length"], "15");
    let id = server.submit().await;
    let request = server.get(&format!("/v1/stream/{id}")).header("Accept-Encoding", "gzip, br");
    Stream::from(request.send().await.unwrap()).take(1).await;
}

#[tokio::test]
async fn metrics_count_routes_and_not_paths() {
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().unwrap();
    let server = Server::start_measured(metrics).await;
    let id = server.submit().await;
    json_of(server.get(&format!("/v1/status/{id}")), 200).await;
    problem(server.get("/v1/status/x"), 404, "not_found").await;
    problem(server.get("/nothing/here"), 404, "not_found").await;
    let mut stream = Stream::open(&server, id, 0).await;
    stream.take(1).await;
    let text = server.get("/metrics").send().await.unwrap().text().await.unwrap();
    for line in [
        "portolan_http_requests_total{route=\"/v1/status/{job_id}\",method=\"GET\",status=\"200\"} 1",
        "portolan_http_requests_total{route=\"/v1/status/{job_id}\",method=\"GET\",status=\"404\"} 1",
        "portolan_http_requests_total{route=\"/v1/plan\",method=\"POST\",status=\"202\"} 1",
        "portolan_http_requests_total{route=\"none\",method=\"GET\",status=\"404\"} 1",
        "portolan_jobs_open{status=\"queued\"} 1",
        "portolan_jobs_open{status=\"running\"} 0",
        "portolan_sse_clients 1",
        "portolan_oldest_due_seconds ",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(!text.contains(&id.to_string()) && !text.contains("nothing"), "{text}");
}

#[tokio::test]
async fn a_configuration_that_can_only_be_a_mistake_is_refused() {
    let origin = Config { cors_origins: vec!["*".to_owned()], ..Config::default() };
    for (config, access) in [(origin, Access::Open), (Config::default(), Access::Keys)] {
        let error = Server::refused(config, access).await;
        assert!(matches!(error, api::Error::Config(_)), "{error}");
    }
}
