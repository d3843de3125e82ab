//! The loop over nodes.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Instant,
};

use futures::FutureExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    Approved, Ctx, Failure, Journal, JournalError, Next, Node, Record, Resume, RetryPolicy, StepError, StepResult,
    Workflow,
    buffer::Buffer,
    ctx::{Entries, panic_message},
};

/// Node visits of one job; a graph that loops beyond it is at fault.
pub const STEPS_MAX: u32 = 10_000;
/// Attempts of a node whose own code (not a task in it) fails or panics.
const NODE_ATTEMPTS_MAX: u32 = 3;

/// How a run ended without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Completed,
    Failed,
    Paused,
    /// Asked to drain, it stopped behind a committed checkpoint.
    Drained,
    /// Asked to cancel, it dropped what it did. Nothing was written about it.
    Cancelled,
}

/// What surrounds a run.
#[derive(Debug, Clone, Default)]
pub struct Env {
    /// Drops the node at once.
    pub cancel: CancellationToken,
    /// Ends the run behind the next checkpoint.
    pub drain: CancellationToken,
    /// Set when the run ends before its time; blocking code polls it.
    pub stop: Arc<AtomicBool>,
    pub retry: RetryPolicy,
}

/// The engine's part of a checkpoint, around the workflow's state.
#[derive(Serialize, Deserialize)]
struct Envelope {
    step: u32,
    visits: BTreeMap<String, u32>,
    state: Value,
}

/// Drives one claimed job until it ends, pauses, drains, is cancelled or loses its fence.
///
/// # Errors
/// [`JournalError::Fenced`] when the job is somebody else's now; [`JournalError::Unavailable`] when the journal could not
/// be written. Neither says anything of the job itself: its last committed checkpoint stands.
pub async fn run<W: Workflow>(
    resume: Resume,
    services: &W::Services,
    journal: &impl Journal,
    env: &Env,
) -> Result<Ended, JournalError> {
    let buffer = Buffer::new();
    let mut flusher = Flusher { journal, buffer: &buffer, in_flight: None };
    let guard = StopOnDrop(Arc::clone(&env.stop));
    let ended = match Run::<W>::load(resume, &buffer, env) {
        Ok(run) => Box::pin(run.drive(services, &mut flusher)).await?,
        Err(failure) => {
            buffer.push(Record::Failed { failure });
            Ended::Failed
        }
    };
    if ended != Ended::Cancelled {
        flusher.finish().await?;
    }
    drop(guard);
    Ok(ended)
}

/// Blocking code must not outlive its run.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Run<'a, W: Workflow> {
    node: W::Node,
    state: W::State,
    /// The state before the node, for another attempt.
    saved: Value,
    step: u32,
    visits: BTreeMap<String, u32>,
    entries: Entries,
    decision: Option<Value>,
    approved: Option<Approved>,
    buffer: &'a Buffer,
    env: &'a Env,
}

impl<'a, W: Workflow> Run<'a, W> {
    fn load(resume: Resume, buffer: &'a Buffer, env: &'a Env) -> Result<Self, Failure> {
        let unreadable = |what: &str, error: &dyn std::fmt::Display| Failure {
            code: "internal",
            cause: format!("The stored {what} cannot be read: {error}"),
            hint: "Report this; the job's events are kept".to_owned(),
        };
        let (node, envelope) = match resume.checkpoint {
            Some((name, value)) => {
                let node = W::Node::from_name(&name).ok_or_else(|| unreadable("node", &name))?;
                (node, serde_json::from_value(value).map_err(|error| unreadable("checkpoint", &error))?)
            }
            None => (
                W::START,
                Envelope { step: 1, visits: BTreeMap::from([(W::START.name().to_owned(), 1)]), state: resume.initial },
            ),
        };
        let state = W::State::deserialize(&envelope.state).map_err(|error| unreadable("state", &error))?;
        Ok(Self {
            node,
            state,
            saved: envelope.state,
            step: envelope.step,
            visits: envelope.visits,
            entries: Entries::new(resume.entries),
            decision: resume.decision,
            approved: resume.approved,
            buffer,
            env,
        })
    }

