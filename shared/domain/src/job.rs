//! A job's states and the words for why it is in one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::JobId;

/// The number of a claim. Every write of a running job carries the fence that it was claimed with; a write with an
/// older one changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::DeriveValueType))]
#[serde(transparent)]
pub struct Fence(pub i64);

/// The queue message: a hint that a job is due. It may be lost, late or doubled. Fields are only ever added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ring {
    pub job_id: JobId,
    pub fence: Fence,
}

/// Spelling of an enum on the wire and in a column, and the way back. One list, so that neither drifts.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(poem_openapi::Enum))]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "openapi", oai(rename_all = "snake_case"))]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every variant, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used on the wire and in columns.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The variant that `word` spells.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use words;

words!(
    /// The seven states of a job. The last three are final.
    JobStatus {
        /// Waits for a worker.
        Queued = "queued",
        /// A worker holds its lease.
        Running = "running",
        /// A person is asked; no worker and no memory is held.
        WaitingApproval = "waiting_approval",
        /// Waits for something named by the reason; no worker is held.
        Paused = "paused",
        /// Ended with a result.
        Completed = "completed",
        /// Ended with an error that says what to do.
        Failed = "failed",
        /// Ended because somebody asked for it.
        Cancelled = "cancelled",
    }
);

impl JobStatus {
    /// Nothing happens to the job any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

words!(
    /// Why a job is paused, failed or cancelled.
    Reason {
        /// No running worker reads the job's workflow version. It goes on when one does.
        NeedsVersion = "needs_version",
        /// The money that the job may spend is spent.
        Budget = "budget",
        /// A provider's quota is used up.
        ProviderQuota = "provider_quota",
        /// A person's gate passed its expiry undecided.
        ApprovalExpired = "approval_expired",
        /// A person rejected the proposal.
        Rejected = "rejected",
        /// What would go on is not what was approved: it was changed behind the decision, and is refused.
        ProposalChanged = "proposal_changed",
        /// Claimed several times in a row without one journal row: it takes workers down.
        CrashLoop = "crash_loop",
        /// The job's own deadline passed.
        Deadline = "deadline",
        /// A task failed for good, or failed on each of its attempts.
        TaskFailed = "task_failed",
        /// No plan satisfies the request.
        Infeasible = "infeasible",
        /// The workflow itself is at fault: a panic between tasks, or a result that does not verify.
        Internal = "internal",
        /// Somebody asked for the end.
        Requested = "requested",
    }
);

words!(
    /// Who started the job: a person's request, or Portolan by itself.
    Mode { Reactive = "reactive", Proactive = "proactive" }
);

words!(
    /// The workflows that a request may name.
    WorkflowKind {
        /// Plans a trip.
        Travel = "travel",
        /// Suggests a trip because something happened. `POST /v1/suggest` asks for it, and watches start it.
        Suggest = "suggest",
        /// Does nothing, in as many steps as asked: for load, chaos and canary runs. Off unless configured.
        Probe = "probe",
    }
);

words!(
    /// What a task or an effect is doing.
    TaskStatus {
        Running = "running",
        Completed = "completed",
        Failed = "failed",
        Cancelled = "cancelled",
    }
);

/// Why a job failed, in the shape that people get: what happened, what was kept, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
pub struct JobError {
    /// Stable and listed in the documentation.
    pub code: Reason,
    /// One short sentence.
    pub title: String,
    /// What happened.
    pub cause: String,
    /// What to do about it.
    pub hint: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

/// One agent's work inside a job, as status shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
pub struct TaskView {
    /// Where it stands in the workflow, such as `research/transport`.
    pub path: String,
    pub agent: String,
    pub status: TaskStatus,
    /// How often it was started.
    pub attempts: i32,
    pub started_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
    pub finished_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
    pub error: Option<String>,
}
