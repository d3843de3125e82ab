//! A plan as Markdown: CommonMark with the tables of GitHub.
//!
//! Names come from data and sentences may come from a model, so every text of the plan is escaped: it shows as it is and
//! can make neither a link, an image, HTML nor a table of its own. Each source stands once, in a numbered list, and what
//! came from it carries its number.

use std::fmt::Write;

use crate::{
    facts::Provenance,
    money::ExchangeRate,
    plan::{CityVisit, Day, Item, Plan, Quality},
};

impl Plan {
    /// The name of a city of the trip; its id where it is none of them.
    #[must_use]
    pub fn city_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.cities.iter().find(|city| city.place.id == id).map_or(id, |city| &city.place.name)
    }

    /// The names of the cities in which a day has something, in order; none on a day that is all journey.
    #[must_use]
    pub fn cities_of<'a>(&'a self, day: &'a Day) -> Vec<&'a str> {
        let mut names: Vec<&str> =
            day.items.iter().filter_map(|item| item.city_id.as_deref()).map(|id| self.city_name(id)).collect();
        names.dedup();
        names
    }
}

pub(crate) fn render(plan: &Plan) -> String {
    Page { plan, sources: Sources::default(), out: String::new() }.write()
}

struct Page<'a> {
    plan: &'a Plan,
    sources: Sources,
    out: String,
}

