//! What providers found for one brief: the only things that a plan may contain. Journaled, so that a plan can be
//! verified against exactly what it was made from.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    brief::{Diet, HouseRule, Interest, LodgingKind, Place, RoomType, Tier, TransportMode},
    job::words,
    money::{Currency, ExchangeRate},
};

words!(
    /// How firm a fact is.
    FactKind {
        /// Somebody sells it at this price now.
        Quote = "quote",
        /// Somebody wrote it down.
        Dataset = "dataset",
        /// A documented model computed it.
        Estimate = "estimate",
    }
);
words!(
    /// Whether a sight is under a roof.
    Setting { Indoor = "indoor", Outdoor = "outdoor", Mixed = "mixed" }
);
words!(
    /// The meals of a day.
    MealKind { Breakfast = "breakfast", Lunch = "lunch", Dinner = "dinner" }
);
/// Where a fact came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    pub kind: FactKind,
    /// The provider, such as `gazetteer` or `fare-model`.
    pub source: String,
    /// The year or date that the value is typical of, ISO 8601.
    pub as_of: String,
    pub fetched_at: DateTime<Utc>,
}

/// A point on the earth, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub lat: f64,
    pub lon: f64,
}

impl Point {
    /// Great-circle distance in kilometres on a sphere of 6,371 km (haversine).
    #[must_use]
    pub fn km_to(self, other: Self) -> f64 {
        let (lat_a, lat_b) = (self.lat.to_radians(), other.lat.to_radians());
        let (half_lat, half_lon) = ((lat_b - lat_a) / 2.0, (other.lon - self.lon).to_radians() / 2.0);
        let chord = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
        2.0 * 6371.0 * chord.sqrt().min(1.0).asin()
    }
}

/// A city of the trip as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CityFacts {
    pub place: Place,
    pub country: String,
    pub at: Point,
    /// IANA.
    pub time_zone: String,
    /// The currency of every `*_cents` of this city's facts.
    pub currency: Currency,
    /// One adult, one day, public transport.
    pub transit_day_ticket_cents: i64,
    pub provenance: Provenance,
}

/// Where a leg begins or ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terminal {
    /// The id of the city.
    pub city_id: String,
    /// Such as `Berlin (BER)`.
    pub name: String,
    /// The station or airport.
    pub at: Point,
    /// IANA.
    pub time_zone: String,
    /// Between here and the city's centre, door to door. At home it is not part of the trip.
    pub transfer_minutes: u32,
}

/// One way to get from one city to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LegOption {
    pub id: String,
    pub mode: TransportMode,
    pub from: Terminal,
    pub to: Terminal,
    pub date: NaiveDate,
    /// Local time at the place of departure.
    pub depart: NaiveTime,
    /// Local time at the place of arrival.
    pub arrive: NaiveTime,
    /// Calendar days from the date of departure to that of arrival: 0, 1 or 2; -1 over the date line.
    pub arrive_day_offset: i32,
    /// Between departure and arrival.
    pub duration_minutes: u32,
    /// Changes on the way.
    pub stops: u32,
    /// People that one price carries: 1 for a ticket, 4 for a taxi.
    pub seats: u32,
    /// For `seats` people, transfers included.
    pub price_cents: i64,
    /// Of `price_cents`.
    pub currency: Currency,
    /// Emissions of one person in kilograms of CO2 equivalent, estimated; 0 where unknown.
    pub co2_kg: u32,
    pub provenance: Provenance,
}

impl LegOption {
    /// Tickets (or cars) that `people` need.
    #[must_use]
    pub fn units_for(&self, people: u32) -> u32 {
        people.div_ceil(self.seats.max(1))
    }
}

/// A typical bed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LodgingOption {
    pub id: String,
    /// The id of the city.
    pub city_id: String,
    pub name: String,
    pub area: String,
    pub at: Point,
    pub kind: LodgingKind,
    pub room_type: RoomType,
    pub tier: Tier,
    /// People in one room (or bed, where shared).
    pub occupancy: u32,
    /// One room, one night, in this season.
    pub price_cents: i64,
    /// It cannot be booked for fewer nights; at least 1.
    pub min_nights: u32,
    /// What the house does not allow.
    pub forbids: Vec<HouseRule>,
    /// What guests say: 0 to 5; `None` where unknown.
    pub rating: Option<f64>,
    pub provenance: Provenance,
}

impl LodgingOption {
    /// Rooms (or beds) that `people` need.
    #[must_use]
    pub fn rooms_for(&self, people: u32) -> u32 {
        people.div_ceil(self.occupancy.max(1))
    }
}

/// A typical place to eat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MealOption {
    pub id: String,
    /// The id of the city.
    pub city_id: String,
    pub name: String,
    pub area: String,
    pub at: Point,
    /// In lower case, such as `seafood`.
    pub cuisines: Vec<String>,
    pub tier: Tier,
    pub serves: Vec<MealKind>,
    pub diets: Vec<Diet>,
    /// One person, one meal.
    pub price_cents: i64,
    /// What guests say: 0 to 5; `None` where unknown.
    pub rating: Option<f64>,
    pub provenance: Provenance,
}

impl MealOption {
    /// Whether it serves this kitchen, whatever the case.
    #[must_use]
    pub fn serves_cuisine(&self, cuisine: &str) -> bool {
        let wanted = cuisine.to_lowercase();
        self.cuisines.iter().any(|own| own.to_lowercase().contains(&wanted))
    }
}

/// A span of one day, in minutes since local midnight; `until_minute` may be 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub from_minute: u32,
    pub until_minute: u32,
}

/// A sight, with its opening hours from Monday to Sunday; an empty day is closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SightOption {
    pub id: String,
    /// The id of the city.
    pub city_id: String,
    pub name: String,
    pub category: Interest,
    pub interests: Vec<Interest>,
    pub at: Point,
    pub setting: Setting,
    pub visit_minutes: u32,
    pub hours: [Vec<Span>; 7],
    /// One person; 0 when entry is free.
    pub price_cents: i64,
    /// 5: most first visitors come for it ... 1: worth it when near.
    pub fame: u32,
    pub provenance: Provenance,
}

impl SightOption {
    /// Whether it is a sight of this kind, or also about it.
    #[must_use]
    pub fn is_about(&self, interest: Interest) -> bool {
        self.category == interest || self.interests.contains(&interest)
    }
}

/// The weather to expect on one day in one city.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayWeather {
    /// The id of the city.
    pub city_id: String,
    pub date: NaiveDate,
    /// Degrees Celsius.
    pub high_c: i32,
    pub low_c: i32,
    /// The share of days of this month with at least 1 mm of rain, in percent.
    pub rain_percent: u32,
    pub provenance: Provenance,
}

/// Everything that may stand in a plan for one brief. Ids are unique in their list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Every city that the brief's destination may mean.
    pub cities: Vec<CityFacts>,
    /// From each currency of the facts to the brief's.
    pub rates: Vec<ExchangeRate>,
    pub legs: Vec<LegOption>,
    pub lodgings: Vec<LodgingOption>,
    pub meals: Vec<MealOption>,
    pub sights: Vec<SightOption>,
    pub weather: Vec<DayWeather>,
}

impl Facts {
    #[must_use]
    pub fn city(&self, id: &str) -> Option<&CityFacts> {
        self.cities.iter().find(|city| city.place.id == id)
    }

    /// From this currency to the brief's.
    #[must_use]
    pub fn rate(&self, from: Currency) -> Option<&ExchangeRate> {
        self.rates.iter().find(|rate| rate.from == from)
    }
}
