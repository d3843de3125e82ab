//! What the engine writes, and what it starts again from.

use std::{collections::HashMap, future::Future, time::Duration};

use serde_json::Value;

/// Why a job fails: a stable code, what happened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub code: &'static str,
    pub cause: String,
    pub hint: String,
}

/// One thing that happened, in the order in which it happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    TaskStarted {
        node: &'static str,
        path: String,
        agent: &'static str,
        step: u32,
        attempt: u32,
    },
    TaskCompleted {
        node: &'static str,
        path: String,
        agent: &'static str,
        step: u32,
        attempt: u32,
        output: Value,
        duration: Duration,
        /// In millionths of a US dollar.
        cost_microusd: i64,
    },
    /// An attempt failed. `retry_in_ms` is none when it was the last.
    TaskFailed {
        path: String,
        agent: &'static str,
        step: u32,
        attempt: u32,
        error: String,
        retry_in_ms: Option<u64>,
    },
    /// What an agent has to show.
    Output {
        node: &'static str,
        path: String,
        agent: &'static str,
        step: u32,
        summary: String,
        output: Option<Value>,
    },
    /// An ambiguous effect is about to be fired.
    EffectIntended {
        path: String,
        agent: &'static str,
        step: u32,
    },
    EffectCompleted {
        path: String,
        agent: &'static str,
        step: u32,
        output: Value,
    },
    /// The job stands before `node`.
    Checkpoint {
        node: &'static str,
        step: u32,
        state: Value,
        progress: u8,
        headline: String,
    },
    /// Follows a checkpoint of the node at which a decision goes on.
    Paused {
        gate: Value,
    },
    Completed {
        output: Value,
        summary: String,
    },
    Failed {
        failure: Failure,
    },
}

/// Where a journaled task or effect stands.
#[derive(Debug, Clone, PartialEq)]
pub enum EntryState {
    /// Started (or, for an effect, intended) and not known to have ended.
    Open,
    Completed(Value),
}

/// A journaled task or effect of the node visit that the job stands in.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub state: EntryState,
    pub attempts: u32,
}

/// What a run starts from.
#[derive(Debug, Clone, Default)]
pub struct Resume {
    /// The newest checkpoint's node and state. None starts at the beginning with `initial`.
    pub checkpoint: Option<(String, Value)>,
    /// The state of a job that has no checkpoint yet.
    pub initial: Value,
    /// Journal entries of the checkpoint's step, by path.
    pub entries: HashMap<String, Entry>,
    /// The newest decision of a person.
    pub decision: Option<Value>,
    /// What that decision approved, if it approved something.
    pub approved: Option<Approved>,
}

/// What a person has approved. Where a node has it at stake ([`crate::Workflow::proposal`]), the run goes on only while the
/// state still proposes the same.
#[derive(Debug, Clone)]
pub struct Approved {
    /// The hash of the proposal that was shown.
    pub digest: String,
    /// How proposals are hashed.
    pub hash: fn(&Value) -> String,
}

/// Why a batch was not written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another claim holds the job, or it ended: stop at once, write nothing.
    #[error("the job is no longer held")]
    Fenced,
    /// The journal did not take the batch and could not be reached for long enough to give up.
    #[error("the journal did not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Where records go. Each batch is committed whole, under the job's fence, or not at all.
pub trait Journal: Send + Sync {
    fn commit(&self, records: Vec<Record>) -> impl Future<Output = Result<(), JournalError>> + Send;
}
