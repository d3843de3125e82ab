//! The words of a request one by one, and which of them a negation covers.

use std::ops::Range;

use super::text::Text;

/// How a word is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Plain,
    /// "fewer museums": wanted less, not forbidden.
    Less,
    /// "no museums".
    Negated,
}

/// A word of the folded text.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) range: Range<usize>,
    /// Without a plural's ending and apostrophes.
    pub(super) stem: String,
    pub(super) sense: Sense,
    /// The sentence it is in, from 0.
    pub(super) sentence: usize,
    /// Whether a comma, a bracket or a sentence's end stands before it.
    pub(super) opens_clause: bool,
    /// Whether a colon stands before it: "avoid: museums, churches".
    follows_colon: bool,
}

const NEGATORS: &[&str] = &[
    "no", "not", "dont", "doesnt", "didnt", "cant", "cannot", "wont", "isnt", "arent", "without", "avoid", "avoiding",
    "skip", "skipping", "hate", "hating", "dislike", "never", "nothing", "neither", "nor", "except", "exclude", "omit",
    "zero", "wouldnt", "non",
];
const LESSENERS: &[&str] = &["fewer", "less"];
/// What begins with a negator and denies nothing, or denies in more than one word.
const EXEMPT: &[&[&str]] = &[
    &["no", "problem"],
    &["no", "need"],
    &["no", "preference"],
    &["no", "specific"],
    &["no", "particular"],
    &["no", "limit"],
    &["no", "more", "than"],
    &["no", "later", "than"],
    &["no", "earlier", "than"],
    &["no", "less"],
    &["no", "idea"],
    &["not", "only"],
    &["not", "just"],
    &["not", "sure"],
    &["not", "more", "than"],
    &["not", "too"],
    &["not", "exceed"],
    &["not", "to", "miss"],
    &["not", "miss"],
    &["dont", "miss"],
    &["cant", "miss"],
    &["cannot", "miss"],
    &["dont", "want", "to", "miss"],
    &["not", "want", "to", "miss"],
    &["dont", "forget"],
    &["dont", "mind"],
    &["not", "mind"],
    &["cant", "wait"],
    &["never", "been"],
    &["cant", "get", "enough"],
    &["no", "matter"],
    &["without", "missing"],
    &["dont", "skip"],
    &["not", "skip"],
    &["cant", "leave", "without"],
    &["wouldnt", "mind"],
    &["wouldnt", "want", "to", "miss"],
    &["nothing", "else"],
    &["no", "visit", "without"],
];
const EXEMPT_LATER: &[&[&str]] = &[
    &["sick", "of"],
    &["tired", "of"],
    &["bored", "of"],
    &["bored", "with"],
    &["instead", "of"],
    &["rather", "than"],
    &["leave", "out"],
    &["anything", "but"],
    &["had", "enough", "of"],
    &["stay", "away", "from"],
    &["steer", "clear"],
    &["already", "seen"],
    &["already", "visited"],
    &["already", "been", "to"],
    &["already", "saw"],
    &["already", "done"],
];
/// Words that may stand between a negator and what it denies.
const GLUE: &[&str] = &[
    "really",
    "very",
    "much",
    "too",
    "so",
    "a",
    "an",
    "the",
    "any",
    "want",
    "like",
    "to",
    "go",
    "be",
    "is",
    "are",
    "interested",
    "into",
    "fan",
    "of",
    "in",
    "keen",
    "on",
    "eat",
    "visit",
    "see",
    "do",
    "take",
    "taking",
    "use",
    "interest",
    "care",
    "about",
    "for",
    "plan",
    "big",
    "huge",
    "would",
    "prefer",
    "enjoy",
    "stay",
    "staying",
    "at",
    "by",
    "using",
    "visiting",
    "seeing",
    "eating",
    "going",
    "doing",
    "need",
    "love",
    "more",
    "many",
    "all",
    "have",
    "involve",
    "include",
    "and",
    "with",
    "get",
    "anything",
    "kind",
    "type",
    "those",
    "these",
    "long",
    "crowded",
    "touristy",
    "boring",
    "stuffy",
    "other",
    "single",
    "please",
    "ever",
    "we",
    "i",
    "our",
    "my",
];
/// Words that begin something new once a denied thing was named.
const RESTARTS: &[&str] = &[
    "love",
    "like",
    "want",
    "prefer",
    "enjoy",
    "need",
    "plenty",
    "lot",
    "more",
    "interested",
    "would",
    "with",
    "for",
    "so",
    "because",
    "please",
    "instead",
    "just",
    "only",
    "we",
    "i",
    "then",
    "must",
    "should",
    "since",
    "id",
    "wed",
    "some",
    "good",
    "great",
    "nice",
    "from",
    "on",
    "in",
    "at",
    "near",
];
const ENDS: &[&str] = &["but", "however", "though", "although", "yet"];

