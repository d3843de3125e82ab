//! What the house must not forbid: pets, smoking, parties, visitors, children under 10.
//!
//! Only wishes for a permission are constraints. "Non-smoking, please" cannot be held and is listed; "we do not need
//! pet-friendly rooms" asks for nothing.

use std::{ops::Range, sync::LazyLock};

use domain::brief::HouseRule;
use regex::Regex;

use super::{fields::Field, numbers::pattern, text::Text};

/// What a rule is about, as people say it.
const fn things(rule: HouseRule) -> &'static str {
    match rule {
        HouseRule::Smoking => "(?:smok(?:e|ing|ers?)|cigarettes?|vaping)",
        HouseRule::Parties => {
            "(?:part(?:y|ies|ying)|(?:social )?gatherings|(?:social|private|family) events|get-?togethers|celebrations)"
        }
        HouseRule::Pets => {
            "(?:(?:pet|small|large|domestic|service|traveling|travelling) )?(?:pets?|dogs?|cats?|pupp(?:y|ies)|kittens?|animals|animal companions?|furry (?:friends?|companions?|family members?)|four-legged (?:friends?|companions?))"
        }
        HouseRule::Visitors => {
            "(?:(?:outside|external|overnight|additional|extra|local|our) )?(?:visitors?|guests|visits from (?:friends|others|family))"
        }
        HouseRule::Children => {
            "(?:(?:our |the )?(?:(?:very )?(?:young|small|little|younger) )?(?:children|kids|child|kid|minors|youngsters|ones)(?:,? (?:who are |that are |of |aged? |ages )?(?:under|below|younger than|less than|up to)(?: the age of| age of| age| the)? (?:10|ten|[0-9]|one|two|three|four|five|six|seven|eight|nine)(?: years?(?: of age| old)?)?)?|toddlers?|infants?|bab(?:y|ies)|under-?(?:10|ten)s)"
        }
    }
}

/// Words by which a house lets one do something; what it lets one do follows.
const LETS: &str = "(?:let(?:s|ting)?|allow(?:s|ed|ing)?|permit(?:s|ted|ting)?|permissive|welcom(?:e|es|ing)|accept(?:s|ing)?|accommodat(?:e|es|ing)|tolerat(?:e|es|ing)|(?:suitable|suited|appropriate|conducive|friendly|okay|ok|fine|amenable|receptive|equipped|accommodating|lenient|permissive|hospitable|welcoming|cool|relaxed|tolerant|understanding|open|supportive) (?:for|to|with|about|towards?|on|of)|cater(?:s|ing)? (?:to|for)|(?:no|without|without any|not have|n't have|n't impose|not impose|free of|free from)(?: any| strict)? (?:restrictions?|bans?|rules?|objections?|limits?|limitations?|prohibitions?|policy|policies) (?:on|against|to|regarding|about|for|with|concerning)|(?:not|n't|never) (?:prohibit|forbid|ban|restrict|disallow|mind|object to|exclude|rule out))";
/// Weaker ones, which need a house in their sentence.
const SUITS: &str = "(?:good|ideal|fit|great|perfect|safe|comfortable|equipped|ready|nice|designed|geared|happy) (?:for|to|with|towards?)";
/// Words between a permission and its thing.
const BETWEEN: &str = "(?: (?:for|of|to|us|our|the|a|an|any|having|have|hosting|host|holding|hold|throwing|throw|organi[sz]e|organi[sz]ing|bring|bringing|all|both|small|large|little|big|family|families|and|or|with|some|in|the house|house|occasional|private|young|indoor|their|travell?ing|accompanying|keeping|keep|who|receiv(?:e|ing)|invit(?:e|ing)|entertain(?:ing)?|you|guests|guests who|having|people|light|birthday|dinner|noise and|being|smoking|pets|parties|visitors|children|kids|be|including),?){0,7}?";
const ALLOWED: &str = "(?:allowed|permitted|permissible|welcomed?|accepted|acceptable|accommodated|okay|ok|fine|possible|tolerated|in order|can stay|may stay|can sleep|(?:can|may|could|might) (?:also )?be (?:held|hosted|thrown|organi[sz]ed|had|brought|kept|received|invited)|(?:not|[a-z]+n't) (?:be )?(?:prohibited|forbidden|banned|restricted|a problem|an issue))";

/// A pattern, and whether a house must stand in its sentence.
struct Rule {
    rule: HouseRule,
    asks: Vec<Regex>,
    suits: Regex,
    /// "House rules: pets", or "| pets |".
    listed: Regex,
    /// "no pets", "non-smoking".
    denies: Regex,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| HouseRule::ALL.iter().map(|rule| Rule::new(*rule)).collect());
