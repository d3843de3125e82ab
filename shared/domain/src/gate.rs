//! Gates: a job asks a person and ends its work until the answer starts it again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{GateId, job::words, seal};

/// Who decided when nobody did: people are written as `key/user`, so nobody can sign like this.
pub const TIMEOUT: &str = "timeout";

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

words!(
    /// What happens at `expires_at` when nobody has decided.
    #[derive(Default)]
    OnTimeout {
        /// Nothing: the gate stays open, and its person is reminded.
        Wait = "wait",
        /// The job fails with `approval_expired`.
        #[default]
        Reject = "reject",
        /// What is proposed goes on, decided by `timeout`. Questions are never answered so: they are rejected.
        Approve = "approve",
    }
);

/// How long the gates of one job stay open, and what happens then. What is left out comes from the configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatePolicy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_timeout: Option<OnTimeout>,
}

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
    #[serde(default)]
    pub policy: GatePolicy,
}

impl NewGate {
    /// What happens at its expiry, where `default` is what the configuration says.
    #[must_use]
    pub fn on_timeout(&self, default: OnTimeout) -> OnTimeout {
        match (self.kind, self.policy.on_timeout.unwrap_or(default)) {
            (GateKind::Question, OnTimeout::Approve) => OnTimeout::Reject,
            (_, on_timeout) => on_timeout,
        }
    }
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
    /// At this instant happens what `on_timeout` says.
    pub expires_at: DateTime<Utc>,
    #[serde(default)]
    pub on_timeout: OnTimeout,
    /// The SHA-256 of what is shown, in hexadecimal. A decision that names it holds for this and nothing else.
    #[serde(default)]
    pub proposal_hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
    pub decision: Option<Decision>,
    /// The API key's name and the user id, as `key/user`; or `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
    pub decided_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
    pub decided_at: Option<DateTime<Utc>>,
}

impl Gate {
    /// The hash of what this gate shows, computed anew.
    #[must_use]
    pub fn hash_shown(&self) -> String {
        let Self { approval_id, kind, prompt, proposal, options, expires_at, on_timeout, .. } = self;
        seal::digest(&json!({
            "approval_id": approval_id,
            "kind": kind,
            "prompt": prompt,
            "proposal": proposal,
            "options": options,
            "expires_at": expires_at,
            "on_timeout": on_timeout,
        }))
    }

    /// Nobody can decide any more at `now`.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.on_timeout != OnTimeout::Wait && self.expires_at <= now
    }
}
