//! The order of the plan's items, and whether they lie in the time that the travellers have in the city.

use domain::{facts::Direction, plan::ItemKind};

use crate::{
    rule::{Report, Rule},
    trip::{Trip, clock},
};

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    check_order(trip, report);
    for stop in &trip.stops {
        let is_timed = matches!(stop.item.kind, ItemKind::Meal { .. } | ItemKind::Sight { .. });
        if is_timed && !trip.is_in_city(stop) {
            let found = format!("{} to {}", clock(stop.start), clock(stop.end));
            report.add(Rule::OutsideCityTime, stop.place(), free_time(trip, stop.date), found);
        }
    }
}

/// The free time of a date, for people.
pub(crate) fn free_time(trip: &Trip<'_>, date: chrono::NaiveDate) -> String {
    let midnight = trip.day_number(date) * crate::trip::DAY;
    trip.free_on(date).map_or_else(
        || "nothing in the city on this day".to_owned(),
        |span| {
            let (from, until) = (midnight + i64::from(span.from_minute), midnight + i64::from(span.until_minute));
            format!("between {} and {}", clock(from), clock(until))
        },
    )
}

/// The outbound leg departs on the origin's clock, the return leg arrives on it: neither time can be compared with the
/// city's, and a leg's clock may run backwards over time zones. So the outbound leg must be the first item, the return
/// leg the last, and only what lies between is compared.
fn check_order(trip: &Trip<'_>, report: &mut Report) {
    let mut busy_until: Option<i64> = None;
    let mut has_left = false;
    for (index, stop) in trip.stops.iter().enumerate() {
        if has_left {
            report.add(Rule::ItemOrder, stop.place(), "nothing after the return leg", "an item");
        }
        let is_outbound = stop.is_leg(Direction::Outbound);
        let is_return = stop.is_leg(Direction::Return);
        if is_outbound && index != 0 {
            report.add(Rule::ItemOrder, stop.place(), "the outbound leg as the first item", "items before it");
        }
        if !is_outbound && !is_return && stop.end < stop.start {
            report.add(Rule::ItemOrder, stop.place(), format!("an end after {}", clock(stop.start)), clock(stop.end));
        }
        if let Some(minute) = busy_until.filter(|minute| !is_outbound && stop.start < *minute) {
            report.add(Rule::ItemOrder, stop.place(), format!("a start from {}", clock(minute)), clock(stop.start));
        }
        let end = if is_return { stop.start } else { stop.end };
        busy_until = Some(busy_until.map_or(end, |minute| minute.max(end)));
        has_left = has_left || is_return;
    }
}
