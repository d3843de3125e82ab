//! Webhooks and their deliveries over HTTP.

use std::time::Duration;

use domain::{TenantId, WebhookId, webhook::WEBHOOKS_MAX};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use store::{Finish, Owner, Pace, Paces, testing::Engine};

use crate::support::{Server, json_of, pointers, problem};

fn request() -> Value {
    json!({ "url": "https://example.com/hook", "events": ["job.failed", "alert.raised"], "description": "ours" })
}

fn path(webhook: &Value, more: &str) -> String {
    format!("/v1/webhooks/{}{more}", webhook["id"].as_str().unwrap())
}

async fn create(server: &Server) -> Value {
    json_of(server.post("/v1/webhooks", &request()), 201).await
}

fn post(server: &Server, path: &str) -> RequestBuilder {
    server.request(Method::POST, path)
}

/// Lets every attempt of what is due end like this.
async fn fail_all(server: &Server) -> usize {
    let pace = Pace { interval: Duration::ZERO, in_flight: 2 };
    let paces = Paces { webhook: pace, email: pace, slack: pace, pagerduty: pace };
    let mut ended = 0;
    loop {
        let due = server.store().claim_deliveries(100, Duration::from_secs(60), &paces).await.unwrap().deliveries;
        if due.is_empty() {
            return ended;
        }
        for claimed in due {
            let dead = Finish::Dead { error: "the receiver answered 500".to_owned(), status: Some(500) };
            assert!(server.store().finish_delivery(&claimed, &dead).await.unwrap());
            ended += 1;
        }
    }
}

#[tokio::test]
async fn a_webhook_lives_from_its_creation_to_its_deletion() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = Server::start_on(engine).await;
        let made = server.post("/v1/webhooks", &request()).send().await.unwrap();
        assert_eq!(made.status(), 201);
        let location = made.headers()["location"].to_str().unwrap().to_owned();
        let mut made: Value = made.json().await.unwrap();
        assert_eq!(location, path(&made, ""));
        let secret = made.as_object_mut().unwrap().remove("secret").unwrap();
        let secret = secret.as_str().unwrap();
        assert!(secret.starts_with("whsec_") && secret.ends_with(made["secret_last4"].as_str().unwrap()));
        assert_eq!((&made["enabled"], &made["events"]), (&json!(true), &request()["events"]));
        let read = server.get(&location).send().await.unwrap().text().await.unwrap();
        assert!(!read.contains(&secret[6..20]), "a secret is never shown again: {read}");
        assert_eq!(serde_json::from_str::<Value>(&read).unwrap(), made);

        let patch = json!({ "enabled": false, "events": [] });
        let off = json_of(server.request(Method::PATCH, &location).json(&patch), 200).await;
        assert_eq!((&off["enabled"], &off["events"], &off["url"]), (&json!(false), &json!([]), &made["url"]));
        problem(post(&server, &path(&made, "/ping")), 409, "target_off").await;
        json_of(server.request(Method::PATCH, &location).json(&json!({ "enabled": true })), 200).await;

        let rotated = json_of(post(&server, &path(&made, "/rotate")).json(&json!({ "overlap_s": 60 })), 200).await;
        assert!(rotated["overlap_until"].is_string());
        assert_ne!(rotated["secret"], secret);
        let rotated = json_of(post(&server, &path(&made, "/rotate")).json(&json!({ "overlap_s": 0 })), 200).await;
        assert!(rotated["overlap_until"].is_null(), "{rotated}");
        problem(post(&server, &path(&made, "/rotate")).json(&json!({ "overlap_s": 604_801 })), 422, "invalid_fields")
            .await;

        let ping = json_of(post(&server, &path(&made, "/ping")), 202).await;
        assert_eq!(
            (&ping["event"], &ping["status"], &ping["target_id"]),
            (&json!("ping"), &json!("pending"), &made["id"])
        );
        let one = format!("{}/{}", path(&made, "/deliveries"), ping["id"].as_str().unwrap());
        assert_eq!(json_of(server.get(&one), 200).await["payload"]["type"], "ping");

        let deleted = server.request(Method::DELETE, &location).send().await.unwrap();
        assert_eq!(deleted.status(), 204);
        problem(server.get(&location), 404, "not_found").await;
        let left = json_of(server.get(&path(&made, "/deliveries?status=dead")), 200).await;
        assert_eq!(left["deliveries"][0]["id"], ping["id"], "what it was still to be told is on the dead list");
        problem(post(&server, &format!("{one}/replay")), 409, "target_off").await;
        problem(post(&server, &path(&made, "/replay")), 409, "target_off").await;
    }
}

