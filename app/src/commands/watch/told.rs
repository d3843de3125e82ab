//! Watches for people.

use chrono::{DateTime, Utc};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use domain::{
    money::{Currency, Money},
    watch::{ObservationOutcome, WatchTarget},
};

use super::chart::Chart;
use crate::{
    client::{ObservationInfo, Observations, WatchInfo, WatchPage},
    render::{Look, plain, wrap},
};

/// Looks that are told one by one, below the chart.
const LOOKS_TOLD: usize = 5;

pub(super) fn table(page: &WatchPage, look: Look) -> String {
    if page.watches.is_empty() {
        return "No watches.".to_owned();
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(look.width).unwrap_or(u16::MAX))
        .set_header(vec!["watch", "state", "fired", "next", "what"]);
    for watch in &page.watches {
        let state = if watch.trouble.is_some() { format!("{}, blind", watch.status) } else { watch.status.to_string() };
        table.add_row(vec![
            watch.watch_id.to_string(),
            state,
            watch.firings.to_string(),
            watch.next_at.map_or_else(|| "-".to_owned(), instant),
            plain(&watch.name),
        ]);
    }
    // An id must stay in one piece, or it cannot be copied.
    if let Some(ids) = table.column_mut(0) {
        ids.set_constraint(ColumnConstraint::ContentWidth);
    }
    table.trim_fmt()
}

pub(super) fn watch(watch: &WatchInfo, seen: Option<&Observations>, look: Look) -> String {
    let mut lines = vec![format!("{} {}", look.bold(&plain(&watch.name)), watch.watch_id)];
    lines.push(wrap(&stands(watch), look.width, ""));
    if let Some(trouble) = &watch.trouble {
        let told = format!("! {} looks in a row saw nothing: {}", trouble.failures, plain(&trouble.error));
        lines.push(look.yellow(&wrap(&told, look.width, "")));
    }
    let Some(seen) = seen.map(|seen| &seen.observations) else { return lines.join("\n") };
    let Some(newest) = seen.first() else {
        lines.push("It has seen nothing yet.".to_owned());
        return lines.join("\n");
    };
    lines.push(String::new());
    lines.extend(chart(watch, seen, look));
    if let Some(history) = &watch.history {
        let value = |value: i64| in_unit(watch, value);
        let simulated = if newest.simulated { " (simulated)" } else { "" };
        let summary = format!(
            "now {}{simulated}, min {}, median {}, max {}, {} looks",
            look.bold(&value(history.now)),
            value(history.min),
            value(history.median),
            value(history.max),
            history.count
        );
        lines.push(wrap(&summary, look.width, "  "));
    }
    lines.push(wrap(&format!("Source: {}", plain(&newest.source)), look.width, "  "));
    lines.push(String::new());
    lines.extend(seen.iter().take(LOOKS_TOLD).map(|one| told(one, look)));
    lines.join("\n")
}

fn chart(watch: &WatchInfo, seen: &[ObservationInfo], look: Look) -> Vec<String> {
    let values: Vec<i64> = seen.iter().rev().map(|one| one.value).collect();
    let label = |value: i64| in_unit(watch, value);
    let low_is_news = matches!(watch.watch, WatchTarget::FlightPrice(_));
    let mut lines = Chart { values: &values, level: watch.level, low_is_news, label: &label }.draw(look);
    if let (Some(first), Some(last)) = (seen.last(), seen.first()) {
        lines.push(format!("  from {} to {}", instant(first.observed_at), instant(last.observed_at)));
    }
    lines
}

fn stands(watch: &WatchInfo) -> String {
    let reason = watch.reason.map(|reason| format!(" ({})", reason.word().replace('_', " "))).unwrap_or_default();
    let waits = watch.level.map(|level| format!(", waits for {}", in_unit(watch, level))).unwrap_or_default();
    let next = watch.next_at.map(|at| format!(", next look {}", instant(at))).unwrap_or_default();
    let looking = if watch.is_looking { ", looks right now" } else { "" };
    let fired = match watch.last_fired_at {
        Some(at) => format!(", fired {} times, last {}", watch.firings, instant(at)),
        None => ", has not fired".to_owned(),
    };
    format!("{}{reason}{waits}{fired}{next}{looking} ({})", watch.status, plain(&watch.time_zone))
}

pub(super) fn told(one: &ObservationInfo, look: Look) -> String {
    let outcome = match one.outcome {
        ObservationOutcome::Quiet => String::new(),
        ObservationOutcome::Fired => {
            let job = one.job_id.map(|job| format!(": portolan follow {job}")).unwrap_or_default();
            format!("\n      {}{job}", look.green("fired"))
        }
        held @ (ObservationOutcome::HeldQuiet | ObservationOutcome::HeldOpen | ObservationOutcome::HeldCost) => {
            format!("\n      {}", look.yellow(&held.word().replace('_', " ")))
        }
    };
    let text = format!("{}  {}", instant(one.observed_at), plain(&one.text));
    format!("{}{outcome}", wrap(&text, look.width, "  "))
}

/// A value as people read it.
fn in_unit(watch: &WatchInfo, value: i64) -> String {
    let currency = watch.currency.as_deref().and_then(|code| code.parse::<Currency>().ok());
    match currency {
        Some(currency) => Money::new(value, currency).to_string(),
        None => format!("{value} d"),
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
