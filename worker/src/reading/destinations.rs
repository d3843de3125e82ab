//! Where the trip goes: the cities that must be visited, those that may be, and how many.

use std::ops::Range;

use domain::{
    brief::{Assumption, CityWish, Destination, Place},
    request::CITIES_MAX,
};

use super::{
    Inputs, Question,
    asking::{self, OPTIONS_MAX},
    assumption,
    cities::{Counted, Number},
    fields::Field,
    roles::{self, Named, Role},
    said::{Said, of_text},
    text::Text,
    unknown,
};
use crate::providers::Region;

/// How many cities of a region a trip chooses from.
const CHOICES_MAX: usize = 8;
/// Where nothing says how many cities of a region are visited: one for so many nights.
const NIGHTS_PER_CITY: u32 = 3;
/// The most cities that are assumed.
const CITIES_ASSUMED_MAX: u32 = 3;

/// Where the trip goes, as far as it is settled before its length is known.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Its `count` is the least one while `open` says so.
    pub(super) destination: Destination,
    /// Nights of the whole trip, where they were said for every city.
    pub(super) nights: Option<u32>,
    /// How many cities are visited is to be assumed.
    is_open: bool,
    /// "a few cities": the words and what they were taken for.
    vague: Option<String>,
    /// What was read of the text.
    pub(super) read: Vec<Range<usize>>,
}

/// Decides where `text` goes, from its answer, its fields or its words. `lengths` is where it says how long anything
/// takes; `origin` is where the trip starts, as far as that is said.
///
/// # Errors
/// The question, if nothing says where, or if what is said cannot be done.
pub(super) fn target(
    inputs: &Inputs<'_>,
    text: &Text<'_>,
    named: &[Named],
    counted: &[Counted],
    lengths: &[Range<usize>],
    origin: Option<&Place>,
) -> Result<Target, Question> {
    let number_of_text = counted.first().map(|count| count.number);
    if let Some(answer) = inputs.answer("destination") {
        let mut said =
            of_words(inputs, answer).ok_or_else(|| asking::unknown_destination(inputs, answer).again(answer))?;
        said.number = said.number.or(number_of_text.filter(|number| said.can_have(*number)));
        return settled(inputs, said, origin).map_err(|question| question.again(answer));
    }
    let number = inputs.constraints.city_count.map(Number::Exactly);
    if let Some(fields) = &inputs.constraints.destinations {
        let mut said = Said { number, ..Said::default() };
        for field in fields {
            let place = inputs.places.find(field.trim()).or_else(|| only_city(inputs, field));
            let place = place.ok_or_else(|| asking::unknown_destination(inputs, field))?;
            said.add(place);
        }
        return settled(inputs, said, origin);
    }
    if let Some(field) = &inputs.constraints.destination {
        let mut said = of_field(inputs, field, number).ok_or_else(|| asking::unknown_destination(inputs, field))?;
        let of_text = number_of_text.filter(|number| said.can_have(*number));
        said.number = number.or(said.number).or(of_text);
        return settled(inputs, said, origin);
    }
    let mut said = of_text(text, named, counted, lengths, origin);
    if said.cities.is_empty() && said.regions.is_empty() {
        let namesake = roles::namesakes(text, named).find(|(is_origin, _)| !is_origin).map(|(_, name)| name);
        return Err(match namesake.or_else(|| unknown::destination(text)) {
            Some(name) => asking::unknown_destination(inputs, &name),
            None => asking::no_destination(inputs),
        });
    }
    said.number = number.or(said.number);
    settled(inputs, said, origin)
}

/// The only city that `text` names.
fn only_city(inputs: &Inputs<'_>, text: &str) -> Option<Place> {
    let mut places: Vec<Place> = inputs.places.mentions(text).into_iter().map(|mention| mention.place).collect();
    places.dedup();
    (places.len() == 1).then(|| places.remove(0))
}

/// A field names one city or one region; together with a number of cities rather the region.
fn of_field(inputs: &Inputs<'_>, field: &str, number: Option<Number>) -> Option<Said> {
    let region = inputs.places.find_region(field.trim());
    let wants_region = matches!(number, Some(Number::Exactly(2..)));
    let city = inputs.places.find(field.trim()).filter(|_| region.is_none() || !wants_region);
    match (city, region) {
        (Some(city), _) => Some(Said::of(city)),
        (None, Some(region)) => Some(Said { regions: vec![region], ..Said::default() }),
        (None, None) => of_words(inputs, field),
    }
}

