//! The places that the text names, and what each of them is in its sentence.

use std::{ops::Range, sync::LazyLock};

use domain::brief::Place;
use regex::Regex;

use super::{
    Inputs,
    cities::{self, Counted, Number},
    numbers::pattern,
    text::Text,
    unknown,
};
use crate::providers::Region;

/// What a named place is in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Origin,
    /// "and back to Berlin".
    Return,
    /// "in Lisbon", "a Lisbon trip".
    Destination,
    /// Named, no more.
    Bare,
    /// "not Paris", "a day trip to Porto", "via Frankfurt".
    Aside,
    /// "Paris, Texas": a namesake that nobody knows.
    Namesake,
}

/// A name of a city, of a region, or of both.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) range: Range<usize>,
    pub(super) city: Option<Place>,
    pub(super) region: Option<Region>,
    pub(super) role: Role,
}

static RETURN_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:back (?:to|in|at|home to)|home (?:to|in)|return(?:s|ing)? (?:to|home to)|returning home in) $")
});
static ASIDE_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\b(?:not|except|excluding|loved|(?:something|someplace|somewhere|cities|city|places?|just|feels?|much) like|than|unlike|been (?:to|in)|(?:were|was) in|went to|visited|instead of|similar to|tired of|day ?trips?(?: out)? to|excursions? to|via|through|layover in|stopover in|(?:far|away|different) from|know|done) )(?:the )?$",
    )
});
/// Verbs and nouns with which a journey starts somewhere.
const SETS_OUT: &str = "leav(?:e|es|ing)|depart(?:s|ing|ure|ures)?|start(?:s|ing)?|begin(?:s|ning)?|commenc(?:e|es|ing)|\
    originat(?:e|es|ing)|kick(?:s|ing)?(?: things| it| the trip| our trip)? off|set(?:s|ting)? (?:off|out)|\
    tak(?:e|es|ing) off|embark(?:s|ing)?|launch(?:es|ing)?|head(?:s|ing)? (?:out|off)|fly(?:ing)? out|\
    com(?:e|es|ing)|travel(?:s|l?ing)|journey(?:s|ing)?";
