//! Places that the text names and nobody knows: "a trip to Atlantis", "from Smallville".

use std::{collections::HashSet, ops::Range, sync::LazyLock};

use domain::money::Currency;
use regex::Regex;

use super::{lexicon, numbers::pattern, text::Text};

static TO_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:to|visit|visiting|explore|exploring|discover|(?:days?|nights?|weeks?|weekend|trip|holidays?|vacation|getaway|break|honeymoon|itinerary|stay|time) (?:in|at|around|for)|in|destination:?) (?:the )?([a-z][a-z'-]*(?: [a-z][a-z'-]*){0,2})",
    )
});
static BEFORE_TRIP: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b([a-z][a-z'-]*) (?:trip|getaway|vacation|holiday|city ?break|itinerary)\b"));
static FROM_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:from|out of|departing|leaving|live in|living in|based in|starting in|starts in|start in|starting at|origin:?) ([a-z][a-z'.-]*(?: [a-z][a-z'.-]*){0,2})",
    )
});
static FROM_NO_PLACE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:far|away|apart|different|escape|break|rest|anything|aside|people|food|up) $"));
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^ (?:to|->) ([a-z][a-z'-]*)"));
static DAY_TRIP: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bday ?trips?(?: out)? to (?:the )?$"));

/// Words that end a name: "Atlantis for two", "Smallville in May".
static NAME_ENDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "for from in with on and or to by next this over during at the a an around between please under of as is \
    we i my our us me that which where when who because since so but if then early mid late about trip today \
    tomorrow until till day days night nights week weeks heading going flying traveling travelling without \
    via near like will would are be want not"
        .split_whitespace()
        .collect()
});
/// Words that are no name, although they stand where one may.
static NO_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "home here there work scratch now then town abroad somewhere anywhere nowhere everywhere europe asia \
    africa america countryside mountain mountains sea sun city cities airport spring summer autumn fall \
    winter christmas easter morning evening afternoon advance total peace style love budget cash bed relax \
    see eat do go visit enjoy explore get have take try spend stay travel plan make find it them some any all \
    each every lots plenty good nice great new different local cheap warm general particular addition mind \
    case order front between one two three four five six seven eight nine ten date dates shop walk hike swim \
    drink party leave arrive return fly drive be include avoid celebrate experience discover learn know keep \
    save use book meet watch hear listen sleep rest feel sit help come start end look taste sample cover \
    quick short long weekend romantic family business school road day round solo dream perfect ideal whole \
    entire fun relaxing budget-friendly last-minute surprise first big little small honeymoon birthday beach \
    cultural single"
        .split_whitespace()
        .collect()
});

/// The name of a destination that no gazetteer entry matched, in the person's own spelling.
pub(super) fn destination(text: &Text<'_>) -> Option<String> {
    let lower = is_lower_case(text);
    let names = |regex: &Regex| -> Vec<Range<usize>> {
        regex
            .captures_iter(text.folded())
            .filter_map(|found| found.get(1))
            .filter(|words| !text.is_taken(words.range()))
            .filter_map(|words| name_in(text, words.range()))
            .collect()
    };
    let mut found = names(&TO_WORDS);
    found.extend(names(&BEFORE_TRIP));
    let capital = found.iter().find(|range| text.is_capital(range));
    capital
        .or(if lower { found.first() } else { None })
        .or(found.first())
        .map(|range| text.original_of(range).to_owned())
}

/// Where the text names an origin that no gazetteer entry matched.
pub(super) fn origin(text: &Text<'_>) -> Option<Range<usize>> {
    let lower = is_lower_case(text);
    FROM_WORDS
        .captures_iter(text.folded())
        .filter(|found| !FROM_NO_PLACE.is_match(text.before(found.get(0).map_or(0, |whole| whole.start()))))
        .filter_map(|found| found.get(1))
        .filter_map(|words| name_in(text, words.range()))
        .find(|range| text.is_capital(range) || lower)
}

/// Whether the text goes on "to Narnia" at `end`, a name that nobody knows: then what stood before is the origin.
pub(super) fn goes_on_elsewhere(text: &Text<'_>, end: usize) -> bool {
    let Some(found) = ELSEWHERE.captures(text.after(end)).and_then(|found| found.get(1)) else { return false };
    let range = end + found.start()..end + found.end();
    text.is_capital(&range) && name_in(text, range).is_some()
}

/// Where a state's name right after a city's ends, and that state's currency: "Paris, Texas".
pub(super) fn state_after(text: &Text<'_>, end: usize) -> Option<(usize, Currency)> {
    static STATE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^, ?(?:(?P<us>alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|west virginia|wisconsin|wyoming|tx|ny|nj|ca|il|ma|tn|ky)|(?P<ca>ontario|alberta|manitoba|british columbia|nova scotia|saskatchewan))\b",
        )
    });
    let found = STATE.captures(text.after(end))?;
    let code = if found.name("us").is_some() { Currency::USD } else { "CAD".parse().expect("CAD is in Currency::ALL") };
    let whole = end + found.get(0)?.end();
    Some((whole, code))
}

/// Whether the text before a name makes it a day trip.
pub(super) fn is_day_trip(before: &str) -> bool {
    DAY_TRIP.is_match(before)
}

/// The part of `words` that can be a name: up to the first word that ends one.
fn name_in(text: &Text<'_>, words: Range<usize>) -> Option<Range<usize>> {
    let mut end = words.start;
    let starts_capital = text.is_capital(&words);
    for word in text.folded()[words.clone()].split(' ') {
        let at = if end == words.start { end } else { end + 1 };
        let next = at..at + word.len();
        let ends = NAME_ENDS.contains(word) || is_calendar_word(word) || (starts_capital && !text.is_capital(&next));
        if ends {
            break;
        }
        end = next.end;
    }
    let name = &text.folded()[words.start..end];
    let first = name.split(' ').next().unwrap_or_default();
    let is_name = first.len() > 1 && !NO_NAMES.contains(first) && !lexicon::knows(first);
    is_name.then_some(words.start..end)
}

fn is_calendar_word(word: &str) -> bool {
    static CALENDAR: LazyLock<Regex> = LazyLock::new(|| pattern("^(?:{month}|{weekday}|{count})$"));
    CALENDAR.is_match(word)
}

/// Whether the person uses no capitals at all, so that a capital cannot mark a name.
fn is_lower_case(text: &Text<'_>) -> bool {
    !text.original().chars().any(char::is_uppercase)
}
