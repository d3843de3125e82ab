//! A free day in one city without any sight, although one was left that would have fitted.

use std::collections::HashSet;

use chrono::NaiveDate;
use domain::{
    facts::{MealKind, MealOption, SightOption, Span},
    plan::ItemKind,
    rules,
};

use crate::{
    bill, meals,
    rule::{Report, Rule},
    sights::{hours_on, is_avoided},
    streets,
    trip::Trip,
    visit::Visit,
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
        if is_shared(trip, day.date) || day.items.iter().any(|item| sight_id(&item.kind).is_some()) {
            continue;
        }
        for visit in trip.visits.iter().filter(|visit| is_free(visit, day.date)) {
            let missed = trip.facts.sights.iter().find(|sight| {
                Some(sight.city_id.as_str()) == visit.city_id
                    && !used.contains(sight.id.as_str())
                    && !is_avoided(trip, sight)
                    && fits(trip, visit, sight, index, day.date)
                    && cost_cents(trip, visit, sight, index).is_some_and(|cost| cost <= left)
            });
            if let Some(sight) = missed {
                let place = format!("day {} ({})", index + 1, day.date);
                report.add(Rule::EmptyDay, place, format!("a sight, such as {}", sight.name), "none");
            }
        }
    }
}

/// Whether two cities share this day. Who arrives at night has the whole day in the second.
fn is_shared(trip: &Trip<'_>, date: NaiveDate) -> bool {
    let comes = trip.visits.iter().skip(1).any(|visit| visit.first_night() == Some(date));
    let goes = trip.visits.iter().rev().skip(1).any(|visit| visit.departure.is_some_and(|leg| leg.date == date));
    comes || goes
}

fn is_free(visit: &Visit<'_>, date: NaiveDate) -> bool {
    let is_long = |free: Span| free.from_minute <= FREE_FROM_MINUTE && free.until_minute >= FREE_UNTIL_MINUTE;
    visit.free_on(date).is_some_and(is_long)
}

fn sight_id(kind: &ItemKind) -> Option<&str> {
    match kind {
        ItemKind::Sight { sight_id } => Some(sight_id),
        _ => None,
    }
}

/// What the sight would cost everybody: entry, and day tickets where the day has none yet (the way might be long).
fn cost_cents(trip: &Trip<'_>, visit: &Visit<'_>, sight: &SightOption, day_index: usize) -> Option<i128> {
    let city = visit.city?;
    let cost = |unit_cents| bill::cost_cents(trip, trip.people(), unit_cents, city.currency).map(i128::from);
    let has_ticket = streets::needs_ticket(trip, visit, day_index);
    let ticket = if has_ticket { 0 } else { cost(city.transit_day_ticket_cents)? };
    Some(cost(sight.price_cents)? + ticket)
}

/// Whether the sight fits into its opening hours and leaves room for lunch, which is due on such a day.
fn fits(trip: &Trip<'_>, visit: &Visit<'_>, sight: &SightOption, day_index: usize, date: NaiveDate) -> bool {
    let lunch = rules::meal_start(MealKind::Lunch);
    let eaten = i64::from(lunch.from_minute) + i64::from(rules::meal_minutes(MealKind::Lunch));
    let (minutes, way) = (i64::from(sight.visit_minutes), way_to_lunch(trip, visit, sight, day_index));
    hours_on(sight, date).iter().any(|open| {
        let earliest = i64::from(open.from_minute).max(VISIT_FROM_MINUTE);
        let latest = i64::from(open.until_minute).min(VISIT_UNTIL_MINUTE) - minutes;
        let before_lunch = earliest + minutes + way <= i64::from(lunch.until_minute);
        let after_lunch = eaten + way <= latest;
        earliest <= latest && (before_lunch || after_lunch)
    })
}

/// Minutes to the nearest place of the city that may serve lunch on this day.
fn way_to_lunch(trip: &Trip<'_>, visit: &Visit<'_>, sight: &SightOption, day_index: usize) -> i64 {
    let may_repeat = meals::may_repeat(trip, visit, MealKind::Lunch);
    let is_taken =
        |house: &MealOption| trip.stops.iter().any(|stop| stop.day_index != day_index && meals::is_at(stop, house));
    let houses = trip.facts.meals.iter().filter(|house| {
        Some(house.city_id.as_str()) == visit.city_id
            && house.serves.contains(&MealKind::Lunch)
            && rules::suits(trip.brief, house)
            && (may_repeat || !is_taken(house))
    });
    houses.map(|house| i64::from(rules::travel_minutes(sight.at, house.at))).min().unwrap_or(0)
}
