//! A cron expression, and the times on a wall that it names.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use crate::{Error, set::Set};

/// The longest expression.
pub const CRON_CHARS_MAX: usize = 128;
/// Nothing that ever comes is further away: 29 February may be eight years off.
const SEARCH_DAYS_MAX: i64 = 9 * 366;

/// The fields of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) seconds: Set,
    pub(crate) minutes: Set,
    pub(crate) hours: Set,
    pub(crate) days: Set,
    pub(crate) months: Set,
    /// Sunday is 0.
    pub(crate) weekdays: Set,
    hour_open: bool,
    pub(crate) days_open: bool,
    pub(crate) weekdays_open: bool,
}

/// What a field may hold.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Names of numbers, from the least on.
    names: &'static [&'static str],
}

const SECOND: Field = Field { name: "second", least: 0, most: 59, names: &[] };
const MINUTE: Field = Field { name: "minute", least: 0, most: 59, names: &[] };
const HOUR: Field = Field { name: "hour", least: 0, most: 23, names: &[] };
const DAY: Field = Field { name: "day of the month", least: 1, most: 31, names: &[] };
const MONTH: Field = Field {
    name: "month",
    least: 1,
    most: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
/// 7 is Sunday again, so that `FRI-SUN` and `5-7` can be written.
const WEEKDAY: Field = Field {
    name: "day of the week",
    least: 0,
    most: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"],
};

const ALIASES: &[(&str, &str)] = &[
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

impl Pattern {
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        if text.chars().count() > CRON_CHARS_MAX {
            return Err(Error::Cron(format!("is longer than {CRON_CHARS_MAX} characters")));
        }
        let fields = unalias(text.trim())?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let [second, minute, hour, day, month, weekday] = match fields.as_slice() {
            [minute, hour, day, month, weekday] => ["0", minute, hour, day, month, weekday],
            [second, minute, hour, day, month, weekday] => [*second, *minute, *hour, *day, *month, *weekday],
            _ => {
                return Err(Error::Cron(format!(
                    "has {} fields; give five (minute, hour, day of the month, month, day of the week), such as \
                     \"30 7 * * MON-FRI\", or six with the second first",
                    fields.len()
                )));
            }
        };
        let pattern = Self {
            seconds: SECOND.read(second)?,
            minutes: MINUTE.read(minute)?,
            hours: HOUR.read(hour)?,
            days: DAY.read(day)?,
            months: MONTH.read(month)?,
            weekdays: WEEKDAY.read(weekday)?.modulo(7),
            hour_open: is_open(hour),
            days_open: is_open(day),
            weekdays_open: is_open(weekday),
        };
        if pattern.next_wall(NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default().into()).is_none() {
            return Err(Error::Cron("never ticks: no month that it names has such a day".to_owned()));
        }
        Ok(pattern)
    }

    /// Whether the hour begins with a star, so that ticks follow real time.
    pub(crate) fn is_hour_open(&self) -> bool {
        self.hour_open
    }

    /// The first time on the wall that is not before `from`.
    pub(crate) fn next_wall(&self, from: NaiveDateTime) -> Option<NaiveDateTime> {
        let whole = from.with_nanosecond(0)?;
        let from = if whole < from { whole + Duration::seconds(1) } else { whole };
        if let Some(time) = self.next_time(from.time()).filter(|_| self.is_day(from.date())) {
            return Some(from.date().and_time(time));
        }
        let last = from.date().checked_add_signed(Duration::days(SEARCH_DAYS_MAX))?;
        let date = from.date().iter_days().skip(1).take_while(|date| *date <= last).find(|date| self.is_day(*date))?;
        Some(date.and_time(self.next_time(NaiveTime::MIN)?))
    }

    /// The shortest time between two ticks: within a day, or from the end of one to the beginning of the next.
    pub(crate) fn interval_min(&self) -> Duration {
        let day = Duration::days(1);
        let Some(first) = self.next_time(NaiveTime::MIN) else { return day };
        let (mut last, mut shortest) = (first, day);
        loop {
            let (after, is_tomorrow) = last.overflowing_add_signed(Duration::seconds(1));
            let Some(next) = self.next_time(after).filter(|_| is_tomorrow == 0) else { break };
            shortest = shortest.min(next - last);
            last = next;
        }
        shortest.min(day - (last - first))
    }

    /// As in a crontab: where both the day of the month and that of the week are named, either will do.
    fn is_day(&self, date: NaiveDate) -> bool {
        if !self.months.contains(date.month()) {
            return false;
        }
        let (day, weekday) =
            (self.days.contains(date.day()), self.weekdays.contains(date.weekday().num_days_from_sunday()));
        if self.days_open || self.weekdays_open { day && weekday } else { day || weekday }
    }

    /// The first time of day that is not before `from`.
    fn next_time(&self, from: NaiveTime) -> Option<NaiveTime> {
        let (hour, minute, second) = (from.hour(), from.minute(), from.second());
        let (first_minute, first_second) = (self.minutes.next_from(0)?, self.seconds.next_from(0)?);
        let of = |hour, minute, second| NaiveTime::from_hms_opt(hour, minute, second);
        if self.hours.contains(hour) {
            if let Some(second) = self.seconds.next_from(second).filter(|_| self.minutes.contains(minute)) {
                return of(hour, minute, second);
            }
            if let Some(minute) = self.minutes.next_from(minute + 1) {
                return of(hour, minute, first_second);
            }
        }
        of(self.hours.next_from(hour + 1)?, first_minute, first_second)
    }
}

fn unalias(text: &str) -> Result<&str, Error> {
    if !text.starts_with('@') {
        return Ok(text);
    }
    let known = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(text));
    known.map(|(_, fields)| *fields).ok_or_else(|| {
        let aliases: Vec<&str> = ALIASES.iter().map(|(alias, _)| *alias).collect();
        Error::Cron(format!("has no alias \"{text}\"; there are {}", aliases.join(", ")))
    })
}

