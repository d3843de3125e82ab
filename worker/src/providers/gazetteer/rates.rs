//! Exchange rates of one day, all through the euro.

use std::collections::HashMap;

use domain::money::{Currency, ExchangeRate};
use serde::Deserialize;

/// `rates.toml` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateFile {
    as_of: String,
    source: String,
    base: Currency,
    rates: HashMap<Currency, f64>,
}

/// Why a rate file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum RateTableError {
    #[error("the base of the rates must be EUR, not {0}")]
    Base(Currency),
    #[error("there is no rate, or none above zero, for {0}")]
    Missing(&'static str),
}

/// Units per euro of every known currency.
#[derive(Debug)]
pub(super) struct RateTable {
    as_of: String,
    source: String,
    units_per_euro: HashMap<Currency, f64>,
}

impl RateTable {
    pub(super) fn new(file: RateFile) -> Result<Self, RateTableError> {
        if file.base != Currency::EUR {
            return Err(RateTableError::Base(file.base));
        }
        let mut units_per_euro = file.rates;
        units_per_euro.insert(Currency::EUR, 1.0);
        for code in Currency::ALL {
            let units = code.parse().ok().and_then(|currency: Currency| units_per_euro.get(&currency));
            if !units.is_some_and(|units| units.is_finite() && *units > 0.0) {
                return Err(RateTableError::Missing(code));
            }
        }
        Ok(Self { as_of: file.as_of, source: file.source, units_per_euro })
    }

    pub(super) fn rate(&self, from: Currency, to: Currency) -> ExchangeRate {
        let rate_nanos = if from == to { 1_000_000_000 } else { nanos(self.units(to) / self.units(from)) };
        ExchangeRate { from, to, rate_nanos, as_of: self.as_of.clone(), source: self.source.clone() }
    }

    fn units(&self, currency: Currency) -> f64 {
        *self.units_per_euro.get(&currency).expect("new() asked for every currency")
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the widest ratio of two bundled currencies is below 1e5")]
fn nanos(ratio: f64) -> i64 {
    (ratio * 1e9).round() as i64
}