impl Page<'_> {
    fn write(mut self) -> String {
        let plan = self.plan;
        self.heading(1, &inline(&plan.title));
        self.paragraph(&facts(plan));
        for paragraph in plan.narrative.lines().filter(|line| !line.trim().is_empty()) {
            self.paragraph(&block(paragraph));
        }
        self.cities();
        self.stays();
        for (index, day) in plan.days.iter().enumerate() {
            self.day(index + 1, day);
        }
        self.costs();
        self.list("Assumed", plan.assumptions.iter().map(|assumption| block(&assumption.text)));
        self.list("Not understood", plan.unread.iter().map(|text| block(text)));
        self.list("Please note", plan.warnings.iter().map(|text| block(text)));
        self.quality(&plan.quality);
        self.write_sources();
        self.out
    }

    fn heading(&mut self, level: usize, text: &str) {
        self.line(&format!("{} {text}\n", "#".repeat(level)));
    }

    fn paragraph(&mut self, text: &str) {
        self.line(&format!("{text}\n"));
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        self.line(&format!("| {} |", head.join(" | ")));
        self.line(&format!("|{}", "---|".repeat(head.len())));
        for row in rows {
            self.line(&format!("| {} |", row.join(" | ")));
        }
        self.line("");
    }

    fn list(&mut self, heading: &str, lines: impl Iterator<Item = String>) {
        let lines: Vec<String> = lines.map(|line| format!("- {line}\n")).collect();
        if !lines.is_empty() {
            self.heading(2, heading);
            self.line(&lines.concat());
        }
    }

    /// Where the trip goes, when it goes to several places.
    fn cities(&mut self) {
        if self.plan.cities.len() < 2 {
            return;
        }
        let row = |city: &CityVisit| {
            let dates = [city.arrive, city.leave].map(|date| date.format("%-d %B %Y").to_string());
            vec![
                inline(&city.place.name),
                inline(&city.country),
                dates[0].clone(),
                dates[1].clone(),
                city.nights.to_string(),
            ]
        };
        let rows: Vec<_> = self.plan.cities.iter().map(row).collect();
        self.heading(2, "Cities");
        self.table(&["city", "country", "arrive", "leave", "nights"], &rows);
    }

    fn stays(&mut self) {
        let plan = self.plan;
        if plan.stays.is_empty() {
            return;
        }
        let mut rows = Vec::new();
        for stay in &plan.stays {
            let dates = format!("{} to {}", stay.check_in.format("%-d %B"), stay.check_out.format("%-d %B"));
            rows.push(vec![
                inline(plan.city_name(&stay.city_id)),
                inline(&format!("{}, {}", stay.name, stay.area)),
                dates,
                stay.nights.to_string(),
                stay.rooms.to_string(),
                stay.cost.to_string(),
                self.sources.cite(&stay.provenance),
            ]);
        }
        self.heading(2, "Beds");
        self.table(&["city", "bed", "when", "nights", "rooms", "cost", "source"], &rows);
    }

    fn day(&mut self, number: usize, day: &Day) {
        let plan = self.plan;
        let cities = if plan.cities.len() > 1 { plan.cities_of(day) } else { Vec::new() };
        let place = if cities.is_empty() { String::new() } else { format!(", {}", inline(&cities.join(" and "))) };
        self.heading(2, &format!("Day {number}: {}{place}", day.date.format("%A, %-d %B %Y")));
        if let Some(weather) = &day.weather {
            let cite = self.sources.cite(&weather.provenance);
            let (low, high, rain) = (weather.low_c, weather.high_c, weather.rain_percent);
            self.paragraph(&format!("Typically {low} to {high} °C, rain on {rain} % of days {cite}."));
        }
        let mut rows = Vec::new();
        for item in &day.items {
            rows.push(vec![times(item), inline(&describe(item)), cost(item), self.sources.cite(&item.provenance)]);
        }
        self.table(&["time", "what", "cost", "source"], &rows);
    }

    fn costs(&mut self) {
        let costs = &self.plan.costs;
        let categories = costs.by_category.iter();
        let mut rows: Vec<Vec<String>> =
            categories.map(|one| vec![one.category.word().replace('_', " "), one.cost.to_string()]).collect();
        rows.push(vec!["**total**".to_owned(), format!("**{}**", costs.total)]);
        rows.push(vec!["budget".to_owned(), costs.budget.to_string()]);
        rows.push(vec!["left".to_owned(), costs.left.to_string()]);
        self.heading(2, "Costs");
        self.table(&["category", "cost"], &rows);
        self.bill();
        for rate in costs.rates.iter().filter(|rate| rate.from != rate.to) {
            self.paragraph(&converted(rate));
        }
    }

    fn bill(&mut self) {
        let plan = self.plan;
        if plan.costs.lines.is_empty() {
            return;
        }
        let mut rows = Vec::new();
        for line in &plan.costs.lines {
            let unit = crate::money::Money::new(line.unit_local_cents, line.local_currency);
            rows.push(vec![
                inline(&line.title),
                format!("{} × {unit}", line.quantity),
                line.cost.to_string(),
                self.sources.cite(&line.provenance),
            ]);
        }
        self.table(&["what", "price", "cost", "source"], &rows);
    }

    fn quality(&mut self, quality: &Quality) {
        let sure = match (quality.optimal, quality.bound) {
            (true, _) => "No plan scores more".to_owned(),
            (false, Some(bound)) => format!("No plan scores more than {bound}"),
            (false, None) => "Whether another plan scores more is not known".to_owned(),
        };
        self.heading(2, "Quality");
        self.paragraph(&format!("{} points. {sure}.", quality.score));
        if !quality.parts.is_empty() {
            let rows = quality.parts.iter().map(|part| vec![part.part.to_string(), part.points.to_string()]);
            self.table(&["part", "points"], &rows.collect::<Vec<_>>());
        }
    }

    fn write_sources(&mut self) {
        self.heading(2, "Sources");
        self.paragraph("Nothing is booked. What is not a quote is a typical value or an estimate, not an offer.");
        let lines: String = self.sources.0.iter().enumerate().fold(String::new(), |mut lines, (index, source)| {
            writeln!(lines, "{}. {source}", index + 1).expect("a string takes every line");
            lines
        });
        self.out.push_str(&lines);
    }
}

/// Every source once, in the order in which they are first named.
#[derive(Default)]
struct Sources(Vec<String>);

