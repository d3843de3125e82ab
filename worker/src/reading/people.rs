//! Who travels.

use std::{ops::Range, sync::LazyLock};

use domain::{
    brief::{Assumption, Travellers},
    request::TRAVELLERS_MAX,
};
use regex::Regex;

use super::{
    Question, Sources, assumption,
    numbers::{count, pattern},
    text::Text,
};

/// Whom the text names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Party {
    /// "4 people", "for two", "the three of us".
    total: Option<u32>,
    /// "2 adults".
    adults: Option<u32>,
    /// "two kids", "our toddler".
    children: u32,
    /// Whether the children are among `total`: "4 people, including 2 children".
    children_within: bool,
    /// Grown-ups beside the speaker: a partner, parents, friends.
    companions: u32,
    has_partner: bool,
    /// "for my parents": the speaker stays at home.
    without_speaker: bool,
    is_alone: bool,
    assumed: Option<&'static str>,
}

static ADULTS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b({count}) (?:\w+ )?(?:adults?|grown-?ups|seniors|pensioners|oaps)\b"));
static CHILDREN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:({count}|an?|our|my|the) )?(?:({count}) )?(?:(?:small|little|young|teenage|school-age|grown|twin|[0-9]{1,2}[ -]years?[ -]old|[0-9]{1,2}[ -]?yo) ){0,2}(kids?|child|children|toddlers?|bab(?:y|ies)|infants?|teens?|teenagers?|teenage|sons?|daughters?|twins|little ones?|grandchildren|grandkids|nieces?|nephews?|(?:[0-9]{1,2}|\w+)[ -]years?[ -]olds?)\b(?:[ ,(]+(?:aged? )?[0-9]{1,2}(?:(?:,| and| &|, and) [0-9]{1,2})+\)?| ?\(?(?:aged?|under|below) [0-9]{1,2}(?:(?:,| and| &|, and) [0-9]{1,2})*\)?)?",
    )
});
static NO_CHILDREN_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:no|without|without any|leaving|for) (?:the |our )?$"));
static CHILD_WORLD_AFTER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[- ]friendly|'s museum|'s menu|[- ]free|s' menu| activities)"));
static TOTAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:the |all )?({count}) ?(?:\w+ )?(?:people|persons?|ppl|pax|p|travell?ers?|of us|guests|individuals?|girls|guys|ladies|women|men|students|tourists|visitors|passengers|heads|pensioners)\b|(?:group|party|crew|team|gang|bunch|total) of (?:about |around |up to )?({count})\b|(?:we are|we're|we will be|we'll be|there are|there will be|there's|party size:?|travell?ers:?|people:?|persons?:?|guests:?|pax:?|adults:) (?:a group of )?({count})(?: of us)?\b)",
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
static TWO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:the two of us|two of us|both of us|us both|us two|as a couple|honeymoon(?:ers)?|honey moon|romantic (?:\w+ )?(?:trip|getaway|weekend|break|escape|holiday|vacation|stay|city break)|anniversary|a pair|newlyweds|newly weds|just married|proposal|babymoon|date weekend)\b",
    )
});
static COUPLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:an? (?:\w+ )?|as |young |old |retired |we are |married )?couple\b"));
static ALONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:solo|alone|just me|only me|just myself|just for me|only for me|by myself|on my own|single travell?er|single person|me, myself and i|one person|single-person|1 person|one adult|party of one|for one|lone travell?er)\b",
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
static WE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:we|our|us|we're|we'd|we'll|we've|ourselves)\b"));

/// Reads the travellers and marks their words. Adults are at least one.
///
/// # Errors
/// The question, if there are none or more than [`TRAVELLERS_MAX`].
pub(super) fn read(
    sources: &Sources<'_>,
    text: &mut Text<'_>,
    assumptions: &mut Vec<Assumption>,
) -> Result<Travellers, Question> {
    let party = party(text);
    if let Some(answer) = sources.answer("travellers") {
        return answered(answer).ok_or_else(|| question("How many people travel?").again(answer));
    }
    let children = party.children.min(TRAVELLERS_MAX);
    if let Some(total) = sources.constraints.travellers {
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
        text.take(range);
    }
    if let Some((range, groups)) = first(text, &COUPLES) {
        party.total = Some(count(&groups[0]).saturating_mul(2));
        text.take(range);
    }
    for (range, groups) in every(text, &ADULTS) {
        party.adults = Some(party.adults.unwrap_or(0).saturating_add(count(&groups[0])));
        text.take(range);
    }
    read_total(text, &mut party);
    read_children(text, &mut party);
    read_companions(text, &mut party);
    if party.total.is_none() && party.adults.is_none() {
        read_for_count(text, &mut party);
    }
    for (range, _) in every(text, &ALONE) {
        party.is_alone = true;
        text.take(range);
    }
    party.children_within |= party.children > 0 && WITHIN_AROUND.is_match(text.folded());
    party
}

