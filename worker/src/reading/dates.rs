//! Days of the calendar that the text writes out: "12 May", "May 12-16", "2027-05-12", "5/12/2027".

use std::{ops::Range, sync::LazyLock};

use chrono::{Datelike, NaiveDate, Weekday};
use regex::{Captures, Regex};

use super::{
    calendar::{next_of, spelled},
    fields::Field,
    numbers::{month, pattern, weekday},
    text::Text,
};

/// What written days say about the trip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    From(NaiveDate),
    Until(NaiveDate),
    Between(NaiveDate, NaiveDate),
}

/// Written days, or why they are none: a sentence for the question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dates {
    pub(super) written: Option<Result<Written, String>>,
    /// What had to be decided to read them, for the list of assumptions.
    pub(super) note: Option<String>,
}

/// How a person writes `5/12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    DayFirst,
    MonthFirst,
}

/// A day as it was written.
#[derive(Debug, Clone)]
struct Day {
    range: Range<usize>,
    year: Option<i32>,
    month: u32,
    day: u32,
    weekday: Option<Weekday>,
    is_ambiguous: bool,
}

/// Letters between the two ends of a span of which only one names the month.
const NEAR_MAX: usize = 64;

static DAY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?P<weekday>{weekday})\.?,? (?:the )?)?(?:(?P<iy>[0-9]{4})[-/](?P<im>[0-9]{1,2})[-/](?P<id>[0-9]{1,2})|(?P<na>[0-9]{1,2})(?P<sep>[./-]) ?(?P<nb>[0-9]{1,2})[./-] ?(?P<ny>[0-9]{4}|[0-9]{2})|(?P<d1>[0-9]{1,2})(?:st|nd|rd|th|\.)?(?: day)?(?: of)?[ -]?(?P<m1>{month})\b\.?(?:[ ,-]{0,2}(?:of )?(?P<y1>(?:19|20|21)[0-9]{2})|,? ?'(?P<s1>[0-9]{2}))?|(?P<m2>{month})\b\.? ?(?:the )?(?P<d2>[0-9]{1,2})(?:st|nd|rd|th)?(?:[ ,]{1,2}(?P<y2>(?:19|20|21)[0-9]{2})|,? ?'(?P<s2>[0-9]{2}))?)\b",
    )
});
/// Day and month without a year, which needs a word such as "from" before it or a second one after it.
static SHORT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:on|from|starting|between|leaving|arriving|dates?:?|until|till|returning|back|(?P<weak>to|and|-)) ?)(?:(?P<a>[0-9]{1,2})/(?P<b>[0-9]{1,2})\b|(?P<c>[0-9]{1,2})\.(?P<e>[0-9]{1,2})\.)|\b(?P<f>[0-9]{1,2})/(?P<g>[0-9]{1,2}) ?(?:-|to|until) ?(?P<h>[0-9]{1,2})/(?P<i>[0-9]{1,2})\b|\b(?P<j>[0-9]{1,2})\.(?P<k>[0-9]{1,2})\. ?(?:-|to|until) ?",
    )
});
/// How a person says that a trip ends on a day.
const BACK: &str = "(?:and |then |and then |before )?(?:return(?:s|ing)?|(?:com|go|fly|head|travell?|driv|mak)(?:es|s|e|ing)? (?:my way |our way |their way )?(?:back|home)(?: home)?|(?:be |being |get |getting |am |are |is )?back(?: home)?|finish(?:es|ing)?|end(?:s|ing)?|conclud(?:es|e|ing)|wrap(?:s|ping)? up)(?: home)?(?: it)?(?: on| by)?";
static CONNECTOR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^,? ?(?:(?:and )?(?:-+>?|to|until|till|til|through|thru|and|/|up to|up until|leaving|leave|home|departing|checking out|{BACK})(?: (?:on|by|by the|until))?:? ?(?:the |on )?)$",
    ))
});
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"^(?:, ?(?:the )?[0-9]{{1,2}}(?:st|nd|rd|th))*,? ?(?P<join>-|to|until|till|til|through|thru|and|&|up to|/|(?P<back>{BACK})) ?(?:on )?(?:the )?(?P<day>[0-9]{{1,2}})(?P<ordinal>st|nd|rd|th)?\b(?:,? (?P<year>(?:19|20|21)[0-9]{{2}})\b)?",
    ))
});
/// What makes the number of a tail something else: "12 May and 2 people".
static NO_TAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?: ?(?:days?|nights?|weeks?|people|persons?|adults?|kids?|children|travell?ers|pax|guests|of us|am|pm|:|%|stars?|hours?|friends|{month})\b|[-.:/][0-9])",
    )
});
/// "In March 2027, from the 11th to the 15th".
static MONTH_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?P<month>{month})\b\.?(?:,? (?P<year>(?:19|20|21)[0-9]{2}))?,? (?:from|between) (?:the )?(?P<first>[0-9]{1,2})(?:st|nd|rd|th) ?(?:to|-|until|till|through|thru|and) ?(?:the )?(?P<last>[0-9]{1,2})(?:st|nd|rd|th)\b",
    )
});
static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\b(?P<weekday>{weekday})\.?,? (?:the )?)?\b(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?\.? ?(?:-|to|until|till|through|thru|and|&|/) ?(?:the )?(?:{weekday},? )?$",
    )
});
/// "Leaving on the 12th and returning on" a day of May.
static HEAD_BACK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:\b(?P<weekday>{{weekday}})\.?,? (?:the )?)?\b(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th),? {BACK} ?(?:the )?(?:{{weekday}},? )?$"
    ))
});
static UNTIL_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:until|till|til|by|before|back|return(?:ing|s)?|ending|ends?|home|no later than|latest)(?: home)?(?: on| by| before|:)*(?: the)? $",
    )
});

