//! The reading ends: what is said about one topic, and control messages.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{
    broadcast::{self, error::RecvError},
    mpsc, watch,
};
use tracing::debug;

use crate::{
    hub::{Health, Hub, Notice},
    keys::Topic,
    wire::Control,
};

/// What is published about one topic. Dropping the last one of a topic ends the subscription in Redis.
pub struct Subscription {
    hub: Arc<Hub>,
    topic: Topic,
    id: u64,
    events: mpsc::Receiver<Notice>,
    lagged: Arc<AtomicBool>,
    health: watch::Receiver<Health>,
    /// What this reader was last told.
    told: Health,
}

impl Subscription {
    pub(crate) fn new(
        hub: Arc<Hub>,
        topic: Topic,
        id: u64,
        events: mpsc::Receiver<Notice>,
        lagged: Arc<AtomicBool>,
        health: watch::Receiver<Health>,
    ) -> Self {
        let now = *health.borrow();
        // A reader that starts while the bus is down has not been told yet.
        let told = Health { up: true, losses: now.losses - u64::from(!now.up) };
        Self { hub, topic, id, events, lagged, health, told }
    }

    /// The next notice. Waits for as long as nothing happens. Nothing is lost when the future is dropped.
    pub async fn recv(&mut self) -> Notice {
        loop {
            if let Some(turn) = self.turn() {
                return turn;
            }
            if self.lagged.load(Ordering::Acquire) {
                // Nothing is queued while the mark is set, so this ends.
                while self.events.try_recv().is_ok() {}
                self.lagged.store(false, Ordering::Release);
                return Notice::Lagged;
            }
            tokio::select! {
                biased;
                Ok(()) = self.health.changed() => {}
                Some(notice) = self.events.recv() => return notice,
            }
        }
    }

    /// The turn of the bus that this reader has not been told of.
    fn turn(&mut self) -> Option<Notice> {
        let now = *self.health.borrow_and_update();
        if self.told.up && now.losses != self.told.losses {
            self.told = Health { up: false, losses: now.losses };
            return Some(Notice::Down);
        }
        if !self.told.up && now.up {
            self.told = now;
            return Some(Notice::Restored);
        }
        None
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.leave(&self.topic, self.id);
    }
}

/// The control messages to this process, from the moment of its making.
pub struct ControlStream {
    messages: broadcast::Receiver<Control>,
    /// Holds the sending end, so that the stream never ends.
    _hub: Arc<Hub>,
}

impl ControlStream {
    pub(crate) fn new(hub: Arc<Hub>, messages: broadcast::Receiver<Control>) -> Self {
        Self { messages, _hub: hub }
    }

    /// The next message. A receiver that is too slow loses the oldest ones, which the rows also say.
    pub async fn recv(&mut self) -> Control {
        loop {
            match self.messages.recv().await {
                Ok(message) => return message,
                Err(RecvError::Lagged(missed)) => {
                    debug!(missed, "Missed {missed} control messages; the rows have them");
                }
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}
