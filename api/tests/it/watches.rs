//! `/v1/watches` and `/v1/suggest`.

use domain::{
    job::{Mode, WorkflowKind},
    watch::{Observation, ObservationOutcome},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::{ClaimedWatch, JobFilter, LookRecord, Owner};

use crate::support::Server;

fn body(name: &str) -> Value {
    json!({ "name": name, "user_id": "ana", "watch": { "flight_price": { "origin": "Berlin", "destination": "Lisbon",
        "depart": "2027-05-08", "threshold": { "below": 150 } } } })
}

async fn send(server: &Server, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
    let mut request = server.client.request(method, format!("{}{path}", server.url));
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, answer.json().await.unwrap_or_default())
}

pub(crate) async fn make(server: &Server) -> String {
    let (status, made) = send(server, Method::POST, "/v1/watches", Some(&body("n"))).await;
    assert_eq!(status, StatusCode::CREATED, "{made:#}");
    format!("/v1/watches/{}", made["watch_id"].as_str().unwrap())
}

fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_watch_is_made_read_replaced_and_deleted() {
    let server = Server::start().await;
    let path = make(&server).await;
    let (_, found) = send(&server, Method::GET, &path, None).await;
    assert_eq!(
        (&found["status"], &found["level"], &found["is_armed"]),
        (&json!("active"), &json!(15_000), &json!(true))
    );
    let mut expected = body("n")["watch"].clone();
    expected["flight_price"]["threshold"]["below"] = json!(150.0);
    assert_eq!(found["watch"], expected);
    let (status, replaced) = send(&server, Method::PUT, &path, Some(&body("other"))).await;
    assert_eq!((status, &replaced["name"]), (StatusCode::OK, &json!("other")));
    for (step, expected) in [("pause", "paused"), ("resume", "active")] {
        let (status, stands) = send(&server, Method::POST, &format!("{path}/{step}"), None).await;
        assert_eq!((status, &stands["status"]), (StatusCode::OK, &json!(expected)));
    }
    let (status, checked) = send(&server, Method::POST, &format!("{path}/check"), None).await;
    assert_eq!((status, &checked["is_looking"]), (StatusCode::ACCEPTED, &json!(true)));
    let (_, list) = send(&server, Method::GET, "/v1/watches?user_id=ana&kind=flight_price&status=active", None).await;
    assert_eq!(list["watches"].as_array().unwrap().len(), 1);
    let (_, none) = send(&server, Method::GET, "/v1/watches?kind=calendar_gap", None).await;
    assert_eq!(none["watches"].as_array().unwrap().len(), 0);
    let (status, _) = send(&server, Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, problem) = send(&server, Method::GET, &path, None).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
}

#[tokio::test]
async fn every_fault_of_a_watch_is_told_at_once() {
    let server = Server::start().await;
    let mut wrong = body(" ");
    wrong["time_zone"] = json!("Mars/Base");
    wrong["watch"]["flight_price"]["threshold"] = json!({ "below": 1, "percent": 5 });
    let (status, problem) = send(&server, Method::POST, "/v1/watches", Some(&wrong)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pointers(&problem), ["/name", "/time_zone", "/watch/flight_price/threshold"]);
    let (status, problem) = send(&server, Method::POST, "/v1/watches", Some(&json!({ "watch": {}, "nam": 1 }))).await;
    assert_eq!((status, &problem["code"]), (StatusCode::BAD_REQUEST, &json!("unknown_field")));
    let (status, problem) = send(&server, Method::POST, "/v1/watches", Some(&body("nowhere"))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pointers(&problem), ["/watch/flight_price/destination"], "what only the composition root knows");
    let huge = json!({ "name": "n", "watch": { "calendar_gap": { "calendar": "x".repeat(524_289), "days_min": 5 } } });
    let (status, problem) = send(&server, Method::POST, "/v1/watches", Some(&huge)).await;
    assert_eq!((status, pointers(&problem)[0]), (StatusCode::UNPROCESSABLE_ENTITY, "/watch/calendar_gap/calendar"));
}

#[tokio::test]
async fn a_watch_that_has_ended_is_not_checked() {
    let server = Server::start().await;
    let path = make(&server).await;
    let due = server.store().due_watches(1).await.unwrap().watches.remove(0);
    assert!(server.store().end_watch(&due, domain::watch::WatchReason::EndsAt).await.unwrap());
    let (status, problem) = send(&server, Method::POST, &format!("{path}/check"), None).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("watch_ended")));
}