/// Reads the days that `text` writes and marks them.
pub(super) fn read(text: &mut Text<'_>, today: NaiveDate, style: Option<Style>) -> Dates {
    let days = days(text, style);
    let Some(first) = days.first().cloned() else { return in_month(text, today) };
    let mut dates = Dates::default();
    if days.iter().take(2).any(|day| day.is_ambiguous) {
        let order = if style == Some(Style::MonthFirst) { "month before day" } else { "day before month" };
        let spelled = text.original_of(&first.range);
        dates.note = Some(format!("\"{spelled}\" was read with the {order}; write the month as a word to change it."));
    }
    let span = span(text, &first);
    let is_span = span.is_some();
    let pair = span.or_else(|| days.get(1).map(|second| (first.clone(), second.clone())));
    let written = match pair {
        Some((start, end)) => between(&start, &end, today),
        None if UNTIL_BEFORE.is_match(text.before(first.range.start)) => resolve(&first, today).map(Written::Until),
        None => resolve(&first, today).map(Written::From),
    };
    dates.written = Some(written);
    let is_last = |index: usize| match &dates.written {
        Some(Ok(Written::Until(_))) => true,
        Some(Ok(Written::Between(..))) => index > 0,
        _ => false,
    };
    for (index, day) in days.iter().enumerate() {
        text.take(day.range.clone(), if is_last(index) { Field::EndDate } else { Field::StartDate });
    }
    if is_span {
        text.take(first.range.clone(), Field::EndDate);
    }
    dates
}

/// Two days of a month that was named before them.
fn in_month(text: &mut Text<'_>, today: NaiveDate) -> Dates {
    let both = MONTH_FIRST.captures(text.open()).and_then(|found| {
        let day = |name: &str| {
            Some(Day {
                range: found.get(0)?.range(),
                year: found.name("year").and_then(|year| year.as_str().parse().ok()),
                month: month(&found["month"])?,
                day: found[name].parse().ok()?,
                weekday: None,
                is_ambiguous: false,
            })
        };
        Some((day("first")?, day("last")?))
    });
    let Some((start, end)) = both else { return Dates::default() };
    text.take(start.range.clone(), Field::StartDate);
    text.take(start.range.clone(), Field::EndDate);
    Dates { written: Some(between(&start, &end, today)), note: None }
}

