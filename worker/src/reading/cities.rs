//! How many cities the text asks for, and how long it stays in each.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use super::{
    numbers::{count, pattern},
    text::Text,
};

/// What "a few cities" is taken for.
const FEW: u32 = 3;

/// "2 to 3 cities": ends that are further apart belong to different things.
const RANGE_MAX: u32 = 2;

/// "2 cities in Texas".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    /// The words for the number and the cities.
    pub(super) range: Range<usize>,
    pub(super) number: Number,
    /// The region right after them.
    pub(super) of: Option<Range<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Exactly(u32),
    /// "a few cities".
    About(u32),
    /// "several cities": two or more.
    Several,
    /// "another city", beside those that are named.
    More(u32),
}

/// Nights or days in a city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) range: Range<usize>,
    pub(super) value: u32,
    pub(super) is_days: bool,
}

static CITIES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?P<more>another|{count} (?:more|other|additional|further)) (?:[a-z]+ )?|(?P<count>(?:{count}(?: to | or | ?- ?))?{count}|both|several|multiple|multi|various|numerous|many|some|a couple(?: of)?|a pair of|a few|few|a handful of|a trio of|a number of|an?)[ -](?:(?:of (?:the|its|their|our)|different|distinct|unique|separate|individual|diverse|various|or more|main|major|(?P<any>[a-z'-]+)),? ){0,2})(?P<noun>cit(?:y|ies)|towns?|metropolises|destinations?|stops?|places|locations?|spots|urban (?:centers|centres|areas|destinations))\b",
    )
});
/// "cities of Texas, two of them".
static OF_THEM: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bcities(?: [a-z]+){0,3}?(?:,| -|:)? \(?(?P<count>{count}) of (?:them|these|those)\b"));
/// Between a number of cities and their region.
static OF_REGION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^ (?:all )?(?:in|across|within|throughout|around|inside|of|from|over|through|located in|spread across|situated in|scattered across)(?: and around)? (?:the )?(?:beautiful |great |sunny |lovely )?$",
    )
});
/// Words that a number counts instead of the cities after them: "2 people visiting cities".
const OTHER_UNITS: [&str; 17] = [
    "people",
    "persons",
    "person",
    "adults",
    "adult",
    "days",
    "day",
    "nights",
    "night",
    "weeks",
    "week",
    "friends",
    "kids",
    "guests",
    "travelers",
    "travellers",
    "in",
];
static STAY_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?P<count>{count}|an?)(?: (?P<unit>nights?|days?)| more)?(?: (?:exploring|visiting|touring|of))?(?: (?:in|at|around|for))? (?:the )?(?:city of )?$",
    )
});
static STAY_AFTER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?: for| -|:|,)? ?\(?(?P<count>{count}|an?)(?:[ -]?(?P<unit>nights?|days?))?\b\)?"));
/// What makes a number without a unit something else than nights.
static NO_STAY_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[-/%]| ?(?:people|persons?|adults?|of us|travell?ers?|guests?|kids?|children|friends|individuals|eur|usd|gbp|dollars|euros|pounds|k|weeks?|months?|hours?|{month})\b)",
    )
});
static EACH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?P<count>{count}) (?P<unit>nights?|days?) (?:each\b|(?:in|at|for|per) (?:each|every|both)(?: (?:city|place|one|of them))?|per city|per place|apiece)",
    )
});

/// Every number of cities, in the text's order. `cities` and `regions` are where names of those stand.
pub(super) fn counts(text: &Text<'_>, cities: &[Range<usize>], regions: &[Range<usize>]) -> Vec<Counted> {
    // "2 to Kansas City".
    let is_name =
        |count: &Counted| cities.iter().any(|city| city.start < count.range.end && count.range.end <= city.end);
    let found = CITIES.captures_iter(text.folded()).filter_map(|found| counted(text, regions, &nearest(text, found)));
    let mut counts: Vec<Counted> = found.filter(|count| !is_name(count)).collect();
    if counts.is_empty()
        && let Some(found) = OF_THEM.captures(text.folded())
    {
        let range = found.get(0).expect("every match has a whole").range();
        counts.push(Counted { range, number: Number::Exactly(count(&found["count"])), of: None });
    }
    counts
}

/// Of several numbers before "cities" the last one: in "a party of four across two cities" they are two.
fn nearest<'t>(text: &'t Text<'_>, mut found: Captures<'t>) -> Captures<'t> {
    const NUMBERS_MAX: usize = 3;
    for _ in 0..NUMBERS_MAX {
        let whole = found.get(0).expect("every match has a whole");
        let is_range = found.name("count").is_some_and(|words| upper_count(words.as_str()).1);
        let later = CITIES.captures_at(text.folded(), whole.start() + 1);
        let same = later.filter(|later| later.get(0).is_some_and(|later| later.end() == whole.end()));
        let is_number =
            |found: &Captures<'_>| found.name("count").is_some_and(|words| upper_count(words.as_str()).0 > 0);
        match same.filter(|later| !is_range && is_number(later)) {
            Some(later) => found = later,
            None => break,
        }
    }
    found
}

