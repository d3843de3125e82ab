//! The connection for commands, and the circuit in front of it.
//!
//! A command either goes out at once on a connection that is believed to be good, or fails at once. The first command that
//! fails or waits too long opens the circuit; the session then probes, and either closes it again or reconnects.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{FromRedisValue, Pipeline, aio::MultiplexedConnection};
use tokio::{sync::Notify, time::timeout};
use tracing::debug;

use crate::error::{Error, NotConnected, Silent};

/// The longest that a ring, an event or a control message holds up its caller.
pub const COMMAND_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest that a health check waits.
pub const PING_TIMEOUT: Duration = Duration::from_secs(2);

pub(crate) struct Link {
    circuit: Mutex<Circuit>,
    trouble: Notify,
}

enum Circuit {
    /// Commands pass.
    Closed(MultiplexedConnection),
    /// A command failed; nothing passes until the session has probed.
    Doubted(MultiplexedConnection, String),
    /// There is no connection.
    Open(String),
}

impl Link {
    pub(crate) fn new() -> Self {
        Self { circuit: Mutex::new(Circuit::Open("not yet".to_owned())), trouble: Notify::new() }
    }

    /// One round trip, bounded by [`COMMAND_TIMEOUT`].
    pub(crate) async fn query<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, Error> {
        self.query_within(commands, COMMAND_TIMEOUT).await
    }

    pub(crate) async fn query_within<T: FromRedisValue>(
        &self,
        commands: &Pipeline,
        limit: Duration,
    ) -> Result<T, Error> {
        let mut connection = match &*self.circuit() {
            Circuit::Closed(connection) => connection.clone(),
            Circuit::Doubted(_, why) | Circuit::Open(why) => {
                return Err(Error::Unavailable(NotConnected(why.clone()).into()));
            }
        };
        match timeout(limit, commands.query_async(&mut connection)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) if error.is_unrecoverable_error() || error.is_io_error() => {
                self.doubt(&error.to_string());
                Err(Error::Unavailable(error.into()))
            }
            Ok(Err(error)) => Err(Error::Refused(error.into())),
            Err(_) => {
                let silent = Silent(limit);
                self.doubt(&silent.to_string());
                Err(Error::Unavailable(silent.into()))
            }
        }
    }

    /// Resolves when a command has opened the circuit.
    pub(crate) async fn trouble(&self) {
        self.trouble.notified().await;
    }

    /// A new connection.
    pub(crate) fn connected(&self, connection: MultiplexedConnection) {
        *self.circuit() = Circuit::Closed(connection);
    }

    /// The connection was probed and is good.
    pub(crate) fn trust(&self) {
        let mut circuit = self.circuit();
        if let Circuit::Doubted(connection, _) = &*circuit {
            *circuit = Circuit::Closed(connection.clone());
        }
    }

    pub(crate) fn disconnected(&self, why: String) {
        *self.circuit() = Circuit::Open(why);
    }

    fn doubt(&self, why: &str) {
        let mut circuit = self.circuit();
        if let Circuit::Closed(connection) = &*circuit {
            debug!(error = why, "A command to Redis failed; commands fail at once until it is probed: {why}");
            *circuit = Circuit::Doubted(connection.clone(), why.to_owned());
            self.trouble.notify_one();
        }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
