//! `/v1/channels`: where people are told of alerts.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    ChannelId, DeliveryId,
    channel::{Channel, ChannelKind, ChannelPatch, ChannelRequest},
    delivery::{DeliveryStatus, TargetKind},
    endpoint::UrlPolicy,
    request::FieldError,
    webhook::{Secret, WebhookEvent},
};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::ChannelFilter;

use crate::{
    addresses,
    alerts::person,
    answer::Answer,
    body::{Body, JsonBody, json_body},
    caller::Caller,
    codes::ErrorCode,
    cursor,
    deliveries::{self, DeliveriesResponse, DeliveryResponse, QueuedResponse, ReplayedResponse},
    docs::Tag,
    error::ApiError,
    fails::{Fails, statuses},
    plan::KeyHeader,
    state::State,
};

const LIMIT_DEFAULT: u32 = 20;
/// The list to which a cursor belongs.
const LIST: &str = "channels";

pub(crate) struct ChannelsApi(pub(crate) Arc<State>);

statuses! {
    CreateChannel: 400, 401, 408, 409, 413, 415, 422, 500, 503, 507;
    ListChannels: 400, 401, 500, 503;
    OneChannel: 401, 404, 500, 503, 507;
    ChangeChannel: 400, 401, 404, 408, 413, 415, 422, 500, 503, 507;
    TellChannel: 401, 404, 409, 500, 503, 507;
    ListDeliveries: 400, 401, 404, 500, 503;
}

/// A channel and, this once, the secret of a generic webhook.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ChannelMade {
    #[serde(flatten)]
    #[oai(flatten)]
    channel: Channel,
    /// Of a generic webhook only: signs what is sent. It is never shown again, and so absent when the request is repeated with
    /// its Idempotency-Key.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Secret>,
}

/// One page of channels, newest first.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ChannelList {
    channels: Vec<Channel>,
    /// Give it as `cursor` to get the next page. Absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

