//! "No preference about cuisine or house rules": understood, and nothing follows from it.

use std::sync::LazyLock;

use regex::Regex;

use super::{numbers::pattern, text::Text};

/// What people are indifferent about.
const MATTER: &str = "(?:(?:our|my|the|any|other|type|types|kind|kinds|choice|choices|mode|modes|means|form|forms|of|for|\
    a|an|what|where|which|we|i|in|specific|special|particular) )*(?:house rules?|house|rules?|cuisines?|foods?|meals?|dining|eating|\
    diets?|dietary|restaurants?|accommodations?|lodgings?|rooms?|room types?|beds?|hotels?|stays?|transport|\
    transportation|travel|getting around|pace|interests?|activities|sights|culinary|things)(?: options?| types?| choices?| \
    preferences?| rules| arrangements?| needs| restrictions)?";

static NONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"\b(?:(?:have|has|having|had|with|there are|there is|there's|hold|are|am|'re) )?(?:no|not any|n't any|n't have any|not have any|not have|n't have|zero|without any|without) (?:(?:specific|particular|special|strict|strong|real|certain|fixed|set|other|further|additional|dietary|culinary|accommodation|accommodations|lodging|transport|transportation|food|room|travel|house|cuisine|dining|type|rule|major|and|or) )*(?:preferences?|requirements?|restrictions?|constraints?|requests?|needs|demands|conditions)\b(?:(?: (?:about|on|for|regarding|as to|when it comes to|in terms of|with|concerning|in|of|to|with regards? to|with respect to|towards?|related to|relating to),?| as far as)? ?(?:{MATTER}(?:(?:,? and|,? or|,| nor|/) ?{MATTER})*))?(?: (?:is|are) concerned)?(?: (?:at all|whatsoever|either|here|for this trip|on this trip|for the trip|for our stay|during our stay))*"
    ))
});
static OPEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"\b(?:flexible|easy|open|indifferent|unfussy|not (?:picky|fussy|particular|choosy|fixed)|n't (?:mind|care|picky|fussy)(?: much)?) (?:about|on|with|to|as to|regarding|when it comes to|in terms of) (?:any |all |whatever |the kind of |any kind of |all kinds of |all types of |any type of )?{MATTER}(?:(?:,? and|,? or|,) ?{MATTER})*"
    ))
});
static ANY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"\b(?:any|whatever|all|every) (?:(?:kind|kinds|type|types|sort|sorts) of )?{MATTER} (?:is|are|will be|would be|works?|will do|goes)(?: (?:fine|ok|okay|good|acceptable|alright|all right|welcome|suitable))?(?: (?:with|by|for) (?:us|me))?"
    ))
});

/// Marks statements of indifference.
pub(super) fn read(text: &mut Text<'_>) {
    for regex in [&NONE, &OPEN, &ANY] {
        let ranges: Vec<_> = regex.find_iter(text.open()).map(|found| found.range()).collect();
        for range in ranges {
            // "no restrictions on smoking" is a wish; so is "no dietary needs but vegan", whose rest is read later.
            let is_rule = RULE_AFTER.is_match(text.after(range.end));
            if !is_rule {
                text.pass(range);
            }
        }
    }
}

static RULE_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?: (?:on|against|about|for|to|regarding|concerning))?(?: the)? ?(?:smok|part(?:y|ies)|pets?|dogs?|cats?|visitors?|guests|children|kids|animals)",
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(request: &str) -> String {
        let mut text = Text::new(request);
        read(&mut text);
        text.open().replace(crate::reading::text::READ, "")
    }

    #[test]
    fn no_preference_reads_as_nothing() {
        for request in [
            "no preference for cuisine",
            "have no particular preferences regarding house rules, food or transport",
            "have no special requirements for accommodation and dining",
            "no dietary restrictions",
            "flexible about food",
            "any cuisine is fine",
        ] {
            assert_eq!(rest(request), "", "{request}");
        }
    }

    #[test]
    fn what_comes_beside_it_stays_open() {
        assert_eq!(rest("no preference for food, but no flights"), ", but no flights");
        assert_eq!(rest("no restrictions on smoking"), "no restrictions on smoking");
    }
}