    async fn drive<J: Journal>(
        mut self,
        services: &W::Services,
        flusher: &mut Flusher<'_, J>,
    ) -> Result<Ended, JournalError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            if let Err(failure) = self.check_approved() {
                return Ok(self.fail(failure));
            }
            let Some(result) = self.step(services, flusher).await? else { return Ok(Ended::Cancelled) };
            match result {
                Ok(Next::Go(next)) => {
                    attempt = 0;
                    if let Err(failure) = self.advance(next, None) {
                        return Ok(self.fail(failure));
                    }
                    if self.env.drain.is_cancelled() {
                        return Ok(Ended::Drained);
                    }
                }
                Ok(Next::Pause(gate, next)) => return Ok(self.pause(&gate, next)),
                Ok(Next::Done(output)) => return Ok(self.complete(&output)),
                Err(StepError::Fatal(failure)) => return Ok(self.fail(failure)),
                Err(StepError::Ambiguous { effect }) => return Ok(self.ask_about(&effect)),
                Err(StepError::Retry { message, after, .. }) => {
                    let policy = RetryPolicy { attempts_max: NODE_ATTEMPTS_MAX, ..self.env.retry };
                    let Some(wait) = policy.wait(attempt, after) else {
                        return Ok(self.fail(node_failed(self.node.name(), attempt, &message)));
                    };
                    tracing::warn!(
                        node = self.node.name(),
                        attempt,
                        "Node {:?} failed and is tried again: {message}",
                        self.node
                    );
                    tokio::time::sleep(wait).await;
                    if let Err(failure) = self.rewind() {
                        return Ok(self.fail(failure));
                    }
                }
            }
        }
    }

    /// Whether the node may be entered: what it has at stake must be what was approved.
    fn check_approved(&self) -> Result<(), Failure> {
        let Some(approved) = &self.approved else { return Ok(()) };
        let Some(proposal) = W::proposal(self.node, &self.state) else { return Ok(()) };
        let found = (approved.hash)(&proposal);
        if found == approved.digest {
            return Ok(());
        }
        Err(Failure {
            code: "proposal_changed",
            cause: format!(
                "The job's state proposes something else than what was approved (sha256 {found}, approved {})",
                approved.digest
            ),
            hint: "Nothing was done. Find out who changed the stored job, and submit the request again".to_owned(),
        })
    }

    /// One attempt of the node, with the journal written beside it. None when it was cancelled.
    async fn step<J: Journal>(
        &mut self,
        services: &W::Services,
        flusher: &mut Flusher<'_, J>,
    ) -> Result<Option<StepResult<W>>, JournalError> {
        let visit = visit_path(self.node.name(), self.visits.get(self.node.name()).copied().unwrap_or(1));
        let ctx = Ctx {
            services,
            node: self.node.name(),
            visit,
            step: self.step,
            entries: &self.entries,
            decision: self.decision.as_ref(),
            resolved: self.decision.as_ref().and_then(resolved_effect),
            buffer: self.buffer,
            stop: &self.env.stop,
            retry: self.env.retry,
        };
        let (timeout, started) = (W::timeout(self.node), Instant::now());
        let work =
            AssertUnwindSafe(tokio::time::timeout(timeout, W::step(self.node, &mut self.state, &ctx))).catch_unwind();
        let outcome = tokio::select! {
            biased;
            () = self.env.cancel.cancelled() => None,
            outcome = flusher.beside(work) => Some(outcome?),
        };
        metrics::histogram!("portolan_node_seconds", "workflow" => W::NAME, "node" => self.node.name())
            .record(started.elapsed().as_secs_f64());
        Ok(outcome.map(|outcome| match outcome {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StepError::retry(format!("it took longer than {} s", timeout.as_secs()))),
            Err(panic) => Err(StepError::retry(panic_message(&*panic))),
        }))
    }

    /// Moves on to `next` and writes the checkpoint, with `pause` behind it.
    fn advance(&mut self, next: W::Node, pause: Option<Value>) -> Result<(), Failure> {
        if !W::edges(self.node).contains(&next) {
            return Err(internal(format!("{} has no edge from {} to {}", W::NAME, self.node.name(), next.name())));
        }
        if self.step >= STEPS_MAX {
            return Err(internal(format!("{} did not end within {STEPS_MAX} steps", W::NAME)));
        }
        self.node = next;
        self.step += 1;
        *self.visits.entry(next.name().to_owned()).or_insert(0) += 1;
        self.entries.clear();
        self.checkpoint()?;
        if let Some(gate) = pause {
            self.buffer.push(Record::Paused { gate });
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<(), Failure> {
        self.saved = serde_json::to_value(&self.state)
            .map_err(|error| internal(format!("the state cannot be written: {error}")))?;
        let envelope = json!({ "step": self.step, "visits": self.visits, "state": self.saved });
        self.buffer.push(Record::Checkpoint {
            node: self.node.name(),
            step: self.step,
            state: envelope,
            progress: W::progress(self.node, &self.state).min(99),
            headline: W::headline(self.node, &self.state),
        });
        Ok(())
    }

    fn rewind(&mut self) -> Result<(), Failure> {
        self.state = W::State::deserialize(&self.saved)
            .map_err(|error| internal(format!("the state cannot be read: {error}")))?;
        Ok(())
    }

    fn pause(&mut self, gate: &W::Gate, next: W::Node) -> Ended {
        let gate = match serde_json::to_value(gate) {
            Ok(gate) => gate,
            Err(error) => return self.fail(internal(format!("the gate cannot be written: {error}"))),
        };
        match self.advance(next, Some(gate)) {
            Ok(()) => Ended::Paused,
            Err(failure) => self.fail(failure),
        }
    }

    /// A question gate in front of the same node visit, whose journal entries stay.
    fn ask_about(&mut self, effect: &str) -> Ended {
        if let Err(failure) = self.rewind().and_then(|()| self.checkpoint()) {
            return self.fail(failure);
        }
        self.buffer.push(Record::Paused {
            gate: json!({
                "kind": "question",
                "prompt": format!("A worker died while it was calling {effect}. Did the call take effect? \"repeat\" calls again."),
                "proposal": { "effect": effect },
                "options": ["repeat", "stop"],
            }),
        });
        Ended::Paused
    }

    fn complete(&mut self, output: &W::Output) -> Ended {
        match serde_json::to_value(output) {
            Ok(value) => {
                self.buffer.push(Record::Completed { output: value, summary: W::summary(output) });
                Ended::Completed
            }
            Err(error) => self.fail(internal(format!("the result cannot be written: {error}"))),
        }
    }

    fn fail(&mut self, failure: Failure) -> Ended {
        self.buffer.push(Record::Failed { failure });
        Ended::Failed
    }
}

/// The path of the effect that a person was asked about, and whether the answer was to fire it again.
fn resolved_effect(decision: &Value) -> Option<(String, bool)> {
    let effect = decision.pointer("/proposal/effect").and_then(Value::as_str)?;
    Some((effect.to_owned(), decision.get("answer").and_then(Value::as_str) == Some("repeat")))
}

fn visit_path(node: &str, visit: u32) -> String {
    if visit <= 1 { node.to_owned() } else { format!("{node}@{visit}") }
}

fn internal(cause: String) -> Failure {
    Failure { code: "internal", cause, hint: "Report this; the job's events are kept".to_owned() }
}

fn node_failed(node: &str, attempts: u32, message: &str) -> Failure {
    internal(format!("{node} failed {attempts} times; the last time: {message}"))
}

type InFlight<'a> = Pin<Box<dyn Future<Output = Result<u64, JournalError>> + Send + 'a>>;

/// Writes the buffer to the journal, one batch at a time.
struct Flusher<'a, J> {
    journal: &'a J,
    buffer: &'a Buffer,
    in_flight: Option<InFlight<'a>>,
}

