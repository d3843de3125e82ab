//! Every bundled file keeps the rules of `worker/data/README.md`.

use std::collections::{BTreeSet, HashSet};

use domain::{
    brief::{Diet, LodgingKind, Tier},
    facts::{MealKind, Setting},
};

use super::*;

/// Of a sight or an airport from the centre, in kilometres.
const SIGHT_KM_MAX: f64 = 60.0;
const AIRPORT_KM_MAX: f64 = 100.0;
const AREA_KM_MAX: f64 = 25.0;

fn destinations() -> Vec<Destination> {
    files::destinations()
        .into_iter()
        .map(|file| file.parse().unwrap_or_else(|error| panic!("{}.toml: {error}", file.id())))
        .collect()
}

fn assert_unique<'a>(what: &str, values: impl IntoIterator<Item = &'a str>) {
    let mut seen = HashSet::new();
    for value in values {
        assert!(seen.insert(value), "{what}: \"{value}\" stands twice");
    }
}

fn assert_id(id: &str) {
    let well_formed = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    assert!(well_formed && !id.is_empty(), "\"{id}\" is not an id");
}

#[test]
fn cities_are_unique_and_have_a_way_to_the_world() {
    let cities = files::cities().unwrap();
    assert_unique("cities", cities.iter().map(|city| city.id.as_str()));
    assert!(cities.is_sorted_by(|a, b| a.id < b.id));
    for city in &cities {
        assert_id(&city.id);
        // Neighbours share an airport: Osaka and Kyoto.
        assert_unique(&city.id, city.airports.iter().map(|airport| airport.iata.as_str()));
        assert!(!city.airports.is_empty(), "{} has no airport", city.id);
        assert_airports(&city.id, &city.airports, city.at);
    }
}

fn assert_airports(id: &str, airports: &[Airport], centre: domain::facts::Point) {
    for airport in airports {
        let letters = airport.iata.len() == 3 && airport.iata.bytes().all(|byte| byte.is_ascii_uppercase());
        assert!(letters, "{id}: {}", airport.iata);
        assert!(airport.at.km_to(centre) < AIRPORT_KM_MAX, "{id}: {}", airport.iata);
        assert!((5..=180).contains(&airport.transfer_minutes) && airport.transfer_cents >= 0, "{id}: {}", airport.iata);
    }
}

#[test]
fn no_two_cities_share_a_name() {
    let cities = files::cities().unwrap();
    let mut owners: HashMap<String, &str> = HashMap::new();
    for city in &cities {
        for name in std::iter::once(&city.name).chain(&city.aliases) {
            let owner = *owners.entry(normalise(name)).or_insert(&city.id);
            assert_eq!(owner, city.id, "\"{name}\"");
        }
    }
}

#[test]
fn every_currency_has_a_rate() {
    let gazetteer = Gazetteer::bundled();
    for code in Currency::ALL {
        let currency: Currency = code.parse().unwrap();
        let (there, back) = (gazetteer.rate(currency, Currency::EUR), gazetteer.rate(Currency::EUR, currency));
        assert!(there.rate_nanos > 0 && back.rate_nanos > 0, "{code}");
        let round_trip = there.rate_nanos as f64 * back.rate_nanos as f64 / 1e18;
        assert!((round_trip - 1.0).abs() < 1e-4, "{code}: {round_trip}");
        assert_eq!(gazetteer.rate(currency, currency).rate_nanos, 1_000_000_000);
    }
    let pound: Currency = "GBP".parse().unwrap();
    let cross = gazetteer.rate(pound, Currency::USD).convert_cents(10_000);
    assert!((12_000..15_000).contains(&cross), "{cross}");
}

#[test]
fn destinations_are_at_least_sixteen_on_five_continents() {
    let destinations = destinations();
    let continents: BTreeSet<Continent> = destinations.iter().map(|destination| destination.continent).collect();
    assert!(destinations.len() >= 16 && continents.len() >= 5, "{continents:?}");
    let ids: Vec<&str> = destinations.iter().map(|destination| destination.id.as_str()).collect();
    for id in [
        "lisbon",
        "tokyo",
        "paris",
        "london",
        "barcelona",
        "new-york",
        "rome",
        "singapore",
        "istanbul",
        "mexico-city",
        "sydney",
    ] {
        assert!(ids.contains(&id), "{id}");
    }
    assert!(Gazetteer::bundled().destination_ids().is_sorted());
}

#[test]
fn the_files_and_the_list_are_the_same() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/gazetteer");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".toml", ""))
        .collect();
    files.sort();
    assert_eq!(files, Gazetteer::bundled().destination_ids().collect::<Vec<_>>());
}

