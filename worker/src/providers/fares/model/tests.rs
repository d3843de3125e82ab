//! The model as a whole: clocks of both ends, choice, prices.

use chrono::{Datelike, Timelike};
use domain::rules::{arrival_date, city_spans};

use super::*;

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(12, 0, 0).unwrap().and_utc()
}

fn query(from_id: &str, to_id: &str, date: NaiveDate) -> FareQuery {
    FareQuery { from_id: from_id.into(), to_id: to_id.into(), date, people: 2, currency: Currency::EUR, nights: 5 }
}

/// The query of the way back, five days later.
fn back(query: &FareQuery) -> FareQuery {
    FareQuery {
        from_id: query.to_id.clone(),
        to_id: query.from_id.clone(),
        date: query.date + chrono::Days::new(5),
        ..query.clone()
    }
}

/// Legs as asked for 90 days ahead.
fn legs(query: &FareQuery) -> Vec<LegOption> {
    let model = FareModel::new(Gazetteer::shared());
    let now = noon(query.date - chrono::Days::new(90));
    model.legs(query, now).unwrap()
}

/// The leg whose id ends like this, such as `flight-0700`.
fn find(legs: &[LegOption], id: &str) -> LegOption {
    legs.iter().find(|leg| leg.id.ends_with(id)).unwrap_or_else(|| panic!("{id} among {:?}", ids(legs))).clone()
}

fn ids(legs: &[LegOption]) -> Vec<&str> {
    legs.iter().map(|leg| leg.id.as_str()).collect()
}

fn of(legs: &[LegOption], mode: TransportMode) -> Vec<&LegOption> {
    legs.iter().filter(|leg| leg.mode == mode).collect()
}

fn clock(leg: &LegOption) -> (u32, i32) {
    (leg.arrive.hour() * 100 + leg.arrive.minute(), leg.arrive_day_offset)
}

#[test]
fn berlin_to_lisbon_takes_three_and_a_half_hours_and_gains_one() {
    let query = query("berlin", "lisbon", date(2027, 5, 11));
    let out = find(&legs(&query), "flight-0700");
    assert_eq!((out.duration_minutes, clock(&out)), (205, (925, 0)));
    let back = find(&legs(&back(&query)), "flight-1400");
    assert_eq!(clock(&back), (1825, 0));
    assert_eq!((out.from.name.as_str(), out.to.name.as_str()), ("Berlin (BER)", "Lisbon (LIS)"));
    assert_eq!((&back.from, &back.to), (&out.to, &out.from));
}

#[test]
fn tokyo_to_new_york_arrives_on_the_same_day_over_the_date_line() {
    let query = query("tokyo", "new-york", date(2027, 5, 11));
    let out = find(&legs(&query), "flight-1100");
    // 11:00 in Tokyo is 22:00 of the day before in New York (summer time); about 13 hours later.
    assert!((750..=830).contains(&out.duration_minutes), "{}", out.duration_minutes);
    assert_eq!(out.arrive_day_offset, 0);
    assert_eq!(out.arrive, at(22, 0).overflowing_add_signed(minutes(&out)).0);
    let back = find(&legs(&back(&query)), "flight-1100");
    assert_eq!(back.arrive_day_offset, 1);
}

fn minutes(leg: &LegOption) -> chrono::Duration {
    chrono::Duration::minutes(i64::from(leg.duration_minutes))
}

#[test]
fn over_the_date_line_eastwards_one_may_arrive_the_day_before() {
    // Auckland to Honolulu: 22 hours (winter: 22, summer: 23) between the clocks, 8.5 hours in the air.
    let query = query("auckland", "honolulu", date(2027, 7, 6));
    assert_eq!(find(&legs(&query), "flight-1000").arrive_day_offset, -1);
    assert_eq!(find(&legs(&back(&query)), "flight-1000").arrive_day_offset, 1);
}

#[test]
fn london_to_sydney_arrives_one_or_two_days_later_with_a_stop() {
    let legs = legs(&query("london", "sydney", date(2027, 11, 16)));
    let out = of(&legs, TransportMode::Flight);
    assert_eq!(out.len(), 3);
    assert!(out.iter().all(|leg| (1..=2).contains(&leg.arrive_day_offset) && leg.stops == 1));
    assert!(out.iter().any(|leg| leg.arrive_day_offset == 2));
    assert!(out.iter().all(|leg| (1_320..=1_440).contains(&leg.duration_minutes)));
}

#[test]
fn summer_time_moves_the_arrival_by_its_hour() {
    // Between the second Sunday of March and the last one only New York has summer time.
    let usual = find(&legs(&query("new-york", "london", date(2027, 3, 9))), "flight-2130");
    let shifted = find(&legs(&query("new-york", "london", date(2027, 3, 16))), "flight-2130");
    assert_eq!(usual.duration_minutes, shifted.duration_minutes);
    assert_eq!((usual.arrive - shifted.arrive).num_minutes(), 60);
    assert_eq!(usual.arrive_day_offset, 1);
}

