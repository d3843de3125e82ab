//! Amounts of money in the text: how much, of which currency, for whom and how long.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use super::{
    currencies::{self, Denomination, denomination, unknown_currency},
    fields::Field,
    numbers::{large, pattern},
    text::Text,
};

/// An amount as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    /// In hundredths of the main unit; `None` if the number is beyond any budget.
    pub(super) cents: Option<i64>,
    pub(super) denomination: Denomination,
    /// "each", "per person".
    pub(super) per_person: bool,
    /// "a day".
    pub(super) per_day: bool,
    /// "between 1500 and 2000": this is the upper end.
    pub(super) is_range: bool,
    /// Stands beside "budget", "spend" or "total".
    is_budget: bool,
    /// Only for a hotel, a flight, a night.
    is_part: bool,
    range: Range<usize>,
}

/// Amounts over this many main units are no budget.
const UNITS_MAX: i64 = 100_000_000;

static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    let (signs, codes, words) = currencies::alternatives();
    let number = r"(?:{large}\b|[0-9]{1,3}(?:[.,' ][0-9]{3})+(?:[.,][0-9]{1,2})?|[0-9]+(?:[.,][0-9]{1,2})?)";
    let scale = r"(?: ?(?:k|thousand|grand|millions?|mio|mln)\b)";
    pattern(&format!(
        r"(?P<minus>\bminus |-)?(?:(?P<sign>{signs}) ?|\b(?P<code>{codes}) ?|\b)(?P<inner>-)?(?P<low>{number})(?P<low_k>{scale})?(?: ?(?:-|to|and|or) ?(?:{signs}|(?:{codes}) )?(?P<high>{number})(?P<high_k>{scale})?)?(?: ?-?(?P<word>{signs}|(?:{codes})\b|{words}))?"
    ))
});
/// Before an amount: this is the budget of the trip.
static BUDGET_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:daily |total |overall |max(?:imum)? |our |my |travel |whole |entire |trip )*(?:budget|spend|spending|limit|allowance|funds)(?: for (?:this|the) (?:solo )?(?:trip|holiday|vacation))?(?: per person| each| pp| per day| a day| per head)*(?: is| of|:| =|'s| now| set| at| to| allows us| allows| around| about| roughly| approximately| approx\.?| up to| max(?:imum)?| only| just| under| below| between| somewhere| not exceed| exactly| no more than| at most| ~| range| max:|-)*|(?:no|not) more than|at most|max(?:imum)?(?: of|:)?|capped at|cap of|up to|spend (?:about|around|up to|at most|max)|total(?: of| is|:)?|cost(?:s|ing)? (?:under|below|up to|at most|less than|no more than)|have|has|got) ?$",
    )
});
/// Before a bare number: this may be money.
static LIMIT_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\b(?:under|below|less than|within|around|about|roughly|approximately|approx\.?|ca\.?|circa|for|with|between)|~|<) ?$",
    )
});
/// After a bare number: this is money.
static BUDGET_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^ (?:(?:total |max |overall )?budget|max|maximum|tops|total|in total|all in|altogether)\b")
});
/// Before or after an amount: it is only for one part of the trip.
static PART_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:hotels?|flights?|rooms?|accommodations?|lodging|beds?|hostels?|apartments?|airbnb|meals?|dinners?|tickets?|train|lunch)(?: budget| that costs?| costing| price)?(?: for| at| of|:| under| below| around| about| up to| max(?:imum)?| less than| over| above| no more than| at most| from)+ ?$",
    )
});
static PART_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^,? ?(?:per night|a night|/ ?night|nightly|an hour|per hour|per meal|a meal|each way|per room|(?:for|on) (?:the |a |our |my )?(?:hotels?|flights?|accommodations?|food|rooms?|apartments?|airbnb|lodging|beds?|hostels?|dinners?|meals?|trains?|bus|car|tickets?|shopping|souvenirs))\b",
    )
});
/// After an amount: what it does not pay for, which a budget for everything cannot hold.
static EXCLUDED_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^,? ?\(?(?:excluding|excl\.?|ex|not including|without|plus|not counting|before|on top of|apart from|w/o) (?:the |our |my )?(?:flights?|airfares?|trains?|hotels?|accommodation|transport(?:ation)?|travel|food|meals?|tickets?)(?: tickets?| costs?| fares?)?\b\)?",
    )
});
static QUALIFIER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^[ ,(]{0,2}(?:(?P<person>each|per person|a person|pp|p\.p\.?|p/p|per head|a head|apiece|per travell?er|per adult|/ ?person|/ ?pp|/ ?pers|for each(?: of us)?|a pop)|(?P<day>per day|a day|/ ?day|daily|each day|per diem|every day)|in total|total|overall|altogether|all in|all-in|max(?:imum)?|tops|or less|budget|for everything|for the (?:whole |entire )?(?:trip|lot)|for all of us|for both of us|for the two of us|together|combined|or so|all inclusive)(?:\b|$)\)?",
    )
});
/// After a bare number: it counts something else.
pub(super) static UNIT_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[a-z0-9%:/]|[-.,][0-9]| ?(?:-|to|and|or)? ?(?:more |full |different |other |distinct |unique |separate )?(?:days?|nights?|weeks?|months?|years?|hours?|hrs?|h|minutes?|mins?|people|persons?|pax|adults?|kids?|child|children|km|kms|kilomet[a-z]+|miles?|met[a-z]+|steps|cities|city|stars?|sights?|museums?|places|friends?|of us|travell?ers?|guests?|am|pm|o'clock|individuals|{month}|{weekday}|rooms?|beds?|stops?|degrees|c|percent)\b)",
    )
});
/// Finds every amount of money and marks it. The budget of the trip, if one is given, is returned; prices of parts and
/// second amounts are refused.
pub(super) fn read(text: &mut Text<'_>) -> Option<Amount> {
    let folded = text.folded().to_owned();
    let mut amounts: Vec<Amount> = Vec::new();
    let mut end = 0;
    for found in AMOUNT.captures_iter(&folded) {
        let Some(amount) = amount(text, &found) else { continue };
        if amount.range.start < end || text.is_taken(amount.range.clone()) {
            continue;
        }
        end = amount.range.end;
        if amount.is_part { text.refuse(amount.range) } else { amounts.push(amount) }
    }
    if amounts.is_empty() {
        return None;
    }
    let budget = amounts.remove(amounts.iter().position(|amount| amount.is_budget).unwrap_or(0));
    text.take(budget.range.clone(), Field::Budget);
    if let Some(excluded) = EXCLUDED_AFTER.find(text.after(budget.range.end)).map(|found| found.end()) {
        text.refuse(budget.range.end..budget.range.end + excluded);
    }
    for other in amounts {
        let is_same = (other.cents, &other.denomination) == (budget.cents, &budget.denomination);
        if is_same { text.take(other.range, Field::Budget) } else { text.refuse(other.range) }
    }
    Some(budget)
}