/// Every written day, in the text's order.
fn days(text: &Text<'_>, style: Option<Style>) -> Vec<Day> {
    let open = text.open();
    let mut days: Vec<Day> = DAY.captures_iter(open).filter_map(|found| day(text, &found, style)).collect();
    for found in SHORT.captures_iter(open) {
        // "and 9/10" is a day only beside another one.
        if found.name("weak").is_some() && days.is_empty() {
            continue;
        }
        for (first, second, separator) in
            [("a", "b", "/"), ("c", "e", "."), ("f", "g", "/"), ("h", "i", "/"), ("j", "k", ".")]
        {
            let (Some(a), Some(b)) = (found.name(first), found.name(second)) else { continue };
            let range = a.start()..b.end() + usize::from(separator == ".");
            if days.iter().any(|day| day.range.start < range.end && range.start < day.range.end) {
                continue;
            }
            let read = numeric(a.as_str(), b.as_str(), separator, None, style);
            days.extend(read.map(|(month, day, is_ambiguous)| Day {
                range,
                year: None,
                month,
                day,
                weekday: None,
                is_ambiguous,
            }));
        }
    }
    days.sort_by_key(|day| day.range.start);
    days
}

fn day(text: &Text<'_>, found: &Captures<'_>, style: Option<Style>) -> Option<Day> {
    let range = found.get(0)?.range();
    let number = |name: &str| found.name(name).and_then(|group| group.as_str().parse::<u32>().ok());
    let year = |full: &str, short: &str| {
        let short = number(short).map(|year| year + 2000);
        number(full).or(short).and_then(|year| i32::try_from(if year < 100 { year + 2000 } else { year }).ok())
    };
    let weekday = found.name("weekday").and_then(|word| weekday(word.as_str()));
    let with = |year, month, day, is_ambiguous| Day { range: range.clone(), year, month, day, weekday, is_ambiguous };
    if let (Some(y), Some(m), Some(d)) = (number("iy"), number("im"), number("id")) {
        return Some(with(i32::try_from(y).ok(), m, d, false));
    }
    if let (Some(a), Some(b)) = (found.name("na"), found.name("nb")) {
        let (month, day, is_ambiguous) =
            numeric(a.as_str(), b.as_str(), &found["sep"], found.name("ny").map(|y| y.as_str()), style)?;
        return Some(with(year("ny", "none"), month, day, is_ambiguous));
    }
    if let (Some(d), Some(word)) = (number("d1"), found.name("m1")) {
        // "4 may be", "2 march": a verb has no day, but a day has no verb after it.
        let verb = word.as_str() == "may" && text.after(range.end).starts_with(" be ");
        return if verb { None } else { Some(with(year("y1", "s1"), month(word.as_str())?, d, false)) };
    }
    let (d, word) = (number("d2")?, found.name("m2")?);
    // "May 20 people", "in May 4 days": the number belongs to what follows.
    if NO_TAIL.is_match(text.after(range.end))
        && found.name("y2").is_none()
        && found.name("s2").is_none()
        && !text.after(range.end).starts_with(['-', '/'])
    {
        return None;
    }
    Some(with(year("y2", "s2"), month(word.as_str())?, d, false))
}

/// Month, day, and whether they might be the other way round. `None` if the numbers are neither.
fn numeric(a: &str, b: &str, separator: &str, year: Option<&str>, style: Option<Style>) -> Option<(u32, u32, bool)> {
    let (a, b): (u32, u32) = (a.parse().ok()?, b.parse().ok()?);
    if separator == "." && year.is_none() && (a > 31 || b > 12) || a == 24 && b == 7 && year.is_none() {
        return None;
    }
    let day_first = match (separator, style) {
        (".", _) => true,
        _ if a > 12 => true,
        _ if b > 12 => false,
        (_, style) => style != Some(Style::MonthFirst),
    };
    let is_ambiguous = separator != "." && a <= 12 && b <= 12 && a != b;
    Some(if day_first { (b, a, is_ambiguous) } else { (a, b, is_ambiguous) })
}

