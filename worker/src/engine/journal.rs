//! The engine's journal port over the store: records become rows and events, committed under the job's fence and published
//! once committed.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use domain::{
    Event, GateId,
    event::{self, AgentOutput, Alert, ApprovalRequired, Complete, StateChange, TaskComplete, TaskStart},
    gate::{Gate, GatePolicy, NewGate},
    job::{JobError, JobStatus, Reason, TaskStatus},
};
use graph::{Failure, Journal, JournalError, Record};
use store::{Checkpoint, Claim, CommitPart, EventDraft, GateDraft, JobCommit, NextState, Outcome, TaskWrite};

use super::Worker;

/// One claim's journal.
pub(crate) struct JobJournal<'a> {
    worker: &'a Worker,
    claim: &'a Claim,
    commit_no: AtomicI64,
}

impl<'a> JobJournal<'a> {
    pub(crate) fn new(worker: &'a Worker, claim: &'a Claim) -> Self {
        Self { worker, claim, commit_no: AtomicI64::new(claim.commit_no) }
    }

    async fn part(&self, records: Vec<Record>) -> Result<CommitPart, store::Error> {
        let mut part = CommitPart { events: Vec::new(), tasks: Vec::new(), checkpoint: None, next: NextState::Running };
        for record in records {
            match record {
                Record::Paused { gate } => self.open_gate(gate, &mut part).await?,
                Record::Completed { output, summary } => complete(output, summary, &mut part),
                Record::Failed { failure } => fail(failure, &mut part),
                Record::Checkpoint { node, step, state, progress, headline } => {
                    let (node, state) = (node.to_owned(), state.to_string());
                    part.checkpoint = Some(Checkpoint { node, step, state, progress, summary: headline });
                }
                Record::Output { node, path, agent, step, summary, output } => {
                    let (node, agent) = (node.to_owned(), agent.to_owned());
                    push(&mut part, Event::AgentOutput(AgentOutput { node, task: path, agent, step, summary, output }));
                }
                Record::TaskStarted { .. } | Record::TaskCompleted { .. } | Record::TaskFailed { .. } => {
                    add_task(record, &mut part);
                }
                Record::EffectIntended { .. } | Record::EffectCompleted { .. } => add_effect(record, &mut part),
            }
        }
        Ok(part)
    }

    async fn open_gate(&self, gate: serde_json::Value, part: &mut CommitPart) -> Result<(), store::Error> {
        let gate: NewGate = match serde_json::from_value(gate) {
            Ok(gate) => gate,
            Err(error) => {
                let cause = format!("The gate cannot be read: {error}");
                fail(Failure { code: "internal", cause, hint: "Report this".to_owned() }, part);
                return Ok(());
            }
        };
        let config = &self.worker.config;
        let store = self.worker.dispatch.store();
        let clock = store.clock();
        let timeout = clock.open_for(Duration::from_millis(config.gate_expiry_ms));
        let asked = gate.policy.timeout_s.map(|seconds| clock.open_for(Duration::from_secs(seconds)).as_secs());
        let gate = NewGate { policy: GatePolicy { timeout_s: asked, ..gate.policy }, ..gate };
        let now = store.now().await?;
        let draft = GateDraft::open(GateId::new(), gate, now, timeout, config.gate_on_timeout).reminded(
            Duration::from_millis(config.gate_remind_after_ms),
            Duration::from_millis(config.gate_remind_before_ms),
        );
        let (status, attempt) = (JobStatus::WaitingApproval, self.claim.attempts);
        push(part, Event::StateChange(StateChange { status, reason: None, attempt }));
        push(part, Event::ApprovalRequired(required(&draft.gate)));
        part.next = NextState::Waiting(Box::new(draft));
        Ok(())
    }
}

/// Passes the point between a group's transaction and the answers to its jobs.
pub(crate) fn after_group(commits: &[JobCommit]) {
    for commit in commits {
        dispatch::crash_point("worker:after_group", commit.job_id);
    }
}

impl Journal for JobJournal<'_> {
    async fn commit(&self, records: Vec<Record>) -> Result<(), JournalError> {
        let unavailable = |error: store::Error| JournalError::Unavailable(error.into());
        let part = self.part(records).await.map_err(unavailable)?;
        let job_id = self.claim.job_id;
        let commit = JobCommit {
            job_id,
            tenant: self.claim.tenant.clone(),
            fence: self.claim.fence,
            commit_no: self.commit_no.fetch_add(1, Ordering::Relaxed) + 1,
            part,
        };
        let (opens_gate, ends) = match commit.part.next {
            NextState::Running => (false, false),
            NextState::Waiting(_) => (true, false),
            NextState::Completed { .. } | NextState::Failed { .. } => (false, true),
        };
        let pass = |applies: bool, point: &'static str| {
            if applies {
                dispatch::crash_point(point, job_id);
            }
        };
        pass(true, "worker:before_commit");
        pass(opens_gate, "worker:before_gate");
        pass(ends, "worker:before_end");
        let outcome =
            self.worker.committer.commit(commit).await.map_err(|error| JournalError::Unavailable(error.into()))?;
        pass(true, "worker:after_commit");
        pass(opens_gate, "worker:after_gate");
        pass(ends, "worker:after_end");
        self.worker.running.prove(job_id);
        match outcome {
            Outcome::Written(events) => self.worker.dispatch.publish(job_id, &events).await,
            // Readers find the rows at their next look.
            Outcome::WrittenBefore(seq) => {
                tracing::info!(job.id = %job_id, seq, "A commit of unknown outcome had been written");
            }
            Outcome::Fenced => {
                metrics::counter!("portolan_fenced_writes_total").increment(1);
                return Err(JournalError::Fenced);
            }
        }
        pass(true, "worker:after_publish");
        Ok(())
    }
}

