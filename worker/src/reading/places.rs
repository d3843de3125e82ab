//! Where from and where to: the role of every place that the text names.

use std::{ops::Range, sync::LazyLock};

use domain::brief::Place;
use regex::Regex;

use super::{
    Question, Sources,
    names::{closest, misspelt},
    numbers::pattern,
    text::{Text, folded},
    unknown,
};

/// How many names a question offers.
pub(super) const OPTIONS_MAX: usize = 12;

/// Where the trip goes, and where it starts if that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) destination: Place,
    pub(super) origin: Option<Place>,
}

/// What a named place is in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
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

struct Named {
    range: Range<usize>,
    place: Place,
    role: Role,
}

static RETURN_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:back (?:to|in|at|home to)|home (?:to|in)|return(?:s|ing)? (?:to|home to)) $"));
static ASIDE_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\b(?:not|except|excluding|loved|(?:something|someplace|somewhere|cities|city|places?|just|feels?|much) like|than|unlike|been (?:to|in)|(?:were|was) in|went to|visited|instead of|similar to|tired of|day ?trips?(?: out)? to|excursions? to|via|through|layover in|stopover in|(?:far|away|different) from|know|done) )(?:the )?$",
    )
});
static ORIGIN_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\b(?:from|ex|out of|leav(?:e|es|ing)|depart(?:s|ing|ure)?|starting|starting point|starting city|start|live|lives|living|reside|residing|based|home|home city|home town|hometown|home airport|origin|origin city|located|beginning|begins?|starts|currently|we are|we're|i am|i'm)(?:(?: is)? (?:in|at|near|from|out of|around)| is|:)? )(?:central |downtown |greater )?$",
    )
});
/// Of the words above, those that only make an origin together with a second word: "we are in Vienna".
static NO_ORIGIN_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:start|currently|we are|we're|i am|i'm|home|located|begins?) $"));
static ORIGIN_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?: |-)(?:based|departure)\b| (?:is|as) (?:my|our|the) (?:home|starting|origin)| \((?:home|origin|start)\))",
    )
});
static DESTINATION_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\b(?:to|in|into|inside|visit(?:ing)?|see|seeing|explor(?:e|ing)|discover(?:ing)?|experienc(?:e|ing)|around|at|for|do|doing|destination|destination:|destination is|where:|city:|towards?|within) )(?:the |beautiful |sunny |lovely |wonderful |amazing |gorgeous |historic |central |old )?(?:city of )?$",
    )
});
static DESTINATION_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:'s)? (?:city |weekend |family |romantic |long |short |summer |winter |spring |christmas |solo )?(?:trip|getaway|get-away|holidays?|vacation|break|city ?break|weekend|adventure|honeymoon|itinerary|tour|visit|stay|escape|mini ?break)\b",
    )
});
static CONNECTOR: LazyLock<Regex> = LazyLock::new(|| pattern(r"^ ?(?:to|-+>|=+>|>|-|going to|over to) ?(?:the )?$"));
static ALTERNATIVE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^ ?(?:,|/|&|\+|or|and|vs\.?|versus|and then|then|and/or|, ?(?:and|or|then|maybe))? ?(?:maybe |perhaps |even |also )?(?:to |in |the )?$",
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

/// Names of cities that are also English (or Spanish, French) words: they need more than their letters.
const AMBIGUOUS: [&str; 12] =
    ["nice", "split", "cork", "casa", "la", "bath", "reading", "mobile", "orange", "male", "dc", "essen"];

/// Reads both ends of the trip. Marks the names that it used.
///
/// # Errors
/// The question, if there is not exactly one destination, or if an origin was named that nobody knows.
pub(super) fn read(sources: &Sources<'_>, text: &mut Text<'_>) -> Result<Route, Question> {
    let named = named(sources, text);
    let destination = destination(sources, text, &named)?;
    let origin = origin(sources, text, &named, &destination)?;
    for name in &named {
        let used = match name.role {
            Role::Origin | Role::Return => origin.as_ref() == Some(&name.place),
            Role::Destination | Role::Bare => name.place == destination || origin.as_ref() == Some(&name.place),
            Role::Aside | Role::Namesake => false,
        };
        if used {
            text.take(name.range.clone());
        }
    }
    if origin.as_ref() == Some(&destination) {
        return Err(Question::new(
            "origin",
            format!("The trip would start and end in {}. Which city do you leave from?", destination.name),
            Vec::new(),
        ));
    }
    Ok(Route { destination, origin })
}

/// The only place that `text`, an answer or a field, names.
fn place_of(sources: &Sources<'_>, text: &str) -> Option<Place> {
    if let Some(place) = sources.places.find(text.trim()) {
        return Some(place);
    }
    let mut places: Vec<Place> = sources.places.mentions(text).into_iter().map(|mention| mention.place).collect();
    places.dedup();
    (places.len() == 1).then(|| places.remove(0))
}

