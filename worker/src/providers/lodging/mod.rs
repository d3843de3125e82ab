//! Where to sleep.

mod gazetteer;

use chrono::{DateTime, NaiveDate, Utc};
use domain::facts::LodgingOption;

use super::Answer;

/// The nights that beds are wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StayQuery {
    pub city_id: String,
    /// The day of the first night.
    pub check_in: NaiveDate,
    /// The morning after the last night; not before `check_in`.
    pub check_out: NaiveDate,
}

/// A source of beds.
pub trait Lodging: Send + Sync {
    /// Rooms and beds, each at its mean price of a night of this stay in the city's currency; `now` becomes
    /// `fetched_at`. A stay without a night is priced as the night of `check_in`.
    fn search<'a>(&'a self, query: &'a StayQuery, now: DateTime<Utc>) -> Answer<'a, Vec<LodgingOption>>;
}