/// What an answer, which names little else than places, says.
fn of_words(inputs: &Inputs<'_>, words: &str) -> Option<Said> {
    if let Some(city) = inputs.places.find(words.trim()) {
        return Some(Said::of(city));
    }
    let text = Text::new(words);
    let counted = roles::counts(inputs, &text);
    let mut named = roles::named(inputs, &text, &counted);
    // Nobody answers with where they are not going.
    for name in named.iter_mut().filter(|name| !matches!(name.role, Role::Namesake)) {
        name.role = Role::Destination;
    }
    let mut said = of_text(&text, &named, &counted, &[], None);
    // They are places in these words, not in the request.
    said.read.clear();
    (!said.cities.is_empty() || !said.regions.is_empty()).then_some(said)
}

/// Whether it can be done.
fn settled(inputs: &Inputs<'_>, mut said: Said, origin: Option<&Place>) -> Result<Target, Question> {
    if let Some(wish) = said.cities.iter().find(|wish| !inputs.places.is_destination(&wish.place.id)) {
        return Err(asking::unknown_destination(inputs, &wish.place.name));
    }
    // A region around a named city only says where that is, unless more cities are asked for.
    let holds_named = |region: &&Region| said.cities.iter().any(|wish| region.cities.contains(&wish.place));
    let foreign = said.regions.iter().filter(|region| !holds_named(region)).count();
    let named = length(&said.cities);
    let wanted = wanted(&said);
    let is_picked = wanted.is_some_and(|wanted| wanted < named);
    let is_either = (said.is_either && !is_picked) || (is_picked && wanted == Some(1));
    if foreign > usize::from(said.cities.is_empty()) || is_either {
        return Err(asking::one_of(inputs, &names_of(&said)));
    }
    if wanted.unwrap_or(named) > CITIES_MAX {
        return Err(asking::too_many(wanted.unwrap_or(named)));
    }
    let region = said.regions.first().cloned();
    let is_several = said.number == Some(Number::Several);
    let is_open = wanted.is_none() && (named == 0 || (region.is_some() && (said.is_more || (is_several && named < 2))));
    let choices = match &region {
        // "two of Rome, Venice and Florence"
        _ if is_picked => said.cities.iter().map(|wish| wish.place.clone()).take(CHOICES_MAX).collect(),
        Some(region) if is_open || wanted.is_some_and(|wanted| wanted > named) => {
            choices(inputs, &said, region, origin)
        }
        _ => Vec::new(),
    };
    let name = match &region {
        Some(region) if named == 0 || !choices.is_empty() => region.name.clone(),
        _ => asking::listed(&said.cities.iter().map(|wish| wish.place.name.as_str()).collect::<Vec<_>>(), "and"),
    };
    if is_picked {
        said.cities.clear();
        said.nights = None;
    }
    let least = if is_open && is_several { 2 } else { 1 };
    let count = wanted.unwrap_or(named).max(least);
    if count > length(&said.cities) + length(&choices) {
        return Err(match &region {
            Some(region) => asking::too_few(inputs, region, &places(&said, &choices), count),
            None => asking::which_others(&names_of(&said), count),
        });
    }
    let in_order = said.in_order && said.cities.len() > 1;
    Ok(Target {
        nights: said.nights,
        is_open,
        vague: matches!(said.number, Some(Number::About(_))).then_some(said.number_words),
        destination: Destination { name, cities: said.cities, choices, count, in_order },
        read: said.read,
    })
}

/// How many cities are asked for, if a number of them is.
fn wanted(said: &Said) -> Option<u32> {
    match said.number? {
        Number::Exactly(value) | Number::About(value) => Some(value.max(1)),
        Number::More(value) => Some(length(&said.cities).saturating_add(value)),
        Number::Several => None,
    }
}

/// The cities of `region` that are not visited anyway.
fn choices(inputs: &Inputs<'_>, said: &Said, region: &Region, origin: Option<&Place>) -> Vec<Place> {
    let is_new = |place: &&Place| {
        Some(*place) != origin
            && !said.cities.iter().any(|wish| wish.place == **place)
            && inputs.places.is_destination(&place.id)
    };
    region.cities.iter().filter(is_new).take(CHOICES_MAX).cloned().collect()
}

