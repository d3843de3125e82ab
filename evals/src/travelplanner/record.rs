//! The data file of the benchmark: one request with its facts on each line.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime};
use domain::brief::RoomType;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use serde_json::Value;

/// Requests of one file: the largest split of the benchmark has 1,000.
const RECORDS_MAX: usize = 10_000;

/// Why a data file cannot be used. The line counts from 1; the field is a path such as `reference.legs[0].date`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    #[error("line {line}, field `{field}`: {detail}")]
    Field { line: usize, field: String, detail: String },
    #[error("line {line} is not JSON: {detail}")]
    Json { line: usize, detail: String },
    #[error("there is no request in it")]
    Empty,
    #[error("it has more than {RECORDS_MAX} requests; split it")]
    TooLong,
}

/// One request of the benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub request: Request,
    pub said: Said,
}

/// What a plan is made from, and nothing else of the record is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Request {
    pub id: String,
    /// From 0.
    pub idx: u32,
    /// The request in plain English.
    pub query: String,
    /// The facts that a plan may use.
    pub reference: Reference,
}

/// The structured fields of a request, to count how many were read right. Never planned from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Said {
    #[serde(rename = "org")]
    pub origin: String,
    /// A city or a state.
    #[serde(rename = "dest")]
    pub destination: String,
    pub days: u32,
    #[serde(rename = "visiting_city_number")]
    pub city_count: u32,
    pub dates: Vec<NaiveDate>,
    #[serde(rename = "people_number")]
    pub people: u32,
    /// US dollars, the whole trip, everyone.
    pub budget: f64,
    #[serde(rename = "local_constraint")]
    pub wishes: Wishes,
}

/// What a request may wish for besides.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Wishes {
    /// What no bed may forbid: `smoking`, `parties`, `children under 10`, `visitors` or `pets`.
    pub house_rule: Option<String>,
    pub cuisine: Option<Vec<String>>,
    /// `entire room`, `private room`, `shared room` or `not shared room`.
    pub room_type: Option<String>,
    /// `no flight` or `no self-driving`.
    pub transportation: Option<String>,
}

/// The facts of one request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Reference {
    pub cities: Vec<String>,
    /// In the order of the trip, the way home last.
    pub legs: Vec<Leg>,
    /// By city, as are the others.
    pub attractions: HashMap<String, Vec<Attraction>>,
    pub restaurants: HashMap<String, Vec<Restaurant>>,
    pub accommodations: HashMap<String, Vec<Bed>>,
}

/// All ways from one city to another.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Leg {
    pub from: String,
    pub to: String,
    /// The day of the flights.
    pub date: NaiveDate,
    pub flights: Vec<Flight>,
    pub self_driving: Option<Road>,
    pub taxi: Option<Road>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Flight {
    pub number: String,
    /// US dollars, one person.
    pub price: f64,
    #[serde(deserialize_with = "clock")]
    pub dep: NaiveTime,
    #[serde(deserialize_with = "clock")]
    pub arr: NaiveTime,
    pub duration_min: u32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Road {
    /// For people: `7 hours 46 mins`. With "day" in it, the road takes longer than the benchmark lets anybody drive.
    pub duration: String,
    pub duration_min: Option<u32>,
    pub distance_km: f64,
    /// Whole US dollars, one car; none where the road cannot be used.
    pub cost: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Attraction {
    pub name: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Restaurant {
    pub name: String,
    /// US dollars, one person, one meal.
    pub cost: f64,
    /// Separated by commas.
    pub cuisines: String,
    pub rating: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Bed {
    pub name: String,
    /// US dollars, one room, one night.
    pub price: f64,
    #[serde(deserialize_with = "room_type")]
    pub room_type: RoomType,
    /// `No parties & No smoking`, in any order.
    pub house_rules: Option<String>,
    pub min_nights: u32,
    pub max_occupancy: u32,
    pub rating: Option<f64>,
}

/// Reads a data file; empty lines are skipped.
///
/// # Errors
/// The first line that is no request of the benchmark, with the field that is wrong.
pub fn read(text: &str) -> Result<Vec<Record>, DataError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let records: Vec<Record> =
        lines.take(RECORDS_MAX + 1).map(|(index, line)| record(index + 1, line)).collect::<Result<_, _>>()?;
    match records.len() {
        0 => Err(DataError::Empty),
        count if count > RECORDS_MAX => Err(DataError::TooLong),
        _ => Ok(records),
    }
}

fn record(line: usize, text: &str) -> Result<Record, DataError> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| DataError::Json { line, detail: error.to_string() })?;
    let record = Record { said: part(line, value.clone())?, request: part(line, value.clone())? };
    match missing_table(&record.request.reference) {
        Some((table, city)) => {
            let detail = format!("nothing is said of {city}, a city of the trip");
            Err(DataError::Field { line, field: format!("reference.{table}"), detail })
        }
        None => Ok(record),
    }
}

fn part<T: DeserializeOwned>(line: usize, value: Value) -> Result<T, DataError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, detail) = (error.path().to_string(), error.inner().to_string());
        // Of what is missing, the path is where it should be.
        let missing = detail.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let field = match missing {
            Some(name) if path == "." => name.to_owned(),
            Some(name) => format!("{path}.{name}"),
            None => path,
        };
        let detail = if missing.is_some() { "is missing".to_owned() } else { detail };
        DataError::Field { line, field, detail }
    })
}

/// A table of facts that does not have a city of the trip, and the city.
fn missing_table(reference: &Reference) -> Option<(&'static str, &str)> {
    reference.cities.iter().find_map(|city| {
        let table = match () {
            () if !reference.attractions.contains_key(city) => "attractions",
            () if !reference.restaurants.contains_key(city) => "restaurants",
            () if !reference.accommodations.contains_key(city) => "accommodations",
            () => return None,
        };
        Some((table, city.as_str()))
    })
}

fn clock<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveTime::parse_from_str(&text, "%H:%M")
        .map_err(|_| D::Error::custom(format!("\"{text}\" is no time such as 15:40")))
}

fn room_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RoomType, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "Entire home/apt" => Ok(RoomType::EntirePlace),
        "Private room" | "Hotel room" => Ok(RoomType::PrivateRoom),
        "Shared room" => Ok(RoomType::SharedRoom),
        other => Err(D::Error::custom(format!("\"{other}\" is no kind of room"))),
    }
}