fn is_open(field: &str) -> bool {
    field.starts_with(['*', '?'])
}

impl Field {
    fn read(&self, text: &str) -> Result<Set, Error> {
        let mut set = Set::default();
        for item in text.split(',') {
            let (range, step) = match item.split_once('/') {
                Some((range, step)) => (range, self.step(step)?),
                None => (item, 1),
            };
            let (first, last) = self.range(range, item.contains('/'))?;
            for number in (first..=last).step_by(step) {
                set.insert(number);
            }
        }
        Ok(set)
    }

    fn range(&self, text: &str, is_stepped: bool) -> Result<(u32, u32), Error> {
        if text == "*" || (text == "?" && (self.name == DAY.name || self.name == WEEKDAY.name)) {
            // Sunday is there as 0.
            return Ok((self.least, if self.name == WEEKDAY.name { 6 } else { self.most }));
        }
        let Some((first, last)) = text.split_once('-') else {
            let first = self.number(text, false)?;
            // `5/10` is 5, 15, 25 and so on.
            return Ok((first, if is_stepped { self.most } else { first }));
        };
        let (first, last) = (self.number(first, false)?, self.number(last, true)?);
        if first > last {
            return Err(self.wrong(&format!("\"{text}\" runs backwards; write two ranges with a comma between them")));
        }
        Ok((first, last))
    }

    fn number(&self, text: &str, is_end: bool) -> Result<u32, Error> {
        let named = |name: &&&str| name.eq_ignore_ascii_case(text);
        let found = if is_end {
            self.names.iter().rposition(|name| named(&name))
        } else {
            self.names.iter().position(|name| named(&name))
        };
        let number = match found {
            Some(index) => u32::try_from(index).ok().map(|index| index + self.least),
            // Neither a sign nor a space.
            None => text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit())),
        };
        number.filter(|number| (self.least..=self.most).contains(number)).ok_or_else(|| {
            let names = if self.names.is_empty() { String::new() } else { format!(" or {}", self.names[1]) };
            let shown: String = text.chars().take(16).collect();
            self.wrong(&format!(
                "\"{shown}\" is not from {} to {}{names}, a range, a list, or a step",
                self.least, self.most
            ))
        })
    }

    fn step(&self, text: &str) -> Result<usize, Error> {
        let step = text.parse().ok().filter(|step| (1..=self.most as usize).contains(step));
        step.ok_or_else(|| {
            let shown: String = text.chars().take(16).collect();
            self.wrong(&format!("the step \"{shown}\" is not from 1 to {}", self.most))
        })
    }

    fn wrong(&self, what: &str) -> Error {
        Error::Cron(format!("cannot be read at its {}: {what}", self.name))
    }
}
