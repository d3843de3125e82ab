//! Times that are named, not dated: "in early May", "next weekend", "over Christmas", "this summer".

use std::{ops::Range, sync::LazyLock};

use chrono::{Datelike, NaiveDate, Weekday};
use regex::Regex;

use super::{
    calendar::{day, easter, next_of, on_or_after, plus, spelled, thanksgiving},
    dates::month_start,
    fields::Field,
    numbers::{count, month, pattern, weekday},
    text::Text,
};

/// When the trip starts, as far as a named time says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// On this day.
    Day(NaiveDate),
    /// On a fitting weekday from this day on.
    From(NaiveDate),
    /// Before today: "last week".
    Past,
}

/// A time that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) start: Start,
    /// The person's words for it.
    pub(super) words: String,
    /// Whether it is a weekend, which starts on a Friday.
    pub(super) is_weekend: bool,
    /// Days of a span of weekdays: "Friday to Monday".
    pub(super) days: Option<u32>,
    /// Whether a day had to be chosen, which the list of assumptions says.
    pub(super) is_vague: bool,
}

/// Which half of the globe: where July is winter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hemisphere {
    North,
    South,
}

static MONTH_PART: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?P<part>early|beginning of|start of|first half of|first week of|first week in|first weekend of|first weekend in|second week of|second week in|second weekend of|second weekend in|third week of|third week in|third weekend of|third weekend in|mid|mid-|middle of|late|end of|last week of|last week in|last weekend of|last weekend in|second half of)(?: |-)?(?P<month>{month})\b(?:,? ?(?:of )?(?P<year>(?:19|20|21)[0-9]{2})\b)?",
    )
});
static MONTH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?P<before>in|during|this|next|for|around|of|over|sometime in|by|early in|late in|about|a|,) )?(?P<month>{month})\b\.?(?:,? ?(?:of )?(?P<year>(?:19|20|21)[0-9]{2})\b)?(?: (?:or|and|/) (?:early |late |mid )?{month}\b(?: (?:19|20|21)[0-9]{2}\b)?)?",
    )
});
static SEASON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?P<before>in|during|this|next|over|for|the|early|late|mid|coming)(?: the)? )+(?:early |late |mid )?(?P<season>summer|spring|autumn|fall|winter)(?:time)?\b(?: (?:of )?(?P<year>(?:20|21)[0-9]{2})\b)?",
    )
});
static FEAST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:over|at|for|around|during|on|this|next|before|after|in) )?(?:the )?(?P<feast>christmas|xmas|new year'?s?(?: eve)?|nye|silvester|easter|thanksgiving|halloween|valentine'?s?(?: day)?|st\.? patrick'?s day)\b(?P<market> (?:markets?|lights|shopping|decorations))?(?: (?P<year>(?:20|21)[0-9]{2})\b)?",
    )
});
static RELATIVE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?P<overmorrow>(?:the )?day after tomorrow)|(?P<tomorrow>tomorrow)|(?P<today>today|tonight|right now)|(?P<span>this|next|the coming|coming|upcoming|the following) (?P<unit>week-?end|week|month|year)|(?:in|within) (?:about |around )?(?P<ahead>{count}|an?|a couple of|a few) (?P<ahead_unit>weeks?|months?)(?:' time|s' time| time)?|(?P<later>{count}|an?) (?P<later_unit>days?|weeks?|months?) from (?:now|today))\b",
    )
});
static WEEKDAYS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?P<which>on|this|next|coming|from|starting|starting on|leaving|leaving on|starts on|on a|a|every) )?(?P<first>{weekday})s?\b(?: ?(?:-|to|until|till|through|thru) ?(?:the )?(?:following |next )?(?P<last>{weekday})\b)?",
    )
});
static YEAR: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:in|during|for|of) (?P<year>(?:19|20|21)[0-9]{2})\b"));
static PAST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:last (?:week|weekend|month|{weekday}|{month})|yesterday|{count} (?:days|weeks|months) ago)\b")
});
/// "last month we were in Rome" tells a story; it dates nothing.
static STORY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:was|were|went|visited|did|had|saw|loved|came|married|returned|been|got|spent|turned|took|started|moved)\b",
    )
});

