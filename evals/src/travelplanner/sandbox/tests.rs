//! What the providers make of the facts, and where the data set traps.

use domain::{brief::TransportMode, facts::LegOption, rules};
use serde_json::{Value, json};
use worker::providers::{Activities, Dining, FareQuery, Fares, Lodging, Places, StayQuery};

use super::*;

fn flight(number: &str, dep: &str, arr: &str) -> Value {
    json!({"number": number, "price": 120, "dep": dep, "arr": arr, "duration_min": 100})
}

fn leg(from: &str, to: &str, date: &str, flights: &[Value], road: &Value) -> Value {
    json!({"from": from, "to": to, "date": date, "flights": flights, "self_driving": road, "taxi": road})
}

fn road(duration: &str, minutes: u32, cost: &Value) -> Value {
    json!({"duration": duration, "duration_min": minutes, "distance_km": 100.5, "cost": cost})
}

/// One city, Elmwood in Kansas City's neighbourhood, with what a test puts in its tables.
fn sandbox(legs: &[Value], tables: [Value; 3]) -> Sandbox {
    let [attractions, restaurants, accommodations] = tables;
    let reference = json!({
        "cities": ["Elmwood"], "legs": legs, "attractions": {"Elmwood": attractions},
        "restaurants": {"Elmwood": restaurants}, "accommodations": {"Elmwood": accommodations},
    });
    Sandbox::new(&serde_json::from_value(reference).unwrap())
}

fn with_legs(there: &[Value], back: &[Value], road: &Value) -> Sandbox {
    let legs = [
        leg("Kansas City", "Elmwood", "2022-03-10", there, road),
        leg("Elmwood", "Kansas City", "2022-03-12", back, road),
    ];
    sandbox(&legs, [json!([]), json!([]), json!([])])
}

async fn fares(sandbox: &Sandbox, from: &str, to: &str, date: &str) -> Vec<LegOption> {
    let (from_id, to_id) = (from.to_owned(), to.to_owned());
    let query =
        FareQuery { from_id, to_id, date: date.parse().unwrap(), people: 2, currency: Currency::USD, nights: 2 };
    Fares::search(sandbox, &query, DateTime::default()).await.unwrap()
}

fn ids(legs: &[LegOption]) -> Vec<&str> {
    legs.iter().map(|leg| leg.id.as_str()).collect()
}

#[tokio::test]
async fn a_flight_that_lands_after_midnight_keeps_the_bed_of_the_night_before() {
    let flights = [flight("F1", "22:30", "00:40"), flight("F2", "22:30", "04:10"), flight("F2", "08:00", "09:00")];
    let sandbox = with_legs(&flights, &flights, &Value::Null);
    let there = fares(&sandbox, "kansas city", "elmwood", "2022-03-10").await;
    // Who lands at 04:10 has had no bed, and in the plan file every night has one.
    assert_eq!(ids(&there), ["F1", "F2"]);
    assert_eq!((there[0].arrive_day_offset, there[1].depart.to_string()), (1, "08:00:00".to_owned()));
    assert_eq!(rules::first_night(&there[0]).to_string(), "2022-03-10");
    // On the way home no bed is wanted, and the first flight with a number has it.
    let back = fares(&sandbox, "elmwood", "kansas city", "2022-03-12").await;
    assert_eq!((ids(&back), back[1].arrive_day_offset), (vec!["F1", "F2"], 1));
}

#[tokio::test]
async fn flights_are_of_their_day_and_roads_of_any() {
    let road = road("1 hours 40 mins", 100, &json!(100));
    let sandbox = with_legs(&[flight("F1", "10:00", "12:00")], &[], &road);
    let ways = fares(&sandbox, "kansas city", "elmwood", "2022-03-11").await;
    assert_eq!(ids(&ways), ["car/kansas city/elmwood/2022-03-11", "taxi/kansas city/elmwood/2022-03-11"]);
    let told = |leg: &LegOption| (leg.mode, leg.seats, leg.price_cents, leg.depart.to_string(), leg.arrive.to_string());
    let (nine, later) = ("09:00:00".to_owned(), "10:40:00".to_owned());
    assert_eq!(told(&ways[0]), (TransportMode::Car, 5, 10_000, nine.clone(), later.clone()));
    assert_eq!(told(&ways[1]), (TransportMode::Taxi, 4, 10_000, nine, later));
    assert_eq!(fares(&sandbox, "kansas city", "elmwood", "2022-03-10").await.len(), 3);
    assert!(fares(&sandbox, "elmwood", "elmwood", "2022-03-10").await.is_empty());
    assert!(fares(&sandbox, "topeka", "elmwood", "2022-03-10").await.is_empty());
}

#[tokio::test]
async fn a_long_road_begins_earlier_so_that_it_ends_on_its_day() {
    for (minutes, times) in [(840, ["09:00", "23:00"]), (900, ["08:00", "23:00"]), (1_400, ["00:00", "23:20"])] {
        let sandbox = with_legs(&[], &[], &road("many hours", minutes, &json!(5)));
        let ways = fares(&sandbox, "elmwood", "kansas city", "2022-03-12").await;
        let clock = [ways[0].depart, ways[0].arrive].map(|time| time.format("%H:%M").to_string());
        assert_eq!((clock, ways[0].arrive_day_offset), (times.map(str::to_owned), 0));
    }
}

