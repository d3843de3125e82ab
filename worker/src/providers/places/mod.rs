//! Which cities there are and what people call them: for reading requests. No network, hence not asynchronous.

mod gazetteer;

use chrono_tz::Tz;
use domain::{
    brief::{Interest, Place},
    money::Currency,
};

/// A city that free text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Byte offset of the first letter in the original text.
    pub start: usize,
    /// Byte offset after the last letter.
    pub end: usize,
    pub place: Place,
}

/// A country, state or other part of the world with cities that a trip may visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Such as `Italy`.
    pub name: String,
    /// Its destinations, the most visited first. Not empty.
    pub cities: Vec<Place>,
}

/// A region that free text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionMention {
    /// Byte offset of the first letter in the original text.
    pub start: usize,
    /// Byte offset after the last letter.
    pub end: usize,
    pub region: Region,
}

/// A sight that a request may ask for or rule out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SightName {
    pub id: String,
    pub name: String,
    /// The main one of its interests.
    pub category: Interest,
    pub interests: Vec<Interest>,
}

/// The cities that requests may name. An unknown id is `None` or empty, never an error.
pub trait Places: Send + Sync {
    /// The city with exactly this name or alias, whatever its case, diacritics and punctuation.
    fn find(&self, name: &str) -> Option<Place>;

    /// Every city that the text names, from left to right, without overlap, the longest name first. Whole words only;
    /// names that are common English words as well need their capital letter, two-letter ones both capitals.
    fn mentions(&self, text: &str) -> Vec<Mention>;

    /// Every region that the text names, from left to right, without overlap. A name may be a city's as well (New York).
    fn region_mentions(&self, text: &str) -> Vec<RegionMention>;

    /// The region with exactly this name, whatever its case.
    fn find_region(&self, name: &str) -> Option<Region> {
        let whole = |mention: &RegionMention| mention.start == 0 && mention.end == name.len();
        self.region_mentions(name).into_iter().find(whole).map(|mention| mention.region)
    }

    /// Whether trips to this city can be planned.
    fn is_destination(&self, id: &str) -> bool;

    /// The sights of a destination.
    fn sights(&self, city_id: &str) -> Vec<SightName>;

    /// What one pays with in the city.
    fn currency(&self, city_id: &str) -> Option<Currency>;

    /// The time zone of the city.
    fn time_zone(&self, city_id: &str) -> Option<Tz>;

    /// Great-circle distance between the centres of two cities, in kilometres.
    fn distance_km(&self, a_id: &str, b_id: &str) -> Option<f64>;

    /// The names of all destinations, in alphabetical order.
    fn destination_names(&self) -> Vec<String>;
}
