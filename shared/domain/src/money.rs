//! Money in whole hundredths, and the currencies that requests may use.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An ISO 4217 code: the place of one in [`Currency::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(u8);

/// The text is not one of the currencies that Portolan has a rate for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a known currency; use an ISO 4217 code such as EUR, USD, GBP or JPY")]
pub struct UnknownCurrency(pub String);

impl Currency {
    pub const EUR: Self = Self(12);
    pub const USD: Self = Self(38);

    /// Every code that a request, a price or a rate may use.
    pub const ALL: [&'static str; 40] = [
        "AED", "ARS", "AUD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP", "HKD", "HUF",
        "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "MAD", "MXN", "MYR", "NOK", "NZD", "PEN", "PHP", "PLN", "QAR",
        "RON", "SAR", "SEK", "SGD", "THB", "TRY", "USD", "ZAR",
    ];

    /// The three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::ALL[usize::from(self.0)]
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;
    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        let upper = code.trim().to_ascii_uppercase();
        #[expect(clippy::cast_possible_truncation, reason = "ALL has 40 entries")]
        Self::ALL
            .iter()
            .position(|known| *known == upper)
            .map(|index| Self(index as u8))
            .ok_or_else(|| UnknownCurrency(code.to_owned()))
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;
    fn try_from(code: String) -> Result<Self, UnknownCurrency> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in hundredths of the currency's main unit, also for currencies without a minor unit: 500 JPY is 50,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub amount_cents: i64,
    pub currency: Currency,
}

impl Money {
    #[must_use]
    pub fn new(amount_cents: i64, currency: Currency) -> Self {
        Self { amount_cents, currency }
    }
}

/// `1,234.50 EUR`; a whole amount drops its zeros: `1,800 EUR`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, cents) = (self.amount_cents.unsigned_abs() / 100, self.amount_cents.unsigned_abs() % 100);
        let digits = units.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.amount_cents < 0 { "-" } else { "" };
        if cents == 0 {
            write!(f, "{sign}{grouped} {}", self.currency)
        } else {
            write!(f, "{sign}{grouped}.{cents:02} {}", self.currency)
        }
    }
}

/// How many units of `to` one unit of `from` buys, in billionths, and the day that the rate is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeRate {
    pub from: Currency,
    pub to: Currency,
    pub rate_nanos: i64,
    /// A date or a year in ISO 8601, such as `2025-06-30`.
    pub as_of: String,
    pub source: String,
}

impl ExchangeRate {
    /// `amount_cents` of `from` in hundredths of `to`, rounded half away from zero. Saturates at the ends of `i64`.
    #[must_use]
    pub fn convert_cents(&self, amount_cents: i64) -> i64 {
        const NANOS: i128 = 1_000_000_000;
        let product = i128::from(amount_cents) * i128::from(self.rate_nanos);
        let rounded = (product.abs() + NANOS / 2) / NANOS * product.signum();
        i64::try_from(rounded).unwrap_or(if rounded > 0 { i64::MAX } else { i64::MIN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_with_groups_and_drop_whole_cents() {
        assert_eq!(Money::new(180_000, Currency::EUR).to_string(), "1,800 EUR");
        assert_eq!(Money::new(123_456_789, Currency::USD).to_string(), "1,234,567.89 USD");
        assert_eq!(Money::new(-5, Currency::USD).to_string(), "-0.05 USD");
    }

    #[test]
    fn conversion_rounds_half_away_from_zero() {
        let half = ExchangeRate {
            from: Currency::EUR,
            to: Currency::USD,
            rate_nanos: 500_000_000,
            as_of: "2025".into(),
            source: "test".into(),
        };
        assert_eq!(half.convert_cents(3), 2);
        assert_eq!(half.convert_cents(-3), -2);
        assert_eq!(half.convert_cents(4), 2);
    }

    #[test]
    fn every_listed_code_parses_and_others_do_not() {
        assert!(Currency::ALL.iter().all(|code| code.parse::<Currency>().is_ok()));
        assert_eq!((Currency::EUR.code(), Currency::USD.code()), ("EUR", "USD"));
        assert_eq!("XXX".parse::<Currency>(), Err(UnknownCurrency("XXX".into())));
    }
}
