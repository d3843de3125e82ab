//! The bed: which, for how long, and when it is taken and left.

use domain::{
    facts::LodgingOption,
    plan::{ItemKind, Stay},
    rules,
};

use crate::{
    calendar::free_time,
    rule::{Report, Rule},
    trip::{DAY, Stop, Trip, clock},
};

/// Who arrives too late or leaves too early for the city's hours takes or leaves the bed at most this long after the
/// transfer or before it.
const ODD_HOURS_SLACK_MINUTES: i64 = 60;

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    check_presence(trip, report);
    if let Some(stay) = &trip.plan.stay {
        let place = format!("stay: {}", stay.name);
        match trip.bed {
            Some(bed) => check_lodging(trip, stay, bed, &place, report),
            None => report.add(Rule::LodgingUnknown, &place, "a lodging of the facts", &stay.lodging_id),
        }
        check_dates(trip, stay, &place, report);
    }
    check_errands(trip, Rule::CheckIn, report);
    check_errands(trip, Rule::CheckOut, report);
}

/// Nights between the day of arrival and the last day; what the stay says while the outbound leg is unknown.
pub(crate) fn nights(trip: &Trip<'_>, stay: &Stay) -> i64 {
    trip.arrival_day().map_or(i64::from(stay.nights), |arrival| trip.day_number(trip.brief.end_date) - arrival)
}

/// Rooms (or beds) that everybody needs.
pub(crate) fn rooms(trip: &Trip<'_>, bed: &LodgingOption) -> i64 {
    let occupancy = i64::from(bed.occupancy.max(1));
    (trip.people() + occupancy - 1) / occupancy
}

fn check_presence(trip: &Trip<'_>, report: &mut Report) {
    let Some(arrival) = trip.arrival_day() else { return };
    let nights = trip.day_number(trip.brief.end_date) - arrival;
    match (&trip.plan.stay, nights > 0) {
        (None, true) => report.add(Rule::StayPresence, "plan", format!("a stay of {nights} nights"), "none"),
        (Some(stay), false) => report.add(Rule::StayPresence, "plan", "no stay, as there is no night", &stay.name),
        (None, false) | (Some(_), true) => {}
    }
}

fn check_lodging(trip: &Trip<'_>, stay: &Stay, bed: &LodgingOption, place: &str, report: &mut Report) {
    let wish = &trip.brief.lodging;
    if let Some(kind) = wish.kind {
        report.equal(Rule::LodgingWish, place, kind, bed.kind);
    }
    if let Some(room_type) = wish.room_type {
        report.equal(Rule::LodgingWish, place, room_type, bed.room_type);
    }
    if let Some(tier) = wish.tier {
        report.equal(Rule::LodgingWish, place, tier, bed.tier);
    }
    report.equal(Rule::StayDetails, place, &bed.name, &stay.name);
    report.equal(Rule::StayDetails, place, &bed.area, &stay.area);
    report.equal(Rule::Rooms, place, rooms(trip, bed), i64::from(stay.rooms));
}

fn check_dates(trip: &Trip<'_>, stay: &Stay, place: &str, report: &mut Report) {
    if let Some(arrival) = trip.arrival_day()
        && trip.day_number(stay.check_in) != arrival
    {
        let expected = format!("check-in on {}", clock(arrival.saturating_mul(DAY)));
        report.add(Rule::StayDates, place, expected, stay.check_in.to_string());
    }
    report.equal(Rule::StayDates, place, trip.brief.end_date, stay.check_out);
    report.equal(Rule::Nights, place, nights(trip, stay), i64::from(stay.nights));
}