static HOUSE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:accommodations?|lodgings?|hotels?|hostels?|places?|stay|stays|staying|rooms?|house|home|rentals?|rent|property|properties|apartments?|airbnb|flat|bed)\b",
    )
});
/// Before a permission, in its clause: it is not asked for.
static DENIED_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:no|not|don't|doesn't|without|never|non|nor|neither|needn't|won't|isn't|aren't|can't|cannot|needless)(?:[ -](?:to|need|needs|needed|require|required|requires|requiring|want|necessarily|have|has|be|any|for|a|an|the|plan|plans|planning|intend|wish|looking|look|interested|in|really|specific|particular|care|about|that|our|us|with|bring|bringing|allow|allows|allowing|permit|permits|host|hosting|throw|throwing|accommodations?|places?|hotels?|rooms?|it|which|is|are|should|must|having|necessary|important|travell?ing|do|does|expect|expecting|houses?|them|these)){0,7} ?-?$",
    )
});
/// In a denial: nothing is asked for, rather than the contrary.
static NO_NEED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:need|needs|needed|needn't|require|requires|required|necessary|necessarily|plan|plans|planned|planning|intend|expect|expecting|bring|bringing|have|having|host|hosting|throw|throwing|travell?ing|care|important|smokers?|smoke|coming|with us)\b",
    )
});
/// Two denials that make a permission.
static NO_BAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:not|n't|never)\b (?:have |impose |be )?(?:any |strict )?(?:prohibit|forbid|forbidden|ban|restrict|disallow|mind|object|exclude|rule out|a problem|an issue|restrictions?|bans?|rules?|objections?|limits?|limitations?|prohibitions?|polic)",
    )
});
static RESTRICTION_AFTER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^ (?:restrictions?|bans?|prohibitions?|limitations?)\b"));
static CITY_OF_PARTY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^ (?:of|size|members|with) "));
/// What makes a permission for children clear without a house beside it.
static PLAIN_CHILDREN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:let|lets|letting|allow|permit|accept|welcom|accommodat|tolerat|under|below|younger|up to|ten|[0-9]|fine|ok|okay|possible|can stay)",
    )
});
static NO_GUEST_AFTER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:'s?)? ?(?:cent(?:er|re)s?|bureau|pass|guide|information|attractions?)"));
static NO_ANIMAL_AFTER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:'s?)? ?(?:caf(?:e|es)|shows?|museum|park|walk|sled|shelter|sanctuary)"));
/// Young children who come along: the house must take them, however many they are.
static YOUNG: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:toddlers?|infants?|bab(?:y|ies)|newborns?|(?:young|small|little) (?:children|kids|child|ones|son|daughter|boys?|girls?)|(?:children|kids|child|kid)(?: aged?)? (?:under|below|younger than) (?:the age of )?(?:10|ten|[0-9]\b))",
    )
});
/// Ages beside children.
static AGES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:kids?|child|children|sons?|daughters?|boys?|girls?|little ones|twins|nieces?|nephews?|grandchildren|grandkids)[ ,(]{1,2}(?:aged? |ages |who are |both )?(?P<ages>[0-9]{1,2}(?:(?:,| and| &|, and) [0-9]{1,2})*)\b|(?P<age>[0-9]{1,2})[- ]?(?:years?[- ]olds?|yo)\b)",
    )
});