/// Reads the first named time and marks its words; the vaguer kinds only where no sharper one is.
pub(super) fn read(text: &mut Text<'_>, today: NaiveDate, hemisphere: Hemisphere) -> Option<Period> {
    let found = month_part(text, today)
        .or_else(|| feast(text, today))
        .or_else(|| relative(text, today))
        .or_else(|| whole_month(text, today))
        .or_else(|| season(text, today, hemisphere))
        .or_else(|| year(text, today));
    let weekdays = weekdays(text, today);
    match (found, weekdays) {
        // "from Friday to Monday in May": the month says when, the weekdays say how long.
        (Some(mut period), Some(weekdays)) => {
            period.days = weekdays.days;
            if let (Start::From(from), Start::Day(weekday)) = (&period.start, &weekdays.start) {
                period.start = Start::Day(on_or_after(*from, weekday.weekday()));
            }
            Some(period)
        }
        (Some(period), None) | (None, Some(period)) => Some(period),
        (None, None) => past(text),
    }
}

impl Period {
    /// The day on which the trip starts. `None` for a time that is past.
    pub(super) fn start_day(&self, is_weekend: bool) -> Option<NaiveDate> {
        let weekday = if is_weekend || self.is_weekend { Weekday::Fri } else { Weekday::Sat };
        match self.start {
            Start::Day(day) => Some(day),
            Start::From(day) => Some(on_or_after(day, weekday)),
            Start::Past => None,
        }
    }

    /// The sentence for the list of assumptions, when the trip starts on `start`.
    pub(super) fn note(&self, start: NaiveDate) -> Option<String> {
        self.is_vague.then(|| {
            format!(
                "\"{}\" was taken for a start on {}; write a day such as \"12 May\" or set \
                 constraints.start_date to change it.",
                self.words,
                spelled(start)
            )
        })
    }

    fn vague(text: &mut Text<'_>, range: Range<usize>, start: Start) -> Self {
        let words = text.original_of(&range).trim_start_matches(',').trim().to_owned();
        text.take(range, Field::StartDate);
        Self { start, words, is_weekend: false, days: None, is_vague: true }
    }
}

/// The first fitting day after `from`; where that is not after today, tomorrow while the month lasts, else next year.
fn in_month(from_day: u32, month_number: u32, year: Option<i32>, today: NaiveDate) -> NaiveDate {
    let start = month_start(month_number, year, today);
    let from = plus(start, i64::from(from_day) - 1);
    // A week further on, no Saturday of the wanted part is left.
    if year.is_some() || plus(from, 6) > today && on_or_after(from, Weekday::Fri) > today {
        return from;
    }
    let tomorrow = plus(today, 1);
    let has_saturday = on_or_after(tomorrow, Weekday::Sat).month() == month_number && today.month() == month_number;
    if has_saturday {
        tomorrow
    } else {
        plus(day(start.year().saturating_add(1), month_number, 1), i64::from(from_day) - 1)
    }
}

fn month_part(text: &mut Text<'_>, today: NaiveDate) -> Option<Period> {
    let (range, part, number, year) = {
        let found = MONTH_PART.captures(text.open())?;
        let year = found.name("year").and_then(|year| year.as_str().parse().ok());
        (found.get(0)?.range(), found["part"].to_owned(), month(&found["month"])?, year)
    };
    let first_day = match part.as_str() {
        part if part.starts_with("second w") => 8,
        part if part.starts_with("third") => 15,
        part if part.starts_with("mid") => 11,
        part if part.starts_with("second h") => 16,
        part if part.starts_with("late") || part.starts_with("end") => 21,
        part if part.starts_with("last") => 22,
        _ => 1,
    };
    let mut from = in_month(first_day, number, year, today);
    if part.starts_with("last") {
        // In longer months the last seven days begin later.
        from = (0..3).map(|ahead| plus(from, 3 - ahead)).find(|day| plus(*day, 6).month() == number).unwrap_or(from);
    }
    let mut period = Period::vague(text, range, Start::From(from));
    period.is_weekend = part.contains("weekend");
    Some(period)
}

