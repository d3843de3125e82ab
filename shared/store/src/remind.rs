//! Reminders of gates that wait for a person: an alert for each, twice at most.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use domain::{
    GateId, JobId, TenantId,
    alert::{AlertKind, NewAlert, Severity},
    gate::{Gate, GateKind, OnTimeout},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde_json::json;

use crate::{Error, Owner, Store, claim::micros, job::read_gate};

/// Gates that one look reminds of at most; the next one takes the rest.
const ROWS_MAX: u32 = 500;
/// How long a reminder is put off where the tenant has as many alerts as it may have.
const PUT_OFF: Duration = Duration::from_secs(3600);
/// Of a prompt, in an alert's body.
const PROMPT_CHARS_MAX: usize = 2_000;

/// What became of the reminders that were due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reminded {
    pub raised: u64,
    /// Their tenants have too many alerts that nobody has resolved.
    pub put_off: u64,
}

/// A gate whose reminder is due.
struct Due {
    gate: Gate,
    job_id: JobId,
    owner: Owner,
    user_id: Option<String>,
    remind_at: i64,
    warn_at: Option<i64>,
    is_last: bool,
}

impl Store {
    /// Raises an alert for every gate whose reminder is due, and says whose they are. Any number of schedulers may ask at
    /// once: the reminder is crossed off in the transaction that raises the alert, and only while the gate waits.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn remind_gates(&self) -> Result<(Reminded, BTreeSet<TenantId>), Error> {
        let sql = format!(
            "SELECT gates.*, jobs.user_id, COALESCE(warn_at <= {{as_of}}, FALSE) AS is_last FROM gates \
             JOIN jobs ON jobs.id = gates.job_id WHERE remind_at <= {{as_of}} ORDER BY remind_at LIMIT {ROWS_MAX}"
        );
        let rows = self.sql.all(&self.read, &sql, []).await?;
        let (mut reminded, mut tenants) = (Reminded::default(), BTreeSet::new());
        for row in &rows {
            let due = read_due(row)?;
            let tx = self.begin().await?;
            match self.remind(&tx, &due).await {
                Ok(true) => {
                    tx.commit().await?;
                    reminded.raised += 1;
                    tenants.insert(due.owner.tenant);
                }
                Ok(false) => tx.rollback().await?,
                Err(Error::TooMany { .. }) => {
                    tx.rollback().await?;
                    self.put_off(&due).await?;
                    reminded.put_off += 1;
                }
                Err(error) => {
                    tx.rollback().await?;
                    return Err(error);
                }
            }
        }
        Ok((reminded, tenants))
    }

    /// The gate waits no more: its alert has no cause any more.
    pub(crate) async fn resolve_reminder(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        gate: GateId,
    ) -> Result<(), Error> {
        self.resolve_cause_in(tx, owner, &cause(gate)).await
    }

    /// False: somebody decided meanwhile, or another scheduler was faster.
    async fn remind(&self, tx: &impl ConnectionTrait, due: &Due) -> Result<bool, Error> {
        let sql = "UPDATE gates SET remind_at = $3 WHERE id = $1 AND status = 'pending' AND remind_at = $2";
        let next = due.warn_at.filter(|_| !due.is_last);
        let values: Vec<Value> = vec![due.gate.approval_id.into(), due.remind_at.into(), next.into()];
        if self.sql.execute(tx, sql, values).await?.rows_affected() == 0 {
            return Ok(false);
        }
        self.raise_in(tx, &due.owner, &alert(due)).await?;
        Ok(true)
    }

    async fn put_off(&self, due: &Due) -> Result<(), Error> {
        let sql =
            format!("UPDATE gates SET remind_at = {{now}} + {} WHERE id = $1 AND remind_at = $2", micros(PUT_OFF));
        self.sql.execute(&self.write, &sql, [due.gate.approval_id.into(), due.remind_at.into()]).await?;
        Ok(())
    }
}

fn read_due(row: &QueryResult) -> Result<Due, Error> {
    Ok(Due {
        gate: read_gate(row)?,
        job_id: row.try_get("", "job_id")?,
        owner: Owner::new(row.try_get("", "tenant_id")?),
        user_id: row.try_get("", "user_id")?,
        remind_at: row.try_get("", "remind_at")?,
        warn_at: row.try_get("", "warn_at")?,
        is_last: row.try_get("", "is_last")?,
    })
}

/// One gate, one cause: the last reminder makes the first one's alert more severe.
fn cause(gate: GateId) -> String {
    format!("gate:{gate}")
}

fn alert(due: &Due) -> NewAlert {
    let Due { gate, job_id, .. } = due;
    let what = match gate.kind {
        GateKind::Approval => "An approval",
        GateKind::Question => "A question",
    };
    let (title, severity) = if due.is_last {
        (format!("{what} has little time left"), Severity::Warning)
    } else {
        (format!("{what} waits for you"), Severity::Info)
    };
    let then = match gate.on_timeout {
        OnTimeout::Wait => "After it, the job goes on waiting.",
        OnTimeout::Reject => "Then the job fails.",
        OnTimeout::Approve => "Then it is approved as it is.",
    };
    let prompt: String = gate.prompt.chars().take(PROMPT_CHARS_MAX).collect();
    let body = format!("{prompt}\n\nTime to decide: until {}. {then}", instant(gate.expires_at));
    NewAlert {
        user_id: due.user_id.clone(),
        kind: AlertKind::Approval,
        severity,
        title,
        body,
        data: json!({
            "job_id": job_id,
            "approval_id": gate.approval_id,
            "gate": gate.kind,
            "opened_at": gate.created_at,
            "expires_at": gate.expires_at,
            "on_timeout": gate.on_timeout,
            "proposal_hash": gate.proposal_hash,
            "status_url": format!("/v1/status/{job_id}"),
        }),
        cause_key: cause(gate.approval_id),
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