impl Rule {
    fn new(rule: HouseRule) -> Self {
        let thing = things(rule);
        let mut asks = vec![
            format!(r"\b{LETS}{BETWEEN} {thing}\b"),
            format!(r"\b(?:no|without|without any) {thing} (?:restrictions?|bans?|prohibitions?|limitations?)\b"),
            format!(r"\b{thing}(?:(?: and| or|,) [a-z]+(?: under 10)?){{0,3}}(?: [a-z]+){{0,4}}? {ALLOWED}\b"),
        ];
        // "kid-friendly museums" are for the lexicon.
        let friendly =
            format!(r"\b{thing}[- ]?(?:friendly|permitted|allowed|tolerant|welcoming|accommodating|ok|inclusive)\b");
        if rule != HouseRule::Children {
            asks.push(friendly.clone());
        }
        asks.extend(own(rule).iter().map(|&source| source.to_owned()));
        let suits = if rule == HouseRule::Children {
            format!(r"(?:{friendly}|\b{SUITS}{BETWEEN} {thing}\b)")
        } else {
            format!(r"\b{SUITS}{BETWEEN} {thing}\b")
        };
        let denied = match rule {
            HouseRule::Children => {
                r"\b(?:child(?:ren)?-free|adults?[- ]only|no (?:children|kids) allowed)\b".to_owned()
            }
            HouseRule::Visitors => format!(r"\bno {thing} (?:allowed|please)\b"),
            HouseRule::Smoking => {
                format!(r"\b(?:(?:no|non|without|without any|never|don't|do not|none of us)[ -]{thing}|smoke-?free)\b")
            }
            HouseRule::Parties | HouseRule::Pets => format!(
                r"\b(?:(?:no|non|without|without any|never|have no) {thing}|(?:pet|party)-?free|not (?:a )?part(?:y|ies)(?: house)?)\b"
            ),
        };
        let denies = format!(
            r"{denied}(?: (?:rooms?|hotels?|house|apartment|accommodations?|place|allowed|permitted|please|needed|required|planned|necessary|expected|coming|with us|at all|friendly))*"
        );
        // Alone in a list, "parties" are as well a way to spend the night.
        let separator = match rule {
            HouseRule::Parties | HouseRule::Visitors => "house rules?:(?: [a-z ,]+,)?",
            _ => r"(?:house rules?:(?: [a-z ,]+,)?|[,;|\n])",
        };
        let listed = format!(r"{separator} ?({thing}) ?(?:[,;|\n.]|$)");
        Self {
            rule,
            asks: asks.iter().map(|source| pattern(source)).collect(),
            suits: pattern(&suits),
            listed: pattern(&listed),
            denies: pattern(&denies),
        }
    }
}

/// What people say instead of asking for a permission.
const fn own(rule: HouseRule) -> &'static [&'static str] {
    match rule {
        HouseRule::Smoking => &[
            r"\b(?:where|able to|can|could|free to|freedom to|allowed to|possible to|like to|want to|need to|love to|option to|freely|may) (?:one |we |i |guests |you )?(?:can |may |could |also |freely |still |occasionally )*smoke\b",
            r"\b(?:we|i|us|they|both|all|some|one|two|of us)(?: of us)?(?: are|'re| am|'m| is| all| both| do| will| also)* (?:heavy |avid |chain |regular |occasional |all |both )*(?:smoke|smokers|a smoker|smoking)\b",
            r"\bsmoking (?:rooms?|areas?|accommodations?|places?|houses?|sections?|apartments?|hotels?|privileges|option)\b",
            r"\bsmokers? (?:(?:in|among|amongst) (?:our|the) (?:group|party)|(?:among|amongst) us)\b",
            r"\b(?:permission|possibility|freedom|place) (?:for smoking|to smoke)\b",
        ],
        HouseRule::Parties => &[
            r"\b(?:host|hosting|throw|throwing|hold|holding|organi[sz]e|organi[sz]ing|have|having|celebrate with|put on)(?: (?:a|an|some|our|the|small|big|large|little|private|few|house|birthday|dinner|occasional|couple of|any|lively|of|good|wild|several|multiple|many|two|three|get-together or)){0,4} (?:part(?:y|ies)|get-?togethers?|gatherings?)\b",
            r"\b(?:able|free|freedom|space|room|place|want|like|love|plan|flexibility|somewhere|where we can|allowed|us) (?:to|for) (?:party|hosting parties|parties|partying)\b",
            r"\b(?:where|in which) (?:we|you|one|everyone) (?:can|could|may|might|are able to|are free to) (?:also )?part(?:y|ies)\b",
            r"\b(?:somewhere|accommodations?|hotel|house) to party\b",
            r"\bpart(?:y|ies) (?:venue|hosting|house)\b",
        ],
        HouseRule::Pets => &[
            r"\b(?:bring(?:ing)?|tak(?:e|ing)(?: along)?|travel(?:l)?ing (?:together |along )?(?:with|alongside)|travel (?:together |along )?with|accompanied by|along with|joined by|with|have|has|having|and|plus|including)(?: along| with us)? (?:(?:a|an|our|my|the|his|her|their|one|two|three|some|both|[0-9]) )?(?:(?:small|little|big|large|old|two|three|beloved|dear|furry|pet|golden|well-behaved|lovely|friendly|own|elderly|young|house-trained) ){0,2}(?:pets?|dogs?|cats?|pupp(?:y|ies)|kittens?|furry (?:friends?|companions?|family members?)|four-legged (?:friends?|companions?))(?: along| with us| too)*\b",
            r"\b(?:our|my|the) (?:(?:[a-z-]+) ){0,2}(?:pets?|dogs?|cats?|pupp(?:y|ies)|furry (?:friends?|companions?)) (?:is|are|will|comes?|coming|join|joins|joining|travels?|travell?ing|along|too|with us|need|needs)\b",
            r"\bpets? (?:in tow|along|with us|too|(?:is|are|will be) (?:coming|joining|travell?ing|with us|part of))\b",
            r"(?:\+|&) ?(?:(?:a|our|my|the|one|two|[0-9]) )?(?:pets?|dogs?|cats?|pupp(?:y|ies)|kittens?)\b",
        ],
        HouseRule::Visitors => &[
            r"\b(?:receiv(?:e|ing)|have|having|host(?:ing)?|invit(?:e|ing)|entertain(?:ing)?|welcom(?:e|ing)|bring(?:ing)?(?: in| back| over)?|see|expect(?:ing)?|get|getting)(?: (?:a|any|some|our|few|occasional|the|local|outside|in|overnight|additional|friends and|friends or|other|own|couple of|over)){0,3} (?:visitors?|guests(?: over| around| round| in)?|company over|visits from (?:friends|family|others))\b",
            r"\b(?:hav(?:e|ing)|invit(?:e|ing)|bring(?:ing)?|ask(?:ing)?)(?: (?:a|any|some|our|few|local|couple of|the|and|or|friends|relatives|family|other)){0,4} (?:friends?|people|relatives|family|folks|guests?|others|locals)(?: and family| and relatives)? (?:over|around|round|in)\b",
            r"\b(?:friends|relatives|family|people|others|someone|guests|visitors)(?: and (?:family|friends|relatives))? (?:can|may|could|will|to|might|who) (?:come and |drop by and )?(?:visit(?: us)?|come over|drop by|stop by|come by)\b",
        ],
        HouseRule::Children => &[],
    }
}

