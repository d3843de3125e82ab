//! Who travels.

use std::{ops::Range, sync::LazyLock};

use domain::{
    brief::{Assumption, Travellers},
    request::TRAVELLERS_MAX,
};
use regex::Regex;

use super::{
    Inputs, Question,
    fields::Field,
    numbers::{count, pattern},
    party::Party,
    text::Text,
};

static ADULTS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b({count}) (?:\w+ )?(?:adults?|grown-?ups|seniors|pensioners|oaps)\b"));
static CHILDREN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:({count}|an?|our|my|the) )?(?:({count}) )?(?:(?:small|little|young|teenage|school-age|grown|twin|[0-9]{1,2}[ -]years?[ -]old|[0-9]{1,2}[ -]?yo) ){0,2}(kids?|child|children|toddlers?|bab(?:y|ies)|infants?|teens?|teenagers?|teenage|sons?|daughters?|twins|little ones?|grandchildren|grandkids|nieces?|nephews?|(?:[0-9]{1,2}|\w+)[ -]years?[ -]olds?)\b(?:[ ,(]+(?:aged? )?[0-9]{1,2}(?:(?:,| and| &|, and) [0-9]{1,2})+\)?| ?\(?(?:aged?|under|below) [0-9]{1,2}(?:(?:,| and| &|, and) [0-9]{1,2})*\)?)?",
    )
});
static NO_CHILDREN_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:no|without|without any|leaving|for) (?:the |our )?$"));
/// After children without a number: they come along.
static COMES_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^ (?:(?:will |would |shall )?(?:be |also be )?(?:with us|coming|joining|join us|accompany|accompanying|travell?ing with|come with|part of our)|in tow|along\b|(?:is|are|'re) (?:with us|coming|joining|accompanying|travell?ing))",
    )
});
static CHILD_WORLD_AFTER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[- ]friendly|'s museum|'s menu|[- ]free|s' menu| activities)"));
static TOTAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:the |all )?({count})[ -]?(?:\w+ )?(?:people|persons?|ppl|pax|p|travell?ers?|of us|guests|individuals?|participants?|members?|folks|adventurers?|explorers?|souls|buddies|companions|occupants|girls|guys|ladies|women|men|students|tourists|visitors|passengers|heads|pensioners)\b|(?:group|party|crew|team|gang|bunch|total|squad|size|trip|family group|band) of (?:us |about |around |up to |just |exactly |only )?({count})\b|(?:our |my |the )(?:group|party|team|crew|family|squad) (?:is|are|consists of|comprises|includes|has|numbers|will be|totals|of|made up of|is made up of) (?:about )?({count})\b(?: strong| members| people| persons| travell?ers| friends| individuals| in total)?|(?:we are|we're|we will be|we'll be|there are|there will be|there's|we total|numbering|party size:?|group size:?|number of travell?ers:?|number of people:?|travell?ers:?|people:?|persons?:?|guests:?|pax:?|adults:) (?:a group of )?({count})(?: of us)?\b)",
    )
});
static FAMILY_OF: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bfamily of ({count})\b"));
static COUPLES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b({count}) couples\b"));
static FOR_COUNT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:for|x|×) ?(?:the |just |only |us )?({count})\b"));
/// What makes a number after "for" something else than people.
static UNIT_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[.,:][0-9]| ?%|[- ]?(?:full |whole |more |or {count} |to {count} |-{count} |summer |winter |spring |lovely |glorious )?(?:days?|nights?|weeks?|months?|hours?|hrs?|minutes?|min|years?|stars?|eur|euros?|k|usd|gbp|dollars?|pounds|km|miles?|meals?|museums?|sights?|cities|star)\b|/|th\b|st\b|nd\b|rd\b|\x01)",
    )
});
static TRIO: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:a |the |our )?(?:(trio|threesome)|(foursome|quartet)|(quintet))\b"));
static TWO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:the two of us|two of us|both of us|us both|us two|as a couple|honeymoon(?:ers)?|honey moon|romantic (?:\w+ )?(?:trip|getaway|weekend|break|escape|holiday|vacation|stay|city break)|anniversary|(?:the |a )?pair of (?:\w+ )?(?:travell?ers|us|people|friends|tourists|adults|explorers|individuals)|a pair|a duo|duo|twosome|newlyweds|newly weds|just married|(?:marriage|wedding|surprise) proposal|propose to (?:my|her|him)|babymoon|date weekend)\b",
    )
});
static COUPLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:an? (?:\w+ )?|as |young |old |retired |we are |married )?couple\b"));
static ALONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:solo|alone|just me|only me|just myself|just for me|only for me|by myself|on my own|single travell?er|single person|me, myself and i|one person|single-person|1 person|one adult|party of one|group of one|for one|lone travell?er|lone person|individual travell?er|one individual|a single individual|an individual|single individual|solo-travell?er|for myself|one travell?er|single adult|unaccompanied|a party of 1|group of 1|myself only|only myself|just one|single occupant|nobody else|no one else)\b",
    )
});
static SOLO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:solo|single-person|one-person) (?:trip|travel|traveler|traveller|travels|travell?ing|journey|adventure|vacation|holiday|getaway|tour|itinerary|excursion|visit|weekend)\b",
    )
});
static PARTNER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\b(?:my|our|his|her|the|a|and|with|your)|\+|&) (?:\w+ )?(wife|husband|hubby|partner|girlfriend|gf|boyfriend|bf|fiancee?|spouse|better half|significant other|wifey|missus|other half)\b",
    )
});
static COMPANIONS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:({count}|an?|my|our|some|the|few|other|his|her|and|with|for|old|best) )(?:({count}|few|best|old|good|close|elderly|dear|other|work|school|university|retired|two|younger|older|little|big) ){0,2}(friends?|mates?|parents|in-laws|mother-in-law|father-in-law|mother|father|mum|mom|mam|dad|bro|sis|grandparents|grandmother|grandfather|grandma|grandpa|gran|sisters?|brothers?|siblings?|cousins?|aunts?|uncles?|colleagues?|coworkers?|buddy|buddies|bestie|besties|roommates?|flatmates?|family|folks|pals?)\b",
    )
});
static BOTH_PARENTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:my |our )?(?:(?:mum|mom|mam|mother) (?:and|&) (?:my )?(?:dad|father)|(?:dad|father) (?:and|&) (?:my )?(?:mum|mom|mam|mother))\b",
    )
});
static FOR_BEFORE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bfor $"));
static SPEAKER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:i|me|myself|we|us)\b"));
static SPEAKER_AFTER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:'s?\b| (?:and|&) (?:i|me|myself|mine)\b)"));
static WITHIN_AROUND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:including|incl\.?|of which|of whom|two of them|among them|amongst them|thereof)\b")
});
static FAMILY_TRIP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:family (?:trip|holiday|vacation|break|getaway|weekend|city break|visit|travel)|as a family|(?:with|for) (?:the|my|our) (?:whole |entire )?family|(?:the|my|our) (?:whole |entire )?family (?:and i|and me)|whole family)\b",
    )
});