#[test]
fn a_destination_is_the_city_of_the_same_id() {
    let gazetteer = Gazetteer::bundled();
    for (destination, id) in destinations().iter().zip(gazetteer.destination_ids()) {
        assert_eq!(destination.id, id);
        let city = gazetteer.city(id).unwrap_or_else(|| panic!("{id} is not in cities.toml"));
        assert_eq!(
            (&destination.name, destination.continent, destination.time_zone, destination.currency),
            (&city.name, city.continent, city.time_zone, city.currency),
        );
        assert!(destination.at.km_to(city.at) < 5.0, "{id}");
        assert_eq!(destination.airports[0].iata, city.airports[0].iata, "{id}: the main airport");
        assert_airports(id, &destination.airports, destination.at);
        assert_eq!(gazetteer.find_city(&destination.name).map(|found| found.id.as_str()), Some(id));
    }
}

#[test]
fn climates_are_plausible() {
    for destination in destinations() {
        let climate = &destination.climate;
        for month in 0..12 {
            assert!(climate.low_c[month] < climate.high_c[month], "{}", destination.id);
            assert!(climate.rain_days[month] <= 28 + 3, "{}", destination.id);
        }
        assert!(destination.transit.day_ticket_cents > 0, "{}", destination.id);
    }
}

#[test]
fn areas_and_sights_are_near_and_distinct() {
    for Destination { id, at, areas, sights, .. } in destinations() {
        assert!(areas.len() >= 4 && sights.len() >= 15, "{id}");
        assert_unique(&id, areas.iter().map(|area| area.id.as_str()));
        assert_unique(&id, sights.iter().map(|sight| sight.id.as_str()));
        assert_unique(&id, sights.iter().map(|sight| sight.name.as_str()));
        assert!(areas.iter().all(|area| area.at.km_to(at) < AREA_KM_MAX), "{id}");
        for (index, sight) in sights.iter().enumerate() {
            assert_id(&sight.id);
            assert!(sight.at.km_to(at) < SIGHT_KM_MAX, "{id}: {}", sight.name);
            assert!(sights[..index].iter().all(|other| other.at != sight.at), "{id}: {} stands on another", sight.name);
            assert!(sight.interests.contains(&sight.category), "{id}: {}", sight.name);
            assert!((15..=480).contains(&sight.visit_minutes) && (1..=5).contains(&sight.fame), "{id}: {}", sight.name);
            assert!(sight.price_cents >= 0, "{id}: {}", sight.name);
            let longest = sight.hours.iter().flatten().map(|span| span.until_minute - span.from_minute).max();
            assert!(longest >= Some(sight.visit_minutes), "{id}: {} is never open for a visit", sight.name);
        }
        let indoor = sights.iter().filter(|sight| sight.setting == Setting::Indoor).count();
        assert!(indoor >= 5 && sights.len() - indoor >= 5, "{id}: {indoor} of {} are indoor", sights.len());
    }
}

#[test]
fn meals_suffice_for_every_diet_and_time() {
    for destination in destinations() {
        let (id, meals) = (&destination.id, &destination.meals);
        assert_unique(id, meals.iter().map(|meal| meal.id.as_str()));
        assert!(meals.len() >= 12, "{id}");
        for meal in meals {
            assert_id(&meal.id);
            assert!(destination.area(&meal.area).is_some(), "{id}: {}", meal.id);
            assert!(meal.price_cents > 0 && !meal.serves.is_empty() && !meal.cuisine.is_empty(), "{id}: {}", meal.id);
        }
        for (kind, count) in [(MealKind::Breakfast, 3), (MealKind::Lunch, 7), (MealKind::Dinner, 7)] {
            assert!(meals.iter().filter(|meal| meal.serves.contains(&kind)).count() >= count, "{id}: {kind}");
        }
        for (diet, count) in [(Diet::Vegetarian, 4), (Diet::Vegan, 3), (Diet::GlutenFree, 2), (Diet::Halal, 1)] {
            assert!(meals.iter().filter(|meal| meal.diets.contains(&diet)).count() >= count, "{id}: {diet}");
        }
        let green = [Diet::Vegetarian, Diet::Vegan];
        let breakfast = |meal: &&Meal| meal.serves.contains(&MealKind::Breakfast);
        let all_green = |meal: &Meal| green.iter().all(|diet| meal.diets.contains(diet));
        assert!(meals.iter().filter(breakfast).any(all_green), "{id}");
    }
}

#[test]
fn beds_cover_every_tier() {
    for destination in destinations() {
        let (id, beds) = (&destination.id, &destination.beds);
        assert_unique(id, beds.iter().map(|bed| bed.id.as_str()));
        assert!(beds.len() >= 6, "{id}");
        for bed in beds {
            assert_id(&bed.id);
            assert!(destination.area(&bed.area).is_some(), "{id}: {}", bed.id);
            assert!(bed.price_cents > 0 && (1..=8).contains(&bed.occupancy), "{id}: {}", bed.id);
        }
        assert!(Tier::ALL.iter().all(|tier| beds.iter().any(|bed| bed.tier == *tier)), "{id}");
        for kind in [LodgingKind::Hostel, LodgingKind::Apartment] {
            assert!(beds.iter().any(|bed| bed.kind == kind), "{id}: {kind}");
        }
    }
}
