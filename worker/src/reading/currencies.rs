//! Currencies as people name them: signs, codes and words, and words that are none.

use std::{ops::Range, sync::LazyLock};

use domain::money::Currency;
use regex::{Captures, Regex};

use super::{money::UNIT_AFTER, numbers::pattern, text::Text};

/// The currency, as far as the text says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Denomination {
    Known(Currency),
    /// One of several currencies with this name or sign; the first one if no place tells them apart.
    OneOf(&'static [&'static str]),
    Unsaid,
    /// A word that is no currency Portolan has a rate for.
    Unknown(String),
}

const SIGNS: &[(&str, &[&str])] = &[
    ("us$", &["USD"]),
    ("au$", &["AUD"]),
    ("a$", &["AUD"]),
    ("ca$", &["CAD"]),
    ("c$", &["CAD"]),
    ("s$", &["SGD"]),
    ("nz$", &["NZD"]),
    ("hk$", &["HKD"]),
    ("mx$", &["MXN"]),
    ("r$", &["BRL"]),
    ("€", &["EUR"]),
    ("£", &["GBP"]),
    ("₺", &["TRY"]),
    ("₹", &["INR"]),
    ("₩", &["KRW"]),
    ("฿", &["THB"]),
    ("₪", &["ILS"]),
    ("₱", &["PHP"]),
    ("¥", &["JPY", "CNY"]),
    ("$", DOLLARS),
    ("₽", &[]),
    ("₿", &[]),
    ("₫", &[]),
    ("₴", &[]),
    ("₦", &[]),
];
const DOLLARS: &[&str] = &["USD", "AUD", "CAD", "SGD", "NZD", "HKD"];
const WORDS: &[(&str, &[&str])] = &[
    ("us dollar", &["USD"]),
    ("australian dollar", &["AUD"]),
    ("aussie dollar", &["AUD"]),
    ("canadian dollar", &["CAD"]),
    ("singapore dollar", &["SGD"]),
    ("new zealand dollar", &["NZD"]),
    ("hong kong dollar", &["HKD"]),
    ("euro", &["EUR"]),
    ("dollar", DOLLARS),
    ("buck", DOLLARS),
    ("quid", &["GBP"]),
    ("british pound", &["GBP"]),
    ("pounds sterling", &["GBP"]),
    ("pound", &["GBP"]),
    ("sterling", &["GBP"]),
    ("japanese yen", &["JPY"]),
    ("yen", &["JPY"]),
    ("swiss franc", &["CHF"]),
    ("franc", &["CHF"]),
    ("yuan", &["CNY"]),
    ("rmb", &["CNY"]),
    ("renminbi", &["CNY"]),
    ("mexican peso", &["MXN"]),
    ("peso", &["MXN", "ARS", "CLP", "COP", "PHP"]),
    ("indian rupee", &["INR"]),
    ("rupee", &["INR"]),
    ("korean won", &["KRW"]),
    ("won", &["KRW"]),
    ("thai baht", &["THB"]),
    ("baht", &["THB"]),
    ("swedish krona", &["SEK"]),
    ("swedish kronor", &["SEK"]),
    ("norwegian kroner", &["NOK"]),
    ("danish kroner", &["DKK"]),
    ("krona", &["SEK", "ISK"]),
    ("kronor", &["SEK"]),
    ("kroner", &["NOK", "DKK"]),
    ("krone", &["NOK", "DKK"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
    ("czech crown", &["CZK"]),
    ("crown", &["CZK", "SEK", "NOK", "DKK"]),
    ("koruna", &["CZK"]),
    ("kc", &["CZK"]),
    ("zlotys", &["PLN"]),
    ("zloty", &["PLN"]),
    ("zl", &["PLN"]),
    ("forint", &["HUF"]),
    ("turkish lira", &["TRY"]),
    ("lira", &["TRY"]),
    ("brazilian reais", &["BRL"]),
    ("reais", &["BRL"]),
    ("rand", &["ZAR"]),
    ("dirham", &["AED", "MAD"]),
    ("shekel", &["ILS"]),
    ("ringgit", &["MYR"]),
    ("rupiah", &["IDR"]),
    ("riyal", &["SAR", "QAR"]),
    ("lei", &["RON"]),
];
/// Letters that stand before an amount.
const LETTERS: &[(&str, &[&str])] = &[("rs", &["INR"]), ("r", &["ZAR"])];
/// Codes that are also words: only in capitals.
const WORDLIKE_CODES: &[&str] = &["try", "mad", "pen", "cop", "ron", "php", "sar"];

static UNKNOWN_WORD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^ ?(doubloons?|galleons?|sickles|bitcoins?|btc|eth|ethereum|dogecoins?|roubles?|rubles?|rub|dongs?|vnd|hryvnias?|uah|takas?|dinars?|gold coins|gold pieces|gold|credits|coins|florins|guilders|drachmas?|deutschmarks?|deutsche marks|naira|cedis|kwacha|satoshis?|simoleons|caps|septims|rupiahs coins|dwd|ducats|thalers?|denarii|shells|crypto)\b",
    )
});
static NEXT_WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"^ ([a-z]{3,16})\b"));