#[tokio::test]
async fn what_a_watch_saw_comes_in_pages_with_its_sum() {
    let server = Server::start().await;
    let path = make(&server).await;
    for value in [20_000, 18_000, 19_000] {
        see(&server, value).await;
    }
    let (_, first) = send(&server, Method::GET, &format!("{path}/observations?limit=2"), None).await;
    let values = |page: &Value| -> Vec<i64> {
        page["observations"].as_array().unwrap().iter().map(|one| one["value"].as_i64().unwrap()).collect()
    };
    assert_eq!(values(&first), [19_000, 18_000]);
    let sum = json!({ "count": 3, "min": 18_000, "median": 19_000, "max": 20_000, "now": 19_000 });
    assert_eq!((&first["history"], &first["currency"], &first["level"]), (&sum, &json!("EUR"), &json!(15_000)));
    assert_eq!(first["observations"][0]["simulated"], true);
    let cursor = first["next_cursor"].as_str().unwrap();
    let (_, rest) = send(&server, Method::GET, &format!("{path}/observations?limit=2&cursor={cursor}"), None).await;
    assert_eq!((values(&rest), &rest["next_cursor"]), (vec![20_000], &Value::Null));
}

/// A look at the one watch, in a worker's hands.
pub(crate) async fn claim(server: &Server) -> ClaimedWatch {
    let store = server.store();
    for watch in store.due_watches(1).await.unwrap().watches {
        store.tick_watch(&watch, None).await.unwrap();
    }
    let owner = Owner::new(domain::TenantId::default_tenant());
    let watch = store.watches(&owner, &store::WatchFilter::default(), 1).await.unwrap().remove(0);
    store.check_watch(&owner, watch.id).await.unwrap();
    store.claim_watches(std::time::Duration::from_secs(60), 1).await.unwrap().remove(0)
}

pub(crate) fn price(claimed: &ClaimedWatch, cents: i64) -> Observation {
    let place = json!({ "id": "berlin", "name": "Berlin" });
    let reading = json!({ "at": claimed.now, "seen": { "kind": "flight_price", "price": { "amount_cents": cents, "currency": "EUR" },
        "origin": place, "destination": place, "depart": "2027-05-08" }, "source": "test", "is_simulated": true });
    Observation {
        value: cents,
        outcome: ObservationOutcome::Quiet,
        reading: serde_json::from_value(reading).unwrap(),
        job_id: None,
    }
}

/// Lets the one watch see a price.
async fn see(server: &Server, cents: i64) {
    let claimed = claim(server).await;
    let observation = price(&claimed, cents);
    let state = claimed.watch.state.clone();
    let record = LookRecord { observation: &observation, state: &state, then: None, firing: None, clear: &[] };
    server.store().record_look(&claimed, &record).await.unwrap();
}

fn suggestion() -> Value {
    json!({ "user_id": "ana", "trigger": "price_drop", "context": { "origin": "Berlin", "destination": "Lisbon",
        "depart": "2027-05-08", "price": { "amount": 400, "currency": "EUR" } } })
}

#[tokio::test]
async fn what_happened_becomes_a_proactive_job_once() {
    let server = Server::start().await;
    let url = format!("{}/v1/suggest", server.url);
    let mut jobs = Vec::new();
    for _ in 0..2 {
        let request = server.client.post(&url).header("Idempotency-Key", "k").json(&suggestion());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        assert!(answer.headers()["location"].to_str().unwrap().starts_with("/v1/status/"));
        let accepted: Value = answer.json().await.unwrap();
        jobs.push(accepted["job_id"].clone());
    }
    assert_eq!(jobs[0], jobs[1]);
    let owner = Owner::new(domain::TenantId::default_tenant());
    let made = server.store().jobs(&owner, &JobFilter::default(), 10).await.unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(
        (made[0].workflow, made[0].mode, made[0].user_id.as_deref()),
        (WorkflowKind::Suggest, Mode::Proactive, Some("ana"))
    );
}

#[tokio::test]
async fn a_context_is_checked_as_its_trigger_says() {
    let server = Server::start().await;
    let mut wrong = suggestion();
    wrong["trigger"] = json!("calendar_gap");
    let (status, problem) = send(&server, Method::POST, "/v1/suggest", Some(&wrong)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let found = pointers(&problem);
    assert!(found.contains(&"/context/from") && found.contains(&"/context/price"), "{problem:#}");
    let mut late = suggestion();
    late["context"]["depart"] = json!("2020-01-01");
    late["context"]["price"]["amount"] = json!(-1);
    let (_, problem) = send(&server, Method::POST, "/v1/suggest", Some(&late)).await;
    assert_eq!(pointers(&problem), ["/context/price/amount"], "{problem:#}");
    late["context"]["price"]["amount"] = json!(1);
    let (_, problem) = send(&server, Method::POST, "/v1/suggest", Some(&late)).await;
    assert_eq!(pointers(&problem), ["/context/depart"], "{problem:#}");
    let gap = json!({ "user_id": "ana", "trigger": "calendar_gap", "context": { "from": "2027-05-08", "until": "2027-05-12" } });
    let (status, problem) = send(&server, Method::POST, "/v1/suggest", Some(&gap)).await;
    assert_eq!((status, pointers(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/context/trip/origin"]));
    let (status, problem) = send(&server, Method::POST, "/v1/suggest", Some(&json!({ "trigger": "rain" }))).await;
    assert_eq!(
        (status, pointers(&problem)),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["/user_id", "/trigger", "/context"])
    );
}
