//! Sights of the destination that the text names: those that must be in the plan, and those that must not.

use std::{collections::HashMap, ops::Range};

use crate::providers::SightName;

use super::{
    fields::Field,
    names::likeness,
    text::{Text, folded},
    tokens::{Sense, Token, stem},
};

/// Letters shared, in hundredths, from which two names are the same one misspelt.
const SAME_MIN: u32 = 75;
/// Words of the longest name that is looked for.
const WORDS_MAX: usize = 6;

/// Words that no name is told by.
const SMALL: &[&str] = &[
    "the", "of", "de", "da", "do", "dos", "del", "della", "di", "la", "le", "el", "los", "du", "des", "der", "die",
    "das", "den", "a", "an", "in", "at", "on", "and", "fur", "von", "l", "d", "s", "to", "from", "by", "with", "e",
    "y", "et", "o", "it", "lo", "al", "im", "am", "und", "las", "les",
];
/// Words that name a kind of sight; alone, or with one another, they name none.
const GENERIC: &[&str] = &[
    "museum",
    "monastery",
    "tower",
    "cathedral",
    "palace",
    "park",
    "market",
    "church",
    "garden",
    "castle",
    "square",
    "bridge",
    "street",
    "beach",
    "gallery",
    "house",
    "tour",
    "temple",
    "mosque",
    "national",
    "royal",
    "old",
    "new",
    "town",
    "city",
    "central",
    "grand",
    "great",
    "art",
    "history",
    "modern",
    "science",
    "natural",
    "zoo",
    "aquarium",
    "hill",
    "river",
    "island",
    "food",
    "hall",
    "night",
    "evening",
    "concert",
    "cruise",
    "walk",
    "view",
    "viewpoint",
    "opera",
    "theatre",
    "library",
    "memorial",
    "gate",
    "wall",
    "flower",
    "cafe",
    "waterfront",
    "harbour",
    "harbor",
    "quarter",
    "district",
    "centre",
    "center",
    "contemporary",
    "arts",
    "boat",
    "canal",
    "lake",
    "mountain",
    "fort",
    "cable",
    "car",
    "stadium",
    "football",
    "shopping",
    "mall",
    "university",
    "botanical",
    "fine",
    "cultural",
    "culture",
    "weekend",
    "sunday",
    "music",
    "flea",
    "public",
    "free",
    "first",
    "open",
    "air",
    "stroll",
    "ride",
    "visit",
    "station",
    "main",
    "day",
    "trip",
    "local",
    "craft",
    "antique",
    "chapel",
    "basilica",
    "ruin",
    "fountain",
    "plaza",
    "monument",
    "jazz",
    "club",
    "bar",
    "beer",
    "wine",
    "tasting",
    "hike",
    "trail",
    "forest",
    "promenade",
    "port",
    "docks",
    "dock",
];

/// What the text says about single sights: ids, in the text's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) must_see: Vec<String>,
    pub(super) avoid: Vec<String>,
}

/// The sights of all cities of the trip, by the words of their names.
pub(super) struct Index<'s> {
    sights: &'s [SightName],
    by_words: HashMap<String, usize>,
}

