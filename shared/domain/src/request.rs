//! What a client may POST, and its parsing into what the house works with.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    brief::{Diet, HouseRule, LodgingKind, Pace, RoomType, Tier, TransportMode},
    gate::{GatePolicy, OnTimeout},
    job::{WorkflowKind, words},
    money::{Currency, Money},
};

pub const QUERY_CHARS_MAX: usize = 8_000;
/// How much of a query a job's summary shows.
const SUMMARY_CHARS_MAX: usize = 200;
pub const TRAVELLERS_MAX: u32 = 50;
pub const DAYS_MAX: u32 = 60;
/// The most cities of one trip.
pub const CITIES_MAX: u32 = 6;
/// How far ahead a trip may start: beyond it neither fares nor hours mean anything.
pub const AHEAD_DAYS_MAX: i64 = 730;
pub const DEADLINE_S_MAX: u64 = 7 * 24 * 3600;
pub const APPROVAL_TIMEOUT_S_MAX: u64 = 90 * 24 * 3600;
pub const PROBE_STEPS_MAX: u32 = 1_000;
pub const PROBE_DELAY_MS_MAX: u64 = 60_000;

words!(
    /// When a person must approve the plan.
    ApprovalPolicy {
        /// Only above the configured price, and in proactive jobs.
        Auto = "auto",
        Always = "always",
        /// No approval; questions are still asked.
        Never = "never",
    }
);

