//! A watch as people write it, and its parsing into what the house works with.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{Period, WatchKind};
use crate::{
    money::{Currency, Money},
    request::{AHEAD_DAYS_MAX, BudgetRequest, DAYS_MAX, FieldError, TRAVELLERS_MAX},
    schedule::NAME_CHARS_MAX,
};

/// Days of departure that one watch looks at.
pub const WINDOW_DAYS_MAX: i64 = 31;
pub const GAP_DAYS_MAX: u32 = 60;
pub const HORIZON_DAYS_MAX: u32 = 366;
/// A calendar inside a request; one at a URL may be longer.
pub const CALENDAR_CHARS_MAX: usize = 512 * 1024;
pub const SPENDING_MAX: usize = 500;
const HORIZON_DAYS_DEFAULT: u32 = 90;
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

/// Free stretches of a calendar. Exactly one of `calendar` and `url`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields)]
pub struct CalendarGapWatch {
    /// The calendar itself, as iCalendar text of at most 524,288 characters. It is not repeated in answers.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 524288)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// Where the calendar is: `https`, a public address, no redirects, at most 1 MiB. Read anew at each look.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 2048)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Days without an event that are worth a word. An event of any length takes its days; one that is transparent or
    /// cancelled takes none.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "60"))))]
    pub days_min: u32,
    /// How far ahead is looked, in days. Default 90.
    #[cfg_attr(feature = "openapi", oai(validator(minimum(value = "1"), maximum(value = "366"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon_days: Option<u32>,
    /// What to suggest for the free days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trip: Option<TripWish>,
}

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

impl FlightPriceWatch {
    fn series(&self) -> impl PartialEq + use<> {
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
}

impl CalendarGapWatch {
    #[must_use]
    pub fn horizon_days(&self) -> u32 {
        self.horizon_days.unwrap_or(HORIZON_DAYS_DEFAULT)
    }
}

impl BudgetSurplusWatch {
    #[must_use]
    pub fn money(&self, amount: f64) -> Money {
        #[expect(clippy::cast_possible_truncation, reason = "at most 1e10 by check()")]
        let cents = (amount * 100.0).round() as i64;
        Money::new(cents, self.currency.parse().unwrap_or(Currency::EUR))
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

impl FlightPriceWatch {
    fn check(&self, now: DateTime<Utc>, errors: &mut Vec<FieldError>) {
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

impl CalendarGapWatch {
    fn check(&self, errors: &mut Vec<FieldError>) {
        const AT: &str = "/watch/calendar_gap";
        let mut wrong = |name: &str, detail: String| errors.push(FieldError::new(format!("{AT}{name}"), detail));
        if self.calendar.is_some() == self.url.is_some() {
            wrong("", "needs exactly one of \"calendar\" and \"url\"".to_owned());
        }
        if self.calendar.as_ref().is_some_and(|text| text.chars().count() > CALENDAR_CHARS_MAX) {
            wrong("/calendar", format!("is longer than {CALENDAR_CHARS_MAX} characters; give its address as \"url\""));
        }
        if !(1..=GAP_DAYS_MAX).contains(&self.days_min) {
            wrong("/days_min", format!("is not from 1 to {GAP_DAYS_MAX}"));
        }
        let horizon = self.horizon_days();
        if !(1..=HORIZON_DAYS_MAX).contains(&horizon) {
            wrong("/horizon_days", format!("is not from 1 to {HORIZON_DAYS_MAX}"));
        } else if horizon < self.days_min {
            wrong("/horizon_days", format!("is {horizon}, which holds no stretch of {} days", self.days_min));
        }
        if let Some(trip) = &self.trip {
            trip.check(&format!("{AT}/trip"), errors);
        }
    }
}

impl BudgetSurplusWatch {
    fn check(&self, errors: &mut Vec<FieldError>) {
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
