//! How the legs join, which cities they lead to, for how many nights, and that the plan's list of cities says so.

use std::collections::HashSet;

use chrono::NaiveDate;
use domain::{brief::CityWish, plan::CityVisit};

use crate::{
    rule::{Report, Rule},
    trip::{Stop, Trip, clock},
    visit::Visit,
};

const PLAN: &str = "plan";

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    check_chain(trip, report);
    for visit in &trip.visits {
        check_time(trip, visit, report);
        check_city(trip, visit, report);
        check_nights(trip, visit, report);
    }
    check_wishes(trip, report);
    check_list(trip, report);
}

/// Each leg starts where the one before it ended; what an unknown leg does is not asked.
fn check_chain(trip: &Trip<'_>, report: &mut Report) {
    let home = trip.brief.origin.id.as_str();
    let mut here = Some(home);
    for stop in trip.legs() {
        let leg = trip.leg_at(stop);
        if let Some((leg, here)) = leg.zip(here) {
            report.equal(Rule::Route, &format!("{}, start", stop.place()), here, leg.from.city_id.as_str());
        }
        here = leg.map(|leg| leg.to.city_id.as_str());
    }
    if let Some(here) = here {
        report.equal(Rule::Route, "plan, end", home, here);
    }
}

/// Nobody sets out before having arrived.
fn check_time(trip: &Trip<'_>, visit: &Visit<'_>, report: &mut Report) {
    let Some((ready, leave)) = visit.ready().zip(visit.leave()).filter(|(ready, leave)| leave < ready) else { return };
    let place = trip.stops.get(visit.departure_stop).map_or_else(|| visit.place(), Stop::place);
    report.add(Rule::Route, place, format!("a way to it that begins from {}", clock(ready)), clock(leave));
}

fn check_city(trip: &Trip<'_>, visit: &Visit<'_>, report: &mut Report) {
    let Some(city_id) = visit.city_id else { return };
    if visit.city.is_none() {
        report.add(Rule::Cities, visit.place(), "a city of the facts", city_id);
    }
    if trip.brief.destination.places().all(|place| place.id != city_id) {
        report.add(Rule::Cities, visit.place(), "a city of the brief", city_id);
    }
    let earlier = trip.visits.get(..visit.index).unwrap_or_default();
    if earlier.iter().any(|other| other.city_id == Some(city_id)) {
        report.add(Rule::Cities, visit.place(), "each city at most once", format!("{city_id} again"));
    }
}

fn check_nights(trip: &Trip<'_>, visit: &Visit<'_>, report: &mut Report) {
    let Some((city_id, nights)) = visit.city_id.zip(visit.nights()) else { return };
    let destination = &trip.brief.destination;
    let wish = destination.cities.iter().find(|wish| wish.place.id == city_id);
    if let Some(wished) = wish.and_then(|wish| wish.nights) {
        report.equal(Rule::CityNights, &visit.place(), wished, nights);
    }
    if nights == 0 && (destination.count > 1 || trip.visits.len() > 1) {
        report.add(Rule::CityNights, visit.place(), "at least one night", "none");
    }
}

/// As many cities as were wished, all that must be visited, and these in order if that was said.
fn check_wishes(trip: &Trip<'_>, report: &mut Report) {
    let destination = &trip.brief.destination;
    let visited: Vec<&str> = trip.visits.iter().filter_map(|visit| visit.city_id).collect();
    // What is unknown might be any city.
    if visited.len() < trip.visits.len() {
        return;
    }
    let count = visited.iter().collect::<HashSet<_>>().len();
    if u32::try_from(count) != Ok(destination.count) {
        report.add(Rule::Cities, PLAN, format!("{} different cities", destination.count), count.to_string());
    }
    for wish in &destination.cities {
        if !visited.contains(&wish.place.id.as_str()) {
            report.add(Rule::Cities, PLAN, format!("a visit to {}", wish.place.name), "none");
        }
    }
    let position = |wish: &CityWish| visited.iter().position(|id| *id == wish.place.id);
    let positions: Vec<usize> = destination.cities.iter().filter_map(position).collect();
    if destination.in_order && !positions.is_sorted() {
        let wished: Vec<&str> = destination.cities.iter().map(|wish| wish.place.id.as_str()).collect();
        report.add(Rule::Cities, PLAN, format!("in this order: {}", wished.join(", ")), visited.join(", "));
    }
}

/// Whether the plan's list of cities is the truth about its legs.
fn check_list(trip: &Trip<'_>, report: &mut Report) {
    let (wanted, found) = (trip.visits.len(), trip.plan.cities.len());
    report.equal(Rule::Visits, PLAN, wanted, found);
    for (visit, told) in trip.visits.iter().zip(&trip.plan.cities) {
        check_entry(visit, told, report);
    }
}

fn check_entry(visit: &Visit<'_>, told: &CityVisit, report: &mut Report) {
    let place = visit.place();
    if let Some(city) = visit.city {
        if city.place != told.place {
            let (expected, found) = (&city.place, &told.place);
            report.add(Rule::Visits, &place, format!("{expected:?}"), format!("{found:?}"));
        }
        report.equal(Rule::Visits, &place, &city.country, &told.country);
        report.equal(Rule::Visits, &place, &city.time_zone, &told.time_zone);
    }
    let dates = |arrive: NaiveDate, leave: NaiveDate, nights: u32| format!("{arrive} to {leave}, {nights} nights");
    let known = visit.arrival_date().zip(visit.departure.map(|leg| leg.date)).zip(visit.nights());
    if let Some(((arrive, leave), nights)) = known {
        let told = dates(told.arrive, told.leave, told.nights);
        report.equal(Rule::Visits, &place, dates(arrive, leave, nights), told);
    }
}
