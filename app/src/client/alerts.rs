//! What this client asks about alerts, channels and webhooks.

use domain::{
    AlertId, ChannelId, DeliveryId, JobId, WebhookId,
    alert::AlertRecord,
    channel::{Channel, ChannelRequest},
    webhook::{Webhook, WebhookPatch, WebhookRequest},
};
use reqwest::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Client, Events};

/// One page of alerts.
#[derive(Debug, Deserialize)]
pub(crate) struct AlertPage {
    pub(crate) alerts: Vec<AlertRecord>,
    pub(crate) last_seq: i64,
}

/// One page of channels.
#[derive(Debug, Deserialize)]
pub(crate) struct ChannelPage {
    pub(crate) channels: Vec<Channel>,
}

/// One page of webhooks.
#[derive(Debug, Deserialize)]
pub(crate) struct WebhookPage {
    pub(crate) webhooks: Vec<Webhook>,
}

/// What was made and, where it has one, its secret.
#[derive(Debug, Deserialize)]
pub(crate) struct Made<T> {
    #[serde(flatten)]
    pub(crate) made: T,
    #[serde(default)]
    pub(crate) secret: Option<String>,
}

/// One page of messages.
#[derive(Debug, Deserialize)]
pub(crate) struct DeliveryPage {
    pub(crate) deliveries: Vec<DeliveryLine>,
}

/// A message.
#[derive(Debug, Deserialize)]
pub(crate) struct DeliveryLine {
    pub(crate) id: DeliveryId,
    pub(crate) event: String,
    pub(crate) status: String,
    pub(crate) attempts: i32,
    #[serde(default)]
    pub(crate) last_error: Option<String>,
    pub(crate) created_at: chrono::DateTime<chrono::Utc>,
}

#[derive(Debug, Deserialize)]
struct Replayed {
    replayed: u64,
}

impl Client {
    pub(crate) async fn alerts(&self, query: &[(&str, String)]) -> anyhow::Result<AlertPage> {
        self.repeat(|| self.request(Method::GET, "v1/alerts").query(query)).await
    }

    pub(crate) async fn alert(&self, id: AlertId) -> anyhow::Result<AlertRecord> {
        self.repeat(|| self.request(Method::GET, &format!("v1/alerts/{id}"))).await
    }

    pub(crate) async fn acknowledge(&self, id: AlertId, user: Option<&str>) -> anyhow::Result<AlertRecord> {
        let path = format!("v1/alerts/{id}/acknowledge");
        self.repeat(|| self.request(Method::POST, &path).query(&by(user))).await
    }

    pub(crate) async fn snooze(&self, id: AlertId, for_s: i64, user: Option<&str>) -> anyhow::Result<AlertRecord> {
        let (path, body) = (format!("v1/alerts/{id}/snooze"), json!({ "for_s": for_s }));
        self.repeat(|| self.request(Method::POST, &path).query(&by(user)).json(&body)).await
    }

    pub(crate) async fn resolve(&self, id: AlertId) -> anyhow::Result<AlertRecord> {
        self.repeat(|| self.request(Method::POST, &format!("v1/alerts/{id}/resolve"))).await
    }

    /// The alerts that change after `since`, of one person if one is named.
    pub(crate) fn alert_stream(&self, user: Option<&str>, since: i64) -> Events {
        let query = user.map(|user| ("user_id", user.to_owned())).into_iter().collect();
        Events::new(self.clone(), "v1/alerts/stream".to_owned(), query, since)
    }

    pub(crate) async fn channels(&self, query: &[(&str, String)]) -> anyhow::Result<ChannelPage> {
        self.repeat(|| self.request(Method::GET, "v1/channels").query(query)).await
    }

    /// Makes a channel. Sent again when the answer got lost: the key makes it one.
    pub(crate) async fn create_channel(&self, channel: &ChannelRequest) -> anyhow::Result<Made<Channel>> {
        self.make("v1/channels", &serde_json::to_value(channel)?).await
    }

    pub(crate) async fn test_channel(&self, id: ChannelId) -> anyhow::Result<DeliveryLine> {
        self.once(&format!("v1/channels/{id}/test"), None).await
    }

    pub(crate) async fn webhooks(&self, query: &[(&str, String)]) -> anyhow::Result<WebhookPage> {
        self.repeat(|| self.request(Method::GET, "v1/webhooks").query(query)).await
    }

    /// Makes a webhook. Sent again when the answer got lost: the key makes it one.
    pub(crate) async fn create_webhook(&self, webhook: &WebhookRequest) -> anyhow::Result<Made<Webhook>> {
        self.make("v1/webhooks", &serde_json::to_value(webhook)?).await
    }

    pub(crate) async fn update_webhook(&self, id: WebhookId, patch: &WebhookPatch) -> anyhow::Result<Webhook> {
        self.repeat(|| self.request(Method::PATCH, &format!("v1/webhooks/{id}")).json(patch)).await
    }

    pub(crate) async fn rotate_webhook(&self, id: WebhookId, overlap_s: i64) -> anyhow::Result<Made<Webhook>> {
        self.once(&format!("v1/webhooks/{id}/rotate"), Some(&json!({ "overlap_s": overlap_s }))).await
    }

    pub(crate) async fn ping_webhook(&self, id: WebhookId) -> anyhow::Result<DeliveryLine> {
        self.once(&format!("v1/webhooks/{id}/ping"), None).await
    }

    /// Messages of `target`, such as `webhooks/0198...`.
    pub(crate) async fn deliveries(&self, target: &str, query: &[(&str, String)]) -> anyhow::Result<DeliveryPage> {
        self.repeat(|| self.request(Method::GET, &format!("v1/{target}/deliveries")).query(query)).await
    }

    pub(crate) async fn replay(&self, target: &str, id: DeliveryId) -> anyhow::Result<DeliveryLine> {
        self.repeat(|| self.request(Method::POST, &format!("v1/{target}/deliveries/{id}/replay"))).await
    }

    /// Replays what is dead, and says how many messages that are.
    pub(crate) async fn replay_dead(&self, target: &str) -> anyhow::Result<u64> {
        let done: Replayed = self.repeat(|| self.request(Method::POST, &format!("v1/{target}/replay"))).await?;
        Ok(done.replayed)
    }

    /// Removes `target`, such as `webhooks/0198...`.
    pub(crate) async fn remove(&self, target: &str) -> anyhow::Result<()> {
        self.send(|| self.request(Method::DELETE, &format!("v1/{target}"))).await?;
        Ok(())
    }

    async fn make<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        let key = format!("cli-{}", JobId::new());
        self.repeat(|| self.request(Method::POST, path).header("Idempotency-Key", &key).json(body)).await
    }

    /// A request that does something each time: an answer that got lost is not asked for again.
    async fn once<T: DeserializeOwned>(&self, path: &str, body: Option<&Value>) -> anyhow::Result<T> {
        let request = self.request(Method::POST, path).timeout(super::ANSWER_TIMEOUT);
        let request = body.iter().fold(request, |request, body| request.json(body));
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        Ok(self.accept(response).await?.json().await?)
    }
}

fn by(user: Option<&str>) -> Vec<(&'static str, &str)> {
    user.map(|user| ("user_id", user)).into_iter().collect()
}
