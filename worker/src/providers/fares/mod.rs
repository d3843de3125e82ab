//! How to get from city to city, and what it costs.

mod cheapest;
mod model;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{facts::LegOption, money::Currency};

use super::Answer;

pub use cheapest::{FlightQuery, FlightQuote, cheapest_flights};
pub use model::FareModel;

/// The leg that fares are wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FareQuery {
    pub from_id: String,
    pub to_id: String,
    /// The day of departure.
    pub date: NaiveDate,
    /// Everyone who travels; at least one.
    pub people: u32,
    /// In which prices are wanted.
    pub currency: Currency,
    /// Nights of the whole trip, which parking depends on.
    pub nights: u32,
}

/// A source of legs between cities.
pub trait Fares: Send + Sync {
    /// Legs of this day, with ids that no other query gives; `now` becomes `fetched_at` and counts the days until
    /// departure. None where both ends are the same city.
    fn search<'a>(&'a self, query: &'a FareQuery, now: DateTime<Utc>) -> Answer<'a, Vec<LegOption>>;

    /// Whether its prices move by a simulation and not by what somebody asks for them: said wherever they are shown moving.
    fn is_simulated(&self) -> bool;
}
