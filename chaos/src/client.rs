//! The HTTP client that asks, as clients do: over replicas that come and go, and with a record of what each request came to.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use rand::RngExt;
use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde::Serialize;
use serde_json::Value;
use tokio::time::sleep;

use crate::slot::Addresses;

/// A request that was not answered within this may or may not have been obeyed.
const ANSWER_MAX: Duration = Duration::from_secs(12);
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// Where an API key is sent.
const KEY_HEADER: &str = "x-api-key";
/// How long a long poll waits.
const POLL_S: u32 = 2;
/// Whoever asks until there is an answer has one within this, or there is none.
const INSIST_MAX: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_millis(300);

/// What a request came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// It was obeyed.
    Done(StatusCode, Value),
    /// It was not obeyed, as the answer says, or as nobody took the connection.
    Refused(Option<StatusCode>, String),
    /// Nobody knows.
    Unknown(String),
}

/// How many requests of a kind came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    pub asked: u64,
    pub done: u64,
    /// Answered with a refusal, or with no connection at all.
    pub refused: u64,
    /// No answer: it may have been done.
    pub unknown: u64,
    /// Of the refused ones: 500, which says that Portolan is at fault.
    pub internal: u64,
    /// Of the refused ones: any other 5xx.
    pub unavailable: u64,
    /// Of those: 507, which says that the disk is full.
    pub full: u64,
    pub slowest_ms: u64,
}

