//! Interests, kitchens, diets, pace, beds and means of transport: what the lexicon finds, and how it was meant.

use std::collections::HashSet;

use domain::brief::{Diet, Interest, LodgingKind, LodgingWish, Pace, RoomType, Tier, TransportMode};

use super::{
    eating::{LABELS, NOT_FOOD, TABLE_WORDS, sentences_about_eating, sentences_with_kitchens},
    fields::Field,
    lexicon::{self, Meaning},
    negations::is_denied_after,
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
    pub(super) meals_repeat: bool,
    pub(super) diet: Vec<Diet>,
    pub(super) pace: Option<Pace>,
    pub(super) lodging: LodgingWish,
    /// "cheap", "luxury": of everything, not only of the bed.
    pub(super) level: Option<Tier>,
    pub(super) avoid_transport: Vec<TransportMode>,
    /// "by train": every other means is in `avoid_transport` for that.
    pub(super) only_transport: Vec<TransportMode>,
    /// "no shared rooms".
    refuses_sharing: bool,
}

/// What follows "design" where it is a verb.
const DESIGNED: &[&str] = &["a", "an", "the", "my", "our", "me", "us", "some", "for", "this", "travel", "trip"];
/// Words after which an allergen is over: "allergic to nuts and we love art".
const ALLERGY_ENDS: &[&str] = &["we", "i", "but", "so", "who", "please", "with", "for", "in", "from", "love", "like"];
/// A wish that is only preferred cannot forbid anything.
const SOFT: &[&str] = &["preferably", "ideally", "possible", "prefer", "rather", "maybe", "perhaps"];

/// Reads every wish and marks its words.
pub(super) fn read(text: &mut Text<'_>, tokens: &[Token]) -> Wishes {
    let mut reader = Reader {
        wishes: Wishes::default(),
        eating: sentences_about_eating(tokens),
        naming: sentences_with_kitchens(tokens),
        mode_end: None,
    };
    let mut index = 0;
    while index < tokens.len() {
        let Some(entry) = entry_at(text, tokens, index).or_else(|| labelled_room(tokens, index)) else {
            index += 1;
            continue;
        };
        let mut end = index + entry.words;
        if matches!(entry.meaning, Meaning::Kitchen(_) | Meaning::Nation(_) | Meaning::Diet(_)) {
            let is_table = |token: &Token| !token.opens_clause && TABLE_WORDS.contains(&token.stem.as_str());
            while tokens.get(end).is_some_and(is_table) {
                end += 1;
            }
        }
        // "allergic to nuts and fish": what follows is not wished for.
        if entry.meaning == Meaning::Allergy {
            let is_allergen = |token: &Token| !token.opens_clause && !ALLERGY_ENDS.contains(&token.stem.as_str());
            while tokens.get(end).is_some_and(is_allergen) {
                end += 1;
            }
        }
        let outcome = reader.outcome(text, tokens, index, entry, end);
        let range = tokens[index].range.start..tokens[end - 1].range.end;
        match outcome {
            Outcome::Read(Some(field)) => text.take(range, field),
            Outcome::Read(None) => text.pass(range),
            Outcome::Refused => text.refuse(range),
            Outcome::Skipped => {}
        }
        index = end;
    }
    reader.wishes.settle();
    reader.wishes
}

/// Reading in progress.
struct Reader {
    wishes: Wishes,
    /// The sentences in which a people's name is a kitchen.
    eating: HashSet<usize>,
    /// The sentences that name kitchens.
    naming: HashSet<usize>,
    /// After the last means of transport that was asked for: "by train or bus".
    mode_end: Option<usize>,
}

