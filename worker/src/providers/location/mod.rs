//! What the destination is like as a whole.

mod gazetteer;

use chrono::{DateTime, Utc};
use domain::facts::CityFacts;

use super::Answer;

/// A source of facts about cities.
pub trait Location: Send + Sync {
    /// The city as a whole; `now` becomes `fetched_at`.
    fn city<'a>(&'a self, city_id: &'a str, now: DateTime<Utc>) -> Answer<'a, CityFacts>;
}