macro_rules! wire_object {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
        #[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
        #[serde(deny_unknown_fields, default)]
        pub struct $name { $($(#[$fdoc])* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$ty>),+ }
    };
}

/// An amount as people write it: 1800 or 1800.50.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields))]
#[serde(deny_unknown_fields)]
pub struct BudgetRequest {
    /// In main units of the currency.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "0.01"), maximum(value = "100000000"))))]
    pub amount: f64,
    /// ISO 4217, such as `EUR`.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 3, max_length = 3)))]
    pub currency: String,
}

wire_object!(
    /// Wishes for the bed; each that is given is a hard constraint.
    LodgingRequest {
        kind: LodgingKind,
        room_type: RoomType,
        tier: Tier,
        /// What no house may forbid.
        #[cfg_attr(feature = "openapi", oai(validator(max_items = 5)))]
        allows: Vec<HouseRule>,
    }
);
wire_object!(
    /// Wishes for getting there.
    TransportRequest {
        /// Means that must not be used.
        #[cfg_attr(feature = "openapi", oai(validator(max_items = 5)))]
        avoid: Vec<TransportMode>
    }
);
wire_object!(
    /// What the trip must be. A field wins over what the text says.
    Constraints {
        /// The whole trip, everyone, in US dollars. Not together with `budget`.
        #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "0.01"), maximum(value = "100000000"))))]
        budget_usd: f64,
        /// The whole trip, everyone. Not together with `budget_usd`.
        budget: BudgetRequest,
        /// A city.
        #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
        origin: String,
        /// A city, a country or another region.
        #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
        destination: String,
        /// Several cities, all of which are visited, in the best order. Not together with `destination`.
        #[cfg_attr(feature = "openapi", oai(validator(min_items = 1, max_items = 6, min_length = 1, max_length = 100)))]
        destinations: Vec<String>,
        /// How many cities of a country or region are visited.
        #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "6"))))]
        city_count: u32,
        /// The day of travelling there.
        start_date: NaiveDate,
        /// The day of travelling back, inclusive.
        end_date: NaiveDate,
        /// Both ends counted.
        #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "60"))))]
        days: u32,
        #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "50"))))]
        travellers: u32,
        /// Kitchens, each of which is eaten at least once.
        #[cfg_attr(feature = "openapi", oai(validator(max_items = 10, min_length = 1, max_length = 64)))]
        cuisines: Vec<String>,
        /// Such as `art`, `history` or a kitchen such as `seafood`.
        #[cfg_attr(feature = "openapi", oai(validator(max_items = 20, min_length = 1, max_length = 64)))]
        interests: Vec<String>,
        #[cfg_attr(feature = "openapi", oai(validator(max_items = 7)))]
        diet: Vec<Diet>,
        lodging: LodgingRequest,
        transport: TransportRequest,
        pace: Pace,
        /// Names of sights.
        #[cfg_attr(feature = "openapi", oai(validator(max_items = 20, min_length = 1, max_length = 100)))]
        must_see: Vec<String>,
        /// Names of sights, or interests, to leave out.
        #[cfg_attr(feature = "openapi", oai(validator(max_items = 20, min_length = 1, max_length = 100)))]
        avoid: Vec<String>,
    }
);
wire_object!(
    /// What a probe job does. Defaults come from configuration.
    ProbeRequest {
        #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "1000"))))]
        steps: u32,
        #[cfg_attr(feature = "openapi", oai(validator(maximum(value = "60000"))))]
        delay_ms: u64,
        /// The step whose code panics, each time that it is tried; at most `steps`. For proofs that a panic harms nobody else.
        #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "1000"))))]
        panics_at_step: u32,
    }
);

/// A request for a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    /// The person for whom the plan is; yours to choose.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 128)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The wish in plain English.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 8000)))]
    pub query: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Constraints>,
    /// Default `auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalPolicy>,
    /// Seconds that a person has for each approval and each question. 259200, three days, unless configured otherwise.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "7776000"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_timeout_s: Option<u64>,
    /// What happens when nobody has decided by then. `reject` unless configured otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_timeout: Option<OnTimeout>,
    /// Seconds until the job fails with `deadline`, waiting for people included. No deadline by default.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "604800"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_s: Option<u64>,
    /// Default `travel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowKind>,
    /// Only with the workflow `probe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<ProbeRequest>,
}

/// One wrong value: where, what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
pub struct FieldError {
    /// JSON pointer into the body (`/constraints/days`), or the name of a parameter or header.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

impl PlanRequest {
    /// Checks what a schema cannot say: that values fit each other and the calendar. `now` is the present instant.
    ///
    /// # Errors
    /// Every wrong value at once.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        self.check_shape(&mut errors);
        if let Some(constraints) = &self.constraints {
            constraints.check(now, &mut errors);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// How long its gates stay open, and what happens then.
    #[must_use]
    pub fn gate_policy(&self) -> GatePolicy {
        GatePolicy { timeout_s: self.approval_timeout_s, on_timeout: self.on_timeout }
    }

    /// One line of the query, for lists.
    #[must_use]
    pub fn summary(&self) -> String {
        let line = self.query.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() <= SUMMARY_CHARS_MAX {
            return line;
        }
        line.chars().take(SUMMARY_CHARS_MAX - 1).chain(['…']).collect()
    }

    fn check_shape(&self, errors: &mut Vec<FieldError>) {
        if self.query.trim().is_empty() {
            errors.push(FieldError::new("/query", "is empty; say what to plan, such as \"4 days in Lisbon for two\""));
        }
        if self.query.chars().count() > QUERY_CHARS_MAX {
            errors.push(FieldError::new("/query", format!("is longer than {QUERY_CHARS_MAX} characters; shorten it")));
        }
        if self.query.contains('\0') {
            errors.push(FieldError::new("/query", "holds a NUL character; remove it"));
        }
        if self
            .user_id
            .as_deref()
            .is_some_and(|id| id.trim().is_empty() || id.contains('\0') || id.chars().count() > 128)
        {
            errors.push(FieldError::new(
                "/user_id",
                "is empty or longer than 128 characters, or holds a NUL; give a short id or leave it out",
            ));
        }
        if self.deadline_s.is_some_and(|seconds| !(1..=DEADLINE_S_MAX).contains(&seconds)) {
            errors.push(FieldError::new("/deadline_s", format!("is not from 1 to {DEADLINE_S_MAX} seconds")));
        }
        if self.approval_timeout_s.is_some_and(|seconds| !(1..=APPROVAL_TIMEOUT_S_MAX).contains(&seconds)) {
            let detail = format!("is not from 1 to {APPROVAL_TIMEOUT_S_MAX} seconds");
            errors.push(FieldError::new("/approval_timeout_s", detail));
        }
        let Some(probe) = &self.probe else { return };
        if self.workflow != Some(WorkflowKind::Probe) {
            errors.push(FieldError::new("/probe", "goes only with \"workflow\": \"probe\""));
        }
        if probe.steps.is_some_and(|steps| !(1..=PROBE_STEPS_MAX).contains(&steps)) {
            errors.push(FieldError::new("/probe/steps", format!("is not from 1 to {PROBE_STEPS_MAX}")));
        }
        if probe.delay_ms.is_some_and(|delay| delay > PROBE_DELAY_MS_MAX) {
            errors.push(FieldError::new("/probe/delay_ms", format!("is over {PROBE_DELAY_MS_MAX} ms")));
        }
        let steps_max = probe.steps.unwrap_or(PROBE_STEPS_MAX).max(1);
        if probe.panics_at_step.is_some_and(|step| !(1..=steps_max).contains(&step)) {
            errors
                .push(FieldError::new("/probe/panics_at_step", format!("is not from 1 to {steps_max}, the last step")));
        }
    }
}

impl Constraints {
    /// The budget, whichever way it was given.
    #[must_use]
    pub fn budget_money(&self) -> Option<Money> {
        #[expect(clippy::cast_possible_truncation, reason = "at most 1e10 by check()")]
        let cents = |amount: f64| (amount * 100.0).round() as i64;
        match (&self.budget, self.budget_usd) {
            (Some(budget), _) => Some(Money::new(cents(budget.amount), budget.currency.parse().ok()?)),
            (None, Some(usd)) => Some(Money::new(cents(usd), Currency::USD)),
            (None, None) => None,
        }
    }

    fn check(&self, now: DateTime<Utc>, errors: &mut Vec<FieldError>) {
        self.check_budget(errors);
        self.check_dates(now, errors);
        if self.travellers.is_some_and(|count| !(1..=TRAVELLERS_MAX).contains(&count)) {
            errors.push(FieldError::new("/constraints/travellers", format!("is not from 1 to {TRAVELLERS_MAX}")));
        }
        if self.destination.is_some() && self.destinations.is_some() {
            errors.push(FieldError::new(
                "/constraints/destinations",
                "stands beside \"destination\"; give one of the two",
            ));
        }
        if self.city_count.is_some_and(|count| !(1..=CITIES_MAX).contains(&count)) {
            errors.push(FieldError::new("/constraints/city_count", format!("is not from 1 to {CITIES_MAX}")));
        }
        let destinations = self.destinations.iter().flatten().enumerate();
        for (index, place) in destinations.filter(|(_, place)| place.trim().is_empty() || place.contains('\0')) {
            errors.push(FieldError::new(
                format!("/constraints/destinations/{index}"),
                format!("\"{}\" is no name of a city; give one or leave it out", place.escape_debug()),
            ));
        }
        for (name, place) in [("origin", &self.origin), ("destination", &self.destination)] {
            if place.as_deref().is_some_and(|text| text.trim().is_empty() || text.contains('\0')) {
                errors.push(FieldError::new(
                    format!("/constraints/{name}"),
                    "is empty; give the name of a city or leave it out",
                ));
            }
        }
    }

    fn check_budget(&self, errors: &mut Vec<FieldError>) {
        const AMOUNTS: std::ops::RangeInclusive<f64> = 0.01..=100_000_000.0;
        if self.budget.is_some() && self.budget_usd.is_some() {
            errors.push(FieldError::new("/constraints/budget_usd", "stands beside \"budget\"; give one of the two"));
        }
        if self.budget_usd.is_some_and(|amount| !AMOUNTS.contains(&amount)) {
            errors.push(FieldError::new("/constraints/budget_usd", "is not from 0.01 to 100000000"));
        }
        let Some(budget) = &self.budget else { return };
        if !AMOUNTS.contains(&budget.amount) {
            errors.push(FieldError::new("/constraints/budget/amount", "is not from 0.01 to 100000000"));
        }
        if let Err(unknown) = budget.currency.parse::<Currency>() {
            errors.push(FieldError::new("/constraints/budget/currency", unknown.to_string()));
        }
    }

    fn check_dates(&self, now: DateTime<Utc>, errors: &mut Vec<FieldError>) {
        // West of Greenwich it may still be yesterday.
        let first = now.date_naive() - Duration::days(1);
        let last = now.date_naive() + Duration::days(AHEAD_DAYS_MAX);
        for (name, date) in [("start_date", self.start_date), ("end_date", self.end_date)] {
            let Some(date) = date else { continue };
            let pointer = format!("/constraints/{name}");
            if date < first {
                errors.push(FieldError::new(pointer, format!("{date} is in the past; give a day from {first} on")));
            } else if date > last {
                errors.push(FieldError::new(pointer, format!("{date} is too far ahead; give a day up to {last}")));
            }
        }
        if self.days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
            errors.push(FieldError::new("/constraints/days", format!("is not from 1 to {DAYS_MAX}")));
        }
        let (Some(start), Some(end)) = (self.start_date, self.end_date) else { return };
        let span = (end - start).num_days() + 1;
        if span < 1 {
            errors.push(FieldError::new("/constraints/end_date", format!("{end} is before start_date {start}")));
        } else if span > i64::from(DAYS_MAX) {
            errors.push(FieldError::new(
                "/constraints/end_date",
                format!("makes a trip of {span} days; the most is {DAYS_MAX}"),
            ));
        } else if self.days.is_some_and(|days| i64::from(days) != span) {
            errors.push(FieldError::new(
                "/constraints/days",
                format!("says another length than {start} to {end} ({span} days); leave one of them out"),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(query: &str) -> String {
        let request: PlanRequest = serde_json::from_value(serde_json::json!({ "query": query })).expect("it reads");
        request.summary()
    }

    #[test]
    fn a_long_query_is_shortened_between_characters() {
        assert_eq!(summary("  two\n words "), "two words");
        let short = summary(&"ü".repeat(300));
        assert_eq!(short.chars().count(), SUMMARY_CHARS_MAX);
        assert!(short.ends_with("ü…"));
    }
}
