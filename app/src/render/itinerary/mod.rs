//! The plan as a traveller reads it: a table per day, the bill, and what to know about both. Where the trip goes to several
//! cities, each has a heading before the day on which it is reached.

use std::collections::BTreeSet;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use domain::{
    facts::{FactKind, Provenance},
    money::ExchangeRate,
    plan::{CityVisit, Costs, Day, Item, ItemKind, Plan},
};

use super::{Look, plain, wrap};

/// Below this the note goes under what it is about, in place of a column of its own.
const NOTE_COLUMN_FROM: usize = 72;

/// The whole plan.
pub(crate) fn itinerary(plan: &Plan, look: Look) -> String {
    let columns = Columns::of(plan, look);
    let mut parts = vec![heading(plan, look)];
    let mut reached = None;
    for (index, day) in plan.days.iter().enumerate() {
        let city = city_of(plan, day);
        if plan.cities.len() > 1 && city.is_some() && city != reached {
            parts.extend(city.map(|city| city_heading(plan, city, look)));
            reached = city;
        }
        parts.push(day_table(plan, index + 1, day, &columns, look));
    }
    parts.push(bill(&plan.costs, look));
    let assumed = plan.assumptions.iter().map(|assumption| assumption.text.as_str());
    parts.extend(list("Assumed", assumed, look));
    parts.extend(list("Not understood", plan.unread.iter().map(String::as_str), look));
    parts.extend(list("Please note", plan.warnings.iter().map(String::as_str), look));
    parts.push(sources(plan, look));
    parts.join("\n\n")
}

fn heading(plan: &Plan, look: Look) -> String {
    let travellers = match (plan.travellers.adults, plan.travellers.children) {
        (1, 0) => "1 adult".to_owned(),
        (adults, 0) => format!("{adults} adults"),
        (adults, 1) => {
            format!("{} and 1 child", if adults == 1 { "1 adult".into() } else { format!("{adults} adults") })
        }
        (adults, children) => {
            format!(
                "{} and {children} children",
                if adults == 1 { "1 adult".into() } else { format!("{adults} adults") }
            )
        }
    };
    let when = format!("{} to {}", plan.start_date.format("%-d %B"), plan.end_date.format("%-d %B %Y"));
    let facts = format!("{} · {when} · {travellers}", plain(&plan.destination));
    let mut out = look.bold(&wrap(&plain(&plan.title), look.width, ""));
    out.push('\n');
    out.push_str(&look.dim(&wrap(&facts, look.width, "")));
    if !plan.narrative.trim().is_empty() {
        out.push_str("\n\n");
        out.push_str(&wrap(&plain(&plan.narrative), look.width, ""));
    }
    out
}

/// The city in which a day ends; none on a day that is all journey.
fn city_of<'a>(plan: &'a Plan, day: &Day) -> Option<&'a CityVisit> {
    let id = day.items.iter().rev().find_map(|item| item.city_id.as_deref())?;
    plan.cities.iter().find(|city| city.place.id == id)
}

/// `Rome, Italy · 5 to 8 May · 3 nights at Casa Bella, Monti (1 room, ~420 EUR)`.
fn city_heading(plan: &Plan, city: &CityVisit, look: Look) -> String {
    let nights = counted(city.nights, "night");
    let stay = plan.stays.iter().find(|stay| stay.city_id == city.place.id);
    let bed = stay.map_or_else(String::new, |stay| {
        let sign = sign(&stay.provenance);
        format!(" at {}, {} ({}, {sign}{})", stay.name, stay.area, counted(stay.rooms, "room"), stay.cost)
    });
    let (arrive, leave) = (city.arrive.format("%-d %B"), city.leave.format("%-d %B"));
    let facts = plain(&format!("{arrive} to {leave} · {nights}{bed}"));
    let name = plain(&format!("{}, {}", city.place.name, city.country));
    format!("{}\n{}", look.bold(&wrap(&name, look.width, "")), look.dim(&wrap(&facts, look.width, "")))
}

fn counted(count: u32, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn day_table(plan: &Plan, number: usize, day: &Day, columns: &Columns, look: Look) -> String {
    let weather = day.weather.as_ref().map_or_else(String::new, |weather| {
        format!(" · typically {} to {} °C, rain on {} % of days", weather.low_c, weather.high_c, weather.rain_percent)
    });
    let cities = plan.cities_of(day);
    let change = if cities.len() > 1 { format!(" · {}", plain(&cities.join(" to "))) } else { String::new() };
    let title = format!("Day {number} · {}{change}", day.date.format("%A, %-d %B %Y"));
    let heading = if console::measure_text_width(&title) + console::measure_text_width(&weather) <= look.width {
        format!("{}{}", look.bold(&title), look.dim(&weather))
    } else {
        let title = look.bold(&wrap(&title, look.width, ""));
        let below = wrap(weather.trim_start_matches(" · "), look.width, "");
        if below.is_empty() { title } else { format!("{title}\n{}", look.dim(&below)) }
    };
    let mut table = table(look);
    for item in &day.items {
        let note = plain(item.note.as_deref().unwrap_or_default());
        if columns.note.is_some() {
            table.add_row(vec![times(item), what(item), cost(item), note]);
        } else {
            let what = if note.is_empty() { what(item) } else { format!("{}\n{note}", what(item)) };
            table.add_row(vec![times(item), what, cost(item)]);
        }
    }
    table.set_constraints(columns.constraints());
    if let Some(cost) = table.column_mut(2) {
        cost.set_cell_alignment(CellAlignment::Right);
    }
    format!("{heading}\n{}", table.trim_fmt())
}

fn table(look: Look) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(narrow(look.width));
    table
}

