//! A job's stream, read over one connection or many.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use anyhow::Context;
use chrono::DateTime;
use eventsource_stream::Eventsource;
use futures::StreamExt;
use rand::{RngExt, rngs::SmallRng};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::{client::Client, load::Load};

/// A connection that brings nothing for so long is opened anew: it may be dead, and only look alive.
const SILENCE_MAX: Duration = Duration::from_secs(8);
const AGAIN: Duration = Duration::from_millis(150);
/// What the server tells clients to wait before they come back.
const RETRY: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(5);
/// A reader changes its connection after so many events.
const PER_CONNECTION_MAX: usize = 12;
/// Readers pick among so many of the newest jobs.
const RECENT: usize = 30;
/// Lists that are kept for comparison.
const READINGS_MAX: usize = 20_000;

/// One event as a reader got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) seq: i64,
    pub(crate) kind: String,
    /// Of an event about a task.
    pub(crate) task: Option<String>,
    pub(crate) step: u64,
    pub(crate) at_micros: i64,
    /// Of the whole record.
    pub(crate) hash: u64,
}

impl Entry {
    fn read(data: &str) -> Option<Self> {
        let record: Value = serde_json::from_str(data).ok()?;
        let event = &record["event"];
        let mut hasher = DefaultHasher::new();
        // Its names are sorted, so that equal records have equal texts.
        record.to_string().hash(&mut hasher);
        Some(Self {
            seq: record["seq"].as_i64()?,
            kind: event["type"].as_str()?.to_owned(),
            task: event["task"].as_str().map(str::to_owned),
            step: event["step"].as_u64().unwrap_or(0),
            at_micros: DateTime::parse_from_rfc3339(record["at"].as_str()?).ok()?.timestamp_micros(),
            hash: hasher.finish(),
        })
    }

    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.kind.as_str(), "complete" | "error")
    }
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The list is complete.
    Over,
    /// The reader had enough, or the connection was silent or broke.
    Cut,
    /// It could not be had.
    Refused(Option<StatusCode>),
    /// It brought something that is no event.
    Unreadable(String),
}

/// Reads what follows `list` from one replica, at most `most` events. What comes twice is kept twice.
pub(crate) async fn follow(client: &Client, replica: usize, id: &str, list: &mut Vec<Entry>, most: usize) -> End {
    follow_live(client, replica, id, list, most, &mut Arrivals::default()).await
}

/// What a reader is answered, whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// The records, to where the server ended the stream.
    Events(Vec<Value>),
    /// Nothing will ever follow.
    Over,
    /// The stable word of why not, if there is one.
    Refused(StatusCode, Option<String>),
}

/// Reads one answer to a reader to its end.
pub(crate) async fn read_answer(request: RequestBuilder) -> anyhow::Result<Told> {
    let answer = timeout(SILENCE_MAX, request.send()).await.context("a stream is not answered")??;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NO_CONTENT => return Ok(Told::Over),
        status => {
            let problem: Value = serde_json::from_str(&answer.text().await?).unwrap_or_default();
            return Ok(Told::Refused(status, problem["code"].as_str().map(str::to_owned)));
        }
    }
    let mut records = Vec::new();
    let mut events = answer.bytes_stream().eventsource();
    while let Some(event) = timeout(SILENCE_MAX, events.next()).await.context("a stream does not end")? {
        records.push(serde_json::from_str(&event?.data)?);
    }
    Ok(Told::Events(records))
}

/// When events of one connection arrived.
#[derive(Default)]
struct Arrivals {
    first: Option<Instant>,
    /// The longest time between the commit of an event that happened meanwhile and its arrival.
    lag_max_ms: f64,
}

/// The same, and tells of the arrivals.
async fn follow_live(
    client: &Client,
    replica: usize,
    id: &str,
    list: &mut Vec<Entry>,
    most: usize,
    arrivals: &mut Arrivals,
) -> End {
    let Some(mut request) = client.request_to(replica, Method::GET, &format!("/v1/stream/{id}")) else {
        return End::Refused(None);
    };
    if let Some(last) = list.last() {
        request = request.header("Last-Event-ID", last.seq.to_string());
    }
    let answer = match timeout(SILENCE_MAX, request.send()).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => return End::Refused(None),
    };
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NO_CONTENT => return End::Over,
        status => return End::Refused(Some(status)),
    }
    let opened = now_micros();
    let mut events = answer.bytes_stream().eventsource();
    for _ in 0..most {
        let Ok(Some(Ok(event))) = timeout(SILENCE_MAX, events.next()).await else { return End::Cut };
        let Some(entry) = Entry::read(&event.data) else { return End::Unreadable(event.data) };
        if entry.seq.to_string() != event.id || entry.kind != event.event {
            return End::Unreadable(format!("{} {} {}", event.id, event.event, event.data));
        }
        arrivals.first.get_or_insert_with(Instant::now);
        if entry.at_micros > opened {
            #[expect(clippy::cast_precision_loss, reason = "spans of a run are far below 2^52 microseconds")]
            let lag = (now_micros() - entry.at_micros) as f64 / 1000.0;
            arrivals.lag_max_ms = lag.max(arrivals.lag_max_ms);
        }
        client.shown.note(id, entry.seq, entry.hash);
        let is_last = entry.is_terminal();
        list.push(entry);
        if is_last {
            return End::Over;
        }
    }
    End::Cut
}