impl Reader {
    /// What becomes of the phrase `entry` at `index`, which with the words that belong to it ends before `end`.
    fn outcome(
        &mut self,
        text: &Text<'_>,
        tokens: &[Token],
        index: usize,
        entry: lexicon::Entry,
        end: usize,
    ) -> Outcome {
        let words = &tokens[index..index + entry.words];
        let follower = tokens.get(index + entry.words).map_or("", |token| token.stem.as_str());
        let sense = if is_denied_after(text, tokens[end - 1].range.end) { Sense::Negated } else { words[0].sense };
        let wishes = &mut self.wishes;
        match entry.meaning {
            Meaning::Nation(kitchen) => {
                if self.eating.contains(&words[0].sentence) && !NOT_FOOD.contains(&follower) {
                    wishes.keep(Meaning::Kitchen(kitchen), sense)
                } else {
                    Outcome::Skipped
                }
            }
            // "As for food, we like Thai": the food is what the sentence is about, not one more wish.
            Meaning::Likes(&[Interest::Food])
                if entry.words == 1
                    && LABELS.contains(&words[0].stem.as_str())
                    && self.naming.contains(&words[0].sentence) =>
            {
                Outcome::Read(None)
            }
            // "design a trip" asks for work, not for art.
            Meaning::Likes(_) if words[0].stem == "design" && DESIGNED.contains(&follower) => Outcome::Skipped,
            Meaning::Only(_) if is_soft(tokens, words[0].sentence) => Outcome::Refused,
            Meaning::Mode(mode) if sense != Sense::Negated => {
                let joins = |token: &Token| ["or", "and", "by", "a", "the"].contains(&token.stem.as_str());
                let links = self.mode_end.is_some_and(|last| tokens[last..index].iter().all(joins));
                if links {
                    push(&mut wishes.only_transport, mode);
                    self.mode_end = Some(end);
                }
                let is_named = matches!(mode, TransportMode::Flight | TransportMode::Taxi);
                if links || is_named { Outcome::Read(None) } else { Outcome::Skipped }
            }
            meaning => {
                if matches!(meaning, Meaning::Only(_)) {
                    self.mode_end = Some(end);
                }
                let outcome = wishes.keep(meaning, sense);
                if matches!(outcome, Outcome::Read(_)) && sense != Sense::Negated {
                    wishes.house_of_phrase(meaning, words);
                }
                outcome
            }
        }
    }
}

/// "Rooms: private", "the rooms should be private".
fn labelled_room(tokens: &[Token], index: usize) -> Option<lexicon::Entry> {
    const LABELS: &[&str] = &["room", "accommodation", "lodging", "type", "stay", "housing", "place"];
    const BETWEEN: &[&str] = &[
        "is",
        "are",
        "be",
        "should",
        "must",
        "to",
        "need",
        "have",
        "would",
        "will",
        "all",
        "preferably",
        "ideally",
        "being",
        "that",
        "which",
        "both",
        "either",
    ];
    let rooms: &[RoomType] = match tokens[index].stem.as_str() {
        "private" => &[RoomType::PrivateRoom],
        "shared" => &[RoomType::SharedRoom],
        "entire" | "whole" => &[RoomType::EntirePlace],
        _ => return None,
    };
    let sentence = tokens[index].sentence;
    let mut before = tokens[..index].iter().rev().take_while(|token| token.sentence == sentence);
    let label = before.find(|token| !BETWEEN.contains(&token.stem.as_str()))?;
    let follows = tokens[index].follows_colon()
        || tokens.get(index + 1).is_none_or(|next| next.opens_clause || next.stem == "and");
    (follows && LABELS.contains(&label.stem.as_str()))
        .then_some(lexicon::Entry { meaning: Meaning::Rooms(rooms), words: 1 })
}

fn is_soft(tokens: &[Token], sentence: usize) -> bool {
    tokens.iter().any(|token| token.sentence == sentence && SOFT.contains(&token.stem.as_str()))
}

/// What became of a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Says something about this field, or nothing that a brief needs.
    Read(Option<Field>),
    /// Understood, and a brief cannot hold it.
    Refused,
    /// Not a wish after all.
    Skipped,
}

impl Wishes {
    fn keep(&mut self, meaning: Meaning, sense: Sense) -> Outcome {
        if sense == Sense::Negated {
            return self.deny(meaning);
        }
        let field = match meaning {
            Meaning::Unheld | Meaning::Rental | Meaning::Allergy => return Outcome::Refused,
            Meaning::Nothing => return Outcome::Read(None),
            Meaning::Likes(_) | Meaning::Museums | Meaning::Kitchen(_) if sense == Sense::Less => {
                return Outcome::Refused;
            }
            Meaning::Likes(list) => {
                list.iter().for_each(|interest| push(&mut self.interests, *interest));
                Field::Interests
            }
            Meaning::Museums => {
                push(&mut self.interests, Interest::Art);
                push(&mut self.interests, Interest::History);
                Field::Interests
            }
            Meaning::Kitchen(kitchen) => {
                push(&mut self.cuisines, kitchen.to_owned());
                Field::Cuisines
            }
            Meaning::Diet(diet) => {
                push(&mut self.diet, diet);
                Field::Diet
            }
            Meaning::Pace(pace) => {
                self.pace = Some(pace);
                Field::Pace
            }
            Meaning::House(kind) => return self.keep_house(kind),
            Meaning::Rooms(rooms) => {
                rooms.iter().for_each(|room| push(&mut self.lodging.room_types, *room));
                Field::Lodging
            }
            Meaning::Bed(tier) => {
                self.lodging.tier = Some(tier);
                Field::Lodging
            }
            Meaning::Level(tier) => {
                self.level = Some(tier);
                Field::Lodging
            }
            Meaning::Only(mode) => {
                push(&mut self.only_transport, mode);
                Field::AvoidTransport
            }
            Meaning::Without(mode) => {
                push(&mut self.avoid_transport, mode);
                Field::AvoidTransport
            }
            Meaning::Repeats => {
                self.meals_repeat = true;
                Field::MealsRepeat
            }
            Meaning::Nation(_) | Meaning::Eating | Meaning::Mode(_) | Meaning::Sharing => return Outcome::Skipped,
        };
        Outcome::Read(Some(field))
    }

