//! A deterministic model of fares and timetables, for planning without any network.
//!
//! Distances are great circles between main airports (flights) or centres (everything else); speeds, fares and
//! timetables are round numbers that give the right order of magnitude. Where no source is named a number is a choice
//! of the house. Every leg says that it is an estimate. Same inputs, same outputs.
//!
//! Flights cost more or less by the hour, too, as those of airlines do: a simulated movement, which its legs are marked with.

mod clock;
mod demand;
mod emissions;
mod flights;
mod ground;
mod land;
mod movement;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::{
    brief::TransportMode,
    facts::{self, FactKind, LegOption, Point, Provenance},
    money::{Currency, ExchangeRate},
};
use futures::future;

use super::{FareQuery, Fares};
use crate::providers::{
    Answer, ProviderError,
    gazetteer::{City, Gazetteer},
};
use demand::Demand;

/// The source that facts of this model name.
const SOURCE: &str = "fare model";
/// The source of what the simulated movement has moved.
const MOVED_SOURCE: &str = "fare model, price movement simulated";
/// The year that the model's prices are typical of.
const AS_OF: &str = "2025";
/// Prices are rounded to this many hundredths: one unit of the currency.
const ROUND_TO_CENTS: i64 = 100;

/// Fares and timetables between the cities of a gazetteer.
#[derive(Debug, Clone)]
pub struct FareModel {
    gazetteer: Arc<Gazetteer>,
}

/// What a query asks for.
struct Trip<'a> {
    from: &'a City,
    to: &'a City,
    date: NaiveDate,
    demand: Demand,
    people: u32,
    nights: u32,
    currency: Currency,
}

/// A departure of some means of transport, before it is put into the clocks and the currency of the cities.
struct Service {
    mode: TransportMode,
    /// Local time at the place of departure.
    depart: NaiveTime,
    minutes: u32,
    /// People that one fare carries.
    seats: u32,
    /// For `seats` people, without transfers, in hundredths of a euro.
    fare_euro_cents: i64,
    /// Emissions of one person.
    co2_kg: u32,
    /// Where it stops on the way.
    stops: Stops,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stops {
    None,
    One,
}

/// Where a means of transport stops in a city.
struct Terminal {
    /// Such as `Berlin (BER)`.
    label: String,
    at: Point,
    transfer_minutes: u32,
    /// One person, one way.
    transfer_cents: i64,
    transfer_currency: Currency,
}

impl Terminal {
    fn of(&self, city: &City) -> facts::Terminal {
        facts::Terminal {
            city_id: city.id.clone(),
            name: self.label.clone(),
            at: self.at,
            time_zone: city.time_zone.name().to_owned(),
            transfer_minutes: self.transfer_minutes,
        }
    }
}

impl FareModel {
    /// A model over the cities of this gazetteer.
    #[must_use]
    pub fn new(gazetteer: Arc<Gazetteer>) -> Self {
        Self { gazetteer }
    }

    fn legs(&self, query: &FareQuery, now: DateTime<Utc>) -> Result<Vec<LegOption>, ProviderError> {
        let (from, to) = (self.get_city(&query.from_id)?, self.get_city(&query.to_id)?);
        if from.id == to.id {
            return Ok(Vec::new());
        }
        let trip = Trip {
            from,
            to,
            date: query.date,
            demand: Demand::new(to.at, query.date, now.date_naive()),
            people: query.people.max(1),
            nights: query.nights,
            currency: query.currency,
        };
        Ok(self.legs_of(&trip, now))
    }

    fn get_city(&self, id: &str) -> Result<&City, ProviderError> {
        self.gazetteer.city(id).ok_or_else(|| ProviderError::Unknown(format!("the city \"{id}\"")))
    }

    fn legs_of(&self, trip: &Trip<'_>, now: DateTime<Utc>) -> Vec<LegOption> {
        let airports = (self.gazetteer.airports(&trip.from.id).first(), self.gazetteer.airports(&trip.to.id).first());
        let flights = match airports {
            (Some(from), Some(to)) => {
                let moved = movement::permille(&trip.from.id, &trip.to.id, trip.date, now);
                flights::services(from.at.km_to(to.at), &trip.demand, moved)
            }
            _ => Vec::new(),
        };
        flights.iter().chain(&ground::services(trip)).filter_map(|service| self.leg(trip, service, now)).collect()
    }

