//! Days of the year that people name, computed.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// The first `weekday` on or after `day`.
pub(super) fn on_or_after(day: NaiveDate, weekday: Weekday) -> NaiveDate {
    let ahead = (7 + weekday.num_days_from_monday() - day.weekday().num_days_from_monday()) % 7;
    plus(day, i64::from(ahead))
}

/// `days` after `day`, before it if negative; the calendar's end where that does not exist.
pub(super) fn plus(day: NaiveDate, days: i64) -> NaiveDate {
    let moved = if days < 0 {
        day.checked_sub_days(Days::new(days.unsigned_abs()))
    } else {
        day.checked_add_days(Days::new(days.unsigned_abs()))
    };
    moved.unwrap_or(if days < 0 { NaiveDate::MIN } else { NaiveDate::MAX })
}

/// A day of a month that has it; the calendar's end otherwise.
pub(super) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MAX)
}

/// Easter Sunday of the Gregorian calendar, by the anonymous algorithm of 1876.
pub(super) fn easter(year: i32) -> NaiveDate {
    let (a, b, c) = (year.rem_euclid(19), year.div_euclid(100), year.rem_euclid(100));
    let g = (8 * b + 13).div_euclid(25);
    let h = (19 * a + b - b.div_euclid(4) - g + 15).rem_euclid(30);
    let l = (2 * (b % 4) + 2 * c.div_euclid(4) - h - c % 4 + 32).rem_euclid(7);
    let m = (a + 11 * h + 19 * l).div_euclid(433);
    let month = (h + l - 7 * m + 90).div_euclid(25);
    let day_of_month = (h + l - 7 * m + 33 * month + 19).rem_euclid(32);
    day(year, month.unsigned_abs(), day_of_month.unsigned_abs())
}

/// The fourth Thursday of November.
pub(super) fn thanksgiving(year: i32) -> NaiveDate {
    on_or_after(day(year, 11, 22), Weekday::Thu)
}

/// The first of `by_year(this year)`, `by_year(next year)` that is after `today`.
pub(super) fn next_of(today: NaiveDate, by_year: impl Fn(i32) -> NaiveDate) -> NaiveDate {
    let this_year = by_year(today.year());
    if this_year > today { this_year } else { by_year(today.year().saturating_add(1)) }
}

/// `Sat 8 May 2027`, as prompts and assumptions write days.
pub(super) fn spelled(day: NaiveDate) -> String {
    day.format("%a %-d %b %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_and_thanksgiving_fall_on_their_days() {
        for (year, month, of_month) in [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25)] {
            assert_eq!(easter(year), day(year, month, of_month));
        }
        assert_eq!(thanksgiving(2026), day(2026, 11, 26));
    }

    #[test]
    fn weekdays_are_found_from_any_day() {
        let saturday = day(2027, 5, 8);
        assert_eq!(on_or_after(day(2027, 5, 8), Weekday::Sat), saturday);
        assert_eq!(on_or_after(day(2027, 5, 2), Weekday::Sat), saturday);
        assert_eq!(spelled(saturday), "Sat 8 May 2027");
    }
}