/// Reads the travellers and marks their words. Adults are at least one.
///
/// # Errors
/// The question, if there are none or more than [`TRAVELLERS_MAX`].
pub(super) fn read(
    inputs: &Inputs<'_>,
    text: &mut Text<'_>,
    assumptions: &mut Vec<Assumption>,
) -> Result<Travellers, Question> {
    let party = party(text);
    if let Some(answer) = inputs.answer("travellers") {
        return answered(answer).ok_or_else(|| question("How many people travel?").again(answer));
    }
    let children = party.children.min(TRAVELLERS_MAX);
    if let Some(total) = inputs.constraints.travellers {
        let children = if children < total { children } else { 0 };
        return Ok(Travellers { adults: total - children, children });
    }
    let travellers = party.travellers(text, assumptions);
    let count = travellers.adults.saturating_add(travellers.children);
    if count == 0 || travellers.adults == 0 {
        return Err(question("At least one adult must travel, and the request says none. How many people travel?"));
    }
    if count > TRAVELLERS_MAX {
        return Err(question(&format!(
            "The request is for {count} people, and a plan holds at most {TRAVELLERS_MAX}. How many people travel?"
        )));
    }
    Ok(travellers)
}

fn question(prompt: &str) -> Question {
    Question::new("travellers", format!("{prompt} Such as \"2 adults and 1 child\"."), Vec::new())
}