#[tokio::test]
async fn a_road_without_a_cost_or_over_a_day_is_none() {
    for road in [
        road("1 day 2 hours", 1_560, &Value::Null),
        road("1 day 2 hours", 200, &json!(3)),
        road("2 hours", 120, &Value::Null),
        Value::Null,
    ] {
        let sandbox = with_legs(&[], &[], &road);
        assert!(fares(&sandbox, "kansas city", "elmwood", "2022-03-10").await.is_empty(), "{road}");
    }
}

#[tokio::test]
async fn a_restaurant_that_would_be_taken_for_another_is_not_offered() {
    let row = |name: &str, cost: u32| json!({"name": name, "cost": cost, "cuisines": "Thai, BBQ ,", "rating": 4.1});
    let rows = [row("Subway Grill", 40), row("Subway", 10), row("Noodles ", 12), row("Noodles", 99)];
    let sandbox = sandbox(&[], [json!([]), json!(rows), json!([])]);
    let meals = Dining::search(&sandbox, "elmwood", DateTime::default()).await.unwrap();
    let told: Vec<_> = meals.iter().map(|meal| (meal.id.as_str(), meal.price_cents)).collect();
    assert_eq!(told, [("elmwood/meal/Subway Grill", 4_000), ("elmwood/meal/Noodles", 1_200)]);
    assert_eq!(meals[0].cuisines, ["thai", "bbq"]);
    assert!(Dining::search(&sandbox, "kansas city", DateTime::default()).await.is_err());
}

#[tokio::test]
async fn a_bed_forbids_what_its_rules_say_and_keeps_the_longest_stay_of_its_name() {
    let row = |name: &str, nights: u32, rules: &str| {
        json!({"name": name, "price": 90.5, "room_type": "Hotel room", "house_rules": rules, "min_nights": nights,
               "max_occupancy": 2, "rating": null})
    };
    let rows = [row("Loft", 2, "No pets & No children under 10"), row("Loft", 4, ""), row("A\nB", 1, "")];
    let sandbox = sandbox(&[], [json!([]), json!([]), json!(rows)]);
    let day = "2022-03-10".parse().unwrap();
    let query = StayQuery { city_id: "elmwood".to_owned(), check_in: day, check_out: day };
    let beds = Lodging::search(&sandbox, &query, DateTime::default()).await.unwrap();
    assert_eq!(beds.len(), 1);
    assert_eq!((beds[0].min_nights, beds[0].price_cents, beds[0].rooms_for(3)), (4, 9_050, 2));
    assert_eq!(beds[0].forbids, [domain::brief::HouseRule::Pets, domain::brief::HouseRule::Children]);
}

#[tokio::test]
async fn an_absurd_position_is_put_in_the_middle() {
    let row = |name: &str, lat: f64| json!({"name": name, "lat": lat, "lon": -98.0});
    let rows = [row("Zoo", 38.0), row("Park", 38.1), row("Fort", 38.2), row("Far", 12.0), row("Zoo", 38.0)];
    let sandbox = sandbox(&[], [json!(rows), json!([]), json!([])]);
    let day = "2022-03-10".parse().unwrap();
    let sights = Activities::search(&sandbox, "elmwood", day, day, DateTime::default()).await.unwrap();
    let lats: Vec<_> = sights.iter().map(|sight| (sight.name.as_str(), sight.at.lat)).collect();
    assert_eq!(lats, [("Zoo", 38.0), ("Park", 38.1), ("Fort", 38.2), ("Far", 38.0)]);
    assert!(sights.iter().all(|sight| sight.provenance.kind == FactKind::Estimate), "hours and price are assumed");
    assert_eq!(Places::sights(&sandbox, "elmwood").len(), sights.len());
}

#[test]
fn states_are_regions_of_the_cities_with_facts_and_kansas_city_is_not_kansas() {
    let sandbox = with_legs(&[], &[], &Value::Null);
    let text = "From Kansas City to elmwood, one city in Kansas";
    let cities: Vec<_> = sandbox.mentions(text).into_iter().map(|mention| mention.place.id).collect();
    assert_eq!(cities, ["kansas city", "elmwood"]);
    let regions = sandbox.region_mentions(text);
    assert_eq!((regions.len(), regions[0].start), (1, 41));
    assert_eq!((regions[0].region.name.as_str(), regions[0].region.cities[0].id.as_str()), ("Kansas", "elmwood"));
    assert!(sandbox.is_destination("elmwood") && !sandbox.is_destination("kansas city"));
}

#[test]
fn a_city_with_the_name_of_its_state_is_both() {
    let legs = [leg("Bangor", "Washington", "2022-03-10", &[], &Value::Null)];
    let sandbox = sandbox(&legs, [json!([]), json!([]), json!([])]);
    let text = "visiting washington";
    assert_eq!((sandbox.mentions(text).len(), sandbox.region_mentions(text).len()), (1, 1));
    assert_eq!(sandbox.find("Washington").map(|place| place.id).as_deref(), Some("washington"));
    assert!(sandbox.find_region("washington").is_some());
}

#[tokio::test]
async fn only_dollars_can_be_changed_into_dollars() {
    let sandbox = with_legs(&[], &[], &Value::Null);
    let rate = sandbox.rate(Currency::USD, Currency::USD, DateTime::default()).await.unwrap();
    assert_eq!(rate.rate_nanos, 1_000_000_000);
    assert!(sandbox.rate(Currency::USD, Currency::EUR, DateTime::default()).await.is_err());
}
