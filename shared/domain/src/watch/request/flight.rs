//! Flight prices: what is looked at, and when a price is worth a word.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{CITY_CHARS_MAX, WISHES_CHARS_MAX, check_text};
use crate::{
    money::Currency,
    request::{AHEAD_DAYS_MAX, DAYS_MAX, FieldError, TRAVELLERS_MAX},
};

/// Days of departure that one watch looks at.
pub const WINDOW_DAYS_MAX: i64 = 31;

/// The cheapest flights of a route in a window of days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields)]
pub struct FlightPriceWatch {
    /// A city.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
    pub origin: String,
    /// A city.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
    pub destination: String,
    /// The day of departure, or the first one of a window.
    pub depart: NaiveDate,
    /// The last day of the window, at most 31 days in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depart_until: Option<NaiveDate>,
    /// The flight back is so many nights later, and counts. Without it only the flight there counts.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "59"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nights: Option<u32>,
    /// Default 1. The price is for all of them.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "50"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub travellers: Option<u32>,
    /// ISO 4217; default `EUR`.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 3, max_length = 3)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    pub threshold: PriceThreshold,
    /// What the suggested trip should be like, in plain English.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 500)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wishes: Option<String>,
}

/// When a price is worth a word: exactly one of the three.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields, default)]
pub struct PriceThreshold {
    /// At this amount or below it, in main units of the currency.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "0.01"), maximum(value = "100000000"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// So many percent below its reference: the price at the first look.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "90"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// In the lowest tenth of its own history, and at least three percent below its median. Needs eight looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unusually_low: Option<bool>,
}

impl FlightPriceWatch {
    pub(super) fn series(&self) -> impl PartialEq + use<> {
        let places = (self.origin.to_lowercase(), self.destination.to_lowercase());
        (places, self.depart, self.depart_until, self.nights, self.travellers(), self.currency())
    }

    #[must_use]
    pub fn travellers(&self) -> u32 {
        self.travellers.unwrap_or(1)
    }

    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency.as_deref().and_then(|code| code.parse().ok()).unwrap_or(Currency::EUR)
    }

    /// The last day of departure.
    #[must_use]
    pub fn last_day(&self) -> NaiveDate {
        self.depart_until.unwrap_or(self.depart)
    }

    pub(super) fn check(&self, now: DateTime<Utc>, errors: &mut Vec<FieldError>) {
        const AT: &str = "/watch/flight_price";
        check_text(&self.origin, &format!("{AT}/origin"), CITY_CHARS_MAX, errors);
        check_text(&self.destination, &format!("{AT}/destination"), CITY_CHARS_MAX, errors);
        if let Some(wishes) = &self.wishes {
            check_text(wishes, &format!("{AT}/wishes"), WISHES_CHARS_MAX, errors);
        }
        let mut wrong = |name: &str, detail: String| errors.push(FieldError::new(format!("{AT}/{name}"), detail));
        let (first, last) = (now.date_naive() - Duration::days(1), now.date_naive() + Duration::days(AHEAD_DAYS_MAX));
        if self.depart < first || self.depart > last {
            wrong("depart", format!("{} is not from {first} to {last}", self.depart));
        }
        let days = (self.last_day() - self.depart).num_days() + 1;
        if !(1..=WINDOW_DAYS_MAX).contains(&days) {
            wrong("depart_until", format!("makes a window of {days} days; it has 1 to {WINDOW_DAYS_MAX}"));
        }
        if self.nights.is_some_and(|nights| !(1..DAYS_MAX).contains(&nights)) {
            wrong("nights", format!("is not from 1 to {}", DAYS_MAX - 1));
        }
        if self.travellers.is_some_and(|count| !(1..=TRAVELLERS_MAX).contains(&count)) {
            wrong("travellers", format!("is not from 1 to {TRAVELLERS_MAX}"));
        }
        if let Some(Err(unknown)) = self.currency.as_deref().map(str::parse::<Currency>) {
            wrong("currency", unknown.to_string());
        }
        let PriceThreshold { below, percent, unusually_low } = &self.threshold;
        let given = [below.is_some(), percent.is_some(), unusually_low == &Some(true)];
        if given.iter().filter(|is_given| **is_given).count() != 1 || unusually_low == &Some(false) {
            wrong("threshold", "needs exactly one of \"below\", \"percent\" and \"unusually_low\": true".to_owned());
        }
        if below.is_some_and(|amount| !(0.01..=100_000_000.0).contains(&amount)) {
            wrong("threshold/below", "is not from 0.01 to 100000000".to_owned());
        }
        if percent.is_some_and(|percent| !(1..=90).contains(&percent)) {
            wrong("threshold/percent", "is not from 1 to 90".to_owned());
        }
    }
}
