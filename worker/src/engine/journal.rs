//! The engine's journal port over the store: records become rows and events, committed under the job's fence and published
//! once committed.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::Duration;
use domain::{
    Event, GateId,
    event::{self, AgentOutput, Alert, ApprovalRequired, Complete, StateChange, TaskComplete, TaskStart},
    gate::NewGate,
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
            if let Record::Paused { gate } = record {
                self.open_gate(gate, &mut part).await?;
            } else {
                add(record, self.claim.attempts, &mut part);
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
        let expiry =
            Duration::milliseconds(i64::try_from(self.worker.config.gate_expiry_ms).unwrap_or(i64::MAX / 2_000));
        let expires_at = self.worker.dispatch.store().now().await? + expiry;
        let id = GateId::new();
        let waiting = JobStatus::WaitingApproval;
        part.events.push(EventDraft(Event::StateChange(StateChange {
            status: waiting,
            reason: None,
            attempt: self.claim.attempts,
        })));
        part.events.push(EventDraft(Event::ApprovalRequired(ApprovalRequired {
            approval_id: id,
            kind: gate.kind,
            prompt: gate.prompt.clone(),
            options: gate.options.clone(),
            proposal: gate.proposal.clone(),
            expires_at,
        })));
        part.next = NextState::Waiting(Box::new(GateDraft {
            id,
            kind: gate.kind,
            prompt: gate.prompt,
            proposal: gate.proposal,
            options: gate.options,
            expires_at,
        }));
        Ok(())
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
        dispatch::crash_point("worker:before_commit", job_id);
        let outcome =
            self.worker.committer.commit(commit).await.map_err(|error| JournalError::Unavailable(error.into()))?;
        dispatch::crash_point("worker:after_commit", job_id);
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
        dispatch::crash_point("worker:after_publish", job_id);
        Ok(())
    }
}

fn add(record: Record, attempt_of_job: i32, part: &mut CommitPart) {
    match record {
        Record::TaskStarted { node, path, agent, step, attempt } => {
            part.tasks.push(task(&path, agent, step, attempt, TaskStatus::Running));
            push(
                part,
                Event::TaskStart(TaskStart {
                    node: node.to_owned(),
                    task: path,
                    agent: agent.to_owned(),
                    step,
                    attempt,
                }),
            );
        }
        Record::TaskCompleted { node, path, agent, step, attempt, output, duration_ms, cost_microusd } => {
            #[expect(clippy::cast_precision_loss, reason = "a duration in seconds")]
            metrics::histogram!("portolan_task_seconds", "agent" => agent, "node" => node)
                .record(duration_ms as f64 / 1e3);
            let written = TaskWrite {
                output: Some(output.to_string()),
                cost_microusd,
                ..task(&path, agent, step, attempt, TaskStatus::Completed)
            };
            part.tasks.push(written);
            let complete =
                TaskComplete { node: node.to_owned(), task: path, agent: agent.to_owned(), step, attempt, duration_ms };
            push(part, Event::TaskComplete(complete));
        }
        Record::TaskFailed { path, agent, step, attempt, error, retry_in_ms } => {
            let message = match retry_in_ms {
                Some(wait) => format!("Attempt {attempt} of {path} failed and is repeated in {wait} ms: {error}"),
                None => format!("Attempt {attempt} of {path} failed: {error}"),
            };
            let code = if retry_in_ms.is_some() { "task_retry" } else { "task_failed" };
            part.tasks.push(TaskWrite { error: Some(error), ..task(&path, agent, step, attempt, TaskStatus::Failed) });
            push(part, Event::Alert(Alert { code: code.to_owned(), message, task: Some(path), feedback_id: None }));
        }
        Record::Output { node, path, agent, step, summary, output } => {
            let shown =
                AgentOutput { node: node.to_owned(), task: path, agent: agent.to_owned(), step, summary, output };
            push(part, Event::AgentOutput(shown));
        }
        Record::EffectIntended { path, agent, step } => {
            part.tasks.push(TaskWrite { kind: "effect", ..task(&path, agent, step, 1, TaskStatus::Running) });
        }
        Record::EffectCompleted { path, agent, step, output } => {
            let written = task(&path, agent, step, 1, TaskStatus::Completed);
            part.tasks.push(TaskWrite { kind: "effect", output: Some(output.to_string()), ..written });
        }
        Record::Checkpoint { node, step, state, progress, headline } => {
            part.checkpoint =
                Some(Checkpoint { node: node.to_owned(), step, state: state.to_string(), progress, summary: headline });
        }
        Record::Completed { output, summary } => {
            part.next = NextState::Completed { result: output.to_string(), summary: summary.clone() };
            push(part, Event::Complete(Complete { summary, result: output }));
        }
        Record::Failed { failure } => fail(failure, part),
        // Opened by the caller, who knows the time.
        Record::Paused { .. } => tracing::error!(attempt_of_job, "A pause reached the wrong place"),
    }
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
