//! Schedules over HTTP.

use domain::{JobId, ScheduleId};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Server, json_of, pointers, problem};

fn request() -> Value {
    json!({
        "name": "Mondays", "cron": "30 7 * * MON", "time_zone": "Europe/Paris",
        "action": { "plan": { "query": "A weekend in Lisbon" } }, "user_id": "ana"
    })
}

async fn create(server: &Server, body: &Value) -> Value {
    json_of(server.post("/v1/schedules", body), 201).await
}

fn path(schedule: &Value, more: &str) -> String {
    format!("/v1/schedules/{}{more}", schedule["schedule_id"].as_str().unwrap())
}

#[tokio::test]
async fn a_schedule_lives_from_its_creation_to_its_deletion() {
    let server = Server::start().await;
    let made = server.post("/v1/schedules", &request()).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let location = made.headers()["location"].to_str().unwrap().to_owned();
    let made: Value = made.json().await.unwrap();
    assert_eq!(location, path(&made, ""));
    assert_eq!(
        (&made["status"], &made["overlap"], &made["catch_up"]),
        (&json!("active"), &json!("skip"), &json!("last"))
    );
    assert_eq!((&made["window_s"], &made["jitter_s"], &made["missed"]), (&json!(86400), &json!(0), &json!(0)));
    assert_eq!(made["in_words"], "on Monday at 07:30");
    assert_eq!(made["action"], request()["action"]);
    let runs = made["next_runs"].as_array().unwrap();
    assert_eq!((runs.len(), &runs[0]["at"]), (5, &made["next_at"]));
    assert!(runs.iter().all(|run| run["local"].as_str().unwrap().contains("T07:30:00+0")), "{runs:?}");
    assert_eq!(json_of(server.get(&location), 200).await, made);

    let mut other = request();
    (other["name"], other["cron"], other["jitter_s"]) = ("Tuesdays".into(), "0 8 * * TUE".into(), 30.into());
    let replaced = json_of(server.request(Method::PUT, &location).json(&other), 200).await;
    assert_eq!((&replaced["name"], &replaced["in_words"]), (&json!("Tuesdays"), &json!("on Tuesday at 08:00")));
    assert_ne!(replaced["next_at"], made["next_at"]);
    other["name"] = "Still Tuesdays".into();
    let renamed = json_of(server.request(Method::PUT, &location).json(&other), 200).await;
    assert_eq!(renamed["next_at"], replaced["next_at"], "a new name moves nothing");

    let paused = json_of(server.request(Method::POST, &path(&made, "/pause")), 200).await;
    assert_eq!((&paused["status"], &paused["next_runs"]), (&json!("paused"), &json!([])));
    assert!(paused["next_at"].is_null() && paused["paused_at"].is_string());
    let resumed = json_of(server.request(Method::POST, &path(&made, "/resume")), 200).await;
    assert_eq!((&resumed["status"], &resumed["next_at"]), (&json!("active"), &replaced["next_at"]));

    let deleted = server.request(Method::DELETE, &location).send().await.unwrap();
    assert_eq!((deleted.status().as_u16(), deleted.bytes().await.unwrap().len()), (204, 0));
    problem(server.get(&location), 404, "not_found").await;
    problem(server.request(Method::DELETE, &location), 404, "not_found").await;
}

