//! The outbox as people read it: one message to one address, and what became of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{DeliveryId, TargetId, job::words, webhook::WebhookEvent};

/// Of a message. What could be longer is left out of it and fetched by id.
pub const PAYLOAD_BYTES_MAX: usize = 256 * 1024;
/// Attempts after which a message is dead.
pub const ATTEMPTS_MAX: i32 = 8;

words!(
    /// Where a message stands.
    DeliveryStatus {
        /// Waits for its next attempt.
        Pending = "pending",
        /// A worker is sending it.
        Sending = "sending",
        /// The receiver took it.
        Delivered = "delivered",
        /// Given up after the last attempt, or because trying again is pointless. It can be replayed.
        Dead = "dead",
    }
);

words!(
    /// What a message goes to.
    TargetKind { Webhook = "webhook", Channel = "channel" }
);

/// A message and its attempts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
pub struct Delivery {
    /// The `webhook-id` header, and part of the Message-ID of an e-mail: the same on every attempt, for dropping doubles.
    pub id: DeliveryId,
    pub target_kind: TargetKind,
    /// Of the webhook or the channel, which may be gone.
    pub target_id: TargetId,
    pub event: WebhookEvent,
    /// The body, as JSON.
    pub payload: String,
    pub status: DeliveryStatus,
    /// Since it was made or replayed.
    pub attempts: i32,
    /// When it is tried next, while it is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<DateTime<Utc>>,
    /// What went wrong on the last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// What the receiver last answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_status: Option<i32>,
    pub created_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
}