fn required(gate: &Gate) -> ApprovalRequired {
    ApprovalRequired {
        approval_id: gate.approval_id,
        kind: gate.kind,
        prompt: gate.prompt.clone(),
        options: gate.options.clone(),
        proposal: gate.proposal.clone(),
        expires_at: gate.expires_at,
        on_timeout: gate.on_timeout,
        proposal_hash: gate.proposal_hash.clone(),
    }
}

fn add_task(record: Record, part: &mut CommitPart) {
    match record {
        Record::TaskStarted { node, path, agent, step, attempt } => {
            part.tasks.push(task(&path, agent, step, attempt, TaskStatus::Running));
            let (node, agent) = (node.to_owned(), agent.to_owned());
            push(part, Event::TaskStart(TaskStart { node, task: path, agent, step, attempt }));
        }
        Record::TaskCompleted { node, path, agent, step, attempt, output, duration, cost_microusd } => {
            metrics::histogram!("portolan_task_seconds", "agent" => agent, "node" => node)
                .record(duration.as_secs_f64());
            let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
            let written = task(&path, agent, step, attempt, TaskStatus::Completed);
            part.tasks.push(TaskWrite { output: Some(output.to_string()), cost_microusd, ..written });
            let (node, agent) = (node.to_owned(), agent.to_owned());
            push(part, Event::TaskComplete(TaskComplete { node, task: path, agent, step, attempt, duration_ms }));
        }
        Record::TaskFailed { path, agent, step, attempt, error, retry_in_ms } => {
            let (code, then) = match retry_in_ms {
                Some(wait) => ("task_retry", format!(" and is repeated in {wait} ms")),
                None => ("task_failed", String::new()),
            };
            let message = format!("Attempt {attempt} of {path} failed{then}: {error}");
            part.tasks.push(TaskWrite { error: Some(error), ..task(&path, agent, step, attempt, TaskStatus::Failed) });
            push(part, Event::Alert(Alert { code: code.to_owned(), message, task: Some(path), feedback_id: None }));
        }
        other => unreachable!("{other:?} is not of a task"),
    }
}

fn add_effect(record: Record, part: &mut CommitPart) {
    let (written, output) = match record {
        Record::EffectIntended { path, agent, step } => (task(&path, agent, step, 1, TaskStatus::Running), None),
        Record::EffectCompleted { path, agent, step, output } => {
            (task(&path, agent, step, 1, TaskStatus::Completed), Some(output.to_string()))
        }
        other => unreachable!("{other:?} is not of an effect"),
    };
    part.tasks.push(TaskWrite { kind: "effect", output, ..written });
}

fn complete(output: serde_json::Value, summary: String, part: &mut CommitPart) {
    part.next = NextState::Completed { result: output.to_string(), summary: summary.clone() };
    push(part, Event::Complete(Complete { summary, result: output }));
}

fn push(part: &mut CommitPart, event: Event) {
    part.events.push(EventDraft(event));
}

fn task(path: &str, agent: &str, step: u32, attempts: u32, status: TaskStatus) -> TaskWrite {
    TaskWrite {
        path: path.to_owned(),
        kind: "task",
        agent: agent.to_owned(),
        step,
        status,
        attempts,
        output: None,
        error: None,
        cost_microusd: 0,
    }
}

fn fail(failure: Failure, part: &mut CommitPart) {
    let reason = Reason::from_word(failure.code).unwrap_or(Reason::Internal);
    let (title, retryable) = match reason {
        Reason::Rejected => ("Rejected", false),
        Reason::ProposalChanged => ("Not what was approved", false),
        Reason::Infeasible => ("No plan fits the request", false),
        Reason::TaskFailed => ("An agent could not do its work", true),
        Reason::Budget => ("The job's money is spent", false),
        Reason::ProviderQuota => ("A provider's quota is used up", true),
        _ => ("Portolan is at fault", false),
    };
    let error = JobError { code: reason, title: title.to_owned(), cause: failure.cause, hint: failure.hint, retryable };
    push(part, Event::Error(event::Error { status: JobStatus::Failed, error: error.clone() }));
    part.next = NextState::Failed { reason, error };
}
