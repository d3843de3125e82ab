//! The ways there and back.

use domain::{
    facts::{Direction, LegOption},
    plan::ItemKind,
};

use crate::{
    rule::{Report, Rule},
    trip::{Stop, Trip},
};

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    for direction in Direction::ALL {
        let count = trip.stops.iter().filter(|stop| stop.is_leg(*direction)).count();
        if count != 1 {
            report.add(Rule::LegCount, "plan", format!("one {direction} leg"), count.to_string());
        }
    }
    for stop in &trip.stops {
        let ItemKind::Leg { leg_id, direction, mode } = &stop.item.kind else { continue };
        let Some(leg) = trip.leg(leg_id) else {
            report.add(Rule::LegUnknown, stop.place(), "a leg of the facts", leg_id);
            continue;
        };
        let place = stop.place();
        report.equal(Rule::LegDirection, &place, leg.direction, *direction);
        report.equal(Rule::LegMode, &place, leg.mode, *mode);
        for used in [leg.mode, *mode] {
            if trip.brief.avoid_transport.contains(&used) {
                report.add(Rule::LegAvoided, &place, format!("no {used}"), used.word());
                break;
            }
        }
        check_times(trip, stop, leg, *direction, report);
        if stop.item.at.is_some_and(|at| at != leg.at) {
            report.add(Rule::ItemDetails, &place, format!("{:?}", leg.at), format!("{:?}", stop.item.at));
        }
    }
}

fn check_times(trip: &Trip<'_>, stop: &Stop<'_>, leg: &LegOption, direction: Direction, report: &mut Report) {
    let place = stop.place();
    let asked = match direction {
        Direction::Outbound => trip.brief.start_date,
        Direction::Return => trip.brief.end_date,
    };
    report.equal(Rule::LegDate, &place, asked, stop.date);
    report.equal(Rule::LegDate, &place, leg.date, stop.date);
    report.equal(Rule::LegTimes, &place, leg.depart, stop.item.start);
    report.equal(Rule::LegTimes, &place, leg.arrive, stop.item.end);
    report.equal(Rule::LegTimes, &place, leg.arrive_day_offset, stop.item.end_day_offset);
}