fn whole_month(text: &mut Text<'_>, today: NaiveDate) -> Option<Period> {
    let (range, number, year, is_next) = MONTH.captures_iter(text.open()).find_map(|found| {
        let word = found.name("month")?;
        let year: Option<i32> = found.name("year").and_then(|year| year.as_str().parse().ok());
        let before = found.name("before").map_or("", |before| before.as_str());
        // "may", "march", "mar" and "sun" are other words too.
        let is_plain_word = ["may", "march", "mar", "jan", "dec", "sep", "august"].contains(&word.as_str());
        let is_clear = year.is_some() || !["", "a", "about", "of"].contains(&before) || !is_plain_word;
        let after = text.after(word.end());
        let stands_alone =
            text.is_capital(&word.range()) && after.is_empty() || after.starts_with([',', '.', ';', '\n', ')']);
        let range = found.get(0)?.range();
        (is_clear || stands_alone).then_some((range, month(word.as_str())?, year, before == "next"))
    })?;
    const SECOND_WEEK: u32 = 8;
    let mut from = in_month(SECOND_WEEK, number, year, today);
    if is_next && today.month() == number && from.year() == today.year() {
        from = plus(day(today.year().saturating_add(1), number, 1), i64::from(SECOND_WEEK) - 1);
    }
    Some(Period::vague(text, range, Start::From(from)))
}

fn feast(text: &mut Text<'_>, today: NaiveDate) -> Option<Period> {
    let (range, name, year, is_market) = {
        let found = FEAST.captures(text.open())?;
        let year: Option<i32> = found.name("year").and_then(|year| year.as_str().parse().ok());
        (found.get(0)?.range(), found["feast"].to_owned(), year, found.name("market").is_some())
    };
    let by_year = |year: i32| match name.as_str() {
        // The markets close on Christmas Eve.
        "christmas" | "xmas" if is_market => on_or_after(day(year, 12, 8), Weekday::Sat),
        "christmas" | "xmas" => day(year, 12, 23),
        "easter" => plus(easter(year), -2),
        "thanksgiving" => plus(thanksgiving(year), -1),
        "halloween" => day(year, 10, 30),
        name if name.starts_with("valentine") => day(year, 2, 13),
        name if name.starts_with("st") => day(year, 3, 16),
        _ => day(year, 12, 30),
    };
    let start = year.map_or_else(|| next_of(today, by_year), by_year);
    let end = if is_market {
        range.end - text.folded()[range.clone()].rfind(' ').map_or(0, |at| range.len() - at)
    } else {
        range.end
    };
    Some(Period::vague(text, range.start..end, Start::Day(start)))
}

fn relative(text: &mut Text<'_>, today: NaiveDate) -> Option<Period> {
    let (range, start, is_weekend, is_vague) = {
        let found = RELATIVE.captures(text.open())?;
        let range = found.get(0)?.range();
        let has = |name: &str| found.name(name).is_some();
        if has("tomorrow") || has("overmorrow") || has("today") {
            let ahead = i64::from(has("tomorrow")) + 2 * i64::from(has("overmorrow"));
            (range, Start::Day(plus(today, ahead)), false, false)
        } else if let (Some(span), Some(unit)) = (found.name("span"), found.name("unit")) {
            let start = of_this_or_next(
                span.as_str().ends_with("next") || span.as_str().ends_with("following"),
                unit.as_str(),
                today,
            );
            (range, start, unit.as_str().starts_with("weekend") || unit.as_str() == "week-end", true)
        } else {
            let (amount, unit) = match (found.name("ahead"), found.name("later")) {
                (Some(amount), _) => (amount.as_str(), &found["ahead_unit"]),
                (_, Some(amount)) => (amount.as_str(), &found["later_unit"]),
                _ => return None,
            };
            let amount = i64::from(match amount {
                "a" | "an" => 1,
                "a couple of" => 2,
                "a few" => 3,
                number => count(number).min(1_000),
            });
            let days = if unit.starts_with("day") {
                1
            } else if unit.starts_with("week") {
                7
            } else {
                30
            };
            (range, Start::Day(plus(today, amount * days)), false, true)
        }
    };
    let mut period = Period::vague(text, range, start);
    (period.is_weekend, period.is_vague) = (is_weekend, is_vague);
    Some(period)
}

