//! Interests, kitchens, diets, pace, beds and means of transport: what the lexicon finds, and how it was meant.

use domain::brief::{Diet, Interest, LodgingKind, LodgingWish, Pace, RoomType, Tier, TransportMode};

use super::{
    lexicon::{self, Meaning},
    text::Text,
    tokens::{Sense, Token},
};

/// What the words of a request wish for. Lists are in the text's order, without doubles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wishes {
    pub(super) interests: Vec<Interest>,
    pub(super) avoid_interests: Vec<Interest>,
    /// "no museums": also those that are not about art.
    pub(super) avoids_museums: bool,
    pub(super) cuisines: Vec<String>,
    pub(super) diet: Vec<Diet>,
    pub(super) pace: Option<Pace>,
    pub(super) lodging: LodgingWish,
    /// "cheap", "luxury": of everything, not only of the bed.
    pub(super) level: Option<Tier>,
    pub(super) avoid_transport: Vec<TransportMode>,
    /// "by train": every other means is in `avoid_transport` for that.
    pub(super) only_transport: Vec<TransportMode>,
}

/// Words that belong to the kitchen or diet before them: "Italian food", "vegan restaurants".
const TABLE_WORDS: &[&str] = &[
    "food",
    "cuisine",
    "restaurant",
    "dish",
    "meal",
    "cooking",
    "kitchen",
    "place",
    "option",
    "spot",
    "eatery",
    "diet",
    "joint",
    "friendly",
    "eat",
    "breakfast",
    "lunch",
    "dinner",
    "dining",
];
/// What a people's name describes when it is not a kitchen.
const NOT_FOOD: &[&str] = &[
    "architecture",
    "garden",
    "art",
    "history",
    "museum",
    "culture",
    "wife",
    "husband",
    "friend",
    "family",
    "passport",
    "language",
    "ruin",
    "empire",
    "palace",
    "church",
    "temple",
    "quarter",
    "music",
    "wall",
    "people",
    "film",
    "movie",
    "design",
    "citizen",
    "speaker",
    "bath",
    "market",
    "dollar",
    "pound",
    "peso",
    "beach",
    "coast",
    "riviera",
    "embassy",
    "express",
    "airline",
    "movie",
    "literature",
    "painter",
    "painting",
    "emperor",
    "forum",
];
/// A wish that is only preferred cannot forbid anything.
const SOFT: &[&str] = &["preferably", "ideally", "possible", "prefer", "rather", "maybe", "perhaps"];

/// Reads every wish and marks its words.
pub(super) fn read(text: &mut Text<'_>, tokens: &[Token]) -> Wishes {
    let mut wishes = Wishes::default();
    let eating = sentences_about_eating(tokens);
    let mut last_mode_end: Option<usize> = None;
    let mut index = 0;
    while index < tokens.len() {
        let Some(entry) = entry_at(text, tokens, index) else {
            index += 1;
            continue;
        };
        let words = &tokens[index..index + entry.words];
        let mut end = index + entry.words;
        if matches!(entry.meaning, Meaning::Kitchen(_) | Meaning::Nation(_) | Meaning::Diet(_)) {
            while tokens.get(end).is_some_and(|token| !token.opens_clause && TABLE_WORDS.contains(&token.stem.as_str()))
            {
                end += 1;
            }
        }
        let follower = tokens.get(index + entry.words).map_or("", |token| token.stem.as_str());
        let is_soft =
            tokens.iter().any(|token| token.sentence == words[0].sentence && SOFT.contains(&token.stem.as_str()));
        let outcome = match entry.meaning {
            Meaning::Nation(kitchen) => {
                if eating.contains(&words[0].sentence) && !NOT_FOOD.contains(&follower) {
                    wishes.keep(Meaning::Kitchen(kitchen), words[0].sense)
                } else {
                    Outcome::Skipped
                }
            }
            Meaning::Only(_) if is_soft => Outcome::Refused,
            Meaning::Mode(mode) if words[0].sense == Sense::Plain => {
                let links = last_mode_end.is_some_and(|last| {
                    tokens[last..index]
                        .iter()
                        .all(|token| ["or", "and", "by", "a", "the"].contains(&token.stem.as_str()))
                });
                if links {
                    push(&mut wishes.only_transport, mode);
                    last_mode_end = Some(end);
                }
                if links || mode == TransportMode::Flight { Outcome::Read } else { Outcome::Skipped }
            }
            meaning => {
                if matches!(meaning, Meaning::Only(_)) {
                    last_mode_end = Some(end);
                }
                let outcome = wishes.keep(meaning, words[0].sense);
                if outcome == Outcome::Read {
                    wishes.house_of_phrase(meaning, words);
                }
                outcome
            }
        };
        let range = tokens[index].range.start..tokens[end - 1].range.end;
        match outcome {
            Outcome::Read => text.take(range),
            Outcome::Refused => text.refuse(range),
            Outcome::Skipped => {}
        }
        index = end;
    }
    wishes.settle();
    wishes
}

