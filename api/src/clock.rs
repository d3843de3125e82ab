//! The one place of this crate that reads the clock.

use chrono::{DateTime, Utc};

/// The present instant, for what a request says about days. What happens to jobs is timed by the database.
#[expect(clippy::disallowed_methods, reason = "the edge's clock")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}
