//! One reader of one job's events: rows first, then the bus, and rows again whenever the bus may have lost something.
//!
//! The list that goes out is the journal: `seq` by `seq`, without a gap and without a repetition. The bus only makes it
//! fast. Bytes are made when the client takes them, so a client that does not read costs its subscription's bounded buffer
//! and nothing else.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use broker::{Notice, Subscription};
use domain::JobId;
use futures::{FutureExt, StreamExt, stream::BoxStream};
use store::{Job, Owner};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::state::{Reader, State};

/// What `Store::events` returns at most; a shorter page is the last one.
const PAGE_ROWS: usize = 500;
/// Ready events are sent together up to about this size.
const CHUNK_BYTES: usize = 16 * 1024;
/// The pause between two looks at the rows while the bus, or the database, is down; spread by half of it each way.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);
/// When a client should connect again, drawn evenly, so that a restart is not followed by a storm.
const RETRY_MS: std::ops::RangeInclusive<u32> = 1_000..=5_000;

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

pub(crate) struct Follower {
    state: Arc<State>,
    owner: Owner,
    job_id: JobId,
    subscription: Subscription,
    /// The last event that was sent.
    last: i64,
    /// Its terminal event is written; what is left is rows.
    has_ended: bool,
    is_bus_down: bool,
    is_new: bool,
    phase: Phase,
    /// When silence has lasted too long.
    ping_at: Instant,
    leave_at: Instant,
    _reader: Reader,
}

impl Follower {
    pub(crate) fn new(
        state: Arc<State>,
        owner: Owner,
        job: &Job,
        after: i64,
        subscription: Subscription,
        reader: Reader,
    ) -> Self {
        metrics::gauge!("portolan_sse_clients").increment(1.0);
        let now = Instant::now();
        Self {
            owner,
            job_id: job.id,
            subscription,
            last: after,
            has_ended: job.status.is_terminal(),
            is_bus_down: false,
            is_new: true,
            phase: Phase::Read,
            // The first ones come early, each at another time: clients that came together do not ping together.
            ping_at: now + spread(state.heartbeat, 0.5..=1.0),
            leave_at: now + spread(state.lifetime, 0.75..=1.0),
            state,
            _reader: reader,
        }
    }

