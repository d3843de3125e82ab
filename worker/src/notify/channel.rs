//! The seam between the outbox and the networks that we do not own.

use std::{future::Future, time::Duration};

use chrono::{DateTime, Utc};
use store::ClaimedDelivery;

/// A message, at the moment in which it is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) delivery: &'a ClaimedDelivery,
    pub(super) now: DateTime<Utc>,
}

/// The receiver took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    /// What it answered, where the protocol has a number for that.
    pub(super) status: Option<u16>,
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Try again, not sooner than the receiver asks.
    Retry { after: Option<Duration> },
    /// Trying the same again is pointless.
    GiveUp,
    /// The receiver wants nothing any more.
    Disable,
}

/// A failed attempt, in a sentence for whoever owns the target. It names no address: one may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SendError {
    pub(super) message: String,
    pub(super) status: Option<u16>,
    pub(super) remedy: Remedy,
}

impl SendError {
    pub(super) fn retry(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: None, remedy: Remedy::Retry { after: None } }
    }

    pub(super) fn give_up(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: None, remedy: Remedy::GiveUp }
    }
}

/// One way of telling.
pub(super) trait Channel {
    /// Where to.
    type Target: ?Sized;

    /// Sends the message once. It ends within the attempt's timeout, whatever the receiver does.
    fn send(&self, message: Message<'_>, target: &Self::Target)
    -> impl Future<Output = Result<Sent, SendError>> + Send;
}
