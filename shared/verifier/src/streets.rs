//! The ways in the city: whether there is time for them, how long they are, and on which days they need a ticket.

use domain::{
    facts::Point,
    plan::{Day, ItemKind},
    rules,
};

use crate::{
    rule::{Report, Rule},
    trip::{DAY, Stop, Trip},
};

/// Longer ways are not walked; [`rules::travel_minutes`] changes to public transport at the same length.
const WALK_KM_MAX: f64 = 1.6;
/// A day's distance may differ from the sum of its ways by the larger of these.
const DISTANCE_SLACK_KM: f64 = 0.2;
const DISTANCE_SLACK_SHARE: f64 = 0.01;

/// The way to one stop of a day.
struct Hop<'t, 'a> {
    from: Point,
    to: Point,
    /// The earliest minute at which one can set out.
    leave: i64,
    stop: &'t Stop<'a>,
}

impl Hop<'_, '_> {
    fn km(&self) -> f64 {
        rules::street_km(self.from, self.to)
    }
}

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    for (index, day) in trip.plan.days.iter().enumerate() {
        let hops = hops(trip, index);
        for hop in &hops {
            let needed = i64::from(rules::travel_minutes(hop.from, hop.to));
            let gap = hop.stop.start - hop.leave;
            // No way, no gap: a bed may be left before the day of the city starts.
            if needed > 0 && gap < needed {
                let expected = format!("{needed} minutes to get there");
                report.add(Rule::TravelTime, hop.stop.place(), expected, format!("{gap} minutes"));
            }
        }
        if is_known(trip, index) {
            check_distance(&hops, index, day, report);
        }
    }
}

fn check_distance(hops: &[Hop<'_, '_>], day_index: usize, day: &Day, report: &mut Report) {
    let km: f64 = hops.iter().map(Hop::km).sum();
    let slack = DISTANCE_SLACK_KM.max(km * DISTANCE_SLACK_SHARE);
    let off = (day.distance_km - km).abs();
    if off.is_nan() || off > slack {
        let place = format!("day {} ({})", day_index + 1, day.date);
        report.add(Rule::Distance, place, format!("{km:.2} km"), format!("{:.2} km", day.distance_km));
    }
}

/// Whether all places of the day are known. What is unknown is a violation already, and makes every distance wrong.
fn is_known(trip: &Trip<'_>, day_index: usize) -> bool {
    let is_bed_known = trip.outbound.is_some() && trip.bed.is_some() == trip.plan.stay.is_some();
    is_bed_known
        && trip.plan.days.get(day_index).is_some_and(|day| {
            day.items.iter().all(|item| {
                matches!(item.kind, ItemKind::Leg { .. } | ItemKind::Transfer) || trip.point(item).is_some()
            })
        })
}

/// Whether a way of this day is too long to walk.
pub(crate) fn needs_ticket(trip: &Trip<'_>, day_index: usize) -> bool {
    hops(trip, day_index).iter().any(|hop| hop.km() > WALK_KM_MAX)
}

/// The ways between the day's consecutive places (meals, sights, the bed). Every day after that of the arrival starts
/// at the bed, at the first minute of the city's day; the day of arrival starts at its first place.
fn hops<'t, 'a>(trip: &'t Trip<'a>, day_index: usize) -> Vec<Hop<'t, 'a>> {
    let first = trip.stops.partition_point(|stop| stop.day_index < day_index);
    let mut last: Option<(Point, i64)> = None;
    let mut hops = Vec::new();
    for stop in trip.stops.iter().skip(first).take_while(|stop| stop.day_index == day_index) {
        let Some(to) = trip.point(stop.item) else { continue };
        if let Some((from, leave)) = last.or_else(|| morning(trip, stop)) {
            hops.push(Hop { from, to, leave, stop });
        }
        last = Some((to, stop.end));
    }
    hops
}

/// Where and when the day of `stop` starts, if the travellers woke up in their bed.
fn morning(trip: &Trip<'_>, stop: &Stop<'_>) -> Option<(Point, i64)> {
    let (bed, arrival) = (trip.bed?, trip.arrival_day()?);
    let day = trip.day_number(stop.date);
    (day > arrival).then(|| (bed.at, day * DAY + i64::from(rules::DAY_START_MINUTE)))
}
