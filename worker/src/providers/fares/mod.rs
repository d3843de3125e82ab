//! How to get there and back, and what it costs.

mod model;

use chrono::{DateTime, NaiveDate, Utc};
use domain::facts::LegOption;

use super::Answer;

pub use model::FareModel;

/// The journey that fares are wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FareQuery {
    /// The city that the travellers start from and come back to.
    pub origin_id: String,
    pub destination_id: String,
    /// The day of departure from the origin.
    pub outbound_date: NaiveDate,
    /// The day of departure from the destination.
    pub return_date: NaiveDate,
    /// Everyone who travels; at least one.
    pub people: u32,
}

/// A source of legs between cities.
pub trait Fares: Send + Sync {
    /// Legs of both directions, each for one person in the destination's currency; `now` becomes `fetched_at` and
    /// counts the days until departure. None where origin and destination are the same city.
    fn search<'a>(&'a self, query: &'a FareQuery, now: DateTime<Utc>) -> Answer<'a, Vec<LegOption>>;
}
