//! Channels and preferences over HTTP.

use domain::ChannelId;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use store::testing::Engine;

use crate::support::{Server, json_of, pointers, problem};

fn mail(user_id: Option<&str>) -> Value {
    let mut body = json!({ "name": "mail", "destination": { "email": { "address": "ana@example.com" } } });
    if let Some(user_id) = user_id {
        body["user_id"] = user_id.into();
    }
    body
}

fn path(channel: &Value, more: &str) -> String {
    format!("/v1/channels/{}{more}", channel["id"].as_str().unwrap())
}

async fn create(server: &Server, body: &Value) -> Value {
    json_of(server.post("/v1/channels", body), 201).await
}

#[tokio::test]
async fn a_channel_of_each_kind_is_made_and_shows_no_secret() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = Server::start_on(engine).await;
        let slack = "https://hooks.slack.com/services/T0/B0/abcdefghijkl";
        let key = "0123456789abcdef0123456789ABCDEF";
        for (destination, kind, hint) in [
            (json!({ "email": { "address": "ana@example.com" } }), "email", "ana@example.com"),
            (json!({ "slack": { "url": slack } }), "slack", "...ijkl"),
            (json!({ "pagerduty": { "routing_key": key } }), "pagerduty", "...CDEF"),
            (json!({ "webhook": { "url": "https://example.com/h" } }), "webhook", "https://example.com/h"),
        ] {
            let body = json!({ "name": kind, "user_id": "ana", "destination": destination });
            let mut made = create(&server, &body).await;
            let secret = made.as_object_mut().unwrap().remove("secret");
            assert_eq!(secret.is_some(), kind == "webhook", "only a generic webhook has one of ours");
            assert_eq!((&made["kind"], &made["hint"]), (&json!(kind), &json!(hint)));
            assert_eq!(json_of(server.get(&path(&made, "")), 200).await, made);
        }
        let listed = server.get("/v1/channels?user_id=ana").send().await.unwrap().text().await.unwrap();
        for secret in ["abcdefgh", "0123456789", "whsec_"] {
            assert!(!listed.contains(secret), "{listed}");
        }
        let list: Value = serde_json::from_str(&listed).unwrap();
        assert_eq!(list["channels"].as_array().unwrap().len(), 4);
        let slacks = json_of(server.get("/v1/channels?kind=slack&limit=1"), 200).await;
        assert_eq!((slacks["channels"].as_array().unwrap().len(), slacks.get("next_cursor")), (1, None));
    }
}

#[tokio::test]
async fn a_channel_is_tested_changed_and_deleted() {
    let server = Server::start().await;
    let made = create(&server, &mail(Some("ana"))).await;
    let test = json_of(server.request(Method::POST, &path(&made, "/test")), 202).await;
    assert_eq!((&test["event"], &test["target_kind"]), (&json!("ping"), &json!("channel")));
    let patch = json!({ "name": "at work", "destination": { "email": { "address": "ana@example.org" } } });
    let changed = json_of(server.request(Method::PATCH, &path(&made, "")).json(&patch), 200).await;
    assert_eq!((&changed["name"], &changed["hint"]), (&json!("at work"), &json!("ana@example.org")));
    let other_kind = json!({ "destination": { "webhook": { "url": "https://example.com/" } } });
    let found = problem(server.request(Method::PATCH, &path(&made, "")).json(&other_kind), 422, "invalid_fields").await;
    assert_eq!(pointers(&found), ["/destination"]);
    let deleted = server.request(Method::DELETE, &path(&made, "")).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    problem(server.get(&path(&made, "")), 404, "not_found").await;
    let left = json_of(server.get(&path(&made, "/deliveries")), 200).await;
    assert_eq!((&left["deliveries"][0]["id"], &left["deliveries"][0]["status"]), (&test["id"], &json!("dead")));
    let one = format!("{}/{}", path(&made, "/deliveries"), test["id"].as_str().unwrap());
    assert_eq!(json_of(server.get(&one), 200).await["payload"]["type"], "ping");
    problem(server.request(Method::POST, &format!("{one}/replay")), 409, "target_off").await;
}

#[tokio::test]
async fn every_fault_of_a_channel_is_told_at_once() {
    let server = Server::start().await;
    let wrong = json!({ "name": "", "user_id": "", "destination": { "email": { "address": "nobody" } } });
    let found = problem(server.post("/v1/channels", &wrong), 422, "invalid_fields").await;
    assert_eq!(pointers(&found), ["/destination/email/address", "/name", "/user_id"]);
    for (destination, pointer) in [
        (json!({ "email": { "address": "a@x.y\r\nBcc: b@x.y" } }), "/destination/email/address"),
        (json!({ "pagerduty": { "routing_key": "short" } }), "/destination/pagerduty/routing_key"),
        (json!({ "pigeon": {} }), "/destination"),
        (json!({}), "/destination"),
    ] {
        let body = json!({ "name": "n", "destination": destination });
        let found = problem(server.post("/v1/channels", &body), 422, "invalid_fields").await;
        assert_eq!(pointers(&found), [pointer], "{body}");
    }
    let found = problem(server.post("/v1/channels", &json!({})), 422, "invalid_fields").await;
    assert_eq!(pointers(&found), ["/destination", "/name"]);
}

