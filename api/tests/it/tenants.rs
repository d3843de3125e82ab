//! Keys, and what they open.

use domain::JobId;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Server, job_id, json_of, problem, problem_of};

const JOB: &str = "0198c2f0-7d0e-7c3a-9a55-0d6f5c1b2a3e";

/// Every operation of a job, and the lists.
fn operations(server: &Server, job: &str) -> Vec<RequestBuilder> {
    vec![
        server.get(&format!("/v1/status/{job}")),
        server.get(&format!("/v1/status/{job}?wait_s=30")),
        server.get(&format!("/v1/jobs/{job}/plan")),
        server.get(&format!("/v1/jobs/{job}/plan?format=ics")),
        server.get(&format!("/v1/stream/{job}")),
        server.get(&format!("/v1/stream/{job}?after=1")),
        server.get(&format!("/v1/stream/{job}")).header("Last-Event-ID", "999"),
        server.post("/v1/approve", &json!({ "job_id": job, "decision": "approve" })),
        server.post("/v1/feedback", &json!({ "job_id": job, "rating": 5 })),
        server.request(Method::POST, &format!("/v1/jobs/{job}/cancel")),
    ]
}

#[tokio::test]
async fn without_a_valid_key_nothing_opens() {
    let server = Server::start_with_keys().await;
    let all = || {
        let mut all = operations(&server, JOB);
        all.push(server.get("/v1/jobs"));
        all.push(server.post("/v1/plan", &json!({ "query": "q" })));
        all.push(server.post("/v1/plan", &json!({ "unknown": "q" })));
        all.push(server.get("/v1/status/x"));
        all
    };
    let mut seen = None;
    for request in all() {
        let response = request.send().await.unwrap();
        let accepted = response.headers()["www-authenticate"].to_str().unwrap();
        assert!(accepted.contains("Bearer") && accepted.contains("X-Api-Key"), "{accepted}");
        problem_of(response, 401, "unauthorized").await;
    }
    for (name, value) in [
        ("authorization", "Bearer key-c"),
        ("authorization", "Bearer"),
        ("authorization", "Basic a2V5LWE="),
        ("authorization", "key-a"),
        ("x-api-key", "KEY-A"),
        ("x-api-key", ""),
    ] {
        for request in all() {
            let mut body = problem(request.header(name, value), 401, "unauthorized").await;
            body["request_id"] = Value::Null;
            assert_eq!(*seen.get_or_insert(body.clone()), body, "it never says why");
        }
    }
    problem(server.get("/v1/jobs?api_key=key-a"), 401, "unauthorized").await;
    for open in ["/health", "/health/db", "/health/ready", "/api/openapi.json", "/api/docs"] {
        assert_eq!(server.get(open).send().await.unwrap().status(), 200, "{open}");
    }
}

#[tokio::test]
async fn two_tenants_see_nothing_of_each_other() {
    let server = Server::start_with_keys().await;
    let plan = || server.post("/v1/plan", &json!({ "query": "q" })).header("Idempotency-Key", "k");
    let job_a = job_id(&json_of(plan().bearer_auth("key-a"), 202).await);
    let job_b = job_id(&json_of(plan().header("X-Api-Key", "key-b"), 202).await);
    assert_ne!(job_a, job_b, "idempotency keys are the tenant's own");
    for request in operations(&server, &job_a.to_string()) {
        let found = problem(request.bearer_auth("key-b"), 404, "not_found").await;
        assert!(!found.to_string().contains("tenant"), "{found}");
    }
    let missing = operations(&server, &JobId::new().to_string());
    for (foreign, missing) in operations(&server, &job_a.to_string()).into_iter().zip(missing) {
        let mut foreign = problem(foreign.bearer_auth("key-b"), 404, "not_found").await;
        let mut missing = problem(missing.bearer_auth("key-b"), 404, "not_found").await;
        (foreign["request_id"], missing["request_id"]) = (Value::Null, Value::Null);
        assert_eq!(foreign, missing, "a foreign job looks like none");
    }
    for (key, job) in [("key-a", job_a), ("key-b", job_b)] {
        let list = json_of(server.get("/v1/jobs").bearer_auth(key), 200).await;
        assert_eq!(list["jobs"].as_array().unwrap().len(), 1);
        assert_eq!(list["jobs"][0]["job_id"], job.to_string());
        let status = json_of(server.get(&format!("/v1/status/{job}")).bearer_auth(key), 200).await;
        assert_eq!((&status["status"], &status["seq"]), (&json!("queued"), &json!(1)), "untouched");
    }
}

#[tokio::test]
async fn control_with_keys_of_one_tenant_each_reads_what_is_the_others() {
    for (tenants, status) in [(["a", "b"], 404), (["a", "a"], 200)] {
        let server = Server::start_with_keys_of(tenants).await;
        let submitted = server.post("/v1/plan", &json!({ "query": "q" })).bearer_auth("key-a");
        let job = job_id(&json_of(submitted, 202).await);
        let stream = server.get(&format!("/v1/stream/{job}")).header("Last-Event-ID", "0").bearer_auth("key-b");
        assert_eq!(stream.send().await.unwrap().status(), status, "{tenants:?}");
    }
}

#[tokio::test]
async fn concurrent_requests_of_two_tenants_do_not_mix() {
    let server = Server::start_with_keys().await;
    let requests = (0..200).map(|index| {
        let key = if index % 2 == 0 { "a" } else { "b" };
        let body = json!({ "query": "q", "user_id": key });
        let submit = server.post("/v1/plan", &body).bearer_auth(format!("key-{key}"));
        let list = server.get("/v1/jobs?limit=100").bearer_auth(format!("key-{key}"));
        async move {
            json_of(submit, 202).await;
            let list = json_of(list, 200).await;
            assert!(list["jobs"].as_array().unwrap().iter().all(|job| job["user_id"] == key));
        }
    });
    futures::future::join_all(requests).await;
}