fn read_total(text: &mut Text<'_>, party: &mut Party) {
    for (range, groups) in every(text, &TOTAL) {
        let value = groups.iter().find(|group| !group.is_empty()).map_or(0, |group| count(group));
        let is_unit = UNIT_AFTER.is_match(text.after(range.end));
        if is_unit {
            continue;
        }
        if party.total.is_none() {
            party.total = Some(value);
        }
        text.take(range);
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
                    || beside.ends_with("& ");
                if !is_party || (owner == "the" && !beside.ends_with("with ") && !beside.ends_with("and ")) {
                    continue;
                }
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
        named = named.saturating_add(value);
        text.take(range);
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
            if is_person && FOR_BEFORE.is_match(text.before(range.start)) {
                lead = Some(range.clone());
            }
            text.take(range);
        }
    }
    for (range, _) in every(text, &BOTH_PARENTS) {
        party.companions = party.companions.saturating_add(2);
        text.take(range);
    }
    for (range, groups) in every(text, &COMPANIONS) {
        if party.total.is_none() && is_whole_group(text, &range, &groups[0]) {
            party.total = Some(count(&groups[0]));
            text.take(range);
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
        text.take(range);
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
        text.take(range);
    }
}

/// "3 friends want to see Rome" counts everyone; "with 3 friends" counts the others.
fn is_whole_group(text: &Text<'_>, range: &Range<usize>, number: &str) -> bool {
    let before = text.before(range.start);
    let joins = ["with ", "and ", "& ", "plus ", "my ", "our ", "me, ", "+ "].iter().any(|word| before.ends_with(word));
    !joins && number.bytes().next().is_some_and(|first| first.is_ascii_digit() || count(number) > 1)
}

fn read_for_count(text: &mut Text<'_>, party: &mut Party) {
    for (range, groups) in every(text, &FOR_COUNT) {
        let after = &text.open()[range.end..text.open().floor_char_boundary(range.end + 24)];
        if UNIT_AFTER.is_match(after) {
            continue;
        }
        party.total = Some(count(&groups[0]));
        text.take(range);
        return;
    }
}

impl Party {
    fn travellers(&self, text: &Text<'_>, assumptions: &mut Vec<Assumption>) -> Travellers {
        let children = self.children;
        let partner = u32::from(self.has_partner);
        let speaker = u32::from(!self.without_speaker);
        let others = partner.saturating_add(self.companions);
        if let Some(assumed) = self.assumed {
            assumptions.push(assumption(
                "travellers",
                format!("About the travellers, {assumed}; say how many adults and children travel to change it."),
            ));
        }
        if let Some(adults) = self.adults {
            return Travellers { adults, children };
        }
        if let Some(total) = self.total {
            let within = self.children_within || speaker.saturating_add(others).saturating_add(children) == total;
            let adults = if within { total.saturating_sub(children) } else { total };
            return Travellers { adults, children };
        }
        if others == 0 && children == 0 {
            return self.nobody(text, assumptions);
        }
        if self.without_speaker {
            return Travellers { adults: others.max(1), children };
        }
        Travellers { adults: others.saturating_add(1), children }
    }

    fn nobody(&self, text: &Text<'_>, assumptions: &mut Vec<Assumption>) -> Travellers {
        let says_we = WE.is_match(text.folded());
        let adults = if says_we && !self.is_alone { 2 } else { 1 };
        if !self.is_alone {
            let why = if says_we { "the request says \"we\" and no number" } else { "the request names nobody else" };
            let who = if says_we { "two adults" } else { "one adult" };
            assumptions.push(assumption(
                "travellers",
                format!(
                    "Planned for {who}, because {why}; say \"for 3 people\" or set constraints.travellers to change it."
                ),
            ));
        }
        Travellers { adults, children: 0 }
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
