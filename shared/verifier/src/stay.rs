//! The beds: which, for how long, and when they are taken and left.

use domain::{
    facts::LodgingOption,
    plan::{ItemKind, Stay},
    rules,
};

use crate::{
    calendar::free_time,
    rule::{Report, Rule},
    trip::{DAY, Stop, Trip, clock},
    visit::Visit,
};

/// Who arrives too late or leaves too early for the city's hours takes or leaves the bed at most this long after the
/// transfer or before it.
const ODD_HOURS_SLACK_MINUTES: i64 = 60;

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    check_order(trip, report);
    for stay in &trip.plan.stays {
        if trip.lodging(&stay.lodging_id).is_none() {
            report.add(Rule::LodgingUnknown, place_of(stay), "a lodging of the facts", &stay.lodging_id);
        }
    }
    for visit in &trip.visits {
        check_presence(visit, report);
        if let Some(stay) = visit.stay {
            check_dates(visit, stay, report);
        }
        if let Some((stay, bed)) = visit.stay.zip(visit.bed) {
            check_lodging(trip, stay, bed, report);
            check_wish(trip, visit, stay, bed, report);
        }
        check_errands(trip, visit, Rule::CheckIn, report);
        check_errands(trip, visit, Rule::CheckOut, report);
    }
}

/// Where in the plan, for people.
pub(crate) fn place_of(stay: &Stay) -> String {
    format!("stay: {}", stay.name)
}

/// Nights between the legs; what the stay says while one is unknown.
pub(crate) fn nights(visit: &Visit<'_>, stay: &Stay) -> u32 {
    visit.nights().unwrap_or(stay.nights)
}

/// Rooms (or beds) that everybody needs.
pub(crate) fn rooms(trip: &Trip<'_>, bed: &LodgingOption) -> i64 {
    let occupancy = i64::from(bed.occupancy.max(1));
    (trip.people() + occupancy - 1) / occupancy
}

/// One stay for each city at most, in the order of the cities, and none elsewhere.
fn check_order(trip: &Trip<'_>, report: &mut Report) {
    let mut next = 0;
    for stay in &trip.plan.stays {
        let rest = trip.visits.get(next..).unwrap_or_default();
        match rest.iter().find(|visit| visit.city_id == Some(&stay.city_id)) {
            Some(visit) => next = visit.index + 1,
            None => {
                let expected = "one stay for each city, in their order";
                report.add(Rule::StayPresence, place_of(stay), expected, format!("one in {}", stay.city_id));
            }
        }
    }
}

fn check_presence(visit: &Visit<'_>, report: &mut Report) {
    let Some(nights) = visit.nights() else { return };
    match visit.stay {
        None if nights > 0 => {
            report.add(Rule::StayPresence, visit.place(), format!("a stay of {nights} nights"), "none");
        }
        Some(stay) if nights == 0 => {
            report.add(Rule::StayPresence, visit.place(), "no stay, as there is no night", &stay.name);
        }
        _ => {}
    }
}

fn check_lodging(trip: &Trip<'_>, stay: &Stay, bed: &LodgingOption, report: &mut Report) {
    let place = place_of(stay);
    report.equal(Rule::ItemCity, &place, &stay.city_id, &bed.city_id);
    report.equal(Rule::StayDetails, &place, &bed.name, &stay.name);
    report.equal(Rule::StayDetails, &place, &bed.area, &stay.area);
    report.equal(Rule::Rooms, &place, rooms(trip, bed), i64::from(stay.rooms));
}

fn check_wish(trip: &Trip<'_>, visit: &Visit<'_>, stay: &Stay, bed: &LodgingOption, report: &mut Report) {
    let (wish, place) = (&trip.brief.lodging, place_of(stay));
    if let Some(kind) = wish.kind {
        report.equal(Rule::LodgingWish, &place, kind, bed.kind);
    }
    if !wish.room_types.is_empty() && !wish.room_types.contains(&bed.room_type) {
        let wished: Vec<&str> = wish.room_types.iter().map(|room_type| room_type.word()).collect();
        report.add(Rule::LodgingWish, &place, wished.join(" or "), bed.room_type.word());
    }
    if let Some(tier) = wish.tier {
        report.equal(Rule::LodgingWish, &place, tier, bed.tier);
    }
    for rule in wish.allows.iter().filter(|rule| bed.forbids.contains(rule)) {
        report.add(Rule::HouseRule, &place, format!("a house that allows {rule}"), "one that does not");
    }
    let nights = nights(visit, stay);
    if nights < bed.min_nights {
        let found = format!("{nights} nights");
        report.add(Rule::MinimumNights, &place, format!("at least {} nights", bed.min_nights), found);
    }
}

