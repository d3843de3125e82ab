//! What no rule could read, so that the person sees what the plan does not know.

use std::{collections::HashSet, ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    numbers::pattern,
    text::{READ, Text},
};

static PHRASE_END: LazyLock<Regex> =
    LazyLock::new(|| pattern(r";|\n|\||,(?: |$|\n)|, ?|[.!?]+(?: |$|\n|\)|')|[()]|:(?: |$)| - | and | but | & |\+"));

/// Words that carry no wish.
static FILLER: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a an the i we me us my our you your it its he she they them this that these those there here is are am be \
    been was were will would should could can may might must shall do does did have has had having im id ive \
    ill wed well weve lets let want wants wanna like love wish need needs prefer enjoy please pls plz thanks \
    thank thx cheers hi hello hey hiya dear greetings good morning evening afternoon kindly plan planning \
    plans planned trip trips travel traveling travelling traveler traveller itinerary holiday holidays \
    vacation vacations getaway break journey tour visit visiting go going gonna come coming get make create \
    build design book find give help look looking organise organize arrange suggest recommend propose draft \
    prepare for to in on at of from with by about around into up out off over under and or but so if then as \
    also too very really just only some any few lot lots bit little much many more most all both everything \
    something anything things thing stuff etc etcetera eg ie maybe perhaps possibly probably roughly \
    approximately approx yes no not ok okay nice great best fun perfect lovely amazing awesome wonderful \
    beautiful new how what when where who which why time spend stay staying see seeing explore exploring \
    discover experience interested interest interests hoping hope thinking think know day days week person \
    people budget dates date start starting leave leaving depart departing return returning arrive arriving \
    back home city town place places one two total max each per every first next last than such especially \
    mainly mostly ideally preferably possible asap soon u ur r s t d m re ve ll portolan assistant sir madam \
    team folks guys friend everyone everybody always dont doesnt cant able try take taking together during \
    while between enough happy excited keen fan fans big huge details following request trip's that's include \
    including includes spanning span heading head covering destination origin via travellers travelers \
    departure arrival duration length likes dislikes preferences diet style pace wishes notes note who's \
    we're we'd we'll we've i'm i'd i'll i've let's don't it's surprise idea ideas advice option options list \
    none additionally moreover furthermore besides regarding concerning concerned far terms regards regard \
    respect meals meal dining cuisine cuisines accommodation accommodations lodging lodgings transportation \
    transport variety range blend mix culinary preference preferred preferring required require requires \
    requirement requirements requested specific particular important imperative vital essential crucial note \
    noted assist assistance support crafting creating devise devising formulate formulating generate generating \
    arrange arranging develop developing provide providing needed needing due however therefore thus hence \
    though although since because currently overall expenses cost costs intend intending aim aiming wishing \
    desire desired expect expecting enable ensure ensuring sure comes when's appreciated appreciate advance \
    grateful welcome feel free open scheduled schedule revised updated now set allocated financial limit \
    limited ideal must-have must-haves house rule rules conditions accompanied accompany along journey \
    journeys adventure excursion getaways travels voyage expedition entire total totalling amounts amount \
    spending upcoming different various distinct unique several multiple separate local typical throughout \
    within across whilst us ourselves myself kind kinds type types sort certain choose choice choices select \
    fond lover lovers enjoying eager looking forward finally lastly firstly secondly first-time please's \
    they're theyre it'll itll nobody else group rental rentals housing accept accepts host hosts wise accordingly pick us permit permits permitted allow allows allowed keep keeping check look suggestion suggestions recommendation recommendations reply response hearing hear simply greetings purpose term lasting lasts last long's stops stopping stop hopefully"
        .split_whitespace()
        .collect()
});

/// The phrases in which nothing was read and which say something, in the person's own spelling and order.
pub(super) fn phrases(text: &Text<'_>) -> Vec<String> {
    let mut unread: Vec<String> = Vec::new();
    let mut known: HashSet<&str> = HashSet::new();
    let mut start = 0;
    let ends = PHRASE_END.find_iter(text.folded()).filter(|end| !is_in_number(text.folded(), end.range()));
    let ranges: Vec<Range<usize>> = ends.map(|end| end.range()).collect();
    for end in ranges.into_iter().chain(std::iter::once(text.folded().len()..text.folded().len())) {
        let phrase = start..end.start.max(start);
        start = end.end;
        let is_label = text.folded()[end].starts_with(':');
        let ranges = if text.is_refused(&phrase) {
            vec![phrase]
        } else if text.is_taken(phrase.clone()) {
            unread_numbers(text, phrase)
        } else if !is_label && has_content(&text.folded()[phrase.clone()]) {
            vec![phrase]
        } else {
            Vec::new()
        };
        for range in ranges {
            let spelled = text.original_of(&range);
            if !spelled.is_empty() && known.insert(spelled) {
                unread.push(spelled.to_owned());
            }
        }
    }
    unread
}

/// The open parts of a phrase that hold a number: a number is never filler.
fn unread_numbers(text: &Text<'_>, phrase: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = phrase.start;
    for part in text.open()[phrase].split(READ) {
        let range = start..start + part.len();
        start = range.end + READ.len_utf8();
        let has_number = |word: &&str| word.bytes().any(|byte| byte.is_ascii_digit());
        if let Some(first) = part.split(' ').find(has_number) {
            // From the number on, without the filler that leads to what was read.
            let begin = range.start + part.find(first).unwrap_or(0);
            let kept = text.folded()[begin..range.end].trim_end();
            let filler = kept.rsplit(' ').take_while(|word| FILLER.contains(word)).map(|word| word.len() + 1).sum();
            parts.push(begin..begin + kept.len().saturating_sub(filler));
        }
    }
    parts
}

/// "1,800", "12.5.": a separator between digits ends no phrase.
fn is_in_number(folded: &str, end: Range<usize>) -> bool {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = folded.as_bytes();
    end.len() == 1 && digit(end.start.checked_sub(1).and_then(|at| bytes.get(at))) && digit(bytes.get(end.end))
}

fn has_content(phrase: &str) -> bool {
    phrase.split(|letter: char| !letter.is_alphanumeric() && letter != '\'').map(|word| word.trim_matches('\'')).any(
        |word| {
            word.chars().any(char::is_alphanumeric)
                && (word.chars().count() > 1 || word.chars().any(char::is_numeric))
                && !FILLER.contains(word)
                && !FILLER.contains(word.replace('\'', "").as_str())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_without_a_rule_is_listed_in_its_own_spelling() {
        let mut text =
            Text::new("Hi! 4 days in Lisbon, my Cat comes along; please plan a trip. 1,800 EUR and a Ouija board");
        let (from, to) = (text.folded().find("4 days").unwrap(), text.folded().find(", my").unwrap());
        text.pass(from..to);
        let money = text.folded().find("1,800").unwrap();
        text.pass(money..money + 9);
        assert_eq!(phrases(&text), ["my Cat comes along", "a Ouija board"]);
    }

    #[test]
    fn what_was_refused_is_listed_although_it_was_understood() {
        let mut text = Text::new("art, no hostels");
        text.pass(0..3);
        text.refuse(8..15);
        assert_eq!(phrases(&text), ["no hostels"]);
    }
}
