//! One POST to an address that a customer gave, with an end to everything: time, size, redirects.

use std::time::Duration;

use reqwest::{
    Response,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
};

use super::channel::{Remedy, SendError};
use crate::outside::{Guard, NotAdmitted, cause_of, client, excerpt};

/// Of an answer's body that is read; the rest is cut off.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Posts JSON through the guard.
pub(super) struct Http {
    guard: Guard,
    connect_timeout: Duration,
    timeout: Duration,
}

/// What a receiver answered, whatever it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// The beginning of its text, for the owner of the address.
    pub(super) excerpt: String,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A failure, in a sentence.
    pub(super) fn failed(self, remedy: Remedy) -> SendError {
        let what = if (300..400).contains(&self.status) { ", a redirect, which is not followed" } else { "" };
        let text = if self.excerpt.is_empty() { String::new() } else { format!(": {}", self.excerpt) };
        let message = format!("the receiver answered {}{what}{text}", self.status);
        SendError { message, status: Some(self.status), remedy }
    }
}

impl Http {
    pub(super) fn new(guard: Guard, connect_timeout: Duration, timeout: Duration) -> Self {
        Self { guard, connect_timeout, timeout }
    }

    /// Posts once. An error means that there was no answer.
    pub(super) async fn post(&self, url: &str, headers: HeaderMap, body: String) -> Result<Answer, SendError> {
        let attempt = async {
            let admitted = self.guard.admit(url).await.map_err(|refused| match refused {
                NotAdmitted::Refused(_) => SendError::give_up(refused.to_string()),
                NotAdmitted::RefusedNow(_) | NotAdmitted::Unresolved => SendError::retry(refused.to_string()),
            })?;
            let client = client(&admitted, self.connect_timeout, self.timeout).map_err(|error| broken(&error))?;
            let request =
                client.post(&admitted.url).headers(headers).header(CONTENT_TYPE, "application/json").body(body);
            let response = request.send().await.map_err(|error| broken(&error))?;
            Ok(response)
        };
        let late = || SendError::retry(format!("the receiver gave no answer within {} ms", self.timeout.as_millis()));
        let deadline = tokio::time::Instant::now() + self.timeout;
        let response = tokio::time::timeout_at(deadline, attempt).await.map_err(|_| late())??;
        let (status, retry_after) = (response.status().as_u16(), retry_after(response.headers()));
        // The status is the answer. A text that stalls or never ends changes nothing of it.
        let mut text = Vec::new();
        let read = tokio::time::timeout_at(deadline, read_text(response, &mut text)).await;
        tracing::trace!(cut = read.is_err(), bytes = text.len(), "A receiver's text was read");
        Ok(Answer { status, retry_after, excerpt: excerpt(&text) })
    }
}

async fn read_text(mut response: Response, text: &mut Vec<u8>) {
    while text.len() < BODY_BYTES_MAX
        && let Ok(Some(chunk)) = response.chunk().await
    {
        text.extend_from_slice(&chunk[..chunk.len().min(BODY_BYTES_MAX - text.len())]);
    }
}

/// Seconds, or a date as HTTP writes it: only the first is common, and the second is read as "later".
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// There was no answer. The sentence has the cause but not the address, which may be a secret.
fn broken(error: &reqwest::Error) -> SendError {
    let what = if error.is_timeout() {
        "the receiver did not answer in time"
    } else if error.is_connect() {
        "no connection to the receiver"
    } else {
        "the connection to the receiver broke off"
    };
    let detail = cause_of(error);
    SendError::retry(format!("{what}{detail}"))
}

/// A header of ours; its text is made of figures and base64.
pub(super) fn header_value(text: &str) -> Result<HeaderValue, SendError> {
    HeaderValue::from_str(text).map_err(|_| SendError::give_up("the message's id or signature is no header"))
}