/// Both ends, if the text around `first` makes a span of it: "12-16 May", "May 12 to 16".
fn span(text: &mut Text<'_>, first: &Day) -> Option<(Day, Day)> {
    let others = |day: u32, range: Range<usize>| Day { day, range, weekday: None, ..first.clone() };
    let open = text.open().to_owned();
    let before = &open[open.ceil_char_boundary(first.range.start.saturating_sub(NEAR_MAX))..first.range.start];
    if let Some(head) = HEAD.captures(before).or_else(|| HEAD_BACK.captures(before)) {
        let start = others(head["day"].parse().ok()?, first.range.clone());
        let from = first.range.start - (before.len() - head.get(0)?.start());
        let head = from..first.range.start;
        text.take(head.clone(), Field::StartDate);
        text.take(head, Field::EndDate);
        return Some((start, first.clone()));
    }
    let after = &open[first.range.end..open.floor_char_boundary(first.range.end + NEAR_MAX)];
    let next = days(text, None).into_iter().find(|day| day.range.start > first.range.end);
    let joins = next.as_ref().is_some_and(|next| CONNECTOR.is_match(&open[first.range.end..next.range.start]));
    if joins {
        return None;
    }
    let tail = TAIL.captures(after)?;
    let end = tail.get(0)?.end();
    let joins_people = tail.name("ordinal").is_none()
        && (tail.name("back").is_some()
            || (["and", "&", "/"].contains(&&tail["join"]) && !text.before(first.range.start).contains("between")));
    if NO_TAIL.is_match(&after[end..]) || joins_people {
        return None;
    }
    let mut last = others(tail["day"].parse().ok()?, first.range.clone());
    let mut start = first.clone();
    if let Some(year) = tail.name("year").and_then(|year| year.as_str().parse().ok()) {
        (last.year, start.year) = (Some(year), start.year.or(Some(year)));
    }
    let tail = first.range.end..first.range.end + end;
    text.take(tail.clone(), Field::StartDate);
    text.take(tail, Field::EndDate);
    Some((start, last))
}

fn between(start: &Day, end: &Day, today: NaiveDate) -> Result<Written, String> {
    let (mut start, mut end) = (start.clone(), end.clone());
    // A year written once counts for both ends, across a New Year too.
    let wraps = (end.month, end.day) < (start.month, start.day);
    match (start.year, end.year) {
        (None, Some(year)) => start.year = Some(if wraps && start.month > end.month { year - 1 } else { year }),
        (Some(year), None) => end.year = Some(if wraps && start.month > end.month { year + 1 } else { year }),
        _ => {}
    }
    let first = resolve(&start, today)?;
    if end.year.is_none() {
        end.year = Some(if wraps && start.month > end.month { first.year() + 1 } else { first.year() });
    }
    let last = resolve(&end, today)?;
    if last < first {
        return Err(format!("The request ends on {} before it starts on {}.", spelled(last), spelled(first)));
    }
    Ok(Written::Between(first, last))
}

/// The day that is meant: the next one from `today` if no year was written.
fn resolve(day: &Day, today: NaiveDate) -> Result<NaiveDate, String> {
    let on = |year: i32| NaiveDate::from_ymd_opt(year, day.month, day.day);
    let no_such = || format!("Day {} of month {} is not in the calendar.", day.day, day.month);
    let Some(year) = day.year else {
        // Eight years hold a 29 February.
        const YEARS_MAX: i32 = 8;
        let years = today.year()..today.year().saturating_add(YEARS_MAX);
        let mut coming = years.filter_map(on).filter(|date| *date >= today);
        let next = coming.next().ok_or_else(no_such)?;
        let fits = |date: &NaiveDate| day.weekday.is_none_or(|weekday| date.weekday() == weekday);
        let soon = std::iter::once(next).chain(coming).take(2).find(fits);
        return soon.ok_or_else(|| wrong_weekday(next, day.weekday));
    };
    let date = on(year).ok_or_else(no_such)?;
    match day.weekday {
        Some(weekday) if date.weekday() != weekday => Err(wrong_weekday(date, day.weekday)),
        _ => Ok(date),
    }
}

fn wrong_weekday(date: NaiveDate, weekday: Option<Weekday>) -> String {
    let said = weekday.map_or(String::new(), |weekday| weekday.to_string());
    format!("The request says {said}, and that day is {}.", spelled(date))
}

