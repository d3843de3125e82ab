//! One job's events. The list that goes out is the journal: `seq` by `seq`, without a gap and without a repetition.

use broker::Notice;
use domain::JobId;
use futures::FutureExt;
use store::Job;
use tokio::time::Instant;

use super::{LOOK_EVERY, Phase, Place, Source, spread, wire::write_event};

/// What `Store::events` returns at most; a shorter page is the last one.
const PAGE_ROWS: usize = 500;
/// Ready events are sent together up to about this size.
const CHUNK_BYTES: usize = 16 * 1024;

pub(crate) struct JobEvents {
    job_id: JobId,
    /// Its terminal event is written; what is left is rows.
    has_ended: bool,
}

impl JobEvents {
    pub(crate) fn of(job: &Job) -> Self {
        Self { job_id: job.id, has_ended: job.status.is_terminal() }
    }

    /// Takes an event if it is the next one. Anything else means that rows must be read.
    fn hear(notice: &Notice, at: &mut Place, out: &mut Vec<u8>) {
        match notice {
            Notice::Event(event) if event.seq <= at.last => {}
            Notice::Event(event) if event.seq == at.last + 1 => {
                write_event(out, event.seq, &event.kind, &event.json);
                at.last = event.seq;
                if is_terminal(&event.kind) {
                    at.phase = Phase::Over;
                }
            }
            Notice::Hint { seq } if *seq <= at.last => {}
            Notice::Down => at.bus_is_down(true),
            Notice::Restored => at.bus_is_down(false),
            Notice::Event(_) | Notice::Hint { .. } | Notice::Lagged => at.phase = Phase::Read,
        }
    }
}

impl Source for JobEvents {
    async fn read(&mut self, at: &mut Place, out: &mut Vec<u8>) {
        let turn = at.state.reads.acquire().await;
        let rows = at.state.store().events(&at.owner, self.job_id, at.last).await;
        drop(turn);
        match rows {
            Ok(rows) => {
                for row in &rows {
                    write_event(out, row.seq, &row.kind, &row.envelope(self.job_id));
                    at.last = row.seq;
                    self.has_ended |= is_terminal(&row.kind);
                }
                at.phase = match (rows.len() >= PAGE_ROWS, self.has_ended, at.is_bus_down) {
                    (true, ..) => Phase::Read,
                    (false, true, _) => Phase::Over,
                    (false, false, true) => Phase::Wait(next_look()),
                    (false, false, false) => Phase::Listen,
                };
            }
            Err(error) => {
                tracing::debug!(job.id = %self.job_id, "Events of job {} cannot be read yet: {error}", self.job_id);
                at.phase = Phase::Wait(next_look());
            }
        }
    }

    /// Sends what is there together. Silence lets rows be read, to see whether the bus lost something.
    async fn listen(&mut self, at: &mut Place, out: &mut Vec<u8>) {
        let Some(notice) = at.notice(at.ping_at.min(at.leave_at)).await else { return };
        Self::hear(&notice, at, out);
        while at.phase == Phase::Listen && out.len() < CHUNK_BYTES {
            let Some(notice) = at.subscription.recv().now_or_never() else { return };
            Self::hear(&notice, at, out);
        }
    }
}

fn next_look() -> Instant {
    Instant::now() + spread(LOOK_EVERY, 0.5..=1.5)
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
}
