//! A plan as Markdown.

use crate::plan::{Day, Item, Plan};

pub(crate) fn render(plan: &Plan) -> String {
    let mut out = format!("# {}\n\n{}\n\n", plan.title, plan.narrative);
    for (index, day) in plan.days.iter().enumerate() {
        render_day(&mut out, index + 1, day);
    }
    render_costs(&mut out, plan);
    render_list(&mut out, "Assumed", plan.assumptions.iter().map(|assumption| assumption.text.clone()));
    render_list(&mut out, "Not understood", plan.unread.iter().cloned());
    render_list(&mut out, "Please note", plan.warnings.iter().cloned());
    out
}

fn render_day(out: &mut String, number: usize, day: &Day) {
    out.push_str(&format!("## Day {number}: {}\n\n", day.date.format("%A, %-d %B %Y")));
    if let Some(weather) = &day.weather {
        out.push_str(&format!(
            "Typically {} to {} °C, rain on {} % of days.\n\n",
            weather.low_c, weather.high_c, weather.rain_percent
        ));
    }
    out.push_str("| time | what | cost | source |\n|---|---|---|---|\n");
    for item in &day.items {
        out.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            times(item),
            cell(&describe(item)),
            cost(item),
            cell(&source(item))
        ));
    }
    out.push('\n');
}

fn render_costs(out: &mut String, plan: &Plan) {
    out.push_str("## Costs\n\n| category | cost |\n|---|---|\n");
    for category in &plan.costs.by_category {
        out.push_str(&format!("| {} | {} |\n", category.category.word().replace('_', " "), category.cost));
    }
    let rate = &plan.costs.rate;
    out.push_str(&format!(
        "| **total** | **{}** |\n| budget | {} |\n| left | {} |\n\n",
        plan.costs.total, plan.costs.budget, plan.costs.left
    ));
    if rate.from != rate.to {
        #[expect(clippy::cast_precision_loss, reason = "a rate has at most six significant digits")]
        let units = rate.rate_nanos as f64 / 1e9;
        out.push_str(&format!(
            "Converted at 1 {} = {units:.4} {} ({}, {}).\n\n",
            rate.from, rate.to, rate.source, rate.as_of
        ));
    }
}

fn render_list(out: &mut String, heading: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.map(|line| format!("- {line}\n")).collect();
    if !lines.is_empty() {
        out.push_str(&format!("## {heading}\n\n{}\n", lines.concat()));
    }
}

fn times(item: &Item) -> String {
    let days = match item.end_day_offset {
        0 => String::new(),
        offset => format!(" ({offset:+} d)"),
    };
    format!("{}–{}{days}", item.start.format("%H:%M"), item.end.format("%H:%M"))
}

fn describe(item: &Item) -> String {
    match &item.note {
        Some(note) => format!("{} ({note})", item.title),
        None => item.title.clone(),
    }
}

fn cost(item: &Item) -> String {
    if item.cost.amount_cents == 0 { String::new() } else { item.cost.to_string() }
}

fn source(item: &Item) -> String {
    format!("{} {}, {}", item.provenance.source, item.provenance.as_of, item.provenance.kind)
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