/// S30, and what else may not be connected to.
#[tokio::test]
async fn addresses_that_lead_inside_are_refused() {
    let server = Server::start().await;
    let made = create(&server).await;
    for url in [
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost./",
        "https://metadata.google.internal/",
        "https://redis:6379/",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://example.com/\r\nHost: inner",
        "https://example.com\\@127.0.0.1/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "http://example.com/",
        "https://example.com:22/",
        "https://10.2.0.1/",
        "not an address",
    ] {
        let found = problem(server.post("/v1/webhooks", &json!({ "url": url })), 400, "refused_address").await;
        assert_eq!(pointers(&found), ["/url"], "{url}");
        let change = server.request(Method::PATCH, &path(&made, "")).json(&json!({ "url": url }));
        problem(change, 400, "refused_address").await;
        for kind in ["webhook", "slack"] {
            let body = json!({ "name": "n", "destination": { kind: { "url": url } } });
            let found = problem(server.post("/v1/channels", &body), 400, "refused_address").await;
            assert_eq!(pointers(&found), [format!("/destination/{kind}/url")], "{url}");
        }
    }
    let list = json_of(server.get("/v1/webhooks"), 200).await;
    assert_eq!(list["webhooks"].as_array().unwrap().len(), 1, "none of them was made");
    assert_eq!(list["webhooks"][0]["url"], made["url"]);
    // What another server's operator allows, goes there.
    let server = Server::start_allowing("10.1.0.0/16").await;
    json_of(server.post("/v1/webhooks", &json!({ "url": "http://10.1.2.3:9000/hook" })), 201).await;
    for url in ["http://10.2.2.3:9000/", "http://127.0.0.1/", "file:///etc/passwd", "http://a@10.1.2.3/"] {
        problem(server.post("/v1/webhooks", &json!({ "url": url })), 400, "refused_address").await;
    }
}

#[tokio::test]
async fn every_fault_is_told_at_once() {
    let server = Server::start().await;
    let wrong = json!({ "url": "gopher://127.1/", "events": ["job.failed", "nope"], "description": "x".repeat(201) });
    let found = problem(server.post("/v1/webhooks", &wrong), 422, "invalid_fields").await;
    assert_eq!(pointers(&found), ["/description", "/events/1", "/url"]);
    let twice = json!({ "url": "https://example.com/", "events": ["ping", "ping"] });
    let found = problem(server.post("/v1/webhooks", &twice), 422, "invalid_fields").await;
    assert_eq!(pointers(&found), ["/events"]);
    let found = problem(server.post("/v1/webhooks", &json!({ "uri": "x", "events": [1] })), 400, "unknown_field").await;
    assert_eq!(pointers(&found), ["/events/0", "/uri", "/url"]);
}

#[tokio::test]
async fn the_same_key_and_body_are_the_same_webhook() {
    let server = Server::start().await;
    let post = |body: &Value| server.post("/v1/webhooks", body).header("Idempotency-Key", "k");
    let first = json_of(post(&request()), 201).await;
    let second = json_of(post(&request()), 201).await;
    assert_eq!((&second["id"], second.get("secret")), (&first["id"], None), "and its secret is told once");
    problem(post(&json!({ "url": "https://example.org/" })), 422, "idempotency_key_reused").await;
    problem(server.post("/v1/webhooks", &request()).header("Idempotency-Key", "ü"), 422, "bad_idempotency_key").await;
}

#[tokio::test]
async fn deliveries_are_filtered_paged_and_replayed() {
    let server = Server::start().await;
    let made = create(&server).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(json_of(post(&server, &path(&made, "/ping")), 202).await["id"].clone());
    }
    assert_eq!(fail_all(&server).await, 5);
    json_of(post(&server, &path(&made, "/ping")), 202).await;
    let listed = async |query: &str| -> Vec<Value> {
        let list = json_of(server.get(&path(&made, &format!("/deliveries?{query}"))), 200).await;
        list["deliveries"].as_array().unwrap().clone()
    };
    assert_eq!((listed("").await.len(), listed("status=dead").await.len()), (6, 5));
    assert_eq!((listed("event=ping").await.len(), listed("event=job.failed").await.len()), (6, 0));
    let dead = &listed("status=dead&limit=1").await[0];
    assert_eq!((&dead["last_error"], &dead["response_status"]), (&json!("the receiver answered 500"), &json!(500)));
    assert!(dead["finished_at"].is_string() && dead["payload"].is_null());
    let (mut seen, mut more) = (0, String::new());
    loop {
        let page = json_of(server.get(&path(&made, &format!("/deliveries?limit=4{more}"))), 200).await;
        seen += page["deliveries"].as_array().unwrap().len();
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        more = format!("&cursor={cursor}");
    }
    assert_eq!(seen, 6);
    for bad in ["status=gone", "event=tea", "limit=0"] {
        problem(server.get(&path(&made, &format!("/deliveries?{bad}"))), 400, "bad_parameter").await;
    }

    let one = format!("{}/{}/replay", path(&made, "/deliveries"), ids[0].as_str().unwrap());
    let again = json_of(post(&server, &one), 202).await;
    assert_eq!((&again["id"], &again["status"], &again["attempts"]), (&ids[0], &json!("pending"), &json!(0)));
    assert_eq!(json_of(post(&server, &path(&made, "/replay")), 202).await, json!({ "replayed": 4 }));
    assert_eq!(json_of(post(&server, &path(&made, "/replay")), 202).await, json!({ "replayed": 0 }));
    assert!(listed("status=dead").await.is_empty());
    // A delivery is shown under its own webhook only.
    let other = create(&server).await;
    let elsewhere = format!("{}/{}", path(&other, "/deliveries"), ids[0].as_str().unwrap());
    problem(server.get(&elsewhere), 404, "not_found").await;
    problem(post(&server, &format!("{elsewhere}/replay")), 404, "not_found").await;
}