/// Cuts `text` into words.
pub(super) fn tokens(text: &Text<'_>) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let (mut sentence, mut opens_clause, mut follows_colon, mut start) = (0, true, false, None);
    let folded = text.folded();
    for (at, character) in folded.char_indices().chain(std::iter::once((folded.len(), ' '))) {
        if character.is_alphanumeric() || (character == '\'' && start.is_some()) {
            start.get_or_insert(at);
            continue;
        }
        if let Some(begin) = start.take() {
            let stem = stem(&folded[begin..at]);
            tokens.push(Token { range: begin..at, stem, sense: Sense::Plain, sentence, opens_clause, follows_colon });
            (opens_clause, follows_colon) = (false, false);
        }
        match character {
            '.' | '!' | '?' | ';' | '\n' => {
                // "1.800" and "St. Louis" end nothing.
                let ends = folded[at + 1..].starts_with([' ', '\n']) || at + 1 == folded.len() || character != '.';
                if ends {
                    sentence += 1;
                    opens_clause = true;
                }
            }
            ',' | '(' | ')' | '"' => opens_clause = true,
            ':' => (opens_clause, follows_colon) = (true, true),
            _ => {}
        }
    }
    mark_negations(&mut tokens);
    tokens
}

/// A word without apostrophes and without a plural's ending. The same for "churches" and "church"; not always a word.
pub(super) fn stem(word: &str) -> String {
    let mut stem: String = word.chars().filter(|letter| *letter != '\'').collect();
    if stem.len() > 4 && stem.ends_with("ies") {
        stem.truncate(stem.len() - 3);
        stem.push('y');
    } else if stem.len() > 4 && ["ches", "shes", "sses", "xes"].iter().any(|ending| stem.ends_with(ending)) {
        stem.truncate(stem.len() - 2);
    } else if stem.len() > 3 && stem.ends_with('s') && !["ss", "us", "is"].iter().any(|ending| stem.ends_with(ending)) {
        stem.pop();
    }
    stem
}

fn mark_negations(tokens: &mut [Token]) {
    let (mut sense, mut named) = (Sense::Plain, false);
    // The sentence of a list such as "avoid: museums, churches".
    let mut denied_list: Option<usize> = None;
    let mut index = 0;
    while index < tokens.len() {
        let stems = |list: &[&[&str]]| {
            let spells = |words: &&&[&str]| {
                words
                    .iter()
                    .enumerate()
                    .all(|(at, word)| tokens.get(index + at).is_some_and(|token| token.stem == *word))
            };
            list.iter().find(spells).map(|words| words.len())
        };
        let token = &tokens[index];
        let word = token.stem.as_str();
        if token.follows_colon && index > 0 && NEGATORS.contains(&tokens[index - 1].stem.as_str()) {
            denied_list = Some(token.sentence);
        }
        if (token.opens_clause || ENDS.contains(&word)) && denied_list != Some(token.sentence) {
            sense = Sense::Plain;
        }
        if let Some(length) = stems(EXEMPT) {
            sense = Sense::Plain;
            index += length;
            continue;
        }
        // "no museums except MoMA" wants that one.
        if word == "except" && sense == Sense::Negated {
            sense = Sense::Plain;
            index += 1;
            continue;
        }
        let later = stems(EXEMPT_LATER);
        if later.is_some() || NEGATORS.contains(&word) {
            (sense, named) = (Sense::Negated, false);
            index += later.unwrap_or(1);
            continue;
        }
        if LESSENERS.contains(&word) {
            (sense, named) = (Sense::Less, false);
        } else if named && (RESTARTS.contains(&word) || word == "and" && restarts_after_and(tokens, index)) {
            sense = Sense::Plain;
        } else if !GLUE.contains(&word) {
            named = true;
        }
        tokens[index].sense = sense;
        index += 1;
    }
}

/// "no museums and good food" restarts at "and"; "no museums and churches" does not.
fn restarts_after_and(tokens: &[Token], and: usize) -> bool {
    const STARTERS: &[&str] = &["a", "the", "eat", "see", "visit", "vegetarian", "vegan", "halal", "kosher", "relaxed"];
    tokens.get(and + 1).is_some_and(|next| STARTERS.contains(&next.stem.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negated(text: &str) -> Vec<String> {
        let text = Text::new(text);
        tokens(&text).into_iter().filter(|token| token.sense == Sense::Negated).map(|token| token.stem).collect()
    }

    #[test]
    fn a_negation_reaches_to_the_comma_or_the_but() {
        assert_eq!(negated("no museums, lots of food"), ["museum"]);
        assert_eq!(negated("avoid: museums, churches; see: parks"), ["museum", "church"]);
        assert_eq!(negated("No museums or churches but parks"), ["museum", "or", "church"]);
        assert!(negated("we do not like museums but we love art").contains(&"museum".to_owned()));
        assert!(!negated("we do not like museums but we love art").contains(&"art".to_owned()));
        assert_eq!(negated("no museums except MoMA"), ["museum"]);
        assert_eq!(negated("everything except museums"), ["museum"]);
        assert!(!negated("no museums and we love markets").contains(&"market".to_owned()));
    }

    #[test]
    fn what_only_sounds_like_a_negation_denies_nothing() {
        for text in ["don't miss the castle", "not only art", "no more than 2000 for art", "can't wait to see art"] {
            assert!(negated(text).is_empty(), "{text}: {:?}", negated(text));
        }
    }

    #[test]
    fn plurals_and_singulars_have_one_stem() {
        for (many, one) in [("churches", "church"), ("galleries", "gallery"), ("parks", "park"), ("wife's", "wife")] {
            assert_eq!(stem(many), stem(one));
        }
        assert_eq!(stem("bus"), "bus");
    }
}