fn length<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

fn places(said: &Said, choices: &[Place]) -> Vec<String> {
    said.cities
        .iter()
        .map(|wish| wish.place.name.clone())
        .chain(choices.iter().map(|place| place.name.clone()))
        .collect()
}

fn names_of(said: &Said) -> Vec<String> {
    let cities = said.cities.iter().map(|wish| wish.place.name.clone());
    cities.chain(said.regions.iter().map(|region| region.name.clone())).collect()
}

impl Target {
    /// Marks what was read of the text.
    pub(super) fn mark(&self, text: &mut Text<'_>) {
        for range in &self.read {
            text.take(range.clone(), Field::Destination);
        }
    }

    /// A city that the trip may visit becomes one that it must where it has a sight of `must_see`.
    pub(super) fn require_cities_of(&mut self, inputs: &Inputs<'_>, must_see: &[String]) {
        let has = |city: &Place| inputs.places.sights(&city.id).iter().any(|sight| must_see.contains(&sight.id));
        if must_see.is_empty() {
            return;
        }
        let choices = self.destination.choices.clone();
        for city in choices.iter().filter(|city| has(city)) {
            self.require(city);
        }
    }

    fn require(&mut self, city: &Place) {
        let Some(at) = self.destination.choices.iter().position(|place| place == city) else { return };
        let named = length(&self.destination.cities);
        if named < self.destination.count || (self.is_open && named < CITIES_MAX) {
            let place = self.destination.choices.remove(at);
            self.destination.cities.push(CityWish { place, nights: None });
            self.destination.count = self.destination.count.max(named + 1);
        }
    }

    /// The destination of a trip of `nights`.
    ///
    /// # Errors
    /// The question, if there are more cities than nights.
    pub(super) fn settle(mut self, nights: u32, assumptions: &mut Vec<Assumption>) -> Result<Destination, Question> {
        let destination = &mut self.destination;
        if let Some(words) = &self.vague {
            let count = destination.count;
            let text = format!("\"{words}\" was taken for {count} cities; write a number of cities to change it.");
            assumptions.push(assumption("destination", text));
        }
        if self.is_open {
            let available = length(&destination.cities) + length(&destination.choices);
            let by_nights = (nights / NIGHTS_PER_CITY).clamp(1, CITIES_ASSUMED_MAX).min(available);
            destination.count = destination.count.max(by_nights);
            let cities = match destination.count {
                1 => "one city was".to_owned(),
                count => format!("{count} cities were"),
            };
            let text = format!(
                "How many cities of {0} to visit was left open, so {cities} assumed, one for every {NIGHTS_PER_CITY} \
                 nights; say \"2 cities in {0}\" or set constraints.city_count to change it.",
                destination.name
            );
            assumptions.push(assumption("destination", text));
        }
        if destination.count > nights.max(1) {
            return Err(asking::more_nights(&destination.name, destination.count, nights));
        }
        if destination.count == length(&destination.cities) {
            destination.choices.clear();
        }
        drop_misfits(destination, nights, assumptions);
        Ok(self.destination)
    }
}

/// Fields and answers may have made the trip shorter or longer than the nights that the text says for each city.
fn drop_misfits(destination: &mut Destination, nights: u32, assumptions: &mut Vec<Assumption>) {
    let said: Vec<u32> = destination.cities.iter().filter_map(|wish| wish.nights).collect();
    let sum = said.iter().fold(0, |sum: u32, nights| sum.saturating_add(*nights));
    // Each of the other cities needs a night.
    let open = destination.count.saturating_sub(length(&said));
    let fits = if open == 0 { sum == nights } else { sum.saturating_add(open) <= nights };
    if said.is_empty() || fits {
        return;
    }
    for wish in &mut destination.cities {
        wish.nights = None;
    }
    let text = format!(
        "The nights that the request says for each city do not make the {nights} nights of the trip, so they are shared \
         out anew; set constraints.days to change it."
    );
    assumptions.push(assumption("destination", text));
}

const _: () = assert!(CHOICES_MAX <= OPTIONS_MAX);
