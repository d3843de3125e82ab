//! What the data files hold, field by field. The format is described in `worker/data/README.md`.

use chrono_tz::Tz;
use domain::{
    brief::{Diet, Interest, LodgingKind, Place, RoomType, Tier},
    facts::{MealKind, Point, Setting},
    money::Currency,
};
use serde::{Deserialize, Deserializer, de::Error};

use super::hours::{WeekHours, parse_hours};

/// The continents as the gazetteer counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Continent {
    /// Africa with its islands.
    Africa,
    /// Asia with its islands.
    Asia,
    /// Europe, with all of Istanbul.
    Europe,
    /// North and Central America.
    #[serde(rename = "North America")]
    NorthAmerica,
    /// Australia, New Zealand and the Pacific.
    Oceania,
    /// South America.
    #[serde(rename = "South America")]
    SouthAmerica,
}

/// A city that a trip may start from or go to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct City {
    /// Lower-case with hyphens, such as `new-york`.
    pub id: String,
    /// The English name.
    pub name: String,
    /// Other names that people write.
    pub aliases: Vec<String>,
    /// The English name of the country.
    pub country: String,
    pub continent: Continent,
    /// The centre that visitors mean.
    #[serde(deserialize_with = "point")]
    pub at: Point,
    /// IANA.
    #[serde(deserialize_with = "time_zone")]
    pub time_zone: Tz,
    /// Of the prices in this record.
    pub currency: Currency,
    /// The main one first.
    pub airports: Vec<Airport>,
    /// Whether trains between cities stop here.
    pub rail: bool,
}

impl City {
    /// The city as requests and plans name it.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { id: self.id.clone(), name: self.name.clone() }
    }
}

/// An airport of a city.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Airport {
    /// Three letters.
    pub iata: String,
    pub name: String,
    #[serde(deserialize_with = "point")]
    pub at: Point,
    /// To the centre by public transport, door to door.
    pub transfer_minutes: u32,
    /// One adult, one way, by public transport, in hundredths of the city's currency.
    pub transfer_cents: i64,
}

/// A city that the gazetteer can plan: sights, meals and beds. Every price is in hundredths of its currency.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// The same as the city's.
    pub id: String,
    pub name: String,
    pub aliases: Vec<String>,
    pub country: String,
    pub continent: Continent,
    /// The centre that visitors mean.
    #[serde(deserialize_with = "point")]
    pub at: Point,
    /// IANA.
    #[serde(deserialize_with = "time_zone")]
    pub time_zone: Tz,
    pub currency: Currency,
    /// The year that prices and hours are typical of.
    pub as_of: String,
    pub transit: Transit,
    pub climate: Climate,
    /// The main one first.
    pub airports: Vec<Airport>,
    pub areas: Vec<Area>,
    pub sights: Vec<Sight>,
    pub meals: Vec<Meal>,
    #[serde(rename = "lodging")]
    pub beds: Vec<Bed>,
}

impl Destination {
    /// The part of the city with this id.
    #[must_use]
    pub fn area(&self, id: &str) -> Option<&Area> {
        self.areas.iter().find(|area| area.id == id)
    }

    /// The city as requests and plans name it.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { id: self.id.clone(), name: self.name.clone() }
    }

    /// The id of something in this city among those of all cities.
    pub(crate) fn unique_id(&self, id: &str) -> String {
        format!("{}/{id}", self.id)
    }
}

/// Public transport inside a city.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transit {
    /// Such as `metro, tram and bus`.
    pub name: String,
    /// One adult, one day, unlimited in the visitor zone.
    pub day_ticket_cents: i64,
}

/// Monthly normals, January to December.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Climate {
    /// The years that the means are of, such as `1991-2020`.
    pub period: String,
    /// Mean daily maximum in degrees Celsius.
    pub high_c: [i32; 12],
    /// Mean daily minimum in degrees Celsius.
    pub low_c: [i32; 12],
    /// Days of the month with at least 1 mm of rain.
    pub rain_days: [u32; 12],
}

/// A part of a city, where meals and beds are.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    pub id: String,
    pub name: String,
    #[serde(deserialize_with = "point")]
    pub at: Point,
}

/// A real and lasting sight.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sight {
    pub id: String,
    pub name: String,
    /// The main one of its interests.
    pub category: Interest,
    pub interests: Vec<Interest>,
    /// Its entrance.
    #[serde(deserialize_with = "point")]
    pub at: Point,
    pub setting: Setting,
    pub visit_minutes: u32,
    #[serde(deserialize_with = "hours")]
    pub hours: WeekHours,
    /// One adult; 0 when entry is free.
    pub price_cents: i64,
    /// 5: most first visitors come for it ... 1: worth it when near.
    pub fame: u32,
}

/// A typical place to eat: a category in an area, never a business.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meal {
    pub id: String,
    pub name: String,
    /// The id of its area.
    pub area: String,
    pub cuisine: String,
    pub tier: Tier,
    pub serves: Vec<MealKind>,
    /// What it can serve well.
    pub diets: Vec<Diet>,
    /// A usual meal with a drink, one adult.
    pub price_cents: i64,
}

/// A typical room, or a bed where it is shared.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bed {
    pub id: String,
    pub name: String,
    /// The id of its area.
    pub area: String,
    pub kind: LodgingKind,
    pub room_type: RoomType,
    pub tier: Tier,
    /// People in one room; 1 for a shared one.
    pub occupancy: u32,
    /// One room (or bed), one night, in the middle of the season.
    pub price_cents: i64,
}

fn point<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Point, D::Error> {
    let [lat, lon] = <[f64; 2]>::deserialize(deserializer)?;
    if lat.abs() > 90.0 || lon.abs() > 180.0 {
        return Err(D::Error::custom("a position is [latitude, longitude] in degrees"));
    }
    Ok(Point { lat, lon })
}

fn time_zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

fn hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<WeekHours, D::Error> {
    parse_hours(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}
