//! Flights between main airports.

use chrono::NaiveTime;
use domain::brief::TransportMode;

use super::{Demand, Service, Stops, at, emissions, euro_cents, timetable_minutes};

/// In kilometres of the great circle, as everything below: nobody flies less than this.
const KM_MIN: f64 = 150.0;
/// Short and medium haul: four departures, all by day.
const MEDIUM_HAUL_KM_MAX: f64 = 5_000.0;
/// Long haul without a stop only.
const LONG_HAUL_KM_MAX: f64 = 9_000.0;
/// Beyond this there are only flights with one stop. The longest scheduled flight, Singapore to New York, is 15,300 km.
const NON_STOP_KM_MAX: f64 = 15_500.0;

/// Taxiing, climbing and landing.
const BLOCK_MINUTES: f64 = 30.0;
/// Over the first [`FAST_AFTER_KM`], the speed includes climb and descent.
const KM_PER_HOUR: f64 = 800.0;
const FAST_AFTER_KM: f64 = 3_000.0;
/// Long flights cruise for most of the way; the mean of both directions, without wind.
const FAST_KM_PER_HOUR: f64 = 880.0;
/// Between landing and taking off again, at a stop.
const STOP_MINUTES: f64 = 120.0;
/// A way over a third airport is this much longer.
const STOP_DETOUR: f64 = 1.04;

/// One way in economy class with a bag, two months ahead: charges of both airports, then by the kilometre, cheaper the
/// farther. Gives 63 EUR for 500 km, 147 for 2,300, 285 for 6,000, 411 for 9,600 and 670 for 17,000.
const CHARGES_EURO: f64 = 30.0;
const EURO_PER_KM: [(f64, f64); 3] = [(1_000.0, 0.065), (4_000.0, 0.040), (f64::INFINITY, 0.035)];

/// Local departure, percent of the usual fare, stops.
type Departure = (NaiveTime, i64, Stops);

/// Early and late are cheaper than the middle of the morning.
const MEDIUM_HAUL: [Departure; 4] = [
    (at(7, 0), 92, Stops::None),
    (at(10, 30), 107, Stops::None),
    (at(14, 0), 100, Stops::None),
    (at(18, 30), 95, Stops::None),
];
/// The last one flies overnight.
const LONG_HAUL: [Departure; 3] =
    [(at(10, 0), 100, Stops::None), (at(13, 30), 107, Stops::None), (at(21, 30), 94, Stops::None)];
/// With one stop it takes longer and costs less.
const VERY_LONG_HAUL: [Departure; 4] = [
    (at(8, 30), 84, Stops::One),
    (at(11, 0), 108, Stops::None),
    (at(17, 0), 80, Stops::One),
    (at(22, 30), 100, Stops::None),
];
const ONE_STOP_ONLY: [Departure; 3] =
    [(at(9, 30), 100, Stops::One), (at(15, 30), 95, Stops::One), (at(21, 30), 90, Stops::One)];

/// Departures of a day over this great-circle distance; none where nobody flies. `moved_permille` is what the simulated
/// movement makes of a fare.
pub(super) fn services(km: f64, demand: &Demand, moved_permille: i64) -> Vec<Service> {
    timetable(km)
        .iter()
        .map(|(depart, percent, stops)| Service {
            mode: TransportMode::Flight,
            depart: *depart,
            minutes: block_minutes(km, *stops),
            seats: 1,
            fare_euro_cents: demand.full(usual_euro_cents(km)) * percent * moved_permille / 100_000,
            co2_kg: emissions::flight_kg(flown_km(km, *stops)),
            stops: *stops,
        })
        .collect()
}

fn timetable(km: f64) -> &'static [Departure] {
    if km < KM_MIN {
        &[]
    } else if km <= MEDIUM_HAUL_KM_MAX {
        &MEDIUM_HAUL
    } else if km <= LONG_HAUL_KM_MAX {
        &LONG_HAUL
    } else if km <= NON_STOP_KM_MAX {
        &VERY_LONG_HAUL
    } else {
        &ONE_STOP_ONLY
    }
}

fn flown_km(km: f64, stops: Stops) -> f64 {
    match stops {
        Stops::None => km,
        Stops::One => km * STOP_DETOUR,
    }
}

/// From gate to gate.
fn block_minutes(km: f64, stops: Stops) -> u32 {
    let flown = flown_km(km, stops);
    let slow = flown.min(FAST_AFTER_KM);
    let in_the_air = (slow / KM_PER_HOUR + (flown - slow) / FAST_KM_PER_HOUR) * 60.0;
    let on_the_ground = match stops {
        Stops::None => BLOCK_MINUTES,
        Stops::One => 2.0 * BLOCK_MINUTES + STOP_MINUTES,
    };
    timetable_minutes(in_the_air + on_the_ground)
}

fn usual_euro_cents(km: f64) -> i64 {
    let (mut euro, mut from) = (CHARGES_EURO, 0.0);
    for (until, per_km) in EURO_PER_KM {
        euro += (km.min(until) - from).max(0.0) * per_km;
        from = until;
    }
    euro_cents(euro)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_fares_are_the_computed_ones() {
        let euro = |km| (usual_euro_cents(km) + 50) / 100;
        assert_eq!([500.0, 2_300.0, 6_000.0, 9_600.0, 17_000.0].map(euro), [63, 147, 285, 411, 670]);
    }

    #[test]
    fn every_distance_that_is_flown_has_a_choice() {
        for km in [150.0, 4_999.0, 5_001.0, 9_001.0, 15_501.0, 20_000.0] {
            assert!(timetable(km).len() >= 3, "{km}");
        }
        assert!(timetable(149.0).is_empty());
    }
}