impl<'s> Index<'s> {
    /// `cities` are the names of the cities.
    pub(super) fn new<'c>(sights: &'s [SightName], cities: impl Iterator<Item = &'c str>) -> Self {
        let city: Vec<String> = cities.flat_map(|city| folded(city).split(' ').map(stem).collect::<Vec<_>>()).collect();
        let mut by_words = HashMap::new();
        for (at, sight) in sights.iter().enumerate() {
            // The id, after its city's, is often the short name: "moma" of the Museum of Modern Art.
            let id = sight.id.rsplit('/').next().unwrap_or_default();
            let names = [folded(&sight.name), id.replace('-', " ")];
            for key in names.iter().flat_map(|name| keys(name, &city)) {
                by_words.entry(key).or_insert(at);
            }
        }
        Self { sights, by_words }
    }

    /// Reads the sights that `tokens` name and marks them.
    pub(super) fn read(&self, text: &mut Text<'_>, tokens: &[Token]) -> Named {
        let mut named = Named::default();
        let content: Vec<&Token> = tokens.iter().filter(|token| !is_small(&token.stem)).collect();
        let mut at = 0;
        while at < content.len() {
            let Some((words, sight)) = self.longest_at(&content[at..]) else {
                at += 1;
                continue;
            };
            let range = content[at].range.start..content[at + words - 1].range.end;
            let (list, field) = if content[at].sense == Sense::Negated {
                (&mut named.avoid, Field::AvoidSights)
            } else {
                (&mut named.must_see, Field::MustSee)
            };
            if !text.is_taken(range.clone()) {
                text.take(range, field);
                if !list.contains(&self.sights[sight].id) {
                    list.push(self.sights[sight].id.clone());
                }
            }
            at += words;
        }
        named.must_see.retain(|id| !named.avoid.contains(id));
        named
    }

    fn longest_at(&self, content: &[&Token]) -> Option<(usize, usize)> {
        let clause = content.iter().skip(1).take(WORDS_MAX - 1).take_while(|token| !token.opens_clause).count() + 1;
        (1..=clause).rev().find_map(|words| {
            let key = key(content[..words].iter().map(|token| token.stem.clone()).collect());
            self.by_words.get(&key).map(|sight| (words, *sight))
        })
    }

    /// The sight that a person calls `name`: misspelt, without an article, or by its own part of the name.
    pub(super) fn find(&self, name: &str) -> Option<&'s SightName> {
        let name = folded(name);
        let words: Vec<String> = words_of(&name);
        if let Some(sight) = self.by_words.get(&key(words.clone())) {
            return Some(&self.sights[*sight]);
        }
        let own: Vec<&String> = words.iter().filter(|word| !is_generic(word)).collect();
        let mut holding = self.sights.iter().filter(|sight| {
            let sight_words = words_of(&folded(&sight.name));
            !own.is_empty() && own.iter().all(|word| sight_words.contains(word))
        });
        if let (Some(only), None) = (holding.next(), holding.next()) {
            return Some(only);
        }
        let alike = |sight: &&SightName| likeness(&name, &folded(&sight.name));
        self.sights.iter().max_by_key(alike).filter(|sight| alike(sight) >= SAME_MIN)
    }

    /// Every sight's id and name.
    pub(super) fn ids_and_names(&self) -> impl Iterator<Item = (&'s str, &'s str)> {
        self.sights.iter().map(|sight| (sight.id.as_str(), sight.name.as_str()))
    }

    /// Names of all sights, for a question's options.
    pub(super) fn names(&self) -> Vec<String> {
        self.sights.iter().map(|sight| sight.name.clone()).collect()
    }
}

/// Where the text asks for a sight by a capitalised name that no sight has.
pub(super) fn unknown_names(text: &Text<'_>) -> Vec<Range<usize>> {
    use std::sync::LazyLock;
    static CUE: LazyLock<regex::Regex> = LazyLock::new(|| {
        super::numbers::pattern(
            r"\b(?:must[- ]see|must visit|(?:don't|can't|not|to) miss|definitely (?:want to )?(?:see|visit)|have to see|bucket list)(?: list)?(?: is| are|:)?(?: the)? ([a-z][a-z'-]*(?: [a-z][a-z'-]*){0,3})",
        )
    });
    let cues = CUE.captures_iter(text.folded()).filter_map(|cue| cue.get(1).map(|name| name.range()));
    cues.filter(|range| text.is_capital(range) && !text.is_taken(range.clone())).collect()
}

fn is_small(word: &str) -> bool {
    SMALL.contains(&word)
}

fn is_generic(word: &str) -> bool {
    GENERIC.contains(&word) || word.len() < 3
}

