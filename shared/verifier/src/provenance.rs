//! Where things came from: items and stays say what their facts say. Transfers are compared beside their legs, the
//! lines of the bill beside their charges.

use domain::{facts::Provenance, plan::ItemKind};

use crate::{
    rule::{Report, Rule},
    stay::place_of,
    trip::Trip,
};

pub(crate) fn check(trip: &Trip<'_>, report: &mut Report) {
    for stop in &trip.stops {
        let known = match &stop.item.kind {
            ItemKind::Leg { leg_id, .. } => trip.leg(leg_id).map(|leg| &leg.provenance),
            ItemKind::Transfer => None,
            ItemKind::CheckIn { lodging_id } | ItemKind::CheckOut { lodging_id } => {
                trip.lodging(lodging_id).map(|lodging| &lodging.provenance)
            }
            ItemKind::Meal { meal_id, .. } => trip.meal(meal_id).map(|meal| &meal.provenance),
            ItemKind::Sight { sight_id } => trip.sight(sight_id).map(|sight| &sight.provenance),
        };
        if let Some(known) = known {
            compare(&stop.place(), known, &stop.item.provenance, report);
        }
    }
    for stay in &trip.plan.stays {
        if let Some(bed) = trip.lodging(&stay.lodging_id) {
            compare(&place_of(stay), &bed.provenance, &stay.provenance, report);
        }
    }
}

/// Adds a violation unless what stands at `place` names the origin that its fact has.
pub(crate) fn compare(place: &str, known: &Provenance, told: &Provenance, report: &mut Report) {
    if known != told {
        report.add(Rule::Provenance, place, describe(known), describe(told));
    }
}

fn describe(provenance: &Provenance) -> String {
    let Provenance { kind, source, as_of, fetched_at } = provenance;
    format!("{source} {as_of}, {kind}, fetched at {fetched_at}")
}