    /// The same for what is not wanted.
    fn deny(&mut self, meaning: Meaning) -> Outcome {
        let field = match meaning {
            Meaning::Likes(list) => {
                push(&mut self.avoid_interests, list[0]);
                Field::AvoidInterests
            }
            Meaning::Museums => {
                self.avoids_museums = true;
                push(&mut self.avoid_interests, Interest::Art);
                Field::AvoidInterests
            }
            // "not vegetarian", "nothing packed": the wish is absent, and absent it is.
            Meaning::Diet(_) | Meaning::Pace(_) | Meaning::Level(_) | Meaning::Without(_) | Meaning::Repeats => {
                return Outcome::Read(None);
            }
            Meaning::Rooms(&[RoomType::SharedRoom]) | Meaning::Sharing => {
                self.refuses_sharing = true;
                Field::Lodging
            }
            Meaning::Mode(mode) | Meaning::Only(mode) => {
                push(&mut self.avoid_transport, mode);
                Field::AvoidTransport
            }
            Meaning::Rental => {
                push(&mut self.avoid_transport, TransportMode::Car);
                Field::AvoidTransport
            }
            Meaning::Nation(_) | Meaning::Eating => return Outcome::Skipped,
            Meaning::Unheld
            | Meaning::Allergy
            | Meaning::Nothing
            | Meaning::Kitchen(_)
            | Meaning::House(_)
            | Meaning::Rooms(_)
            | Meaning::Bed(_) => return Outcome::Refused,
        };
        Outcome::Read(Some(field))
    }

    /// One kind of house is a wish; "a hotel or an apartment" are two, which a brief cannot hold.
    fn keep_house(&mut self, kind: LodgingKind) -> Outcome {
        if self.lodging.kind.is_some_and(|before| before != kind) {
            return Outcome::Refused;
        }
        self.lodging.kind = Some(kind);
        Outcome::Read(Some(Field::Lodging))
    }

    /// "a cheap hotel" names a house beside its price.
    fn house_of_phrase(&mut self, meaning: Meaning, words: &[Token]) {
        if !matches!(meaning, Meaning::Bed(_) | Meaning::Rooms(_)) {
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
        let rooms = &mut self.lodging.room_types;
        if self.refuses_sharing {
            rooms.retain(|room| *room != RoomType::SharedRoom);
            if rooms.is_empty() {
                rooms.extend([RoomType::EntirePlace, RoomType::PrivateRoom]);
            }
        }
        rooms.sort();
        if rooms.contains(&RoomType::SharedRoom) && self.lodging.kind == Some(LodgingKind::Hotel) {
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
        use TransportMode::{Bus, Car, Flight, Taxi};
        for request in
            ["no flights", "without flying", "we hate flying", "that does not involve any flights", "no planes"]
        {
            assert_eq!(wishes(request).avoid_transport, [Flight], "{request}");
        }
        assert_eq!(wishes("by train only").avoid_transport, [Flight, Bus, Car, Taxi]);
        assert_eq!(wishes("by train or bus").avoid_transport, [Flight, Car, Taxi]);
        for request in ["don't want to drive", "we prefer non-self-driving transportation", "no car"] {
            assert_eq!(wishes(request).avoid_transport, [Car], "{request}");
        }
        assert_eq!(wishes("no flights or buses").avoid_transport, [Flight, Bus]);
        assert!(wishes("flying out on Friday").avoid_transport.is_empty());
    }

    #[test]
    fn beds_have_a_kind_a_room_and_a_price_level() {
        let wish = |kind, room: Option<RoomType>, tier| LodgingWish {
            kind,
            room_types: room.into_iter().collect(),
            tier,
            allows: Vec::new(),
        };
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