/// The alternatives of a pattern for a sign, for a code and for a word, which ends at a word's end.
pub(super) fn alternatives() -> (String, String, String) {
    let escaped = |list: &[(&str, &[&str])], plural: &str| -> String {
        list.iter().map(|(word, _)| regex::escape(word) + plural).collect::<Vec<_>>().join("|")
    };
    (escaped(SIGNS, ""), Currency::ALL.map(str::to_ascii_lowercase).join("|") + "|rs|r", escaped(WORDS, "s?\\b"))
}

/// What the groups `sign`, `code` or `word` of an amount name.
pub(super) fn denomination(text: &Text<'_>, found: &Captures<'_>) -> Denomination {
    let Some(word) = found.name("sign").or(found.name("word")).or(found.name("code")) else {
        return Denomination::Unsaid;
    };
    let spelled = word.as_str();
    if let Ok(currency) = spelled.parse::<Currency>() {
        let is_shouted = !text.original_of(&word.range()).chars().any(char::is_lowercase);
        let is_code = is_shouted || !WORDLIKE_CODES.contains(&spelled);
        return if is_code { Denomination::Known(currency) } else { Denomination::Unsaid };
    }
    let singular = |known: &str| spelled == known || spelled.strip_suffix('s') == Some(known);
    let Some((_, codes)) = SIGNS.iter().chain(WORDS).chain(LETTERS).find(|(known, _)| singular(known)) else {
        return Denomination::Unsaid;
    };
    match codes {
        [] => Denomination::Unknown(text.original_of(&word.range()).to_owned()),
        [code] => Denomination::Known(code.parse().expect("the lists hold codes of Currency::ALL")),
        several => Denomination::OneOf(several),
    }
}

/// The word after a number, if it stands where a currency should and is none.
pub(super) fn unknown_currency(text: &Text<'_>, end: usize, is_budget: bool) -> Option<Range<usize>> {
    let after = text.after(end);
    if let Some(word) = UNKNOWN_WORD.captures(after).and_then(|found| found.get(1)) {
        return Some(end + word.start()..end + word.end());
    }
    let word = NEXT_WORD.captures(after).and_then(|found| found.get(1))?;
    let range = end + word.start()..end + word.end();
    let is_code = word.len() == 3
        && !text.original_of(&range).chars().any(char::is_lowercase)
        && text.original().chars().any(char::is_lowercase);
    let is_plural =
        word.as_str().ends_with('s') && !["is", "us", "ss"].iter().any(|ending| word.as_str().ends_with(ending));
    let is_unit = UNIT_AFTER.is_match(after)
        || ["tops", "plus", "this", "max", "including", "has", "was", "includes", "covers"].contains(&word.as_str());
    (is_budget && !is_unit && (is_code || is_plural)).then_some(range)
}
