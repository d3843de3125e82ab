//! What a node and a task may do to the outside.

use std::{
    any::Any,
    collections::HashMap,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::FutureExt;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Entry, EntryState, Record, RetryPolicy, StepError, buffer::Buffer};

/// One role: typed input (its fields), typed output.
pub trait Agent<S: Send + Sync>: Sync {
    const NAME: &'static str;
    type Output: Serialize + DeserializeOwned + Send;

    fn run(&self, ctx: &TaskCtx<'_, S>) -> impl Future<Output = Result<Self::Output, StepError>> + Send;
}

/// What firing an effect a second time would mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing. Not journaled: the task's row covers it.
    Pure,
    /// Nothing, because the other side knows the key (`TaskCtx::idempotency_key`). Journaled when it finished.
    Idempotent,
    /// Harm. The intent is committed before it is fired, and it is never fired again silently.
    Ambiguous(OnAmbiguous),
}

/// What to do about an effect of which only the intent is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnAmbiguous {
    Fail,
    /// Pause the job with a question; the answer `repeat` fires it again, any other ends the job.
    Ask,
}

/// The journal entries of one node visit: those of earlier claims and those of this one.
#[derive(Default)]
pub(crate) struct Entries(Mutex<HashMap<String, Entry>>);

impl Entries {
    pub(crate) fn new(entries: HashMap<String, Entry>) -> Self {
        Self(Mutex::new(entries))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, path: &str) -> Option<Entry> {
        self.lock().get(path).cloned()
    }

    fn complete(&self, path: &str, attempts: u32, output: Value) {
        self.lock().insert(path.to_owned(), Entry { state: EntryState::Completed(output), attempts });
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}

/// A node's view of its run.
pub struct Ctx<'a, S> {
    pub(crate) services: &'a S,
    pub(crate) node: &'static str,
    /// The node visit's path: the node's name, with `@n` from its second visit on.
    pub(crate) visit: String,
    pub(crate) step: u32,
    pub(crate) entries: &'a Entries,
    pub(crate) decision: Option<&'a Value>,
    /// The unresolved effect that a person decided about, and whether to fire it again.
    pub(crate) resolved: Option<(String, bool)>,
    pub(crate) buffer: &'a Buffer,
    pub(crate) stop: &'a Arc<AtomicBool>,
    pub(crate) retry: RetryPolicy,
}

impl<S: Send + Sync> Ctx<'_, S> {
    #[must_use]
    pub fn services(&self) -> &S {
        self.services
    }

    /// The newest decision of a person, as the journal keeps it.
    #[must_use]
    pub fn decision(&self) -> Option<&Value> {
        self.decision
    }

    /// The how-manieth node visit of the job this is, from 1.
    #[must_use]
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Set when the work is to end: for blocking code, which a dropped future does not stop.
    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(self.stop)
    }

    /// Runs an agent as a durable task: a finished one is not run again but read from the journal. A panic is a failed
    /// attempt. Several may run side by side with `futures::try_join!`; the paths must differ.
    ///
    /// # Errors
    /// The agent's own fatal error, or that of its last attempt.
    pub async fn run<A: Agent<S>>(&self, agent: &A) -> Result<A::Output, StepError> {
        let path = format!("{}/{}", self.visit, A::NAME);
        let mut attempt = match self.entries.get(&path) {
            Some(Entry { state: EntryState::Completed(output), .. }) => return decode(&path, &output),
            Some(entry) => entry.attempts,
            None => 0,
        };
        let mut tries = 0;
        loop {
            if self.buffer.is_full() {
                self.buffer.flushed().await;
            }
            attempt += 1;
            tries += 1;
            let error = match self.attempt(agent, &path, attempt).await {
                Ok(output) => return Ok(output),
                Err(error) => error,
            };
            let wait = match &error {
                StepError::Retry { after, .. } => self.retry.wait(tries, *after),
                StepError::Fatal(_) | StepError::Ambiguous { .. } => None,
            };
            self.buffer.push(Record::TaskFailed {
                path: path.clone(),
                agent: A::NAME,
                step: self.step,
                attempt,
                error: error.to_string(),
                retry_in_ms: wait.map(millis),
            });
            let Some(wait) = wait else { return Err(exhausted(A::NAME, tries, error)) };
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt<A: Agent<S>>(&self, agent: &A, path: &str, attempt: u32) -> Result<A::Output, StepError> {
        self.buffer.push(Record::TaskStarted {
            node: self.node,
            path: path.to_owned(),
            agent: A::NAME,
            step: self.step,
            attempt,
        });
        let started = Instant::now();
        let task = TaskCtx { ctx: self, path, agent: A::NAME, spent_microusd: AtomicI64::new(0) };
        let output = AssertUnwindSafe(agent.run(&task))
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| Err(StepError::retry(panic_message(&*panic))))?;
        let value = encode(path, &output)?;
        self.entries.complete(path, attempt, value.clone());
        self.buffer.push(Record::TaskCompleted {
            node: self.node,
            path: path.to_owned(),
            agent: A::NAME,
            step: self.step,
            attempt,
            output: value,
            duration: started.elapsed(),
            cost_microusd: task.spent_microusd.load(Ordering::Relaxed),
        });
        Ok(output)
    }
}

