//! A watch as people write it, and its parsing into what the house works with.

mod budget;
mod calendar;
mod flight;
mod wish;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::WatchKind;
use crate::{
    money::Currency,
    request::{BudgetRequest, FieldError},
    schedule::NAME_CHARS_MAX,
};

pub use budget::{BudgetSurplusWatch, SPENDING_MAX, Spending};
pub use calendar::{CALENDAR_CHARS_MAX, CalendarGapWatch, GAP_DAYS_MAX, HORIZON_DAYS_MAX};
pub use flight::{FlightPriceWatch, PriceThreshold, WINDOW_DAYS_MAX};
pub use wish::TripWish;

const QUIET_S_DEFAULT: u64 = 24 * 3_600;
const QUIET_S_MAX: u64 = 90 * 24 * 3_600;
const HYSTERESIS_DEFAULT: u32 = 2;
const HYSTERESIS_MAX: u32 = 50;
const FIRINGS_MAX: u32 = 1_000;
const CEILING_USD_MAX: f64 = 100_000.0;
const ZONE_DEFAULT: &str = "UTC";
const CITY_CHARS_MAX: usize = 100;
const WISHES_CHARS_MAX: usize = 500;
const USER_CHARS_MAX: usize = 128;

/// A watch as people write it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields)]
pub struct WatchRequest {
    /// What people call it.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
    pub name: String,
    pub watch: WatchTarget,
    /// For whom; yours to choose. Alerts and suggestions are this person's.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 128)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The IANA zone in which the person's days begin and it gets nine in the morning. Default `UTC`.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 64)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// After it fired it is quiet for so long, in seconds. Default a day.
    #[cfg_attr(feature = "openapi", oai(validator(maximum(value = "7776000"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_s: Option<u64>,
    /// Once it has fired, the value must go back over the threshold by so many percent before it can fire again. Default 2.
    #[cfg_attr(feature = "openapi", oai(validator(maximum(value = "50"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hysteresis_percent: Option<u32>,
    /// What models and paid providers may cost for its suggestions together, in US dollars. Then it pauses. No ceiling by
    /// default.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "0.01"), maximum(value = "100000"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_ceiling_usd: Option<f64>,
    /// It ends when it has fired so often.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "1000"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firings_max: Option<u32>,
    /// It ends then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
}

/// What is looked at: one field, named after the kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Union))]
#[cfg_attr(feature = "openapi", oai(externally_tagged, rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum WatchTarget {
    /// What flights cost, every six hours.
    FlightPrice(FlightPriceWatch),
    /// Free days in a calendar, at nine in the morning.
    CalendarGap(CalendarGapWatch),
    /// Money that is left, on Monday mornings.
    BudgetSurplus(BudgetSurplusWatch),
}

/// A watch with nothing left open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatchSpec {
    pub name: String,
    pub target: WatchTarget,
    pub user_id: Option<String>,
    pub time_zone: String,
    pub quiet_ms: i64,
    pub hysteresis_percent: u32,
    pub cost_ceiling_usd: Option<f64>,
    pub firings_max: Option<u32>,
    pub ends_at: Option<DateTime<Utc>>,
}

impl WatchTarget {
    #[must_use]
    pub fn kind(&self) -> WatchKind {
        match self {
            Self::FlightPrice(_) => WatchKind::FlightPrice,
            Self::CalendarGap(_) => WatchKind::CalendarGap,
            Self::BudgetSurplus(_) => WatchKind::BudgetSurplus,
        }
    }

    /// Whether what both see belongs into one history.
    #[must_use]
    pub fn is_same_series(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::FlightPrice(one), Self::FlightPrice(other)) => one.series() == other.series(),
            (Self::CalendarGap(one), Self::CalendarGap(other)) => one.url == other.url,
            (Self::BudgetSurplus(one), Self::BudgetSurplus(other)) => {
                (&one.currency, one.period, one.income.is_some())
                    == (&other.currency, other.period, other.income.is_some())
            }
            _ => false,
        }
    }

    /// As answers show it: a calendar's text is not repeated.
    #[must_use]
    pub fn shown(mut self) -> Self {
        if let Self::CalendarGap(watch) = &mut self {
            watch.calendar = None;
        }
        self
    }
}

