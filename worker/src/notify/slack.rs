//! Slack: an incoming webhook, whose address is its secret.

use std::sync::Arc;

use domain::channel::SlackDestination;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::{
    channel::{Channel, Message, Remedy, SendError, Sent},
    http::Http,
    render::{Told, clip},
};

/// Slack's own limits of a header's and of a section's text.
const HEADER_CHARS_MAX: usize = 150;
const SECTION_CHARS_MAX: usize = 3_000;

/// Tells Slack channels.
pub(super) struct Slack {
    pub(super) http: Arc<Http>,
}

impl Channel for Slack {
    type Target = SlackDestination;

    async fn send(&self, message: Message<'_>, target: &SlackDestination) -> Result<Sent, SendError> {
        let body = blocks(&Told::read(message)?).to_string();
        let answer = self.http.post(target.url.expose(), HeaderMap::new(), body).await?;
        match answer.status {
            status if answer.is_success() => Ok(Sent { status: Some(status) }),
            // The webhook was revoked, the channel archived, or the message is not to Slack's taste: no wait mends that.
            400 | 403 | 404 | 410 => Err(answer.failed(Remedy::GiveUp)),
            _ => {
                let after = answer.retry_after;
                Err(answer.failed(Remedy::Retry { after }))
            }
        }
    }
}

fn blocks(told: &Told) -> Value {
    let title = told.title();
    let mut blocks = vec![json!({
        "type": "header",
        "text": { "type": "plain_text", "text": clip(&title, HEADER_CHARS_MAX) },
    })];
    // Slack refuses an empty text.
    if !told.body().trim().is_empty() {
        blocks.push(json!({
            "type": "section",
            "text": { "type": "mrkdwn", "text": escape(&clip(told.body(), SECTION_CHARS_MAX / 2)) },
        }));
    }
    blocks.push(json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": escape(&told.footer()) }] }));
    // The text is what a phone shows, and what stands for the blocks where they are not shown.
    json!({ "text": escape(&title), "blocks": blocks })
}

/// The three characters with which Slack begins links and mentions.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
