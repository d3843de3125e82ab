//! The benchmark's way through the house: text and facts in, plan lines out.

use evals::travelplanner::{self, DataError, Evaluation, WrittenDay};
use serde_json::{Value, json};

/// A weekend in one city: a flight there, a flight back, and a road.
fn weekend() -> Value {
    let road = json!({"duration": "5 hours 0 mins", "duration_min": 300, "distance_km": 500.0, "cost": 25});
    let taxi = json!({"duration": "5 hours 0 mins", "duration_min": 300, "distance_km": 500.0, "cost": 500});
    json!({
        "id": "own-000", "idx": 0,
        "query": "Please plan a trip from St. Alban to Ferndale for 2 people, 3 days from March 10th to March 12th, 2022, \
                  with a budget of $1,500. We would like to eat Thai food and do not want to drive ourselves.",
        "org": "St. Alban", "dest": "Ferndale", "days": 3, "visiting_city_number": 1,
        "dates": ["2022-03-10", "2022-03-11", "2022-03-12"], "people_number": 2, "budget": 1500,
        "local_constraint": {"house_rule": null, "cuisine": ["Thai"], "room_type": null, "transportation": "no self-driving"},
        "reference": {
            "cities": ["Ferndale"],
            "legs": [
                {"from": "St. Alban", "to": "Ferndale", "date": "2022-03-10", "self_driving": road, "taxi": taxi,
                 "flights": [{"number": "F0000001", "price": 80, "dep": "10:00", "arr": "11:30", "duration_min": 90}]},
                {"from": "Ferndale", "to": "St. Alban", "date": "2022-03-12", "self_driving": road, "taxi": taxi,
                 "flights": [{"number": "F0000002", "price": 70, "dep": "16:05", "arr": "17:30", "duration_min": 85}]},
            ],
            "attractions": {"Ferndale": sights("Ferndale")},
            "restaurants": {"Ferndale": restaurants("Ferndale")},
            "accommodations": {"Ferndale": beds("Ferndale")},
        }
    })
}

/// Two cities of a state, by road alone.
fn round() -> Value {
    let leg = |from: &str, to: &str, day: u32| {
        json!({"from": from, "to": to, "date": format!("2022-03-{day}"), "flights": [],
               "self_driving": {"duration": "2 hours", "duration_min": 120, "distance_km": 150.0, "cost": 7},
               "taxi": {"duration": "2 hours", "duration_min": 120, "distance_km": 150.0, "cost": 150}})
    };
    let of_both = |table: fn(&str) -> Value| json!({"Oakham": table("Oakham"), "Birchfield": table("Birchfield")});
    json!({
        "id": "own-001", "idx": 1,
        "query": "A 5-day trip for one person from Topeka to 2 cities in Oregon, March 14th to March 18th, 2022, budget $2,000.",
        "org": "Topeka", "dest": "Oregon", "days": 5, "visiting_city_number": 2,
        "dates": ["2022-03-14", "2022-03-15", "2022-03-16", "2022-03-17", "2022-03-18"], "people_number": 1, "budget": 2000,
        "local_constraint": {"house_rule": null, "cuisine": null, "room_type": null, "transportation": null},
        "reference": {
            "cities": ["Oakham", "Birchfield"],
            "legs": [leg("Topeka", "Oakham", 14), leg("Oakham", "Birchfield", 16), leg("Birchfield", "Topeka", 18)],
            "attractions": of_both(sights), "restaurants": of_both(restaurants), "accommodations": of_both(beds),
        }
    })
}

fn sights(city: &str) -> Value {
    let sight = |number: i32| json!({"name": format!("{city} Sight {number}x"), "lat": 44.0 + f64::from(number) / 500.0, "lon": -121.0});
    json!((1..=8).map(sight).collect::<Vec<_>>())
}

fn restaurants(city: &str) -> Value {
    let place = |number: i32| {
        let cuisines = if number % 4 == 0 { "Thai, BBQ" } else { "American" };
        json!({"name": format!("{city} Kitchen {number}x"), "cost": 10 + number, "cuisines": cuisines, "rating": 4.0})
    };
    json!((1..=16).map(place).collect::<Vec<_>>())
}

fn beds(city: &str) -> Value {
    json!([
        {"name": format!("{city} Loft"), "price": 100.0, "room_type": "Entire home/apt", "house_rules": "No pets",
         "min_nights": 2, "max_occupancy": 2, "rating": 4.0},
        {"name": format!("{city} Palace"), "price": 40.0, "room_type": "Entire home/apt", "house_rules": "",
         "min_nights": 9, "max_occupancy": 2, "rating": 5.0},
    ])
}

fn evaluate(records: &[Value]) -> Evaluation {
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    let records = travelplanner::read(&lines.join("\n")).expect("the test writes the format");
    travelplanner::evaluate(&records, || {}).expect("a runtime starts")
}

fn meals(day: &WrittenDay) -> [&str; 3] {
    [&day.breakfast, &day.lunch, &day.dinner].map(String::as_str)
}

#[test]
fn two_requests_of_our_own_are_read_planned_and_written() {
    let mut done = 0;
    let text = format!("{}\n\n{}\n", weekend(), round());
    let evaluation = travelplanner::evaluate(&travelplanner::read(&text).unwrap(), || done += 1).unwrap();
    let summary = &evaluation.summary;
    assert_eq!((done, summary.requests, summary.delivered, summary.read_right), (2, 2, 2, 2), "{summary}");
    assert!(summary.verifier_faults.is_empty() && summary.questions == 0, "{summary}");
    assert!(summary.planning.max_ms > 0.0 && summary.end_to_end.max_ms >= summary.planning.max_ms);
    let told: Vec<_> = evaluation.lines.iter().map(|line| (line.id.as_str(), line.idx, line.plan.len())).collect();
    assert_eq!(told, [("own-000", 1, 3), ("own-001", 2, 5)]);
}