fn check_dates(visit: &Visit<'_>, stay: &Stay, report: &mut Report) {
    let place = place_of(stay);
    if let Some((check_in, leg)) = visit.first_night().zip(visit.departure) {
        let expected = format!("{check_in} to {}", leg.date);
        report.equal(Rule::StayDates, &place, expected, format!("{} to {}", stay.check_in, stay.check_out));
    }
    report.equal(Rule::Nights, &place, nights(visit, stay), stay.nights);
}

/// Check-in or check-out of a city, as `rule` says: once if there is a stay, else not at all.
fn check_errands(trip: &Trip<'_>, visit: &Visit<'_>, rule: Rule, report: &mut Report) {
    let mut count = 0;
    let stops = trip.stops.get(visit.arrival_stop..visit.departure_stop).unwrap_or_default();
    for stop in stops {
        let (lodging_id, minutes) = match (&stop.item.kind, rule) {
            (ItemKind::CheckIn { lodging_id }, Rule::CheckIn) => (lodging_id, rules::CHECK_IN_MINUTES),
            (ItemKind::CheckOut { lodging_id }, Rule::CheckOut) => (lodging_id, rules::CHECK_OUT_MINUTES),
            _ => continue,
        };
        count += 1;
        if let Some(stay) = visit.stay {
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
            check_in_time(trip, visit, stop, report);
        } else {
            check_out_time(trip, visit, stop, report);
        }
    }
    let has_no_day = rule == Rule::CheckIn && visit.arrived().is_some_and(|minute| visit.is_before_days(minute));
    let wanted = usize::from(visit.stay.is_some());
    if count != wanted && !(has_no_day && count == 0) {
        report.add(rule, visit.place(), format!("{wanted} times"), format!("{count} times"));
    }
}

/// On the day on which the travellers reach the city, after the transfer and in the city's hours; whoever comes at
/// night may check in right away.
fn check_in_time(trip: &Trip<'_>, visit: &Visit<'_>, stop: &Stop<'_>, report: &mut Report) {
    let Some(ready) = visit.ready().filter(|ready| !visit.is_before_days(*ready)) else { return };
    let last_start = i64::from(rules::DAY_END_MINUTE) - i64::from(rules::CHECK_IN_MINUTES);
    let of_day = ready.rem_euclid(DAY);
    let is_odd = of_day < i64::from(rules::DAY_START_MINUTE) || of_day > last_start;
    if is_odd && (ready..=ready + ODD_HOURS_SLACK_MINUTES).contains(&stop.start) {
        return;
    }
    if trip.day_number(stop.date) != ready.div_euclid(DAY) {
        let expected = format!("on the day of {}", clock(ready));
        report.add(Rule::CheckIn, stop.place(), expected, clock(stop.start));
    } else if !visit.is_free_for(stop) {
        report.add(Rule::CheckIn, stop.place(), free_time(trip, visit, stop.date), clock(stop.start));
    }
}

/// On the day of leaving by 11:00 or in time for the departure, in the city's hours; whoever leaves before these may
/// check out right before the transfer, even if that is on the evening before.
fn check_out_time(trip: &Trip<'_>, visit: &Visit<'_>, stop: &Stop<'_>, report: &mut Report) {
    let Some(leave) = visit.leave() else { return };
    let deadline = leave.min(visit.departure_midnight() + i64::from(rules::CHECK_OUT_LATEST_MINUTE));
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
    } else if !visit.is_free_for(stop) {
        report.add(Rule::CheckOut, stop.place(), free_time(trip, visit, stop.date), clock(stop.start));
    }
}
