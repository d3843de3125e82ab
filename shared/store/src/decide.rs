//! A person, or the end of its time, decides at a gate: one decision wins.

use domain::{
    Event, Fence, GateId, JobId,
    event::{ApprovalDecided, StateChange},
    gate::{Decision, DecisionKind, Gate, GateKind, GateStatus, TIMEOUT},
    job::JobStatus,
    time::from_micros,
};
use sea_orm::{ConnectionTrait, Value};

use crate::{
    Error, Owner, Store, StoredEvent,
    job::{not_found, read_gate, word},
    submit::event_json,
};

/// Of a gate: it waits, and its end approves it. Questions are never answered so.
pub(crate) const APPROVES_ITSELF: &str = "status = 'pending' AND kind = 'approval' AND on_timeout = 'approve'";

/// Who decides what.
#[derive(Debug, Clone)]
pub struct DecideRequest {
    pub job_id: JobId,
    /// May be left out while the job has had one gate.
    pub gate: Option<GateId>,
    pub decision: Decision,
    /// The hash of what the person was shown: the decision holds for nothing else.
    pub proposal_hash: Option<String>,
    /// The key's name and the user id.
    pub by: String,
}

/// A decision that stands.
#[derive(Debug, Clone)]
pub struct Decided {
    pub gate: Gate,
    pub fence: Fence,
    /// None when the same person had decided the same before.
    pub events: Option<Vec<StoredEvent>>,
}

impl Store {
    /// Decides, and queues the job in the same transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::GateUnnamed`]; [`Error::Decided`] when another decision stands; [`Error::Expired`];
    /// [`Error::ProposalChanged`] when the gate shows something else than the person saw; [`Error::State`] when the job does not wait; [`Error::Unfit`] when the decision does not fit the gate.
    pub async fn decide(&self, owner: &Owner, request: &DecideRequest) -> Result<Decided, Error> {
        let tx = self.begin().await?;
        let decided = self.decide_in(&tx, owner, request).await;
        // Ended here and not by a drop some time later: the row's lock would keep workers from the job meanwhile.
        match &decided {
            Ok(_) => tx.commit().await?,
            Err(_) => tx.rollback().await?,
        }
        decided
    }

    async fn decide_in(
        &self,
        tx: &impl ConnectionTrait,
        owner: &Owner,
        request: &DecideRequest,
    ) -> Result<Decided, Error> {
        let sql =
            "SELECT status, fence, seq, attempts, {now} AS now FROM jobs WHERE id = $1 AND tenant_id = $2 {for_update}";
        let job = self.sql.one(tx, sql, [request.job_id.into(), owner.tenant.clone().into()]).await?;
        let job = job.ok_or_else(|| not_found(request.job_id))?;
        let status = word(&job, "jobs", "status", JobStatus::from_word)?;
        let fence = Fence(job.try_get("", "fence")?);
        let now: i64 = job.try_get("", "now")?;
        let gate = self.named_gate(tx, request, status).await?;
        match gate.status {
            GateStatus::Decided
                if gate.decision.as_ref() == Some(&request.decision)
                    && gate.decided_by.as_ref() == Some(&request.by) =>
            {
                return Ok(Decided { gate, fence, events: None });
            }
            GateStatus::Decided if gate.decided_by.as_deref() == Some(TIMEOUT) => {
                return Err(Error::Expired(Box::new(gate)));
            }
            GateStatus::Decided => return Err(Error::Decided(Box::new(gate))),
            GateStatus::Expired => return Err(Error::Expired(Box::new(gate))),
            GateStatus::Withdrawn => return Err(Error::State { id: request.job_id, status }),
            GateStatus::Pending if gate.is_over(from_micros(now)) => return Err(Error::Expired(Box::new(gate))),
            GateStatus::Pending if request.proposal_hash.as_ref().is_some_and(|hash| *hash != gate.proposal_hash) => {
                return Err(Error::ProposalChanged(Box::new(gate)));
            }
            GateStatus::Pending => check_fit(&gate, &request.decision)?,
        }
        let (seq, attempts): (i64, i32) = (job.try_get("", "seq")?, job.try_get("", "attempts")?);
        let events = self.write_decision(tx, request, &gate, (seq, attempts, now)).await?;
        self.resolve_reminder(tx, owner, gate.approval_id).await?;
        let gate = self.gate(tx, gate.approval_id).await?;
        Ok(Decided { gate, fence, events: Some(events) })
    }

    async fn named_gate(
        &self,
        tx: &impl ConnectionTrait,
        request: &DecideRequest,
        status: JobStatus,
    ) -> Result<Gate, Error> {
        // Who says what was shown means the newest gate or is told that it shows something else.
        let looked_at = if request.proposal_hash.is_some() { 1 } else { 2 };
        let sql = &format!("SELECT * FROM gates WHERE job_id = $1 ORDER BY id DESC LIMIT {looked_at}");
        let newest = self.sql.all(tx, sql, [request.job_id.into()]).await?;
        match (request.gate, newest.as_slice()) {
            (Some(id), _) => {
                let sql = "SELECT * FROM gates WHERE id = $1 AND job_id = $2";
                let row = self.sql.one(tx, sql, [id.into(), request.job_id.into()]).await?;
                read_gate(&row.ok_or_else(|| Error::NotFound { what: "approval", id: id.to_string() })?)
            }
            (None, []) => Err(Error::State { id: request.job_id, status }),
            (None, [only]) => read_gate(only),
            (None, _) => Err(Error::GateUnnamed(request.job_id)),
        }
    }