/// The widths of a day's columns, the same for every day, so that the eye finds the prices.
struct Columns {
    times: u16,
    what: u16,
    cost: u16,
    note: Option<u16>,
}

impl Columns {
    fn of(plan: &Plan, look: Look) -> Self {
        /// What the table puts around the content of a cell.
        const PADDING: usize = 2;
        let items = || plan.days.iter().flat_map(|day| &day.items);
        let widest =
            |text: fn(&Item) -> String| items().map(|item| console::measure_text_width(&text(item))).max().unwrap_or(0);
        let (times, cost) = (widest(times) + PADDING, widest(cost) + PADDING);
        let room = look.width.saturating_sub(times + cost).max(PADDING + 1);
        let has_notes = look.width >= NOTE_COLUMN_FROM && items().any(|item| item.note.is_some());
        let note = has_notes.then_some(room * 2 / 5);
        let what = room - note.unwrap_or(0);
        Self { times: narrow(times), what: narrow(what), cost: narrow(cost), note: note.map(narrow) }
    }

    fn constraints(&self) -> Vec<ColumnConstraint> {
        let fixed = |width: u16| ColumnConstraint::Absolute(Width::Fixed(width));
        [Some(self.times), Some(self.what), Some(self.cost), self.note].into_iter().flatten().map(fixed).collect()
    }
}

fn narrow(width: usize) -> u16 {
    u16::try_from(width).unwrap_or(u16::MAX)
}

fn times(item: &Item) -> String {
    let days = if item.end_day_offset == 0 { String::new() } else { format!(" {:+}", item.end_day_offset) };
    format!("{}–{}{days}", item.start.format("%H:%M"), item.end.format("%H:%M"))
}

fn what(item: &Item) -> String {
    plain(&item.title)
}

/// An estimate carries its sign; what costs nothing says so only where one pays elsewhere.
fn cost(item: &Item) -> String {
    let free = item.cost.amount_cents == 0;
    match &item.kind {
        ItemKind::Sight { .. } if free => "free".to_owned(),
        _ if free => String::new(),
        _ => format!("{}{}", sign(&item.provenance), item.cost),
    }
}

/// Before a price that is no offer.
const fn sign(provenance: &Provenance) -> &'static str {
    match provenance.kind {
        FactKind::Quote => "",
        FactKind::Dataset | FactKind::Estimate => "~",
    }
}

fn bill(costs: &Costs, look: Look) -> String {
    let mut table = table(look);
    for category in &costs.by_category {
        table.add_row(vec![category.category.word().replace('_', " "), category.cost.to_string()]);
    }
    table.add_row(vec!["total".to_owned(), costs.total.to_string()]);
    table.add_row(vec!["budget".to_owned(), costs.budget.to_string()]);
    let (word, amount) = if costs.left.amount_cents < 0 { ("over budget", costs.left) } else { ("left", costs.left) };
    table.add_row(vec![word.to_owned(), amount.to_string()]);
    if let Some(amounts) = table.column_mut(1) {
        amounts.set_cell_alignment(CellAlignment::Right);
    }
    let mut out = format!("{}\n{}", look.bold("Costs"), table.trim_fmt());
    for rate in costs.rates.iter().filter(|rate| rate.from != rate.to) {
        out.push('\n');
        out.push_str(&look.dim(&wrap(&converted(rate), look.width, "")));
    }
    out
}

/// With as many digits as the eye needs, also where a unit is worth little.
fn converted(rate: &ExchangeRate) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a rate has at most six significant digits")]
    let units = rate.rate_nanos as f64 / 1e9;
    let decimals = if units < 0.01 { 7 } else { 4 };
    let source = plain(&rate.source);
    format!("Converted at 1 {} = {units:.decimals$} {} ({source}, {}).", rate.from, rate.to, plain(&rate.as_of))
}

fn list<'a>(heading: &str, lines: impl Iterator<Item = &'a str>, look: Look) -> Option<String> {
    let lines: Vec<String> = lines
        .map(|line| {
            let wrapped = wrap(&plain(line), look.width, "  ");
            format!("- {}", wrapped.trim_start())
        })
        .collect();
    (!lines.is_empty()).then(|| format!("{}\n{}", look.bold(heading), lines.join("\n")))
}

/// Where the figures come from, and how firm they are.
fn sources(plan: &Plan, look: Look) -> String {
    let items = plan.days.iter().flat_map(|day| &day.items).map(|item| &item.provenance);
    let lines = plan.costs.lines.iter().map(|line| &line.provenance);
    let stays = plan.stays.iter().map(|stay| &stay.provenance);
    let named: BTreeSet<String> = items.chain(lines).chain(stays).map(source).collect();
    let text = format!(
        "Prices with ~ are typical values and estimates, not offers; nothing is booked. Sources: {}.",
        named.into_iter().collect::<Vec<_>>().join("; ")
    );
    look.dim(&wrap(&text, look.width, ""))
}

fn source(provenance: &Provenance) -> String {
    let firmness = match provenance.kind {
        FactKind::Quote => "quotes",
        FactKind::Dataset => "typical values",
        FactKind::Estimate => "estimates",
    };
    format!("{} ({firmness}, {})", plain(&provenance.source), plain(&provenance.as_of))
}

#[cfg(test)]
mod tests;
