//! The ways between the airport or station and the bed.

use std::collections::HashSet;

use domain::{
    facts::{LegOption, Terminal},
    plan::ItemKind,
};

use crate::{
    provenance,
    rule::{Report, Rule},
    trip::{Stop, Trip, clock},
    visit::Visit,
};

/// A transfer is the item right after the arrival in a city that is visited or right before the departure from it, and
/// nowhere else: the ways at home are not part of the trip.
pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    let mut allowed = HashSet::new();
    for visit in &trip.visits {
        let (after, before) = positions(visit);
        let transfer = |index: Option<usize>| trip.stops.get(index?).filter(|stop| is_transfer(stop));
        check_arrival(visit, transfer(after), report);
        check_departure(visit, transfer(before), report);
        allowed.extend(after.into_iter().chain(before));
    }
    for (index, stop) in trip.stops.iter().enumerate() {
        if is_transfer(stop) && !allowed.contains(&index) {
            let expected = "transfers only right after an arrival in a city and right before a departure from one";
            report.add(Rule::Transfer, stop.place(), expected, "another one");
        }
    }
}

fn is_transfer(stop: &Stop<'_>) -> bool {
    matches!(stop.item.kind, ItemKind::Transfer)
}

/// Where the transfers of a visit stand among the stops. One transfer cannot serve both ways.
fn positions(visit: &Visit<'_>) -> (Option<usize>, Option<usize>) {
    let after = visit.arrival_stop.checked_add(1);
    let before = visit.departure_stop.checked_sub(1);
    if after != before {
        (after, before)
    } else if visit.arrival.is_some_and(|leg| leg.to.transfer_minutes == 0) {
        (None, before)
    } else {
        (after, None)
    }
}

fn check_arrival(visit: &Visit<'_>, transfer: Option<&Stop<'_>>, report: &mut Report) {
    let Some((leg, arrived)) = visit.arrival.zip(visit.arrived()) else { return };
    let has_no_day = visit.is_before_days(arrived);
    let Some(stop) = transfer else {
        if leg.to.transfer_minutes > 0 && !has_no_day {
            let expected = format!("a transfer of {} minutes right after the arrival", leg.to.transfer_minutes);
            report.add(Rule::Transfer, format!("arrival by leg {}", leg.id), expected, "none");
        }
        return;
    };
    if !has_no_day && stop.start != arrived {
        report.add(Rule::Transfer, stop.place(), format!("a start at {}", clock(arrived)), clock(stop.start));
    }
    check_transfer(leg, &leg.to, stop, report);
}

fn check_departure(visit: &Visit<'_>, transfer: Option<&Stop<'_>>, report: &mut Report) {
    let Some((leg, boarding)) = visit.departure.zip(visit.boarding()) else { return };
    let Some(stop) = transfer else {
        if leg.from.transfer_minutes > 0 {
            let expected = format!("a transfer of {} minutes before the departure", leg.from.transfer_minutes);
            report.add(Rule::Transfer, format!("departure by leg {}", leg.id), expected, "none");
        }
        return;
    };
    if stop.end > boarding {
        report.add(Rule::Transfer, stop.place(), format!("an end by {}", clock(boarding)), clock(stop.end));
    }
    check_transfer(leg, &leg.from, stop, report);
}

fn check_transfer(leg: &LegOption, terminal: &Terminal, stop: &Stop<'_>, report: &mut Report) {
    let wanted = i64::from(terminal.transfer_minutes);
    if stop.minutes() != wanted {
        let found = format!("{} minutes", stop.minutes());
        report.add(Rule::Transfer, stop.place(), format!("{wanted} minutes"), found);
    }
    if stop.item.at.is_some_and(|at| at != terminal.at) {
        let (expected, found) = (format!("{:?}", terminal.at), format!("{:?}", stop.item.at));
        report.add(Rule::ItemDetails, stop.place(), expected, found);
    }
    provenance::compare(&stop.place(), &leg.provenance, &stop.item.provenance, report);
}