#[derive(ApiResponse)]
pub(crate) enum CreateResponse {
    /// The channel is there, and told of what is raised from now on.
    #[oai(status = 201)]
    Created(
        Answer<ChannelMade>,
        /// Where it is.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
pub(crate) enum ListResponse {
    /// One page.
    #[oai(status = 200)]
    Page(Answer<ChannelList>),
}

#[derive(ApiResponse)]
pub(crate) enum ChannelResponse {
    /// The channel as it stands.
    #[oai(status = 200)]
    Found(Answer<Channel>),
}

#[derive(ApiResponse)]
pub(crate) enum DeleteResponse {
    /// The channel is gone. What it was still to be told is on the dead list.
    #[oai(status = 204)]
    Deleted,
}

impl JsonBody for ChannelRequest {
    json_body!(
        ChannelRequest,
        json!({ "user_id": "ana", "name": "Ana's mail", "destination": { "email": { "address": "ana@example.com" } } })
    );

    fn fill(fields: &mut Map<String, Value>) {
        fields.entry("name").or_insert_with(|| "?".into());
        fields.entry("destination").or_insert_with(|| json!({ "email": { "address": "a@example.com" } }));
    }

    fn check(&self, _now: DateTime<Utc>) -> Vec<FieldError> {
        self.check(&UrlPolicy::any()).err().unwrap_or_default()
    }

    fn code(errors: &[FieldError]) -> ErrorCode {
        addresses::code(errors)
    }
}

impl JsonBody for ChannelPatch {
    json_body!(ChannelPatch, json!({ "name": "Ana's mail at work" }));

    fn check(&self, _now: DateTime<Utc>) -> Vec<FieldError> {
        self.check(&UrlPolicy::any()).err().unwrap_or_default()
    }

    fn code(errors: &[FieldError]) -> ErrorCode {
        addresses::code(errors)
    }
}

#[OpenApi]
impl ChannelsApi {
    /// Make a channel
    ///
    /// A person's, or without `user_id` the tenant's own. It tells of the alerts of whom it belongs to, as their preferences
    /// say. Secrets are never shown again.
    #[oai(path = "/v1/channels", method = "post", operation_id = "create_channel", tag = "Tag::Alerts")]
    async fn create_channel(
        &self,
        caller: Caller,
        /// Makes the request safe to repeat: the same key and body are the same channel.
        #[oai(name = "Idempotency-Key")]
        key: KeyHeader,
        body: Body<ChannelRequest>,
    ) -> Result<CreateResponse, Fails<CreateChannel>> {
        addresses::checked(ChannelRequest::check(&body.0, &self.0.endpoints))?;
        let key = key.of(&body.0);
        let (channel, secret) = self.0.store().create_channel(&caller.owner, &body.0, key.as_ref()).await?;
        let location = format!("/v1/channels/{}", channel.id);
        Ok(CreateResponse::Created(Answer(ChannelMade { channel, secret }), location))
    }

    /// List channels
    ///
    /// Newest first. The filters must not change from page to page.
    #[oai(path = "/v1/channels", method = "get", operation_id = "list_channels", tag = "Tag::Alerts")]
    async fn list_channels(
        &self,
        caller: Caller,
        /// Only channels of this person.
        user_id: Query<Option<String>>,
        /// Only channels of this kind.
        kind: Query<Option<ChannelKind>>,
        /// How many; 20 by default.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
        /// The `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<ListResponse, Fails<ListChannels>> {
        let before = cursor::before(&caller.owner, LIST, cursor.0.as_deref())?;
        let filter = ChannelFilter { user_id: person(user_id.0), kind: kind.0, before };
        let limit = limit.0.unwrap_or(LIMIT_DEFAULT);
        let mut channels = self.0.store().channels(&caller.owner, &filter, u64::from(limit) + 1).await?;
        let key = |last: &Channel| cursor::id(last.id.as_uuid());
        let next_cursor = cursor::cut(&caller.owner, LIST, &mut channels, limit as usize, key);
        Ok(ListResponse::Page(Answer(ChannelList { channels, next_cursor })))
    }

    /// Read a channel
    #[oai(path = "/v1/channels/:channel_id", method = "get", operation_id = "get_channel", tag = "Tag::Alerts")]
    async fn get_channel(
        &self,
        caller: Caller,
        /// The channel.
        channel_id: Path<ChannelId>,
    ) -> Result<ChannelResponse, Fails<OneChannel>> {
        Ok(ChannelResponse::Found(Answer(self.0.store().channel(&caller.owner, channel_id.0).await?)))
    }

    /// Change a channel
    ///
    /// What is left out stays. A channel stays of its kind.
    #[oai(path = "/v1/channels/:channel_id", method = "patch", operation_id = "update_channel", tag = "Tag::Alerts")]
    async fn update_channel(
        &self,
        caller: Caller,
        /// The channel.
        channel_id: Path<ChannelId>,
        body: Body<ChannelPatch>,
    ) -> Result<ChannelResponse, Fails<ChangeChannel>> {
        addresses::checked(ChannelPatch::check(&body.0, &self.0.endpoints))?;
        let changed = self.0.store().update_channel(&caller.owner, channel_id.0, &body.0).await;
        let changed = changed.map_err(|error| match error {
            store::Error::Unfit(why) => {
                ApiError::fields(ErrorCode::InvalidFields, vec![FieldError::new("/destination", why)])
            }
            other => other.into(),
        });
        Ok(ChannelResponse::Found(Answer(changed?)))
    }

    /// Delete a channel
    ///
    /// Preferences that name it forget it. What it was still to be told goes to the dead list.
    #[oai(path = "/v1/channels/:channel_id", method = "delete", operation_id = "delete_channel", tag = "Tag::Alerts")]
    async fn delete_channel(
        &self,
        caller: Caller,
        /// The channel.
        channel_id: Path<ChannelId>,
    ) -> Result<DeleteResponse, Fails<OneChannel>> {
        self.0.store().delete_channel(&caller.owner, channel_id.0).await?;
        Ok(DeleteResponse::Deleted)
    }

    /// Send a test message to a channel
    ///
    /// To see whether messages arrive, whatever preferences and quiet hours say. Read the delivery for what became of it.
    #[oai(path = "/v1/channels/:channel_id/test", method = "post", operation_id = "test_channel", tag = "Tag::Alerts")]
    async fn test_channel(
        &self,
        caller: Caller,
        /// The channel.
        channel_id: Path<ChannelId>,
    ) -> Result<QueuedResponse, Fails<TellChannel>> {
        Ok(deliveries::queued(self.0.store().ping_channel(&caller.owner, channel_id.0).await?))
    }

    /// List a channel's deliveries
    ///
    /// Newest first; finished ones are kept for 30 days, also of a channel that is gone. `status=dead` is the dead list.
    #[oai(
        path = "/v1/channels/:channel_id/deliveries",
        method = "get",
        operation_id = "list_channel_deliveries",
        tag = "Tag::Alerts"
    )]
    async fn list_channel_deliveries(
        &self,
        caller: Caller,
        /// The channel.
        channel_id: Path<ChannelId>,
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
        let (owner, id) = (&caller.owner, channel_id.0);
        deliveries::known(&self.0, owner, id.into(), self.0.store().channel(owner, id).await).await?;
        Ok(deliveries::page(&self.0, owner, id.into(), (status.0, event.0), (limit.0, cursor.0)).await?)
    }

