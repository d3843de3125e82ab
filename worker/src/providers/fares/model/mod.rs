//! A deterministic model of fares and timetables, for planning without any network.
//!
//! Distances are great circles between main airports (flights) or centres (everything else); speeds, fares and
//! timetables are round numbers that give the right order of magnitude. Where no source is named a number is a choice
//! of the house. Every leg says that it is an estimate. Same inputs, same outputs.

mod clock;
mod demand;
mod emissions;
mod flights;
mod ground;
mod land;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::{
    brief::TransportMode,
    facts::{Direction, FactKind, LegOption, Point, Provenance},
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
/// The year that the model's prices are typical of.
const AS_OF: &str = "2025";
/// Prices are rounded to this many hundredths: one unit of the currency.
const ROUND_TO_CENTS: i64 = 100;

/// Fares and timetables between the cities of a gazetteer.
#[derive(Debug, Clone)]
pub struct FareModel {
    gazetteer: Arc<Gazetteer>,
}

/// One direction of the journey.
struct Trip<'a> {
    direction: Direction,
    from: &'a City,
    to: &'a City,
    date: NaiveDate,
    demand: Demand,
    people: u32,
    nights: u32,
}

/// A departure of some means of transport, before it is put into the clocks and the currency of the cities.
struct Service {
    mode: TransportMode,
    /// Local time at the place of departure.
    depart: NaiveTime,
    minutes: u32,
    /// One person, without transfers, in hundredths of a euro.
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

impl FareModel {
    /// A model over the cities of this gazetteer.
    #[must_use]
    pub fn new(gazetteer: Arc<Gazetteer>) -> Self {
        Self { gazetteer }
    }

    fn legs(&self, query: &FareQuery, now: DateTime<Utc>) -> Result<Vec<LegOption>, ProviderError> {
        let origin = self.get_city(&query.origin_id)?;
        let destination = self.get_city(&query.destination_id)?;
        if origin.id == destination.id {
            return Ok(Vec::new());
        }
        let nights = u32::try_from((query.return_date - query.outbound_date).num_days()).unwrap_or(0);
        let trip = |direction, from, to, date| Trip {
            direction,
            from,
            to,
            date,
            demand: Demand::new(destination.at, date, now.date_naive()),
            people: query.people.max(1),
            nights,
        };
        let outbound = trip(Direction::Outbound, origin, destination, query.outbound_date);
        let back = trip(Direction::Return, destination, origin, query.return_date);
        Ok([outbound, back].iter().flat_map(|trip| self.legs_of(trip, now)).collect())
    }

    fn get_city(&self, id: &str) -> Result<&City, ProviderError> {
        self.gazetteer.city(id).ok_or_else(|| ProviderError::Unknown(format!("the city \"{id}\"")))
    }

    fn legs_of(&self, trip: &Trip<'_>, now: DateTime<Utc>) -> Vec<LegOption> {
        let airports = (self.gazetteer.airports(&trip.from.id).first(), self.gazetteer.airports(&trip.to.id).first());
        let flights = match airports {
            (Some(from), Some(to)) => flights::services(from.at.km_to(to.at), &trip.demand),
            _ => Vec::new(),
        };
        flights.iter().chain(&ground::services(trip)).filter_map(|service| self.leg(trip, service, now)).collect()
    }

    /// The service in the clocks of both cities and in the destination's currency.
    fn leg(&self, trip: &Trip<'_>, service: &Service, now: DateTime<Utc>) -> Option<LegOption> {
        let from = self.terminal(trip.from, service.mode)?;
        let to = self.terminal(trip.to, service.mode)?;
        let arrival = clock::arrival(
            trip.from.time_zone,
            trip.date.and_time(service.depart),
            service.minutes,
            trip.to.time_zone,
        )?;
        let destination_side = match trip.direction {
            Direction::Outbound => (to.at, to.transfer_minutes),
            Direction::Return => (from.at, from.transfer_minutes),
        };
        Some(LegOption {
            id: leg_id(trip.direction, service),
            direction: trip.direction,
            mode: service.mode,
            price_cents: self.price_cents(trip, service, [&from, &to]),
            from: from.label,
            to: to.label,
            at: destination_side.0,
            date: trip.date,
            depart: service.depart,
            arrive: arrival.time(),
            arrive_day_offset: i32::try_from((arrival.date() - trip.date).num_days()).ok()?,
            duration_minutes: service.minutes,
            transfer_minutes: destination_side.1,
            co2_kg: service.co2_kg,
            provenance: Provenance {
                kind: FactKind::Estimate,
                source: SOURCE.to_owned(),
                as_of: AS_OF.to_owned(),
                fetched_at: now,
            },
        })
    }

    /// Fare and the transfers of both ends in the destination's currency, rounded to whole units.
    fn price_cents(&self, trip: &Trip<'_>, service: &Service, terminals: [&Terminal; 2]) -> i64 {
        let destination = match trip.direction {
            Direction::Outbound => trip.to,
            Direction::Return => trip.from,
        };
        let rate = |from: Currency| -> ExchangeRate { self.gazetteer.rate(from, destination.currency) };
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
            TransportMode::Train | TransportMode::Bus | TransportMode::Car => Some(ground::terminal(city, mode)),
        }
    }
}

impl Fares for FareModel {
    fn search<'a>(&'a self, query: &'a FareQuery, now: DateTime<Utc>) -> Answer<'a, Vec<LegOption>> {
        Box::pin(future::ready(self.legs(query, now)))
    }
}

/// Such as `out-flight-0700` or `back-flight-0830-one-stop`.
fn leg_id(direction: Direction, service: &Service) -> String {
    let way = match direction {
        Direction::Outbound => "out",
        Direction::Return => "back",
    };
    let stops = match service.stops {
        Stops::None => "",
        Stops::One => "-one-stop",
    };
    format!("{way}-{}-{}{stops}", service.mode, service.depart.format("%H%M"))
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
