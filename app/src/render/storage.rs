//! What is stored.

use comfy_table::{CellAlignment, Table, presets};
use domain::storage::{NextPrune, StorageBudget, StorageReport};

use super::Look;

pub(crate) fn storage(report: &StorageReport, look: Look) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(vec!["kind", "rows", "bytes"]);
    for found in &report.kinds {
        let more = if found.is_capped { "+" } else { "" };
        table.add_row(vec![found.kind.word().to_owned(), format!("{}{more}", found.rows), size(found.bytes) + more]);
    }
    for column in [1, 2] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut lines = vec![table.trim_fmt(), String::new()];
    let oldest =
        report.oldest_finished_at.map_or_else(String::new, |at| format!(", the oldest of {}", at.format("%Y-%m-%d")));
    lines.push(format!("Finished jobs take {}{oldest}.", look.bold(&size(report.job_bytes))));
    if report.open_jobs > 0 || report.unmeasured_jobs > 0 {
        lines.push(format!(
            "Not in it: {} that go on, and {} that just ended.",
            jobs(report.open_jobs),
            jobs(report.unmeasured_jobs)
        ));
    }
    lines.push(budget(&report.budget));
    lines.push(next(&report.next_prune));
    lines.join("\n")
}

fn budget(budget: &StorageBudget) -> String {
    let days = budget.jobs_days.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"));
    let most = budget.bytes_max.map_or_else(String::new, |bytes| {
        format!(", and no more than {}", size(i64::try_from(bytes).unwrap_or(i64::MAX)))
    });
    format!("They are kept {days}{most}.")
}

fn next(next: &NextPrune) -> String {
    let all = next.expired_jobs + next.excess_jobs;
    if all == 0 {
        return "The next pruning removes none.".to_owned();
    }
    let more = if next.is_capped { "at least " } else { "" };
    format!(
        "The next pruning removes {more}{} ({}): {} too old, {} over the budget.",
        jobs(all),
        size(next.bytes),
        next.expired_jobs,
        next.excess_jobs
    )
}

fn jobs(count: i64) -> String {
    if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") }
}

/// `1.5 MiB`.
fn size(bytes: i64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "it is shown with one decimal")]
    let mut size = bytes as f64 / 1024.0;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_the_largest_unit_that_fits() {
        for (bytes, told) in
            [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (3 << 20, "3.0 MiB"), (5 << 42, "20.0 TiB")]
        {
            assert_eq!(size(bytes), told);
        }
    }
}
