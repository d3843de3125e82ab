//! How long the trip is: "4 days", "three nights", "a fortnight", "a long weekend".

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    fields::Field,
    numbers::{count, pattern},
    text::Text,
};

/// What the text says about the trip's length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Length {
    /// Both ends counted.
    pub(super) days: Option<u32>,
    /// "weekend": the trip starts on a Friday.
    pub(super) is_weekend: bool,
    /// Said in weeks: seven nights are a week, too.
    pub(super) is_weeks: bool,
    /// What had to be decided to read it.
    pub(super) note: Option<String>,
    /// Why the text contradicts itself.
    pub(super) problem: Option<String>,
}

static SPAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?P<count>{count}|an?|a couple of|couple of|a few|several|a good|a full|a whole|the)(?:(?: ?(?:-|to|or) ?)(?P<upper>{count}))?[ -]?(?:(?:full|whole|short|more|lovely|relaxing|glorious|sunny|busy|consecutive|long) )?(?P<unit>days?|nights?|weeks?|d|n)\b",
    )
});
/// "4d3n", "5D/4N".
static SHORT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?P<days>[0-9]{1,2}) ?d ?[/ ,]? ?(?P<nights>[0-9]{1,2}) ?n\b"));
static FORTNIGHT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bfortnight\b"));
static WEEKLONG: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:week[- ]?long|(?:spend|stay|for|whole|entire|of|one) (?:the |one )?week|week (?:in|trip|away|off|holiday|vacation))\b",
    )
});
static LONG_WEEKEND: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:long|extended|bank holiday|three-day|3-day) week-?end\b"));
static WEEKEND: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bweek-?end\b"));
/// A day that is only a part of the trip: "one day at the beach", "a day trip".
static PART_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?: |-)(?:trips?\b|tours?\b|excursions?\b|out\b|(?:at|on|for) (?:the |a |an )?(?:beach|hik|museum|shopping|market|relax|food|spa|art)|of (?:hiking|museums?|shopping|relaxing|rest|art|beach|sightseeing)|pass\b|ticket|before\b|in advance|ahead\b|ago\b|from now|old\b|later\b)",
    )
});

impl Length {
    /// Takes in the nights that were said city by city; they may contradict the length of the whole.
    pub(super) fn agree_with(&mut self, nights: u32) {
        let days = nights.saturating_add(1);
        match self.days {
            None => self.days = Some(days),
            // "A week: four nights in Rome and three in Florence".
            Some(said) if self.is_weeks && said == nights => self.days = Some(days),
            Some(said) if said == days => {}
            Some(said) => {
                self.problem = Some(format!(
                    "The nights in each city make a trip of {days} days, and the request also says {said} days."
                ));
            }
        }
    }
}

/// Reads the length and marks its words.
pub(super) fn read(text: &mut Text<'_>) -> Length {
    let mut length = Length::default();
    if let Some(found) = SHORT.captures(text.open()) {
        let (days, nights) = (count(&found["days"]), count(&found["nights"]));
        let range = found.get(0).map_or(0..0, |whole| whole.range());
        (length.days, length.problem) = (Some(days), contradiction(days, nights));
        text.take(range, Field::EndDate);
        return length;
    }
    for (regex, days) in [(&LONG_WEEKEND, 4), (&FORTNIGHT, 14)] {
        if let Some(found) = regex.find(text.open()).map(|found| found.range()) {
            length.days = Some(days);
            (length.is_weekend, length.is_weeks) = (days == 4, days == 14);
            text.take(found, Field::EndDate);
        }
    }
    read_spans(text, &mut length);
    if length.days.is_none()
        && let Some(found) = WEEKLONG.find(text.open()).map(|found| found.range())
    {
        (length.days, length.is_weeks) = (Some(7), true);
        text.take(found, Field::EndDate);
    }
    for found in WEEKEND.find_iter(text.open()).map(|found| found.range()).collect::<Vec<_>>() {
        length.is_weekend = true;
        text.take(found, Field::EndDate);
    }
    if length.is_weekend && length.days == Some(4) {
        length.note = Some(
            "A long weekend was taken for Friday to Monday, 4 days; write a number of days to change it.".to_owned(),
        );
    }
    length
}

/// Where the text says how long anything takes.
pub(super) fn ranges(text: &Text<'_>) -> Vec<Range<usize>> {
    let spans = SPAN.captures_iter(text.folded()).filter_map(|found| counted(text, &found)).map(|one| one.range);
    let weeks = WEEKLONG.find_iter(text.folded()).chain(FORTNIGHT.find_iter(text.folded())).map(|found| found.range());
    spans.chain(weeks).collect()
}

/// The days or nights that one phrase counts.
struct Counted {
    range: Range<usize>,
    value: u32,
    unit: Unit,
    is_weeks: bool,
    note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Days,
    Nights,
}

