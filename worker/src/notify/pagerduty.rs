//! PagerDuty: Events API v2. The cause is the key under which PagerDuty keeps an incident, as it is ours for the alert.

use std::sync::Arc;

use dispatch::Dispatch;
use domain::{alert::AlertRecord, channel::PagerdutyDestination, webhook::WebhookEvent};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use store::Owner;

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
    /// Says whether the alert still stands.
    pub(super) dispatch: Dispatch,
}

impl Channel for Pagerduty {
    type Target = PagerdutyDestination;

    async fn send(&self, message: Message<'_>, target: &PagerdutyDestination) -> Result<Sent, SendError> {
        let told = Told::read(message)?;
        if let Some(alert) = &told.alert {
            self.check_order(message, alert).await?;
        }
        let body = event(message, &told, target)?.to_string();
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

impl Pagerduty {
    /// Messages may overtake each other: the first is tried again, or waits for the end of quiet hours, while what follows goes
    /// through. An incident that is opened after its end would stay open for ever, and one that a late end closes would be a
    /// newer alert's. So what has been overtaken is not sent.
    async fn check_order(&self, message: Message<'_>, alert: &AlertRecord) -> Result<(), SendError> {
        let owner = Owner::new(message.delivery.tenant.clone());
        let standing = self.dispatch.store().standing_alert(&owner, &alert.cause_key).await;
        let standing = standing.map_err(|_| SendError::retry("whether the alert still stands could not be read"))?;
        let is_of_use = match message.delivery.event {
            WebhookEvent::AlertResolved => standing.is_none(),
            _ => standing == Some(alert.id),
        };
        if is_of_use {
            return Ok(());
        }
        Err(SendError::give_up("overtaken: the alert was resolved, or raised anew, before this could be told"))
    }
}

fn event(message: Message<'_>, told: &Told, target: &PagerdutyDestination) -> Result<Value, SendError> {
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
