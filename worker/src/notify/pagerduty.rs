//! PagerDuty: Events API v2. The cause is the key under which PagerDuty keeps an incident, as it is ours for the alert.

use std::sync::Arc;

use domain::{channel::PagerdutyDestination, webhook::WebhookEvent};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::{
    channel::{Channel, Message, Remedy, SendError, Sent},
    http::Http,
    render::{Told, clip},
};

/// PagerDuty's own limit.
const SUMMARY_CHARS_MAX: usize = 1_024;
/// A ping resolves an incident of this key, which there never is: so it proves the way and wakes nobody.
const PING_KEY: &str = "portolan-ping";

/// Tells PagerDuty services.
pub(super) struct Pagerduty {
    pub(super) http: Arc<Http>,
    /// The address of the Events API.
    pub(super) url: String,
}

impl Channel for Pagerduty {
    type Target = PagerdutyDestination;

    async fn send(&self, message: Message<'_>, target: &PagerdutyDestination) -> Result<Sent, SendError> {
        let body = event(message, target)?.to_string();
        let answer = self.http.post(&self.url, HeaderMap::new(), body).await?;
        match answer.status {
            status if answer.is_success() => Ok(Sent { status: Some(status) }),
            429 | 300..400 | 500.. => {
                let after = answer.retry_after;
                Err(answer.failed(Remedy::Retry { after }))
            }
            // A wrong key, or an event that PagerDuty cannot read.
            _ => Err(answer.failed(Remedy::GiveUp)),
        }
    }
}

fn event(message: Message<'_>, target: &PagerdutyDestination) -> Result<Value, SendError> {
    let action = match message.delivery.event {
        WebhookEvent::AlertRaised => "trigger",
        WebhookEvent::AlertAcknowledged => "acknowledge",
        WebhookEvent::AlertResolved | WebhookEvent::Ping => "resolve",
        other @ (WebhookEvent::JobCompleted
        | WebhookEvent::JobFailed
        | WebhookEvent::JobCancelled
        | WebhookEvent::JobWaitingApproval
        | WebhookEvent::JobPaused) => {
            return Err(SendError::give_up(format!("{other} is nothing that PagerDuty is told of")));
        }
    };
    let told = Told::read(message)?;
    let mut event = json!({
        "routing_key": target.routing_key.expose(),
        "event_action": action,
        "dedup_key": told.alert.as_ref().map_or(PING_KEY, |alert| &alert.cause_key),
    });
    if let (Some(alert), "trigger") = (&told.alert, action) {
        event["client"] = "Portolan".into();
        event["payload"] = json!({
            "summary": clip(&told.title(), SUMMARY_CHARS_MAX),
            "source": "portolan",
            "severity": alert.severity,
            "timestamp": alert.created_at,
            "class": alert.kind,
            "custom_details": { "body": alert.body, "alert_id": alert.id, "data": alert.data },
        });
    }
    Ok(event)
}