fn of_this_or_next(is_next: bool, unit: &str, today: NaiveDate) -> Start {
    let monday = plus(today, -i64::from(today.weekday().num_days_from_monday()));
    match (unit, is_next) {
        ("week", true) => Start::Day(plus(monday, 7)),
        ("week", false) => Start::Day(plus(today, 1)),
        ("month", true) => {
            let next = on_or_after(day(today.year(), today.month(), 28), today.weekday());
            let first = (0..10).map(|ahead| plus(next, ahead)).find(|day| day.month() != today.month()).unwrap_or(next);
            Start::From(plus(day(first.year(), first.month(), 1), 7))
        }
        ("month", false) => Start::From(plus(today, 1)),
        ("year", true) => Start::From(day(today.year().saturating_add(1), 5, 8)),
        ("year", false) => Start::From(plus(today, 45)),
        (_, true) => Start::Day(plus(monday, 11)),
        // From Friday on, this weekend has begun.
        (_, false) => Start::Day(plus(monday, 4).max(today)),
    }
}

fn season(text: &mut Text<'_>, today: NaiveDate, hemisphere: Hemisphere) -> Option<Period> {
    let (range, name, year) = {
        let found = SEASON.captures(text.open())?;
        let year: Option<i32> = found.name("year").and_then(|year| year.as_str().parse().ok());
        (found.get(0)?.range(), found["season"].to_owned(), year)
    };
    let northern = match name.as_str() {
        "spring" => 5,
        "summer" => 7,
        "winter" => 1,
        _ => 10,
    };
    let number = if hemisphere == Hemisphere::South { (northern + 5) % 12 + 1 } else { northern };
    Some(Period::vague(text, range, Start::From(in_month(11, number, year, today))))
}

fn year(text: &mut Text<'_>, today: NaiveDate) -> Option<Period> {
    let (range, year) = {
        let found = YEAR.captures(text.open())?;
        (found.get(0)?.range(), found["year"].parse::<i32>().ok()?)
    };
    let in_may = day(year, 5, 8);
    let start = if in_may > today { in_may } else { plus(today, 45) };
    let start = if year < today.year() { Start::Day(in_may) } else { Start::From(start) };
    Some(Period::vague(text, range, start))
}

fn weekdays(text: &mut Text<'_>, today: NaiveDate) -> Option<Period> {
    let (range, which, first, last) = WEEKDAYS.captures_iter(text.open()).find_map(|found| {
        let word = found.name("first")?;
        let which = found.name("which").map_or("", |which| which.as_str());
        let last = found.name("last").and_then(|word| weekday(word.as_str()));
        // "sun", "sat", "wed" and "mon" are other words too; so is a market's or a club's night.
        let is_word = word.as_str().len() <= 3 && last.is_none() && (which.is_empty() || which == "a");
        let after = text.after(word.end());
        let is_name = after.starts_with(" market")
            || after.starts_with(" night")
            || after.starts_with(" morning")
            || which == "every";
        (!is_word && !is_name).then_some((found.get(0)?.range(), which.to_owned(), weekday(word.as_str())?, last))
    })?;
    let soonest = on_or_after(plus(today, 1), first);
    let is_this_week = soonest.iso_week() == today.iso_week();
    let start = if which == "next" && is_this_week { plus(soonest, 7) } else { soonest };
    let mut period = Period::vague(text, range, Start::Day(start));
    period.days = last.map(|last| (7 + last.num_days_from_monday() - first.num_days_from_monday()) % 7 + 1);
    Some(period)
}