    /// The bytes of the stream.
    pub(crate) fn into_stream(self) -> BoxStream<'static, Result<Vec<u8>, io::Error>> {
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
                Phase::Wait(until) => self.wait(until).await,
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
        let rows = self.state.store().events(&self.owner, self.job_id, self.last).await;
        drop(turn);
        match rows {
            Ok(rows) => {
                for row in &rows {
                    write_event(out, row.seq, &row.kind, &row.envelope(self.job_id));
                    self.last = row.seq;
                    self.has_ended |= is_terminal(&row.kind);
                }
                self.phase = match (rows.len() >= PAGE_ROWS, self.has_ended, self.is_bus_down) {
                    (true, ..) => Phase::Read,
                    (false, true, _) => Phase::Over,
                    (false, false, true) => Phase::Wait(next_look()),
                    (false, false, false) => Phase::Listen,
                };
            }
            Err(error) => {
                tracing::debug!(job.id = %self.job_id, "Events of job {} cannot be read yet: {error}", self.job_id);
                self.phase = Phase::Wait(next_look());
            }
        }
        let now = Instant::now();
        if out.is_empty() && self.phase != Phase::Over && now >= self.ping_at {
            out.extend_from_slice(b": ping\n\n");
        }
        if self.phase != Phase::Over && (now >= self.leave_at || self.state.shutdown.is_cancelled()) {
            self.phase = Phase::Leave;
        }
    }

    /// Waits for the bus, and sends what is there together.
    async fn listen(&mut self, out: &mut Vec<u8>) {
        let until = self.ping_at.min(self.leave_at);
        let notice = tokio::select! {
            biased;
            () = self.state.shutdown.cancelled() => {
                self.phase = Phase::Leave;
                return;
            }
            notice = timeout_at(until, self.subscription.recv()) => notice,
        };
        // Silence: send a sign of life, and look whether the bus lost something.
        let Ok(notice) = notice else {
            self.phase = Phase::Read;
            return;
        };
        self.hear(&notice, out);
        while self.phase == Phase::Listen && out.len() < CHUNK_BYTES {
            let Some(notice) = self.subscription.recv().now_or_never() else { return };
            self.hear(&notice, out);
        }
    }

    /// Takes an event if it is the next one. Anything else means that rows must be read.
    fn hear(&mut self, notice: &Notice, out: &mut Vec<u8>) {
        match notice {
            Notice::Event(event) if event.seq <= self.last => {}
            Notice::Event(event) if event.seq == self.last + 1 => {
                write_event(out, event.seq, &event.kind, &event.json);
                self.last = event.seq;
                if is_terminal(&event.kind) {
                    self.phase = Phase::Over;
                }
            }
            Notice::Hint { seq } if *seq <= self.last => {}
            Notice::Down => {
                self.is_bus_down = true;
                self.phase = Phase::Read;
            }
            Notice::Restored => {
                self.is_bus_down = false;
                self.phase = Phase::Read;
            }
            Notice::Event(_) | Notice::Hint { .. } | Notice::Lagged => self.phase = Phase::Read,
        }
    }

    /// Waits for the next look at the rows. What the bus says meanwhile is in the rows.
    async fn wait(&mut self, until: Instant) {
        tokio::select! {
            biased;
            () = self.state.shutdown.cancelled() => self.phase = Phase::Leave,
            () = sleep_until(until) => self.phase = Phase::Read,
            notice = self.subscription.recv() => match notice {
                Notice::Restored => {
                    self.is_bus_down = false;
                    self.phase = Phase::Read;
                }
                Notice::Down => self.is_bus_down = true,
                Notice::Event(_) | Notice::Hint { .. } | Notice::Lagged => {}
            },
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        metrics::gauge!("portolan_sse_clients").decrement(1.0);
    }
}

fn next_look() -> Instant {
    Instant::now() + spread(LOOK_EVERY, 0.5..=1.5)
}

pub(crate) fn spread(span: Duration, share: std::ops::RangeInclusive<f64>) -> Duration {
    span.mul_f64(rand::random_range(share))
}

pub(crate) fn write_retry(out: &mut Vec<u8>) {
    write_text(out, format_args!("retry: {}\n\n", rand::random_range(RETRY_MS)));
}

/// One event in the format of server-sent events. The JSON goes out as it came.
pub(crate) fn write_event(out: &mut Vec<u8>, seq: i64, kind: &str, json: &str) {
    out.reserve(json.len() + kind.len() + 40);
    write_text(out, format_args!("id: {seq}\nevent: {kind}\n"));
    for line in json.split('\n') {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out.push(b'\n');
}

fn write_text(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("memory takes every byte");
}

/// What [`domain::Event::is_terminal`] says, of the tag alone.
fn is_terminal(kind: &str) -> bool {
    matches!(kind, "complete" | "error")
}

#[cfg(test)]
mod tests {
    use domain::{
        Event,
        event::{Alert, Complete, Error},
        job::{JobError, JobStatus, Reason},
    };

    use super::*;

    #[test]
    fn tags_and_events_agree_on_the_end() {
        let error = JobError {
            code: Reason::Requested,
            title: String::new(),
            cause: String::new(),
            hint: String::new(),
            retryable: false,
        };
        let alert = Alert { code: String::new(), message: String::new(), task: None, feedback_id: None };
        for event in [
            Event::Complete(Complete { summary: String::new(), result: serde_json::Value::Null }),
            Event::Error(Error { status: JobStatus::Failed, error }),
            Event::Alert(alert),
        ] {
            assert_eq!(is_terminal(event.kind()), event.is_terminal());
        }
    }

    #[test]
    fn an_event_is_one_block() {
        let mut out = Vec::new();
        write_event(&mut out, 7, "alert", "{\n}");
        assert_eq!(String::from_utf8(out).unwrap(), "id: 7\nevent: alert\ndata: {\ndata: }\n\n");
    }
}
