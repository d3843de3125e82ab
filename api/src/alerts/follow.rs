//! One reader of a tenant's alerts: rows first, then hints of the bus, and rows again whenever one comes, or none for a while.
//!
//! An alert is a row that changes, and its number grows with every change that people are told of. So the reader holds one
//! number, and whatever a hint says, the rows after it are what goes out: nothing is missed, and nothing is older than what
//! was sent before.

use std::{io, sync::Arc, time::Duration};

use broker::{Notice, Subscription};
use domain::alert::AlertRecord;
use futures::{StreamExt, stream::BoxStream};
use store::Owner;
use tokio::time::{Instant, timeout_at};

use crate::{
    follow::{LOOK_EVERY, spread, write_event, write_retry},
    state::{Reader, State},
};

/// Alerts that go out together; one may have 70 KB.
const PAGE_ROWS: u64 = 50;
/// The pause between two looks at the rows while the bus is there: whoever changes an alert and does not say so is heard of
/// no later.
const LOOK_ANYWAY_EVERY: Duration = Duration::from_secs(4);

/// What the reader does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Read rows.
    Read,
    /// Listen to the bus until the next look.
    Listen,
    /// Say goodbye: the client shall come back.
    Leave,
    Over,
}

pub(super) struct AlertFollower {
    state: Arc<State>,
    owner: Owner,
    user_id: Option<String>,
    subscription: Subscription,
    /// Everything up to this number was sent, or is not for this reader.
    last: i64,
    is_bus_down: bool,
    is_new: bool,
    phase: Phase,
    look_at: Instant,
    /// When silence has lasted too long.
    ping_at: Instant,
    leave_at: Instant,
    _reader: Reader,
}

impl AlertFollower {
    pub(super) fn new(
        state: Arc<State>,
        (owner, user_id): (Owner, Option<String>),
        after: i64,
        subscription: Subscription,
        reader: Reader,
    ) -> Self {
        metrics::gauge!("portolan_sse_clients").increment(1.0);
        let now = Instant::now();
        Self {
            owner,
            user_id,
            subscription,
            last: after,
            is_bus_down: false,
            is_new: true,
            phase: Phase::Read,
            look_at: now,
            ping_at: now + spread(state.heartbeat, 0.5..=1.0),
            leave_at: now + spread(state.lifetime, 0.75..=1.0),
            state,
            _reader: reader,
        }
    }

    /// The bytes of the stream.
    pub(super) fn into_stream(self) -> BoxStream<'static, Result<Vec<u8>, io::Error>> {
        futures::stream::unfold(self, |mut follower| async move {
            let bytes = follower.next_bytes().await?;
            Some((Ok(bytes), follower))
        })
        .boxed()
    }

    async fn next_bytes(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        if self.is_new {
            self.is_new = false;
            write_retry(&mut out);
        }
        loop {
            match self.phase {
                Phase::Read => self.read(&mut out).await,
                Phase::Listen => self.listen(&mut out).await,
                Phase::Leave => {
                    write_retry(&mut out);
                    self.phase = Phase::Over;
                }
                Phase::Over if out.is_empty() => return None,
                Phase::Over => {}
            }
            if !out.is_empty() {
                self.ping_at = Instant::now() + self.state.heartbeat;
                return Some(out);
            }
        }
    }

    /// Sends the next page of rows.
    async fn read(&mut self, out: &mut Vec<u8>) {
        let turn = self.state.reads.acquire().await;
        let changes = self.state.store().alerts_after(&self.owner, self.user_id.as_deref(), self.last, PAGE_ROWS).await;
        drop(turn);
        let every = match changes {
            Ok(changes) => {
                changes.alerts.iter().for_each(|alert| write_alert(out, alert));
                self.last = changes.upto;
                self.phase = if changes.is_more { Phase::Read } else { Phase::Listen };
                if self.is_bus_down { LOOK_EVERY } else { LOOK_ANYWAY_EVERY }
            }
            Err(error) => {
                tracing::debug!("Alerts cannot be read yet: {error}");
                self.phase = Phase::Listen;
                LOOK_EVERY
            }
        };
        let now = Instant::now();
        self.look_at = now + spread(every, 0.5..=1.5);
        if now >= self.leave_at || self.state.shutdown.is_cancelled() {
            self.phase = Phase::Leave;
        }
    }

    /// Waits for a hint, for the next look, or for the time of a sign of life.
    async fn listen(&mut self, out: &mut Vec<u8>) {
        let until = self.ping_at.min(self.leave_at).min(self.look_at);
        let notice = tokio::select! {
            biased;
            () = self.state.shutdown.cancelled() => {
                self.phase = Phase::Leave;
                return;
            }
            notice = timeout_at(until, self.subscription.recv()) => notice,
        };
        match notice {
            Ok(Notice::Hint { seq }) if seq <= self.last => {}
            Ok(Notice::Down) => {
                self.is_bus_down = true;
                self.phase = Phase::Read;
            }
            Ok(Notice::Restored) => {
                self.is_bus_down = false;
                self.phase = Phase::Read;
            }
            Ok(Notice::Hint { .. } | Notice::Event(_) | Notice::Lagged) => self.phase = Phase::Read,
            Err(_) => {
                if Instant::now() >= self.ping_at {
                    out.extend_from_slice(b": ping\n\n");
                }
                self.phase = Phase::Read;
            }
        }
    }
}

impl Drop for AlertFollower {
    fn drop(&mut self) {
        metrics::gauge!("portolan_sse_clients").decrement(1.0);
    }
}

fn write_alert(out: &mut Vec<u8>, alert: &AlertRecord) {
    match serde_json::to_string(alert) {
        Ok(json) => write_event(out, alert.seq, "alert", &json),
        Err(error) => tracing::error!(alert.id = %alert.id, "Alert {} cannot be written: {error}", alert.id),
    }
}
