//! What the tests share: a server, a worker's hands, and a reader of streams.

use std::{sync::Arc, time::Duration};

use api::{Access, Api, Config, Intake, KeyConfig};
use broker::Broker;
use dispatch::Dispatch;
use domain::{
    Event, GateId, JobId, TenantId, WorkerId,
    endpoint::UrlPolicy,
    event::AgentOutput,
    gate::{Gate, GateKind, GatePolicy, NewGate, OnTimeout},
    job::WorkflowKind,
    request::FieldError,
    suggest::Trigger,
};
use futures::{StreamExt, stream::BoxStream};
use metrics_exporter_prometheus::PrometheusHandle;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{
    Claim, ClaimRequest, CommitPart, EventDraft, GateDraft, JobCommit, NextState, Outcome, Owner, Store,
    testing::{Engine, TestDatabase},
};
use tokio::{
    net::TcpListener,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// No test waits longer for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.expect("it happens in time")
}

/// Waits until the state is reached, and looks again every few milliseconds.
pub(crate) async fn eventually(what: &str, mut state: impl AsyncFnMut() -> bool) {
    let mut looks = interval(Duration::from_millis(5));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let reached = timeout(PATIENCE, async {
        while !state().await {
            looks.tick().await;
        }
    });
    assert!(reached.await.is_ok(), "never: {what}");
}

pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) dispatch: Dispatch,
    pub(crate) shutdown: CancellationToken,
    pub(crate) client: reqwest::Client,
    task: JoinHandle<Result<(), api::Error>>,
    _database: TestDatabase,
}

/// The intake of a composition root with the probe off. A query of one word "panic" does that.
fn intake() -> Intake {
    Arc::new(|request| {
        assert_ne!(request.query, "panic", "an intake that panics with a secret");
        match request.workflow {
            Some(WorkflowKind::Probe) => Err(vec![FieldError::new("/workflow", "is off here; use travel")]),
            _ => Ok((WorkflowKind::Travel, 1, json!({ "query": request.query }))),
        }
    })
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(Config::default(), Access::Open, Broker::in_process()).await
    }

    /// With metrics.
    pub(crate) async fn start_measured(metrics: PrometheusHandle) -> Self {
        Self::launch(Config::default(), Access::Open, Broker::in_process(), Some(metrics)).await
    }

    pub(crate) async fn start_with(config: Config, access: Access, broker: Broker) -> Self {
        Self::launch(config, access, broker, None).await
    }

    /// A start that fails, and why.
    pub(crate) async fn refused(config: Config, access: Access) -> api::Error {
        let server = Self::start_with(config, access, Broker::in_process()).await;
        soon(server.task).await.unwrap().unwrap_err()
    }

    /// On the engine that is not the usual one, too.
    pub(crate) async fn start_on(engine: Engine) -> Self {
        let endpoints = UrlPolicy::default();
        Self::launch_on(engine, endpoints, Config::default(), Access::Open, Broker::in_process(), None).await
    }

    /// By an operator who lets webhooks lead to one private network.
    pub(crate) async fn start_allowing(net: &str) -> Self {
        let endpoints =
            UrlPolicy { allow_private: vec![net.parse().unwrap()], allow_http: true, ..UrlPolicy::default() };
        let (config, broker) = (Config::default(), Broker::in_process());
        Self::launch_on(Engine::Sqlite, endpoints, config, Access::Open, broker, None).await
    }

    async fn launch(config: Config, access: Access, broker: Broker, metrics: Option<PrometheusHandle>) -> Self {
        Self::launch_on(Engine::Sqlite, UrlPolicy::default(), config, access, broker, metrics).await
    }

    async fn launch_on(
        engine: Engine,
        endpoints: UrlPolicy,
        config: Config,
        access: Access,
        broker: Broker,
        metrics: Option<PrometheusHandle>,
    ) -> Self {
        let database = TestDatabase::create(engine).await;
        let dispatch = Dispatch::new(database.connect().await, broker);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let api = Api {
            surface: api::Surface::Everything,
            config,
            access,
            retention: store::Retention::default(),
            dispatch: dispatch.clone(),
            intake: intake(),
            endpoints,
            suggest_intake: Arc::new(|context, _| match context.trigger() {
                Trigger::CalendarGap => Err(vec![FieldError::new("/trip/origin", "is missing")]),
                Trigger::PriceDrop | Trigger::BudgetSurplus => Ok((WorkflowKind::Suggest, 1, json!({}))),
            }),
            watch_intake: Arc::new(|spec, _| match spec.name.as_str() {
                "nowhere" => Err(vec![FieldError::new("/watch/flight_price/destination", "is not a city")]),
                _ => Ok(()),
            }),
            readiness: None,
            metrics,
        };
        let task = TaskTracker::new().spawn(api::run(api, listener, shutdown.clone()));
        let client = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        Self { url, dispatch, shutdown, client, task, _database: database }
    }

    /// Two keys of two tenants, `key-a` and `key-b`.
    pub(crate) async fn start_with_keys() -> Self {
        Self::start_with_keys_of(["tenant-a", "tenant-b"]).await
    }

    /// The same, of these tenants.
    pub(crate) async fn start_with_keys_of(tenants: [&str; 2]) -> Self {
        let hash = |key: &str| Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
        let key = |name: &str, tenant: &str| KeyConfig {
            name: name.to_owned(),
            tenant: tenant.to_owned(),
            sha256: hash(&format!("key-{name}")),
        };
        let config = Config { keys: vec![key("a", tenants[0]), key("b", tenants[1])], ..Config::default() };
        Self::start_with(config, Access::Keys, Broker::in_process()).await
    }

    pub(crate) fn store(&self) -> &Store {
        self.dispatch.store()
    }

    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).json(body)
    }

    /// Submits a job and gives its id.
    pub(crate) async fn submit(&self) -> JobId {
        let response = self.post("/v1/plan", &json!({ "query": "4 days in Lisbon" })).send().await.unwrap();
        assert_eq!(response.status(), 202);
        job_id(&response.json().await.unwrap())
    }

    /// Stops it, and sees that it ends well.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        soon(self.task).await.unwrap().unwrap();
    }
}