impl<'a, J: Journal> Flusher<'a, J> {
    fn start(&mut self) {
        if self.in_flight.is_none()
            && let Some((records, count)) = self.buffer.take()
        {
            let journal: &'a J = self.journal;
            self.in_flight = Some(Box::pin(async move { journal.commit(records).await.map(|()| count) }));
        }
    }

    /// Runs `work`, and whenever it waits, writes what it has recorded.
    async fn beside<T>(&mut self, work: impl Future<Output = T>) -> Result<T, JournalError> {
        let mut work = pin!(work);
        loop {
            // Bounds what a node that never waits can gather.
            let full = self.buffer.is_full();
            let done = poll_fn(|context| {
                if !full && let Poll::Ready(value) = work.as_mut().poll(context) {
                    return Poll::Ready(Ok(Some(value)));
                }
                self.start();
                match self.in_flight.as_mut().map(|batch| batch.as_mut().poll(context)) {
                    Some(Poll::Ready(result)) => {
                        self.in_flight = None;
                        Poll::Ready(result.map(|count| {
                            self.buffer.mark_committed(count);
                            None
                        }))
                    }
                    Some(Poll::Pending) | None => Poll::Pending,
                }
            })
            .await?;
            if let Some(value) = done {
                return Ok(value);
            }
        }
    }

    /// Writes everything that is left.
    async fn finish(mut self) -> Result<(), JournalError> {
        loop {
            self.start();
            let Some(batch) = self.in_flight.take() else { return Ok(()) };
            self.buffer.mark_committed(batch.await?);
        }
    }
}