/// What each kind of request came to.
#[derive(Debug, Default)]
pub(crate) struct Record(Mutex<BTreeMap<&'static str, Tally>>);

impl Record {
    fn note(&self, verb: &'static str, outcome: &Outcome, took: Duration) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = all.entry(verb).or_default();
        tally.asked += 1;
        tally.slowest_ms = tally.slowest_ms.max(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        match outcome {
            Outcome::Done(..) => tally.done += 1,
            Outcome::Refused(status, _) => {
                tally.refused += 1;
                match status {
                    Some(StatusCode::INTERNAL_SERVER_ERROR) => tally.internal += 1,
                    Some(status) if status.is_server_error() => {
                        tally.unavailable += 1;
                        tally.full += u64::from(*status == StatusCode::INSUFFICIENT_STORAGE);
                    }
                    Some(_) | None => {}
                }
            }
            Outcome::Unknown(_) => tally.unknown += 1,
        }
    }

    pub(crate) fn read(&self) -> BTreeMap<&'static str, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The newest event that anybody was shown of each job, by its seq, and the hash of what was shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown(Arc<Mutex<HashMap<String, (i64, u64)>>>);

impl Shown {
    pub(crate) fn note(&self, job: &str, seq: i64, hash: u64) {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = newest.entry(job.to_owned()).or_insert((seq, hash));
        if newest.0 < seq {
            *newest = (seq, hash);
        }
    }

    pub(crate) fn read(&self) -> HashMap<String, (i64, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) addresses: Addresses,
    pub(crate) record: Arc<Record>,
    pub(crate) shown: Shown,
}

impl Client {
    /// One that holds no key.
    pub(crate) fn new(addresses: Addresses) -> anyhow::Result<Self> {
        Self::with_headers(addresses, HeaderMap::new())
    }

    /// One that holds an API key.
    pub(crate) fn with_key(addresses: Addresses, key: &str) -> anyhow::Result<Self> {
        let key = HeaderValue::from_str(key).context("a key is visible ASCII")?;
        Self::with_headers(addresses, HeaderMap::from_iter([(HeaderName::from_static(KEY_HEADER), key)]))
    }

    fn with_headers(addresses: Addresses, headers: HeaderMap) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().connect_timeout(CONNECT_MAX).default_headers(headers).no_proxy().build();
        Ok(Self {
            http: http.context("no HTTP client can be made")?,
            addresses,
            record: Arc::default(),
            shown: Shown::default(),
        })
    }

    /// A request to any replica.
    pub(crate) fn request(&self, method: Method, path: &str) -> Option<RequestBuilder> {
        self.request_to(rand::rng().random_range(0..usize::MAX), method, path)
    }

    /// A request to the `replica`-th, counted around.
    pub(crate) fn request_to(&self, replica: usize, method: Method, path: &str) -> Option<RequestBuilder> {
        Some(self.http.request(method, format!("http://{}{path}", self.addresses.pick(replica)?)))
    }

    /// POSTs, and records what it came to.
    pub(crate) async fn post(&self, verb: &'static str, path: &str, key: Option<&str>, body: &Value) -> Outcome {
        let Some(mut request) = self.request(Method::POST, path) else {
            return Outcome::Refused(None, "there is no replica".to_owned());
        };
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        self.send(verb, request.json(body)).await
    }

    /// POSTs until it is obeyed, whatever happens to the replicas. A request that is no question needs a key.
    ///
    /// # Errors
    /// When it is refused for good, or nobody answers.
    pub(crate) async fn insist(
        &self,
        verb: &'static str,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> anyhow::Result<Value> {
        self.until_done(path, async || self.post(verb, path, key, body).await).await
    }

    /// Reads until there is an answer.
    ///
    /// # Errors
    /// As [`Client::insist`].
    pub(crate) async fn read(&self, verb: &'static str, path: &str) -> anyhow::Result<Value> {
        self.until_done(path, async || self.get(verb, path).await).await
    }

    /// Everything of a list: the `field` of each of its pages.
    ///
    /// # Errors
    /// As [`Client::insist`].
    pub(crate) async fn list(&self, path: &str, field: &str) -> anyhow::Result<Vec<Value>> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        let and = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self.read("list", &format!("{path}{and}limit=100{cursor}")).await?;
            all.extend(page[field].as_array().into_iter().flatten().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(all),
            }
        }
    }

    async fn until_done(&self, path: &str, ask: impl AsyncFn() -> Outcome) -> anyhow::Result<Value> {
        let deadline = Instant::now() + INSIST_MAX;
        loop {
            match ask().await {
                Outcome::Done(_, body) => return Ok(body),
                Outcome::Refused(Some(status), text)
                    if status.is_client_error()
                        && status != StatusCode::CONFLICT
                        && status != StatusCode::TOO_MANY_REQUESTS =>
                {
                    anyhow::bail!("{status} to {path}: {text}");
                }
                other if Instant::now() >= deadline => anyhow::bail!("no answer to {path}: {other:?}"),
                Outcome::Refused(..) | Outcome::Unknown(_) => sleep(AGAIN).await,
            }
        }
    }

    /// Reads a job's status, at the latest when something happened to it or [`POLL_S`] have passed.
    pub(crate) async fn status(&self, id: &str, waits: bool) -> Outcome {
        let wait = if waits { POLL_S } else { 0 };
        match self.request(Method::GET, &format!("/v1/status/{id}?wait_s={wait}")) {
            Some(request) => self.send("status", request).await,
            None => Outcome::Refused(None, "there is no replica".to_owned()),
        }
    }

    pub(crate) async fn get(&self, verb: &'static str, path: &str) -> Outcome {
        match self.request(Method::GET, path) {
            Some(request) => self.send(verb, request).await,
            None => Outcome::Refused(None, "there is no replica".to_owned()),
        }
    }

    /// What a process says of itself at its own address; nothing is recorded.
    pub(crate) async fn is_ready(&self, address: SocketAddr) -> bool {
        let request = self.http.get(format!("http://{address}/health/ready")).timeout(CONNECT_MAX);
        request.send().await.is_ok_and(|answer| answer.status() == StatusCode::OK)
    }

    /// A figure of a process, the sum of all its labels, from its own address; 0 when it has none, or does not say.
    pub(crate) async fn figure(&self, address: SocketAddr, name: &str) -> f64 {
        let request = self.http.get(format!("http://{address}/metrics")).timeout(CONNECT_MAX);
        let text = match request.send().await {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        let of_it = text.lines().filter_map(|line| line.strip_prefix(name));
        let values = of_it.filter(|rest| rest.starts_with([' ', '{'])).filter_map(|rest| rest.rsplit(' ').next());
        values.filter_map(|value| value.parse::<f64>().ok()).sum()
    }

    async fn send(&self, verb: &'static str, request: RequestBuilder) -> Outcome {
        let began = Instant::now();
        let outcome = match tokio::time::timeout(ANSWER_MAX, answer(request)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Unknown(format!("no answer within {} s", ANSWER_MAX.as_secs())),
        };
        self.record.note(verb, &outcome, began.elapsed());
        outcome
    }
}

async fn answer(request: RequestBuilder) -> Outcome {
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) if error.is_connect() => return Outcome::Refused(None, error.to_string()),
        Err(error) => return Outcome::Unknown(error.to_string()),
    };
    let status = answer.status();
    match answer.text().await {
        Ok(text) if status.is_success() => match serde_json::from_str(&text) {
            Ok(body) => Outcome::Done(status, body),
            Err(error) => Outcome::Refused(Some(status), format!("the answer is not JSON: {error}")),
        },
        Ok(text) => Outcome::Refused(Some(status), text),
        // The head was there: what it says is so, but not what was made.
        Err(error) => Outcome::Unknown(error.to_string()),
    }
}