fn amount(text: &Text<'_>, found: &Captures<'_>) -> Option<Amount> {
    let mut end = found.get(0)?.end();
    let low = found.name("low")?;
    let high = high(text, found);
    if high.is_none() && found.name("high").is_some() {
        end = found.name("low_k").unwrap_or(low).end();
    }
    let number = number_of(text, low.as_str(), low.start());
    let start = found.name("sign").or(found.name("code")).map_or(low.end() - number.len(), |sign| sign.start());
    let context = BUDGET_BEFORE.find(text.before(start)).map_or("", |context| context.as_str());
    let mut denomination = denomination(text, found);
    if denomination == Denomination::Unsaid {
        let is_plain = ["", "have", "has", "got", "up to"].contains(&context.trim());
        let is_budget = !is_plain || BUDGET_AFTER.is_match(text.after(end));
        if let Some(word) = unknown_currency(text, end, is_budget) {
            end = word.end;
            denomination = Denomination::Unknown(text.original_of(&word).to_owned());
        } else if !is_bare_money(text, found, is_budget) {
            return None;
        }
    }
    let said_whole = ["budget", "total", "spend"].iter().any(|word| context.contains(word));
    let part = PART_AFTER.find(text.after(end)).map(|part| end + part.end());
    let is_part = part.is_some() || (!said_whole && PART_BEFORE.is_match(text.before(start)));
    let said = |words: &[&str]| words.iter().any(|word| context.contains(word));
    let mut amount = Amount {
        cents: signed_cents(text, found)?,
        denomination,
        per_person: said(&["per person", "each", " pp", "per head"]),
        per_day: said(&["daily", "per day", "a day"]),
        is_range: high.is_some(),
        is_budget: !context.is_empty() || BUDGET_AFTER.is_match(text.after(end)),
        is_part,
        range: start - context.len()..part.unwrap_or(end),
    };
    amount.read_qualifiers(text);
    Some(amount)
}

/// The upper end of a range: "1,500 to 2,000", but not of "$6,020 and 5 days".
fn high<'t>(text: &Text<'_>, found: &Captures<'t>) -> Option<regex::Match<'t>> {
    let is_money = |high: &regex::Match<'_>| {
        let end = found.name("high_k").map_or(high.end(), |scale| scale.end());
        found.name("word").is_some() || !UNIT_AFTER.is_match(text.after(end))
    };
    found.name("high").filter(is_money)
}

