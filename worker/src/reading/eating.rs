//! Which sentences speak about eating, so that a people's name is a kitchen in them.

use std::collections::HashSet;

use domain::brief::Interest;

use super::{
    lexicon::{self, Meaning},
    tokens::Token,
};

/// Words that belong to the kitchen or diet before them: "Italian food", "vegan restaurants".
pub(super) const TABLE_WORDS: &[&str] = &[
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
pub(super) const NOT_FOOD: &[&str] = &[
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
/// Words that say what a sentence is about, where it names kitchens.
pub(super) const LABELS: &[&str] =
    &["food", "culinary", "gastronomic", "gastronomy", "tasting", "eating", "cook", "specialty", "foodwise"];
/// The sentences that speak about eating, and those right after them: "What about food? Thai and Greek, please."
pub(super) fn sentences_about_eating(tokens: &[Token]) -> HashSet<usize> {
    const VERBS: &[&str] = &[
        "eat",
        "try",
        "trying",
        "taste",
        "tasting",
        "sample",
        "sampling",
        "savor",
        "savour",
        "savoring",
        "savouring",
        "relish",
        "craving",
        "crave",
        "dine",
        "palate",
        "appetite",
        "flavor",
        "flavour",
        "hungry",
        "tastebud",
        "feast",
        "indulge",
        "indulging",
        "foodwise",
        "diningwise",
        "cuisinewise",
    ];
    let is_eating = |token: &&Token| {
        let entry = lexicon::find(std::iter::once(token.stem.as_str()));
        VERBS.contains(&token.stem.as_str())
            || entry.is_some_and(|entry| match entry.meaning {
                Meaning::Eating | Meaning::Kitchen(_) => true,
                Meaning::Likes(list) => list.contains(&Interest::Food),
                _ => false,
            })
    };
    let mut sentences: HashSet<usize> =
        tokens.iter().filter(is_eating).flat_map(|token| [token.sentence, token.sentence + 1]).collect();
    sentences.extend(liked_peoples(tokens));
    sentences.extend(lists_of_peoples(tokens));
    sentences
}

/// "American, Thai and Greek, please.": a sentence that names peoples and nothing else lists kitchens.
fn lists_of_peoples(tokens: &[Token]) -> impl Iterator<Item = usize> {
    const BETWEEN: &[&str] = &["and", "or", "plus", "also", "please", "preferably", "ideally", "maybe", "both"];
    let lists = |sentence: &[Token]| {
        let mut words = sentence.iter().map(|token| token.stem.as_str());
        words.clone().any(is_people) && words.all(|word| is_people(word) || BETWEEN.contains(&word))
    };
    tokens
        .chunk_by(|left, right| left.sentence == right.sentence)
        .filter(move |sentence| lists(sentence))
        .map(|sentence| sentence[0].sentence)
}

fn is_people(word: &str) -> bool {
    lexicon::find(std::iter::once(word)).is_some_and(|entry| matches!(entry.meaning, Meaning::Nation(_)))
}

/// "We love Thai.": a people's name that a sentence likes and ends with is a kitchen.
fn liked_peoples(tokens: &[Token]) -> impl Iterator<Item = usize> {
    const LIKINGS: &[&str] = &["love", "like", "enjoy", "prefer", "fancy", "adore", "want"];
    const ALL: &[&str] = &["thing", "everything", "anything", "all"];
    let ends = |index: usize| tokens.get(index + 1).is_none_or(|next| next.sentence != tokens[index].sentence);
    (0..tokens.len()).filter(move |index| ends(*index) && is_people(&tokens[*index].stem)).filter_map(|index| {
        let sentence = tokens[index].sentence;
        let before = tokens[..index].iter().rev().take_while(|token| token.sentence == sentence);
        let words: Vec<&str> = before.map(|token| token.stem.as_str()).collect();
        let says = |list: &[&str]| words.iter().any(|word| list.contains(word));
        (says(LIKINGS) && !says(ALL)).then_some(sentence)
    })
}

/// The sentences that name kitchens.
pub(super) fn sentences_with_kitchens(tokens: &[Token]) -> HashSet<usize> {
    let names_kitchen = |(index, token): &(usize, &Token)| {
        let entry = lexicon::find(std::iter::once(token.stem.as_str()));
        let follower = tokens.get(index + 1).map_or("", |next| next.stem.as_str());
        entry.is_some_and(|entry| match entry.meaning {
            Meaning::Nation(_) => !NOT_FOOD.contains(&follower),
            _ => false,
        })
    };
    tokens.iter().enumerate().filter(names_kitchen).map(|(_, token)| token.sentence).collect()
}