/// "Begin their 7-day journey" in a city.
static BEGINS_JOURNEY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:start|begin|commenc|kick off|kicking off|initiat|launch)(?:e|s|es|ing|ning)? (?:my|our|the|his|her|their|its|this|a|an) (?:[a-z0-9-]+ ){0,3}?(?:trip|journey|adventure|vacation|holidays?|travels?|tour|getaway|excursion|expedition|voyage|escapade) (?:in|at|from) $",
    )
});
/// "Kyoto is full so we chose Tokyo".
static ASIDE_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^ (?:is|was|are|were|seems|looks|got) (?:already |too |much too |so |fully |all |sold )*(?:full|out|expensive|crowded|booked|far|hot|cold|busy|pricey|boring|not (?:for|an option))\b",
    )
});
static ORIGIN_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:\b(?:from|ex|out of|{SETS_OUT}|starting point|starting city|start and (?:end|finish)|(?:starts|starting) and (?:ends?|finish(?:es)?|ending|finishing)|live|lives|living|reside|resides|residing|based|home|home base|home city|home town|hometown|home airport|origin|origin city|departure city|departure point|point of departure|located|currently|we are|we're|i am|i'm)(?:(?: is| will be| would be)? (?:in|at|near|from|out of|around)| is| will be|:)? )(?:the city of |central |downtown |greater )?$"
    ))
});
/// Of the words above, those that only make an origin together with a second word: "we are in Vienna".
static NO_ORIGIN_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:start|starts|currently|we are|we're|i am|i'm|home|located|begins?|begin|embark(?:ing)?|travel(?:s|l?ing)?(?: in| around| at)?|journey(?:s|ing)?(?: in| around)?|com(?:e|es|ing)(?: in)?|launch(?:es|ing)?|set(?:s|ting)? (?:off|out)|head(?:s|ing)? (?:out|off)) $",
    )
});
static ORIGIN_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?: |-)(?:based|departure)\b| (?:is|as|being|will be) (?:my|our|the|his|her) (?:home|start|origin|point of (?:origin|departure)|departure|base)| (?:is|will be) where (?:we|i) (?:start|live|depart|leave|set)| \((?:home|origin|start)\))",
    )
});
static DESTINATION_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\b(?:to|in|into|inside|visit(?:ing)?|see|seeing|explor(?:e|ing)|discover(?:ing)?|experienc(?:e|ing)|around|at|for|do|doing|destination|destination:|destinations:|destination is|destination will be|destinations are|where:|city:|cities:|towards?|within|across|throughout|cover(?:s|ing)?|tour(?:s|ing)?|reach(?:ing)?|includ(?:es|ing)|cities of|cities are) )(?:the |beautiful |sunny |lovely |wonderful |amazing |gorgeous |historic |central |old |both |first |vibrant |charming )*(?:city of |cities of )?$",
    )
});
static DESTINATION_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:'s)? (?:city |weekend |family |romantic |long |short |summer |winter |spring |christmas |solo )?(?:trip|getaway|get-away|holidays?|vacation|break|city ?break|weekend|adventure|honeymoon|itinerary|tour|visit|stay|escape|mini ?break|cities)\b",
    )
});
static CONNECTOR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^ ?(?:to|-+>|=+>|>|-|going to|over to|and (?:heading|going|travel(?:l)?ing|flying) (?:over )?(?:to|towards?)) ?(?:the )?(?:(?:{count}|several|some|a couple of|a few) (?:(?:different|distinct|unique|separate|other|of the|of its) )?(?:cities|towns|places|stops|destinations) (?:in|of|across|around|throughout|within) (?:the )?)?$",
    )
});
/// After an ambiguous name: what may follow a city but not an adjective or a verb.
static CITY_ENDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:$|\n|[!-/0-9:-@]| (?:for|from|in|with|on|at|this|next|to|over|during|and|or|by|around|between|under|trip|break|please|[0-9]))",
    )
});
static PLACE_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:in|to|from|visit|visiting|leaving|explore|exploring) $"));
/// "the state of Washington": the region, not its namesake.
static REGION_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:the )?(?:u\.?s\.? )?(?:state|province|region|country|county|island|canton|kingdom|republic) of (?:the )?$",
    )
});
static REGION_AFTER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:,? (?:the )?| ?\()?(?:state|province|region)\b\)?"));
static QUALIFIES: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:, ?| ?\(| in | of )(?:the )?$"));

/// Names of cities that are also English (or Spanish, French) words: they need more than their letters.
const AMBIGUOUS: [&str; 12] =
    ["nice", "split", "cork", "casa", "la", "bath", "reading", "mobile", "orange", "male", "dc", "essen"];

/// Every place that the text names, in its order, without overlap. Of a name that a number of cities belongs to ("2
/// cities in New York") only the region is kept.
pub(super) fn named(inputs: &Inputs<'_>, text: &Text<'_>, counted: &[Counted]) -> Vec<Named> {
    let mut names = spoken(inputs, text);
    let several = counted.iter().any(|count| !matches!(count.number, Number::Exactly(1)));
    for name in names.iter_mut().filter(|name| name.region.is_some()) {
        // "through New York, stopping in 3 cities": one stays in a region that one goes through.
        let goes_through = text.before(name.range.start).ends_with("through ");
        if goes_through && (several || name.city.is_none()) {
            name.role = Role::Destination;
        }
        let is_counted = counted.iter().any(|count| count.of.as_ref() == Some(&name.range));
        if is_counted {
            (name.city, name.role) = (None, Role::Destination);
        }
    }
    qualify(&mut names, text);
    connect(&mut names, text);
    start_where_nobody_stays(&mut names, inputs);
    if let Some(last) = names.last_mut()
        && last.role == Role::Bare
        && unknown::goes_on_elsewhere(text, last.range.end)
    {
        last.role = Role::Origin;
    }
    names
}

