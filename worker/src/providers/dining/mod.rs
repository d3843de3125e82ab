//! Where to eat.

mod gazetteer;

use chrono::{DateTime, Utc};
use domain::facts::MealOption;

use super::Answer;

/// A source of places to eat.
pub trait Dining: Send + Sync {
    /// Places to eat in the city, prices in its currency; `now` becomes `fetched_at`.
    fn search<'a>(&'a self, city_id: &'a str, now: DateTime<Utc>) -> Answer<'a, Vec<MealOption>>;
}