/// Reads the permissions and marks their words. In the order of [`HouseRule::ALL`].
pub(super) fn read(text: &mut Text<'_>) -> Vec<HouseRule> {
    let mut allows: Vec<HouseRule> = Vec::new();
    let folded = text.folded().to_owned();
    for rule in RULES.iter() {
        let mut is_allowed = false;
        let denials = rule.denies.find_iter(&folded).map(|found| found.range());
        // "no smoking restrictions" denies the restriction.
        let denials: Vec<Range<usize>> =
            denials.filter(|range| !RESTRICTION_AFTER.is_match(text.after(range.end))).collect();
        let suits = rule.suits.find_iter(&folded).map(|found| found.range());
        let suits = suits.filter(|range| HOUSE.is_match(&folded[sentence(&folded, range)]));
        let asks = rule.asks.iter().flat_map(|ask| ask.find_iter(&folded).map(|found| found.range()));
        let listed = rule.listed.captures_iter(&folded).filter_map(|found| found.get(1)).map(|thing| thing.range());
        for range in asks.chain(suits).chain(listed).collect::<Vec<_>>() {
            let rest = text.after(range.end);
            let is_other = rest.starts_with('-')
                || (rule.rule == HouseRule::Parties && CITY_OF_PARTY.is_match(rest))
                || (rule.rule == HouseRule::Pets && NO_ANIMAL_AFTER.is_match(rest))
                || (rule.rule == HouseRule::Visitors && NO_GUEST_AFTER.is_match(rest))
                || denials.iter().any(|denial| denial.start < range.end && range.start < denial.end);
            // "activities suitable for kids" are no houses.
            let is_vague = rule.rule == HouseRule::Children
                && !PLAIN_CHILDREN.is_match(&folded[range.clone()])
                && !HOUSE.is_match(&folded[sentence(&folded, &range)]);
            if is_other || is_vague {
                continue;
            }
            is_allowed |= keep(text, range);
        }
        for range in denials.into_iter().filter(|range| !text.is_taken(range.clone())).collect::<Vec<_>>() {
            let asks_nothing = NO_NEED.is_match(text.before(range.start)) || NO_NEED.is_match(&folded[range.clone()]);
            if asks_nothing { text.pass(range) } else { text.refuse(range) }
        }
        if is_allowed {
            allows.push(rule.rule);
        }
    }
    if !allows.contains(&HouseRule::Children) && brings_young_children(text) {
        allows.push(HouseRule::Children);
    }
    allows
}