#[tokio::test]
async fn the_longest_page_of_deliveries_is_not_the_last_one() {
    let server = Server::start().await;
    let made = create(&server).await;
    for _ in 0..101 {
        json_of(post(&server, &path(&made, "/ping")), 202).await;
    }
    let page = json_of(server.get(&path(&made, "/deliveries?limit=100")), 200).await;
    assert_eq!(page["deliveries"].as_array().unwrap().len(), 100);
    let more = format!("/deliveries?limit=100&cursor={}", page["next_cursor"].as_str().expect("one is left"));
    let rest = json_of(server.get(&path(&made, &more)), 200).await;
    assert_eq!((rest["deliveries"].as_array().unwrap().len(), rest.get("next_cursor")), (1, None));
}

#[tokio::test]
async fn there_are_only_so_many_and_they_are_paged() {
    let server = Server::start().await;
    for _ in 0..WEBHOOKS_MAX {
        create(&server).await;
    }
    problem(server.post("/v1/webhooks", &request()), 409, "too_many").await;
    let (mut seen, mut more) = (0, String::new());
    loop {
        let page = json_of(server.get(&format!("/v1/webhooks?limit=20{more}")), 200).await;
        seen += page["webhooks"].as_array().unwrap().len();
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        more = format!("&cursor={cursor}");
    }
    assert_eq!(seen, WEBHOOKS_MAX as usize);
}

/// Every operation on a webhook, and on a delivery of it.
fn operations(server: &Server, id: &str, delivery: &str) -> Vec<RequestBuilder> {
    let at = |method: Method, more: &str| server.request(method, &format!("/v1/webhooks/{id}{more}"));
    vec![
        at(Method::GET, ""),
        at(Method::PATCH, "").json(&json!({ "enabled": false })),
        at(Method::DELETE, ""),
        at(Method::POST, "/rotate").json(&json!({})),
        at(Method::POST, "/ping"),
        at(Method::POST, "/replay"),
        at(Method::GET, "/deliveries"),
        at(Method::GET, &format!("/deliveries/{delivery}")),
        at(Method::POST, &format!("/deliveries/{delivery}/replay")),
    ]
}

#[tokio::test]
async fn a_foreign_webhook_looks_like_none() {
    let server = Server::start_with_keys().await;
    let made = json_of(server.post("/v1/webhooks", &request()).bearer_auth("key-a"), 201).await;
    let id = made["id"].as_str().unwrap();
    let ping = json_of(post(&server, &path(&made, "/ping")).bearer_auth("key-a"), 202).await;
    let delivery = ping["id"].as_str().unwrap();
    for request in operations(&server, id, delivery) {
        problem(request, 401, "unauthorized").await;
    }
    let missing = operations(&server, &WebhookId::new().to_string(), &WebhookId::new().to_string());
    for (foreign, missing) in operations(&server, id, delivery).into_iter().zip(missing) {
        let mut foreign = problem(foreign.bearer_auth("key-b"), 404, "not_found").await;
        let mut missing = problem(missing.bearer_auth("key-b"), 404, "not_found").await;
        (foreign["request_id"], missing["request_id"]) = (Value::Null, Value::Null);
        assert_eq!(foreign, missing);
    }
    let list = json_of(server.get("/v1/webhooks").bearer_auth("key-b"), 200).await;
    assert_eq!(list, json!({ "webhooks": [] }));
    let owner = Owner::new(TenantId("tenant-a".to_owned()));
    assert!(server.store().webhook(&owner, id.parse().unwrap()).await.unwrap().enabled, "untouched");
}
