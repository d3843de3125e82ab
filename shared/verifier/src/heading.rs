//! What the plan copies from the brief: dates, people, places, and what was assumed.

use chrono::TimeDelta;
use domain::{brief::Travellers, facts::DayWeather};

use crate::{
    rule::{Report, Rule},
    trip::{TRIP_DAYS_MAX, Trip},
};

const PLAN: &str = "plan";

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    check_dates(trip, report);
    check_days(trip, report);
    check_places(trip, report);
    let (brief, plan) = (trip.brief, trip.plan);
    if plan.travellers != brief.travellers {
        report.add(Rule::Travellers, PLAN, people(brief.travellers), people(plan.travellers));
    }
    for assumption in &brief.assumptions {
        if !plan.assumptions.contains(assumption) {
            report.add(Rule::Assumptions, PLAN, format!("the assumption \"{}\"", assumption.text), "nothing of it");
        }
    }
    for part in &brief.unread {
        if !plan.unread.contains(part) {
            report.add(Rule::Assumptions, PLAN, format!("\"{part}\" among the unread parts"), "nothing of it");
        }
    }
    check_weather(trip, report);
}

fn check_dates(trip: &Trip<'_>, report: &mut Report) {
    let (brief, plan) = (trip.brief, trip.plan);
    report.equal(Rule::Dates, PLAN, brief.start_date, plan.start_date);
    report.equal(Rule::Dates, PLAN, brief.end_date, plan.end_date);
    if brief.end_date < brief.start_date {
        let found = format!("{} to {}", brief.start_date, brief.end_date);
        report.add(Rule::Dates, "brief", "an end that is not before the start", found);
    }
}

/// One day per date, in order.
fn check_days(trip: &Trip<'_>, report: &mut Report) {
    let (brief, days) = (trip.brief, &trip.plan.days);
    let wanted = (trip.day_number(brief.end_date) + 1).max(0);
    if wanted > TRIP_DAYS_MAX {
        report.add(Rule::Days, "brief", format!("at most {TRIP_DAYS_MAX} days"), format!("{wanted} days"));
    }
    let found = i64::try_from(days.len()).unwrap_or(i64::MAX);
    if found != wanted {
        report.add(Rule::Days, PLAN, format!("{wanted} days"), format!("{found} days"));
    }
    for (number, day) in (0_i64..).zip(days) {
        let date = TimeDelta::try_days(number).and_then(|past| brief.start_date.checked_add_signed(past));
        if date != Some(day.date) {
            let expected = date.map_or_else(|| "no such day".to_owned(), |date| date.to_string());
            report.add(Rule::Days, format!("day {}", number + 1), expected, day.date.to_string());
        }
    }
}

fn check_places(trip: &Trip<'_>, report: &mut Report) {
    let (brief, plan) = (trip.brief, trip.plan);
    if plan.origin != brief.origin {
        report.add(Rule::Origin, PLAN, &brief.origin.name, &plan.origin.name);
    }
    report.equal(Rule::Destination, PLAN, &brief.destination.name, &plan.destination);
}

/// The weather is that of the city in which the day ends; nobody knows where that is while the legs are unknown.
fn check_weather(trip: &Trip<'_>, report: &mut Report) {
    for (index, day) in trip.plan.days.iter().enumerate() {
        let Some(city_id) = trip.visit_at_end_of(day.date).and_then(|visit| visit.city_id) else { continue };
        let is_of_day = |weather: &&DayWeather| weather.city_id == city_id && weather.date == day.date;
        let known = trip.facts.weather.iter().find(is_of_day);
        if day.weather.as_ref() != known {
            let place = format!("day {} ({})", index + 1, day.date);
            report.add(Rule::Weather, place, weather(known), weather(day.weather.as_ref()));
        }
    }
}

fn people(travellers: Travellers) -> String {
    format!("{} adults and {} children", travellers.adults, travellers.children)
}

fn weather(weather: Option<&DayWeather>) -> String {
    weather.map_or_else(
        || "no weather".to_owned(),
        |day| {
            format!(
                "{} to {} °C, rain on {} % of days in {} ({} {}, {})",
                day.low_c,
                day.high_c,
                day.rain_percent,
                day.city_id,
                day.provenance.source,
                day.provenance.as_of,
                day.date
            )
        },
    )
}