impl Amount {
    /// "each", "a day", "in total", which follow the amount.
    fn read_qualifiers(&mut self, text: &Text<'_>) {
        const QUALIFIERS_MAX: usize = 4;
        for _ in 0..QUALIFIERS_MAX {
            let Some(qualifier) = QUALIFIER.captures(text.after(self.range.end)) else { break };
            let (person, day) = (qualifier.name("person").is_some(), qualifier.name("day").is_some());
            self.per_person |= person;
            self.per_day |= day;
            self.is_budget |= !person && !day;
            self.range.end += qualifier.get(0).map_or(0, |whole| whole.len());
        }
    }
}

/// The upper end of the amount, below zero if a minus stands right before it. The outer `None`: no number.
fn signed_cents(text: &Text<'_>, found: &Captures<'_>) -> Option<Option<i64>> {
    let low = found.name("low")?;
    let (number, scale) = match high(text, found) {
        Some(high) => (high, "high_k"),
        None => (low, "low_k"),
    };
    let scale = match found.name(scale).map(|scale| scale.as_str().trim_start()) {
        None => 1,
        Some(word) if word.starts_with('m') => 1_000_000,
        Some(_) => 1_000,
    };
    let value = cents(number_of(text, number.as_str(), number.start()), scale);
    // "-500", but neither "1000-500" nor "days-500".
    let stands_apart = |at: usize| at == 0 || text.folded()[..at].ends_with([' ', '\n', ':', '(']);
    let is_minus = found.name("inner").is_some()
        || found.name("minus").is_some_and(|sign| sign.as_str() != "-" || stands_apart(sign.start()));
    Some(if is_minus { value.map(|cents| -cents) } else { value })
}

/// The number of an amount: in "12 May 180" and "for 2 800 EUR" the groups parted by spaces are not one number.
fn number_of<'n>(text: &Text<'_>, number: &'n str, start: usize) -> &'n str {
    static OTHER_BEFORE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:{month}\.? |-|\bfor )$"));
    match number.rsplit_once(' ') {
        Some((_, last)) if OTHER_BEFORE.is_match(text.before(start)) => last,
        _ => number,
    }
}

/// Whether a number without a currency is money.
fn is_bare_money(text: &Text<'_>, found: &Captures<'_>, is_budget: bool) -> bool {
    let has_thousand = found.name("low_k").is_some() || found.name("high_k").is_some();
    const BARE_CENTS_MIN: i64 = 10_000;
    let Some(whole) = found.get(0) else { return false };
    let Some(low) = found.name("low") else { return false };
    // A code that turned out to be a word is no part of the number.
    if found.name("word").is_some() || found.name("code").is_some() {
        return false;
    }
    if UNIT_AFTER.is_match(text.after(whole.end())) {
        return false;
    }
    let number = found.name("high").unwrap_or(low);
    let is_large =
        cents(number.as_str(), if has_thousand { 1_000 } else { 1 }).is_none_or(|cents| cents >= BARE_CENTS_MIN);
    let is_year = number.as_str().len() == 4 && number.as_str().starts_with("20") && !has_thousand;
    let before = text.before(low.start());
    let limits = LIMIT_BEFORE.is_match(before);
    let asks_much = limits && !before.ends_with("for ") && !before.ends_with("with ");
    is_budget
        || has_thousand && (limits || before.is_empty() || before.ends_with([' ', '\n']))
        || (asks_much && is_large && !is_year)
}

