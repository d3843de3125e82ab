//! Which words of a request a negation covers: "no museums", "flights are out of the question".

use std::{collections::HashSet, sync::LazyLock};

use regex::Regex;

use super::{
    numbers::pattern,
    text::Text,
    tokens::{Sense, Token},
};

static NEGATORS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "no not dont doesnt didnt cant cannot wont isnt arent without avoid avoiding skip skipping hate hating \
    dislike never nothing neither nor except exclude omit zero wouldnt non unable refuse refusing decline none \
    excluding omitting nobody neednt shouldnt wasnt werent"
        .split_whitespace()
        .collect()
});
/// Of these, those that deny a whole list up to its "and": "avoid museums, churches and shopping".
const LIST_NEGATORS: &[&str] =
    &["avoid", "avoiding", "skip", "skipping", "hate", "hating", "dislike", "exclude", "excluding", "omit", "omitting"];
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
    &["none", "of", "us"],
    &["afraid", "of"],
    &["scared", "of"],
    &["fear", "of"],
    &["aversion", "to"],
    &["averse", "to"],
    &["opposed", "to"],
    &["against"],
    &["refrain", "from"],
    &["refraining", "from"],
    &["abstain", "from"],
    &["free", "of"],
    &["free", "from"],
    &["opt", "out", "of"],
    &["rule", "out"],
    &["ruling", "out"],
    &["other", "than"],
    &["apart", "from"],
    &["aside", "from"],
    &["keep", "off"],
    &["do", "away", "with"],
    &["forgo"],
    &["forego"],
    &["keep", "away", "from"],
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
static GLUE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "really very much too so a an the any want like to go be is are interested into fan of in keen on eat visit \
    see do take taking use interest care about for plan big huge would prefer enjoy stay staying at by using \
    visiting seeing eating going doing need love more many all have involve include and with get anything kind \
    type those these long crowded touristy boring stuffy other single please ever one group among planning \
    intend intending wish require requiring entail rely relying depend consist contain feature consider \
    considering choose opt opting hope able travel travelling traveling transportation transport comfortable via \
    means form mode rent board boarding involving including having wanting kinds us we i our my"
        .split_whitespace()
        .collect()
});
/// Words that begin something new once a denied thing was named.
static RESTARTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "love like want prefer enjoy need plenty lot more interested would with for so because please instead just \
    only we i then must should since id wed some good great nice from on in at near"
        .split_whitespace()
        .collect()
});
const ENDS: &[&str] = &["but", "however", "though", "although", "yet"];

/// Marks the words that a negation covers.
pub(super) fn mark(tokens: &mut [Token]) {
    let (mut sense, mut named) = (Sense::Plain, false);
    // The sentence of a list such as "avoid: museums, churches".
    let mut denied_list: Option<usize> = None;
    // How far the last negator reaches: "avoid" over a whole list, "non" over one thing.
    let (mut by_and, mut is_prefix) = (false, false);
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
        if token.follows_colon() && index > 0 && NEGATORS.contains(tokens[index - 1].stem.as_str()) {
            denied_list = Some(token.sentence);
        }
        if (token.opens_clause || ENDS.contains(&word)) && denied_list != Some(token.sentence) {
            let goes_on = sense == Sense::Negated && token.opens_clause && list_goes_on(tokens, index, by_and);
            if !goes_on {
                sense = Sense::Plain;
            }
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
        if later.is_some() || NEGATORS.contains(word) {
            (by_and, is_prefix) = (LIST_NEGATORS.contains(&word), word == "non");
            (sense, named) = (Sense::Negated, false);
            index += later.unwrap_or(1);
            continue;
        }
        if LESSENERS.contains(&word) {
            (sense, named) = (Sense::Less, false);
        } else if named
            && (RESTARTS.contains(word) || word == "and" && (is_prefix || restarts_after_and(tokens, index)))
        {
            sense = Sense::Plain;
        } else if !GLUE.contains(word) {
            named = true;
        }
        tokens[index].sense = sense;
        index += 1;
    }
}