fn answered(answer: &str) -> Option<Travellers> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[ -/:-@]*({count})[ -/:-@]*$"));
    let mut text = Text::new(answer);
    let folded = text.folded().to_owned();
    let party = match NUMBER.captures(&folded) {
        Some(number) => Party { total: Some(count(&number[1])), ..Party::default() },
        None => party(&mut text),
    };
    if party == Party::default() {
        return None;
    }
    let travellers = party.travellers(&text, &mut Vec::new());
    let fits = travellers.adults >= 1 && travellers.adults.saturating_add(travellers.children) <= TRAVELLERS_MAX;
    fits.then_some(travellers)
}

fn party(text: &mut Text<'_>) -> Party {
    let mut party = Party::default();
    if let Some((range, groups)) = first(text, &FAMILY_OF) {
        let total = count(&groups[0]);
        party.total = Some(total);
        (party.children, party.children_within) = (total.saturating_sub(2).max(u32::from(total == 2)), true);
        text.take(range, Field::Travellers);
    }
    if let Some((range, groups)) = first(text, &COUPLES) {
        party.total = Some(count(&groups[0]).saturating_mul(2));
        text.take(range, Field::Travellers);
    }
    for (range, groups) in every(text, &ADULTS) {
        party.adults = Some(party.adults.unwrap_or(0).saturating_add(count(&groups[0])));
        text.take(range, Field::Travellers);
    }
    if let Some((range, groups)) = first(text, &TRIO) {
        let at = groups.iter().position(|group| !group.is_empty()).unwrap_or(0);
        party.total = u32::try_from(at + 3).ok();
        text.take(range, Field::Travellers);
    }
    read_total(text, &mut party);
    read_children(text, &mut party);
    read_companions(text, &mut party);
    if party.total.is_none() && party.adults.is_none() {
        read_for_count(text, &mut party);
    }
    for (range, _) in every(text, &ALONE) {
        party.is_alone = true;
        text.take(range, Field::Travellers);
    }
    // The words may be a part of what was read as the budget: "the budget for this solo trip is".
    party.is_alone |= SOLO.is_match(text.folded());
    party.children_within |= party.children > 0 && WITHIN_AROUND.is_match(text.folded());
    party
}

fn read_total(text: &mut Text<'_>, party: &mut Party) {
    for (range, groups) in every(text, &TOTAL) {
        let value = groups.iter().find(|group| !group.is_empty()).map_or(0, |group| count(group));
        let after = &text.open()[range.end..text.open().floor_char_boundary(range.end + 24)];
        if UNIT_AFTER.is_match(after) {
            continue;
        }
        if party.total.is_none() {
            party.total = Some(value);
        }
        text.take(range, Field::Travellers);
    }
}

