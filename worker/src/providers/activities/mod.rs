//! What to see and do.

mod gazetteer;

use chrono::{DateTime, Utc};
use domain::facts::SightOption;

use super::Answer;

/// A source of sights.
pub trait Activities: Send + Sync {
    /// Sights of the city, prices in its currency; `now` becomes `fetched_at`.
    fn search<'a>(&'a self, city_id: &'a str, now: DateTime<Utc>) -> Answer<'a, Vec<SightOption>>;
}
