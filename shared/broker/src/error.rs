//! What a caller of the broker can do about a failure.

use std::time::Duration;

/// A cause whose type stays inside this crate.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Variants by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Go on without: the rows are the truth, the sweep rings again and readers poll.
    #[error("Redis is not available")]
    Unavailable(#[source] BoxError),
    /// Redis is there and does not want the command: no memory, no permission, a replica.
    #[error("Redis refused the command")]
    Refused(#[source] BoxError),
    /// Mend the configuration.
    #[error("the address of Redis cannot be used")]
    Address(#[source] BoxError),
    /// Mend the configuration.
    #[error("the prefix {0:?} cannot be used: 1 to 64 letters, digits, '_', '-', '.' or ':'")]
    Prefix(String),
    /// Mend the call.
    #[error("a consumer needs at least one slot")]
    NoSlots,
}

/// Redis was silent for longer than we wait.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {0:?}")]
pub(crate) struct Silent(pub(crate) Duration);

/// There is no connection at the moment; the text says why.
#[derive(Debug, thiserror::Error)]
#[error("not connected: {0}")]
pub(crate) struct NotConnected(pub(crate) String);
