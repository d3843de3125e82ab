//! Instants as the rows hold them.

use chrono::{DateTime, Utc};

/// Whole microseconds since 1970-01-01T00:00:00Z, the unit of every `*_at` column on both databases.
#[must_use]
pub fn to_micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// The instant of a `*_at` column. Out-of-range values (year 262,000 and beyond) become the epoch.
#[must_use]
pub fn from_micros(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}
