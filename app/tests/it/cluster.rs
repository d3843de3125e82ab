//! The distributed wiring out of real processes: Postgres, Redis, API replicas and workers of the built binary.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    time::{Duration, Instant},
};

use broker::testing::RedisServer;
use eventsource_stream::Eventsource;
use futures::StreamExt;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use store::{
    Store,
    testing::{Engine, TestDatabase},
};

use crate::support::{PATIENCE, Place, Running};

/// Short enough that a dead worker's jobs go on soon; six renewals fit.
pub(crate) const LEASE: Duration = Duration::from_secs(3);
/// Between two looks at something that is about to happen.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) struct Cluster {
    pub(crate) redis: RedisServer,
    pub(crate) client: Client,
    place: Place,
    pub(crate) database: TestDatabase,
}

/// An API replica.
pub(crate) struct Api {
    pub(crate) process: Running,
    pub(crate) url: String,
}

impl Cluster {
    pub(crate) async fn build() -> Self {
        let database = TestDatabase::create(Engine::Postgres).await;
        let redis = RedisServer::start();
        let place = Place::with_probe()
            .with("DATABASE_URL", &database.config.url)
            .with("REDIS_URL", &redis.url())
            .with("PORTOLAN__STORE__CONNECTIONS_MAX", "8")
            .with("PORTOLAN__WORKER__LEASE_MS", &LEASE.as_millis().to_string())
            .with("PORTOLAN__WORKER__RENEW_MS", "500")
            .with("PORTOLAN__WORKER__SWEEP_MS", "200")
            .with("PORTOLAN__LOG__LEVEL", "warn");
        let client = Client::builder().timeout(PATIENCE).build().expect("a client can be built");
        Self { redis, client, place, database }
    }

    /// A pool of the test's own.
    pub(crate) async fn store(&self) -> Store {
        self.database.connect().await
    }

    /// Starts an API replica and waits until it is ready.
    pub(crate) async fn api(&self, more: &[(&str, &str)]) -> Api {
        let listen = free_address();
        let mut command = self.place.command(&["api", "--listen", &listen, "--insecure-open"]);
        command.envs(more.iter().copied());
        let api = Api { process: Running::start(command), url: format!("http://{listen}") };
        let ready = format!("{}/health/ready", api.url);
        until("the API is ready", async || {
            self.client.get(&ready).send().await.ok().filter(|answer| answer.status() == StatusCode::OK)
        })
        .await;
        api
    }

    pub(crate) fn worker(&self, more: &[(&str, &str)]) -> Running {
        let mut command = self.place.command(&["worker"]);
        command.envs(more.iter().copied());
        Running::start(command)
    }

    pub(crate) fn scheduler(&self, more: &[(&str, &str)]) -> Running {
        let mut command = self.place.command(&["scheduler"]);
        command.envs(more.iter().copied());
        Running::start(command)
    }

    /// A worker that serves its health and figures, and where.
    pub(crate) fn worker_with_operations(&self) -> (Running, String) {
        let listen = free_address();
        let worker = Running::start(self.place.command(&["worker", "--operations", &listen]));
        (worker, format!("http://{listen}"))
    }

    /// POSTs a probe and gives its id. What the API answers with must be a 202.
    pub(crate) async fn submit(&self, url: &str, steps: u32, delay_ms: u64) -> String {
        let body = json!({ "query": "q", "workflow": "probe", "probe": { "steps": steps, "delay_ms": delay_ms } });
        let answer = self.client.post(format!("{url}/v1/plan")).json(&body).send().await.expect("the API answers");
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        let body: Value = answer.json().await.expect("in JSON");
        body["job_id"].as_str().expect("with an id").to_owned()
    }

    pub(crate) async fn status(&self, url: &str, id: &str) -> Value {
        let answer = self.client.get(format!("{url}/v1/status/{id}")).send().await.expect("the API answers");
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.expect("in JSON")
    }

    /// Waits until the job is over, and gives its status.
    pub(crate) async fn over(&self, url: &str, id: &str) -> Value {
        until("the job is over", async || {
            let status = self.status(url, id).await;
            let word = status["status"].as_str().unwrap_or_default();
            matches!(word, "completed" | "failed" | "cancelled").then_some(status)
        })
        .await
    }

    /// Reads the job's stream to its end, over as many connections and replicas as it takes: `urls` in turn, a new
    /// connection after every `per_connection` events. What comes twice is kept twice.
    pub(crate) async fn read(&self, urls: &[&str], id: &str, per_connection: usize) -> Vec<Value> {
        let deadline = Instant::now() + PATIENCE;
        let mut events: Vec<Value> = Vec::new();
        for url in urls.iter().cycle() {
            assert!(Instant::now() < deadline, "the stream of {id} did not end: {events:#?}");
            let mut request = self.client.get(format!("{url}/v1/stream/{id}"));
            if let Some(last) = events.last() {
                request = request.header("Last-Event-ID", last["seq"].to_string());
            }
            let Ok(answer) = request.send().await else {
                tokio::time::sleep(LOOK).await;
                continue;
            };
            if answer.status() == StatusCode::NO_CONTENT {
                return events;
            }
            let mut stream = answer.bytes_stream().eventsource();
            let mut read = 0;
            while read < per_connection
                && let Some(Ok(event)) = stream.next().await
            {
                let record: Value = serde_json::from_str(&event.data).expect("an event is JSON");
                assert_eq!((&record["seq"].to_string(), &record["event"]["type"]), (&event.id, &json!(event.event)));
                let is_last = matches!(event.event.as_str(), "complete" | "error");
                events.push(record);
                read += 1;
                if is_last {
                    return events;
                }
            }
        }
        events
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").expect("a port is free").local_addr().expect("it has one").to_string()
}

/// Looks until there is something to see.
pub(crate) async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(LOOK).await;
    }
}

/// The oracle over one finished probe of `steps`: its list is `1..n`, ends with `complete`, and every step completed once.
pub(crate) fn assert_exact(events: &[Value], steps: usize) {
    let seqs: Vec<i64> = events.iter().map(|event| event["seq"].as_i64().expect("a seq")).collect();
    assert_eq!(seqs, (1..=i64::try_from(events.len()).expect("few")).collect::<Vec<_>>(), "a gap, or an event twice");
    assert_eq!(events.last().expect("some")["event"]["type"], "complete");
    let mut completed: BTreeMap<u64, usize> = BTreeMap::new();
    for event in events.iter().filter(|event| event["event"]["type"] == "task_complete") {
        *completed.entry(event["event"]["step"].as_u64().expect("a step")).or_default() += 1;
    }
    assert_eq!(completed.len(), steps, "each step completed");
    assert!(completed.values().all(|times| *times == 1), "a committed step ran again: {completed:?}");
}
