//! Schedules for people.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use crate::{
    client::{ScheduleInfo, SchedulePage, Ticks},
    render::{Look, plain},
};

pub(super) fn table(page: &SchedulePage, look: Look) -> String {
    if page.schedules.is_empty() {
        return "No schedules.".to_owned();
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(look.width).unwrap_or(u16::MAX))
        .set_header(vec!["schedule", "state", "when", "next", "last", "what"]);
    for schedule in &page.schedules {
        let last = schedule.last.as_ref().map_or_else(String::new, |last| last.outcome.word().replace('_', " "));
        table.add_row(vec![
            schedule.schedule_id.to_string(),
            schedule.status.to_string(),
            when(schedule),
            next(schedule),
            last,
            plain(&schedule.name),
        ]);
    }
    // An id must stay in one piece, or it cannot be copied.
    if let Some(ids) = table.column_mut(0) {
        ids.set_constraint(ColumnConstraint::ContentWidth);
    }
    table.trim_fmt()
}

pub(super) fn schedule(schedule: &ScheduleInfo, ticks: Option<&Ticks>, look: Look) -> String {
    let mut lines = vec![
        format!("{} {}", look.bold(&plain(&schedule.name)), schedule.schedule_id),
        format!("{}, {} ({}, {})", schedule.status, when(schedule), plain(&schedule.cron), plain(&schedule.time_zone)),
        format!(
            "overlap: {}, missed runs: {}, {} missed so far",
            schedule.overlap.word().replace('_', " "),
            schedule.catch_up,
            schedule.missed
        ),
    ];
    for run in &schedule.next_runs {
        let note = run.note.as_deref().map_or_else(String::new, |note| format!("  {}", look.yellow(&plain(note))));
        lines.push(format!("  next  {}{note}", plain(&run.local)));
    }
    if let Some(last) = schedule.last.as_ref().filter(|_| ticks.is_none()) {
        lines.push(format!("  last  {}  {}", last.tick_at.format("%Y-%m-%d %H:%M:%S UTC"), last.outcome));
    }
    for tick in ticks.iter().flat_map(|ticks| &ticks.ticks) {
        let more =
            tick.job_id.map(|id| id.to_string()).or_else(|| tick.error.as_deref().map(plain)).unwrap_or_default();
        let outcome = tick.outcome.word().replace('_', " ");
        lines.push(format!("  was   {}  {outcome}  {more}", tick.tick_at.format("%Y-%m-%d %H:%M:%S UTC")));
    }
    lines.join("\n")
}

pub(super) fn next(schedule: &ScheduleInfo) -> String {
    schedule.next_at.map_or_else(|| "-".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string())
}

fn when(schedule: &ScheduleInfo) -> String {
    plain(schedule.in_words.as_ref().unwrap_or(&schedule.cron))
}
