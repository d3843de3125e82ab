//! Exchange rates.

mod gazetteer;

use chrono::{DateTime, Utc};
use domain::money::{Currency, ExchangeRate};

use super::Answer;

/// A source of exchange rates.
pub trait Rates: Send + Sync {
    /// What one unit of `from` buys of `to` at `now`; exactly one for equal currencies.
    fn rate(&self, from: Currency, to: Currency, now: DateTime<Utc>) -> Answer<'_, ExchangeRate>;
}
