//! What a suggested trip should be.

use serde::{Deserialize, Serialize};

use super::{CITY_CHARS_MAX, WISHES_CHARS_MAX, check_money, check_text};
use crate::request::{BudgetRequest, DAYS_MAX, FieldError, TRAVELLERS_MAX};

/// What a suggested trip should be. What is left out is chosen or assumed, and said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields, default)]
pub struct TripWish {
    /// A city.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// A city. Without it the one that is cheapest to get to.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "50"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub travellers: Option<u32>,
    /// Days of the trip, both ends counted.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "60"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// For everyone and everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetRequest>,
    /// In plain English, such as `art and seafood`.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 500)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wishes: Option<String>,
}

impl TripWish {
    /// Checks what a schema cannot say; `at` is the pointer of the wish.
    pub fn check(&self, at: &str, errors: &mut Vec<FieldError>) {
        let cities = [("origin", &self.origin), ("destination", &self.destination)];
        for (name, city) in cities.into_iter().filter_map(|(name, city)| Some((name, city.as_ref()?))) {
            check_text(city, &format!("{at}/{name}"), CITY_CHARS_MAX, errors);
        }
        if let Some(wishes) = &self.wishes {
            check_text(wishes, &format!("{at}/wishes"), WISHES_CHARS_MAX, errors);
        }
        if let Some(budget) = &self.budget {
            check_money(budget, &format!("{at}/budget"), errors);
        }
        if self.travellers.is_some_and(|count| !(1..=TRAVELLERS_MAX).contains(&count)) {
            errors.push(FieldError::new(format!("{at}/travellers"), format!("is not from 1 to {TRAVELLERS_MAX}")));
        }
        if self.days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
            errors.push(FieldError::new(format!("{at}/days"), format!("is not from 1 to {DAYS_MAX}")));
        }
    }
}