fn read_children(text: &mut Text<'_>, party: &mut Party) {
    let family = party.children;
    let mut named: u32 = 0;
    for (range, groups) in every(text, &CHILDREN) {
        if CHILD_WORLD_AFTER.is_match(text.after(range.end)) {
            continue;
        }
        let number = groups[1].as_str();
        let owner = groups[0].as_str();
        if number.is_empty() && NO_CHILDREN_BEFORE.is_match(text.before(range.start)) {
            continue;
        }
        let word = groups[2].as_str();
        let is_many = word.ends_with('s') || word == "children" || word.ends_with("children");
        let value = match (number, owner) {
            ("", "a" | "an") => 1,
            ("", "" | "our" | "my" | "the") => {
                // A name alone has to sit beside "with" or an owner: "with kids", "our toddler".
                let beside = text.before(range.start);
                let is_party = !owner.is_empty()
                    || beside.ends_with("with ")
                    || beside.ends_with("and ")
                    || COMES_AFTER.is_match(text.after(range.end))
                    || ["& ", "have ", "bring ", "bringing ", "plus "].iter().any(|word| beside.ends_with(word));
                if !is_party || (owner == "the" && !beside.ends_with("with ") && !beside.ends_with("and ")) {
                    continue;
                }
                party.is_children_assumed = true;
                if is_many {
                    party.assumed = Some("\"kids\" without a number were taken for two");
                }
                if is_many { 2 } else { 1 }
            }
            ("", owner) => count(owner),
            (number, _) => count(number),
        };
        if owner == "our" {
            party.has_partner = true;
        }
        // "For 4. We have a toddler": who is had was counted.
        party.children_within |=
            ["have ", "has ", "having "].iter().any(|word| text.before(range.start).ends_with(word));
        named = named.saturating_add(value);
        text.take(range, Field::Travellers);
    }
    party.children = if named > 0 { named } else { family };
}

fn read_companions(text: &mut Text<'_>, party: &mut Party) {
    let mut lead: Option<Range<usize>> = None;
    for (regex, is_person) in [(&TWO, false), (&COUPLE, false), (&PARTNER, true)] {
        for (range, _) in every(text, regex) {
            if text.after(range.end).starts_with(" of ") || text.before(range.start).ends_with("no ") {
                continue;
            }
            party.has_partner = true;
            party.is_couple |= !is_person;
            if is_person && FOR_BEFORE.is_match(text.before(range.start)) {
                lead = Some(range.clone());
            }
            text.take(range, Field::Travellers);
        }
    }
    for (range, _) in every(text, &BOTH_PARENTS) {
        party.companions = party.companions.saturating_add(2);
        text.take(range, Field::Travellers);
    }
    for (range, groups) in every(text, &COMPANIONS) {
        if party.total.is_none() && is_whole_group(text, &range, &groups[0]) {
            party.total = Some(count(&groups[0]));
            text.take(range, Field::Travellers);
            continue;
        }
        let number = [&groups[1], &groups[0]].into_iter().map(|group| count(group)).find(|value| *value > 0);
        let value = match groups[2].as_str() {
            "family" => continue,
            "parents" | "in-laws" | "grandparents" | "folks" => number.unwrap_or(2),
            word if word.ends_with('s') || word == "besties" => number.unwrap_or_else(|| {
                party.assumed = Some("a group without a number was taken for you and three others");
                3
            }),
            _ => 1,
        };
        if FOR_BEFORE.is_match(text.before(range.start)) {
            lead = Some(range.clone());
        }
        party.companions = party.companions.saturating_add(value);
        text.take(range, Field::Travellers);
    }
    if let Some(lead) = lead {
        let joins = SPEAKER_AFTER.is_match(text.after(lead.end)) || SPEAKER.is_match(text.folded());
        party.without_speaker = !joins;
    }
    for (range, _) in every(text, &FAMILY_TRIP) {
        if party.total.is_none() && party.adults.is_none() && party.children == 0 {
            party.children = 2;
            party.assumed = Some("a family was taken for two adults and two children");
        }
        party.has_partner |= !party.is_alone;
        text.take(range, Field::Travellers);
    }
}

/// "3 friends want to see Rome" counts everyone; "with 3 friends" counts the others.
fn is_whole_group(text: &Text<'_>, range: &Range<usize>, number: &str) -> bool {
    let before = text.before(range.start);
    let joins = ["with ", "and ", "& ", "plus ", "my ", "our ", "me, ", "+ "].iter().any(|word| before.ends_with(word));
    !joins
        && !SPEAKER_AFTER.is_match(text.after(range.end))
        && number.bytes().next().is_some_and(|first| first.is_ascii_digit() || count(number) > 1)
}

