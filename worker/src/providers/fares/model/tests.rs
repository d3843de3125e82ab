//! The model as a whole: clocks of both ends, choice, prices.

use chrono::{Datelike, Timelike};
use domain::rules::city_spans;

use super::*;

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn noon(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(12, 0, 0).unwrap().and_utc()
}

fn query(origin_id: &str, destination_id: &str, outbound_date: NaiveDate) -> FareQuery {
    FareQuery {
        origin_id: origin_id.into(),
        destination_id: destination_id.into(),
        outbound_date,
        return_date: outbound_date + chrono::Days::new(5),
        people: 2,
    }
}

/// Legs as asked for 90 days ahead.
fn legs(query: &FareQuery) -> Vec<LegOption> {
    let model = FareModel::new(Gazetteer::shared());
    let now = noon(query.outbound_date - chrono::Days::new(90));
    model.legs(query, now).unwrap()
}

fn find(legs: &[LegOption], id: &str) -> LegOption {
    legs.iter().find(|leg| leg.id == id).unwrap_or_else(|| panic!("{id} among {:?}", ids(legs))).clone()
}

fn ids(legs: &[LegOption]) -> Vec<&str> {
    legs.iter().map(|leg| leg.id.as_str()).collect()
}

fn of(legs: &[LegOption], direction: Direction, mode: TransportMode) -> Vec<&LegOption> {
    legs.iter().filter(|leg| leg.direction == direction && leg.mode == mode).collect()
}

fn clock(leg: &LegOption) -> (u32, i32) {
    (leg.arrive.hour() * 100 + leg.arrive.minute(), leg.arrive_day_offset)
}

#[test]
fn berlin_to_lisbon_takes_three_and_a_half_hours_and_gains_one() {
    let legs = legs(&query("berlin", "lisbon", date(2027, 5, 11)));
    let out = find(&legs, "out-flight-0700");
    assert_eq!((out.duration_minutes, clock(&out)), (205, (925, 0)));
    let back = find(&legs, "back-flight-1400");
    assert_eq!(clock(&back), (1825, 0));
    assert_eq!((out.from.as_str(), out.to.as_str()), ("Berlin (BER)", "Lisbon (LIS)"));
    assert_eq!((back.from.as_str(), back.at), ("Lisbon (LIS)", out.at));
    assert_eq!(back.transfer_minutes, out.transfer_minutes);
}

#[test]
fn tokyo_to_new_york_arrives_on_the_same_day_over_the_date_line() {
    let legs = legs(&query("tokyo", "new-york", date(2027, 5, 11)));
    let out = find(&legs, "out-flight-1100");
    // 11:00 in Tokyo is 22:00 of the day before in New York (summer time); about 13 hours later.
    assert!((750..=830).contains(&out.duration_minutes), "{}", out.duration_minutes);
    assert_eq!(out.arrive_day_offset, 0);
    assert_eq!(out.arrive, at(22, 0).overflowing_add_signed(minutes(&out)).0);
    let back = find(&legs, "back-flight-1100");
    assert_eq!(back.arrive_day_offset, 1);
}

fn minutes(leg: &LegOption) -> chrono::Duration {
    chrono::Duration::minutes(i64::from(leg.duration_minutes))
}

#[test]
fn over_the_date_line_eastwards_one_may_arrive_the_day_before() {
    // Auckland to Honolulu: 22 hours (winter: 22, summer: 23) between the clocks, 8.5 hours in the air.
    let legs = legs(&query("auckland", "honolulu", date(2027, 7, 6)));
    let out = find(&legs, "out-flight-1000");
    assert_eq!(out.arrive_day_offset, -1);
    assert_eq!(find(&legs, "back-flight-1000").arrive_day_offset, 1);
}

#[test]
fn london_to_sydney_arrives_one_or_two_days_later_with_a_stop() {
    let legs = legs(&query("london", "sydney", date(2027, 11, 16)));
    let out = of(&legs, Direction::Outbound, TransportMode::Flight);
    assert_eq!(out.len(), 3);
    assert!(out.iter().all(|leg| (1..=2).contains(&leg.arrive_day_offset) && leg.id.ends_with("-one-stop")));
    assert!(out.iter().any(|leg| leg.arrive_day_offset == 2));
    assert!(out.iter().all(|leg| (1_320..=1_440).contains(&leg.duration_minutes)));
}

#[test]
fn summer_time_moves_the_arrival_by_its_hour() {
    // Between the second Sunday of March and the last one only New York has summer time.
    let usual = find(&legs(&query("new-york", "london", date(2027, 3, 9))), "out-flight-2130");
    let shifted = find(&legs(&query("new-york", "london", date(2027, 3, 16))), "out-flight-2130");
    assert_eq!(usual.duration_minutes, shifted.duration_minutes);
    assert_eq!((usual.arrive - shifted.arrive).num_minutes(), 60);
    assert_eq!(usual.arrive_day_offset, 1);
}