    /// The service in the clocks of both cities and in the currency that was asked for.
    fn leg(&self, trip: &Trip<'_>, service: &Service, now: DateTime<Utc>) -> Option<LegOption> {
        let from = self.terminal(trip.from, service.mode)?;
        let to = self.terminal(trip.to, service.mode)?;
        let arrival = clock::arrival(
            trip.from.time_zone,
            trip.date.and_time(service.depart),
            service.minutes,
            trip.to.time_zone,
        )?;
        Some(LegOption {
            id: leg_id(trip, service),
            mode: service.mode,
            price_cents: self.price_cents(trip, service, [&from, &to]),
            currency: trip.currency,
            seats: service.seats,
            from: from.of(trip.from),
            to: to.of(trip.to),
            date: trip.date,
            depart: service.depart,
            arrive: arrival.time(),
            arrive_day_offset: i32::try_from((arrival.date() - trip.date).num_days()).ok()?,
            duration_minutes: service.minutes,
            stops: u32::from(service.stops == Stops::One),
            co2_kg: service.co2_kg,
            provenance: Provenance {
                kind: FactKind::Estimate,
                source: source(service.mode).to_owned(),
                as_of: AS_OF.to_owned(),
                fetched_at: now,
            },
        })
    }

    /// Fare and the transfers of both ends, rounded to whole units of the currency.
    fn price_cents(&self, trip: &Trip<'_>, service: &Service, terminals: [&Terminal; 2]) -> i64 {
        let rate = |from: Currency| -> ExchangeRate { self.gazetteer.rate(from, trip.currency) };
        let transfers: i64 = terminals
            .iter()
            .map(|terminal| rate(terminal.transfer_currency).convert_cents(terminal.transfer_cents))
            .sum();
        let total = rate(Currency::EUR).convert_cents(service.fare_euro_cents) + transfers;
        (total + ROUND_TO_CENTS / 2) / ROUND_TO_CENTS * ROUND_TO_CENTS
    }

    fn terminal(&self, city: &City, mode: TransportMode) -> Option<Terminal> {
        match mode {
            TransportMode::Flight => self.gazetteer.airports(&city.id).first().map(|airport| Terminal {
                label: format!("{} ({})", city.name, airport.iata),
                at: airport.at,
                transfer_minutes: airport.transfer_minutes,
                transfer_cents: airport.transfer_cents,
                transfer_currency: city.currency,
            }),
            TransportMode::Train | TransportMode::Bus | TransportMode::Car | TransportMode::Taxi => {
                Some(ground::terminal(city, mode))
            }
        }
    }
}

impl Fares for FareModel {
    fn search<'a>(&'a self, query: &'a FareQuery, now: DateTime<Utc>) -> Answer<'a, Vec<LegOption>> {
        Box::pin(future::ready(self.legs(query, now)))
    }

    fn is_simulated(&self) -> bool {
        true
    }
}

fn source(mode: TransportMode) -> &'static str {
    match mode {
        TransportMode::Flight => MOVED_SOURCE,
        TransportMode::Train | TransportMode::Bus | TransportMode::Car | TransportMode::Taxi => SOURCE,
    }
}

/// Such as `berlin-lisbon-2027-05-08-flight-0830-one-stop`.
fn leg_id(trip: &Trip<'_>, service: &Service) -> String {
    let stops = match service.stops {
        Stops::None => "",
        Stops::One => "-one-stop",
    };
    let depart = service.depart.format("%H%M");
    format!("{}-{}-{}-{}-{depart}{stops}", trip.from.id, trip.to.id, trip.date, service.mode)
}

/// A time of the timetables below.
const fn at(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).expect("the timetables hold times of the day")
}

/// Rounded up to five minutes, as timetables are.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no way on earth takes 2^32 minutes")]
fn timetable_minutes(minutes: f64) -> u32 {
    (minutes / 5.0).ceil() as u32 * 5
}

/// Euro in hundredths of it.
#[expect(clippy::cast_possible_truncation, reason = "no fare comes near 2^53 hundredths")]
fn euro_cents(euro: f64) -> i64 {
    (euro * 100.0).round() as i64
}
