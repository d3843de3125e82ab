//! One reader of a list that grows: rows first, then the bus, and rows again whenever the bus may have lost something.
//!
//! The rows are what goes out; the bus only makes it fast. Bytes are made when the client takes them, so a client that does
//! not read costs its subscription's bounded buffer and nothing else. [`Feed`] is the frame of every stream: how it begins,
//! keeps alive and ends. What is read, and what a notice of the bus means, is a [`Source`]'s: `job` and `alerts`.

mod alerts;
mod job;
mod wire;

use std::{io, sync::Arc, time::Duration};

use broker::{Notice, Subscription};
use futures::{StreamExt, stream::BoxStream};
use store::Owner;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::state::{Reader, State};

pub(crate) use alerts::Alerts;
pub(crate) use job::JobEvents;

/// The pause between two looks at the rows while the bus, or the database, is down; spread by half of it each way.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What the reader does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Read rows.
    Read,
    /// Listen to the bus.
    Listen,
    /// Wait until this instant, or until the bus is back, and read rows.
    Wait(Instant),
    /// Say goodbye: the client shall come back.
    Leave,
    /// The list is complete.
    Over,
}

/// Where the reader stands.
pub(crate) struct Place {
    state: Arc<State>,
    owner: Owner,
    subscription: Subscription,
    /// The number of the last entry that was sent, or that is not for this reader.
    last: i64,
    is_bus_down: bool,
    phase: Phase,
    /// When silence has lasted too long.
    ping_at: Instant,
    leave_at: Instant,
    _reader: Reader,
}

/// What is followed. Both methods set the phase that comes after them.
pub(crate) trait Source: Send + 'static {
    /// Sends the next page of rows.
    fn read(&mut self, at: &mut Place, out: &mut Vec<u8>) -> impl Future<Output = ()> + Send;

    /// Waits for the bus.
    fn listen(&mut self, at: &mut Place, out: &mut Vec<u8>) -> impl Future<Output = ()> + Send;
}

/// A stream of what a source has.
pub(crate) struct Feed<S> {
    at: Place,
    source: S,
    is_new: bool,
}

impl<S: Source> Feed<S> {
    /// Of what comes after the number `after`.
    pub(crate) fn new(
        source: S,
        state: Arc<State>,
        owner: Owner,
        after: i64,
        subscription: Subscription,
        reader: Reader,
    ) -> Self {
        metrics::gauge!("portolan_sse_clients").increment(1.0);
        let now = Instant::now();
        let at = Place {
            owner,
            subscription,
            last: after,
            is_bus_down: false,
            phase: Phase::Read,
            // The first ones come early, each at another time: clients that came together do not ping together.
            ping_at: now + spread(state.heartbeat, 0.5..=1.0),
            leave_at: now + spread(state.lifetime, 0.75..=1.0),
            state,
            _reader: reader,
        };
        Self { at, source, is_new: true }
    }

    /// The bytes of the stream.
    pub(crate) fn into_stream(self) -> BoxStream<'static, Result<Vec<u8>, io::Error>> {
        futures::stream::unfold(self, |mut feed| async move {
            let bytes = feed.next_bytes().await?;
            Some((Ok(bytes), feed))
        })
        .boxed()
    }

    async fn next_bytes(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        if self.is_new {
            self.is_new = false;
            wire::write_retry(&mut out);
        }
        loop {
            match self.at.phase {
                Phase::Read => {
                    self.source.read(&mut self.at, &mut out).await;
                    self.at.settle(&mut out);
                }
                Phase::Listen => self.source.listen(&mut self.at, &mut out).await,
                Phase::Wait(until) => self.at.wait(until).await,
                Phase::Leave => {
                    wire::write_retry(&mut out);
                    self.at.phase = Phase::Over;
                }
                Phase::Over if out.is_empty() => return None,
                Phase::Over => {}
            }
            if !out.is_empty() {
                self.at.ping_at = Instant::now() + self.at.state.heartbeat;
                return Some(out);
            }
        }
    }
}

impl<S> Drop for Feed<S> {
    fn drop(&mut self) {
        metrics::gauge!("portolan_sse_clients").decrement(1.0);
    }
}

impl Place {
    /// After a look at the rows: a sign of life where there was nothing for long, and goodbye where it is time.
    fn settle(&mut self, out: &mut Vec<u8>) {
        let now = Instant::now();
        if self.phase == Phase::Over {
            return;
        }
        if out.is_empty() && now >= self.ping_at {
            out.extend_from_slice(b": ping\n\n");
        }
        if now >= self.leave_at || self.state.shutdown.is_cancelled() {
            self.phase = Phase::Leave;
        }
    }

    /// The next notice of the bus. None: there is none by `until`, so rows are read next, or it is time to leave.
    async fn notice(&mut self, until: Instant) -> Option<Notice> {
        tokio::select! {
            biased;
            () = self.state.shutdown.cancelled() => {
                self.phase = Phase::Leave;
                None
            }
            notice = timeout_at(until, self.subscription.recv()) => {
                if notice.is_err() {
                    self.phase = Phase::Read;
                }
                notice.ok()
            }
        }
    }

    /// The bus went or came back: what it lost is in the rows.
    fn bus_is_down(&mut self, is_down: bool) {
        self.is_bus_down = is_down;
        self.phase = Phase::Read;
    }

    /// Waits for the next look at the rows. What the bus says meanwhile is in the rows.
    async fn wait(&mut self, until: Instant) {
        tokio::select! {
            biased;
            () = self.state.shutdown.cancelled() => self.phase = Phase::Leave,
            () = sleep_until(until) => self.phase = Phase::Read,
            notice = self.subscription.recv() => match notice {
                Notice::Restored => self.bus_is_down(false),
                Notice::Down => self.is_bus_down = true,
                Notice::Event(_) | Notice::Hint { .. } | Notice::Lagged => {}
            },
        }
    }
}

fn spread(span: Duration, share: std::ops::RangeInclusive<f64>) -> Duration {
    span.mul_f64(rand::random_range(share))
}