#[test]
fn but_for_the_simulated_movement_the_price_never_rises_with_more_days_until_departure() {
    let model = FareModel::new(Gazetteer::shared());
    let query = query("berlin", "rome", date(2027, 5, 11));
    let price = |days: u64| {
        let now = noon(query.date - chrono::Days::new(days));
        find(&model.legs(&query, now).unwrap(), "flight-1030").price_cents
    };
    let prices: Vec<i64> = (0..150).map(price).collect();
    assert!(prices.windows(2).any(|pair| pair[0] < pair[1]), "it moves");
    // Over fifteen days the movement cancels out, to a percent or two.
    let means: Vec<i64> = prices.chunks(15).map(|days| days.iter().sum::<i64>() / 15).collect();
    assert!(means.windows(2).all(|pair| pair[0] * 102 >= pair[1] * 100), "{means:?}");
    assert!(means[0] > means[4] && means[4] > means[9], "{means:?}");
}

#[test]
fn each_flight_has_its_own_time_and_more_than_one_price() {
    for (from, to) in [("berlin", "lisbon"), ("london", "new-york"), ("paris", "tokyo"), ("london", "sydney")] {
        let query = query(from, to, date(2027, 9, 14));
        for legs in [legs(&query), legs(&back(&query))] {
            let mut flights: Vec<i64> = of(&legs, TransportMode::Flight).iter().map(|leg| leg.price_cents).collect();
            assert!(flights.len() >= 3, "{from} {to}");
            flights.sort_unstable();
            flights.dedup();
            assert!(flights.len() >= 3, "{from} {to}");
        }
    }
}

#[test]
fn trains_buses_and_cars_run_where_the_land_allows() {
    let by_land = legs(&query("berlin", "prague", date(2027, 9, 14)));
    for mode in [TransportMode::Train, TransportMode::Bus, TransportMode::Car] {
        assert!(!of(&by_land, mode).is_empty(), "{mode}");
    }
    let (train, flight) = (find(&by_land, "train-0730"), find(&by_land, "flight-0700"));
    assert!(train.co2_kg < flight.co2_kg);
    let over_sea = legs(&query("new-york", "london", date(2027, 9, 14)));
    assert!(over_sea.iter().all(|leg| leg.mode == TransportMode::Flight));
    let tunnel = legs(&query("london", "paris", date(2027, 9, 14)));
    assert!(!of(&tunnel, TransportMode::Train).is_empty());
}

#[test]
fn a_car_costs_the_same_with_every_seat_taken_and_emits_less_for_each() {
    let alone = FareQuery { people: 1, ..query("berlin", "prague", date(2027, 9, 14)) };
    let car = |people: u32| find(&legs(&FareQuery { people, ..alone.clone() }), "car-0900");
    assert_eq!((car(1).price_cents, car(1).seats, car(1).units_for(6)), (car(2).price_cents, 5, 2));
    assert!(car(1).co2_kg > car(2).co2_kg);
}

#[test]
fn a_journey_inside_one_city_has_no_legs_and_an_unknown_city_is_named() {
    assert!(legs(&query("berlin", "berlin", date(2027, 9, 14))).is_empty());
    let model = FareModel::new(Gazetteer::shared());
    let answer = model.legs(&query("berlin", "atlantis", date(2027, 9, 14)), noon(date(2027, 1, 1)));
    assert_eq!(answer.unwrap_err().to_string(), "the provider does not know the city \"atlantis\"");
}

/// Every pair of a city and a destination: ids are unique, clocks agree with durations, and five days leave time in
/// the city.
#[test]
fn every_journey_to_a_destination_is_sound() {
    let gazetteer = Gazetteer::bundled();
    for destination in gazetteer.destination_ids() {
        for origin in gazetteer.cities().iter().filter(|city| city.id != destination) {
            let there = query(&origin.id, destination, date(2027, 4, 13));
            let (out, back) = (legs(&there), legs(&back(&there)));
            assert!(!out.is_empty(), "no way from {} to {destination}", origin.id);
            let mut unique: Vec<&str> = ids(&out).into_iter().chain(ids(&back)).collect();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!((unique.len(), out.len()), (out.len() + back.len(), back.len()));
            out.iter().chain(&back).for_each(check_clocks);
            let leaves_time = out.iter().zip(&back).all(|(out, back)| city_spans(out, back).len() >= 3);
            assert!(leaves_time, "{} {destination}", origin.id);
        }
    }
}

fn check_clocks(leg: &LegOption) {
    let city = |id: &str| Gazetteer::bundled().city(id).unwrap();
    let (from, to) = (city(&leg.from.city_id), city(&leg.to.city_id));
    let departs_at = leg.date.and_time(leg.depart).and_local_timezone(from.time_zone).unwrap();
    let arrives_at = arrival_date(leg).and_time(leg.arrive).and_local_timezone(to.time_zone).earliest().unwrap();
    let minutes = (arrives_at.to_utc() - departs_at.to_utc()).num_minutes();
    assert_eq!(minutes, i64::from(leg.duration_minutes), "{} from {} to {}", leg.id, from.id, to.id);
    assert!((-1..=2).contains(&leg.arrive_day_offset) && leg.price_cents > 0 && leg.price_cents % 100 == 0);
    assert_eq!((leg.provenance.kind, leg.date.year()), (FactKind::Estimate, 2027));
    assert!(leg.from.at.km_to(from.at) < 100.0 && leg.to.at.km_to(to.at) < 100.0);
}
