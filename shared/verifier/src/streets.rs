//! The ways in the cities: whether there is time for them, how long they are, and on which days they need a ticket.

use domain::{
    facts::Point,
    plan::{Day, ItemKind},
    rules::{self, WALK_KM_MAX},
};

use crate::{
    rule::{Report, Rule},
    trip::{Stop, Trip},
    visit::Visit,
};

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

/// Whether all places of the day are known, and the beds of its cities. What is unknown is a violation already, and makes
/// every distance wrong.
fn is_known(trip: &Trip<'_>, day_index: usize) -> bool {
    stops_of(trip, day_index).filter(|stop| is_located(&stop.item.kind)).all(|stop| {
        let is_bed_known = |visit: &Visit<'_>| visit.arrival.is_some() && visit.bed.is_some() == visit.stay.is_some();
        trip.point(stop.item).is_some() && trip.visit_of(stop).is_some_and(is_bed_known)
    })
}

fn is_located(kind: &ItemKind) -> bool {
    !matches!(kind, ItemKind::Leg { .. } | ItemKind::Transfer)
}

/// Whether a way of this day in the visited city is too long to walk.
pub(crate) fn needs_ticket(trip: &Trip<'_>, visit: &Visit<'_>, day_index: usize) -> bool {
    let is_there = |hop: &Hop<'_, '_>| trip.visit_of(hop.stop).is_some_and(|there| there.index == visit.index);
    hops(trip, day_index).iter().any(|hop| is_there(hop) && hop.km() > WALK_KM_MAX)
}

fn stops_of<'t, 'a>(trip: &'t Trip<'a>, day_index: usize) -> impl Iterator<Item = &'t Stop<'a>> {
    let first = trip.stops.partition_point(|stop| stop.day_index < day_index);
    trip.stops.iter().skip(first).take_while(move |stop| stop.day_index == day_index)
}

/// The ways between the day's consecutive places (meals, sights, the bed) in each of its cities. After a night in the
/// city they start at its bed, at the first minute of the city's day; on the day of arrival at the first place.
fn hops<'t, 'a>(trip: &'t Trip<'a>, day_index: usize) -> Vec<Hop<'t, 'a>> {
    let mut last: Option<(Point, i64)> = None;
    let mut hops = Vec::new();
    for stop in stops_of(trip, day_index) {
        if stop.is_leg() {
            last = None;
        }
        let Some(to) = trip.point(stop.item) else { continue };
        if let Some((from, leave)) = last.or_else(|| morning(trip, stop)) {
            hops.push(Hop { from, to, leave, stop });
        }
        last = Some((to, stop.end));
    }
    hops
}

/// Where and when the day of `stop` starts in its city, if the travellers spent a night there before.
fn morning(trip: &Trip<'_>, stop: &Stop<'_>) -> Option<(Point, i64)> {
    let visit = trip.visit_of(stop)?;
    let (bed, first_night) = (visit.bed?, visit.first_night()?);
    (stop.date > first_night).then(|| (bed.at, stop.midnight() + i64::from(rules::DAY_START_MINUTE)))
}