/// What became of a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Read,
    /// Understood, and a brief cannot hold it.
    Refused,
    /// Not a wish after all.
    Skipped,
}

impl Wishes {
    fn keep(&mut self, meaning: Meaning, sense: Sense) -> Outcome {
        let is_negated = sense == Sense::Negated;
        match meaning {
            Meaning::Unheld => return Outcome::Refused,
            Meaning::Nothing if is_negated => return Outcome::Refused,
            Meaning::Nothing => {}
            Meaning::Likes(_) | Meaning::Museums | Meaning::Kitchen(_) if sense == Sense::Less => {
                return Outcome::Refused;
            }
            Meaning::Likes(list) if is_negated => push(&mut self.avoid_interests, list[0]),
            Meaning::Likes(list) => list.iter().for_each(|interest| push(&mut self.interests, *interest)),
            Meaning::Museums if is_negated => {
                self.avoids_museums = true;
                push(&mut self.avoid_interests, Interest::Art);
            }
            Meaning::Museums => {
                push(&mut self.interests, Interest::Art);
                push(&mut self.interests, Interest::History);
            }
            // "not vegetarian", "nothing packed": the wish is absent, and absent it is.
            Meaning::Diet(_) | Meaning::Pace(_) | Meaning::Level(_) if is_negated => {}
            Meaning::Kitchen(_) | Meaning::House(_) | Meaning::Room(_) | Meaning::Bed(_) if is_negated => {
                return Outcome::Refused;
            }
            Meaning::Kitchen(kitchen) => push(&mut self.cuisines, kitchen.to_owned()),
            Meaning::Diet(diet) => push(&mut self.diet, diet),
            Meaning::Pace(pace) => self.pace = Some(pace),
            Meaning::House(kind) => return self.keep_house(kind),
            Meaning::Room(room) => self.lodging.room_type = Some(room),
            Meaning::Bed(tier) => self.lodging.tier = Some(tier),
            Meaning::Level(tier) => self.level = Some(tier),
            Meaning::Mode(mode) | Meaning::Only(mode) if is_negated => push(&mut self.avoid_transport, mode),
            Meaning::Only(mode) => push(&mut self.only_transport, mode),
            Meaning::Nation(_) | Meaning::Eating | Meaning::Mode(_) => return Outcome::Skipped,
        }
        Outcome::Read
    }

    /// One kind of house is a wish; "a hotel or an apartment" are two, which a brief cannot hold.
    fn keep_house(&mut self, kind: LodgingKind) -> Outcome {
        if self.lodging.kind.is_some_and(|before| before != kind) {
            return Outcome::Refused;
        }
        self.lodging.kind = Some(kind);
        Outcome::Read
    }

    /// "a cheap hotel" names a house beside its price.
    fn house_of_phrase(&mut self, meaning: Meaning, words: &[Token]) {
        if !matches!(meaning, Meaning::Bed(_) | Meaning::Room(_)) {
            return;
        }
        for word in words {
            match word.stem.as_str() {
                "hotel" => self.keep_house(LodgingKind::Hotel),
                "hostel" => self.keep_house(LodgingKind::Hostel),
                "apartment" | "flat" => self.keep_house(LodgingKind::Apartment),
                _ => continue,
            };
        }
    }

    /// Denials win over likings; one wanted means of transport excludes the others.
    fn settle(&mut self) {
        let Self { interests, avoid_interests, only_transport, avoid_transport, .. } = self;
        avoid_interests.retain(|denied| !interests.contains(denied));
        only_transport.retain(|mode| !avoid_transport.contains(mode));
        if !only_transport.is_empty() {
            for mode in TransportMode::ALL.iter().filter(|mode| !only_transport.contains(mode)) {
                push(avoid_transport, *mode);
            }
        }
        avoid_transport.sort();
        if self.lodging.room_type == Some(RoomType::SharedRoom) && self.lodging.kind == Some(LodgingKind::Hotel) {
            self.lodging.kind = None;
        }
    }
}

/// The meanings that one entry of a list, such as `interests` of the constraints, spells from its first word to its
/// last.
pub(super) fn meanings(words: &str) -> Vec<Meaning> {
    let text = Text::new(words);
    let tokens = super::tokens::tokens(&text);
    let mut meanings = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let Some(entry) = entry_at(&text, &tokens, index) else {
            index += 1;
            continue;
        };
        meanings.push(entry.meaning);
        index += entry.words;
    }
    meanings
}

/// The phrase at `index`, if nothing has read its words yet. Phrases do not cross commas.
fn entry_at(text: &Text<'_>, tokens: &[Token], index: usize) -> Option<lexicon::Entry> {
    const WORDS_MAX: usize = 8;
    let free = |token: &&Token| !text.is_taken(token.range.clone());
    let last = tokens.len().min(index + WORDS_MAX);
    let clause_end = (index + 1..last).find(|at| tokens[*at].opens_clause).unwrap_or(last);
    lexicon::find(tokens[index..clause_end].iter().take_while(free).map(|token| token.stem.as_str()))
}