/// The numbers of cities in the text.
pub(super) fn counts(inputs: &Inputs<'_>, text: &Text<'_>) -> Vec<Counted> {
    let names = spoken(inputs, text);
    let ranges = |wanted: &dyn Fn(&&Named) -> bool| -> Vec<Range<usize>> {
        names.iter().filter(wanted).map(|name| name.range.clone()).collect()
    };
    cities::counts(text, &ranges(&|name| name.city.is_some()), &ranges(&|name| name.region.is_some()))
}

/// Cities and regions side by side; of two names that overlap the longer one.
fn spoken(inputs: &Inputs<'_>, text: &Text<'_>) -> Vec<Named> {
    let mut names: Vec<Named> = Vec::new();
    let cities = inputs.places.mentions(text.original()).into_iter();
    let cities = cities.map(|mention| (mention.start, mention.end, Some(mention.place), None));
    let regions = inputs.places.region_mentions(text.original()).into_iter();
    let regions = regions.map(|mention| (mention.start, mention.end, None, Some(mention.region)));
    let mut mentions: Vec<_> = cities.chain(regions).collect();
    mentions.sort_by_key(|(start, end, _, region)| (*start, std::cmp::Reverse(*end), region.is_some()));
    for (start, end, city, region) in mentions {
        let mut range = text.range_of(start, end);
        if range.is_empty() || (city.is_some() && !is_plausible(text, &range)) {
            continue;
        }
        if let Some(last) = names.last_mut().filter(|last| last.range.end > range.start) {
            if last.range == range && last.region.is_none() {
                last.region = region;
            }
            continue;
        }
        // "Boston, Massachusetts" is Boston; "Paris, Texas" is another Paris.
        let state = if city.is_some() { unknown::state_after(text, range.end) } else { None };
        let currency = city.as_ref().and_then(|city| inputs.places.currency(&city.id));
        let is_namesake = match state {
            Some((end, of_state)) if currency == Some(of_state) => {
                range.end = end;
                false
            }
            state => state.is_some(),
        };
        let role = if is_namesake { Role::Namesake } else { role(text, &range) };
        names.push(Named { range, city, region, role });
    }
    for name in names.iter_mut().filter(|name| name.region.is_some()) {
        widen(name, text);
    }
    names
}

/// "Washington state", "the state of Washington": the region. What may be a city is one otherwise.
fn widen(name: &mut Named, text: &Text<'_>) {
    let before = REGION_BEFORE.find(text.before(name.range.start)).map_or(0, |found| found.len());
    let after = REGION_AFTER.find(text.after(name.range.end)).map_or(0, |found| found.len());
    if before + after == 0 {
        return;
    }
    name.city = None;
    name.range = name.range.start - before..name.range.end + after;
    name.role = role(text, &name.range);
}

/// "Rome, Italy": the region only says which Rome. It becomes a part of the city's name.
fn qualify(names: &mut Vec<Named>, text: &Text<'_>) {
    let mut index = 1;
    while index < names.len() {
        let (before, name) = (&names[index - 1], &names[index]);
        let gap = &text.folded()[before.range.end..name.range.start];
        let holds = match (&before.city, &name.region) {
            (Some(city), Some(region)) => {
                region.cities.contains(city) || (before.role == Role::Origin && gap.starts_with(','))
            }
            _ => false,
        };
        if holds && QUALIFIES.is_match(gap) && before.region.as_ref() != name.region.as_ref() {
            let end = name.range.end + usize::from(text.after(name.range.end).starts_with(')') && gap.contains('('));
            names[index - 1].range.end = end;
            names.remove(index);
        } else {
            index += 1;
        }
    }
}

