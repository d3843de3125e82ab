//! Trains, buses and cars between cities on one landmass.

use std::ops::RangeInclusive;

use chrono::NaiveTime;
use domain::{brief::TransportMode, money::Currency};

use super::{Service, Stops, Terminal, Trip, at, emissions, euro_cents, land, land::Link, timetable_minutes};
use crate::providers::gazetteer::City;

/// Great-circle distances, in kilometres, over which each means of transport makes sense.
const TRAIN_KM: RangeInclusive<f64> = 20.0..=1_200.0;
const BUS_KM: RangeInclusive<f64> = 20.0..=800.0;
const CAR_KM: RangeInclusive<f64> = 20.0..=1_000.0;

/// Rails are this much longer than the great circle.
const RAIL_DETOUR: f64 = 1.25;
/// Roads are; the same factor as streets have in `domain::rules`.
const ROAD_DETOUR: f64 = 1.3;

/// Mean speed in km/h over the length of the rails, stops included, and fares in percent of the European ones.
struct Railway {
    km_per_hour: f64,
    fare_percent: i64,
}
/// Inside one country.
const RAILWAYS: [(&str, Railway); 10] = [
    ("China", Railway { km_per_hour: 220.0, fare_percent: 70 }),
    ("France", Railway { km_per_hour: 190.0, fare_percent: 110 }),
    ("Germany", Railway { km_per_hour: 140.0, fare_percent: 110 }),
    ("India", Railway { km_per_hour: 60.0, fare_percent: 25 }),
    ("Italy", Railway { km_per_hour: 170.0, fare_percent: 90 }),
    ("Japan", Railway { km_per_hour: 200.0, fare_percent: 160 }),
    ("South Korea", Railway { km_per_hour: 180.0, fare_percent: 80 }),
    ("Spain", Railway { km_per_hour: 190.0, fare_percent: 90 }),
    ("Thailand", Railway { km_per_hour: 60.0, fare_percent: 40 }),
    ("United Kingdom", Railway { km_per_hour: 130.0, fare_percent: 130 }),
];
const EUROPEAN_RAILWAY: Railway = Railway { km_per_hour: 110.0, fare_percent: 100 };
const TUNNEL_RAILWAY: Railway = Railway { km_per_hour: 150.0, fare_percent: 100 };
const OTHER_RAILWAY: Railway = Railway { km_per_hour: 90.0, fare_percent: 60 };
/// A European ticket, second class: per ticket, per kilometre up to 300 km, and beyond.
const TRAIN_EURO: f64 = 10.0;
const TRAIN_EURO_PER_KM: (f64, f64) = (0.11, 0.07);
const TRAIN_CHEAPER_AFTER_KM: f64 = 300.0;
/// On top of a ticket through the tunnel.
const TUNNEL_TRAIN_EURO: f64 = 35.0;

const BUS_KM_PER_HOUR: f64 = 75.0;
/// Drivers rest 45 minutes after 4.5 hours: Regulation (EC) No 561/2006, article 7.
const BUS_REST_MINUTES: f64 = 45.0;
const BUS_REST_AFTER_MINUTES: f64 = 270.0;
const BUS_EURO: f64 = 5.0;
const BUS_EURO_PER_KM: f64 = 0.05;

const CAR_KM_PER_HOUR: f64 = 90.0;
/// A rest of 15 minutes after every two hours, as road safety advice has it.
const CAR_REST_MINUTES: f64 = 15.0;
const CAR_REST_AFTER_MINUTES: f64 = 120.0;
/// One's own car: 7 litres per 100 km at 1.65 EUR, and 0.06 EUR of toll; no wear, no hire.
const CAR_EURO_PER_KM: f64 = 0.07 * 1.65 + 0.06;
/// A place in a car park of the city, a night; half of the stay's is on each of the two legs.
const PARKING_EURO_PER_NIGHT: f64 = 20.0;
/// A car on the shuttle through the tunnel, one way.
const TUNNEL_CAR_EURO: f64 = 120.0;
const SEATS_PER_CAR: u32 = 5;

/// Above this a second half of the timetable travels overnight.
const DAY_MINUTES_MAX: u32 = 8 * 60;
const TRAINS_BY_DAY: [NaiveTime; 4] = [at(7, 30), at(10, 30), at(14, 0), at(17, 30)];
const TRAINS_OVERNIGHT: [NaiveTime; 3] = [at(6, 30), at(9, 0), at(20, 0)];
const BUSES_BY_DAY: [NaiveTime; 3] = [at(7, 0), at(12, 0), at(16, 30)];
const BUSES_OVERNIGHT: [NaiveTime; 3] = [at(6, 30), at(9, 0), at(21, 30)];
const CARS: [NaiveTime; 3] = [at(7, 0), at(9, 0), at(14, 0)];

/// From a station to the centre, and back; for one person. Stations are central. A choice of the house.
const TRAIN_TRANSFER_MINUTES: u32 = 20;
const BUS_TRANSFER_MINUTES: u32 = 25;
const STATION_TRANSFER_EURO_CENTS: i64 = 250;
/// From the car park to the door.
const CAR_TRANSFER_MINUTES: u32 = 10;

