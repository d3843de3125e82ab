//! A stream of events over one connection after another: each event once, in order, whatever happens to the connections.

use std::{pin::Pin, time::Duration};

use domain::{Event, EventRecord};
use eventsource_stream::Eventsource;
use futures::{Stream, StreamExt};
use reqwest::{Method, StatusCode, header};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::Client;
use crate::exit::Failure;

/// Three heartbeats of the server: a connection that is silent for longer is dead, and only looks alive.
const SILENCE_MAX: Duration = Duration::from_secs(45);
/// A server that cannot be reached for longer is given up. Long enough for a restart or a deployment.
const AWAY_MAX: Duration = Duration::from_secs(60);
/// A first connection that fails is a wrong address more likely than a restart.
const FIRST_AWAY_MAX: Duration = Duration::from_secs(5);
const WAIT_MIN: Duration = Duration::from_millis(200);
const WAIT_MAX: Duration = Duration::from_secs(5);

/// An event as it came, and as it is understood.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    pub(crate) seq: i64,
    /// The line that `--json` prints.
    pub(crate) json: String,
    /// None for an alert, and for an event of a newer server that this client does not know.
    pub(crate) event: Option<Event>,
}

type Connection = Pin<Box<dyn Stream<Item = Incoming> + Send>>;

/// One thing that a connection brings.
enum Incoming {
    Message(String),
    Broken,
}

/// What an attempt to connect came to.
enum Attempt {
    Open(Connection),
    /// Nothing follows the last event that was seen.
    Over,
    Away(Failure),
}

/// The events of one stream: a job's, or the alerts.
pub(crate) struct Events {
    client: Client,
    path: String,
    query: Vec<(&'static str, String)>,
    last_seq: i64,
    connection: Option<Connection>,
    is_over: bool,
    /// Since when no connection could be made.
    away_since: Option<Instant>,
    was_connected: bool,
    /// How long a server that was there may be away.
    patience: Duration,
    /// Connections that ended or did not begin since the last event.
    failures: u32,
}

impl Events {
    pub(super) fn new(client: Client, path: String, query: Vec<(&'static str, String)>, since: i64) -> Self {
        Self {
            client,
            path,
            query,
            last_seq: since,
            connection: None,
            is_over: false,
            away_since: None,
            was_connected: false,
            patience: AWAY_MAX,
            failures: 0,
        }
    }

    /// Gives a server that went away no more than this.
    pub(crate) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The seq of the last event that was handed out.
    pub(crate) fn last_seq(&self) -> i64 {
        self.last_seq
    }

    /// The next event; None after the terminal one. May be dropped and called again without losing any.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Option<Envelope>> {
        loop {
            if self.is_over {
                return Ok(None);
            }
            let Some(connection) = self.connection.as_mut() else {
                self.connect().await?;
                continue;
            };
            match timeout(SILENCE_MAX, connection.next()).await {
                Ok(Some(Incoming::Message(data))) => {
                    if let Some(envelope) = self.read(data) {
                        return Ok(Some(envelope));
                    }
                }
                // The end without a terminal event, a broken line, or silence: all the same.
                Ok(Some(Incoming::Broken) | None) | Err(_) => {
                    self.connection = None;
                    self.failures = self.failures.saturating_add(1);
                }
            }
        }
    }

    /// The event in a message, unless it was seen before.
    fn read(&mut self, data: String) -> Option<Envelope> {
        let envelope = parse(data)?;
        self.failures = 0;
        if envelope.seq <= self.last_seq {
            return None;
        }
        self.last_seq = envelope.seq;
        self.is_over = envelope.event.as_ref().is_some_and(Event::is_terminal);
        Some(envelope)
    }

    async fn connect(&mut self) -> anyhow::Result<()> {
        if self.failures > 0 {
            let ceiling = WAIT_MIN.saturating_mul(2_u32.saturating_pow(self.failures - 1)).min(WAIT_MAX);
            sleep(ceiling.mul_f64(rand::random_range(0.5..=1.0))).await;
        }
        match self.attempt().await? {
            Attempt::Open(connection) => {
                self.connection = Some(connection);
                self.was_connected = true;
                self.away_since = None;
            }
            Attempt::Over => self.is_over = true,
            Attempt::Away(failure) => {
                self.failures = self.failures.saturating_add(1);
                let since = *self.away_since.get_or_insert_with(Instant::now);
                let patience = if self.was_connected { self.patience } else { FIRST_AWAY_MAX };
                if since.elapsed() >= patience {
                    return Err(failure.into());
                }
            }
        }
        Ok(())
    }

    async fn attempt(&self) -> anyhow::Result<Attempt> {
        let request = self
            .client
            .request(Method::GET, &self.path)
            .query(&self.query)
            .header(header::ACCEPT, "text/event-stream")
            .header("Last-Event-ID", self.last_seq.to_string());
        let response = match timeout(super::ANSWER_TIMEOUT, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Ok(Attempt::Away(self.client.unreachable(&error))),
            Err(_) => {
                let failure = Failure::new(crate::exit::Exit::Unreachable, "the server did not answer in time");
                return Ok(Attempt::Away(failure));
            }
        };
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(Attempt::Over);
        }
        if response.status().is_server_error() {
            return Ok(Attempt::Away(super::problem::failure(response, self.client.key.is_some()).await));
        }
        let response = self.client.accept(response).await?;
        let events = response.bytes_stream().eventsource().map(|event| match event {
            Ok(event) => Incoming::Message(event.data),
            Err(_) => Incoming::Broken,
        });
        Ok(Attempt::Open(Box::pin(events)))
    }
}

/// Deltas carry no seq and are passed over: this client prints what is certain.
fn parse(data: String) -> Option<Envelope> {
    if let Ok(record) = serde_json::from_str::<EventRecord>(&data) {
        return Some(Envelope { seq: record.seq, json: data, event: Some(record.event) });
    }
    let seq = serde_json::from_str::<Value>(&data).ok()?.get("seq")?.as_i64()?;
    Some(Envelope { seq, json: data, event: None })
}

#[cfg(test)]
mod tests {
    use domain::JobId;

    use super::*;

    #[test]
    fn an_event_of_a_newer_server_is_still_a_line() {
        let envelope = parse(r#"{"seq": 3, "event": {"type": "tea_time"}}"#.to_owned()).expect("it has a seq");
        assert_eq!((envelope.seq, envelope.event.is_none()), (3, true));
        assert!(parse(r#"{"delta": "x"}"#.to_owned()).is_none());
        assert!(parse("not json".to_owned()).is_none());
    }

    #[test]
    fn an_event_that_comes_twice_is_handed_out_once() {
        let client = Client::new("http://127.0.0.1:1", None).expect("an address");
        let mut events = client.events(JobId::new(), 4);
        let line = |seq: i64| format!(r#"{{"seq": {seq}, "event": {{"type": "tea_time"}}}}"#);
        assert!(events.read(line(4)).is_none());
        assert!(events.read(line(5)).is_some());
        assert!(events.read(line(5)).is_none());
        assert_eq!(events.last_seq(), 5);
    }
}