#[tokio::test]
async fn the_same_key_and_body_are_the_same_channel_and_there_are_only_so_many() {
    let server = Server::start().await;
    let post = |body: &Value| server.post("/v1/channels", body).header("Idempotency-Key", "k");
    let first = json_of(post(&mail(None)), 201).await;
    assert_eq!(json_of(post(&mail(None)), 201).await, first);
    problem(post(&mail(Some("ana"))), 422, "idempotency_key_reused").await;
    for _ in 0..20 {
        create(&server, &mail(Some("ana"))).await;
    }
    problem(server.post("/v1/channels", &mail(Some("ana"))), 409, "too_many").await;
    create(&server, &mail(Some("ben"))).await;
    let (mut seen, mut more) = (0, String::new());
    loop {
        let page = json_of(server.get(&format!("/v1/channels?limit=9{more}")), 200).await;
        seen += page["channels"].as_array().unwrap().len();
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        more = format!("&cursor={cursor}");
    }
    assert_eq!(seen, 22);
}

#[tokio::test]
async fn preferences_are_each_persons_own() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = Server::start_on(engine).await;
        let (hers, ours) = (create(&server, &mail(Some("ana"))).await, create(&server, &mail(None)).await);
        assert_eq!(json_of(server.get("/v1/preferences?user_id=ana"), 200).await, json!({ "routes": [] }));
        let put =
            |query: &str, body: &Value| server.request(Method::PUT, &format!("/v1/preferences{query}")).json(body);
        let wanted = json!({
            "routes": [{ "kind": "price", "channel_ids": [hers["id"]] }, { "kind": "weather", "channel_ids": [] }],
            "quiet_hours": { "from": "22:00", "until": "07:30", "time_zone": "Europe/Paris" }
        });
        assert_eq!(json_of(put("?user_id=ana", &wanted), 200).await, wanted);
        assert_eq!(json_of(server.get("/v1/preferences?user_id=ana"), 200).await, wanted);
        assert_eq!(
            json_of(server.get("/v1/preferences"), 200).await,
            json!({ "routes": [] }),
            "the tenant has its own"
        );
        let foreign = json!({ "routes": [{ "kind": "price", "channel_ids": [hers["id"], ours["id"]] }] });
        let found = problem(put("?user_id=ana", &foreign), 422, "invalid_fields").await;
        assert_eq!(pointers(&found), ["/routes/0/channel_ids/1"]);
        let route = json!({ "kind": "price", "channel_ids": [] });
        let wrong = json!({
            "routes": [route, route],
            "quiet_hours": { "from": "25:00", "until": "07:00", "time_zone": "Mars/Olympus" }
        });
        let found = problem(put("", &wrong), 422, "invalid_fields").await;
        assert_eq!(pointers(&found), ["/quiet_hours/from", "/quiet_hours/time_zone", "/routes/1/kind"]);
        problem(put(&format!("?user_id={}", "x".repeat(129)), &wanted), 400, "bad_parameter").await;
        server.request(Method::DELETE, &path(&hers, "")).send().await.unwrap();
        let left = json_of(server.get("/v1/preferences?user_id=ana"), 200).await;
        assert_eq!(left["routes"], json!([{ "kind": "weather", "channel_ids": [] }]), "what is gone is forgotten");
        json_of(put("?user_id=ana", &left), 200).await;
    }
}

/// Every operation on a channel.
fn operations(server: &Server, id: &str) -> Vec<RequestBuilder> {
    let at = |method: Method, more: &str| server.request(method, &format!("/v1/channels/{id}{more}"));
    vec![
        at(Method::GET, ""),
        at(Method::PATCH, "").json(&json!({ "name": "mine" })),
        at(Method::DELETE, ""),
        at(Method::POST, "/test"),
        at(Method::POST, "/replay"),
        at(Method::GET, "/deliveries"),
    ]
}

#[tokio::test]
async fn a_foreign_channel_looks_like_none() {
    let server = Server::start_with_keys().await;
    let made = json_of(server.post("/v1/channels", &mail(None)).bearer_auth("key-a"), 201).await;
    let id = made["id"].as_str().unwrap();
    json_of(server.request(Method::POST, &path(&made, "/test")).bearer_auth("key-a"), 202).await;
    let missing = operations(&server, &ChannelId::new().to_string());
    for (foreign, missing) in operations(&server, id).into_iter().zip(missing) {
        let mut foreign = problem(foreign.bearer_auth("key-b"), 404, "not_found").await;
        let mut missing = problem(missing.bearer_auth("key-b"), 404, "not_found").await;
        (foreign["request_id"], missing["request_id"]) = (Value::Null, Value::Null);
        assert_eq!(foreign, missing);
    }
    let route = json!({ "routes": [{ "kind": "price", "channel_ids": [id] }] });
    let found = problem(
        server.request(Method::PUT, "/v1/preferences").json(&route).bearer_auth("key-b"),
        422,
        "invalid_fields",
    )
    .await;
    assert_eq!(pointers(&found), ["/routes/0/channel_ids/0"]);
    assert_eq!(json_of(server.get(&path(&made, "")).bearer_auth("key-a"), 200).await, made, "untouched");
}
