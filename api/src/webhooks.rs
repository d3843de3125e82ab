//! `/v1/webhooks`: addresses that are told of jobs and alerts.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    DeliveryId, WebhookId,
    delivery::{DeliveryStatus, TargetKind},
    endpoint::UrlPolicy,
    request::FieldError,
    webhook::{RotateRequest, Secret, Webhook, WebhookEvent, WebhookPatch, WebhookRequest},
};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    addresses,
    answer::Answer,
    body::{Body, JsonBody, json_body},
    caller::Caller,
    codes::ErrorCode,
    cursor,
    deliveries::{self, DeliveriesResponse, DeliveryResponse, QueuedResponse, ReplayedResponse},
    docs::Tag,
    fails::{Fails, statuses},
    plan::KeyHeader,
    state::State,
};

const LIMIT_DEFAULT: u32 = 20;
/// The list to which a cursor belongs.
const LIST: &str = "webhooks";

pub(crate) struct WebhooksApi(pub(crate) Arc<State>);

statuses! {
    CreateWebhook: 400, 401, 408, 409, 413, 415, 422, 500, 503, 507;
    ListWebhooks: 400, 401, 500, 503;
    OneWebhook: 401, 404, 500, 503, 507;
    ChangeWebhook: 400, 401, 404, 408, 413, 415, 422, 500, 503, 507;
    TellWebhook: 401, 404, 409, 500, 503, 507;
    ListDeliveries: 400, 401, 404, 500, 503;
}

/// A webhook and, this once, its secret.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct WebhookMade {
    #[serde(flatten)]
    #[oai(flatten)]
    webhook: Webhook,
    /// Signs what is sent; keep it where the receiver runs. It is never shown again, and so absent when the request is
    /// repeated with its Idempotency-Key: rotate it if this answer was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Secret>,
}

/// One page of webhooks, newest first.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct WebhookList {
    webhooks: Vec<Webhook>,
    /// Give it as `cursor` to get the next page. Absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(ApiResponse)]
