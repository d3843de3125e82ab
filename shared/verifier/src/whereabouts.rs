//! Where items are: the city, the clock of its zone, and both ends of a leg. The positions of meals, sights and beds are
//! compared beside their facts.

use domain::{
    facts::{LegOption, Point},
    plan::ItemKind,
};

use crate::{
    rule::{Report, Rule},
    trip::{Stop, Trip},
    visit::Visit,
};

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    for stop in &trip.stops {
        if let Some(leg) = trip.leg_at(stop) {
            check_leg(stop, leg, report);
        }
        if let Some(visit) = trip.visit_of(stop) {
            check_item(trip, visit, stop, report);
        }
    }
}

fn check_leg(stop: &Stop<'_>, leg: &LegOption, report: &mut Report) {
    let place = stop.place();
    if let Some(city_id) = &stop.item.city_id {
        report.add(Rule::ItemCity, &place, "no city of a leg", city_id);
    }
    report.equal(Rule::ItemZone, &place, &leg.from.time_zone, &stop.item.start_zone);
    report.equal(Rule::ItemZone, &place, &leg.to.time_zone, &stop.item.end_zone);
    check_point(&place, Some(leg.from.at), stop.item.at, report);
    check_point(&place, Some(leg.to.at), stop.item.to, report);
}

fn check_item(trip: &Trip<'_>, visit: &Visit<'_>, stop: &Stop<'_>, report: &mut Report) {
    let place = stop.place();
    check_point(&place, None, stop.item.to, report);
    if let Some(city) = visit.city {
        report.equal(Rule::ItemZone, &place, &city.time_zone, &stop.item.start_zone);
        report.equal(Rule::ItemZone, &place, &city.time_zone, &stop.item.end_zone);
    }
    let Some(here) = visit.city_id else { return };
    let told = stop.item.city_id.as_deref().unwrap_or("none");
    let there = city_of(trip, &stop.item.kind).unwrap_or(here);
    report.equal(Rule::ItemCity, &place, here, if there == here { told } else { there });
}

/// The id of the city in which the fact behind an item is.
fn city_of<'a>(trip: &Trip<'a>, kind: &ItemKind) -> Option<&'a str> {
    match kind {
        ItemKind::Leg { .. } | ItemKind::Transfer => None,
        ItemKind::CheckIn { lodging_id } | ItemKind::CheckOut { lodging_id } => {
            trip.lodging(lodging_id).map(|lodging| lodging.city_id.as_str())
        }
        ItemKind::Meal { meal_id, .. } => trip.meal(meal_id).map(|meal| meal.city_id.as_str()),
        ItemKind::Sight { sight_id } => trip.sight(sight_id).map(|sight| sight.city_id.as_str()),
    }
}

fn check_point(place: &str, known: Option<Point>, told: Option<Point>, report: &mut Report) {
    if known != told {
        report.add(Rule::ItemDetails, place, format!("{known:?}"), format!("{told:?}"));
    }
}