/// Check-in or check-out, as `rule` says: once if there is a stay, else not at all.
fn check_errands(trip: &Trip<'_>, rule: Rule, report: &mut Report) {
    let mut count = 0;
    for stop in &trip.stops {
        let (lodging_id, minutes) = match (&stop.item.kind, rule) {
            (ItemKind::CheckIn { lodging_id }, Rule::CheckIn) => (lodging_id, rules::CHECK_IN_MINUTES),
            (ItemKind::CheckOut { lodging_id }, Rule::CheckOut) => (lodging_id, rules::CHECK_OUT_MINUTES),
            _ => continue,
        };
        count += 1;
        if let Some(stay) = &trip.plan.stay {
            report.equal(rule, &stop.place(), &stay.lodging_id, lodging_id);
        }
        if stop.minutes() != i64::from(minutes) {
            let found = format!("{} minutes", stop.minutes());
            report.add(rule, stop.place(), format!("{minutes} minutes"), found);
        }
        if let Some(lodging) = trip.lodging(lodging_id)
            && stop.item.at != Some(lodging.at)
        {
            let (expected, found) = (format!("{:?}", lodging.at), format!("{:?}", stop.item.at));
            report.add(Rule::ItemDetails, stop.place(), expected, found);
        }
        if rule == Rule::CheckIn {
            check_in_time(trip, stop, report);
        } else {
            check_out_time(trip, stop, report);
        }
    }
    // Who arrives before the plan's first day (over the date line) has no day to show the check-in on.
    let has_no_day = rule == Rule::CheckIn && trip.arrival_day().is_some_and(|day| day < 0);
    let wanted = usize::from(trip.plan.stay.is_some());
    if count != wanted && !(has_no_day && count == 0) {
        report.add(rule, "plan", format!("{wanted} times"), format!("{count} times"));
    }
}

/// On the day on which the travellers reach the city, after the transfer and in the city's hours; whoever comes at
/// night may check in right away.
fn check_in_time(trip: &Trip<'_>, stop: &Stop<'_>, report: &mut Report) {
    let Some(ready) = trip.ready().filter(|ready| *ready >= 0) else { return };
    let last_start = i64::from(rules::DAY_END_MINUTE) - i64::from(rules::CHECK_IN_MINUTES);
    let of_day = ready.rem_euclid(DAY);
    let is_odd = of_day < i64::from(rules::DAY_START_MINUTE) || of_day > last_start;
    if is_odd && (ready..=ready + ODD_HOURS_SLACK_MINUTES).contains(&stop.start) {
        return;
    }
    if trip.day_number(stop.date) != ready.div_euclid(DAY) {
        let expected = format!("on the day of {}", clock(ready));
        report.add(Rule::CheckIn, stop.place(), expected, clock(stop.start));
    } else if !trip.is_in_city(stop) {
        report.add(Rule::CheckIn, stop.place(), free_time(trip, stop.date), clock(stop.start));
    }
}

/// On the last day by 11:00 or by the departure, in the city's hours; whoever leaves before these may check out right
/// before the transfer, even if that is on the evening before.
fn check_out_time(trip: &Trip<'_>, stop: &Stop<'_>, report: &mut Report) {
    let usual = trip.last_day_start() + i64::from(rules::CHECK_OUT_LATEST_MINUTE);
    let deadline = trip.leave().map_or(usual, |leave| leave.min(usual));
    if stop.end > deadline {
        report.add(Rule::CheckOut, stop.place(), format!("an end by {}", clock(deadline)), clock(stop.end));
        return;
    }
    let last_start = deadline - i64::from(rules::CHECK_OUT_MINUTES);
    let of_day = last_start.rem_euclid(DAY);
    let is_odd = of_day < i64::from(rules::DAY_START_MINUTE)
        || of_day + i64::from(rules::CHECK_OUT_MINUTES) > i64::from(rules::DAY_END_MINUTE);
    if is_odd && last_start - ODD_HOURS_SLACK_MINUTES <= stop.start {
        return;
    }
    if trip.day_number(stop.date) != last_start.div_euclid(DAY) {
        report.add(Rule::CheckOut, stop.place(), format!("on the day of {}", clock(last_start)), clock(stop.start));
    } else if !trip.is_in_city(stop) {
        report.add(Rule::CheckOut, stop.place(), free_time(trip, stop.date), clock(stop.start));
    }
}
