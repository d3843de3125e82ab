//! The words of a request one by one.

use std::ops::Range;

use super::{negations, text::Text};

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

impl Token {
    pub(super) const fn follows_colon(&self) -> bool {
        self.follows_colon
    }
}

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
            ',' | '(' | ')' | '"' | '|' => opens_clause = true,
            ':' => (opens_clause, follows_colon) = (true, true),
            _ => {}
        }
    }
    negations::mark(&mut tokens);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_and_singulars_have_one_stem() {
        for (many, one) in [("churches", "church"), ("galleries", "gallery"), ("parks", "park"), ("wife's", "wife")] {
            assert_eq!(stem(many), stem(one));
        }
        assert_eq!(stem("bus"), "bus");
    }
}