/// Marks a permission. Whether it is wanted.
fn keep(text: &mut Text<'_>, range: Range<usize>) -> bool {
    let words = &text.folded()[range.clone()];
    let denies_within = [" not ", "n't ", " never "].iter().any(|word| words.contains(word)) && !NO_BAN.is_match(words);
    let before = text.before(range.start);
    let clause = before.rfind([',', '.', ';', '!', '?', '\n', '(']).map_or(before, |at| &before[at + 1..]);
    let Some(denial) = DENIED_BEFORE.find(clause).filter(|denial| !denial.as_str().starts_with("no problem")) else {
        if denies_within {
            text.refuse(range);
            return false;
        }
        text.take(range, Field::Lodging);
        return true;
    };
    let whole = range.start - (clause.len() - denial.start())..range.end;
    if NO_NEED.is_match(&text.folded()[whole.clone()]) {
        text.pass(whole);
    } else {
        text.refuse(whole);
    }
    false
}

/// The sentence around `range`.
fn sentence(folded: &str, range: &Range<usize>) -> Range<usize> {
    let start = folded[..range.start].rfind(['.', '!', '?', '\n']).map_or(0, |at| at + 1);
    let end = folded[range.end..].find(['.', '!', '?', '\n']).map_or(folded.len(), |at| range.end + at);
    start..end
}

/// Whether children come along who are under 10. Their words are left for counting them.
fn brings_young_children(text: &mut Text<'_>) -> bool {
    static NONE_BEFORE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b(?:no|without|without any|not|leaving|for)(?: the| our| our two)? $"));
    let young = YOUNG.find_iter(text.open()).map(|found| found.range());
    let is_small = |ages: &str| ages.split([' ', ',']).filter_map(|age| age.parse::<u32>().ok()).any(|age| age < 10);
    let aged = AGES.captures_iter(text.open()).filter_map(|found| {
        let ages = found.name("ages").or(found.name("age"))?;
        is_small(ages.as_str()).then(|| found.get(0).map(|whole| whole.range()))?
    });
    let found = young.chain(aged).find(|range| {
        !NONE_BEFORE.is_match(text.before(range.start)) && !text.after(range.end).starts_with(['-', '\''])
    });
    if let Some(range) = found.clone() {
        text.cite(range, Field::Lodging);
    }
    found.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(request: &str) -> Vec<HouseRule> {
        read(&mut Text::new(request))
    }

    #[test]
    fn permissions_are_read_in_many_words() {
        use HouseRule::{Children, Parties, Pets, Smoking, Visitors};
        for (request, expected) in [
            ("pets are allowed", Pets),
            ("pet-friendly places", Pets),
            ("a hotel that accepts dogs", Pets),
            ("travelling with our dog", Pets),
            ("we bring two small cats along", Pets),
            ("our dog is coming too", Pets),
            ("smoking permitted", Smoking),
            ("where smoking is permissible", Smoking),
            ("somewhere we can smoke", Smoking),
            ("we are both smokers", Smoking),
            ("a house without any ban on smoking", Smoking),
            ("that does not prohibit smoking", Smoking),
            ("parties allowed", Parties),
            ("suitable for hosting parties", Parties),
            ("we want to throw a small party", Parties),
            ("party-friendly", Parties),
            ("the flexibility to host parties", Parties),
            ("visitors are always welcome", Visitors),
            ("able to receive visitors", Visitors),
            ("we may have a few friends over", Visitors),
            ("a place where friends can visit us", Visitors),
            ("children under 10 are allowed", Children),
            ("must accommodate children under the age of 10", Children),
            ("a place fit for kids under ten", Children),
            ("a child-friendly apartment", Children),
            ("rooms suitable for young children", Children),
            ("with our toddler", Children),
            ("two kids (5 and 12)", Children),
        ] {
            assert_eq!(allows(request), [expected], "{request}");
        }
        assert_eq!(allows("the house must allow smoking and pets"), [Smoking, Pets]);
        assert_eq!(allows("pets and parties are both allowed"), [Parties, Pets]);
    }

    #[test]
    fn denials_ask_for_no_permission() {
        for request in [
            "a non-smoking room please",
            "no pets",
            "no parties needed",
            "we do not need a pet-friendly house",
            "we don't smoke",
            "smoking not allowed",
            "a party of five",
            "nothing special for our party of 4",
            "child-friendly museums",
            "with our teenage kids",
            "two daughters, 12 and 14",
            "no smoking",
            "for 6 visitors",
            "we have no pets with us",
            "kids in school, so only us two",
            "activities suitable for kids",
            "we want to see the visitor center",
            "a place with hot dogs",
        ] {
            assert_eq!(allows(request), [], "{request}");
        }
    }
}