/// Whether the clause that begins at `index` goes on with a denied list: "no flights, trains or buses".
fn list_goes_on(tokens: &[Token], index: usize, by_and: bool) -> bool {
    const WORDS_MAX: usize = 3;
    const CLAUSES_MAX: usize = 8;
    let sentence = tokens[index].sentence;
    if index == 0 || tokens[index - 1].sentence != sentence {
        return false;
    }
    let mut words = 0;
    for (at, token) in tokens[index..].iter().take(WORDS_MAX * CLAUSES_MAX).enumerate() {
        let word = token.stem.as_str();
        if token.sentence != sentence || token.follows_colon() {
            return false;
        }
        if word == "or" || word == "nor" || (by_and && word == "and") {
            return true;
        }
        words = if token.opens_clause && at > 0 { 1 } else { words + 1 };
        let is_new = RESTARTS.contains(word) || ENDS.contains(&word) || NEGATORS.contains(word);
        if words > WORDS_MAX || is_new || word == "and" {
            return false;
        }
    }
    false
}

/// "no museums and good food" restarts at "and"; "no museums and churches" does not.
fn restarts_after_and(tokens: &[Token], and: usize) -> bool {
    const STARTERS: &[&str] = &[
        "a",
        "the",
        "eat",
        "see",
        "visit",
        "vegetarian",
        "vegan",
        "halal",
        "kosher",
        "relaxed",
        "expect",
        "expecting",
        "experience",
        "hope",
        "hoping",
        "try",
        "taste",
        "have",
        "look",
        "looking",
        "wish",
        "keen",
        "fond",
        "stay",
        "staying",
        "preferably",
        "ideally",
        "also",
        "rather",
        "entire",
        "private",
        "whole",
        "our",
        "my",
        "it",
    ];
    tokens.get(and + 1).is_some_and(|next| STARTERS.contains(&next.stem.as_str()))
}

/// After a phrase: it is denied. "flights are out of the question", "driving is not an option".
static DENIED_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:: ?(?:no|none|never)| not (?:allowed|wanted|desired|ok|okay|acceptable|an option|welcome|preferred|needed)| (?:makes?|made) (?:us|me|him|her|my [a-z]+) (?:feel )?(?:very |quite |too )?(?:nervous|anxious|sick|uneasy|uncomfortable)| (?:scares?|frightens?|terrif(?:y|ies)) (?:us|me|my)|(?: [a-z'-]+){0,3}? (?:(?:is|are|would be|will be|should be|must be|has to be|have to be|to be|be)(?: also| simply| definitely| strictly| absolutely| best| to be| something| completely| really)* (?:not (?:an option|a possibility|possible|on the table|in our plans?|in my plans?|part of|preferred|desired|desirable|wanted|acceptable|considered|planned|needed|for us|for me|suitable|our|my|allowed|welcome|what we)|out of the question|off the table|off limits|avoided|excluded|ruled out|a no-go|a no no|omitted|skipped|unacceptable|undesirable|left out|something (?:we|i)(?: [a-z']+){0,3} (?:avoid|skip|dislike)|not)|(?:isn't|aren't|won't be|shouldn't be|can't be|cannot be|wouldn't be)|(?:does not|doesn't|do not|don't|won't|will not) (?:work|suit|appeal|interest|do)))\b",
    )
});

/// Whether what ends at `end` is denied by the words after it.
pub(super) fn is_denied_after(text: &Text<'_>, end: usize) -> bool {
    // "a flat in which smoking is not allowed" denies no flat.
    const OTHERS: [&str; 5] = [" but ", " which ", " where ", " that ", " who "];
    // "Thai food and flying is not wanted" denies one thing, "planes and taxis are not" two.
    static BOTH: LazyLock<Regex> = LazyLock::new(|| pattern(r"^ (?:and|or) [a-z-]+ are\b"));
    DENIED_AFTER.find(text.after(end)).is_some_and(|found| {
        let words = found.as_str();
        let joins = [" and ", " or "].iter().any(|word| words.contains(word)) && !BOTH.is_match(words);
        !joins && !OTHERS.iter().any(|word| words.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::tokens::tokens;

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
        assert_eq!(negated("no flights, trains or buses"), ["flight", "train", "or", "buse"]);
        assert_eq!(negated("avoid museums, churches and shops. Then art"), ["museum", "church", "and", "shop"]);
        assert_eq!(negated("no museums, great food and wine"), ["museum"]);
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
}