fn words_of(folded_name: &str) -> Vec<String> {
    folded_name
        .split(|letter: char| !letter.is_alphanumeric() && letter != '\'')
        .filter(|word| !word.is_empty())
        .map(stem)
        .filter(|word| !is_small(word))
        .collect()
}

/// One spelling for the same words in any order: "tower of Belém" is "Belém Tower".
fn key(mut words: Vec<String>) -> String {
    words.sort();
    words.join(" ")
}

/// The keys by which a sight is found: its whole name, its parts, and both without the city's name.
fn keys(folded_name: &str, city: &[String]) -> Vec<String> {
    // What follows these words is where the sight is, not what it is called.
    const SITES: [&str; 4] = [" in ", " on ", " from ", ", "];
    const JOINTS: [&str; 4] = [" and ", " at ", " (", " - "];
    let own = SITES.iter().filter_map(|site| folded_name.find(site)).min().map_or(folded_name, |at| &folded_name[..at]);
    let mut pieces = vec![own.to_owned()];
    for joint in JOINTS {
        pieces = pieces.iter().flat_map(|piece| piece.split(joint)).map(str::to_owned).collect();
    }
    pieces.push(folded_name.to_owned());
    let mut keys = Vec::new();
    for piece in pieces {
        let words = words_of(&piece);
        let without_city: Vec<String> = words.iter().filter(|word| !city.contains(word)).cloned().collect();
        let without_tour: Vec<String> =
            words.iter().filter(|word| !["tour", "visit", "street"].contains(&word.as_str())).cloned().collect();
        for words in [words, without_city.clone(), without_tour] {
            let tells = words.iter().any(|word| !is_generic(word) && !city.contains(word) && word.len() > 3);
            let whole = piece == folded_name && words.len() > 1 && words.len() > without_city.len();
            if (tells || whole) && words.len() <= WORDS_MAX {
                keys.push(key(words));
            }
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use domain::brief::Interest;

    use super::*;
    use crate::reading::tokens::tokens;

    fn sights() -> Vec<SightName> {
        [
            "Jerónimos Monastery",
            "Belém Tower",
            "Lisbon Cathedral",
            "LX Factory",
            "Tram 28 Ride",
            "Museum of Tiles and Fado House",
        ]
        .iter()
        .map(|name| SightName {
            id: folded(name).replace(' ', "-"),
            name: (*name).to_owned(),
            category: Interest::History,
            interests: vec![Interest::History],
        })
        .collect()
    }

    #[test]
    fn names_are_found_without_accents_articles_or_order() {
        let sights = sights();
        let index = Index::new(&sights, ["Lisbon"].into_iter());
        let read = |request: &str| {
            let mut text = Text::new(request);
            let tokens = tokens(&text);
            index.read(&mut text, &tokens)
        };
        assert_eq!(
            read("must see the Tower of Belem and Jeronimos monastery").must_see,
            ["belem-tower", "jeronimos-monastery"]
        );
        assert_eq!(read("skip the belém tower").avoid, ["belem-tower"]);
        assert!(read("a cathedral, a tower and a museum").must_see.is_empty());
        assert_eq!(read("the lisbon cathedral").must_see, ["lisbon-cathedral"]);
        assert_eq!(read("Lisbon please, Lisbon in May"), Named::default());
    }

    #[test]
    fn a_misspelt_or_shortened_name_is_found_in_fields() {
        let sights = sights();
        let index = Index::new(&sights, ["Lisbon"].into_iter());
        let find = |name: &str| index.find(name).map(|sight| sight.name.as_str());
        assert_eq!(find("Jeronimos Monestary"), Some("Jerónimos Monastery"));
        assert_eq!(find("Jerónimos"), Some("Jerónimos Monastery"));
        assert_eq!(find("the LX factory"), Some("LX Factory"));
        assert_eq!(find("Eiffel Tower"), None);
        assert_eq!(find("museum"), None);
    }
}
