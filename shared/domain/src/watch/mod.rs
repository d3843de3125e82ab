//! Watches: what Portolan looks at by itself, when it says something, and what it saw.
//!
//! A watch looks again and again; each look is an observation. It fires when what it waits for becomes true, and not while it
//! stays true. Start reading at [`WatchRequest`], then `judge` (when a look fires), then [`crate::suggest`] (what comes of it).

mod judge;
mod period;
mod request;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    JobId,
    brief::Place,
    job::words,
    money::{Currency, Money},
};

pub use judge::{HISTORY_MIN, Standing, Summary, Verdict, WatchState, judge, level, price_level, summary};
pub use period::Period;
pub use request::{
    BudgetSurplusWatch, CALENDAR_CHARS_MAX, CalendarGapWatch, FlightPriceWatch, GAP_DAYS_MAX, HORIZON_DAYS_MAX,
    PriceThreshold, SPENDING_MAX, Spending, TripWish, WINDOW_DAYS_MAX, WatchRequest, WatchSpec, WatchTarget,
};
pub(crate) use request::{check_money, check_text};

words!(
    /// What a watch looks at.
    WatchKind {
        /// What flights cost.
        FlightPrice = "flight_price",
        /// Free days in a calendar.
        CalendarGap = "calendar_gap",
        /// Money that is left.
        BudgetSurplus = "budget_surplus",
    }
);

words!(
    /// Where a watch stands.
    WatchStatus {
        Active = "active",
        /// It does not look. The reason says why, unless a person wanted it so.
        Paused = "paused",
        /// It never looks again.
        Ended = "ended",
    }
);

words!(
    /// Why a watch paused or ended by itself.
    WatchReason {
        /// Its suggestions have cost what they may.
        CostCeiling = "cost_ceiling",
        /// It has fired as often as it may.
        Firings = "firings",
        /// Its end has come.
        EndsAt = "ends_at",
        /// What it looks at lies in the past.
        Past = "past",
    }
);

words!(
    /// What became of a look.
    ObservationOutcome {
        /// Nothing to say.
        Quiet = "quiet",
        /// It crossed, an alert was raised and a suggestion started.
        Fired = "fired",
        /// It crossed within the quiet time after the last firing.
        HeldQuiet = "held_quiet",
        /// It crossed while the last suggestion waits for a person.
        HeldOpen = "held_open",
        /// It crossed, and the suggestions have cost what they may.
        HeldCost = "held_cost",
    }
);

/// Days without an event, both ends counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
pub struct Gap {
    pub from: NaiveDate,
    pub until: NaiveDate,
}

impl Gap {
    #[must_use]
    pub fn days(self) -> i64 {
        (self.until - self.from).num_days() + 1
    }

    fn overlaps(self, other: Self) -> bool {
        self.from <= other.until && other.from <= self.until
    }
}

/// What one look saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Seen {
    /// The cheapest flights of the window.
    FlightPrice {
        /// For everyone, there and, where the watch says how many nights, back.
        price: Money,
        origin: Place,
        destination: Place,
        depart: NaiveDate,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        return_date: Option<NaiveDate>,
    },
    CalendarGap {
        /// The free stretches that are long enough, soonest first.
        gaps: Vec<Gap>,
        longest_days: i64,
    },
    BudgetSurplus {
        left: Money,
        /// The first day of the month or quarter.
        period_start: NaiveDate,
        /// The last one.
        period_end: NaiveDate,
        spent: Money,
    },
}

/// A look: what was seen, when, and by whom it was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub at: DateTime<Utc>,
    pub seen: Seen,
    /// Who says so, such as `fare model, price movement simulated`.
    pub source: String,
    /// A simulation moves the value.
    pub is_simulated: bool,
}

impl Reading {
    /// What is compared and drawn: hundredths of the currency, or days.
    #[must_use]
    pub fn value(&self) -> i64 {
        match &self.seen {
            Seen::FlightPrice { price, .. } => price.amount_cents,
            Seen::CalendarGap { longest_days, .. } => *longest_days,
            Seen::BudgetSurplus { left, .. } => left.amount_cents,
        }
    }

    /// In one line for people.
    #[must_use]
    pub fn in_words(&self) -> String {
        match &self.seen {
            Seen::FlightPrice { price, origin, destination, depart, return_date } => {
                let back = return_date.map(|day| format!(", back on {}", spoken(day))).unwrap_or_default();
                format!(
                    "flights from {} to {} on {}{back} cost {price}",
                    origin.name,
                    destination.name,
                    spoken(*depart)
                )
            }
            Seen::CalendarGap { gaps, longest_days } => match gaps.first() {
                Some(gap) => format!("free from {} to {}, {} days", spoken(gap.from), spoken(gap.until), gap.days()),
                None => format!("no free stretch is long enough; the longest has {longest_days} days"),
            },
            Seen::BudgetSurplus { left, period_end, .. } => format!("{left} is left until {}", spoken(*period_end)),
        }
    }
}

/// A look as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    pub value: i64,
    pub outcome: ObservationOutcome,
    pub reading: Reading,
    /// The suggestion that it started.
    pub job_id: Option<JobId>,
}

/// A day as people say it.
pub(crate) fn spoken(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// The currency that values of a watch are in; none where they are days.
#[must_use]
pub fn currency_of(target: &WatchTarget) -> Option<Currency> {
    match target {
        WatchTarget::FlightPrice(watch) => Some(watch.currency()),
        WatchTarget::CalendarGap(_) => None,
        WatchTarget::BudgetSurplus(watch) => watch.currency.parse().ok(),
    }
}
