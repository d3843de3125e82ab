//! A free day without any sight, although one was left that would have fitted.

use std::collections::HashSet;

use chrono::NaiveDate;
use domain::{
    facts::{MealKind, SightOption},
    plan::ItemKind,
    rules,
};

use crate::{
    bill,
    rule::{Report, Rule},
    sights::{hours_on, is_avoided},
    streets,
    trip::Trip,
};

/// A day counts when it is free from the one to the other (10:00 and 18:00) ...
const FREE_FROM_MINUTE: u32 = 10 * 60;
const FREE_UNTIL_MINUTE: u32 = 18 * 60;
/// ... and a sight counts when it can be visited from 10:00 to 17:00.
const VISIT_FROM_MINUTE: i64 = 10 * 60;
const VISIT_UNTIL_MINUTE: i64 = 17 * 60;

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    let used: HashSet<&str> = trip.stops.iter().filter_map(|stop| sight_id(&stop.item.kind)).collect();
    let left = i128::from(trip.brief.budget.amount_cents) - bill::total_cents(trip);
    for (index, day) in trip.plan.days.iter().enumerate() {
        let is_free = trip
            .free_on(day.date)
            .is_some_and(|free| free.from_minute <= FREE_FROM_MINUTE && free.until_minute >= FREE_UNTIL_MINUTE);
        if !is_free || day.items.iter().any(|item| sight_id(&item.kind).is_some()) {
            continue;
        }
        let missed = trip.facts.sights.iter().find(|sight| {
            !used.contains(sight.id.as_str())
                && !is_avoided(trip, sight)
                && fits(trip, sight, day.date)
                && cost_cents(trip, sight, index) <= left
        });
        if let Some(sight) = missed {
            let place = format!("day {} ({})", index + 1, day.date);
            report.add(Rule::EmptyDay, place, format!("a sight, such as {}", sight.name), "none");
        }
    }
}

fn sight_id(kind: &ItemKind) -> Option<&str> {
    match kind {
        ItemKind::Sight { sight_id } => Some(sight_id),
        _ => None,
    }
}

/// What the visit would cost everybody: entry, and day tickets where the day has none yet (the way might be long).
fn cost_cents(trip: &Trip<'_>, sight: &SightOption, day_index: usize) -> i128 {
    let entry = bill::cost_cents(trip, trip.people(), sight.price_cents);
    let ticket = if streets::needs_ticket(trip, day_index) {
        0
    } else {
        bill::cost_cents(trip, trip.people(), trip.facts.city.transit_day_ticket_cents)
    };
    i128::from(entry) + i128::from(ticket)
}

/// Whether a visit fits into the opening hours and leaves room for lunch, which is due on such a day.
fn fits(trip: &Trip<'_>, sight: &SightOption, date: NaiveDate) -> bool {
    let lunch = rules::meal_start(MealKind::Lunch);
    let eaten = i64::from(lunch.from_minute) + i64::from(rules::meal_minutes(MealKind::Lunch));
    let (visit, way) = (i64::from(sight.visit_minutes), way_to_lunch(trip, sight));
    hours_on(sight, date).iter().any(|open| {
        let earliest = i64::from(open.from_minute).max(VISIT_FROM_MINUTE);
        let latest = i64::from(open.until_minute).min(VISIT_UNTIL_MINUTE) - visit;
        let before_lunch = earliest + visit + way <= i64::from(lunch.until_minute);
        let after_lunch = eaten + way <= latest;
        earliest <= latest && (before_lunch || after_lunch)
    })
}

/// Minutes to the nearest place that may serve lunch.
fn way_to_lunch(trip: &Trip<'_>, sight: &SightOption) -> i64 {
    let houses = trip.facts.meals.iter().filter(|meal| {
        meal.serves.contains(&MealKind::Lunch) && trip.brief.diet.iter().all(|diet| meal.diets.contains(diet))
    });
    houses.map(|meal| i64::from(rules::travel_minutes(sight.at, meal.at))).min().unwrap_or(0)
}