    async fn gate(&self, tx: &impl ConnectionTrait, id: GateId) -> Result<Gate, Error> {
        let row = self.sql.one(tx, "SELECT * FROM gates WHERE id = $1", [id.into()]).await?;
        read_gate(&row.ok_or_else(|| Error::NotFound { what: "approval", id: id.to_string() })?)
    }

    /// Approves, as nobody else did in time, what proposes itself so; None: it does not wait any more.
    pub(crate) async fn approve_by_timeout(
        &self,
        tx: &impl ConnectionTrait,
        id: JobId,
    ) -> Result<Option<(Fence, Vec<StoredEvent>)>, Error> {
        let sql = "SELECT tenant_id, fence, seq, attempts, {now} AS now FROM jobs \
                   WHERE id = $1 AND status = 'waiting_approval' AND due_at <= {as_of} {for_update}";
        let Some(job) = self.sql.one(tx, sql, [id.into()]).await? else { return Ok(None) };
        let sql = format!("SELECT * FROM gates WHERE job_id = $1 AND {APPROVES_ITSELF}");
        let Some(row) = self.sql.one(tx, &sql, [id.into()]).await? else { return Ok(None) };
        let gate = read_gate(&row)?;
        let decision = Decision { decision: DecisionKind::Approve, edits: None, answer: None, comment: None };
        let by = TIMEOUT.to_owned();
        let request = DecideRequest { job_id: id, gate: None, decision, proposal_hash: None, by };
        let counted = (job.try_get("", "seq")?, job.try_get("", "attempts")?, job.try_get("", "now")?);
        let events = self.write_decision(tx, &request, &gate, counted).await?;
        self.resolve_reminder(tx, &Owner::new(job.try_get("", "tenant_id")?), gate.approval_id).await?;
        Ok(Some((Fence(job.try_get("", "fence")?), events)))
    }

    async fn write_decision(
        &self,
        tx: &impl ConnectionTrait,
        request: &DecideRequest,
        gate: &Gate,
        (seq, attempts, now): (i64, i32, i64),
    ) -> Result<Vec<StoredEvent>, Error> {
        let decision = serde_json::to_string(&request.decision).expect("a decision is plain data");
        let sql = "UPDATE gates SET status = 'decided', decision = $2, decided_by = $3, decided_at = $4, decided_hash = $5, \
                   remind_at = NULL WHERE id = $1 AND status = 'pending'";
        let hash = &gate.proposal_hash;
        let values: Vec<Value> =
            vec![gate.approval_id.into(), decision.into(), request.by.clone().into(), now.into(), hash.clone().into()];
        let won = self.sql.execute(tx, sql, values).await?.rows_affected();
        let sql = "UPDATE jobs SET status = 'queued', reason = NULL, summary = $3, due_at = $2, seq = seq + 2, updated_at = $2 \
                   WHERE id = $1 AND status = 'waiting_approval'";
        let values: [Value; 3] = [request.job_id.into(), now.into(), summary(request.decision.decision).into()];
        let queued = self.sql.execute(tx, sql, values).await?.rows_affected();
        if won != 1 || queued != 1 {
            return Err(Error::corrupt("gates", gate.approval_id, "a pending gate of a job that does not wait"));
        }
        let decided = Event::ApprovalDecided(ApprovalDecided {
            approval_id: gate.approval_id,
            decision: request.decision.clone(),
            decided_by: request.by.clone(),
            proposal_hash: hash.clone(),
        });
        let queued = Event::StateChange(StateChange { status: JobStatus::Queued, reason: None, attempt: attempts });
        let mut stored = Vec::with_capacity(2);
        for (offset, event) in (1..).zip([decided, queued]) {
            let event = StoredEvent {
                seq: seq + offset,
                kind: event.kind().to_owned(),
                at: from_micros(now),
                data: event_json(&event),
            };
            self.insert_event(tx, request.job_id, &event).await?;
            stored.push(event);
        }
        Ok(stored)
    }
}

/// What a job is about until a worker goes on with it.
const fn summary(decision: DecisionKind) -> &'static str {
    match decision {
        DecisionKind::Approve => "Approved",
        DecisionKind::Reject => "Rejected",
        DecisionKind::Edit => "Edited",
        DecisionKind::Answer => "Answered",
    }
}

fn check_fit(gate: &Gate, decision: &Decision) -> Result<(), Error> {
    let unfit = |text: &str| Err(Error::Unfit(text.to_owned()));
    match (gate.kind, decision.decision) {
        (GateKind::Approval, DecisionKind::Answer) => unfit("this gate is an approval: approve, reject or edit it"),
        (GateKind::Question, DecisionKind::Approve | DecisionKind::Edit) => {
            unfit("this gate is a question: answer or reject it")
        }
        (_, DecisionKind::Answer) if decision.answer.as_deref().is_none_or(|answer| answer.trim().is_empty()) => {
            unfit("an answer needs its text in \"answer\"")
        }
        (_, DecisionKind::Edit) if !decision.edits.as_ref().is_some_and(|edits| edits.is_object()) => {
            unfit("an edit needs a JSON merge patch on the brief in \"edits\", such as {\"pace\": \"relaxed\"}")
        }
        _ => Ok(()),
    }
}