#[test]
fn a_weekend_has_its_flights_its_meals_and_its_bed() {
    let evaluation = evaluate(&[weekend()]);
    let [first, second, third] = evaluation.lines[0].plan.as_slice() else { panic!("{}", evaluation.summary) };
    assert_eq!((first.days, first.current_city.as_str()), (1, "from St. Alban to Ferndale"));
    assert_eq!(
        first.transportation,
        "Flight Number: F0000001, from St. Alban to Ferndale, Departure Time: 10:00, Arrival Time: 11:30"
    );
    assert_eq!((first.breakfast.as_str(), first.accommodation.as_str()), ("-", "Ferndale Loft, Ferndale"));
    assert_eq!((second.current_city.as_str(), second.transportation.as_str()), ("Ferndale", "-"));
    assert!(meals(second).iter().all(|meal| meal.ends_with(", Ferndale")), "{second:?}");
    assert!(second.attraction.ends_with("x, Ferndale;"), "{second:?}");
    assert_eq!((third.current_city.as_str(), third.accommodation.as_str()), ("from Ferndale to St. Alban", "-"));
    let eaten: Vec<&str> = evaluation.lines[0].plan.iter().flat_map(meals).filter(|meal| *meal != "-").collect();
    let is_thai = |meal: &&str| ["4x", "8x", "12x", "16x"].iter().any(|number| meal.contains(&format!(" {number},")));
    assert!(eaten.iter().any(is_thai), "{eaten:?}");
}

#[test]
fn a_round_over_two_cities_has_one_leg_a_day_and_says_which_road() {
    let evaluation = evaluate(&[round()]);
    let plan = &evaluation.lines[0].plan;
    let cities: Vec<&str> = plan.iter().map(|day| day.current_city.as_str()).collect();
    assert_eq!(cities.iter().filter(|city| city.starts_with("from ")).count(), 3, "{cities:?}");
    assert_eq!((cities[0], cities[4]), ("from Topeka to Oakham", "from Birchfield to Topeka"));
    assert_eq!(
        plan[0].transportation,
        "Self-driving, from Topeka to Oakham, duration: 2 hours, distance: 150 km, cost: 7"
    );
    let beds: Vec<&str> = plan.iter().map(|day| day.accommodation.as_str()).collect();
    assert_eq!(
        beds[..4],
        ["Oakham Loft, Oakham", "Oakham Loft, Oakham", "Birchfield Loft, Birchfield", "Birchfield Loft, Birchfield"]
    );
    assert_eq!(beds[4], "-");
}

#[test]
fn nothing_but_the_text_and_the_facts_is_planned_from() {
    let mut misleading = weekend();
    for (field, value) in
        [("dest", json!("Elsewhere")), ("budget", json!(1)), ("people_number", json!(9)), ("days", json!(7))]
    {
        misleading[field] = value;
    }
    let (one, other) = (evaluate(&[weekend()]), evaluate(&[misleading]));
    assert_eq!(one.lines, other.lines);
    let wrong: Vec<&str> = other.summary.misreads.iter().map(|misread| misread.field).collect();
    assert_eq!(wrong, ["destination", "days", "people", "budget"]);
    assert_eq!(other.summary.misreads[3].found, "1,500 USD");
    assert!(other.summary.to_string().contains("misread  own-000  budget: \"1,500 USD\" and not \"1 USD\""));
}

#[test]
fn a_request_without_a_plan_is_an_empty_line_with_its_reason() {
    let mut dear = weekend();
    dear["query"] = json!("From St. Alban to Ferndale for two, March 10th to March 12th, 2022, budget $20.");
    let evaluation = evaluate(&[dear]);
    assert_eq!((evaluation.summary.delivered, evaluation.lines[0].plan.len()), (0, 0));
    assert_eq!(evaluation.summary.undelivered.len(), 1);
    assert!(!evaluation.summary.undelivered[0].reason.is_empty());
}

#[test]
fn a_malformed_file_is_told_by_line_and_field() {
    let line = |change: &dyn Fn(&mut Value)| {
        let mut record = weekend();
        change(&mut record);
        travelplanner::read(&format!("{}\n\n{record}", weekend())).unwrap_err().to_string()
    };
    let told = line(&|record| record["people_number"] = json!("two"));
    assert!(told.starts_with("line 3, field `people_number`: invalid type"), "{told}");
    let told = line(&|record| drop(record.as_object_mut().unwrap().remove("query")));
    assert_eq!(told, "line 3, field `query`: is missing");
    let told = line(&|record| record["reference"]["legs"][1]["flights"][0]["dep"] = json!("25:00"));
    assert_eq!(told, "line 3, field `reference.legs[1].flights[0].dep`: \"25:00\" is no time such as 15:40");
    let told = line(&|record| drop(record["reference"]["legs"][0].as_object_mut().unwrap().remove("date")));
    assert_eq!(told, "line 3, field `reference.legs[0].date`: is missing");
    let told = line(&|record| record["reference"]["restaurants"] = json!({}));
    assert_eq!(told, "line 3, field `reference.restaurants`: nothing is said of Ferndale, a city of the trip");
    assert!(matches!(travelplanner::read("{}\n{"), Err(DataError::Field { line: 1, .. })));
    assert!(matches!(travelplanner::read("\n{"), Err(DataError::Json { line: 2, .. })));
    assert_eq!(travelplanner::read("\n \n"), Err(DataError::Empty));
}
