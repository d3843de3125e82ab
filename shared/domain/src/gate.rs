//! Gates: a job asks a person and ends its work until the answer starts it again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{GateId, job::words};

words!(
    /// What is asked of the person.
    GateKind {
        /// Approve, edit or reject what is proposed.
        Approval = "approval",
        /// Answer what could not be assumed.
        Question = "question",
    }
);

words!(
    /// Where a gate stands.
    GateStatus {
        Pending = "pending",
        Decided = "decided",
        Expired = "expired",
        /// The job was cancelled before anybody decided.
        Withdrawn = "withdrawn",
    }
);

words!(
    /// What a person says at a gate.
    DecisionKind {
        Approve = "approve",
        Reject = "reject",
        /// Approve after the changes in `edits`, a JSON merge patch (RFC 7396) on the brief. The job solves again and asks again.
        Edit = "edit",
        /// The answer to a question.
        Answer = "answer",
    }
);

/// A decision as it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
pub struct Decision {
    pub decision: DecisionKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
    pub edits: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
    pub answer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
    pub comment: Option<String>,
}

/// What the workflow asks, before it has an id or an expiry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewGate {
    pub kind: GateKind,
    /// One sentence: what will happen, or what is asked.
    pub prompt: String,
    /// What is proposed, exactly: the draft plan and its price, or the fields in doubt.
    pub proposal: Value,
    /// Answers that may be picked; empty when any text is an answer.
    pub options: Vec<String>,
}

/// A gate as status and events show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
pub struct Gate {
    pub approval_id: GateId,
    pub kind: GateKind,
    pub status: GateStatus,
    pub prompt: String,
    pub proposal: Value,
    pub options: Vec<String>,
    pub created_at: DateTime<Utc>,
    /// After this instant the job fails with `approval_expired`.
    pub expires_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
    pub decision: Option<Decision>,
    /// The API key's name and the user id, as `key/user`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
    pub decided_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
    pub decided_at: Option<DateTime<Utc>>,
}
