//! A client that costs less than the server, because both share the machine: HTTP/1.1 and server-sent events over bare
//! sockets, with requests that are written once.

mod chunks;
mod connection;
mod stream;

use std::net::SocketAddr;

use domain::JobId;

use crate::Error;

pub(crate) use connection::{Answer, Connection};
pub(crate) use stream::EventStream;

/// The job that is measured: so many nodes of one task that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Probe {
    pub(crate) steps: u32,
    pub(crate) delay_ms: u64,
}

impl Probe {
    /// The measured job of eight nodes.
    pub(crate) const fn of_eight(delay_ms: u64) -> Self {
        Self { steps: 8, delay_ms }
    }

    /// Its journal: queued, running, three events a step, the end.
    pub(crate) fn events(self) -> i64 {
        i64::from(self.steps) * 3 + 3
    }
}

/// The server under test, and the requests it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target(pub(crate) SocketAddr);

/// What a job's status says of its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Open,
    Completed,
    /// Ended in any other way.
    Broken,
}

impl Target {
    pub(crate) fn connection(self) -> Connection {
        Connection::new(self.0)
    }

    pub(crate) fn get(self, path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\n\r\n", self.0).into_bytes()
    }

    pub(crate) fn submission(self, probe: Probe) -> Vec<u8> {
        let Probe { steps, delay_ms } = probe;
        let body = format!(
            r#"{{"user_id":"bench","query":"A probe that is measured","workflow":"probe","probe":{{"steps":{steps},"delay_ms":{delay_ms}}}}}"#
        );
        format!(
            "POST /v1/plan HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.0,
            body.len()
        )
        .into_bytes()
    }

    /// Everything after the event with the number `after`.
    pub(crate) fn stream(self, job_id: JobId, after: i64) -> Vec<u8> {
        format!(
            "GET /v1/stream/{job_id} HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\nLast-Event-ID: {after}\r\n\r\n",
            self.0
        )
        .into_bytes()
    }
}

/// Submits, and gives the job's id.
pub(crate) async fn submit(connection: &mut Connection, request: &[u8]) -> Result<JobId, Error> {
    let answer = connection.ask(request).await.map_err(Error::Client)?;
    let text = String::from_utf8_lossy(&answer.body);
    let id = text_after(&text, "\"job_id\":\"").and_then(|id| id.parse().ok());
    id.filter(|_| answer.is_success()).ok_or_else(|| unexpected(&answer))
}

/// Asks where a job stands.
pub(crate) async fn standing(connection: &mut Connection, target: Target, job_id: JobId) -> Result<Standing, Error> {
    let answer = connection.ask(&target.get(&format!("/v1/status/{job_id}"))).await.map_err(Error::Client)?;
    if !answer.is_success() {
        return Err(unexpected(&answer));
    }
    let text = String::from_utf8_lossy(&answer.body);
    Ok(match text_after(&text, "\"status\":\"") {
        Some("completed") => Standing::Completed,
        Some("queued" | "running") => Standing::Open,
        _ => Standing::Broken,
    })
}

pub(crate) fn unexpected(answer: &Answer) -> Error {
    Error::Answer { status: answer.status, body: String::from_utf8_lossy(&answer.body).into_owned() }
}

/// The text that follows `key`, to the next quotation mark. For values without any in them.
fn text_after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let start = text.find(key)? + key.len();
    let length = text[start..].find('"')?;
    Some(&text[start..start + length])
}