fn sentences_about_eating(tokens: &[Token]) -> std::collections::HashSet<usize> {
    let is_eating = |token: &&Token| {
        let entry = lexicon::find(std::iter::once(token.stem.as_str()));
        token.stem == "eat"
            || entry.is_some_and(|entry| match entry.meaning {
                Meaning::Eating | Meaning::Kitchen(_) => true,
                Meaning::Likes(list) => list.contains(&Interest::Food),
                _ => false,
            })
    };
    tokens.iter().filter(is_eating).map(|token| token.sentence).collect()
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::tokens::tokens;

    fn wishes(request: &str) -> Wishes {
        let mut text = Text::new(request);
        let tokens = tokens(&text);
        read(&mut text, &tokens)
    }

    #[test]
    fn likings_and_denials_are_kept_apart() {
        use Interest::{Art, Food, History, Market, Religion};
        assert_eq!(wishes("museums and good food").interests, [Art, History, Food]);
        let denied = wishes("No museums or churches, but markets");
        assert_eq!((denied.interests, denied.avoid_interests), (vec![Market], vec![Art, Religion]));
        assert!(denied.avoids_museums);
        let both = wishes("we are not interested in shopping but love history");
        assert_eq!((both.interests, both.avoid_interests), (vec![History], vec![Interest::Shopping]));
        assert!(wishes("don't miss the art").avoid_interests.is_empty());
    }

    #[test]
    fn a_people_is_a_kitchen_only_beside_food() {
        assert_eq!(wishes("We love Italian food and sushi").cuisines, ["italian", "sushi"]);
        assert_eq!(
            wishes("American, Chinese and Middle Eastern cuisines").cuisines,
            ["american", "chinese", "middle eastern"]
        );
        assert!(wishes("Italian architecture").cuisines.is_empty());
        assert!(wishes("Italian food").interests.is_empty());
    }

    #[test]
    fn diets_read_in_many_words_and_not_when_denied() {
        for (request, diet) in [
            ("no meat please", Diet::Vegetarian),
            ("I'm coeliac", Diet::GlutenFree),
            ("gluten-free food", Diet::GlutenFree),
            ("we don't eat meat", Diet::Vegetarian),
            ("lactose intolerant", Diet::LactoseFree),
            ("halal restaurants", Diet::Halal),
            ("plant-based", Diet::Vegan),
        ] {
            assert_eq!(wishes(request).diet, [diet], "{request}");
        }
        assert!(wishes("we are not vegetarian").diet.is_empty());
    }

    #[test]
    fn transport_is_avoided_when_denied_or_when_one_is_all() {
        use TransportMode::{Bus, Car, Flight};
        for request in
            ["no flights", "without flying", "we hate flying", "that does not involve any flights", "no planes"]
        {
            assert_eq!(wishes(request).avoid_transport, [Flight], "{request}");
        }
        assert_eq!(wishes("by train only").avoid_transport, [Flight, Bus, Car]);
        assert_eq!(wishes("by train or bus").avoid_transport, [Flight, Car]);
        for request in ["don't want to drive", "we prefer non-self-driving transportation", "no car"] {
            assert_eq!(wishes(request).avoid_transport, [Car], "{request}");
        }
        assert_eq!(wishes("no flights or buses").avoid_transport, [Flight, Bus]);
        assert!(wishes("flying out on Friday").avoid_transport.is_empty());
    }

    #[test]
    fn beds_have_a_kind_a_room_and_a_price_level() {
        let wish = |kind, room_type, tier| LodgingWish { kind, room_type, tier };
        use LodgingKind::{Apartment, Hostel, Hotel};
        for (request, expected) in [
            ("in an Airbnb", wish(Some(Apartment), None, None)),
            ("a dorm in a hostel", wish(Some(Hostel), Some(RoomType::SharedRoom), None)),
            ("5-star hotel", wish(Some(Hotel), None, Some(Tier::Upscale))),
            ("cheap hotel", wish(Some(Hotel), None, Some(Tier::Budget))),
            ("boutique please", wish(None, None, Some(Tier::Upscale))),
            ("entire apartment", wish(Some(Apartment), Some(RoomType::EntirePlace), None)),
            ("private rooms", wish(None, Some(RoomType::PrivateRoom), None)),
            ("no hostels", wish(None, None, None)),
        ] {
            assert_eq!(wishes(request).lodging, expected, "{request}");
        }
    }

    #[test]
    fn pace_reads_from_both_sides() {
        for (request, pace) in [
            ("a relaxed pace", Pace::Relaxed),
            ("nothing too rushed, laid-back", Pace::Relaxed),
            ("not too busy", Pace::Relaxed),
            ("we want to see as much as possible", Pace::Full),
            ("packed days", Pace::Full),
        ] {
            assert_eq!(wishes(request).pace, Some(pace), "{request}");
        }
        assert_eq!(wishes("four days").pace, None);
    }
}