pub(crate) fn job_id(body: &Value) -> JobId {
    body["job_id"].as_str().unwrap().parse().unwrap()
}

/// An answer that must be JSON with this status.
pub(crate) async fn json_of(request: RequestBuilder, status: u16) -> Value {
    let response = request.send().await.unwrap();
    let (found, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(found, StatusCode::from_u16(status).unwrap(), "{text}");
    serde_json::from_str(&text).unwrap()
}

/// An answer that must be a complete problem with this status and code.
pub(crate) async fn problem(request: RequestBuilder, status: u16, code: &str) -> Value {
    let response = request.send().await.unwrap();
    problem_of(response, status, code).await
}

pub(crate) async fn problem_of(response: Response, status: u16, code: &str) -> Value {
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let found = response.status();
    let body: Value = response.json().await.unwrap();
    assert_eq!((found.as_u16(), &body["code"]), (status, &json!(code)), "{body}");
    assert_eq!(body["status"], status);
    assert_eq!(body["request_id"], id);
    assert_eq!(body["type"], format!("urn:portolan:error:{code}"));
    for text in ["title", "detail", "hint"] {
        assert!(body[text].as_str().is_some_and(|text| !text.is_empty()), "{text} of {body}");
    }
    assert!(body["retryable"].is_boolean() && body["errors"].is_array());
    body
}

pub(crate) fn pointers(problem: &Value) -> Vec<&str> {
    let mut pointers: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    pointers
}

/// A worker's hold on one job.
pub(crate) struct Hand {
    dispatch: Dispatch,
    claim: Claim,
    /// Publishes what it commits.
    pub(crate) is_loud: bool,
}

impl Hand {
    pub(crate) async fn claim(dispatch: &Dispatch, id: JobId) -> Self {
        let request = ClaimRequest {
            worker: WorkerId::new(),
            lease: PATIENCE,
            readable: &vec![(WorkflowKind::Travel, 1)],
            rung: Some(&[id]),
            limit: 1,
            suspect: true,
        };
        let claim = dispatch.store().claim(&request).await.unwrap().remove(0);
        dispatch.publish(id, std::slice::from_ref(&claim.event)).await;
        Self { dispatch: dispatch.clone(), claim, is_loud: true }
    }

    pub(crate) async fn commit(&mut self, events: Vec<Event>, next: NextState) {
        self.claim.commit_no += 1;
        let part =
            CommitPart { events: events.into_iter().map(EventDraft).collect(), tasks: vec![], checkpoint: None, next };
        let commit = JobCommit {
            job_id: self.claim.job_id,
            tenant: self.claim.tenant.clone(),
            fence: self.claim.fence,
            commit_no: self.claim.commit_no,
            part,
        };
        let outcome = self.dispatch.store().commit(&[commit]).await.unwrap().remove(0);
        let Outcome::Written(rows) = outcome else { panic!("{outcome:?}") };
        if self.is_loud {
            self.dispatch.publish(self.claim.job_id, &rows).await;
        }
    }

    /// So many outputs in one commit.
    pub(crate) async fn outputs(&mut self, count: usize, bytes: usize) {
        self.commit((0..count).map(|_| output(bytes)).collect(), NextState::Running).await;
    }

    pub(crate) async fn complete(&mut self) {
        self.complete_with(json!({ "days": [] })).await;
    }

    pub(crate) async fn complete_with(&mut self, result: Value) {
        let next = NextState::Completed { result: result.to_string(), summary: "Done".to_owned() };
        let complete = domain::event::Complete { summary: "Done".to_owned(), result };
        self.commit(vec![Event::Complete(complete)], next).await;
    }

    /// Opens a gate that ends as `on_timeout` says.
    pub(crate) async fn ask_or(&mut self, kind: GateKind, expiry_ms: u64, on_timeout: OnTimeout) -> Gate {
        let policy = GatePolicy { timeout_s: None, on_timeout: Some(on_timeout) };
        let (prompt, proposal) = ("Go?".to_owned(), json!({ "total": 1 }));
        let new = NewGate { kind, prompt, proposal, options: vec![], policy };
        let (now, timeout) = (self.dispatch.store().now().await.unwrap(), Duration::from_millis(expiry_ms));
        let draft = GateDraft::open(GateId::new(), new, now, timeout, OnTimeout::Reject);
        let gate = draft.gate.clone();
        self.commit(vec![], NextState::Waiting(Box::new(draft))).await;
        gate
    }

    /// Opens an approval.
    pub(crate) async fn ask(&mut self, kind: GateKind, expiry_ms: u64) -> GateId {
        self.ask_or(kind, expiry_ms, OnTimeout::Reject).await.approval_id
    }
}

pub(crate) fn output(bytes: usize) -> Event {
    Event::AgentOutput(AgentOutput {
        node: "research".to_owned(),
        task: "research/transport".to_owned(),
        agent: "transport".to_owned(),
        step: 1,
        summary: "x".repeat(bytes),
        output: Some(json!({ "found": 3 })),
    })
}

/// What the journal says, as readers should have it.
pub(crate) async fn journal(store: &Store, id: JobId) -> Vec<(i64, String, Value)> {
    let mut list: Vec<(i64, String, Value)> = Vec::new();
    loop {
        let last = list.last().map_or(0, |(seq, ..)| *seq);
        let rows = store.events(&Owner::new(TenantId::default_tenant()), id, last).await.unwrap();
        if rows.is_empty() {
            return list;
        }
        list.extend(
            rows.iter().map(|row| (row.seq, row.kind.clone(), serde_json::from_str(&row.envelope(id)).unwrap())),
        );
    }
}

/// A reader of one stream.
pub(crate) struct Stream {
    bytes: BoxStream<'static, Vec<u8>>,
    text: String,
    /// How much of the text is read.
    read: usize,
    pub(crate) retries: Vec<u32>,
    pub(crate) pings: usize,
}

impl Stream {
    pub(crate) async fn open(server: &Server, id: JobId, after: i64) -> Self {
        let request = server.get(&format!("/v1/stream/{id}")).header("Last-Event-ID", after.to_string());
        Self::from(request.send().await.unwrap())
    }

    pub(crate) fn from(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert!(!response.headers().contains_key("content-encoding"));
        let bytes = response.bytes_stream().filter_map(async |chunk| chunk.ok().map(|chunk| chunk.to_vec())).boxed();
        Self { bytes, text: String::new(), read: 0, retries: Vec::new(), pings: 0 }
    }

    /// The next block, or none at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text[self.read..].split_once("\n\n") {
                self.read = self.text.len() - rest.len();
                return Some(block.to_owned());
            }
            self.text.drain(..self.read);
            self.read = 0;
            match soon(self.bytes.next()).await {
                Some(chunk) => self.text.push_str(std::str::from_utf8(&chunk).unwrap()),
                None => {
                    assert!(self.text.is_empty(), "a block was cut off");
                    return None;
                }
            }
        }
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Option<(i64, String, Value)> {
        loop {
            let block = self.block().await?;
            let (mut id, mut kind, mut data) = (None, None, String::new());
            for line in block.lines().filter(|line| !line.is_empty()) {
                match line.split_once(": ").unwrap() {
                    ("id", text) => id = Some(text.parse().unwrap()),
                    ("event", text) => kind = Some(text.to_owned()),
                    ("data", text) => data.push_str(text),
                    ("retry", text) => self.retries.push(text.parse().unwrap()),
                    ("", "ping") => self.pings += 1,
                    other => panic!("{other:?}"),
                }
            }
            if let (Some(id), Some(kind)) = (id, kind) {
                return Some((id, kind, serde_json::from_str(&data).unwrap()));
            }
        }
    }

    /// The next block, which begins like this.
    pub(crate) async fn block_of(&mut self, beginning: &str) {
        let block = self.block().await;
        assert!(block.as_ref().is_some_and(|block| block.starts_with(beginning)), "{block:?}");
    }

    /// Reads until so many comments came, and nothing else.
    pub(crate) async fn listen_for_pings(&mut self, count: usize) {
        while self.pings < count {
            assert_eq!(self.block().await.as_deref(), Some(": ping"));
            self.pings += 1;
        }
    }

    pub(crate) async fn take(&mut self, count: usize) -> Vec<(i64, String, Value)> {
        let mut list = Vec::new();
        while list.len() < count {
            list.push(self.next().await.expect("the stream goes on"));
        }
        list
    }

    /// Everything to the end of the stream.
    pub(crate) async fn rest(&mut self) -> Vec<(i64, String, Value)> {
        let mut list = Vec::new();
        while let Some(event) = self.next().await {
            list.push(event);
        }
        list
    }
}