/// A task's view of its run.
pub struct TaskCtx<'a, S> {
    ctx: &'a Ctx<'a, S>,
    path: &'a str,
    agent: &'static str,
    spent_microusd: AtomicI64,
}

impl<S: Send + Sync> TaskCtx<'_, S> {
    #[must_use]
    pub fn services(&self) -> &S {
        self.ctx.services
    }

    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        self.ctx.stop_flag()
    }

    #[must_use]
    pub fn step(&self) -> u32 {
        self.ctx.step
    }

    /// Shows something to people: one line, and data if there are any.
    pub fn show(&self, summary: impl Into<String>, output: Option<Value>) {
        self.ctx.buffer.push(Record::Output {
            node: self.ctx.node,
            path: self.path.to_owned(),
            agent: self.agent,
            step: self.ctx.step,
            summary: summary.into(),
            output,
        });
    }

    /// Adds to what the task costs, in millionths of a US dollar; committed with the task.
    pub fn spend(&self, microusd: i64) {
        self.spent_microusd.fetch_add(microusd, Ordering::Relaxed);
    }

    /// The key under which the other side recognises a repeated call of the idempotent effect `name` of this job's task:
    /// the effect's path. Prefix it with the job's id.
    #[must_use]
    pub fn idempotency_key(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    /// Calls a tool or a model.
    ///
    /// # Errors
    /// The call's own; [`StepError::Retry`] after `timeout`; for an ambiguous effect found unresolved, what its policy says.
    pub async fn effect<T, F, Fut>(&self, name: &str, class: Effect, timeout: Duration, call: F) -> Result<T, StepError>
    where
        T: Serialize + DeserializeOwned + Send,
        F: FnOnce() -> Fut + Send,
        Fut: Future<Output = Result<T, StepError>> + Send,
    {
        let path = format!("{}/{name}", self.path);
        if class == Effect::Pure {
            return bounded(&path, timeout, call()).await;
        }
        match self.ctx.entries.get(&path).map(|entry| entry.state) {
            Some(EntryState::Completed(output)) => return decode(&path, &output),
            Some(EntryState::Open) => self.resolve(&path, class)?,
            None => {}
        }
        if let Effect::Ambiguous(_) = class {
            self.ctx.buffer.push(Record::EffectIntended { path: path.clone(), agent: self.agent, step: self.ctx.step });
            self.ctx.buffer.flushed().await;
        }
        let output = bounded(&path, timeout, call()).await?;
        let value = encode(&path, &output)?;
        self.ctx.entries.complete(&path, 1, value.clone());
        self.ctx.buffer.push(Record::EffectCompleted { path, agent: self.agent, step: self.ctx.step, output: value });
        // What follows may act on it, so it must not be lost.
        self.ctx.buffer.flushed().await;
        Ok(output)
    }

    /// The effect was started in an earlier claim and its end is not known: may it be fired (again)?
    fn resolve(&self, path: &str, class: Effect) -> Result<(), StepError> {
        let decided = self.ctx.resolved.as_ref().filter(|(effect, _)| effect == path).map(|(_, repeat)| *repeat);
        match (class, decided) {
            (Effect::Pure | Effect::Idempotent, _) | (Effect::Ambiguous(_), Some(true)) => Ok(()),
            (Effect::Ambiguous(OnAmbiguous::Ask), None) => Err(StepError::Ambiguous { effect: path.to_owned() }),
            (Effect::Ambiguous(OnAmbiguous::Fail), None) | (Effect::Ambiguous(_), Some(false)) => {
                Err(StepError::fatal(
                    "task_failed",
                    format!("A worker died while it was calling {path}; whether the call took effect is not known"),
                    "Look at the other side, then submit the request again",
                ))
            }
        }
    }
}

async fn bounded<T>(
    path: &str,
    timeout: Duration,
    call: impl Future<Output = Result<T, StepError>>,
) -> Result<T, StepError> {
    tokio::time::timeout(timeout, call)
        .await
        .unwrap_or_else(|_| Err(StepError::retry(format!("{path} did not answer within {} ms", timeout.as_millis()))))
}

fn exhausted(agent: &str, tries: u32, error: StepError) -> StepError {
    match error {
        StepError::Retry { message, .. } => StepError::fatal(
            "task_failed",
            format!("The {agent} agent failed {tries} times; the last time: {message}"),
            "What was found before is kept. Submit the request again later",
        ),
        other => other,
    }
}

fn decode<T: DeserializeOwned>(path: &str, output: &Value) -> Result<T, StepError> {
    T::deserialize(output).map_err(|error| {
        StepError::fatal("internal", format!("The journaled output of {path} cannot be read: {error}"), "Report this")
    })
}

fn encode<T: Serialize>(path: &str, output: &T) -> Result<Value, StepError> {
    serde_json::to_value(output).map_err(|error| {
        StepError::fatal("internal", format!("The output of {path} cannot be written: {error}"), "Report this")
    })
}

pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    format!("panicked: {}", text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
