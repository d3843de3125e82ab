//! Flights on their day, and roads on any day.

use chrono::{DateTime, Duration, NaiveTime, Utc};
use domain::{
    brief::TransportMode,
    facts::{FactKind, LegOption, Terminal},
    money::Currency,
    rules,
};
use worker::providers::{Answer, FareQuery, Fares};

use super::{Sandbox, TIME_ZONE, cents, places, provenance, road};
use crate::travelplanner::record::{Flight, Leg, Road};

/// People in one car of one's own, and in one taxi.
const CAR_SEATS: u32 = 5;
const TAXI_SEATS: u32 = 4;
/// When a road is taken where it is not too long for that (09:00), in minutes of the day. The data name no hour.
const ROAD_FROM_MINUTE: u32 = 9 * 60;
/// By when it is to end (23:00), as far as it can: before bed.
const ROAD_UNTIL_MINUTE: u32 = 23 * 60;
const DAY_MINUTES: u32 = 24 * 60;

impl Fares for Sandbox {
    fn search<'a>(&'a self, query: &'a FareQuery, now: DateTime<Utc>) -> Answer<'a, Vec<LegOption>> {
        let name = |id: &str| self.places.iter().find(|place| place.id == id).map(|place| place.name.as_str());
        let found = match (name(&query.from_id), name(&query.to_id)) {
            (Some(from), Some(to)) => Hop { sandbox: self, from, to, query, now }.all(),
            _ => Vec::new(),
        };
        super::ready(Ok(found))
    }

    fn is_simulated(&self) -> bool {
        false
    }
}

/// One query, with the names of its ends.
struct Hop<'a> {
    sandbox: &'a Sandbox,
    from: &'a str,
    to: &'a str,
    query: &'a FareQuery,
    now: DateTime<Utc>,
}

/// What differs from way to way.
struct Way {
    id: String,
    mode: TransportMode,
    depart: NaiveTime,
    arrive: NaiveTime,
    arrive_day_offset: i32,
    duration_minutes: u32,
    seats: u32,
    price_cents: i64,
}

impl Hop<'_> {
    fn all(&self) -> Vec<LegOption> {
        let legs = &self.sandbox.reference.legs;
        let same_day = |leg: &&Leg| leg.from == self.from && leg.to == self.to && leg.date == self.query.date;
        let flights = legs.iter().filter(same_day).flat_map(|leg| &leg.flights);
        let mut found: Vec<LegOption> = Vec::new();
        for flight in flights.filter_map(|flight| self.flight(flight)) {
            // A number is the key of a flight; the first one has it.
            if found.iter().all(|known| known.id != flight.id) {
                found.push(flight);
            }
        }
        found.extend(self.road(TransportMode::Car, CAR_SEATS));
        found.extend(self.road(TransportMode::Taxi, TAXI_SEATS));
        found
    }

    /// An arrival before the departure is on the next day. The bed of the night before is then needed from the arrival on,
    /// up to [`rules::NIGHT_UNTIL_MINUTE`]; a night that is flown through has none, and in a plan of the benchmark every
    /// night has, so that such a flight cannot be part of one but on the way home.
    fn flight(&self, flight: &Flight) -> Option<LegOption> {
        let is_overnight = flight.arr < flight.dep;
        let is_home = self.sandbox.places.first().is_some_and(|home| home.name == self.to);
        let night_ends = NaiveTime::MIN + Duration::minutes(i64::from(rules::NIGHT_UNTIL_MINUTE));
        let has_bed = !is_overnight || is_home || flight.arr < night_ends;
        has_bed.then(|| {
            self.option(Way {
                id: flight.number.clone(),
                mode: TransportMode::Flight,
                depart: flight.dep,
                arrive: flight.arr,
                arrive_day_offset: i32::from(is_overnight),
                duration_minutes: flight.duration_min,
                seats: 1,
                price_cents: cents(flight.price),
            })
        })
    }

    fn road(&self, mode: TransportMode, seats: u32) -> Option<LegOption> {
        let road = road(&self.sandbox.reference, self.from, self.to, mode == TransportMode::Car)?;
        let (minutes, cost) = usable(road)?;
        let depart = ROAD_FROM_MINUTE.min(ROAD_UNTIL_MINUTE.saturating_sub(minutes));
        let at = |minute: u32| NaiveTime::MIN + Duration::minutes(i64::from(minute));
        Some(self.option(Way {
            id: format!("{mode}/{}/{}/{}", self.query.from_id, self.query.to_id, self.query.date),
            mode,
            depart: at(depart),
            arrive: at(depart + minutes),
            arrive_day_offset: 0,
            duration_minutes: minutes,
            seats,
            price_cents: cents(cost),
        }))
    }

    fn option(&self, way: Way) -> LegOption {
        LegOption {
            id: way.id,
            mode: way.mode,
            from: self.terminal(self.from),
            to: self.terminal(self.to),
            date: self.query.date,
            depart: way.depart,
            arrive: way.arrive,
            arrive_day_offset: way.arrive_day_offset,
            duration_minutes: way.duration_minutes,
            stops: 0,
            seats: way.seats,
            price_cents: way.price_cents,
            currency: Currency::USD,
            co2_kg: 0,
            provenance: provenance(FactKind::Dataset, self.now),
        }
    }

    /// The data know cities, and neither airports nor the way to them.
    fn terminal(&self, name: &str) -> Terminal {
        Terminal {
            city_id: places::id_of(name),
            name: name.to_owned(),
            at: self.sandbox.centre(name),
            time_zone: TIME_ZONE.name().to_owned(),
            transfer_minutes: 0,
        }
    }
}

/// Minutes and dollars of a road that ends on the day on which it begins.
fn usable(road: &Road) -> Option<(u32, f64)> {
    let minutes = road.duration_min.filter(|minutes| *minutes < DAY_MINUTES && !road.duration.contains("day"))?;
    Some((minutes, road.cost?))
}
