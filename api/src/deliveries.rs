//! Messages of the outbox, as the webhook or the channel shows them that they go to.

use chrono::{DateTime, Utc};
use domain::{
    DeliveryId, TargetId,
    delivery::{Delivery, DeliveryStatus, TargetKind},
    webhook::WebhookEvent,
};
use poem_openapi::{ApiResponse, Object};
use serde::Serialize;
use serde_json::Value;
use store::{DeliveryFilter, Owner};

use crate::{answer::Answer, cursor, error::ApiError, state::State};

pub(crate) const LIMIT_DEFAULT: u32 = 20;

/// A message and what became of it.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct DeliveryView {
    /// The same on every attempt; the `webhook-id` header, so that a receiver knows a message that comes twice.
    id: DeliveryId,
    target_kind: TargetKind,
    /// Of the webhook or the channel.
    target_id: TargetId,
    event: WebhookEvent,
    status: DeliveryStatus,
    /// Since it was made or replayed.
    attempts: i32,
    /// When it is tried next, while it is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<DateTime<Utc>>,
    /// What went wrong on the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// What the receiver last answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    response_status: Option<i32>,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<DateTime<Utc>>,
    /// What is sent; only when one message is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Value>,
}

/// One page of messages, newest first.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct DeliveryList {
    deliveries: Vec<DeliveryView>,
    /// Give it as `cursor` to get the next page. Absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What a replay took up.
#[derive(Debug, Serialize, Object)]
pub(crate) struct Replayed {
    /// So many messages are sent again; at most 1,000 at a time.
    replayed: u64,
}

#[derive(ApiResponse)]
pub(crate) enum DeliveriesResponse {
    /// One page.
    #[oai(status = 200)]
    Page(Answer<DeliveryList>),
}

#[derive(ApiResponse)]
pub(crate) enum DeliveryResponse {
    /// The message.
    #[oai(status = 200)]
    Found(Answer<DeliveryView>),
}

#[derive(ApiResponse)]
pub(crate) enum QueuedResponse {
    /// The message is in the outbox, and will be sent.
    #[oai(status = 202)]
    Queued(Answer<DeliveryView>),
}

#[derive(ApiResponse)]
pub(crate) enum ReplayedResponse {
    /// The messages are in the outbox, and will be sent.
    #[oai(status = 202)]
    Queued(Answer<Replayed>),
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            target_kind: delivery.target_kind,
            target_id: delivery.target_id,
            event: delivery.event,
            status: delivery.status,
            attempts: delivery.attempts,
            next_at: delivery.next_at,
            last_error: delivery.last_error,
            response_status: delivery.response_status,
            created_at: delivery.created_at,
            finished_at: delivery.finished_at,
            payload: None,
        }
    }
}

/// Reads a page of a target's messages.
pub(crate) async fn page(
    state: &State,
    owner: &Owner,
    target: TargetId,
    (status, event): (Option<DeliveryStatus>, Option<WebhookEvent>),
    (limit, cursor): (Option<u32>, Option<String>),
) -> Result<DeliveriesResponse, ApiError> {
    let list = format!("deliveries/{target}");
    let before = cursor::before(owner, &list, cursor.as_deref())?;
    let filter = DeliveryFilter { target: Some(target), status, event, before };
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    let mut found = state.store().deliveries(owner, &filter, u64::from(limit) + 1).await?;
    let next_cursor = cursor::cut(owner, &list, &mut found, limit as usize, |last| cursor::id(last.id.as_uuid()));
    let deliveries = found.into_iter().map(DeliveryView::from).collect();
    Ok(DeliveriesResponse::Page(Answer(DeliveryList { deliveries, next_cursor })))
}

/// Reads one message of a target, with what is sent.
pub(crate) async fn one(
    state: &State,
    owner: &Owner,
    target: TargetId,
    id: DeliveryId,
) -> Result<DeliveryResponse, ApiError> {
    let delivery = of_target(state.store().delivery(owner, id).await?, target)?;
    let payload = serde_json::from_str(&delivery.payload).ok();
    Ok(DeliveryResponse::Found(Answer(DeliveryView { payload, ..delivery.into() })))
}

/// Sends one message of a target again.
pub(crate) async fn replay(
    state: &State,
    owner: &Owner,
    target: TargetId,
    id: DeliveryId,
) -> Result<QueuedResponse, ApiError> {
    of_target(state.store().delivery(owner, id).await?, target)?;
    Ok(queued(state.store().replay_delivery(owner, id).await?))
}

/// Sends the dead messages of a target again.
pub(crate) async fn replay_dead(
    state: &State,
    owner: &Owner,
    kind: TargetKind,
    target: TargetId,
) -> Result<ReplayedResponse, ApiError> {
    let replayed = state.store().replay_dead(owner, kind, target).await?;
    Ok(ReplayedResponse::Queued(Answer(Replayed { replayed })))
}

pub(crate) fn queued(delivery: Delivery) -> QueuedResponse {
    QueuedResponse::Queued(Answer(delivery.into()))
}

/// Lets messages of a target that is gone be read: only where neither was there ever anything, there is nothing.
pub(crate) async fn known<T>(
    state: &State,
    owner: &Owner,
    target: TargetId,
    found: Result<T, store::Error>,
) -> Result<(), ApiError> {
    match found {
        Err(error @ store::Error::NotFound { .. }) => {
            let filter = DeliveryFilter { target: Some(target), ..DeliveryFilter::default() };
            let left = state.store().deliveries(owner, &filter, 1).await?;
            if left.is_empty() { Err(error.into()) } else { Ok(()) }
        }
        found => Ok(found.map(drop)?),
    }
}

fn of_target(delivery: Delivery, target: TargetId) -> Result<Delivery, store::Error> {
    if delivery.target_id == target {
        return Ok(delivery);
    }
    Err(store::Error::NotFound { what: "delivery", id: delivery.id.to_string() })
}
