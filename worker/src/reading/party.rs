//! From whom a text names to how many travel.

use std::sync::LazyLock;

use domain::brief::{Assumption, Travellers};
use regex::Regex;

use super::{assumption, numbers::pattern, text::Text};

/// Whom the text names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Party {
    /// "4 people", "for two", "the three of us".
    pub(super) total: Option<u32>,
    /// "2 adults".
    pub(super) adults: Option<u32>,
    /// "two kids", "our toddler".
    pub(super) children: u32,
    /// Whether the children are among `total`: "4 people, including 2 children".
    pub(super) children_within: bool,
    /// Whether `children` is only assumed: "with kids".
    pub(super) is_children_assumed: bool,
    /// Grown-ups beside the speaker: a partner, parents, friends.
    pub(super) companions: u32,
    pub(super) has_partner: bool,
    /// "a couple", "a pair": two, and stated so.
    pub(super) is_couple: bool,
    /// "for my parents": the speaker stays at home.
    pub(super) without_speaker: bool,
    pub(super) is_alone: bool,
    pub(super) assumed: Option<&'static str>,
}

static WE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:we|our|us|we're|we'd|we'll|we've|ourselves)\b"));

impl Party {
    /// How many adults and children that makes.
    pub(super) fn travellers(&self, text: &Text<'_>, assumptions: &mut Vec<Assumption>) -> Travellers {
        let children = self.children;
        let partner = u32::from(self.has_partner);
        let speaker = u32::from(!self.without_speaker);
        let others = partner.saturating_add(self.companions);
        let stated =
            self.total.or((self.is_couple && self.companions == 0).then_some(2)).filter(|_| self.adults.is_none());
        if let Some(total) = stated.filter(|_| self.is_children_assumed && !self.children_within) {
            return among(total, children, assumptions);
        }
        if let Some(assumed) = self.assumed {
            assumptions.push(assumption(
                "travellers",
                format!("About the travellers, {assumed}; say how many adults and children travel to change it."),
            ));
        }
        if self.is_alone && self.is_children_assumed {
            return Travellers { adults: 1, children: 0 };
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

/// "2 people, with kids": the total stays what it is, and at least one of them is grown up.
fn among(total: u32, children: u32, assumptions: &mut Vec<Assumption>) -> Travellers {
    let children = children.min(total.saturating_sub(1));
    if children > 0 {
        assumptions.push(assumption(
            "travellers",
            format!(
                "Children were named without a number, so {children} of the {total} travelling were taken for children; \
                 say how many adults and children travel to change it."
            ),
        ));
    }
    Travellers { adults: total.saturating_sub(children), children }
}
