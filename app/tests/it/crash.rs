//! A process dies at every named point between two writes; nothing is lost and nothing is done twice (RELIABILITY R4).

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use dispatch::CRASH_POINTS;
use domain::{TenantId, webhook::WebhookRequest};
use serde_json::{Value, json};
use store::{DeliveryFilter, Owner};

use crate::{
    chaos::{STEPS, assert_all_exact, post_keyed, submit_many},
    cluster::{Api, Cluster, until},
    support::Running,
};

/// Which process passes a point, and how it is led there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Driver {
    /// A worker that runs probes.
    Probes,
    /// A worker that is asked to end.
    Drain,
    /// A worker whose job comes to a gate.
    Gate,
    Submission,
    Decision,
    Cancellation,
    Feedback,
    RunNow,
    Tick,
    Sweep,
    Outbox,
    /// A look at a watch: `watches` drives it.
    Watch,
}

/// A point without a driver is one that no test reaches.
fn driver(point: &str) -> Driver {
    match point {
        "worker:before_release" | "worker:after_release" => Driver::Drain,
        "worker:before_gate" | "worker:after_gate" => Driver::Gate,
        _ => match point.split(':').next() {
            Some("worker") => Driver::Probes,
            Some("submit") => Driver::Submission,
            Some("decide") => Driver::Decision,
            Some("cancel") => Driver::Cancellation,
            Some("feedback") => Driver::Feedback,
            Some("run") => Driver::RunNow,
            Some("fire") => Driver::Tick,
            Some("sweep") => Driver::Sweep,
            Some("outbox") => Driver::Outbox,
            Some("watch") => Driver::Watch,
            _ => panic!("no test drives {point}"),
        },
    }
}

fn points(driven: &[Driver]) -> Vec<&'static str> {
    CRASH_POINTS.iter().copied().filter(|point| driven.contains(&driver(point))).collect()
}

/// It died at its point, and of nothing else.
fn assert_reached(process: Running, point: &str) {
    let (code, said) = process.end();
    assert_eq!(code, -1, "{point} was not reached: {said:#?}");
}

async fn post(cluster: &Cluster, url: &str, path: &str, key: Option<&str>, body: &Value) -> reqwest::Result<Value> {
    let mut request = cluster.client.post(format!("{url}{path}")).json(body);
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    request.send().await?.error_for_status()?.json().await
}

/// Asks a replica that dies of it, and then a healthy one the same.
async fn ask_twice(cluster: &Cluster, api: &Api, point: &str, path: &str, key: Option<&str>, body: &Value) -> Value {
    let doomed = cluster.api(&[("CRASH_AT", &format!("{point}:1"))]).await;
    assert!(post(cluster, &doomed.url, path, key, body).await.is_err(), "{point}: the answer was lost");
    assert_reached(doomed.process, point);
    post(cluster, &api.url, path, key, body).await.expect("the second time it is answered")
}

fn id_of(answer: &Value) -> String {
    answer["job_id"].as_str().expect("an id").to_owned()
}

async fn wait_for(cluster: &Cluster, api: &Api, id: &str, state: &str) {
    until(state, async || (cluster.status(&api.url, id).await["status"] == state).then_some(())).await;
}

/// A trip that waits for a person.
async fn waiting(cluster: &Cluster, api: &Api) -> String {
    let body = json!({ "query": "3 days in Rome for two from Munich, 3000 EUR", "approval": "always" });
    let id = id_of(&post(cluster, &api.url, "/v1/plan", None, &body).await.expect("it is taken"));
    wait_for(cluster, api, &id, "waiting_approval").await;
    id
}

#[test]
fn every_point_has_a_driver() {
    let driven: Vec<Driver> = CRASH_POINTS.iter().map(|point| driver(point)).collect();
    assert_eq!(driven.len(), CRASH_POINTS.len());
    let all: std::collections::BTreeSet<&str> = CRASH_POINTS.iter().copied().collect();
    assert_eq!(all.len(), CRASH_POINTS.len(), "each stands once");
}