fn counted(text: &Text<'_>, regions: &[Range<usize>], found: &Captures<'_>) -> Option<Counted> {
    let range = found.get(0)?.range();
    let noun = &found["noun"];
    let gap_of = |region: &&Range<usize>| {
        region.start >= range.end
            && region.start - range.end < 40
            && OF_REGION.is_match(&text.folded()[range.end..region.start])
    };
    let after = regions.iter().find(gap_of).cloned();
    // "2 Texas cities".
    let within = regions.iter().find(|region| range.start < region.start && region.end <= range.end).cloned();
    let of = after.or(within);
    let is_city =
        noun.starts_with("cit") || noun.starts_with("town") || noun.starts_with("metro") || noun.starts_with("urban");
    let is_other = text.folded()[range.clone()].split([' ', '-', ',']).any(|word| OTHER_UNITS.contains(&word));
    let is_trip = [
        "break", "trip", "tour", "getaway", "centre", "center", "pass", "card", "life", "hall", "view", "park", "walk",
    ];
    let is_trip = is_trip.iter().any(|word| text.after(range.end).trim_start().starts_with(word));
    if (!is_city && of.is_none()) || is_other {
        return None;
    }
    let number = match (found.name("more"), found.name("count").map(|count| count.as_str())) {
        (Some(more), _) => Number::More(if more.as_str() == "another" { 1 } else { first_count(more.as_str()) }),
        (_, Some("a" | "an")) => {
            // "a city in Texas" counts; "a city break" and "in a city with beaches" do not.
            of.as_ref().filter(|_| !is_trip)?;
            Number::Exactly(1)
        }
        (_, Some("both")) => Number::Exactly(2),
        (_, Some(word)) if word.starts_with("a couple") || word == "a pair of" => Number::Exactly(2),
        (_, Some("a trio of")) => Number::Exactly(3),
        (_, Some("few" | "a few" | "a handful of")) => Number::About(FEW),
        (_, Some(word)) => match upper_count(word) {
            (0, _) if noun.ends_with('y') && word != "multi" => return None,
            (0, _) => Number::Several,
            (value, true) => Number::About(value),
            (value, false) => Number::Exactly(value),
        },
        (None, None) => return None,
    };
    Some(Counted { range, number, of })
}

fn first_count(words: &str) -> u32 {
    count(words.rsplit_once(' ').map_or(words, |(number, _)| number))
}

/// The upper end of "2 to 3", and whether there are two ends.
fn upper_count(words: &str) -> (u32, bool) {
    for joint in [" to ", " or ", " - ", "-"] {
        if let Some((lower, upper)) = words.split_once(joint)
            && count(lower) > 0
        {
            // "for one to 2 cities" and "a party of five to two cities" are no ranges.
            let is_word = |number: &str| number.starts_with(|first: char| first.is_ascii_alphabetic());
            let is_near = count(lower) < count(upper) && count(upper) - count(lower) <= RANGE_MAX;
            return (count(upper), is_near && is_word(lower) == is_word(upper));
        }
    }
    (count(words), false)
}

/// How long the text stays in each of the cities at `ranges`, which are in its order. Empty unless it says so for all of
/// them, or for some beside a length of the whole trip.
/// `lengths` is where the text says how long anything takes.
pub(super) fn stays(text: &Text<'_>, ranges: &[Range<usize>], lengths: &[Range<usize>]) -> Vec<Option<Stay>> {
    if ranges.len() < 2 {
        return Vec::new();
    }
    let mut stays: Vec<Option<Stay>> = Vec::new();
    let mut floor = 0;
    for (index, range) in ranges.iter().enumerate() {
        let follows = stays.iter().any(Option::is_some);
        let next = ranges.get(index + 1).map_or(text.folded().len(), |next| next.start);
        let found = stay(text, &STAY_BEFORE, floor..range.start, follows)
            .or_else(|| stay(text, &STAY_AFTER, range.end..next, follows));
        floor = found.as_ref().map_or(range.end, |stay| stay.range.end.max(range.end));
        stays.push(found);
    }
    // "6 nights in Paris and Rome", "Paris and Rome for 6 nights" are the whole trip.
    let known = stays.iter().flatten().count();
    let is_shared = |index: usize| {
        ranges.get(index + 1).is_some_and(|next| {
            let gap = &text.folded()[ranges[index].end..next.start];
            stays[index + 1].is_none() && gap.trim().len() <= 5
        })
    };
    let is_stay = |length: &Range<usize>| {
        stays.iter().flatten().any(|stay| stay.range.start < length.end && length.start < stay.range.end)
    };
    let has_length = lengths.iter().any(|length| !is_stay(length));
    let is_partial = has_length && !stays[..1].iter().any(Option::is_none) && !is_shared(0);
    if known == stays.len() || (known > 0 && is_partial) { stays } else { Vec::new() }
}

