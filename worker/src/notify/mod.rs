//! Sends what the outbox holds: to webhooks, mailboxes, Slack and PagerDuty.
//!
//! The store's rows are the queue. This room claims due ones under a lease, sends each through its channel, and writes what
//! became of it: delivered, to be tried again, or dead. It makes no message and loses none: what it does not finish, for
//! whatever reason, is claimed again when its lease ends, so a receiver may see a message twice, with the same id.
//!
//! Whatever address a customer gives goes through `crate::outside`, and nothing else here opens a connection for one. Start reading at
//! [`Notifier::run`], then `outbox`, then `channel`.

mod channel;
mod config;
mod email;
mod http;
mod outbox;
mod pagerduty;
mod render;
mod retry;
mod signature;
mod slack;
mod webhook;

use std::sync::Arc;

use dispatch::Dispatch;
use tokio_util::sync::CancellationToken;

pub use crate::outside::{Resolve, SystemResolver};
pub use config::{Config, SmtpConfig, SmtpTls};

/// Why the sending cannot start. Trouble with single messages or passing outages is no error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration contradicts itself.
    #[error("{0}")]
    Config(String),
    /// The mail server's settings cannot be used.
    #[error("the mail server's settings cannot be used")]
    Mail(#[source] lettre::transport::smtp::Error),
}

/// Sends what the outbox holds until `shutdown`; then lets what is on its way arrive.
///
/// # Errors
/// [`Error`] when it cannot start.
pub async fn run(config: Config, dispatch: Dispatch, shutdown: CancellationToken) -> Result<(), Error> {
    Notifier::new(config, dispatch)?.run(shutdown).await;
    Ok(())
}

/// Sends what the outbox holds.
pub struct Notifier {
    outbox: Arc<outbox::Outbox>,
}

impl Notifier {
    /// # Errors
    /// [`Error`] when the configuration cannot be used.
    pub fn new(config: Config, dispatch: Dispatch) -> Result<Self, Error> {
        Self::with_resolver(config, dispatch, Arc::new(SystemResolver))
    }

    /// Asks `resolver` for the addresses of names, and nobody else.
    ///
    /// # Errors
    /// [`Error`] when the configuration cannot be used.
    pub fn with_resolver(config: Config, dispatch: Dispatch, resolver: Arc<dyn Resolve>) -> Result<Self, Error> {
        if let Some(contradiction) = config.contradictions().into_iter().next() {
            return Err(Error::Config(contradiction));
        }
        let outbox = Arc::new(outbox::Outbox::new(config, dispatch, resolver)?);
        Ok(Self { outbox })
    }

    /// Sends until `shutdown`; then lets what is on its way arrive.
    pub async fn run(&self, shutdown: CancellationToken) {
        Arc::clone(&self.outbox).run(shutdown).await;
    }

    /// Sends what is due now, once each, and waits for all of it; says how many attempts that were. For tests and chores.
    ///
    /// # Errors
    /// [`store::Error`] when the database does not answer.
    pub async fn send_due(&self) -> Result<usize, store::Error> {
        Arc::clone(&self.outbox).send_due().await
    }
}