fn read_spans(text: &mut Text<'_>, length: &mut Length) {
    let counted: Vec<Counted> = SPAN.captures_iter(text.open()).filter_map(|found| counted(text, &found)).collect();
    let most = |unit: Unit| counted.iter().filter(|one| one.unit == unit).max_by_key(|one| one.value);
    let (days, nights) = (most(Unit::Days), most(Unit::Nights));
    let total = match (days, nights) {
        // "three nights of jazz in 7 days": the smaller number is a part.
        (Some(days), Some(nights)) if nights.value >= days.value => {
            length.problem = contradiction(days.value, nights.value);
            Some(days)
        }
        (Some(days), _) => Some(days),
        (None, nights) => nights,
    };
    let Some(total) = total else { return };
    length.days = Some(if total.unit == Unit::Nights { total.value.saturating_add(1) } else { total.value });
    length.note.clone_from(&total.note);
    length.is_weeks = total.is_weeks;
    let (unit, value) = (total.unit, total.value);
    for one in counted {
        let is_part = one.unit == unit && one.value < value;
        if is_part { text.refuse(one.range) } else { text.take(one.range, Field::EndDate) }
    }
}

fn counted(text: &Text<'_>, found: &regex::Captures<'_>) -> Option<Counted> {
    let range = found.get(0)?.range();
    let (word, unit) = (&found["count"], &found["unit"]);
    let (is_week, is_one) =
        (unit.starts_with("week"), ["a", "an", "a good", "a full", "a whole", "the"].contains(&word));
    let after = text.after(range.end);
    // "a day", "the week", "the nights" count nothing; "a week" does; so do "4d" and "3n" only with digits.
    let is_short = unit == "d" || unit == "n";
    let counts_nothing = (is_one && !is_week)
        || (word == "the" && !text.before(range.start).ends_with("for "))
        || (is_short && !word.starts_with(|first: char| first.is_ascii_digit()));
    let is_part = PART_AFTER.is_match(after)
        && (is_one
            || count(word) == 1
            || !after.starts_with([' ', '-'])
            || !["tr", "tour", "excursion"].iter().any(|trip| after[1..].starts_with(trip)));
    if counts_nothing || is_part {
        return None;
    }
    let (lower, vague) = match word {
        "a couple of" | "couple of" => (2, true),
        "a few" | "several" => (if is_week { 2 } else { 4 }, true),
        _ if is_one => (1, false),
        number => (count(number), false),
    };
    let upper = found.name("upper").map(|upper| count(upper.as_str()));
    let value = upper.unwrap_or(lower).max(lower).saturating_mul(if is_week { 7 } else { 1 });
    let note = (vague || upper.is_some()).then(|| {
        format!(
            "\"{}\" was taken for {value} {}; write one number to change it.",
            text.original_of(&range),
            if unit.starts_with('n') { "nights" } else { "days" }
        )
    });
    let unit = if unit.starts_with('n') { Unit::Nights } else { Unit::Days };
    Some(Counted { range, value, unit, is_weeks: is_week, note })
}

fn contradiction(days: u32, nights: u32) -> Option<String> {
    let holds = nights < days;
    (!holds).then(|| {
        format!(
            "{nights} nights make a trip of {} days, and the request also says {days} days.",
            nights.saturating_add(1)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(request: &str) -> Option<u32> {
        read(&mut Text::new(request)).days
    }

    #[test]
    fn lengths_read_in_many_words() {
        for (request, expected) in [
            ("4 days", 4),
            ("four-day trip", 4),
            ("three nights", 4),
            ("a week", 7),
            ("a fortnight", 14),
            ("2 weeks", 14),
            ("a 10-day holiday", 10),
            ("long weekend", 4),
            ("4 days / 3 nights", 4),
            ("5D4N", 5),
            ("week-long", 7),
            ("one week", 7),
            ("for the week", 7),
            ("3-4 days", 4),
            ("four or five days", 5),
            ("a few days", 4),
            ("a couple of days", 2),
            ("5 days with one day at the beach", 5),
            ("a week, 2 days of museums", 7),
            ("1 day", 1),
            ("twenty-one days", 21),
            ("400 days", 400),
            ("a one-week trip", 7),
            ("5day trip", 5),
            ("a couple of weeks", 14),
        ] {
            assert_eq!(days(request), Some(expected), "{request}");
        }
        for request in ["a day at the beach", "the nights are warm", "every day", "day trips", "in the week"] {
            assert_eq!(days(request), None, "{request}");
        }
    }

    #[test]
    fn nights_and_days_that_do_not_fit_are_a_problem() {
        assert!(read(&mut Text::new("4 days and 6 nights")).problem.is_some());
        assert!(read(&mut Text::new("4 days and 3 nights")).problem.is_none());
    }
}