/// The value of a number with separators of either style, in hundredths. `None` if it is beyond any budget.
fn cents(number: &str, scale: i64) -> Option<i64> {
    const DECIMALS_MAX: usize = 8;
    if number.contains(|letter: char| letter.is_ascii_alphabetic()) {
        let units = i64::try_from(large(number)).ok().filter(|units| *units <= UNITS_MAX)?;
        return units.checked_mul(scale * 100).filter(|cents| *cents <= UNITS_MAX * 100);
    }
    let last = number.rfind(['.', ',']);
    let decimals = last.map(|at| &number[at + 1..]).filter(|decimals| decimals.len() <= 2 || scale > 1);
    let (units, decimals) = match (last, decimals) {
        (Some(at), Some(decimals)) => (&number[..at], decimals),
        _ => (number, ""),
    };
    let digits: String = units.chars().filter(char::is_ascii_digit).collect();
    let units: i64 = digits.parse().ok().filter(|units| *units <= UNITS_MAX)?;
    let mut rest: String = decimals.chars().take(DECIMALS_MAX).collect();
    while rest.len() < DECIMALS_MAX {
        rest.push('0');
    }
    // Hundred-millionths of the main unit; a hundredth of it is a million of them.
    let fine = i128::from(units) * 100_000_000 + i128::from(rest.parse::<i64>().ok()?);
    let cents = i64::try_from(fine * i128::from(scale) / 1_000_000).ok()?;
    (cents <= UNITS_MAX * 100).then_some(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(request: &str) -> Option<(f64, String)> {
        let mut text = Text::new(request);
        let amount = read(&mut text)?;
        let denomination = match amount.denomination {
            Denomination::Known(currency) => currency.code().to_owned(),
            Denomination::OneOf(codes) => codes[0].to_owned(),
            Denomination::Unsaid => "?".to_owned(),
            Denomination::Unknown(word) => format!("unknown {word}"),
        };
        let mut code = denomination;
        if amount.per_person {
            code.push_str(" each");
        }
        if amount.per_day {
            code.push_str(" daily");
        }
        #[expect(clippy::cast_precision_loss, reason = "small test amounts")]
        Some((amount.cents.unwrap_or(i64::MAX) as f64 / 100.0, code))
    }

    #[test]
    fn amounts_read_in_many_styles() {
        for (request, units, code) in [
            ("1800 EUR", 1800.0, "EUR"),
            ("€1,800", 1800.0, "EUR"),
            ("EUR 1.800", 1800.0, "EUR"),
            ("1.800,50 €", 1800.5, "EUR"),
            ("1,800.50 euros", 1800.5, "EUR"),
            ("$2k", 2000.0, "USD"),
            ("1,5k euros", 1500.0, "EUR"),
            ("1.5k GBP", 1500.0, "GBP"),
            ("2000 bucks", 2000.0, "USD"),
            ("under 900 pounds", 900.0, "GBP"),
            ("budget of 250000 yen", 250_000.0, "JPY"),
            ("1800 euros each", 1800.0, "EUR each"),
            ("900 EUR per person", 900.0, "EUR each"),
            ("£120 per day per person", 120.0, "GBP each daily"),
            ("100 EUR/day", 100.0, "EUR daily"),
            ("CHF 2'500", 2500.0, "CHF"),
            ("1 800 EUR", 1800.0, "EUR"),
            ("between 1500 and 2000 euros", 2000.0, "EUR"),
            ("$1,500-$2,000", 2000.0, "USD"),
            ("A$3000", 3000.0, "AUD"),
            ("budget 2000", 2000.0, "?"),
            ("budget: 2k", 2000.0, "?"),
            ("2000 total", 2000.0, "?"),
            ("a daily budget of 150 euros", 150.0, "EUR daily"),
            ("Our budget allows us to spend up to $12,700", 12_700.0, "USD"),
            ("0 EUR", 0.0, "EUR"),
            ("-500 EUR", -500.0, "EUR"),
            ("EUR -500", -500.0, "EUR"),
            ("minus 200 dollars", -200.0, "USD"),
            ("5000 doubloons", 5000.0, "unknown doubloons"),
            ("budget of 700 wombats", 700.0, "unknown wombats"),
            ("budget 900 XBT", 900.0, "unknown XBT"),
            ("20000 pesos", 20_000.0, "MXN"),
            ("May 12-16, 4 days - 1800 EUR", 1800.0, "EUR"),
            ("5 nights 900 EUR", 900.0, "EUR"),
            ("for 2 800 EUR", 800.0, "EUR"),
            ("R30,000", 30_000.0, "ZAR"),
            ("Rs 50000", 50_000.0, "INR"),
            ("EUR900", 900.0, "EUR"),
            ("3 million pesos", 3_000_000.0, "MXN"),
            ("1.25k EUR", 1_250.0, "EUR"),
            ("street food $40 a day", 40.0, "USD daily"),
            ("$6,020 and 5 days", 6_020.0, "USD"),
            ("$900 to 1,000", 1_000.0, "USD"),
            ("two thousand five hundred dollars", 2_500.0, "USD"),
        ] {
            assert_eq!(amount(request), Some((units, code.to_owned())), "{request}");
        }
    }

    #[test]
    fn numbers_that_are_no_money_are_left_alone() {
        for request in [
            "4 days in May",
            "12-16 May 2027",
            "2 people",
            "try 3 restaurants",
            "under 30 minutes",
            "in 2027",
            "a 5-star hotel",
            "under 5 km of walking",
            "hotel under 150 EUR a night",
            "for 4 people",
            "2 adults",
            "from May 12 to May 16",
        ] {
            assert_eq!(amount(request), None, "{request}");
        }
    }

    #[test]
    fn the_budget_is_told_from_prices_of_parts() {
        let mut text = Text::new("flights around 300 EUR, 1500 EUR in total, hotel up to 120 EUR per night");
        assert_eq!(read(&mut text).and_then(|amount| amount.cents), Some(150_000));
    }

    #[test]
    fn numbers_beyond_any_budget_have_no_value() {
        assert_eq!(cents("999999999999999999999", 1), None);
        assert_eq!(cents("1.800", 1), Some(180_000));
        assert_eq!(cents("1,234,567.89", 1), Some(123_456_789));
        assert_eq!(cents("12.50", 1), Some(1_250));
    }
}
