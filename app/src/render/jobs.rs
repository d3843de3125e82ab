//! Lists of jobs, and where one stands.

use comfy_table::{ContentArrangement, Table, presets};
use domain::job::{JobStatus, Reason, TaskStatus};

use super::{Look, plain, wrap};
use crate::client::{JobPage, Status};

pub(crate) fn job_table(page: &JobPage, look: Look) -> String {
    if page.jobs.is_empty() {
        return "No jobs.".to_owned();
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(look.width).unwrap_or(u16::MAX))
        .set_header(vec!["job", "state", "", "since", "what"]);
    for job in &page.jobs {
        table.add_row(vec![
            job.job_id.to_string(),
            state(job.status, job.reason),
            format!("{} %", job.progress),
            job.created_at.format("%Y-%m-%d %H:%M UTC").to_string(),
            plain(job.summary.as_deref().unwrap_or_default()),
        ]);
    }
    // An id must stay in one piece, or it cannot be copied.
    if let Some(ids) = table.column_mut(0) {
        ids.set_constraint(comfy_table::ColumnConstraint::ContentWidth);
    }
    table.trim_fmt()
}

pub(crate) fn status(job: &Status, look: Look) -> String {
    let mut out = format!("{} {}", look.bold(&state(job.status, job.reason)), job.job_id);
    let summary = plain(job.summary.as_deref().unwrap_or_default());
    if !summary.is_empty() {
        out.push_str(&format!("\n{}", wrap(&summary, look.width, "")));
    }
    let node = job.node.as_deref().map_or_else(String::new, |node| format!(", in {}", plain(node)));
    out.push_str(&format!("\n{} % done{node}, since {}", job.progress, job.created_at.format("%Y-%m-%d %H:%M:%S UTC")));
    for task in &job.tasks {
        let sign = match task.status {
            TaskStatus::Completed => look.green("✔"),
            TaskStatus::Running => "…".to_owned(),
            TaskStatus::Failed => look.red("✖"),
            TaskStatus::Cancelled => look.dim("-"),
        };
        let error = task.error.as_deref().map_or_else(String::new, |error| format!(": {}", plain(error)));
        out.push_str(&format!("\n{sign} {} ({}){error}", plain(&task.agent), plain(&task.path)));
    }
    if let Some(error) = &job.error {
        out.push_str(&format!("\n{}", look.red(&plain(&error.title))));
        out.push_str(&format!(
            "\n{}\n{}",
            wrap(&plain(&error.cause), look.width, "  "),
            wrap(&plain(&error.hint), look.width, "  ")
        ));
    }
    if let Some(gate) = job.gate.as_ref().filter(|_| job.status == JobStatus::WaitingApproval) {
        out.push_str(&format!("\n{} {}", look.yellow("?"), wrap(&plain(&gate.prompt), look.width, "").trim_start()));
        if !gate.proposal_hash.is_empty() {
            out.push_str(&format!("\n  {}", look.dim(&format!("proposal-hash {}", plain(&gate.proposal_hash)))));
        }
    }
    out
}

fn state(status: JobStatus, reason: Option<Reason>) -> String {
    let status = status.word().replace('_', " ");
    reason.map_or_else(|| status.clone(), |reason| format!("{status} ({})", reason.word().replace('_', " ")))
}
