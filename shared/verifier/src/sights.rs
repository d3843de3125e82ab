//! The sights: which, when and how many.

use std::collections::HashSet;

use chrono::Datelike;
use domain::{
    facts::{SightOption, Span},
    plan::ItemKind,
    rules,
};

use crate::{
    rule::{Report, Rule},
    trip::{Stop, Trip, clock, clock_of_day},
};

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    let mut seen = HashSet::new();
    for stop in &trip.stops {
        let ItemKind::Sight { sight_id } = &stop.item.kind else { continue };
        if !seen.insert(sight_id.as_str()) {
            report.add(Rule::SightRepeated, stop.place(), "each sight at most once", format!("{sight_id} again"));
        }
        match trip.sight(sight_id) {
            Some(sight) => check_visit(trip, stop, sight, report),
            None => report.add(Rule::SightUnknown, stop.place(), "a sight of the facts", sight_id),
        }
    }
    for wanted in &trip.brief.must_see {
        if !seen.contains(wanted.as_str()) {
            report.add(Rule::MustSee, "plan", wanted, "not in the plan");
        }
    }
    let most = trip.brief.pace.sights_per_day_max();
    for (index, day) in trip.plan.days.iter().enumerate() {
        let count = day.items.iter().filter(|item| matches!(item.kind, ItemKind::Sight { .. })).count();
        if count > most {
            let place = format!("day {} ({})", index + 1, day.date);
            report.add(Rule::SightsPerDay, place, format!("at most {most} sights"), count.to_string());
        }
    }
}

/// The sight's opening spans on the weekday of `date`.
pub(crate) fn hours_on(sight: &SightOption, date: chrono::NaiveDate) -> &[Span] {
    let weekday = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
    sight.hours.get(weekday).map_or(&[], Vec::as_slice)
}

/// Whether the brief rules this sight out.
pub(crate) fn is_avoided(trip: &Trip<'_>, sight: &SightOption) -> bool {
    let brief = trip.brief;
    brief.avoid_sights.contains(&sight.id) || brief.avoid_interests.iter().any(|interest| sight.is_about(*interest))
}

fn check_visit(trip: &Trip<'_>, stop: &Stop<'_>, sight: &SightOption, report: &mut Report) {
    let place = stop.place();
    if is_avoided(trip, sight) {
        let found = format!("{} ({})", sight.id, kinds(sight));
        report.add(Rule::SightAvoided, &place, "no sight that is to be avoided", found);
    }
    report.equal(Rule::ItemDetails, &place, &sight.name, &stop.item.title);
    if stop.item.at != Some(sight.at) {
        report.add(Rule::ItemDetails, &place, format!("{:?}", sight.at), format!("{:?}", stop.item.at));
    }
    let wanted = i64::from(sight.visit_minutes);
    if stop.minutes() != wanted {
        let found = format!("{} minutes", stop.minutes());
        report.add(Rule::SightDuration, &place, format!("{wanted} minutes"), found);
    }
    let first = rules::first_sight_minute(trip.brief.pace);
    if stop.start < stop.midnight() + i64::from(first) {
        let expected = format!("a start from {}", clock_of_day(first));
        report.add(Rule::SightTooEarly, &place, expected, clock(stop.start));
    }
    let hours = hours_on(sight, stop.date);
    if !hours.iter().any(|span| stop.is_within(*span)) {
        let found = format!("{} to {}", clock(stop.start), clock(stop.end));
        report.add(Rule::SightClosed, &place, describe_hours(hours), found);
    }
}

/// Its kind, and what else it is about.
fn kinds(sight: &SightOption) -> String {
    let others = sight.interests.iter().filter(|other| **other != sight.category);
    let words: Vec<String> = std::iter::once(&sight.category).chain(others).map(ToString::to_string).collect();
    words.join(", ")
}

fn describe_hours(hours: &[Span]) -> String {
    if hours.is_empty() {
        return "closed on this weekday".to_owned();
    }
    let spans: Vec<String> = hours
        .iter()
        .map(|span| format!("{}-{}", clock_of_day(span.from_minute), clock_of_day(span.until_minute)))
        .collect();
    format!("within {}", spans.join(", "))
}