/// What one reader made of one job, over all its connections.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub(crate) id: String,
    pub(crate) list: Vec<(i64, u64)>,
    pub(crate) connections: u32,
    /// The longest that a live event was on its way.
    pub(crate) lag_max_ms: f64,
    /// Of a reader that comes back as it is told: from the loss of its connection to what it brought next.
    pub(crate) resumes_ms: Vec<f64>,
    pub(crate) oddity: Option<String>,
}

pub(crate) type Readings = Arc<Mutex<Vec<Reading>>>;

/// Reads one job after another from its beginning to its end, over connections that it changes at random. Begins no other once there is
/// `enough`, and stops at once at the `end`.
pub(crate) async fn read_on(
    client: Client,
    load: Load,
    mut random: SmallRng,
    readings: Readings,
    enough: CancellationToken,
    end: CancellationToken,
) {
    while !enough.is_cancelled() && !end.is_cancelled() {
        let Some(id) = load.recent(&mut random, RECENT) else {
            sleep(AGAIN).await;
            continue;
        };
        let Some(reading) = read_whole(&client, id, &mut random, Manner::Restless, &end).await else { continue };
        keep(&readings, reading);
    }
}

/// Which job is read.
#[derive(Clone)]
pub(crate) enum Which {
    /// Any of the newest, once there is one.
    Any(Load),
    This(String),
}

impl Which {
    async fn choose(self, random: &mut SmallRng) -> String {
        let load = match self {
            Self::This(id) => return id,
            Self::Any(load) => load,
        };
        loop {
            match load.recent(random, RECENT) {
                Some(id) => return id,
                None => sleep(AGAIN).await,
            }
        }
    }
}

/// Reads one job.
pub(crate) async fn read_one(
    client: Client,
    which: Which,
    mut random: SmallRng,
    readings: Readings,
    manner: Manner,
    end: CancellationToken,
) {
    let Some(id) = end.run_until_cancelled(which.choose(&mut random)).await else { return };
    if let Some(reading) = read_whole(&client, id, &mut random, manner, &end).await {
        keep(&readings, reading);
    }
}

fn keep(readings: &Readings, reading: Reading) {
    let mut readings = readings.lock().unwrap_or_else(PoisonError::into_inner);
    if readings.len() < READINGS_MAX {
        readings.push(reading);
    }
}

/// How a reader behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Changes its connection all the time, and comes back at once.
    Restless,
    /// Keeps its connection, and comes back when the server says: an EventSource.
    Faithful,
    /// Changes its connection after every so many events, and comes back at once, after the end, too.
    Cuts(usize),
}

/// None when it was asked to end first.
async fn read_whole(
    client: &Client,
    id: String,
    random: &mut SmallRng,
    manner: Manner,
    end: &CancellationToken,
) -> Option<Reading> {
    let mut list = Vec::new();
    let mut reading =
        Reading { id, list: Vec::new(), connections: 0, lag_max_ms: 0.0, resumes_ms: Vec::new(), oddity: None };
    let mut lost: Option<Instant> = None;
    while reading.oddity.is_none() {
        let most = match manner {
            Manner::Restless => random.random_range(1..=PER_CONNECTION_MAX),
            Manner::Faithful => usize::MAX,
            Manner::Cuts(most) => most,
        };
        let (replica, had) = (random.random_range(0..usize::MAX), list.len());
        reading.connections += 1;
        let mut arrivals = Arrivals::default();
        let followed = follow_live(client, replica, &reading.id, &mut list, most, &mut arrivals);
        let ended = end.run_until_cancelled(followed).await?;
        reading.lag_max_ms = reading.lag_max_ms.max(arrivals.lag_max_ms);
        if let Some(first) = arrivals.first
            && let Some(lost) = lost.take()
        {
            reading.resumes_ms.push((first - lost).as_secs_f64() * 1000.0);
        }
        match ended {
            End::Over => break,
            End::Cut if list.len() == had + most => {}
            End::Refused(Some(status)) if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS => {
                reading.oddity = Some(format!("{status} to a reader"));
            }
            End::Cut | End::Refused(_) => {
                lost.get_or_insert_with(Instant::now);
                sleep(if manner == Manner::Faithful { random.random_range(RETRY) } else { AGAIN }).await;
            }
            End::Unreadable(what) => reading.oddity = Some(format!("a reader got {what}")),
        }
    }
    if matches!(manner, Manner::Cuts(_)) && reading.oddity.is_none() {
        reading.oddity = end.run_until_cancelled(read_behind_the_end(client, &reading.id, &mut list)).await?;
    }
    reading.list = list.iter().map(|entry| (entry.seq, entry.hash)).collect();
    Some(reading)
}

/// Whoever comes back with the last event is told that there is no more. What it got instead.
async fn read_behind_the_end(client: &Client, id: &str, list: &mut Vec<Entry>) -> Option<String> {
    let had = list.len();
    let ended = follow(client, 0, id, list, usize::MAX).await;
    (ended != End::Over || list.len() != had).then(|| format!("behind the end: {ended:?} and {:?}", &list[had..]))
}

pub(crate) fn now_micros() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_micros()).unwrap_or(i64::MAX)
}