fn named(sources: &Sources<'_>, text: &Text<'_>) -> Vec<Named> {
    let mut named: Vec<Named> = Vec::new();
    for mention in sources.places.mentions(text.original()) {
        let mut range = text.range_of(mention.start, mention.end);
        let overlaps = named.last().is_some_and(|last| last.range.end > range.start);
        if overlaps || range.is_empty() || !is_plausible(text, &range) {
            continue;
        }
        // "Boston, Massachusetts" is Boston; "Paris, Texas" is another Paris.
        let state = unknown::state_after(text, range.end);
        let is_namesake = match state {
            Some((end, currency)) if sources.places.currency(&mention.place.id) == Some(currency) => {
                range.end = end;
                false
            }
            state => state.is_some(),
        };
        let role = if is_namesake { Role::Namesake } else { role(text, &range) };
        named.push(Named { range, place: mention.place, role });
    }
    for index in 1..named.len() {
        let between = &text.folded()[named[index - 1].range.end..named[index].range.start];
        let goes_on = index >= 2 && named[index - 2].role == Role::Origin && named[index - 1].role == Role::Destination;
        let is_route = CONNECTOR.is_match(between) && matches!(named[index].role, Role::Destination | Role::Bare);
        if is_route && !goes_on && matches!(named[index - 1].role, Role::Bare | Role::Origin | Role::Destination) {
            named[index - 1].role = Role::Origin;
            named[index].role = Role::Destination;
        }
    }
    if let Some(last) = named.last_mut()
        && last.role == Role::Bare
        && unknown::goes_on_elsewhere(text, last.range.end)
    {
        last.role = Role::Origin;
    }
    named
}

fn role(text: &Text<'_>, range: &Range<usize>) -> Role {
    let (before, after) = (text.before(range.start), text.after(range.end));
    if RETURN_BEFORE.is_match(before) {
        Role::Return
    } else if ASIDE_BEFORE.is_match(before) {
        Role::Aside
    } else if ORIGIN_AFTER.is_match(after) || (ORIGIN_BEFORE.is_match(before) && !NO_ORIGIN_BEFORE.is_match(before)) {
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

fn destination(sources: &Sources<'_>, text: &Text<'_>, named: &[Named]) -> Result<Place, Question> {
    if let Some(answer) = sources.answer("destination") {
        let found = place_of(sources, answer);
        return found
            .filter(|place| sources.places.is_destination(&place.id))
            .ok_or_else(|| unknown_destination(sources, answer).again(answer));
    }
    if let Some(field) = &sources.constraints.destination {
        let found = place_of(sources, field).filter(|place| sources.places.is_destination(&place.id));
        return found.ok_or_else(|| unknown_destination(sources, field));
    }
    let candidates = candidates(text, named);
    let namesake = namesakes(text, named).find(|(is_origin, _)| !is_origin);
    match candidates.as_slice() {
        [] if namesake.is_some() => {
            Err(unknown_destination(sources, &namesake.map(|(_, name)| name).unwrap_or_default()))
        }
        [] => Err(match unknown::destination(text) {
            Some(name) => unknown_destination(sources, &name),
            None => no_destination(sources),
        }),
        [place] if sources.places.is_destination(&place.id) => Ok(place.clone()),
        [place] => Err(unknown_destination(sources, &place.name)),
        several => {
            let mut options: Vec<String> = several
                .iter()
                .filter(|place| sources.places.is_destination(&place.id))
                .map(|place| place.name.clone())
                .collect();
            options.sort();
            options.truncate(OPTIONS_MAX);
            let names: Vec<&str> = several.iter().map(|place| place.name.as_str()).collect();
            Err(Question::new(
                "destination",
                format!(
                    "The request names {} as destinations, and a plan has one for now. Which city should it be?",
                    names.join(" and ")
                ),
                options,
            ))
        }
    }
}

/// Every distinct place that may be the destination, in the text's order.
fn candidates(text: &Text<'_>, named: &[Named]) -> Vec<Place> {
    let origin = named.iter().find(|name| name.role == Role::Origin).map(|name| &name.place);
    let with = |wanted: &dyn Fn(usize) -> bool| {
        let mut places: Vec<Place> = Vec::new();
        for (index, name) in named.iter().enumerate() {
            if wanted(index) && !places.contains(&name.place) {
                places.push(name.place.clone());
            }
        }
        // "Berlin to Lisbon to Berlin" ends where it began.
        if places.len() > 1 {
            places.retain(|place| Some(place) != origin);
        }
        places
    };
    let mut chosen: Vec<bool> = named.iter().map(|name| name.role == Role::Destination).collect();
    // "Paris and Rome", "Lisbon or Porto": a name beside a destination is one too.
    for index in 1..named.len() {
        let linked = ALTERNATIVE.is_match(&text.folded()[named[index - 1].range.end..named[index].range.start]);
        if linked && chosen[index - 1] && named[index].role == Role::Bare {
            chosen[index] = true;
        }
    }
    for index in (1..named.len()).rev() {
        let linked = ALTERNATIVE.is_match(&text.folded()[named[index - 1].range.end..named[index].range.start]);
        if linked && chosen[index] && named[index - 1].role == Role::Bare {
            chosen[index - 1] = true;
        }
    }
    [
        with(&|index| chosen[index]),
        with(&|index| named[index].role == Role::Bare),
        with(&|index| named[index].role == Role::Return),
    ]
    .into_iter()
    .find(|places| !places.is_empty())
    // "a day trip to Porto" is the trip where it is the only one.
    .unwrap_or_else(|| with(&|index| unknown::is_day_trip(text.before(named[index].range.start))))
}

fn origin(
    sources: &Sources<'_>,
    text: &mut Text<'_>,
    named: &[Named],
    destination: &Place,
) -> Result<Option<Place>, Question> {
    if let Some(answer) = sources.answer("origin") {
        let place = place_of(sources, answer).ok_or_else(|| unknown_origin(sources, answer).again(answer))?;
        return Ok(Some(place));
    }
    if let Some(field) = &sources.constraints.origin {
        return place_of(sources, field).map(Some).ok_or_else(|| unknown_origin(sources, field));
    }
    let with = |role: Role| named.iter().filter(move |name| name.role == role).map(|name| &name.place);
    if let Some(place) = with(Role::Origin).find(|place| *place != destination).or_else(|| with(Role::Origin).next()) {
        return Ok(Some(place.clone()));
    }
    let namesake = namesakes(text, named).find(|(is_origin, _)| *is_origin).map(|(_, name)| name);
    if let Some(name) = namesake.or_else(|| unknown::origin(text).map(|range| text.original_of(&range).to_owned())) {
        return Err(unknown_origin(sources, &name));
    }
    Ok(with(Role::Return).find(|place| *place != destination).cloned())
}

/// Names such as "Paris, Texas", and whether the trip starts there.
fn namesakes<'t>(text: &'t Text<'_>, named: &'t [Named]) -> impl Iterator<Item = (bool, String)> + 't {
    named.iter().filter(|name| name.role == Role::Namesake).map(|name| {
        let end = unknown::state_after(text, name.range.end).map_or(name.range.end, |state| state.0);
        let is_origin = ORIGIN_BEFORE.is_match(text.before(name.range.start));
        (is_origin, text.original_of(&(name.range.start..end)).to_owned())
    })
}