impl WatchRequest {
    /// Checks what a schema cannot say. `now` is the present instant.
    ///
    /// # Errors
    /// Every wrong value at once.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&self.name, "/name", NAME_CHARS_MAX, &mut errors);
        if let Some(user_id) = &self.user_id {
            check_text(user_id, "/user_id", USER_CHARS_MAX, &mut errors);
        }
        let mut wrong = |pointer: &str, detail: String| errors.push(FieldError::new(pointer, detail));
        if let Some(zone) = self.time_zone.as_deref().filter(|zone| zone.parse::<Tz>().is_err()) {
            let zone = zone.escape_debug();
            wrong("/time_zone", format!("\"{zone}\" is not an IANA time zone such as Europe/Paris or UTC"));
        }
        if self.quiet_s.is_some_and(|seconds| seconds > QUIET_S_MAX) {
            wrong("/quiet_s", format!("is over {QUIET_S_MAX} seconds, which are 90 days"));
        }
        if self.hysteresis_percent.is_some_and(|percent| percent > HYSTERESIS_MAX) {
            wrong("/hysteresis_percent", format!("is over {HYSTERESIS_MAX}"));
        }
        if self.cost_ceiling_usd.is_some_and(|ceiling| !(0.01..=CEILING_USD_MAX).contains(&ceiling)) {
            wrong("/cost_ceiling_usd", format!("is not from 0.01 to {CEILING_USD_MAX}"));
        }
        if self.firings_max.is_some_and(|firings| !(1..=FIRINGS_MAX).contains(&firings)) {
            wrong("/firings_max", format!("is not from 1 to {FIRINGS_MAX}"));
        }
        if let Some(ends_at) = self.ends_at.filter(|ends_at| *ends_at <= now) {
            wrong("/ends_at", format!("{ends_at} is in the past; give a later instant or leave it out"));
        }
        match &self.watch {
            WatchTarget::FlightPrice(watch) => watch.check(now, &mut errors),
            WatchTarget::CalendarGap(watch) => watch.check(&mut errors),
            WatchTarget::BudgetSurplus(watch) => watch.check(&mut errors),
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Puts the defaults in.
    #[must_use]
    pub fn into_spec(self) -> WatchSpec {
        let millis = |seconds: u64| i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
        WatchSpec {
            name: self.name,
            target: self.watch,
            user_id: self.user_id,
            time_zone: self.time_zone.unwrap_or_else(|| ZONE_DEFAULT.to_owned()),
            quiet_ms: millis(self.quiet_s.unwrap_or(QUIET_S_DEFAULT)),
            hysteresis_percent: self.hysteresis_percent.unwrap_or(HYSTERESIS_DEFAULT),
            cost_ceiling_usd: self.cost_ceiling_usd,
            firings_max: self.firings_max,
            ends_at: self.ends_at,
        }
    }
}

/// A text that says something, in one line of at most `chars_max` characters.
pub(crate) fn check_text(text: &str, pointer: &str, chars_max: usize, errors: &mut Vec<FieldError>) {
    if text.trim().is_empty() || text.contains('\0') || text.chars().count() > chars_max {
        let detail = format!("is empty or longer than {chars_max} characters, or holds a NUL");
        errors.push(FieldError::new(pointer, detail));
    }
}

pub(crate) fn check_money(money: &BudgetRequest, pointer: &str, errors: &mut Vec<FieldError>) {
    if !(0.01..=100_000_000.0).contains(&money.amount) {
        errors.push(FieldError::new(format!("{pointer}/amount"), "is not from 0.01 to 100000000"));
    }
    if let Err(unknown) = money.currency.parse::<Currency>() {
        errors.push(FieldError::new(format!("{pointer}/currency"), unknown.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-28T00:00:00Z".parse().expect("an instant")
    }

    fn request(json: serde_json::Value) -> WatchRequest {
        serde_json::from_value(json).expect("it reads")
    }

    fn pointers(json: serde_json::Value) -> Vec<String> {
        let errors = request(json).check(now()).expect_err("it is wrong");
        let mut pointers: Vec<String> = errors.into_iter().map(|error| error.pointer).collect();
        pointers.sort();
        pointers
    }

    #[test]
    fn defaults_are_careful() {
        let watch = json!({ "flight_price": { "origin": "Berlin", "destination": "Lisbon", "depart": "2027-05-08",
            "threshold": { "percent": 10 } } });
        let spec = request(json!({ "name": "n", "watch": watch })).into_spec();
        assert_eq!((spec.quiet_ms, spec.hysteresis_percent, spec.time_zone.as_str()), (86_400_000, 2, "UTC"));
    }

    #[test]
    fn every_wrong_value_is_named() {
        let flight = json!({ "origin": " ", "destination": "x", "depart": "2020-01-01", "depart_until": "2019-01-01",
            "nights": 60, "travellers": 0, "currency": "EUX", "threshold": { "below": 0.0, "percent": 95 } });
        let wrong = json!({ "name": " ", "watch": { "flight_price": flight }, "user_id": "", "time_zone": "Mars/Base",
            "quiet_s": 7_776_001, "hysteresis_percent": 51, "cost_ceiling_usd": -1.0, "firings_max": 0,
            "ends_at": "2020-01-01T00:00:00Z" });
        let flight = |name: &str| format!("/watch/flight_price/{name}");
        let mut expected: Vec<String> = [
            "/name",
            "/user_id",
            "/time_zone",
            "/quiet_s",
            "/hysteresis_percent",
            "/cost_ceiling_usd",
            "/firings_max",
            "/ends_at",
        ]
        .map(str::to_owned)
        .to_vec();
        expected.extend(
            [
                "origin",
                "depart",
                "depart_until",
                "nights",
                "travellers",
                "currency",
                "threshold",
                "threshold/below",
                "threshold/percent",
            ]
            .map(flight),
        );
        expected.sort();
        assert_eq!(pointers(wrong), expected);
    }

    #[test]
    fn a_calendar_and_a_budget_come_one_way() {
        let both = json!({ "name": "n", "watch": { "calendar_gap": { "calendar": "x", "url": "https://x", "days_min": 5,
            "horizon_days": 4 } } });
        assert_eq!(pointers(both), ["/watch/calendar_gap", "/watch/calendar_gap/horizon_days"]);
        let neither = json!({ "name": "n", "watch": { "budget_surplus": { "currency": "EUR", "period": "month",
            "at_least": 0.0, "spending": [{ "date": "2026-11-01", "amount": -1.0 }], "trip": { "days": 0 } } } });
        let at = |name: &str| format!("/watch/budget_surplus{name}");
        assert_eq!(pointers(neither), ["", "/at_least", "/spending/0/amount", "/trip/days"].map(at));
    }

    #[test]
    fn another_route_is_another_history_and_another_threshold_is_not() {
        let flight = |to: &str, percent: u32| -> WatchTarget {
            let json = json!({ "flight_price": { "origin": "Berlin", "destination": to, "depart": "2027-05-08",
                "threshold": { "percent": percent } } });
            serde_json::from_value(json).expect("it reads")
        };
        assert!(flight("Lisbon", 5).is_same_series(&flight("lisbon", 9)));
        assert!(!flight("Lisbon", 5).is_same_series(&flight("Rome", 5)));
    }
}