/// Every way over land on this day; none where the sea is between.
pub(super) fn services(trip: &Trip<'_>) -> Vec<Service> {
    let km = trip.from.at.km_to(trip.to.at);
    let Some(link) = land::link(trip.from, trip.to) else { return Vec::new() };
    let mut services = Vec::new();
    if TRAIN_KM.contains(&km) && trip.from.rail && trip.to.rail {
        services.extend(trains(trip, km * RAIL_DETOUR, link));
    }
    if BUS_KM.contains(&km) {
        services.extend(buses(trip, km * ROAD_DETOUR));
    }
    if CAR_KM.contains(&km) {
        services.extend(cars(trip, km * ROAD_DETOUR, link));
    }
    services
}

/// Where one gets on and off; stations are taken to be at the centre.
pub(super) fn terminal(city: &City, mode: TransportMode) -> Terminal {
    let (label, transfer_minutes, transfer_cents) = match mode {
        TransportMode::Train => {
            (format!("{} (railway station)", city.name), TRAIN_TRANSFER_MINUTES, STATION_TRANSFER_EURO_CENTS)
        }
        TransportMode::Bus => {
            (format!("{} (coach station)", city.name), BUS_TRANSFER_MINUTES, STATION_TRANSFER_EURO_CENTS)
        }
        TransportMode::Flight | TransportMode::Car | TransportMode::Taxi => {
            (city.name.clone(), CAR_TRANSFER_MINUTES, 0)
        }
    };
    Terminal { label, at: city.at, transfer_minutes, transfer_cents, transfer_currency: Currency::EUR }
}

fn trains(trip: &Trip<'_>, rail_km: f64, link: Link) -> Vec<Service> {
    let railway = railway(trip, link);
    let minutes = timetable_minutes(rail_km / railway.km_per_hour * 60.0);
    let near = rail_km.min(TRAIN_CHEAPER_AFTER_KM);
    let ticket = TRAIN_EURO + near * TRAIN_EURO_PER_KM.0 + (rail_km - near) * TRAIN_EURO_PER_KM.1;
    let tunnel = if link == Link::ChannelTunnel { TUNNEL_TRAIN_EURO } else { 0.0 };
    let usual_cents = euro_cents(ticket) * railway.fare_percent / 100 + euro_cents(tunnel);
    let departures: &[NaiveTime] = if minutes <= DAY_MINUTES_MAX { &TRAINS_BY_DAY } else { &TRAINS_OVERNIGHT };
    let service = |depart: &NaiveTime| Service {
        mode: TransportMode::Train,
        depart: *depart,
        minutes,
        seats: 1,
        fare_euro_cents: trip.demand.half(usual_cents),
        co2_kg: emissions::train_kg(rail_km),
        stops: Stops::None,
    };
    departures.iter().map(service).collect()
}

fn railway(trip: &Trip<'_>, link: Link) -> &'static Railway {
    if link == Link::ChannelTunnel {
        return &TUNNEL_RAILWAY;
    }
    if trip.from.country != trip.to.country {
        return if land::is_on_the_mainland(trip.from) { &EUROPEAN_RAILWAY } else { &OTHER_RAILWAY };
    }
    let domestic = RAILWAYS.iter().find(|(country, _)| *country == trip.from.country);
    match domestic {
        Some((_, railway)) => railway,
        None if land::is_on_the_mainland(trip.from) => &EUROPEAN_RAILWAY,
        None => &OTHER_RAILWAY,
    }
}

fn buses(trip: &Trip<'_>, road_km: f64) -> Vec<Service> {
    let driving = road_km / BUS_KM_PER_HOUR * 60.0;
    let minutes = timetable_minutes(driving + (driving / BUS_REST_AFTER_MINUTES).floor() * BUS_REST_MINUTES);
    let usual_cents = euro_cents(BUS_EURO + road_km * BUS_EURO_PER_KM);
    let departures: &[NaiveTime] = if minutes <= DAY_MINUTES_MAX { &BUSES_BY_DAY } else { &BUSES_OVERNIGHT };
    let service = |depart: &NaiveTime| Service {
        mode: TransportMode::Bus,
        depart: *depart,
        minutes,
        seats: 1,
        fare_euro_cents: trip.demand.half(usual_cents),
        co2_kg: emissions::coach_kg(road_km),
        stops: Stops::None,
    };
    departures.iter().map(service).collect()
}

/// Each car is paid whole, however many sit in it.
fn cars(trip: &Trip<'_>, road_km: f64, link: Link) -> Vec<Service> {
    let driving = road_km / CAR_KM_PER_HOUR * 60.0;
    let minutes = timetable_minutes(driving + (driving / CAR_REST_AFTER_MINUTES).floor() * CAR_REST_MINUTES);
    let cars = trip.people.div_ceil(SEATS_PER_CAR);
    let tunnel = if link == Link::ChannelTunnel { TUNNEL_CAR_EURO } else { 0.0 };
    let parking = PARKING_EURO_PER_NIGHT * f64::from(trip.nights.max(1)) / 2.0;
    let per_car = road_km * CAR_EURO_PER_KM + parking + tunnel;
    let service = |depart: &NaiveTime| Service {
        mode: TransportMode::Car,
        depart: *depart,
        minutes,
        seats: SEATS_PER_CAR,
        fare_euro_cents: euro_cents(per_car),
        co2_kg: emissions::car_kg(road_km, cars, trip.people),
        stops: Stops::None,
    };
    CARS.iter().map(service).collect()
}