/// The weekday of "until Friday", marked.
pub(super) fn until_weekday(text: &mut Text<'_>) -> Option<Weekday> {
    static UNTIL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?:until|till|til|through|thru|to|back on|returning|returning on|home on) (?P<day>{weekday})\b")
    });
    let (range, day) = {
        let found = UNTIL.captures(text.open())?;
        (found.get(0)?.range(), weekday(&found["day"])?)
    };
    text.take(range, Field::EndDate);
    Some(day)
}

fn past(text: &mut Text<'_>) -> Option<Period> {
    let range = PAST.find_iter(text.open()).map(|found| found.range()).find(|range| {
        let folded = text.folded();
        let start = folded[..range.start].rfind(['.', '!', '?', '\n']).map_or(0, |at| at + 1);
        let end = folded[range.end..].find(['.', '!', '?', '\n']).map_or(folded.len(), |at| range.end + at);
        !STORY.is_match(&folded[start..end])
    })?;
    Some(Period::vague(text, range, Start::Past))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(request: &str) -> Option<NaiveDate> {
        // A Friday.
        let today = day(2026, 11, 20);
        read(&mut Text::new(request), today, Hemisphere::North).and_then(|period| period.start_day(false))
    }

    #[test]
    fn named_times_have_a_first_day() {
        for (request, (year, month, of_month)) in [
            ("in May", (2027, 5, 8)),
            ("May 2028", (2028, 5, 13)),
            ("early May", (2027, 5, 1)),
            ("mid-May", (2027, 5, 15)),
            ("late May", (2027, 5, 22)),
            ("the last week of May", (2027, 5, 29)),
            ("the last weekend of January", (2027, 1, 29)),
            ("for the Christmas lights", (2026, 12, 12)),
            ("in November", (2026, 11, 21)),
            ("next month", (2026, 12, 12)),
            ("next week", (2026, 11, 23)),
            ("next weekend", (2026, 11, 27)),
            ("this weekend", (2026, 11, 20)),
            ("tomorrow", (2026, 11, 21)),
            ("over Christmas", (2026, 12, 23)),
            ("for New Year's Eve", (2026, 12, 30)),
            ("at Easter", (2027, 3, 26)),
            ("in summer", (2027, 7, 17)),
            ("this winter", (2027, 1, 16)),
            ("in two weeks", (2026, 12, 4)),
            ("next Friday", (2026, 11, 27)),
            ("from Thursday to Sunday", (2026, 11, 26)),
            ("from Thursday to Sunday in May", (2027, 5, 13)),
            ("in 2028", (2028, 5, 13)),
            ("early december", (2026, 12, 5)),
        ] {
            assert_eq!(start(request), Some(day(year, month, of_month)), "{request}");
        }
        for request in ["we may go", "a march through town", "sun and sea", "the Sunday market", "fall in love"] {
            assert_eq!(start(request), None, "{request}");
        }
    }

    #[test]
    fn last_week_is_past_unless_it_tells_a_story() {
        let today = day(2026, 11, 20);
        let read = |request: &str| read(&mut Text::new(request), today, Hemisphere::North).map(|period| period.start);
        assert_eq!(read("a trip to Rome last week"), Some(Start::Past));
        assert_eq!(read("last month we were in Rome"), None);
    }

    #[test]
    fn seasons_turn_around_in_the_south() {
        let today = day(2026, 11, 20);
        let period = read(&mut Text::new("in summer"), today, Hemisphere::South);
        assert_eq!(period.and_then(|period| period.start_day(false)), Some(day(2027, 1, 16)));
    }
}
