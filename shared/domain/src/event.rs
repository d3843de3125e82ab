//! The job's journal as people read it. Rows first, messages second.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    FeedbackId, GateId, JobId,
    gate::{Decision, GateKind, OnTimeout},
    job::{JobError, JobStatus, Reason},
};

/// One row of a job's journal. `seq` runs `1..n` without a gap and is the same for every reader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
pub struct EventRecord {
    pub seq: i64,
    pub job_id: JobId,
    /// When the row was committed, by the database's clock.
    pub at: DateTime<Utc>,
    pub event: Event,
}

macro_rules! event_body {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
        #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
        pub struct $name { $($(#[$fdoc])* pub $field: $ty),+ }
    };
}

event_body!(
    /// The job entered a state.
    StateChange {
        status: JobStatus,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
        /// How often the job has been claimed so far.
        attempt: i32,
    }
);
event_body!(
    /// A task began.
    TaskStart {
        /// The node that runs it.
        node: String,
        /// Its path, such as `research/transport`.
        task: String,
        agent: String,
        /// The how-manieth node visit of this job, from 1.
        step: u32,
        attempt: u32,
    }
);
event_body!(
    /// A task ended well.
    TaskComplete {
        node: String,
        task: String,
        agent: String,
        step: u32,
        attempt: u32,
        duration_ms: u64,
    }
);
event_body!(
    /// What an agent found or decided; the partial result of a job is the newest of each agent.
    AgentOutput {
        node: String,
        task: String,
        agent: String,
        step: u32,
        /// One line for people.
        summary: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Value>,
    }
);
event_body!(
    /// The job waits for a person.
    ApprovalRequired {
        approval_id: GateId,
        kind: GateKind,
        prompt: String,
        options: Vec<String>,
        proposal: Value,
        expires_at: DateTime<Utc>,
        /// What happens then, if nobody decides.
        #[serde(default)]
        on_timeout: OnTimeout,
        /// The SHA-256 of what is shown. A decision that names it holds for this and nothing else.
        #[serde(default)]
        proposal_hash: String,
    }
);
event_body!(
    /// A person decided, or nobody did in time.
    ApprovalDecided {
        approval_id: GateId,
        decision: Decision,
        /// `key/user`, or `timeout`.
        decided_by: String,
        /// The hash of what was shown when it was decided.
        #[serde(default)]
        proposal_hash: String,
    }
);
event_body!(
    /// Something that people should know and that does not change the job's state.
    Alert {
        /// Stable, such as `task_retry`, `feedback` or `event_too_large`.
        code: String,
        message: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        feedback_id: Option<FeedbackId>,
    }
);
event_body!(
    /// The job completed. Terminal.
    Complete {
        summary: String,
        result: Value,
    }
);
event_body!(
    /// The job failed or was cancelled. Terminal.
    Error {
        status: JobStatus,
        error: JobError,
    }
);

/// What happened. The tag `type` is also the SSE event name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Union))]
#[cfg_attr(feature = "openapi", oai(discriminator_name = "type"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    #[cfg_attr(feature = "openapi", oai(mapping = "state_change"))]
    StateChange(StateChange),
    #[cfg_attr(feature = "openapi", oai(mapping = "task_start"))]
    TaskStart(TaskStart),
    #[cfg_attr(feature = "openapi", oai(mapping = "task_complete"))]
    TaskComplete(TaskComplete),
    #[cfg_attr(feature = "openapi", oai(mapping = "agent_output"))]
    AgentOutput(AgentOutput),
    #[cfg_attr(feature = "openapi", oai(mapping = "approval_required"))]
    ApprovalRequired(ApprovalRequired),
    #[cfg_attr(feature = "openapi", oai(mapping = "approval_decided"))]
    ApprovalDecided(ApprovalDecided),
    #[cfg_attr(feature = "openapi", oai(mapping = "alert"))]
    Alert(Alert),
    #[cfg_attr(feature = "openapi", oai(mapping = "complete"))]
    Complete(Complete),
    #[cfg_attr(feature = "openapi", oai(mapping = "error"))]
    Error(Error),
}

impl Event {
    /// The tag, which is also the SSE event name and the `kind` column.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::StateChange(_) => "state_change",
            Self::TaskStart(_) => "task_start",
            Self::TaskComplete(_) => "task_complete",
            Self::AgentOutput(_) => "agent_output",
            Self::ApprovalRequired(_) => "approval_required",
            Self::ApprovalDecided(_) => "approval_decided",
            Self::Alert(_) => "alert",
            Self::Complete(_) => "complete",
            Self::Error(_) => "error",
        }
    }

    /// Ends every stream of the job: nothing but feedback follows it.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Complete(_) | Self::Error(_))
    }
}