fn unknown_destination(sources: &Sources<'_>, name: &str) -> Question {
    let names = sources.places.destination_names();
    let prompt = match sources.places.find(name) {
        Some(place) => format!(
            "Portolan knows {} only as a city to start from, not as one to plan days in. Which city should the trip go \
             to? These are the nearest; any other destination of the gazetteer works too.",
            place.name
        ),
        None => format!(
            "Portolan has no facts about \"{}\". Which city should the trip go to? These names are the closest; any \
             other destination of the gazetteer works too.",
            shortened(name)
        ),
    };
    let options = match sources.places.find(name) {
        Some(place) => nearest(sources, &place, names),
        None => closest(&folded(name), names, OPTIONS_MAX),
    };
    Question::new("destination", prompt, options)
}

fn no_destination(sources: &Sources<'_>) -> Question {
    let mut options = sources.places.destination_names();
    options.sort();
    options.truncate(OPTIONS_MAX);
    let prompt = "Which city should the trip go to? The request names none that Portolan knows. These are some; any \
                  other destination of the gazetteer works too.";
    Question::new("destination", prompt.to_owned(), options)
}

fn unknown_origin(sources: &Sources<'_>, name: &str) -> Question {
    let prompt = format!(
        "Portolan does not know \"{}\" as a city to start from. Which larger city near it do you leave from?",
        shortened(name)
    );
    Question::new("origin", prompt, misspelt(&folded(name), sources.places.destination_names(), OPTIONS_MAX))
}

/// The destinations nearest to `place`, in alphabetical order.
fn nearest(sources: &Sources<'_>, place: &Place, names: Vec<String>) -> Vec<String> {
    let mut by_distance: Vec<(f64, String)> = names
        .into_iter()
        .map(|name| {
            let found = sources.places.find(&name);
            let distance = found.and_then(|other| sources.places.distance_km(&place.id, &other.id));
            (distance.unwrap_or(f64::MAX), name)
        })
        .collect();
    by_distance.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut options: Vec<String> = by_distance.into_iter().take(OPTIONS_MAX).map(|(_, name)| name).collect();
    options.sort();
    options
}

/// A name as a prompt can hold it.
fn shortened(name: &str) -> String {
    const NAME_CHARS_MAX: usize = 60;
    name.trim().chars().take(NAME_CHARS_MAX).collect()
}