/// The next first day of `month` in `year`, or of the next such month from `today` on.
pub(super) fn month_start(month: u32, year: Option<i32>, today: NaiveDate) -> NaiveDate {
    match year {
        Some(year) => super::calendar::day(year, month, 1),
        None if today.month() == month => super::calendar::day(today.year(), month, 1),
        None => next_of(today, |year| super::calendar::day(year, month, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::calendar::day;

    /// A Friday.
    const TODAY: (i32, u32, u32) = (2026, 11, 20);

    fn written(request: &str) -> Option<Result<Written, String>> {
        let mut text = Text::new(request);
        read(&mut text, day(TODAY.0, TODAY.1, TODAY.2), None).written
    }

    #[test]
    fn one_day_reads_in_many_styles() {
        for request in [
            "12 May",
            "May 12th",
            "the 12th of May",
            "12.5.2027",
            "12.05.27",
            "2027-05-12",
            "May 12, 2027",
            "12 May 2027",
            "on Wednesday 12 May",
            "Wed, May 12",
            "12-May-2027",
            "12th may '27",
            "from 12.5. on",
            "starting 12/5",
            "2027/05/12",
            "12/05/2027",
            "1 Day trip on 12 May",
        ] {
            assert_eq!(written(request), Some(Ok(Written::From(day(2027, 5, 12)))), "{request}");
        }
    }

    #[test]
    fn spans_read_in_many_styles() {
        let expected = Some(Ok(Written::Between(day(2027, 5, 12), day(2027, 5, 16))));
        for request in [
            "May 12-16",
            "12-16 May",
            "from May 12 to May 16, 2027",
            "12 May to 16 May",
            "May 12 - 16, 2027",
            "12th to the 16th of May",
            "between 12th and 16th of May",
            "2027-05-12 to 2027-05-16",
            "12.5.2027-16.5.2027",
            "12.-16. May",
            "May 12th through 16th",
            "between May 12th and 16th, 2027",
            "leaving 12 May, returning 16 May",
            "12.5.-16.5.2027",
            "12/5 - 16/5",
            "begin on May 12th and conclude on May 16th, 2027",
            "Wed 12 to Sun 16 May",
            "from the 12th to the 16th of May",
            "in May 2027, from the 12th to the 16th",
            "May 12th, 13th, 14th, 15th and 16th",
            "from May 12th through the 16th, 2027",
            "leaving on May 12th, 2027 and returning on the 16th",
            "leave on the 12th of May 2027 and come back home on the 16th",
            "leaving on the 12th and flying home on May 16th, 2027",
        ] {
            assert_eq!(written(request), expected, "{request}");
        }
        assert_eq!(written("28 Dec - 3 Jan"), Some(Ok(Written::Between(day(2026, 12, 28), day(2027, 1, 3)))));
        assert_eq!(written("until 16 May"), Some(Ok(Written::Until(day(2027, 5, 16)))));
        assert_eq!(written("5 of us, returning on 16 May"), Some(Ok(Written::Until(day(2027, 5, 16)))));
        assert_eq!(written("12 May and 2 people"), Some(Ok(Written::From(day(2027, 5, 12)))));
    }

    #[test]
    fn a_missing_year_is_the_next_one() {
        assert_eq!(written("20 November"), Some(Ok(Written::From(day(2026, 11, 20)))));
        assert_eq!(written("19 November"), Some(Ok(Written::From(day(2027, 11, 19)))));
        assert_eq!(written("29 February"), Some(Ok(Written::From(day(2028, 2, 29)))));
        assert_eq!(written("Saturday 13 March"), Some(Ok(Written::From(day(2027, 3, 13)))));
    }

    #[test]
    fn impossible_days_say_why() {
        for request in ["31 February", "2027-13-45", "May 16-12 2027", "Friday 13 March 2027", "30.2.2027"] {
            assert!(matches!(written(request), Some(Err(_))), "{request}: {:?}", written(request));
        }
        for request in ["open 24/7", "4 days", "in May", "a 5/10 hotel", "I may go"] {
            assert_eq!(written(request), None, "{request}");
        }
    }

    #[test]
    fn slashes_follow_the_style_and_are_noted() {
        let read_as = |style| {
            let mut text = Text::new("on 5/12/2027");
            read(&mut text, day(2026, 11, 20), style)
        };
        assert_eq!(read_as(Some(Style::MonthFirst)).written, Some(Ok(Written::From(day(2027, 5, 12)))));
        assert_eq!(read_as(Some(Style::DayFirst)).written, Some(Ok(Written::From(day(2027, 12, 5)))));
        assert!(read_as(None).note.is_some());
    }
}
