//! How many of the structured fields were read right from the text alone.

use std::collections::BTreeSet;

use domain::{
    brief::{Brief, HouseRule, RoomType, TransportMode},
    money::{Currency, Money},
};
use serde::Serialize;

use super::record::Said;

/// The fields that are compared, in the order of the report.
pub const FIELDS: [&str; 11] = [
    "origin",
    "destination",
    "days",
    "city count",
    "dates",
    "people",
    "budget",
    "house rule",
    "cuisine",
    "room type",
    "transportation",
];

/// A field whose value is not what the text's authors wrote down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Misread {
    pub id: String,
    pub field: &'static str,
    pub expected: String,
    pub found: String,
    pub query: String,
}

/// Both sides of every field, in the same words: what was said and what was read. Of a request that was not read nothing
/// was found.
pub(super) fn compared(said: &Said, brief: Option<&Brief>) -> [(String, String); FIELDS.len()] {
    let expected = expected(said);
    let found = brief.map(|brief| found(said, brief));
    std::array::from_fn(|at| {
        let found = found.as_ref().map_or_else(|| "nothing".to_owned(), |found| found[at].clone());
        (expected[at].clone(), found)
    })
}

fn expected(said: &Said) -> [String; FIELDS.len()] {
    let wishes = &said.wishes;
    let dates: Vec<String> = said.dates.iter().map(ToString::to_string).collect();
    [
        said.origin.clone(),
        said.destination.clone(),
        said.days.to_string(),
        said.city_count.to_string(),
        ends(&dates),
        said.people.to_string(),
        Money::new(cents(said.budget), Currency::USD).to_string(),
        wishes.house_rule.clone().unwrap_or_default(),
        listed(wishes.cuisine.iter().flatten().map(|cuisine| cuisine.to_lowercase())),
        wishes.room_type.clone().unwrap_or_default(),
        wishes.transportation.clone().unwrap_or_default(),
    ]
}

fn found(said: &Said, brief: &Brief) -> [String; FIELDS.len()] {
    [
        brief.origin.name.clone(),
        destination(said, brief),
        brief.days().to_string(),
        brief.destination.count.to_string(),
        ends(&[brief.start_date.to_string(), brief.end_date.to_string()]),
        brief.travellers.count().to_string(),
        brief.budget.to_string(),
        listed(brief.lodging.allows.iter().map(|rule| house_rule(*rule).to_owned())),
        listed(brief.cuisines.iter().map(|cuisine| cuisine.to_lowercase())),
        room_types(&brief.lodging.room_types),
        listed(brief.avoid_transport.iter().map(|mode| transportation(*mode).to_owned())),
    ]
}

/// A city or state by its name. A destination of one city is that city, however it is called ("Washington state").
fn destination(said: &Said, brief: &Brief) -> String {
    let destination = &brief.destination;
    match destination.cities.as_slice() {
        [only] if destination.count == 1 && only.place.name == said.destination => only.place.name.clone(),
        _ => destination.name.clone(),
    }
}

fn ends(dates: &[String]) -> String {
    match (dates.first(), dates.last()) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => String::new(),
    }
}

/// In alphabetical order, each once.
fn listed(values: impl Iterator<Item = String>) -> String {
    values.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

/// As the benchmark words it.
const fn house_rule(rule: HouseRule) -> &'static str {
    match rule {
        HouseRule::Smoking => "smoking",
        HouseRule::Parties => "parties",
        HouseRule::Pets => "pets",
        HouseRule::Visitors => "visitors",
        HouseRule::Children => "children under 10",
    }
}

fn room_types(types: &[RoomType]) -> String {
    let has = |kind| types.contains(&kind);
    let words = match (has(RoomType::EntirePlace), has(RoomType::PrivateRoom), has(RoomType::SharedRoom)) {
        (false, false, false) => "",
        (true, false, false) => "entire room",
        (false, true, false) => "private room",
        (false, false, true) => "shared room",
        (true, true, false) => "not shared room",
        (true | false, true, true) | (true, false, true) => "a mix with shared rooms",
    };
    words.to_owned()
}

const fn transportation(mode: TransportMode) -> &'static str {
    match mode {
        TransportMode::Flight => "no flight",
        TransportMode::Car => "no self-driving",
        TransportMode::Taxi => "no taxi",
        TransportMode::Train => "no train",
        TransportMode::Bus => "no bus",
    }
}

fn cents(dollars: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is only compared")]
    let cents = (dollars * 100.0).round() as i64;
    cents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_compared_without_their_order_and_case() {
        let sorted = listed(["thai".to_owned(), "french".to_owned(), "thai".to_owned()].into_iter());
        assert_eq!(sorted, "french, thai");
    }

    #[test]
    fn kinds_of_rooms_have_the_words_of_the_benchmark() {
        let both = [RoomType::PrivateRoom, RoomType::EntirePlace];
        assert_eq!((room_types(&both), room_types(&[])), ("not shared room".to_owned(), String::new()));
        assert_eq!(room_types(&[RoomType::SharedRoom]), "shared room");
    }
}
