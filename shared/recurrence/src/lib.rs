//! When a cron expression ticks, by a clock on a wall somewhere. Pure: it knows no clock, no schedule and no crate of ours.
//!
//! Cron is a wall-clock language, and walls change their clocks. The rules, which docs/SCHEDULES.md tells to people:
//!
//! * Times of day that are named (`30 2 * * *`) tick once a day. One that the clock leaves out ticks at the first instant
//!   after the gap; one that the clock shows twice ticks at the first of the two.
//! * Where the hour begins with a star (`*/15 * * * *`, `0 * * * *`) ticks follow real time: nothing is made up for an hour
//!   that is left out, and an hour that comes twice ticks twice.
//!
//! The expression is read here and not by the crate `cron`, which drops a time that is left out, ticks twice at one that
//! comes twice, counts Sunday as 1 where every crontab counts it as 0, and asks for both where a crontab asks for either
//! of day and weekday. Start reading at [`Timing`], then [`Recurrence`], then `pattern`.

mod pattern;
mod set;
mod timing;
mod words;

use chrono::{DateTime, Duration, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::{GapInfo, Tz};

pub use pattern::CRON_CHARS_MAX;
pub use timing::{Due, Timing};

use pattern::Pattern;

/// No zone puts its clock back by more than this any more.
const SET_BACK_MAX: Duration = Duration::hours(3);

/// Why there is no recurrence. The text says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Mend the expression.
    #[error("{0}")]
    Cron(String),
    /// Mend the zone.
    #[error("\"{0}\" is not an IANA time zone such as Europe/Paris or UTC")]
    Zone(String),
}

/// A cron expression in a time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    pattern: Pattern,
    zone: Tz,
}

/// How the clock on the wall stands to an occurrence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    None,
    /// The clock leaves the time out; this is the first instant after the gap.
    Moved,
    /// The clock shows the time twice; this is the first of the two.
    First,
    /// The clock shows the time twice; this is the second.
    Second,
}

/// One instant at which an expression ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    pub at: DateTime<Utc>,
    /// The time that the expression asked for. The clock shows another one when it was [`Shift::Moved`].
    pub wall: NaiveDateTime,
    pub shift: Shift,
}

impl Recurrence {
    /// Reads a cron expression of five fields (minute first) or six (second first), or an alias such as `@daily`.
    ///
    /// # Errors
    /// [`Error`], in words for whoever wrote it.
    pub fn read(cron: &str, zone: &str) -> Result<Self, Error> {
        Ok(Self { pattern: Pattern::read(cron)?, zone: read_zone(zone)? })
    }

    /// The first occurrence after an instant. None when none comes within nine years, which no readable expression allows.
    #[must_use]
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<Occurrence> {
        let mut wall = after.with_timezone(&self.zone).naive_local() - self.look_back(after);
        let mut best: Option<Occurrence> = None;
        loop {
            let Some(asked) = self.pattern.next_wall(wall) else { return best };
            let (earliest, second) = self.instants(asked);
            for found in earliest.into_iter().chain(second).filter(|found| self.counts(*found)) {
                if found.at > after && best.is_none_or(|best| found.at < best.at) {
                    best = Some(found);
                }
            }
            // Later times on the wall have no earlier first instants.
            if let (Some(best), Some(earliest)) = (best, earliest)
                && earliest.at >= best.at
            {
                return Some(best);
            }
            wall = asked + Duration::seconds(1);
        }
    }

    /// The shortest time between two ticks by the clock on the wall.
    #[must_use]
    pub fn interval_min(&self) -> Duration {
        self.pattern.interval_min()
    }

    /// The expression as people would say it, where that is simple.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        words::of(&self.pattern)
    }

    /// What the clock on the wall shows at an instant, with its offset from UTC.
    #[must_use]
    pub fn local(&self, at: DateTime<Utc>) -> DateTime<chrono::FixedOffset> {
        at.with_timezone(&at.with_timezone(&self.zone).offset().fix())
    }

    /// Times that the clock shows again lie behind what it shows now, but only when it is about to be set back.
    fn look_back(&self, after: DateTime<Utc>) -> Duration {
        let offset = |at: DateTime<Utc>| at.with_timezone(&self.zone).offset().fix().local_minus_utc();
        let is_set_back = self.pattern.is_hour_open() && offset(after + SET_BACK_MAX) < offset(after);
        if is_set_back { SET_BACK_MAX } else { Duration::zero() }
    }

    /// When the clock shows a time: the first instant, and the second where there are two.
    fn instants(&self, wall: NaiveDateTime) -> (Option<Occurrence>, Option<Occurrence>) {
        let of = |at: DateTime<Tz>, shift| Occurrence { at: at.with_timezone(&Utc), wall, shift };
        match self.zone.from_local_datetime(&wall) {
            chrono::LocalResult::Single(at) => (Some(of(at, Shift::None)), None),
            chrono::LocalResult::Ambiguous(first, second) => {
                (Some(of(first, Shift::First)), Some(of(second, Shift::Second)))
            }
            chrono::LocalResult::None => {
                let end = GapInfo::new(&wall, &self.zone).and_then(|gap| gap.end);
                (end.map(|end| of(end, Shift::Moved)), None)
            }
        }
    }

    fn counts(&self, found: Occurrence) -> bool {
        match found.shift {
            Shift::None | Shift::First => true,
            Shift::Moved => !self.pattern.is_hour_open(),
            Shift::Second => self.pattern.is_hour_open(),
        }
    }
}

/// The zone of an IANA name.
fn read_zone(name: &str) -> Result<Tz, Error> {
    const NAME_CHARS_MAX: usize = 64;
    name.parse().map_err(|_| Error::Zone(name.chars().take(NAME_CHARS_MAX).collect()))
}