/// "Berlin to Lisbon": the first of two connected names is where the trip starts, unless that was said elsewhere.
fn connect(names: &mut [Named], text: &Text<'_>) {
    let said = names.iter().position(|name| name.role == Role::Origin);
    for index in 1..names.len() {
        let is_second = said.is_some_and(|said| said != index - 1)
            || names[..index - 1].iter().any(|name| name.role == Role::Origin);
        let between = &text.folded()[names[index - 1].range.end..names[index].range.start];
        let is_route = is_connector(between) && matches!(names[index].role, Role::Destination | Role::Bare);
        if is_route && is_second && named_goes_on(names, index) {
            names[index].role = Role::Destination;
        }
        let starts = matches!(names[index - 1].role, Role::Bare | Role::Origin | Role::Destination);
        if is_route && !is_second && starts {
            names[index - 1].role = Role::Origin;
            names[index].role = Role::Destination;
        }
    }
}

/// "We are a family in Graz who want to see Rome": where no name says that the trip starts there, the only city that
/// nobody plans days in is it, as long as there is somewhere else to go.
fn start_where_nobody_stays(names: &mut [Named], inputs: &Inputs<'_>) {
    let is_start = |name: &Named| matches!(name.role, Role::Origin | Role::Return);
    if names.iter().any(is_start) || inputs.gives("origin") {
        return;
    }
    let is_named = |name: &Named| matches!(name.role, Role::Destination | Role::Bare);
    let can_stay = |name: &Named| {
        name.region.is_some() || name.city.as_ref().is_some_and(|city| inputs.places.is_destination(&city.id))
    };
    let goes_somewhere = names.iter().any(|name| is_named(name) && can_stay(name));
    let mut starts = names.iter_mut().filter(|name| is_named(name) && !can_stay(name));
    if let (Some(only), None, true) = (starts.next(), starts.next(), goes_somewhere) {
        only.role = Role::Origin;
    }
}

/// "Boston -> Paris -> Rome": what comes after a destination is one too.
fn named_goes_on(names: &[Named], index: usize) -> bool {
    names[index - 1].role == Role::Destination && names[index].role == Role::Bare
}

/// Whether `between` leads from one place to the next: "to", "->".
pub(super) fn is_connector(between: &str) -> bool {
    CONNECTOR.is_match(between)
}

/// Whether the trip starts at what stands at `range`.
pub(super) fn is_origin(text: &Text<'_>, range: &Range<usize>) -> bool {
    ORIGIN_BEFORE.is_match(text.before(range.start))
}

fn role(text: &Text<'_>, range: &Range<usize>) -> Role {
    let (before, after) = (text.before(range.start), text.after(range.end));
    if RETURN_BEFORE.is_match(before) {
        Role::Return
    } else if ASIDE_BEFORE.is_match(before) || ASIDE_AFTER.is_match(after) {
        Role::Aside
    } else if ORIGIN_AFTER.is_match(after)
        || BEGINS_JOURNEY.is_match(before)
        || (ORIGIN_BEFORE.is_match(before) && !NO_ORIGIN_BEFORE.is_match(before))
    {
        Role::Origin
    } else if DESTINATION_BEFORE.is_match(before) || DESTINATION_AFTER.is_match(after) {
        Role::Destination
    } else {
        Role::Bare
    }
}

/// "Nice" the city, not "a nice hotel".
fn is_plausible(text: &Text<'_>, range: &Range<usize>) -> bool {
    let word = &text.folded()[range.clone()];
    if !AMBIGUOUS.contains(&word) {
        return true;
    }
    let before = text.before(range.start);
    let ends = CITY_ENDS.is_match(text.after(range.end));
    let starts_sentence = before.is_empty() || before.ends_with(['.', '!', '?', '\n']) || before.ends_with(". ");
    (text.is_capital(range) && (!starts_sentence || ends)) || (PLACE_BEFORE.is_match(before) && ends)
}

/// Names such as "Paris, Texas", and whether the trip starts there.
pub(super) fn namesakes<'t>(text: &'t Text<'_>, named: &'t [Named]) -> impl Iterator<Item = (bool, String)> + 't {
    named.iter().filter(|name| name.role == Role::Namesake).map(|name| {
        let end = unknown::state_after(text, name.range.end).map_or(name.range.end, |state| state.0);
        (is_origin(text, &name.range), text.original_of(&(name.range.start..end)).to_owned())
    })
}