pub(crate) enum CreateResponse {
    /// The webhook is there, and told of what happens from now on.
    #[oai(status = 201)]
    Created(
        Answer<WebhookMade>,
        /// Where it is.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
pub(crate) enum ListResponse {
    /// One page.
    #[oai(status = 200)]
    Page(Answer<WebhookList>),
}

#[derive(ApiResponse)]
pub(crate) enum WebhookResponse {
    /// The webhook as it stands.
    #[oai(status = 200)]
    Found(Answer<Webhook>),
}

#[derive(ApiResponse)]
pub(crate) enum RotateResponse {
    /// The webhook with its new secret.
    #[oai(status = 200)]
    Rotated(Answer<WebhookMade>),
}

#[derive(ApiResponse)]
pub(crate) enum DeleteResponse {
    /// The webhook is gone. What it was still to be told is on the dead list.
    #[oai(status = 204)]
    Deleted,
}

impl JsonBody for WebhookRequest {
    json_body!(
        WebhookRequest,
        json!({
            "url": "https://example.com/hooks/portolan",
            "events": ["job.completed", "job.failed", "alert.raised"],
            "description": "The travel desk's console"
        })
    );

    fn fill(fields: &mut Map<String, Value>) {
        fields.entry("url").or_insert_with(|| "https://example.com/".into());
    }

    fn check(&self, _now: DateTime<Utc>) -> Vec<FieldError> {
        self.check(&UrlPolicy::any()).err().unwrap_or_default()
    }

    fn code(errors: &[FieldError]) -> ErrorCode {
        addresses::code(errors)
    }
}

impl JsonBody for WebhookPatch {
    json_body!(WebhookPatch, json!({ "enabled": false }));

    fn check(&self, _now: DateTime<Utc>) -> Vec<FieldError> {
        self.check(&UrlPolicy::any()).err().unwrap_or_default()
    }

    fn code(errors: &[FieldError]) -> ErrorCode {
        addresses::code(errors)
    }
}

impl JsonBody for RotateRequest {
    json_body!(RotateRequest, json!({ "overlap_s": 86400 }));
}

#[OpenApi]
impl WebhooksApi {
    /// Make a webhook
    ///
    /// It is told of the events that it names, signed after Standard Webhooks, at least once each. The secret is in this answer
    /// and nowhere else. Send an Idempotency-Key, and a request that you repeat because its answer got lost makes no second one.
    #[oai(path = "/v1/webhooks", method = "post", operation_id = "create_webhook", tag = "Tag::Webhooks")]
    async fn create_webhook(
        &self,
        caller: Caller,
        /// Makes the request safe to repeat: the same key and body are the same webhook.
        #[oai(name = "Idempotency-Key")]
        key: KeyHeader,
        body: Body<WebhookRequest>,
    ) -> Result<CreateResponse, Fails<CreateWebhook>> {
        addresses::checked(WebhookRequest::check(&body.0, &self.0.endpoints))?;
        let key = key.of(&body.0);
        let (webhook, secret) = self.0.store().create_webhook(&caller.owner, &body.0, key.as_ref()).await?;
        let location = format!("/v1/webhooks/{}", webhook.id);
        Ok(CreateResponse::Created(Answer(WebhookMade { webhook, secret }), location))
    }

    /// List webhooks
    ///
    /// Newest first.
    #[oai(path = "/v1/webhooks", method = "get", operation_id = "list_webhooks", tag = "Tag::Webhooks")]
    async fn list_webhooks(
        &self,
        caller: Caller,
        /// How many; 20 by default.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
        /// The `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<ListResponse, Fails<ListWebhooks>> {
        let before = cursor::before(&caller.owner, LIST, cursor.0.as_deref())?;
        let limit = limit.0.unwrap_or(LIMIT_DEFAULT);
        let mut webhooks = self.0.store().webhooks(&caller.owner, before, u64::from(limit) + 1).await?;
        let key = |last: &Webhook| cursor::id(last.id.as_uuid());
        let next_cursor = cursor::cut(&caller.owner, LIST, &mut webhooks, limit as usize, key);
        Ok(ListResponse::Page(Answer(WebhookList { webhooks, next_cursor })))
    }

    /// Read a webhook
    ///
    /// With how its receiver does.
    #[oai(path = "/v1/webhooks/:webhook_id", method = "get", operation_id = "get_webhook", tag = "Tag::Webhooks")]
    async fn get_webhook(
        &self,
        caller: Caller,
        /// The webhook.
        webhook_id: Path<WebhookId>,
    ) -> Result<WebhookResponse, Fails<OneWebhook>> {
        Ok(WebhookResponse::Found(Answer(self.0.store().webhook(&caller.owner, webhook_id.0).await?)))
    }

    /// Change a webhook
    ///
    /// What is left out stays. One that is disabled is told nothing, and what waited for it is dead; enabling it counts its
    /// failures anew.
    #[oai(path = "/v1/webhooks/:webhook_id", method = "patch", operation_id = "update_webhook", tag = "Tag::Webhooks")]
    async fn update_webhook(
        &self,
        caller: Caller,
        /// The webhook.
        webhook_id: Path<WebhookId>,
        body: Body<WebhookPatch>,
    ) -> Result<WebhookResponse, Fails<ChangeWebhook>> {
        addresses::checked(WebhookPatch::check(&body.0, &self.0.endpoints))?;
        Ok(WebhookResponse::Found(Answer(self.0.store().update_webhook(&caller.owner, webhook_id.0, &body.0).await?)))
    }

    /// Delete a webhook
    ///
    /// What it was still to be told goes to the dead list, which stays readable for 30 days.
    #[oai(path = "/v1/webhooks/:webhook_id", method = "delete", operation_id = "delete_webhook", tag = "Tag::Webhooks")]
    async fn delete_webhook(
        &self,
        caller: Caller,
        /// The webhook.
        webhook_id: Path<WebhookId>,
    ) -> Result<DeleteResponse, Fails<OneWebhook>> {
        self.0.store().delete_webhook(&caller.owner, webhook_id.0).await?;
        Ok(DeleteResponse::Deleted)
    }

    /// Give a webhook a new secret
    ///
    /// It is in this answer and nowhere else. For `overlap_s` every message carries a signature of the old one, too.
    #[oai(
        path = "/v1/webhooks/:webhook_id/rotate",
        method = "post",
        operation_id = "rotate_webhook",
        tag = "Tag::Webhooks"
    )]
    async fn rotate_webhook(
        &self,
        caller: Caller,
        /// The webhook.
        webhook_id: Path<WebhookId>,
        body: Body<RotateRequest>,
    ) -> Result<RotateResponse, Fails<ChangeWebhook>> {
        let overlap = body.0.overlap();
        let (webhook, secret) = self.0.store().rotate_secret(&caller.owner, webhook_id.0, overlap).await?;
        Ok(RotateResponse::Rotated(Answer(WebhookMade { webhook, secret: Some(secret) })))
    }

