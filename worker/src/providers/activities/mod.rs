//! What to see and do.

mod daylight;
mod gazetteer;

use chrono::{DateTime, NaiveDate, Utc};
use domain::facts::SightOption;

use super::Answer;

/// A source of sights.
pub trait Activities: Send + Sync {
    /// Sights of the city, prices in its currency, with their hours on the days from `first` to `last`, both counted; `now`
    /// becomes `fetched_at`.
    fn search<'a>(
        &'a self,
        city_id: &'a str,
        first: NaiveDate,
        last: NaiveDate,
        now: DateTime<Utc>,
    ) -> Answer<'a, Vec<SightOption>>;
}