#[tokio::test]
async fn a_person_runs_a_schedule_and_reads_its_history() {
    let server = Server::start().await;
    let schedule = create(&server, &request()).await;
    let run = |key: &'static str| {
        let run = server.request(Method::POST, &path(&schedule, "/run"));
        if key.is_empty() { run } else { run.header("Idempotency-Key", key) }
    };
    let accepted = json_of(run("k"), 202).await;
    assert_eq!(json_of(run("k"), 202).await, accepted, "the same key is the same job");
    let status = json_of(server.get(accepted["status_url"].as_str().unwrap()), 200).await;
    assert_eq!((&status["mode"], &status["user_id"]), (&json!("reactive"), &json!("ana")));
    for _ in 0..4 {
        json_of(run(""), 202).await;
    }
    let other = create(&server, &request()).await;
    let reused = server.request(Method::POST, &path(&other, "/run")).header("Idempotency-Key", "k");
    problem(reused, 422, "idempotency_key_reused").await;

    let (mut seen, mut more) = (Vec::new(), String::new());
    loop {
        let page = json_of(server.get(&path(&schedule, &format!("/ticks?limit=2{more}"))), 200).await;
        seen.extend(page["ticks"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        more = format!("&cursor={cursor}");
        problem(server.get(&path(&other, &format!("/ticks?cursor={cursor}"))), 400, "bad_cursor").await;
    }
    assert_eq!(seen.len(), 5);
    assert_eq!(seen[4]["job_id"], accepted["job_id"]);
    assert!(seen.iter().all(|tick| tick["outcome"] == "fired" && tick["origin"] == "person"));
    let after = json_of(server.get(&path(&schedule, "")), 200).await;
    assert_eq!((&after["last"]["outcome"], &after["last"]["tick_at"]), (&json!("fired"), &seen[0]["tick_at"]));
    problem(server.get(&path(&schedule, "/ticks?cursor=12")), 400, "bad_cursor").await;
}

#[tokio::test]
async fn a_list_is_paged_and_filtered() {
    let server = Server::start().await;
    for index in 0..5 {
        let mut body = request();
        body["name"] = format!("{index}").into();
        if index % 2 == 1 {
            body["user_id"] = "bo".into();
        }
        create(&server, &body).await;
    }
    let names = |page: &Value| -> Vec<String> {
        page["schedules"].as_array().unwrap().iter().map(|found| found["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = json_of(server.get("/v1/schedules?limit=3"), 200).await;
    assert_eq!(names(&first), ["4", "3", "2"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = json_of(server.get(&format!("/v1/schedules?limit=3&cursor={cursor}")), 200).await;
    assert_eq!((names(&second), second.get("next_cursor")), (vec!["1".to_owned(), "0".to_owned()], None));
    assert_eq!(names(&json_of(server.get("/v1/schedules?user_id=bo"), 200).await), ["3", "1"]);
    for (bad, code) in [("limit=0", "bad_parameter"), ("limit=1e9", "bad_parameter"), ("cursor=x", "bad_cursor")] {
        problem(server.get(&format!("/v1/schedules?{bad}")), 400, code).await;
    }
}

#[tokio::test]
async fn the_same_key_and_body_are_the_same_schedule() {
    let server = Server::start().await;
    let post = |body: &Value| server.post("/v1/schedules", body).header("Idempotency-Key", "k");
    let first = json_of(post(&request()), 201).await;
    assert_eq!(json_of(post(&request()), 201).await["schedule_id"], first["schedule_id"]);
    let mut other = request();
    other["name"] = "other".into();
    problem(post(&other), 422, "idempotency_key_reused").await;
}

#[tokio::test]
async fn cron_bombs_short_intervals_and_unknown_zones_are_refused() {
    let server = Server::start().await;
    let too_long = "0,".repeat(70);
    for (cron, told) in [
        ("* * * * * *", "two ticks 1 seconds apart; the least here is 60"),
        ("0,30 * * * * *", "30 seconds apart"),
        ("0 0 0 1 1 * 1970-9999", "7 fields"),
        ("0 0 30 2 *", "never ticks"),
        ("every day", "2 fields"),
        (too_long.as_str(), "characters"),
    ] {
        let mut body = request();
        body["cron"] = cron.into();
        let found = problem(server.post("/v1/schedules", &body), 422, "invalid_fields").await;
        assert_eq!(pointers(&found), ["/cron"]);
        assert!(found["errors"][0]["detail"].as_str().unwrap().contains(told), "{cron}: {found}");
    }
    let mut body = request();
    body["time_zone"] = "Mars/Olympus".into();
    let found = problem(server.post("/v1/schedules", &body), 422, "invalid_fields").await;
    assert_eq!(pointers(&found), ["/time_zone"]);
    assert!(found["errors"][0]["detail"].as_str().unwrap().contains("Europe/Paris"));
    assert!(json_of(server.get("/v1/schedules"), 200).await["schedules"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn every_fault_is_told_at_once() {
    let server = Server::start().await;
    let wrong = json!({
        "name": "", "cron": "61 * * * *", "time_zone": "Nowhere", "overlap": "maybe", "jitter_s": 4000,
        "ends_at": "2020-01-01T00:00:00Z", "action": { "plan": { "query": "", "constraints": { "days": 400 } } }
    });
    let found = problem(server.post("/v1/schedules", &wrong), 422, "invalid_fields").await;
    let expected = [
        "/action/plan/constraints/days",
        "/action/plan/query",
        "/cron",
        "/ends_at",
        "/jitter_s",
        "/name",
        "/overlap",
        "/time_zone",
    ];
    assert_eq!(pointers(&found), expected);
    let found = problem(server.post("/v1/schedules", &json!({})), 422, "invalid_fields").await;
    assert_eq!(pointers(&found), ["/action", "/cron", "/name"]);
    let mut unknown = request();
    unknown["action"] = json!({ "plan": { "query": "q", "colour": 1 }, "check": {} });
    let found = problem(server.post("/v1/schedules", &unknown), 400, "unknown_field").await;
    assert!(pointers(&found).contains(&"/action/plan/colour"), "{found}");
    let mut jittery = request();
    (jittery["cron"], jittery["jitter_s"]) = ("* * * * *".into(), 60.into());
    let found = problem(server.post("/v1/schedules", &jittery), 422, "invalid_fields").await;
    assert_eq!(pointers(&found), ["/jitter_s"]);
    let mut off = request();
    off["action"]["plan"]["workflow"] = "probe".into();
    let found = problem(server.post("/v1/schedules", &off), 422, "invalid_fields").await;
    assert_eq!(pointers(&found), ["/action/plan/workflow"]);
}

/// Every operation on a schedule.
fn operations(server: &Server, id: &str) -> Vec<RequestBuilder> {
    let at = |method: Method, more: &str| server.request(method, &format!("/v1/schedules/{id}{more}"));
    vec![
        at(Method::GET, ""),
        at(Method::PUT, "").json(&request()),
        at(Method::DELETE, ""),
        at(Method::POST, "/pause"),
        at(Method::POST, "/resume"),
        at(Method::POST, "/run"),
        at(Method::GET, "/ticks"),
    ]
}

#[tokio::test]
async fn a_foreign_schedule_looks_like_none() {
    let server = Server::start_with_keys().await;
    let made = json_of(server.post("/v1/schedules", &request()).bearer_auth("key-a"), 201).await;
    let id = made["schedule_id"].as_str().unwrap();
    for request in operations(&server, id) {
        problem(request, 401, "unauthorized").await;
    }
    let missing = operations(&server, &ScheduleId::new().to_string());
    for (foreign, missing) in operations(&server, id).into_iter().zip(missing) {
        let mut foreign = problem(foreign.bearer_auth("key-b"), 404, "not_found").await;
        let mut missing = problem(missing.bearer_auth("key-b"), 404, "not_found").await;
        (foreign["request_id"], missing["request_id"]) = (Value::Null, Value::Null);
        assert_eq!(foreign, missing);
    }
    for request in operations(&server, "x") {
        problem(request.bearer_auth("key-a"), 404, "not_found").await;
    }
    let list = json_of(server.get("/v1/schedules").bearer_auth("key-b"), 200).await;
    assert_eq!(list, json!({ "schedules": [] }));
    assert_eq!(json_of(server.get(&path(&made, "")).bearer_auth("key-a"), 200).await, made, "untouched");
    let job = JobId::new().to_string();
    problem(server.get(&format!("/v1/schedules/{job}")).bearer_auth("key-a"), 404, "not_found").await;
}
