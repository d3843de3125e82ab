//! Numbers as words and digits, and the small language that the patterns of the rules are written in.

use regex::{Regex, RegexBuilder};

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// What `{count}` stands for in a pattern: a number that [`count`] reads.
const COUNT: &str = "(?:[0-9]{1,9}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\
    (?:[ -](?:one|two|three|four|five|six|seven|eight|nine)\\b)?|zero|one|two|three|four|five|six|seven|eight|nine|ten|\
    eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|a dozen|dozen)";
/// What `{month}` stands for.
const MONTH: &str = "(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|\
    mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)";
/// What `{weekday}` stands for.
const WEEKDAY: &str = "(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues|tue|weds|wed|thurs|thur|\
    thu|fri|sat|sun)";

/// Compiles a pattern over folded text. Classes and `\b` are ASCII: folded letters that matter are.
pub(super) fn pattern(source: &str) -> Regex {
    let expanded = source
        .replace("{large}", LARGE)
        .replace("{count}", COUNT)
        .replace("{month}", MONTH)
        .replace("{weekday}", WEEKDAY);
    RegexBuilder::new(&expanded).unicode(false).build().expect("patterns are constants, compiled by the tests")
}

/// The value of what `{count}` matched: `u32::MAX` if it does not fit, 0 for other words and for nothing.
pub(super) fn count(text: &str) -> u32 {
    if text.is_empty() {
        return 0;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().unwrap_or(u32::MAX);
    }
    if text.ends_with("dozen") {
        return 12;
    }
    text.split([' ', '-']).map(word_value).sum()
}

/// What `{large}` stands for: "two thousand five hundred", "fifteen hundred", "a grand".
const LARGE: &str =
    "(?:{count}|an?)[ -](?:hundred|thousand|grand|million)(?:(?: and)?[ -](?:hundred|thousand|million|{count}))*";

/// The value of what `{large}` matched.
pub(super) fn large(words: &str) -> u64 {
    let (mut total, mut part) = (0_u64, 0_u64);
    for word in words.split([' ', '-']) {
        match word {
            "a" | "an" => part = 1,
            "and" => {}
            "hundred" => part = part.max(1).saturating_mul(100),
            "thousand" | "grand" | "million" => {
                let scale = if word == "million" { 1_000_000 } else { 1_000 };
                total = total.saturating_add(part.max(1).saturating_mul(scale));
                part = 0;
            }
            number => part = part.saturating_add(u64::from(count(number))),
        }
    }
    total.saturating_add(part)
}

fn word_value(word: &str) -> u32 {
    let place = |words: &[&str]| words.iter().position(|known| *known == word).and_then(|at| u32::try_from(at).ok());
    place(&ONES).or_else(|| place(&TENS).map(|tens| (tens + 2) * 10)).unwrap_or(0)
}

/// January is 1. The word is one that `{month}` matched.
pub(super) fn month(word: &str) -> Option<u32> {
    const STEMS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let at = STEMS.iter().position(|stem| word.starts_with(stem))?;
    u32::try_from(at + 1).ok()
}

/// The day that `{weekday}` matched.
pub(super) fn weekday(word: &str) -> Option<chrono::Weekday> {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let days = [("mon", Mon), ("tue", Tue), ("wed", Wed), ("thu", Thu), ("fri", Fri), ("sat", Sat), ("sun", Sun)];
    days.into_iter().find(|(stem, _)| word.starts_with(stem)).map(|(_, day)| day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_digits_and_words() {
        let whole = pattern("^{count}$");
        for (text, value) in [("4", 4), ("four", 4), ("twenty-five", 25), ("thirty", 30), ("a dozen", 12), ("zero", 0)]
        {
            assert!(whole.is_match(text), "{text}");
            assert_eq!(count(text), value, "{text}");
        }
        assert_eq!(count("99999999999999"), u32::MAX);
    }

    #[test]
    fn large_numbers_read_in_words() {
        let whole = pattern("^{large}$");
        for (text, value) in [
            ("two thousand", 2_000),
            ("two thousand five hundred", 2_500),
            ("fifteen hundred", 1_500),
            ("a hundred and fifty", 150),
            ("twenty-five thousand", 25_000),
            ("a grand", 1_000),
            ("three hundred thousand", 300_000),
        ] {
            assert!(whole.is_match(text), "{text}");
            assert_eq!(large(text), value, "{text}");
        }
    }

    #[test]
    fn months_and_weekdays_read_short_and_long_forms() {
        assert_eq!((month("september"), month("sept"), month("may")), (Some(9), Some(9), Some(5)));
        assert_eq!(weekday("thurs"), Some(chrono::Weekday::Thu));
    }
}
