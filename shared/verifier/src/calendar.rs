//! The order of the plan's items, and whether they lie in the time that the travellers have in their city.

use chrono::NaiveDate;
use domain::plan::ItemKind;

use crate::{
    rule::{Report, Rule},
    trip::{DAY, Trip, clock},
    visit::Visit,
};

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    check_ends(trip, report);
    check_order(trip, report);
    for stop in &trip.stops {
        let is_timed = matches!(stop.item.kind, ItemKind::Meal { .. } | ItemKind::Sight { .. });
        let Some(visit) = trip.visit_of(stop).filter(|visit| is_timed && !visit.is_free_for(stop)) else { continue };
        let found = format!("{} to {}", clock(stop.start), clock(stop.end));
        report.add(Rule::OutsideCityTime, stop.place(), free_time(trip, visit, stop.date), found);
    }
}

/// The free time of a date, for people.
pub(crate) fn free_time(trip: &Trip<'_>, visit: &Visit<'_>, date: NaiveDate) -> String {
    let midnight = trip.day_number(date) * DAY;
    visit.free_on(date).map_or_else(
        || "nothing in the city on this day".to_owned(),
        |span| {
            let (from, until) = (midnight + i64::from(span.from_minute), midnight + i64::from(span.until_minute));
            format!("between {} and {}", clock(from), clock(until))
        },
    )
}

/// A leg departs on the clock of one place and arrives on that of another, and may seem to run backwards. So what comes
/// before a leg is compared with its start, what comes after it with its end, and neither with the other.
fn check_order(trip: &Trip<'_>, report: &mut Report) {
    let mut busy_until: Option<i64> = None;
    for stop in &trip.stops {
        if !stop.is_leg() && stop.end < stop.start {
            report.add(Rule::ItemOrder, stop.place(), format!("an end after {}", clock(stop.start)), clock(stop.end));
        }
        if let Some(minute) = busy_until.filter(|minute| stop.start < *minute) {
            report.add(Rule::ItemOrder, stop.place(), format!("a start from {}", clock(minute)), clock(stop.start));
        }
        let earlier = busy_until.filter(|_| !stop.is_leg());
        busy_until = Some(earlier.map_or(stop.end, |minute| minute.max(stop.end)));
    }
}

/// The trip is what lies between its first leg and its last. Only the first item outside is told.
fn check_ends(trip: &Trip<'_>, report: &mut Report) {
    let legs = trip.legs().count();
    if let Some(stop) = trip.stops.first().filter(|stop| !stop.is_leg()) {
        report.add(Rule::ItemOrder, stop.place(), "a leg as the first item", "another one");
    }
    if let Some(stop) = trip.stops.iter().find(|stop| legs > 0 && stop.legs_before == legs) {
        report.add(Rule::ItemOrder, stop.place(), "nothing after the last leg", "an item");
    }
}