    /// Ping a webhook
    ///
    /// Sends a message of type `ping`, whatever events the webhook names. Read the delivery for what became of it.
    #[oai(
        path = "/v1/webhooks/:webhook_id/ping",
        method = "post",
        operation_id = "ping_webhook",
        tag = "Tag::Webhooks"
    )]
    async fn ping_webhook(
        &self,
        caller: Caller,
        /// The webhook.
        webhook_id: Path<WebhookId>,
    ) -> Result<QueuedResponse, Fails<TellWebhook>> {
        Ok(deliveries::queued(self.0.store().ping_webhook(&caller.owner, webhook_id.0).await?))
    }

    /// List a webhook's deliveries
    ///
    /// Newest first; finished ones are kept for 30 days, also of a webhook that is gone. `status=dead` is the dead list.
    #[oai(
        path = "/v1/webhooks/:webhook_id/deliveries",
        method = "get",
        operation_id = "list_webhook_deliveries",
        tag = "Tag::Webhooks"
    )]
    async fn list_webhook_deliveries(
        &self,
        caller: Caller,
        /// The webhook.
        webhook_id: Path<WebhookId>,
        /// Only deliveries in this state.
        status: Query<Option<DeliveryStatus>>,
        /// Only deliveries of this event.
        event: Query<Option<WebhookEvent>>,
        /// How many; 20 by default.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
        /// The `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<DeliveriesResponse, Fails<ListDeliveries>> {
        let (owner, id) = (&caller.owner, webhook_id.0);
        deliveries::known(&self.0, owner, id.into(), self.0.store().webhook(owner, id).await).await?;
        Ok(deliveries::page(&self.0, owner, id.into(), (status.0, event.0), (limit.0, cursor.0)).await?)
    }

    /// Read a delivery of a webhook
    ///
    /// With what is sent.
    #[oai(
        path = "/v1/webhooks/:webhook_id/deliveries/:delivery_id",
        method = "get",
        operation_id = "get_webhook_delivery",
        tag = "Tag::Webhooks"
    )]
    async fn get_webhook_delivery(
        &self,
        caller: Caller,
        /// The webhook.
        webhook_id: Path<WebhookId>,
        /// The delivery.
        delivery_id: Path<DeliveryId>,
    ) -> Result<DeliveryResponse, Fails<OneWebhook>> {
        Ok(deliveries::one(&self.0, &caller.owner, webhook_id.0.into(), delivery_id.0).await?)
    }

    /// Replay a delivery of a webhook
    ///
    /// Sends a delivered or dead message once more, under the same id and with all its attempts before it again. One that is
    /// still on its way stays as it is.
    #[oai(
        path = "/v1/webhooks/:webhook_id/deliveries/:delivery_id/replay",
        method = "post",
        operation_id = "replay_webhook_delivery",
        tag = "Tag::Webhooks"
    )]
    async fn replay_webhook_delivery(
        &self,
        caller: Caller,
        /// The webhook.
        webhook_id: Path<WebhookId>,
        /// The delivery.
        delivery_id: Path<DeliveryId>,
    ) -> Result<QueuedResponse, Fails<TellWebhook>> {
        Ok(deliveries::replay(&self.0, &caller.owner, webhook_id.0.into(), delivery_id.0).await?)
    }

    /// Replay a webhook's dead list
    ///
    /// Sends the dead messages once more, oldest first, each under its id; at most 1,000, and the next ones when asked again.
    #[oai(
        path = "/v1/webhooks/:webhook_id/replay",
        method = "post",
        operation_id = "replay_webhook",
        tag = "Tag::Webhooks"
    )]
    async fn replay_webhook(
        &self,
        caller: Caller,
        /// The webhook.
        webhook_id: Path<WebhookId>,
    ) -> Result<ReplayedResponse, Fails<TellWebhook>> {
        let (owner, id) = (&caller.owner, webhook_id.0);
        deliveries::known(&self.0, owner, id.into(), self.0.store().webhook(owner, id).await).await?;
        Ok(deliveries::replay_dead(&self.0, owner, TargetKind::Webhook, id.into()).await?)
    }
}
