//! Identities. The only file in which a bare `Uuid` appears in a signature.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID such as 0198c2f0-7d0e-7c3a-9a55-0d6f5c1b2a3e")]
pub struct InvalidId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(poem_openapi::NewType))]
        #[cfg_attr(feature = "sea-orm", derive(sea_orm::DeriveValueType))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Mints an id that sorts by the time of its minting (UUIDv7).
            #[must_use]
            #[expect(clippy::new_without_default, reason = "minting an id is an act, not a default")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The 128 bits, for a hash or a column.
            #[must_use]
            pub fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text).map(Self).map_err(|_| InvalidId)
            }
        }

        /// SeaORM asks for it of every key; our keys never come from a counter.
        #[cfg(feature = "sea-orm")]
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    };
}

id!(/// One durable execution of a workflow.
    JobId);
id!(/// One pause of a job for a person: an approval or a question.
    GateId);
id!(/// One person's verdict on a finished job.
    FeedbackId);
id!(/// What starts jobs by the clock.
    ScheduleId);
id!(/// What looks at something by itself, again and again.
    WatchId);
id!(/// Something that people should know, and its history.
    AlertId);
id!(/// A place of a person or of a tenant where alerts are told.
    ChannelId);
id!(/// An address that is told of events.
    WebhookId);
id!(/// One message to one address, the same on every attempt.
    DeliveryId);
id!(/// What a message goes to: a webhook or a channel.
    TargetId);
id!(/// One start of a worker process. Never reused: a restarted worker is another worker.
    WorkerId);

impl From<WebhookId> for TargetId {
    fn from(id: WebhookId) -> Self {
        Self(id.0)
    }
}

impl From<ChannelId> for TargetId {
    fn from(id: ChannelId) -> Self {
        Self(id.0)
    }
}

/// The customer whose data a row is. A short name from configuration, such as `default` or `acme`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::DeriveValueType))]
#[serde(transparent)]
pub struct TenantId(pub String);

impl TenantId {
    /// The tenant of the embedded wiring, which serves exactly one.
    #[must_use]
    pub fn default_tenant() -> Self {
        Self("default".to_owned())
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
