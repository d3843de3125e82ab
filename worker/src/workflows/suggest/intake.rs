//! The door: what may become a suggestion.

use chrono::{DateTime, Utc};
use domain::{
    WatchId,
    request::FieldError,
    suggest::{Evidence, SuggestContext},
    watch::TripWish,
};
use serde_json::{Value, json};

use super::State;
use crate::providers::Places;

/// Checks that the cities of a context are known; the pointers begin at the context.
///
/// # Errors
/// Every city that is not.
pub(crate) fn check(context: &SuggestContext, places: &dyn Places) -> Result<(), Vec<FieldError>> {
    let mut errors = Vec::new();
    match context {
        SuggestContext::PriceDrop(context) => {
            check_route(&context.origin, &context.destination, "", places, &mut errors);
        }
        SuggestContext::CalendarGap(context) => check_wish(context.trip.as_ref(), "/trip", places, &mut errors),
        SuggestContext::BudgetSurplus(context) => check_wish(context.trip.as_ref(), "/trip", places, &mut errors),
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// The first state. `now` is when it happened, `evidence` what speaks for it.
pub(crate) fn first_state(
    context: SuggestContext,
    user_id: Option<String>,
    watch_id: Option<WatchId>,
    evidence: Vec<Evidence>,
    now: DateTime<Utc>,
) -> Value {
    json!(State { context, now, watch_id, user_id, reason: String::new(), evidence, trip: None })
}

/// A route that flights may be asked for; `at` is where its cities stand.
pub(crate) fn check_route(
    origin: &str,
    destination: &str,
    at: &str,
    places: &dyn Places,
    errors: &mut Vec<FieldError>,
) {
    check_origin(origin, &format!("{at}/origin"), places, errors);
    check_destination(destination, &format!("{at}/destination"), places, errors);
    let same = places.find(origin).zip(places.find(destination)).is_some_and(|(from, to)| from.id == to.id);
    if same {
        errors.push(FieldError::new(format!("{at}/destination"), "is the city that the trip starts from"));
    }
}

/// A wish must say where the trip starts, or where it goes: the rest can be chosen.
pub(crate) fn check_wish(wish: Option<&TripWish>, at: &str, places: &dyn Places, errors: &mut Vec<FieldError>) {
    let (origin, destination) = wish.map_or((None, None), |wish| (wish.origin.as_deref(), wish.destination.as_deref()));
    match (origin, destination) {
        (None, None) => errors.push(FieldError::new(
            format!("{at}/origin"),
            "is missing; give the city that the trip starts from, or a destination",
        )),
        (Some(origin), Some(destination)) => check_route(origin, destination, at, places, errors),
        (Some(origin), None) => check_origin(origin, &format!("{at}/origin"), places, errors),
        (None, Some(destination)) => check_destination(destination, &format!("{at}/destination"), places, errors),
    }
}

fn check_origin(name: &str, pointer: &str, places: &dyn Places, errors: &mut Vec<FieldError>) {
    if places.find(name).is_none() {
        errors.push(FieldError::new(pointer, format!("\"{}\" is not a city that Portolan knows", name.escape_debug())));
    }
}

fn check_destination(name: &str, pointer: &str, places: &dyn Places, errors: &mut Vec<FieldError>) {
    if places.find(name).is_none_or(|place| !places.is_destination(&place.id)) {
        let detail = format!("\"{}\" is not a city that trips can be planned to", name.escape_debug());
        errors.push(FieldError::new(pointer, detail));
    }
}
