//! Which legs may be part of the trip: between which cities, on which days.

use chrono::{Duration, NaiveDate};
use domain::brief::{Brief, Place};

/// Hops that one brief may ask fares for.
const HOPS_MAX: usize = 400;
/// Days by which a change of cities may come earlier or later than in an even share of the nights.
const SLACK_DAYS: i64 = 2;

/// From one city to another on one day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hop {
    pub from_id: String,
    pub to_id: String,
    pub date: NaiveDate,
}

/// Every hop that a trip of the brief may make: from home on the first day, home on the last one, and between its cities
/// on the days that share the nights about evenly, or as the brief wishes them.
#[must_use]
pub fn hops(brief: &Brief) -> Vec<Hop> {
    let places: Vec<&Place> = brief.destination.places().collect();
    let hop = |from: &Place, to: &Place, date| Hop { from_id: from.id.clone(), to_id: to.id.clone(), date };
    let ends = places.len().saturating_sub(1);
    let (first, last) = if brief.destination.in_order {
        (&places[..places.len().min(1)], &places[ends..])
    } else {
        (&places[..], &places[..])
    };
    let mut all: Vec<Hop> = first.iter().map(|place| hop(&brief.origin, place, brief.start_date)).collect();
    all.extend(last.iter().map(|place| hop(place, &brief.origin, brief.end_date)));
    let pairs = places.iter().enumerate().flat_map(|from| places.iter().enumerate().map(move |to| (from, to)));
    for ((at, from), (next, to)) in pairs.filter(|((at, _), (next, _))| at != next) {
        let days = if brief.destination.in_order {
            if next == at + 1 { days_of_change(brief, next) } else { Vec::new() }
        } else {
            days_of_any_change(brief)
        };
        all.extend(days.into_iter().map(|day| hop(from, to, brief.start_date + Duration::days(day))));
    }
    all.sort();
    all.dedup();
    all.truncate(HOPS_MAX);
    all
}

fn days_of_any_change(brief: &Brief) -> Vec<i64> {
    let changes = 1..brief.destination.count as usize;
    let mut days: Vec<i64> = changes.flat_map(|change| days_of_change(brief, change)).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// The days on which the city number `change` may be reached, from 1.
fn days_of_change(brief: &Brief, change: usize) -> Vec<i64> {
    let (nights, count) = (i64::from(brief.nights()), i64::from(brief.destination.count.max(1)));
    let change = i64::try_from(change).unwrap_or(i64::MAX).min(count);
    // Wished nights move the changes anywhere.
    let slack = if brief.destination.cities.iter().any(|city| city.nights.is_some()) { nights } else { SLACK_DAYS };
    let even = nights * change / count;
    // An overnight leg arrives a day later, so that the change itself may be a day earlier than the first night.
    let (first, last) = ((even - slack).max(change), (even + slack).min(nights - (count - change)));
    (first..=last).collect()
}
