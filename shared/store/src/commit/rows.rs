//! A commit's parts as rows, the same for both engines.

use domain::{
    JobId,
    gate::OnTimeout,
    job::{JobStatus, TaskStatus},
    time::to_micros,
};
use serde::Serialize;

use super::{EventDraft, JobCommit, NextState};
use crate::submit::event_json;

/// A commit as the statements take it. Every field is there, so that one statement text serves all.
#[derive(Serialize)]
pub(super) struct JobRow {
    pub(super) id: JobId,
    pub(super) fence: i64,
    pub(super) commit_no: i64,
    pub(super) events: usize,
    pub(super) status: &'static str,
    pub(super) reason: Option<&'static str>,
    pub(super) node: Option<String>,
    pub(super) step: Option<u32>,
    pub(super) state: Option<String>,
    pub(super) progress: Option<u8>,
    pub(super) summary: Option<String>,
    pub(super) result: Option<String>,
    pub(super) error: Option<String>,
    pub(super) cost: i64,
    /// When the row is due again, in microseconds: null leaves the lease as it is, -1 means never.
    pub(super) due_at: Option<i64>,
}

#[derive(Serialize)]
pub(super) struct EventRow {
    pub(super) id: JobId,
    pub(super) offset: usize,
    pub(super) kind: &'static str,
    pub(super) data: String,
}

#[derive(Serialize)]
pub(super) struct TaskRow<'a> {
    pub(super) id: JobId,
    pub(super) path: &'a str,
    pub(super) kind: &'a str,
    pub(super) agent: &'a str,
    pub(super) step: u32,
    pub(super) status: &'static str,
    pub(super) attempts: u32,
    pub(super) output: Option<&'a str>,
    pub(super) error: Option<&'a str>,
    pub(super) cost: i64,
    pub(super) finished: bool,
}

pub(super) fn job_row(commit: &JobCommit) -> JobRow {
    let part = &commit.part;
    let checkpoint = part.checkpoint.clone();
    let mut row = JobRow {
        id: commit.job_id,
        fence: commit.fence.0,
        commit_no: commit.commit_no,
        events: part.events.len(),
        status: JobStatus::Running.word(),
        reason: None,
        node: checkpoint.as_ref().map(|checkpoint| checkpoint.node.clone()),
        step: checkpoint.as_ref().map(|checkpoint| checkpoint.step),
        progress: checkpoint.as_ref().map(|checkpoint| checkpoint.progress),
        summary: checkpoint.as_ref().map(|checkpoint| checkpoint.summary.clone()),
        state: checkpoint.map(|checkpoint| checkpoint.state),
        result: None,
        error: None,
        cost: part.tasks.iter().map(|task| task.cost_microusd).sum(),
        due_at: None,
    };
    match &part.next {
        NextState::Running => {}
        NextState::Waiting(draft) => {
            row.status = JobStatus::WaitingApproval.word();
            row.due_at = Some(match draft.gate.on_timeout {
                OnTimeout::Wait => -1,
                OnTimeout::Reject | OnTimeout::Approve => to_micros(draft.gate.expires_at),
            });
        }
        NextState::Completed { result, summary } => {
            row.status = JobStatus::Completed.word();
            row.due_at = Some(-1);
            row.result = Some(result.clone());
            row.summary = Some(summary.clone());
            row.progress = Some(100);
        }
        NextState::Failed { reason, error } => {
            row.status = JobStatus::Failed.word();
            row.reason = Some(reason.word());
            row.due_at = Some(-1);
            row.summary = Some(error.title.clone());
            row.error = Some(serde_json::to_string(error).expect("an error is plain data"));
        }
    }
    row
}

pub(super) fn event_rows(commit: &JobCommit) -> Vec<EventRow> {
    let row = |(index, EventDraft(event)): (usize, &EventDraft)| EventRow {
        id: commit.job_id,
        offset: index + 1,
        kind: event.kind(),
        data: event_json(event),
    };
    commit.part.events.iter().enumerate().map(row).collect()
}

/// A batch may hold a task's start and its end: only the newest row of a path is written, with the costs of all.
pub(super) fn task_rows(commit: &JobCommit) -> Vec<TaskRow<'_>> {
    let mut rows: Vec<TaskRow<'_>> = Vec::with_capacity(commit.part.tasks.len());
    for task in &commit.part.tasks {
        let before = rows.iter().position(|row| row.path == task.path);
        let cost_before = before.map_or(0, |index| rows.remove(index).cost);
        rows.push(TaskRow {
            id: commit.job_id,
            path: &task.path,
            kind: task.kind,
            agent: &task.agent,
            step: task.step,
            status: task.status.word(),
            attempts: task.attempts,
            output: task.output.as_deref(),
            error: task.error.as_deref(),
            cost: cost_before + task.cost_microusd,
            finished: task.status != TaskStatus::Running,
        });
    }
    rows
}
