//! The weather to expect.

mod gazetteer;

use chrono::{DateTime, NaiveDate, Utc};
use domain::facts::DayWeather;

use super::Answer;

/// A source of weather.
pub trait Weather: Send + Sync {
    /// One entry for each day from `first` to `last`, both counted; `now` becomes `fetched_at`.
    fn days<'a>(
        &'a self,
        city_id: &'a str,
        first: NaiveDate,
        last: NaiveDate,
        now: DateTime<Utc>,
    ) -> Answer<'a, Vec<DayWeather>>;
}
