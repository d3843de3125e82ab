//! Budgets: what comes in, what goes out, and what must be left.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::TripWish;
use crate::{
    money::{Currency, Money},
    request::FieldError,
    watch::Period,
};

pub const SPENDING_MAX: usize = 500;

/// What is left of an income or of a budget. Exactly one of `income` and `budget`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields)]
pub struct BudgetSurplusWatch {
    /// ISO 4217, of every amount here.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 3, max_length = 3)))]
    pub currency: String,
    pub period: Period,
    /// What comes in during one period.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "0"), maximum(value = "100000000"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub income: Option<f64>,
    /// What is set aside for travelling in one period.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "0"), maximum(value = "100000000"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<f64>,
    /// What is or will be spent; each counts in the period of its day.
    #[cfg_attr(feature = "openapi", oai(default, validator(max_items = 500)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spending: Vec<Spending>,
    /// What must be left for a word.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "0.01"), maximum(value = "100000000"))))]
    pub at_least: f64,
    /// What to suggest for the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trip: Option<TripWish>,
}

/// Money that goes out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields))]
#[serde(deny_unknown_fields)]
pub struct Spending {
    pub date: NaiveDate,
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "0"), maximum(value = "100000000"))))]
    pub amount: f64,
}

impl BudgetSurplusWatch {
    #[must_use]
    pub fn money(&self, amount: f64) -> Money {
        #[expect(clippy::cast_possible_truncation, reason = "at most 1e10 by check()")]
        let cents = (amount * 100.0).round() as i64;
        Money::new(cents, self.currency.parse().unwrap_or(Currency::EUR))
    }

    pub(super) fn check(&self, errors: &mut Vec<FieldError>) {
        const AT: &str = "/watch/budget_surplus";
        let mut wrong = |name: &str, detail: String| errors.push(FieldError::new(format!("{AT}{name}"), detail));
        if self.income.is_some() == self.budget.is_some() {
            wrong("", "needs exactly one of \"income\" and \"budget\"".to_owned());
        }
        if let Err(unknown) = self.currency.parse::<Currency>() {
            wrong("/currency", unknown.to_string());
        }
        let is_amount = |amount: f64| (0.0..=100_000_000.0).contains(&amount);
        for (name, amount) in [("/income", self.income), ("/budget", self.budget)] {
            if amount.is_some_and(|amount| !is_amount(amount)) {
                wrong(name, "is not from 0 to 100000000".to_owned());
            }
        }
        if !(0.01..=100_000_000.0).contains(&self.at_least) {
            wrong("/at_least", "is not from 0.01 to 100000000".to_owned());
        }
        if self.spending.len() > SPENDING_MAX {
            wrong("/spending", format!("has {} entries; the most is {SPENDING_MAX}", self.spending.len()));
        }
        for (index, _) in self.spending.iter().enumerate().filter(|(_, spending)| !is_amount(spending.amount)) {
            wrong(&format!("/spending/{index}/amount"), "is not from 0 to 100000000".to_owned());
        }
        if let Some(trip) = &self.trip {
            trip.check(&format!("{AT}/trip"), errors);
        }
    }
}