async fn die_at_every_point_of_a_worker(pass: u32) {
    let cluster = Cluster::build().await;
    let api = cluster.api(&[]).await;
    for point in points(&[Driver::Probes, Driver::Drain]) {
        let crash = format!("{point}:{pass}");
        let doomed = cluster.worker(&[("CRASH_AT", &crash)]);
        let jobs = submit_many(&cluster, &api.url, 4, 50).await;
        if driver(point) == Driver::Drain {
            // Passed when a worker gives its jobs back.
            let runs = async || (cluster.status(&api.url, &jobs[3]).await["progress"] != 0).then_some(());
            until("the jobs run", runs).await;
            doomed.signal("TERM");
        }
        assert_reached(doomed, &crash);
        let mut heir = cluster.worker(&[]);
        assert_all_exact(&cluster, &[&api.url], &jobs).await;
        heir.kill();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_named_point_loses_nothing() {
    die_at_every_point_of_a_worker(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_a_later_pass_of_any_named_point_loses_nothing() {
    die_at_every_point_of_a_worker(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_around_a_gate_opens_one() {
    let cluster = Cluster::build().await;
    let api = cluster.api(&[]).await;
    for point in points(&[Driver::Gate]) {
        let doomed = cluster.worker(&[("CRASH_AT", &format!("{point}:1"))]);
        let body = json!({ "query": "3 days in Rome for two from Munich, 3000 EUR", "approval": "always" });
        let id = id_of(&post(&cluster, &api.url, "/v1/plan", None, &body).await.expect("it is taken"));
        assert_reached(doomed, point);
        let mut heir = cluster.worker(&[]);
        wait_for(&cluster, &api, &id, "waiting_approval").await;
        let decision = json!({ "job_id": id, "decision": "approve" });
        post(&cluster, &api.url, "/v1/approve", None, &decision).await.expect("there is one gate, and it is decided");
        assert_eq!(cluster.over(&api.url, &id).await["status"], "completed");
        let asked = kinds(&cluster, &api, &id).await.iter().filter(|kind| *kind == "approval_required").count();
        assert_eq!(asked, 1, "{point}");
        heir.kill();
    }
}

async fn kinds(cluster: &Cluster, api: &Api, id: &str) -> Vec<String> {
    let events = cluster.read(&[&api.url], id, usize::MAX).await;
    let kind = |event: &Value| event["event"]["type"].as_str().unwrap_or_default().to_owned();
    events.iter().map(kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_dies_at_any_named_point_has_done_it_once() {
    let cluster = Cluster::build().await;
    let api = cluster.api(&[]).await;
    let _worker = cluster.worker(&[]);
    for point in points(&[Driver::Submission]) {
        let doomed = cluster.api(&[("CRASH_AT", &format!("{point}:1"))]).await;
        assert!(post_keyed(&cluster, &doomed.url, point).await.is_err(), "{point}: the answer was lost");
        assert_reached(doomed.process, point);
        let again: Value = post_keyed(&cluster, &api.url, point).await.expect("taken").json().await.expect("in JSON");
        assert_all_exact(&cluster, &[&api.url], &[id_of(&again)]).await;
    }
    let made = points(&[Driver::Submission]).len();
    assert_eq!(count_jobs(&cluster, &api).await, made, "one for each key");
    for point in points(&[Driver::Decision]) {
        let id = waiting(&cluster, &api).await;
        let body = json!({ "job_id": id, "decision": "approve" });
        ask_twice(&cluster, &api, point, "/v1/approve", None, &body).await;
        assert_eq!(cluster.over(&api.url, &id).await["status"], "completed");
        let decided = kinds(&cluster, &api, &id).await.iter().filter(|kind| *kind == "approval_decided").count();
        assert_eq!(decided, 1, "{point}");
    }
    for point in points(&[Driver::Cancellation]) {
        let id = cluster.submit(&api.url, 500, 50).await;
        ask_twice(&cluster, &api, point, &format!("/v1/jobs/{id}/cancel"), None, &json!({})).await;
        assert_eq!(cluster.over(&api.url, &id).await["status"], "cancelled");
        let kinds = kinds(&cluster, &api, &id).await;
        assert_eq!(kinds.iter().filter(|kind| *kind == "error").count(), 1, "{point}: {kinds:?}");
    }
    for point in points(&[Driver::Feedback]) {
        let id = cluster.submit(&api.url, u32::try_from(STEPS).expect("few"), 1).await;
        cluster.over(&api.url, &id).await;
        let body = json!({ "job_id": id, "rating": 4 });
        ask_twice(&cluster, &api, point, "/v1/feedback", Some(point), &body).await;
        let told = kinds(&cluster, &api, &id).await;
        // A verdict without a key is one more each time: what was written before the death stays beside the second.
        assert!(told.iter().any(|kind| kind == "complete"), "{point}: {told:?}");
    }
}

async fn count_jobs(cluster: &Cluster, api: &Api) -> usize {
    let list = cluster.client.get(format!("{}/v1/jobs?limit=100", api.url)).send().await.expect("the API answers");
    let list: Value = list.json().await.expect("in JSON");
    list["jobs"].as_array().expect("a list").len()
}

/// A schedule that ticks at every minute of the database's clock.
async fn schedule(cluster: &Cluster, api: &Api) -> String {
    let plan = json!({ "query": "q", "workflow": "probe", "probe": { "steps": 1 } });
    let body =
        json!({ "name": "s", "cron": "* * * * *", "action": { "plan": plan }, "overlap": "allow", "catch_up": "all" });
    let made = post(cluster, &api.url, "/v1/schedules", None, &body).await.expect("it is made");
    made["schedule_id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_whose_process_dies_at_any_named_point_starts_each_job_once() {
    let cluster = Cluster::build().await;
    let from = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros().to_string();
    // A minute passes in a second.
    let fast = [
        ("PORTOLAN__STORE__TIME_SCALE", "60"),
        ("PORTOLAN__STORE__TIME_SCALE_FROM_MICROS", from.as_str()),
        ("PORTOLAN__SCHEDULER__LATE_AFTER_MS", "86400000"),
    ];
    let api = cluster.api(&fast).await;
    let id = schedule(&cluster, &api).await;
    let path = format!("/v1/schedules/{id}/run");
    for point in points(&[Driver::RunNow]) {
        let crash = format!("{point}:1");
        let doomed = cluster.api(&[&fast[..], &[("CRASH_AT", crash.as_str())]].concat()).await;
        assert!(post(&cluster, &doomed.url, &path, Some(point), &json!({})).await.is_err(), "the answer was lost");
        assert_reached(doomed.process, point);
        post(&cluster, &api.url, &path, Some(point), &json!({})).await.expect("the second time it is answered");
    }
    let run = points(&[Driver::RunNow]).len();
    assert_eq!(count_jobs(&cluster, &api).await, run, "one job for each key");
    for point in points(&[Driver::Tick]) {
        let crash = format!("{point}:1");
        assert_reached(cluster.scheduler(&[&fast[..], &[("CRASH_AT", crash.as_str())]].concat()), point);
    }
    let mut survivor = cluster.scheduler(&fast);
    let ticks = until("it ticks on", async || {
        let ticks = ticks(&cluster, &api, &id).await;
        (ticks.len() >= run + 4).then_some(ticks)
    })
    .await;
    survivor.kill();
    assert!(ticks.len() <= 100, "they fit a page");
    let ticks = self::ticks(&cluster, &api, &id).await;
    let mut jobs: Vec<&str> = ticks.iter().filter_map(|tick| tick["job_id"].as_str()).collect();
    jobs.sort_unstable();
    jobs.dedup();
    assert_eq!((jobs.len(), count_jobs(&cluster, &api).await), (ticks.len(), ticks.len()), "a job for each tick");
}

async fn ticks(cluster: &Cluster, api: &Api, id: &str) -> Vec<Value> {
    let url = format!("{}/v1/schedules/{id}/ticks?limit=100", api.url);
    let page: Value = cluster.client.get(url).send().await.expect("it answers").json().await.expect("in JSON");
    page["ticks"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_behind_a_sweep_has_swept() {
    let cluster = Cluster::build().await;
    let api = cluster.api(&[]).await;
    for point in points(&[Driver::Sweep]) {
        let body =
            json!({ "query": "q", "workflow": "probe", "deadline_s": 1, "probe": { "steps": 500, "delay_ms": 50 } });
        let id = id_of(&post(&cluster, &api.url, "/v1/plan", None, &body).await.expect("it is taken"));
        assert_reached(cluster.worker(&[("CRASH_AT", &format!("{point}:1"))]), point);
        let status = cluster.over(&api.url, &id).await;
        assert_eq!((status["status"].as_str(), status["reason"].as_str()), (Some("failed"), Some("deadline")));
        assert_eq!(kinds(&cluster, &api, &id).await.last().map(String::as_str), Some("error"), "{point}");
    }
}

/// Takes every message; how many there were.
fn receiver() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has one").to_string();
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    // Ends with the test.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut head = BufReader::new(&stream);
            let mut line = String::new();
            while head.read_line(&mut line).is_ok_and(|read| read > 0) && line != "\r\n" {
                line.clear();
            }
            count.fetch_add(1, Ordering::SeqCst);
            (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok();
        }
    });
    (address, taken)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_sender_dies_at_any_named_point_arrives() {
    let cluster = Cluster::build().await;
    let (address, taken) = receiver();
    let allowed = format!("[\"{address}\"]");
    let hasty = [
        ("PORTOLAN__NOTIFY__ALLOW_PRIVATE", allowed.as_str()),
        ("PORTOLAN__NOTIFY__ALLOW_HTTP", "true"),
        ("PORTOLAN__NOTIFY__TIMEOUT_MS", "1000"),
        ("PORTOLAN__NOTIFY__CONNECT_TIMEOUT_MS", "500"),
        ("PORTOLAN__NOTIFY__LEASE_MS", "3000"),
        ("PORTOLAN__NOTIFY__POLL_MS", "100"),
    ];
    let (store, owner) = (cluster.store().await, Owner::new(TenantId::default_tenant()));
    let request = WebhookRequest { url: format!("http://{address}/"), events: vec![], description: None };
    let hook = store.create_webhook(&owner, &request, None).await.expect("it is made").0.id;
    for (sent, point) in (1..).zip(points(&[Driver::Outbox])) {
        store.ping_webhook(&owner, hook).await.expect("it is queued");
        let crash = format!("{point}:1");
        assert_reached(cluster.worker(&[&hasty[..], &[("CRASH_AT", crash.as_str())]].concat()), point);
        let mut heir = cluster.worker(&hasty);
        until("every message is delivered", async || {
            let all = store.deliveries(&owner, &DeliveryFilter::default(), 100).await.expect("they are listed");
            let delivered = all.iter().filter(|delivery| delivery.finished_at.is_some()).count();
            (delivered == sent).then_some(())
        })
        .await;
        assert!(taken.load(Ordering::SeqCst) >= sent, "{point}: at least once");
        heir.kill();
    }
}
