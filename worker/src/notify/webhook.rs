//! Webhooks: the message as it is, with the headers of Standard Webhooks.

use std::sync::Arc;

use domain::webhook::Secret;
use reqwest::header::HeaderMap;

use super::{
    channel::{Channel, Message, Remedy, SendError, Sent},
    http::{Http, header_value},
    signature,
};

/// An address, and the secrets that sign for it now.
pub(super) struct Hook {
    pub(super) url: String,
    pub(super) secrets: Vec<Secret>,
}

/// Tells addresses of customers.
pub(super) struct Webhooks {
    pub(super) http: Arc<Http>,
}

impl Channel for Webhooks {
    type Target = Hook;

    async fn send(&self, message: Message<'_>, target: &Hook) -> Result<Sent, SendError> {
        let (id, timestamp_s) = (message.delivery.id.to_string(), message.now.timestamp());
        let body = message.delivery.payload.clone();
        let signature = signature::header(&target.secrets, &id, timestamp_s, &body)
            .ok_or_else(|| SendError::give_up("the webhook has no secret that can sign; rotate it"))?;
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", header_value(&id)?);
        headers.insert("webhook-timestamp", header_value(&timestamp_s.to_string())?);
        headers.insert("webhook-signature", header_value(&signature)?);
        let answer = self.http.post(&target.url, headers, body).await?;
        match answer.status {
            status if answer.is_success() => Ok(Sent { status: Some(status) }),
            410 => Err(answer.failed(Remedy::Disable)),
            // Everything else may be a deployment, a full disk, a wrong route: people mend it, and a day is given for it.
            _ => {
                let after = answer.retry_after;
                Err(answer.failed(Remedy::Retry { after }))
            }
        }
    }
}
