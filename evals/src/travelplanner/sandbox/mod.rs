//! The facts of one request as providers: it knows the cities of the request and nothing of any other.
//!
//! What the data do not say is assumed here, once, and told where it is: opening hours, visits and free entry of sights
//! (`activities`), the hour at which a road is taken (`fares`), where restaurants and beds are (the middle of the city).

mod activities;
mod dining;
mod fares;
mod lodging;
mod names;
mod places;
mod states;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    brief::Place,
    facts::{CityFacts, DayWeather, FactKind, Point, Provenance},
    money::{Currency, ExchangeRate},
};
use worker::providers::{Answer, Location, ProviderError, Providers, Rates, Weather};

use self::names::NameIndex;
use super::record::{Reference, Road};

/// The data name no time zones. One zone for every city leaves departures and arrivals as they are written, and durations
/// are the data's own, so that nothing is ever computed from a zone. Chicago lies in the middle.
const TIME_ZONE: chrono_tz::Tz = chrono_tz::America::Chicago;
/// The year of the flights.
const AS_OF: &str = "2022";
const SOURCE: &str = "travelplanner sandbox";
/// Where nothing says where a city is: it has no sights, and therefore nothing in it is anywhere else.
const NOWHERE: Point = Point { lat: 0.0, lon: 0.0 };

/// The facts of one request.
pub(super) struct Sandbox {
    reference: Reference,
    /// The start of the trip, the cities of the facts and every end of a leg, without doubles.
    places: Vec<Place>,
    place_names: NameIndex,
    state_names: NameIndex,
}

impl Sandbox {
    pub(super) fn new(reference: &Reference) -> Self {
        let places = places::of(reference);
        Self {
            place_names: NameIndex::new(places.iter().map(|place| place.name.as_str())),
            state_names: NameIndex::new(states::STATES.into_iter()),
            places,
            reference: reference.clone(),
        }
    }

    /// Every kind of provider over these facts.
    pub(super) fn providers(self) -> Providers {
        let all = Arc::new(self);
        Providers {
            places: all.clone(),
            location: all.clone(),
            fares: all.clone(),
            lodging: all.clone(),
            dining: all.clone(),
            activities: all.clone(),
            weather: all.clone(),
            rates: all,
        }
    }

    /// The city of the facts with this id, as the data spell it.
    fn city_name(&self, id: &str) -> Result<&str, ProviderError> {
        let name = self.reference.cities.iter().find(|name| places::id_of(name) == id);
        name.map(String::as_str).ok_or_else(|| ProviderError::Unknown(format!("the destination \"{id}\"")))
    }

    /// The middle of a city: of its sights, by halves in each direction.
    fn centre(&self, city: &str) -> Point {
        let sights = self.reference.attractions.get(city).into_iter().flatten();
        let (lats, lons) = sights.filter_map(|sight| Some((sight.lat?, sight.lon?))).unzip();
        match (median(lats), median(lons)) {
            (Some(lat), Some(lon)) => Point { lat, lon },
            _ => NOWHERE,
        }
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The road from one city to another, and whether it is driven oneself, as the data have it.
pub(super) fn road<'a>(reference: &'a Reference, from: &str, to: &str, is_own_car: bool) -> Option<&'a Road> {
    let legs = reference.legs.iter().filter(|leg| leg.from == from && leg.to == to);
    legs.into_iter().find_map(|leg| if is_own_car { leg.self_driving.as_ref() } else { leg.taxi.as_ref() })
}

fn provenance(kind: FactKind, now: DateTime<Utc>) -> Provenance {
    Provenance { kind, source: SOURCE.to_owned(), as_of: AS_OF.to_owned(), fetched_at: now }
}

/// US dollars in hundredths.
fn cents(dollars: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and the planner leaves out what is dearer than 1e10"
    )]
    let cents = (dollars * 100.0).round() as i64;
    cents
}

fn ready<T: Send + 'static>(answer: Result<T, ProviderError>) -> Answer<'static, T> {
    Box::pin(std::future::ready(answer))
}

impl Location for Sandbox {
    fn city<'a>(&'a self, city_id: &'a str, now: DateTime<Utc>) -> Answer<'a, CityFacts> {
        ready(self.city_name(city_id).map(|name| CityFacts {
            place: places::place(name),
            country: "United States".to_owned(),
            at: self.centre(name),
            time_zone: TIME_ZONE.name().to_owned(),
            currency: Currency::USD,
            // The data name none, and the benchmark counts none.
            transit_day_ticket_cents: 0,
            provenance: provenance(FactKind::Dataset, now),
        }))
    }
}

impl Weather for Sandbox {
    /// The data say nothing of the weather.
    fn days<'a>(&'a self, _: &'a str, _: NaiveDate, _: NaiveDate, _: DateTime<Utc>) -> Answer<'a, Vec<DayWeather>> {
        ready(Ok(Vec::new()))
    }
}

impl Rates for Sandbox {
    /// Budgets and prices are in US dollars; nothing else can be changed.
    fn rate(&self, from: Currency, to: Currency, _: DateTime<Utc>) -> Answer<'_, ExchangeRate> {
        let one =
            || ExchangeRate { from, to, rate_nanos: 1_000_000_000, as_of: AS_OF.to_owned(), source: SOURCE.to_owned() };
        let unknown = || ProviderError::Unknown(format!("a rate from {from} to {to}"));
        ready((from == to).then(one).ok_or_else(unknown))
    }
}

#[cfg(test)]
mod tests;
