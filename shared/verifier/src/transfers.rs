//! The ways between the airport or station and the bed.

use domain::{
    facts::{Direction, LegOption},
    plan::ItemKind,
};

use crate::{
    provenance,
    rule::{Report, Rule},
    trip::{Stop, Trip, clock},
};

/// A transfer is the item right after the outbound leg or right before the return leg, and nowhere else.
pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    let position = |direction| trip.stops.iter().position(|stop| stop.is_leg(direction));
    let mut after = position(Direction::Outbound).and_then(|index| index.checked_add(1));
    let mut before = position(Direction::Return).and_then(|index| index.checked_sub(1));
    // One transfer cannot serve both ways.
    if after == before && trip.outbound.is_some_and(|leg| leg.transfer_minutes == 0) {
        after = None;
    } else if after == before {
        before = None;
    }
    let transfer =
        |index: Option<usize>| index.and_then(|index| trip.stops.get(index)).filter(|stop| is_transfer(stop));
    if let Some(leg) = trip.outbound {
        check_arrival(trip, leg, transfer(after), report);
    }
    if let Some(leg) = trip.back {
        check_departure(trip, leg, transfer(before), report);
    }
    for (index, stop) in trip.stops.iter().enumerate() {
        if is_transfer(stop) && Some(index) != after && Some(index) != before {
            let expected = "transfers only right after the arrival and right before the departure";
            report.add(Rule::Transfer, stop.place(), expected, "another one");
        }
    }
}

fn is_transfer(stop: &Stop<'_>) -> bool {
    matches!(stop.item.kind, ItemKind::Transfer)
}

fn check_arrival(trip: &Trip<'_>, leg: &LegOption, transfer: Option<&Stop<'_>>, report: &mut Report) {
    let Some(arrival) = trip.arrival() else { return };
    let Some(stop) = transfer else {
        // Who arrives before the plan's first day (over the date line) has no day to show the transfer on.
        if leg.transfer_minutes > 0 && arrival >= 0 {
            let expected = format!("a transfer of {} minutes right after the arrival", leg.transfer_minutes);
            report.add(Rule::Transfer, format!("outbound leg {}", leg.id), expected, "none");
        }
        return;
    };
    if arrival >= 0 && stop.start != arrival {
        report.add(Rule::Transfer, stop.place(), format!("a start at {}", clock(arrival)), clock(stop.start));
    }
    check_transfer(leg, stop, report);
}

fn check_departure(trip: &Trip<'_>, leg: &LegOption, transfer: Option<&Stop<'_>>, report: &mut Report) {
    let Some(boarding) = trip.boarding() else { return };
    let Some(stop) = transfer else {
        if leg.transfer_minutes > 0 {
            let expected = format!("a transfer of {} minutes before the departure", leg.transfer_minutes);
            report.add(Rule::Transfer, format!("return leg {}", leg.id), expected, "none");
        }
        return;
    };
    if stop.end > boarding {
        report.add(Rule::Transfer, stop.place(), format!("an end by {}", clock(boarding)), clock(stop.end));
    }
    check_transfer(leg, stop, report);
}

fn check_transfer(leg: &LegOption, stop: &Stop<'_>, report: &mut Report) {
    let wanted = i64::from(leg.transfer_minutes);
    if stop.minutes() != wanted {
        let found = format!("{} minutes", stop.minutes());
        report.add(Rule::Transfer, stop.place(), format!("{wanted} minutes"), found);
    }
    provenance::compare(&stop.place(), &leg.provenance, &stop.item.provenance, report);
}
