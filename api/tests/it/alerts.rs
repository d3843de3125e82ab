//! Alerts over HTTP, and their stream.

use std::collections::BTreeMap;

use api::{Access, Config};
use broker::{Broker, testing::RedisServer};
use dispatch::Dispatch;
use domain::{
    AlertId, TenantId,
    alert::{AlertKind, AlertRecord, NewAlert, Severity},
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use store::{Owner, testing::Engine};

use crate::support::{Server, Stream, json_of, pointers, problem, soon};

pub(crate) fn house() -> Owner {
    Owner::new(TenantId::default_tenant())
}

pub(crate) fn new_alert(cause: &str, user_id: Option<&str>) -> NewAlert {
    NewAlert {
        user_id: user_id.map(str::to_owned),
        kind: AlertKind::Price,
        severity: Severity::Warning,
        title: "Cheaper".to_owned(),
        body: "It is 20 EUR cheaper".to_owned(),
        data: json!({ "price": 100 }),
        cause_key: cause.to_owned(),
    }
}

pub(crate) async fn raise(server: &Server, cause: &str, user_id: Option<&str>) -> AlertRecord {
    server.dispatch.raise_alert(&house(), &new_alert(cause, user_id)).await.unwrap().alert
}

fn post(server: &Server, id: AlertId, what: &str) -> RequestBuilder {
    server.request(Method::POST, &format!("/v1/alerts/{id}/{what}"))
}

pub(crate) async fn follow(server: &Server, query: &str) -> Stream {
    Stream::from(server.get(&format!("/v1/alerts/stream{query}")).send().await.unwrap())
}

#[tokio::test]
async fn an_alert_is_listed_read_and_answered() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = Server::start_on(engine).await;
        let (one, two) = (raise(&server, "one", Some("ana")).await, raise(&server, "two", None).await);
        let list = json_of(server.get("/v1/alerts"), 200).await;
        let ids: Vec<&Value> = list["alerts"].as_array().unwrap().iter().map(|alert| &alert["id"]).collect();
        assert_eq!(ids, [&json!(two.id), &json!(one.id)]);
        assert_eq!(list["last_seq"], two.seq);
        let read = json_of(server.get(&format!("/v1/alerts/{}", one.id)), 200).await;
        assert_eq!(read, serde_json::to_value(&one).unwrap());

        let taken = json_of(post(&server, one.id, "acknowledge?user_id=ana"), 200).await;
        assert_eq!((&taken["status"], &taken["acknowledged_by"]), (&json!("acknowledged"), &json!("dev/ana")));
        assert!(taken["seq"].as_i64().unwrap() > two.seq);
        let again = json_of(post(&server, one.id, "acknowledge?user_id=ben"), 200).await;
        assert_eq!(again, taken, "the first answer stands");
        let later = json_of(post(&server, one.id, "snooze").json(&json!({ "for_s": 3600 })), 200).await;
        assert_eq!(later["status"], "snoozed");
        let until: chrono::DateTime<chrono::Utc> = later["snoozed_until"].as_str().unwrap().parse().unwrap();
        let wait = until - server.store().now().await.unwrap();
        assert!((3_500..=3_600).contains(&wait.num_seconds()), "{wait}");
        let over = json_of(post(&server, one.id, "resolve"), 200).await;
        assert_eq!(over["status"], "resolved");
        let late = json_of(post(&server, one.id, "snooze").json(&json!({ "until": until })), 200).await;
        assert_eq!(late, over, "what is resolved stays so");

        for (filter, found) in [
            ("user_id=ana", 1),
            ("user_id=ben", 0),
            ("status=resolved", 1),
            ("status=open", 1),
            ("kind=price", 2),
            ("kind=budget", 0),
            ("severity=warning&status=open", 1),
            ("severity=critical", 0),
            ("user_id=%00", 0),
        ] {
            let list = json_of(server.get(&format!("/v1/alerts?{filter}")), 200).await;
            assert_eq!(list["alerts"].as_array().unwrap().len(), found, "{filter}");
        }
        for bad in ["status=done", "kind=x", "severity=loud", "limit=0", "limit=101"] {
            problem(server.get(&format!("/v1/alerts?{bad}")), 400, "bad_parameter").await;
        }
    }
}