impl Sources {
    /// The number by which the list at the end has it.
    fn cite(&mut self, provenance: &Provenance) -> String {
        let Provenance { kind, source, as_of, fetched_at } = provenance;
        let fetched = fetched_at.format("%-d %B %Y");
        let text = inline(&format!("{source}, {kind}, as of {as_of}, fetched {fetched}"));
        let index = self.0.iter().position(|known| *known == text).unwrap_or_else(|| {
            self.0.push(text);
            self.0.len() - 1
        });
        format!("\\[{}\\]", index + 1)
    }
}

/// From where to where, when and who.
fn facts(plan: &Plan) -> String {
    let (adults, children) = (plan.travellers.adults, plan.travellers.children);
    let adults = format!("{adults} {}", if adults == 1 { "adult" } else { "adults" });
    let people = match children {
        0 => adults,
        1 => format!("{adults} and 1 child"),
        _ => format!("{adults} and {children} children"),
    };
    let (start, end) = (plan.start_date.format("%-d %B %Y"), plan.end_date.format("%-d %B %Y"));
    inline(&format!("From {} to {}, {start} to {end}, {people}.", plan.origin.name, plan.destination))
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

/// `1 USD = 0.9214 EUR`, with every digit that the rate has.
fn converted(rate: &ExchangeRate) -> String {
    let digits = format!("{}.{:09}", rate.rate_nanos / 1_000_000_000, rate.rate_nanos.unsigned_abs() % 1_000_000_000);
    let units = digits.trim_end_matches('0').trim_end_matches('.');
    inline(&format!("Converted at 1 {} = {units} {} ({}, {}).", rate.from, rate.to, rate.source, rate.as_of))
}

/// Text on one line, as it shows. For table cells, headings, and behind other text.
fn inline(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    let mut chars = line.chars().peekable();
    let mut out = String::new();
    while let Some(c) = chars.next() {
        let is_special = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' => true,
            // Only where an entity or a heading's end might be meant: "Bed & Breakfast" stays legible.
            '&' => chars.peek().is_some_and(|next| next.is_ascii_alphanumeric() || *next == '#'),
            '#' => chars.peek().is_none_or(|next| *next == '#' || *next == ' '),
            _ => false,
        };
        if is_special {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text that begins a paragraph or an entry of a list, where a few more signs mean something.
fn block(text: &str) -> String {
    let line = inline(text);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    match line.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => format!("{}\\{}", &line[..digits], &line[digits..]),
        Some(b'-' | b'+' | b'=' | b'#') if digits == 0 && !line.starts_with("\\#") => format!("\\{line}"),
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_mean_something_is_escaped_and_the_rest_stays_legible() {
        for (text, escaped) in [
            ("Bed & Breakfast, mid-range (no. 3)", "Bed & Breakfast, mid-range (no. 3)"),
            ("a|b\nc", "a\\|b c"),
            ("<b>*x*</b> `y`", "\\<b\\>\\*x\\*\\</b\\> \\`y\\`"),
            ("![i](http://x) &copy;", "!\\[i\\](http://x) \\&copy;"),
            ("a\u{7}b C #", "a b C \\#"),
        ] {
            assert_eq!(inline(text), escaped);
        }
        for (text, escaped) in [
            ("- x", "\\- x"),
            ("12. x", "12\\. x"),
            ("1) x", "1\\) x"),
            ("# x", "\\# x"),
            ("12 x", "12 x"),
            ("===", "\\==="),
        ] {
            assert_eq!(block(text), escaped);
        }
    }

    #[test]
    fn a_rate_has_all_its_digits() {
        let rate = |rate_nanos| ExchangeRate {
            from: crate::money::Currency::USD,
            to: crate::money::Currency::EUR,
            rate_nanos,
            as_of: "2025".into(),
            source: "ecb".into(),
        };
        assert_eq!(converted(&rate(57_123)), "Converted at 1 USD = 0.000057123 EUR (ecb, 2025).");
        assert_eq!(converted(&rate(2_000_000_000)), "Converted at 1 USD = 2 EUR (ecb, 2025).");
    }
}
