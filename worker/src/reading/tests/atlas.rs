//! A small world of its own, so that these tests do not depend on what the bundled gazetteer holds: cities of which one
//! is named like a region, like a month of another language or in several words, and regions with few cities.

use chrono_tz::Tz;
use domain::{brief::Place, money::Currency};

use crate::providers::{Mention, Places, Region, RegionMention, SightName};

pub(super) struct Atlas;

const CITIES: &[&str] = &[
    "Austin",
    "Boston",
    "Buffalo",
    "Chicago",
    "Dallas",
    "Denver",
    "Detroit",
    "Florence",
    "Houston",
    "Kansas City",
    "Lisbon",
    "Marquette",
    "Naples",
    "New York",
    "Paris",
    "Porto",
    "Provo",
    "Rome",
    "Salt Lake City",
    "Sault Ste. Marie",
    "Seattle",
    "Spokane",
    "St. Petersburg",
    "Tampa",
    "Venice",
    "Washington",
];
const REGIONS: &[(&str, &[&str])] = &[
    ("Florida", &["Tampa", "St. Petersburg"]),
    ("Italy", &["Rome", "Venice", "Florence", "Naples"]),
    ("Michigan", &["Detroit", "Marquette", "Sault Ste. Marie"]),
    ("New York", &["New York", "Buffalo"]),
    ("Portugal", &["Lisbon", "Porto"]),
    ("Texas", &["Houston", "Dallas", "Austin"]),
    ("Utah", &["Salt Lake City", "Provo"]),
    ("Washington", &["Seattle", "Spokane"]),
];

fn place(name: &str) -> Place {
    Place { id: name.to_lowercase().replace(". ", "-").replace(' ', "-"), name: name.to_owned() }
}

/// Start, end and index of every name, the longest first where two begin alike.
fn found(text: &str, names: &[&str]) -> Vec<(usize, usize, usize)> {
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let whole = |(start, _): &(usize, &str)| {
            let end = start + name.len();
            let is_letter = |letter: char| letter.is_alphanumeric();
            !text[..*start].ends_with(is_letter) && !text[end..].starts_with(is_letter)
        };
        found.extend(text.match_indices(name).filter(whole).map(|(start, _)| (start, start + name.len(), index)));
    }
    found.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
    found.dedup_by(|later, earlier| later.0 < earlier.1);
    found
}

impl Places for Atlas {
    fn find(&self, name: &str) -> Option<Place> {
        CITIES.iter().find(|city| city.eq_ignore_ascii_case(name.trim())).map(|city| place(city))
    }

    fn mentions(&self, text: &str) -> Vec<Mention> {
        let mention = |(start, end, index): (usize, usize, usize)| Mention { start, end, place: place(CITIES[index]) };
        found(text, CITIES).into_iter().map(mention).collect()
    }

    fn region_mentions(&self, text: &str) -> Vec<RegionMention> {
        let names: Vec<&str> = REGIONS.iter().map(|(name, _)| *name).collect();
        let region = |index: usize| Region {
            name: REGIONS[index].0.to_owned(),
            cities: REGIONS[index].1.iter().map(|city| place(city)).collect(),
        };
        let mention = |(start, end, index): (usize, usize, usize)| RegionMention { start, end, region: region(index) };
        found(text, &names).into_iter().map(mention).collect()
    }

    fn is_destination(&self, id: &str) -> bool {
        id != "boston"
    }

    fn sights(&self, city_id: &str) -> Vec<SightName> {
        let sight = |name: &str| SightName {
            id: format!("{city_id}/{}", name.to_lowercase().replace(' ', "-")),
            name: name.to_owned(),
            category: domain::brief::Interest::History,
            interests: vec![domain::brief::Interest::History],
        };
        match city_id {
            "rome" => vec![sight("Colosseum")],
            "florence" => vec![sight("Uffizi Gallery")],
            _ => Vec::new(),
        }
    }

    fn currency(&self, city_id: &str) -> Option<Currency> {
        let is_european = ["florence", "lisbon", "naples", "paris", "porto", "rome", "venice"].contains(&city_id);
        Some(if is_european { Currency::EUR } else { Currency::USD })
    }

    fn time_zone(&self, _city_id: &str) -> Option<Tz> {
        Some(Tz::UTC)
    }

    fn distance_km(&self, _a_id: &str, _b_id: &str) -> Option<f64> {
        Some(1_000.0)
    }

    fn destination_names(&self) -> Vec<String> {
        CITIES.iter().filter(|city| **city != "Boston").map(|city| (*city).to_owned()).collect()
    }
}
