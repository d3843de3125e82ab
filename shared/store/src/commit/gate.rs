//! The gate that a commit opens.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    GateId, JobId,
    gate::{Gate, GateStatus, NewGate, OnTimeout},
    time::to_micros,
};
use sea_orm::{ConnectionTrait, Value};
use serde::Serialize;
use serde_json::Value as Json;

use super::{JobCommit, NextState};
use crate::{Error, Store};

/// A gate to be opened, with the hash of what it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct GateDraft {
    /// As it will be shown.
    pub gate: Gate,
    /// When its person is reminded first, if ever.
    pub remind_at: Option<DateTime<Utc>>,
    /// When the reminder is a warning, and the last one.
    pub warn_at: Option<DateTime<Utc>>,
}

impl GateDraft {
    /// `timeout` ends it where `new` does not say when; `default` is what happens then where `new` does not say what.
    #[must_use]
    pub fn open(id: GateId, new: NewGate, opened_at: DateTime<Utc>, timeout: Duration, default: OnTimeout) -> Self {
        let on_timeout = new.on_timeout(default);
        let timeout = new.policy.timeout_s.map_or(timeout, Duration::from_secs);
        let timeout = chrono::Duration::from_std(timeout).unwrap_or(chrono::Duration::MAX);
        let expires_at = opened_at.checked_add_signed(timeout).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let NewGate { kind, prompt, proposal, options, .. } = new;
        let mut gate = Gate {
            approval_id: id,
            kind,
            status: GateStatus::Pending,
            prompt,
            proposal,
            options,
            created_at: opened_at,
            expires_at,
            on_timeout,
            proposal_hash: String::new(),
            decision: None,
            decided_by: None,
            decided_at: None,
        };
        gate.proposal_hash = gate.hash_shown();
        Self { gate, remind_at: None, warn_at: None }
    }

    /// With reminders: the first when it has been open for `after`, at the latest half-way; the last, a warning, `before` it
    /// ends, at the earliest in its last quarter.
    #[must_use]
    pub fn reminded(self, after: Duration, before: Duration) -> Self {
        let Gate { created_at, expires_at, .. } = self.gate;
        let open = (expires_at - created_at).to_std().unwrap_or(Duration::ZERO);
        let (after, before) = (after.min(open / 2), before.min(open / 4));
        Self { remind_at: Some(created_at + after), warn_at: Some(expires_at - before), ..self }
    }
}

/// As the statements take it.
#[derive(Serialize)]
pub(super) struct GateRow<'a> {
    id: JobId,
    gate_id: GateId,
    kind: &'static str,
    prompt: &'a str,
    proposal: String,
    options: String,
    expires_at: i64,
    on_timeout: &'static str,
    proposal_hash: &'a str,
    remind_at: Option<i64>,
    warn_at: Option<i64>,
}

pub(super) fn gate_row(commit: &JobCommit) -> Option<GateRow<'_>> {
    let NextState::Waiting(draft) = &commit.part.next else { return None };
    let gate = &draft.gate;
    Some(GateRow {
        id: commit.job_id,
        gate_id: gate.approval_id,
        kind: gate.kind.word(),
        prompt: &gate.prompt,
        proposal: gate.proposal.to_string(),
        options: Json::from(gate.options.clone()).to_string(),
        expires_at: to_micros(gate.expires_at),
        on_timeout: gate.on_timeout.word(),
        proposal_hash: &gate.proposal_hash,
        remind_at: draft.remind_at.map(to_micros),
        warn_at: draft.warn_at.map(to_micros),
    })
}

impl Store {
    /// SQLite's half: Postgres opens gates inside the statement that commits.
    pub(super) async fn open_gate(
        &self,
        tx: &impl ConnectionTrait,
        commit: &JobCommit,
        gate: GateRow<'_>,
        at: i64,
    ) -> Result<(), Error> {
        let sql = "INSERT INTO gates (id, job_id, tenant_id, kind, status, prompt, proposal, options, expires_at, on_timeout, \
                   proposal_hash, remind_at, warn_at, created_at) \
                   VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let values: Vec<Value> = vec![
            gate.gate_id.into(),
            gate.id.into(),
            commit.tenant.clone().into(),
            gate.kind.into(),
            gate.prompt.into(),
            gate.proposal.into(),
            gate.options.into(),
            gate.expires_at.into(),
            gate.on_timeout.into(),
            gate.proposal_hash.into(),
            gate.remind_at.into(),
            gate.warn_at.into(),
            at.into(),
        ];
        self.sql.execute(tx, sql, values).await?;
        Ok(())
    }
}
