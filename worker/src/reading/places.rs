//! Where from and where to.

use domain::brief::Place;

use super::{
    Inputs, Question, asking,
    destinations::{self, Target},
    fields::Field,
    lengths,
    roles::{self, Named, Role},
    text::Text,
    unknown,
};

/// Where the trip goes, and where it starts if that was said.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) target: Target,
    pub(super) origin: Option<Place>,
}

impl Route {
    /// The city that stands for the whole destination.
    pub(super) fn first(&self) -> &Place {
        self.target.destination.first().expect("a target has a city")
    }
}

/// Reads both ends of the trip. Marks the names that it used.
///
/// # Errors
/// The question, if it is not clear where the trip goes, or if an origin was named that nobody knows.
pub(super) fn read(inputs: &Inputs<'_>, text: &mut Text<'_>) -> Result<Route, Question> {
    let counted = roles::counts(inputs, text);
    let named = roles::named(inputs, text, &counted);
    let start = start(inputs, &named);
    let target = destinations::target(inputs, text, &named, &counted, &lengths::ranges(text), start.as_ref())?;
    let origin = origin(inputs, text, &named, &target)?;
    mark(text, &named, &target, origin.as_ref());
    match &origin {
        Some(origin) if target.destination.places().any(|place| place == origin) => Err(Question::new(
            "origin",
            format!("The trip would start and end in {}. Which city do you leave from?", origin.name),
            Vec::new(),
        )),
        _ => Ok(Route { target, origin }),
    }
}

/// Where the trip starts, as far as that can be told before it is known where it goes.
fn start(inputs: &Inputs<'_>, named: &[Named]) -> Option<Place> {
    let given = inputs.answer("origin").or(inputs.constraints.origin.as_deref());
    let with = |role: Role| named.iter().filter(move |name| name.role == role).find_map(|name| name.city.clone());
    match given {
        Some(given) => place_of(inputs, given),
        None => with(Role::Origin).or_else(|| with(Role::Return)),
    }
}

fn mark(text: &mut Text<'_>, named: &[Named], target: &Target, origin: Option<&Place>) {
    target.mark(text);
    let is_target = |name: &Named| {
        let city = name.city.as_ref().is_some_and(|city| target.destination.places().any(|place| place == city));
        let region = name.region.as_ref().is_some_and(|region| region.name == target.destination.name);
        city || region
    };
    for name in named {
        let is_origin = origin.is_some() && origin == name.city.as_ref();
        match name.role {
            Role::Origin | Role::Return if is_origin => text.take(name.range.clone(), Field::Origin),
            Role::Destination | Role::Bare if is_origin => text.take(name.range.clone(), Field::Origin),
            Role::Destination | Role::Bare if is_target(name) && !text.is_taken(name.range.clone()) => {
                text.take(name.range.clone(), Field::Destination);
            }
            _ => {}
        }
    }
}

fn origin(inputs: &Inputs<'_>, text: &Text<'_>, named: &[Named], target: &Target) -> Result<Option<Place>, Question> {
    if let Some(answer) = inputs.answer("origin") {
        let place = place_of(inputs, answer).ok_or_else(|| asking::unknown_origin(inputs, answer).again(answer))?;
        return Ok(Some(place));
    }
    if let Some(field) = &inputs.constraints.origin {
        return place_of(inputs, field).map(Some).ok_or_else(|| asking::unknown_origin(inputs, field));
    }
    let is_visited = |place: &&Place| target.destination.cities.iter().any(|wish| wish.place == **place);
    let with = |role: Role| named.iter().filter(move |name| name.role == role).filter_map(|name| name.city.as_ref());
    if let Some(place) = with(Role::Origin).find(|place| !is_visited(place)).or_else(|| with(Role::Origin).next()) {
        return Ok(Some(place.clone()));
    }
    let region = named.iter().find(|name| name.role == Role::Origin && name.city.is_none());
    let region = region.map(|name| text.original_of(&name.range).to_owned());
    let namesake = roles::namesakes(text, named).find(|(is_origin, _)| *is_origin).map(|(_, name)| name);
    let unknown = || unknown::origin(text).map(|range| text.original_of(&range).to_owned());
    if let Some(name) = region.or(namesake).or_else(unknown) {
        return Err(asking::unknown_origin(inputs, &name));
    }
    Ok(with(Role::Return).find(|place| !is_visited(place)).cloned())
}

/// The only place that `text`, an answer or a field, names.
fn place_of(inputs: &Inputs<'_>, text: &str) -> Option<Place> {
    if let Some(place) = inputs.places.find(text.trim()) {
        return Some(place);
    }
    let mut places: Vec<Place> = inputs.places.mentions(text).into_iter().map(|mention| mention.place).collect();
    places.dedup();
    (places.len() == 1).then(|| places.remove(0))
}
