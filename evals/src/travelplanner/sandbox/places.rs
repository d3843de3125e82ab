//! The cities and states that a request may name.

use chrono_tz::Tz;
use domain::{
    brief::{Interest, Place},
    money::Currency,
};
use worker::providers::{Mention, Places, Region, RegionMention, SightName};

use super::{NOWHERE, Sandbox, TIME_ZONE, activities, names::Found, states::STATES};
use crate::travelplanner::record::Reference;

/// In lower case, as the data spell it.
pub(super) fn id_of(name: &str) -> String {
    name.to_lowercase()
}

pub(super) fn place(name: &str) -> Place {
    Place { id: id_of(name), name: name.to_owned() }
}

/// Every city of the data, the start of the trip first.
pub(super) fn of(reference: &Reference) -> Vec<Place> {
    let origin = reference.legs.first().map(|leg| &leg.from);
    let ends = reference.legs.iter().flat_map(|leg| [&leg.from, &leg.to]);
    let mut all: Vec<Place> = Vec::new();
    for name in origin.into_iter().chain(&reference.cities).chain(ends) {
        if all.iter().all(|known| known.id != id_of(name)) {
            all.push(place(name));
        }
    }
    all
}

impl Sandbox {
    /// A state with the cities of the facts. The data do not say which city is in which state: when a text names a state,
    /// these are the cities that there are facts for.
    fn region(&self, state: usize) -> Region {
        let cities = self.reference.cities.iter().map(|name| place(name));
        Region { name: STATES[state].to_owned(), cities: cities.collect() }
    }
}

impl Places for Sandbox {
    fn find(&self, name: &str) -> Option<Place> {
        self.place_names.find(name).map(|index| self.places[index].clone())
    }

    fn mentions(&self, text: &str) -> Vec<Mention> {
        let mention =
            |found: Found| Mention { start: found.start, end: found.end, place: self.places[found.thing].clone() };
        self.place_names.mentions(text).into_iter().map(mention).collect()
    }

    /// A state inside the longer name of a city is not named: Kansas City is not Kansas. One that is a city as well (New
    /// York, Washington) is both, and the reader decides.
    fn region_mentions(&self, text: &str) -> Vec<RegionMention> {
        if self.reference.cities.is_empty() {
            return Vec::new();
        }
        let cities = self.place_names.mentions(text);
        let is_part = |state: &Found| {
            let holds = |city: &Found| city.start <= state.start && state.end <= city.end;
            cities.iter().any(|city| holds(city) && city.end - city.start > state.end - state.start)
        };
        let states = self.state_names.mentions(text).into_iter().filter(|state| !is_part(state));
        states
            .map(|state| RegionMention { start: state.start, end: state.end, region: self.region(state.thing) })
            .collect()
    }

    fn is_destination(&self, id: &str) -> bool {
        self.city_name(id).is_ok()
    }

    fn sights(&self, city_id: &str) -> Vec<SightName> {
        let Ok(city) = self.city_name(city_id) else { return Vec::new() };
        let name = |name: &str| SightName {
            id: activities::id_of(city, name),
            name: name.to_owned(),
            category: activities::CATEGORY,
            interests: Vec::<Interest>::new(),
        };
        activities::listed(&self.reference, city).map(|sight| name(sight.name.trim())).collect()
    }

    fn currency(&self, city_id: &str) -> Option<Currency> {
        self.places.iter().any(|place| place.id == city_id).then_some(Currency::USD)
    }

    fn time_zone(&self, city_id: &str) -> Option<Tz> {
        self.places.iter().any(|place| place.id == city_id).then_some(TIME_ZONE)
    }

    /// Of the start of the trip the data do not say where it is.
    fn distance_km(&self, a_id: &str, b_id: &str) -> Option<f64> {
        let at = |id: &str| Some(self.centre(self.city_name(id).ok()?)).filter(|at| *at != NOWHERE);
        Some(at(a_id)?.km_to(at(b_id)?))
    }

    fn destination_names(&self) -> Vec<String> {
        let mut names = self.reference.cities.clone();
        names.sort();
        names
    }
}