fn read_for_count(text: &mut Text<'_>, party: &mut Party) {
    for (range, groups) in every(text, &FOR_COUNT) {
        let after = &text.open()[range.end..text.open().floor_char_boundary(range.end + 24)];
        if UNIT_AFTER.is_match(after) {
            continue;
        }
        party.total = Some(count(&groups[0]));
        text.take(range, Field::Travellers);
        return;
    }
}

/// The first match in what is still open: its range, and its groups from 1 on (empty when absent).
fn first(text: &Text<'_>, regex: &Regex) -> Option<(Range<usize>, Vec<String>)> {
    every(text, regex).into_iter().next()
}

fn every(text: &Text<'_>, regex: &Regex) -> Vec<(Range<usize>, Vec<String>)> {
    regex
        .captures_iter(text.open())
        .map(|found| {
            let groups =
                found.iter().skip(1).map(|group| group.map_or(String::new(), |group| group.as_str().to_owned()));
            (found.get(0).map_or(0..0, |whole| whole.range()), groups.collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travellers(request: &str) -> (u32, u32) {
        let mut text = Text::new(request);
        let party = party(&mut text);
        let travellers = party.travellers(&text, &mut Vec::new());
        (travellers.adults, travellers.children)
    }

    #[test]
    fn everyday_ways_to_say_who_travels() {
        for (request, expected) in [
            ("4 days for two", (2, 0)),
            ("2 people", (2, 0)),
            ("a couple from Berlin", (2, 0)),
            ("a couple of days", (1, 0)),
            ("a travel proposal for a single traveler", (1, 0)),
            ("solo trip", (1, 0)),
            ("just me", (1, 0)),
            ("travelling by myself", (1, 0)),
            ("my wife and I", (2, 0)),
            ("my wife and two kids", (2, 2)),
            ("me, my wife and our 3 kids", (2, 3)),
            ("family of four", (2, 2)),
            ("a family of 5", (2, 3)),
            ("me and 3 friends", (4, 0)),
            ("group of 8", (8, 0)),
            ("honeymoon", (2, 0)),
            ("with my parents", (3, 0)),
            ("with our toddler", (2, 1)),
            ("with my mum", (2, 0)),
            ("2 adults and 2 children", (2, 2)),
            ("two adults, two kids (5 and 8)", (2, 2)),
            ("2 adults and a baby", (2, 1)),
            ("4 people including 2 kids", (2, 2)),
            ("there are five of us", (5, 0)),
            ("we are 4", (4, 0)),
            ("my boyfriend and me", (2, 0)),
            ("with my 2 kids", (1, 2)),
            ("a romantic weekend", (2, 0)),
            ("two couples", (4, 0)),
            ("we would like", (2, 0)),
            ("for 6 days", (1, 0)),
            ("with a friend", (2, 0)),
            ("for three, no children", (3, 0)),
            ("a trip for my parents", (2, 0)),
            ("for 12 people", (12, 0)),
            ("my sister and I", (2, 0)),
            ("family trip", (2, 2)),
            ("for my wife and me", (2, 0)),
            ("kid-friendly places", (1, 0)),
            ("me and my bro", (2, 0)),
            ("with mom and dad", (3, 0)),
            ("mom and dad and me", (3, 0)),
            ("2pax", (2, 0)),
            ("2 ppl", (2, 0)),
            ("2p", (2, 0)),
            ("me + wife + 2 kids", (2, 2)),
            ("with 2 mates", (3, 0)),
            ("3 friends want to see Rome", (3, 0)),
        ] {
            assert_eq!(travellers(request), expected, "{request}");
        }
    }

    #[test]
    fn an_answer_may_be_a_bare_number() {
        assert_eq!(answered("3"), Some(Travellers { adults: 3, children: 0 }));
        assert_eq!(answered("2 adults and 1 child"), Some(Travellers { adults: 2, children: 1 }));
        assert_eq!(answered("many"), None);
        assert_eq!(answered("0"), None);
    }
}
