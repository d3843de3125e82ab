//! A person's edits of the brief.

use domain::{
    brief::Brief,
    request::{CITIES_MAX, DAYS_MAX, TRAVELLERS_MAX},
};
use serde_json::{Value, json};

use crate::providers::Places;

/// Cities that research is done for.
const PLACES_MAX: usize = 8;

/// The brief with a merge patch (RFC 7396) applied.
///
/// # Errors
/// Everything that is wrong with the result, in sentences.
pub(super) fn apply(brief: &Brief, edits: &Value, places: &dyn Places) -> Result<Brief, Vec<String>> {
    let mut value = json!(brief);
    json_patch::merge(&mut value, edits);
    let edited: Brief = serde_json::from_value(value).map_err(|error| vec![error.to_string()])?;
    let wrong = faults(&edited, places);
    if wrong.is_empty() { Ok(edited) } else { Err(wrong) }
}

fn faults(brief: &Brief, places: &dyn Places) -> Vec<String> {
    let mut wrong = Vec::new();
    wrong.extend(destination_faults(brief, places));
    if places.time_zone(&brief.origin.id).is_none() {
        wrong.push(format!("origin.id \"{}\" is not a known city", brief.origin.id));
    }
    if brief.end_date < brief.start_date {
        wrong.push(format!("end_date {} is before start_date {}", brief.end_date, brief.start_date));
    } else if brief.days() > DAYS_MAX {
        wrong.push(format!("the trip has {} days; the most is {DAYS_MAX}", brief.days()));
    }
    let (adults, children) = (brief.travellers.adults, brief.travellers.children);
    if adults == 0 || adults.saturating_add(children) > TRAVELLERS_MAX {
        wrong.push(format!("travellers must be at least one adult and at most {TRAVELLERS_MAX} people"));
    }
    if brief.budget.amount_cents <= 0 {
        wrong.push("budget.amount_cents must be above 0".to_owned());
    }
    let sights: Vec<_> = brief.destination.places().flat_map(|place| places.sights(&place.id)).collect();
    for id in brief.must_see.iter().filter(|id| !sights.iter().any(|sight| sight.id == **id)) {
        wrong.push(format!("must_see \"{id}\" is not the id of a sight of {}", brief.destination.name));
    }
    wrong
}

fn destination_faults(brief: &Brief, places: &dyn Places) -> Vec<String> {
    let destination = &brief.destination;
    let mut wrong = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for place in destination.places() {
        if !places.is_destination(&place.id) {
            wrong.push(format!("\"{}\" in destination is not a destination", place.id));
        }
        if place.id == brief.origin.id {
            wrong.push(format!("\"{}\" is both the origin and in destination", place.id));
        }
        if seen.contains(&place.id.as_str()) {
            wrong.push(format!("\"{}\" is in destination twice", place.id));
        }
        seen.push(&place.id);
    }
    let count = destination.count as usize;
    if count == 0 || count > seen.len() || count < destination.cities.len() || destination.count > CITIES_MAX {
        wrong.push(format!(
            "destination.count {count} does not fit {} cities and {} choices",
            destination.cities.len(),
            destination.choices.len()
        ));
    }
    if seen.len() > PLACES_MAX {
        wrong.push(format!("destination has {} cities; the most is {PLACES_MAX}", seen.len()));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use domain::{
        brief::{Destination, LodgingWish, Pace, Place, Travellers},
        money::{Currency, Money},
    };

    use super::*;
    use crate::providers::Gazetteer;

    fn brief() -> Brief {
        let place = |id: &str, name: &str| Place { id: id.to_owned(), name: name.to_owned() };
        Brief {
            query: "q".to_owned(),
            origin: place("berlin", "Berlin"),
            destination: Destination::city(place("lisbon", "Lisbon")),
            start_date: NaiveDate::from_ymd_opt(2027, 5, 8).unwrap(),
            end_date: NaiveDate::from_ymd_opt(2027, 5, 11).unwrap(),
            travellers: Travellers { adults: 2, children: 0 },
            budget: Money::new(180_000, Currency::EUR),
            interests: vec![],
            cuisines: vec![],
            meals_repeat: false,
            diet: vec![],
            pace: Pace::Moderate,
            lodging: LodgingWish::default(),
            avoid_transport: vec![],
            must_see: vec![],
            avoid_sights: vec![],
            avoid_interests: vec![],
            assumptions: vec![],
            sources: vec![],
            unread: vec![],
        }
    }

    #[test]
    fn a_merge_patch_changes_what_it_names_and_nothing_else() {
        let edited = apply(&brief(), &json!({ "pace": "relaxed" }), Gazetteer::bundled()).unwrap();
        assert_eq!(edited, Brief { pace: Pace::Relaxed, ..brief() });
    }

    #[test]
    fn a_patch_with_unknown_fields_or_nonsense_is_refused_with_all_reasons() {
        let places = Gazetteer::bundled();
        assert!(apply(&brief(), &json!({ "pase": "relaxed" }), places).is_err());
        let patch = json!({ "end_date": "2027-05-01", "travellers": { "adults": 0 }, "destination": { "choices": [{ "id": "atlantis", "name": "Atlantis" }] } });
        assert_eq!(apply(&brief(), &patch, places).unwrap_err().len(), 3);
    }
}
