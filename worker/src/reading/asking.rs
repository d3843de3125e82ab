//! What is asked about places that cannot be planned, and which answers are offered.

use domain::{brief::Place, request::CITIES_MAX};

use super::{
    Inputs, Question,
    names::{closest, misspelt},
    text::folded,
};
use crate::providers::Region;

/// How many names a question offers.
pub(super) const OPTIONS_MAX: usize = 12;

pub(super) fn unknown_destination(inputs: &Inputs<'_>, name: &str) -> Question {
    let names = inputs.places.destination_names();
    let prompt = match inputs.places.find(name) {
        Some(place) => format!(
            "Portolan knows {} only as a city to start from, not as one to plan days in. Which city should the trip go \
             to? These are the nearest; any other destination of the gazetteer works too.",
            place.name
        ),
        None => format!(
            "Portolan has no facts about \"{}\". Which city should the trip go to? These names are the closest; any \
             other destination of the gazetteer works too.",
            shortened(name)
        ),
    };
    let options = match inputs.places.find(name) {
        Some(place) => nearest(inputs, &place, names),
        None => closest(&folded(name), names, OPTIONS_MAX),
    };
    Question::new("destination", prompt, options)
}

pub(super) fn no_destination(inputs: &Inputs<'_>) -> Question {
    let prompt = "Which city should the trip go to? The request names none that Portolan knows. These are some; any \
                  other destination of the gazetteer works too.";
    Question::new("destination", prompt.to_owned(), options(inputs.places.destination_names()))
}

/// "Paris or Rome".
pub(super) fn one_of(inputs: &Inputs<'_>, names: &[String]) -> Question {
    let known = |name: &&String| {
        let city = inputs.places.find(name).is_some_and(|place| inputs.places.is_destination(&place.id));
        city || inputs.places.find_region(name).is_some()
    };
    let offered = options(names.iter().filter(known).cloned().collect());
    let spelled: Vec<&str> = names.iter().map(String::as_str).collect();
    let prompt = format!(
        "The request leaves open where the trip goes, between {}. Which should it be? Name one, or several cities that \
         should all be visited.",
        listed(&spelled, "and")
    );
    Question::new("destination", prompt, offered)
}

pub(super) fn too_many(count: u32) -> Question {
    let prompt = format!(
        "The request asks for {count} cities, and a plan holds at most {CITIES_MAX}. Which cities should the trip visit?"
    );
    Question::new("destination", prompt, Vec::new())
}

/// "3 cities in Portugal", of which there are two.
pub(super) fn too_few(inputs: &Inputs<'_>, region: &Region, known: &[String], wanted: u32) -> Question {
    let spelled: Vec<&str> = known.iter().map(String::as_str).collect();
    let prompt = match known {
        [] => format!(
            "Portolan knows no city of {} to plan days in besides the one that the trip starts from. Where should it go \
             instead?",
            region.name
        ),
        _ => format!(
            "The request asks for {wanted} cities of {}, and Portolan knows only {} there: {}. Where should the trip go \
             instead?",
            region.name,
            known.len(),
            listed(&spelled, "and")
        ),
    };
    let offered = match known {
        [] => inputs.places.destination_names(),
        [only] => vec![only.clone()],
        several => {
            let counts = 2..=several.len();
            counts.map(|count| format!("{count} cities in {}", region.name)).chain(several.iter().cloned()).collect()
        }
    };
    Question::new("destination", prompt, options(offered))
}

/// "3 cities: Rome and Florence".
pub(super) fn which_others(names: &[String], wanted: u32) -> Question {
    let spelled: Vec<&str> = names.iter().map(String::as_str).collect();
    let prompt = format!(
        "The request asks for {wanted} cities and names only {}. Which cities should the trip visit? Name all of them, or \
         a country or region.",
        listed(&spelled, "and")
    );
    Question::new("destination", prompt, options(names.to_vec()))
}

pub(super) fn more_nights(name: &str, cities: u32, nights: u32) -> Question {
    let nights = match nights {
        0 => "no night".to_owned(),
        1 => "one night".to_owned(),
        nights => format!("{nights} nights"),
    };
    let prompt = format!(
        "{cities} cities ({name}) need at least a night each, and the trip has {nights}. How many days is the trip?"
    );
    Question::new("days", prompt, Vec::new())
}

pub(super) fn unknown_origin(inputs: &Inputs<'_>, name: &str) -> Question {
    let prompt = format!(
        "Portolan does not know \"{}\" as a city to start from. Which larger city near it do you leave from?",
        shortened(name)
    );
    let offered = match inputs.places.find_region(name.trim()) {
        Some(region) => options(region.cities.into_iter().map(|place| place.name).collect()),
        None => misspelt(&folded(name), inputs.places.destination_names(), OPTIONS_MAX),
    };
    Question::new("origin", prompt, offered)
}

/// "Paris, Rome and Florence".
pub(super) fn listed(names: &[&str], last: &str) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

fn options(mut names: Vec<String>) -> Vec<String> {
    names.truncate(OPTIONS_MAX.max(names.len().min(OPTIONS_MAX)));
    names.sort();
    names.dedup();
    names
}

/// The destinations nearest to `place`, in alphabetical order.
fn nearest(inputs: &Inputs<'_>, place: &Place, names: Vec<String>) -> Vec<String> {
    let mut by_distance: Vec<(f64, String)> = names
        .into_iter()
        .map(|name| {
            let found = inputs.places.find(&name);
            let distance = found.and_then(|other| inputs.places.distance_km(&place.id, &other.id));
            (distance.unwrap_or(f64::MAX), name)
        })
        .collect();
    by_distance.sort_by(|a, b| a.0.total_cmp(&b.0));
    options(by_distance.into_iter().take(OPTIONS_MAX).map(|(_, name)| name).collect())
}

/// A name as a prompt can hold it.
fn shortened(name: &str) -> String {
    const NAME_CHARS_MAX: usize = 60;
    name.trim().chars().take(NAME_CHARS_MAX).collect()
}
