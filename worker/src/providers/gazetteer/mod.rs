//! The bundled gazetteer: cities, destinations and exchange rates that need no network.
//!
//! The data are the files of `worker/data`, compiled in; their format and their rules are in `worker/data/README.md`
//! and the tests of this module hold every file to them. Cities and rates are parsed at first use, each destination
//! when it is first asked for.

mod files;
mod hours;
mod names;
mod rates;
mod records;
pub(crate) mod regions;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use chrono::{DateTime, Utc};
use domain::{
    facts::{FactKind, Provenance},
    money::{Currency, ExchangeRate},
};

pub use hours::{HoursError, WeekHours, parse_hours};
pub(crate) use names::{NameIndex, normalise};
pub use records::{Airport, Area, Bed, City, Climate, Continent, Destination, Meal, Sight, Transit};

use super::ProviderError;
use files::DestinationFile;
use rates::RateTable;
use regions::RegionIndex;

/// The source that facts of the gazetteer name.
pub const SOURCE: &str = "bundled gazetteer";

/// Everything that is bundled.
#[derive(Debug)]
pub struct Gazetteer {
    cities: Vec<City>,
    city_by_id: HashMap<String, usize>,
    names: NameIndex,
    rates: RateTable,
    destinations: Vec<DestinationFile>,
    regions: RegionIndex,
}

static BUNDLED: LazyLock<Arc<Gazetteer>> = LazyLock::new(|| Arc::new(Gazetteer::load()));

impl Gazetteer {
    /// The one gazetteer of this process; the first call parses cities and rates.
    #[must_use]
    pub fn bundled() -> &'static Self {
        &BUNDLED
    }

    /// The same gazetteer, for owners that need an `Arc`.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        Arc::clone(&BUNDLED)
    }

    fn load() -> Self {
        let cities = files::cities().expect("the tests of this module parse the same text");
        let rates = files::rates().expect("the tests of this module parse the same text");
        let city_by_id = cities.iter().enumerate().map(|(index, city)| (city.id.clone(), index)).collect();
        let names = NameIndex::of_cities(&cities);
        let destinations = files::destinations();
        let regions = RegionIndex::new(&cities, &destinations);
        Self { cities, city_by_id, names, rates, destinations, regions }
    }

    /// Every city, in alphabetical order of its id.
    #[must_use]
    pub fn cities(&self) -> &[City] {
        &self.cities
    }

    /// The city with this id.
    #[must_use]
    pub fn city(&self, id: &str) -> Option<&City> {
        self.city_by_id.get(id).map(|index| &self.cities[*index])
    }

    /// The city with this name or alias, whatever its case, diacritics and punctuation; also as `City, Country`.
    #[must_use]
    pub fn find_city(&self, text: &str) -> Option<&City> {
        self.find_by_name(text).or_else(|| {
            let (name, country) = text.rsplit_once(',')?;
            self.find_by_name(name).filter(|city| normalise(&city.country) == normalise(country))
        })
    }

    fn find_by_name(&self, name: &str) -> Option<&City> {
        self.names.find(name).map(|index| &self.cities[index])
    }

    /// Every city that is named in free text, from left to right without overlap: byte offsets of start and end, city.
    pub(crate) fn cities_in<'a>(&'a self, text: &str) -> impl Iterator<Item = (usize, usize, &'a City)> + use<'a> {
        self.names.mentions(text).into_iter().map(|(start, end, index)| (start, end, &self.cities[index]))
    }

    /// Every region with a destination that is named in free text: byte offsets of start and end, region.
    pub(crate) fn regions_in<'a>(&'a self, text: &str) -> impl Iterator<Item = (usize, usize, &'a regions::Region)> {
        self.regions.mentions(text).into_iter()
    }

    /// The destination with this id; the first call for an id parses its file.
    #[must_use]
    pub fn destination(&self, id: &str) -> Option<&Destination> {
        self.destinations.iter().find(|file| file.id() == id).map(DestinationFile::parsed)
    }

    /// The same, as providers answer it.
    pub(crate) fn get_destination(&self, id: &str) -> Result<&Destination, ProviderError> {
        self.destination(id).ok_or_else(|| ProviderError::Unknown(format!("the destination \"{id}\"")))
    }

    /// The ids of all destinations, in alphabetical order.
    pub fn destination_ids(&self) -> impl Iterator<Item = &'static str> {
        self.destinations.iter().map(DestinationFile::id)
    }

    /// The airports of a city, the main one first. A destination's own file goes before the list of cities.
    #[must_use]
    pub fn airports(&self, city_id: &str) -> &[Airport] {
        match (self.destination(city_id), self.city(city_id)) {
            (Some(destination), _) => &destination.airports,
            (None, Some(city)) => &city.airports,
            (None, None) => &[],
        }
    }

    /// What one unit of `from` buys of `to`, through the euro; exactly one for equal currencies.
    #[must_use]
    pub fn rate(&self, from: Currency, to: Currency) -> ExchangeRate {
        self.rates.rate(from, to)
    }
}

impl Destination {
    /// The part of the city that a meal or a bed of this destination names.
    pub(crate) fn get_area(&self, id: &str) -> &Area {
        self.area(id).expect("the tests of this module look up every area")
    }

    /// The provenance of a value that stands in this destination's file.
    #[must_use]
    pub(crate) fn provenance(&self, now: DateTime<Utc>) -> Provenance {
        Provenance { kind: FactKind::Dataset, source: SOURCE.to_owned(), as_of: self.as_of.clone(), fetched_at: now }
    }
}