/// The stay that `regex` finds in `within`. A number without a unit counts only after one with a unit.
fn stay(text: &Text<'_>, regex: &Regex, within: Range<usize>, follows: bool) -> Option<Stay> {
    let open = &text.folded()[within.clone()];
    let found = regex.captures(open)?;
    let unit = found.name("unit").map(|unit| unit.as_str());
    if unit.is_none() && !follows {
        return None;
    }
    // "Rome for 2 people", "Rome 2,000 euros".
    let rest = &text.folded()[within.start + found.get(0)?.end()..];
    let is_else = rest.starts_with([',', '.']) && rest[1..].starts_with(|next: char| next.is_ascii_digit());
    if unit.is_none() && (is_else || NO_STAY_AFTER.is_match(rest)) {
        return None;
    }
    let value = match &found["count"] {
        "a" | "an" if unit.is_none() => return None,
        "a" | "an" => 1,
        number => count(number),
    };
    let (start, end) = (found.name("count")?.start(), found.name("unit").or(found.name("count"))?.end());
    let range = within.start + start..within.start + end;
    Some(Stay { range, value, is_days: unit.is_some_and(|unit| unit.starts_with('d')) })
}

/// "2 nights in each city".
pub(super) fn each(text: &Text<'_>) -> Option<Stay> {
    let found = EACH.captures(text.folded())?;
    let range = found.get(0)?.range();
    Some(Stay { range, value: count(&found["count"]), is_days: found["unit"].starts_with('d') })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(request: &str, region: Option<&str>) -> Option<Number> {
        let text = Text::new(request);
        let region = region.map(|name| {
            let start = text.folded().find(name).unwrap();
            start..start + name.len()
        });
        counts(&text, &[], region.as_slice()).first().map(|counted| counted.number)
    }

    #[test]
    fn cities_are_counted_in_many_words() {
        for (request, expected) in [
            ("2 cities", Number::Exactly(2)),
            ("three different cities", Number::Exactly(3)),
            ("two of its cities", Number::Exactly(2)),
            ("a couple of towns", Number::Exactly(2)),
            ("a three-city tour", Number::Exactly(3)),
            ("2 unique, lively cities", Number::Exactly(2)),
            ("one city", Number::Exactly(1)),
            ("a few cities", Number::About(3)),
            ("2-3 cities", Number::About(3)),
            ("several cities", Number::Several),
            ("one more city", Number::More(1)),
        ] {
            assert_eq!(number(request, None), Some(expected), "{request}");
        }
        for request in ["a city break", "two people visiting cities", "3 places to eat", "the cities", "some city"] {
            assert_eq!(number(request, None), None, "{request}");
        }
    }

    #[test]
    fn stops_and_places_count_only_in_a_region() {
        assert_eq!(number("3 stops in texas", Some("texas")), Some(Number::Exactly(3)));
        assert_eq!(number("two texas towns", Some("texas")), Some(Number::Exactly(2)));
        assert_eq!(number("a city in texas", Some("texas")), Some(Number::Exactly(1)));
        assert_eq!(number("3 stops", None), None);
    }

    #[test]
    fn stays_are_read_for_all_cities_or_not_at_all() {
        let values = |request: &str| -> Vec<Option<u32>> {
            let text = Text::new(request);
            let lengths = crate::reading::lengths::ranges(&text);
            let mut ranges: Vec<Range<usize>> = ["paris", "rome", "florence"]
                .iter()
                .filter_map(|name| text.folded().find(name).map(|start| start..start + name.len()))
                .collect();
            ranges.sort_by_key(|range| range.start);
            stays(&text, &ranges, &lengths).into_iter().map(|stay| stay.map(|stay| stay.value)).collect()
        };
        assert_eq!(values("3 nights in Paris and 2 in Rome"), [Some(3), Some(2)]);
        assert_eq!(values("Paris (3 nights), Rome (2 nights)"), [Some(3), Some(2)]);
        assert_eq!(values("Paris for 3 nights, then Rome for two"), [Some(3), Some(2)]);
        assert_eq!(values("6 nights in Paris and Rome"), []);
        assert_eq!(values("Paris and Rome for 6 nights"), []);
        assert_eq!(values("a week with 3 nights in Paris, then on to Rome"), [Some(3), None]);
    }
}