#[test]
fn the_price_never_rises_with_more_days_until_departure() {
    let model = FareModel::new(Gazetteer::shared());
    let query = query("berlin", "rome", date(2027, 5, 11));
    let price = |days: u64| {
        let now = noon(query.outbound_date - chrono::Days::new(days));
        find(&model.legs(&query, now).unwrap(), "out-flight-1030").price_cents
    };
    let prices: Vec<i64> = (0..150).map(price).collect();
    assert!(prices.windows(2).all(|pair| pair[0] >= pair[1]), "{prices:?}");
    assert!(prices[3] > prices[60] && prices[60] > prices[120]);
}

#[test]
fn each_flight_has_its_own_time_and_more_than_one_price() {
    for (from, to) in [("berlin", "lisbon"), ("london", "new-york"), ("paris", "tokyo"), ("london", "sydney")] {
        let legs = legs(&query(from, to, date(2027, 9, 14)));
        for direction in [Direction::Outbound, Direction::Return] {
            let mut flights: Vec<i64> =
                of(&legs, direction, TransportMode::Flight).iter().map(|leg| leg.price_cents).collect();
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
        assert!(!of(&by_land, Direction::Outbound, mode).is_empty(), "{mode}");
        assert!(!of(&by_land, Direction::Return, mode).is_empty(), "{mode}");
    }
    let (train, flight) = (find(&by_land, "out-train-0730"), find(&by_land, "out-flight-0700"));
    assert!(train.co2_kg < flight.co2_kg);
    let over_sea = legs(&query("new-york", "london", date(2027, 9, 14)));
    assert!(over_sea.iter().all(|leg| leg.mode == TransportMode::Flight));
    let tunnel = legs(&query("london", "paris", date(2027, 9, 14)));
    assert!(!of(&tunnel, Direction::Outbound, TransportMode::Train).is_empty());
}

#[test]
fn more_people_in_a_car_pay_and_emit_less_each() {
    let alone = FareQuery { people: 1, ..query("berlin", "prague", date(2027, 9, 14)) };
    let (one, two) = (legs(&alone), legs(&FareQuery { people: 2, ..alone.clone() }));
    let six = legs(&FareQuery { people: 6, ..alone });
    let car = |legs: &[LegOption]| find(legs, "out-car-0900");
    assert!(car(&one).price_cents > car(&two).price_cents && car(&one).co2_kg > car(&two).co2_kg);
    assert!((car(&six).price_cents - car(&one).price_cents / 3).abs() <= 100, "six people need two cars");
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
    let outbound = date(2027, 4, 13);
    for destination in gazetteer.destination_ids() {
        for origin in gazetteer.cities().iter().filter(|city| city.id != destination) {
            let legs = legs(&query(&origin.id, destination, outbound));
            assert!(!legs.is_empty(), "no way from {} to {destination}", origin.id);
            let mut unique = ids(&legs);
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), legs.len());
            for leg in &legs {
                check_clocks(leg, origin, gazetteer.city(destination).unwrap());
            }
            let (out, back): (Vec<_>, Vec<_>) = legs.iter().partition(|leg| leg.direction == Direction::Outbound);
            assert_eq!(out.len(), back.len());
            assert!(
                out.iter().zip(&back).all(|(out, back)| city_spans(out, back).len() >= 3),
                "{} {destination}",
                origin.id
            );
        }
    }
}

fn check_clocks(leg: &LegOption, origin: &City, destination: &City) {
    let (from, to) = match leg.direction {
        Direction::Outbound => (origin, destination),
        Direction::Return => (destination, origin),
    };
    let departs_at = leg.date.and_time(leg.depart).and_local_timezone(from.time_zone).unwrap();
    let arrival_date = leg.date + chrono::Duration::days(i64::from(leg.arrive_day_offset));
    let arrives_at = arrival_date.and_time(leg.arrive).and_local_timezone(to.time_zone).earliest().unwrap();
    let minutes = (arrives_at.to_utc() - departs_at.to_utc()).num_minutes();
    assert_eq!(minutes, i64::from(leg.duration_minutes), "{} from {} to {}", leg.id, from.id, to.id);
    assert!((-1..=2).contains(&leg.arrive_day_offset) && leg.price_cents > 0 && leg.price_cents % 100 == 0);
    assert_eq!((leg.provenance.kind, leg.date.year()), (FactKind::Estimate, 2027));
    assert!(leg.at.km_to(destination.at) < 100.0);
}