    /// Read a delivery of a channel
    ///
    /// With what is told.
    #[oai(
        path = "/v1/channels/:channel_id/deliveries/:delivery_id",
        method = "get",
        operation_id = "get_channel_delivery",
        tag = "Tag::Alerts"
    )]
    async fn get_channel_delivery(
        &self,
        caller: Caller,
        /// The channel.
        channel_id: Path<ChannelId>,
        /// The delivery.
        delivery_id: Path<DeliveryId>,
    ) -> Result<DeliveryResponse, Fails<OneChannel>> {
        Ok(deliveries::one(&self.0, &caller.owner, channel_id.0.into(), delivery_id.0).await?)
    }

    /// Replay a delivery of a channel
    ///
    /// Sends a delivered or dead message once more, under the same id. One that is still on its way stays as it is.
    #[oai(
        path = "/v1/channels/:channel_id/deliveries/:delivery_id/replay",
        method = "post",
        operation_id = "replay_channel_delivery",
        tag = "Tag::Alerts"
    )]
    async fn replay_channel_delivery(
        &self,
        caller: Caller,
        /// The channel.
        channel_id: Path<ChannelId>,
        /// The delivery.
        delivery_id: Path<DeliveryId>,
    ) -> Result<QueuedResponse, Fails<TellChannel>> {
        Ok(deliveries::replay(&self.0, &caller.owner, channel_id.0.into(), delivery_id.0).await?)
    }

    /// Replay a channel's dead list
    ///
    /// Sends the dead messages once more, oldest first, each under its id; at most 1,000, and the next ones when asked again.
    #[oai(
        path = "/v1/channels/:channel_id/replay",
        method = "post",
        operation_id = "replay_channel",
        tag = "Tag::Alerts"
    )]
    async fn replay_channel(
        &self,
        caller: Caller,
        /// The channel.
        channel_id: Path<ChannelId>,
    ) -> Result<ReplayedResponse, Fails<TellChannel>> {
        let (owner, id) = (&caller.owner, channel_id.0);
        deliveries::known(&self.0, owner, id.into(), self.0.store().channel(owner, id).await).await?;
        Ok(deliveries::replay_dead(&self.0, owner, TargetKind::Channel, id.into()).await?)
    }
}