#[tokio::test]
async fn a_list_is_paged() {
    let server = Server::start().await;
    for number in 0..5 {
        raise(&server, &number.to_string(), None).await;
    }
    let (mut seen, mut more) = (Vec::new(), String::new());
    loop {
        let page = json_of(server.get(&format!("/v1/alerts?limit=2{more}")), 200).await;
        seen.extend(page["alerts"].as_array().unwrap().iter().map(|alert| alert["cause_key"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        more = format!("&cursor={cursor}");
        problem(server.get(&format!("/v1/channels?cursor={cursor}")), 400, "bad_cursor").await;
    }
    assert_eq!(seen, ["4", "3", "2", "1", "0"]);
    problem(server.get("/v1/alerts?cursor=12"), 400, "bad_cursor").await;
}

#[tokio::test]
async fn a_snooze_that_cannot_be_is_refused() {
    let server = Server::start().await;
    let id = raise(&server, "c", None).await.id;
    for (body, pointer) in [
        (json!({}), "/until"),
        (json!({ "until": "2020-01-01T00:00:00Z" }), "/until"),
        (json!({ "until": "2999-01-01T00:00:00Z" }), "/until"),
        (json!({ "until": "soon" }), "/until"),
        (json!({ "for_s": 0 }), "/for_s"),
        (json!({ "for_s": 40_000_000 }), "/for_s"),
        (json!({ "for_s": 60, "until": "2999-01-01T00:00:00Z" }), "/for_s"),
    ] {
        let found = problem(post(&server, id, "snooze").json(&body), 422, "invalid_fields").await;
        assert_eq!(pointers(&found), [pointer], "{body}");
    }
    problem(post(&server, id, "snooze").json(&json!({ "minutes": 5 })), 400, "unknown_field").await;
}

#[tokio::test]
async fn a_stream_begins_at_its_cursor_and_goes_on_live() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = Server::start_on(engine).await;
        let (one, two) = (raise(&server, "one", Some("ana")).await, raise(&server, "two", None).await);
        let mut all = follow(&server, "").await;
        let mut newer = follow(&server, &format!("?after={}", one.seq)).await;
        let mut of_ana = follow(&server, "?user_id=ana").await;
        let before = all.take(2).await;
        assert_eq!(before[0], (one.seq, "alert".to_owned(), serde_json::to_value(&one).unwrap()));
        assert_eq!((before[1].0, newer.next().await.unwrap().0), (two.seq, two.seq));
        assert_eq!(of_ana.next().await.unwrap().0, one.seq);
        json_of(post(&server, two.id, "acknowledge"), 200).await;
        let ended = json_of(post(&server, one.id, "resolve"), 200).await;
        for stream in [&mut all, &mut newer] {
            let told = stream.take(2).await;
            assert_eq!((&told[0].2["id"], &told[0].2["status"]), (&json!(two.id), &json!("acknowledged")));
            assert_eq!(told[1].2, ended);
        }
        assert_eq!(of_ana.next().await.unwrap().2, ended, "and nothing of others in between");
        // Where one left off, another begins.
        let last = ended["seq"].as_i64().unwrap();
        let request = server.get("/v1/alerts/stream?after=0").header("Last-Event-ID", last.to_string());
        let mut resumed = Stream::from(request.send().await.unwrap());
        let three = raise(&server, "three", None).await;
        assert_eq!(resumed.next().await.unwrap().0, three.seq);
        assert!(!resumed.retries.is_empty());
    }
}

/// R19.
#[tokio::test]
async fn a_number_that_no_alert_ever_had_is_refused() {
    let server = Server::start_with_keys().await;
    let tenant = |name: &str| Owner::new(TenantId(format!("tenant-{name}")));
    for cause in ["1", "2", "3"] {
        server.dispatch.raise_alert(&tenant("a"), &new_alert(cause, None)).await.unwrap();
    }
    server.dispatch.raise_alert(&tenant("b"), &new_alert("secret", None)).await.unwrap();
    for bad in ["x", "-1", "1.5", "2 ", "0x1", "99999999999999999999999", "9223372036854775807", "2"] {
        let request = server.get("/v1/alerts/stream").bearer_auth("key-b").header("Last-Event-ID", bad);
        let found = problem(request, 400, "bad_cursor").await;
        assert_eq!(pointers(&found), ["Last-Event-ID"], "{bad}");
    }
    problem(server.get("/v1/alerts/stream?after=7").bearer_auth("key-b"), 400, "bad_cursor").await;
    problem(server.get("/v1/alerts/stream"), 401, "unauthorized").await;
    let request = server.get("/v1/alerts/stream").bearer_auth("key-b");
    let mut of_b = Stream::from(request.send().await.unwrap());
    assert_eq!(of_b.next().await.unwrap().2["cause_key"], "secret");
    server.dispatch.raise_alert(&tenant("a"), &new_alert("4", None)).await.unwrap();
    server.dispatch.raise_alert(&tenant("b"), &new_alert("5", None)).await.unwrap();
    assert_eq!(of_b.next().await.unwrap().2["cause_key"], "5", "nothing of another tenant");
}

/// Whoever changes an alert and does not say so, as a process that dies right after its commit.
#[tokio::test]
async fn an_alert_that_nobody_hints_at_arrives_all_the_same() {
    let server = Server::start().await;
    let mut stream = follow(&server, "").await;
    let raised = server.store().raise_alert(&house(), &new_alert("c", None)).await.unwrap().alert;
    assert_eq!(stream.next().await.unwrap().0, raised.seq);
}

#[tokio::test]
async fn an_alert_of_another_process_arrives_over_the_bus_and_without_it() {
    let redis = RedisServer::start();
    let server =
        Server::start_with(Config::default(), Access::Open, Broker::connect(&redis.config()).await.unwrap()).await;
    let other = Dispatch::new(server.store().clone(), Broker::connect(&redis.config()).await.unwrap());
    let mut stream = follow(&server, "").await;
    let first = other.raise_alert(&house(), &new_alert("1", None)).await.unwrap().alert;
    assert_eq!(stream.next().await.unwrap().0, first.seq);
    drop(redis);
    let second = other.raise_alert(&house(), &new_alert("2", None)).await.unwrap().alert;
    assert_eq!(stream.next().await.unwrap().0, second.seq);
}

#[tokio::test]
async fn silence_is_broken_by_comments_and_the_end_of_the_server_by_a_goodbye() {
    let config = Config { sse_heartbeat_ms: 100, ..Config::default() };
    let server = Server::start_with(config, Access::Open, Broker::in_process()).await;
    let mut stream = follow(&server, "").await;
    stream.block_of("retry: ").await;
    stream.listen_for_pings(3).await;
    server.stop().await;
    assert!(stream.rest().await.is_empty());
    assert_eq!(stream.retries.len(), 1, "the client shall come back");
}

/// Writers raise and answer side by side; the reader is cut off again and again, and ends with what the rows say.
#[tokio::test]
async fn a_reader_that_is_cut_off_all_the_time_misses_no_alert() {
    const CAUSES: usize = 40;
    let server = Server::start_on(Engine::Postgres).await;
    let writing = async {
        let writers = (0..4).map(|writer| {
            let server = &server;
            async move {
                for number in 0..CAUSES {
                    let raised = raise(server, &format!("{}", (number * 7 + writer) % CAUSES), None).await;
                    if number % 3 == 0 {
                        server.dispatch.resolve_alert(&house(), raised.id).await.unwrap();
                    }
                }
            }
        });
        futures::future::join_all(writers).await;
        raise(&server, "the last", None).await
    };
    let reading = async {
        let (mut seen, mut last, mut connections) = (BTreeMap::new(), 0, 0);
        loop {
            let mut stream = follow(&server, &format!("?after={last}")).await;
            connections += 1;
            for _ in 0..5 {
                let (seq, _, alert) = stream.next().await.unwrap();
                assert!(seq > last, "numbers grow");
                last = seq;
                let is_last = alert["cause_key"] == "the last";
                seen.insert(alert["id"].as_str().unwrap().to_owned(), alert);
                if is_last {
                    return (seen, connections);
                }
            }
        }
    };
    let (_, (seen, connections)) = soon(async { tokio::join!(writing, reading) }).await;
    assert!(connections > 5, "{connections}");
    let rows = server.store().alerts_after(&house(), None, 0, 500).await.unwrap().alerts;
    assert_eq!(seen.len(), rows.len());
    for row in rows {
        let told = &seen[&row.id.to_string()];
        assert_eq!((&told["seq"], &told["status"]), (&json!(row.seq), &json!(row.status)));
    }
}

/// Every operation on an alert.
fn operations(server: &Server, id: &str) -> Vec<RequestBuilder> {
    let at = |method: Method, more: &str| server.request(method, &format!("/v1/alerts/{id}{more}"));
    vec![
        at(Method::GET, ""),
        at(Method::POST, "/acknowledge"),
        at(Method::POST, "/snooze").json(&json!({ "for_s": 60 })),
        at(Method::POST, "/resolve"),
    ]
}

#[tokio::test]
async fn a_foreign_alert_looks_like_none() {
    let server = Server::start_with_keys().await;
    let owner = Owner::new(TenantId("tenant-a".to_owned()));
    let raised = server.dispatch.raise_alert(&owner, &new_alert("c", None)).await.unwrap().alert;
    for request in operations(&server, &raised.id.to_string()) {
        problem(request, 401, "unauthorized").await;
    }
    let missing = operations(&server, &AlertId::new().to_string());
    for (foreign, missing) in operations(&server, &raised.id.to_string()).into_iter().zip(missing) {
        let mut foreign = problem(foreign.bearer_auth("key-b"), 404, "not_found").await;
        let mut missing = problem(missing.bearer_auth("key-b"), 404, "not_found").await;
        (foreign["request_id"], missing["request_id"]) = (Value::Null, Value::Null);
        assert_eq!(foreign, missing);
    }
    for request in operations(&server, "x") {
        problem(request.bearer_auth("key-a"), 404, "not_found").await;
    }
    let list = json_of(server.get("/v1/alerts").bearer_auth("key-b"), 200).await;
    assert_eq!(list, json!({ "alerts": [], "last_seq": 0 }));
    assert_eq!(server.store().alert(&owner, raised.id).await.unwrap(), raised, "untouched");
}
