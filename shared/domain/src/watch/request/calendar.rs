//! Calendars: where free days are looked for.

use serde::{Deserialize, Serialize};

use super::TripWish;
use crate::request::FieldError;

pub const GAP_DAYS_MAX: u32 = 60;
pub const HORIZON_DAYS_MAX: u32 = 366;
/// A calendar inside a request; one at a URL may be longer.
pub const CALENDAR_CHARS_MAX: usize = 512 * 1024;
const HORIZON_DAYS_DEFAULT: u32 = 90;

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

impl CalendarGapWatch {
    #[must_use]
    pub fn horizon_days(&self) -> u32 {
        self.horizon_days.unwrap_or(HORIZON_DAYS_DEFAULT)
    }

    pub(super) fn check(&self, errors: &mut Vec<FieldError>) {
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
