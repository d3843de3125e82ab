//! Suggestions: what started one, and what it says beside its plan.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    WatchId,
    job::words,
    request::{AHEAD_DAYS_MAX, BudgetRequest, DAYS_MAX, FieldError, TRAVELLERS_MAX},
    watch::{TripWish, check_money, check_text},
};

const CITY_CHARS_MAX: usize = 100;
const TEXT_CHARS_MAX: usize = 500;
/// Pieces of evidence that one suggestion shows.
pub const EVIDENCE_MAX: usize = 20;

words!(
    /// What makes a suggestion worth making.
    Trigger {
        PriceDrop = "price_drop",
        CalendarGap = "calendar_gap",
        BudgetSurplus = "budget_surplus",
    }
);

/// What a trigger is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "trigger", content = "context", rename_all = "snake_case")]
pub enum SuggestContext {
    PriceDrop(PriceDropContext),
    CalendarGap(CalendarGapContext),
    BudgetSurplus(BudgetSurplusContext),
}

/// The context of `price_drop`: flights that have become cheap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields)]
pub struct PriceDropContext {
    /// A city.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
    pub origin: String,
    /// A city.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
    pub destination: String,
    pub depart: NaiveDate,
    /// The day of travelling back. Default three nights later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_date: Option<NaiveDate>,
    /// Default 1.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "50"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub travellers: Option<u32>,
    /// What the flights cost now, for everyone.
    pub price: BudgetRequest,
    /// What they cost before, in the same currency.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "0.01"), maximum(value = "100000000"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<f64>,
    /// Who says so.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 500)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// For the whole trip, everyone and everything. Assumed without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetRequest>,
    /// What the trip should be like, in plain English.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 500)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wishes: Option<String>,
}

/// The context of `calendar_gap`: days without an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields)]
pub struct CalendarGapContext {
    /// The first free day.
    pub from: NaiveDate,
    /// The last free day.
    pub until: NaiveDate,
    /// What the trip should be. It is as long as the free days, unless that says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trip: Option<TripWish>,
}

/// The context of `budget_surplus`: money that is left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields)]
pub struct BudgetSurplusContext {
    /// What may be spent: the trip's budget, unless `trip` names a smaller one.
    pub left: BudgetRequest,
    /// The last day of the month or quarter that it is left of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_end: Option<NaiveDate>,
    /// The first day of the trip. Default the first Friday two weeks ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date: Option<NaiveDate>,
    /// What the trip should be. Default three days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trip: Option<TripWish>,
}

/// Something that speaks for a suggestion: what was seen, by whom, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
pub struct Evidence {
    /// One sentence.
    pub text: String,
    /// Who says so.
    pub source: String,
    pub observed_at: DateTime<Utc>,
    /// A simulation moves the value.
    pub simulated: bool,
}

/// What a suggestion says beside its plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    pub trigger: Trigger,
    /// Why now, in one sentence or two.
    pub reason: String,
    pub evidence: Vec<Evidence>,
    /// The watch that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch_id: Option<WatchId>,
}

impl SuggestContext {
    #[must_use]
    pub fn trigger(&self) -> Trigger {
        match self {
            Self::PriceDrop(_) => Trigger::PriceDrop,
            Self::CalendarGap(_) => Trigger::CalendarGap,
            Self::BudgetSurplus(_) => Trigger::BudgetSurplus,
        }
    }

    /// Checks what a schema cannot say. `now` is the present instant.
    ///
    /// # Errors
    /// Every wrong value at once; the pointers begin at the context.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        let (first, last) = (now.date_naive() - Duration::days(1), now.date_naive() + Duration::days(AHEAD_DAYS_MAX));
        let ahead = |name: &str, day: NaiveDate, errors: &mut Vec<FieldError>| {
            if day < first || day > last {
                errors.push(FieldError::new(format!("/{name}"), format!("{day} is not from {first} to {last}")));
            }
        };
        match self {
            Self::PriceDrop(context) => {
                ahead("depart", context.depart, &mut errors);
                context.check(&mut errors);
            }
            Self::CalendarGap(context) => {
                ahead("from", context.from, &mut errors);
                if context.until < context.from {
                    let detail = format!("{} is before from {}", context.until, context.from);
                    errors.push(FieldError::new("/until", detail));
                }
                check_wish(context.trip.as_ref(), &mut errors);
            }
            Self::BudgetSurplus(context) => {
                check_money(&context.left, "/left", &mut errors);
                if let Some(start) = context.start_date {
                    ahead("start_date", start, &mut errors);
                }
                check_wish(context.trip.as_ref(), &mut errors);
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

fn check_wish(wish: Option<&TripWish>, errors: &mut Vec<FieldError>) {
    if let Some(wish) = wish {
        wish.check("/trip", errors);
    }
}

impl PriceDropContext {
    fn check(&self, errors: &mut Vec<FieldError>) {
        check_text(&self.origin, "/origin", CITY_CHARS_MAX, errors);
        check_text(&self.destination, "/destination", CITY_CHARS_MAX, errors);
        let texts = [("/source", &self.source), ("/wishes", &self.wishes)];
        for (pointer, text) in texts.into_iter().filter_map(|(pointer, text)| Some((pointer, text.as_ref()?))) {
            check_text(text, pointer, TEXT_CHARS_MAX, errors);
        }
        check_money(&self.price, "/price", errors);
        if let Some(budget) = &self.budget {
            check_money(budget, "/budget", errors);
        }
        if self.travellers.is_some_and(|count| !(1..=TRAVELLERS_MAX).contains(&count)) {
            errors.push(FieldError::new("/travellers", format!("is not from 1 to {TRAVELLERS_MAX}")));
        }
        if self.reference.is_some_and(|amount| !(0.01..=100_000_000.0).contains(&amount)) {
            errors.push(FieldError::new("/reference", "is not from 0.01 to 100000000"));
        }
        let days = self.return_date.map(|back| (back - self.depart).num_days() + 1);
        if days.is_some_and(|days| !(1..=i64::from(DAYS_MAX)).contains(&days)) {
            errors.push(FieldError::new("/return_date", format!("does not make a trip of 1 to {DAYS_MAX} days")));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_wrong_value_of_a_context_is_named() {
        let now = "2026-11-28T00:00:00Z".parse().expect("an instant");
        let pointers = |json: serde_json::Value| {
            let context: SuggestContext = serde_json::from_value(json).expect("it reads");
            let errors = context.check(now).expect_err("it is wrong");
            errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>()
        };
        let price = json!({ "trigger": "price_drop", "context": { "origin": " ", "destination": "Lisbon",
            "depart": "2020-05-08", "return_date": "2020-05-07", "price": { "amount": 0.0, "currency": "EUX" } } });
        assert_eq!(pointers(price), ["/depart", "/origin", "/price/amount", "/price/currency", "/return_date"]);
        let gap = json!({ "trigger": "calendar_gap", "context": { "from": "2027-05-08", "until": "2027-05-01",
            "trip": { "travellers": 0 } } });
        assert_eq!(pointers(gap), ["/until", "/trip/travellers"]);
        let left = json!({ "trigger": "budget_surplus", "context": { "left": { "amount": -1.0, "currency": "EUR" },
            "start_date": "2036-05-08" } });
        assert_eq!(pointers(left), ["/left/amount", "/start_date"]);
    }
}
