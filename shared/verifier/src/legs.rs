//! The legs one by one: each is the fact that it names. How they join is the route.

use domain::{brief::TransportMode, facts::LegOption, plan::ItemKind};

use crate::{
    rule::{Report, Rule},
    trip::{Stop, Trip},
    visit::has_dates,
};

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    let count = trip.legs().count();
    let wanted = i64::from(trip.brief.destination.count) + 1;
    if i64::try_from(count) != Ok(wanted) {
        report.add(Rule::LegCount, "plan", format!("{wanted} legs"), count.to_string());
    }
    for (index, stop) in trip.legs().enumerate() {
        check_dates(trip, stop, [index == 0, index + 1 == count], report);
        let ItemKind::Leg { leg_id, mode } = &stop.item.kind else { continue };
        match trip.leg(leg_id) {
            Some(leg) => check_fact(trip, stop, leg, *mode, report),
            None => report.add(Rule::LegUnknown, stop.place(), "a leg of the facts", leg_id),
        }
    }
    check_car(trip, report);
}

/// The first leg is on the brief's first day, the last one on its last.
fn check_dates(trip: &Trip<'_>, stop: &Stop<'_>, [is_first, is_last]: [bool; 2], report: &mut Report) {
    if is_first {
        report.equal(Rule::LegDate, &stop.place(), trip.brief.start_date, stop.date);
    }
    if is_last {
        report.equal(Rule::LegDate, &stop.place(), trip.brief.end_date, stop.date);
    }
}

fn check_fact(trip: &Trip<'_>, stop: &Stop<'_>, leg: &LegOption, mode: TransportMode, report: &mut Report) {
    let place = stop.place();
    report.equal(Rule::LegMode, &place, leg.mode, mode);
    let avoided = [leg.mode, mode].into_iter().find(|used| trip.brief.avoid_transport.contains(used));
    if let Some(used) = avoided {
        report.add(Rule::LegAvoided, &place, format!("no {used}"), used.word());
    }
    report.equal(Rule::LegDate, &place, leg.date, stop.date);
    if !has_dates(leg) {
        let found = format!("{} days after {}", leg.arrive_day_offset, leg.date);
        report.add(Rule::LegDate, &place, "an arrival within days", found);
    }
    report.equal(Rule::LegTimes, &place, leg.depart, stop.item.start);
    report.equal(Rule::LegTimes, &place, leg.arrive, stop.item.end);
    report.equal(Rule::LegTimes, &place, leg.arrive_day_offset, stop.item.end_day_offset);
}

/// A car that was left at home cannot be taken on the way, and one that was taken must come back.
fn check_car(trip: &Trip<'_>, report: &mut Report) {
    let is_car = |stop: &&Stop<'_>| trip.leg_at(stop).is_some_and(|leg| leg.mode == TransportMode::Car);
    if trip.legs().any(|stop| is_car(&stop)) {
        for stop in trip.legs().filter(|stop| !is_car(stop)) {
            report.add(Rule::CarMixed, stop.place(), "the car on every leg", "another means of transport");
        }
    }
}
