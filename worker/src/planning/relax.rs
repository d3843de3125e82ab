//! No plan exists: which wishes conflict, and the smallest change of each kind that makes one possible.
//!
//! Every offer is planned and verified before it is made, so that its price is a price and not a guess.

use std::time::{Duration, Instant};

use domain::{
    brief::{Brief, HouseRule, RoomType},
    facts::Facts,
    money::Money,
    plan::Plan,
};
use serde::{Deserialize, Serialize};
use solver::{Limits, StopFlag};

use super::{plan, to_problem};

/// What may be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelaxationKind {
    Budget,
    RoomType,
    LodgingKind,
    Tier,
    HouseRule,
    Transport,
    Cuisine,
    Repeats,
    MustSee,
    Avoid,
    Nights,
    Order,
    Cities,
    /// The length of the trip.
    Dates,
}

impl RelaxationKind {
    /// Those that are tried with the facts at hand.
    pub(super) const ALL: [Self; 13] = [
        Self::Budget,
        Self::RoomType,
        Self::LodgingKind,
        Self::Tier,
        Self::HouseRule,
        Self::Transport,
        Self::Cuisine,
        Self::Repeats,
        Self::MustSee,
        Self::Avoid,
        Self::Nights,
        Self::Order,
        Self::Cities,
    ];
}

/// A change of the brief under which a verified plan exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relaxation {
    pub kind: RelaxationKind,
    /// As a request to the person: `Raise the budget to 1,920.00 EUR (120.00 EUR more)`.
    pub text: String,
    /// The brief with the change.
    pub brief: Brief,
    /// What the plan under it costs.
    pub total: Money,
}

/// Why there is no plan, and what would make one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Relaxations {
    /// Wishes that cannot all be kept, though without any one of them the others can. Empty when not even without all
    /// of them there is a plan.
    pub conflict: Vec<String>,
    /// At most one of each kind; where no single change is enough, two at once.
    pub offers: Vec<Relaxation>,
}

/// Limits of one look at a changed brief, and of all of them.
const LOOK: Limits = Limits { nodes_max: 2_000, time_max: Duration::from_millis(150) };
const ALL_LOOKS_MAX: Duration = Duration::from_secs(3);
/// Pairs of changes that are tried where no single one is enough.
const PAIRS_MAX: usize = 40;
/// Offers that people are asked to choose from.
const OFFERS_MAX: usize = 8;

/// What would make a plan possible with the same facts. Takes the CPU for up to three seconds.
#[must_use]
pub fn relaxations(brief: &Brief, facts: &Facts, stop: &StopFlag) -> Relaxations {
    let look = Look { facts, stop, until: Instant::now() + ALL_LOOKS_MAX };
    let conflict = look.conflict(brief);
    let mut offers = look.singles(brief, &conflict);
    if offers.is_empty() && !conflict.is_empty() {
        offers = look.pairs(brief);
    }
    offers.truncate(OFFERS_MAX);
    Relaxations { conflict: conflict.iter().map(|kind| wish(brief, *kind)).collect(), offers }
}

/// The plan of a changed brief if there is one that the verifier passes.
#[must_use]
pub fn verified(brief: &Brief, facts: &Facts, stop: &StopFlag) -> Option<Plan> {
    let plan = plan(brief, facts, &LOOK, stop).ok()?;
    verifier::verify(brief, facts, &plan).is_empty().then_some(plan)
}

struct Look<'a> {
    facts: &'a Facts,
    stop: &'a StopFlag,
    until: Instant,
}

impl Look<'_> {
    fn is_over(&self) -> bool {
        self.stop.is_stopped() || Instant::now() >= self.until
    }

    fn plan(&self, brief: &Brief) -> Option<Plan> {
        if self.is_over() { None } else { verified(brief, self.facts, self.stop) }
    }

    /// A minimal set of wishes that cannot all be kept: wishes are dropped as long as the rest still has no plan.
    fn conflict(&self, brief: &Brief) -> Vec<RelaxationKind> {
        let mut kept: Vec<RelaxationKind> =
            RelaxationKind::ALL.iter().copied().filter(|kind| is_wished(brief, *kind)).collect();
        let without = |dropped: &[RelaxationKind]| {
            let mut loose = brief.clone();
            dropped.iter().for_each(|kind| drop_wish(&mut loose, *kind));
            loose
        };
        if self.plan(&without(&kept)).is_none() {
            return Vec::new();
        }
        let all = kept.clone();
        for kind in &all {
            let rest: Vec<RelaxationKind> = kept.iter().copied().filter(|other| other != kind).collect();
            let dropped: Vec<RelaxationKind> = all.iter().copied().filter(|other| !rest.contains(other)).collect();
            if self.plan(&without(&dropped)).is_none() && !self.is_over() {
                kept = rest;
            }
        }
        kept
    }

    /// The cheapest offer of each kind that is enough by itself.
    fn singles(&self, brief: &Brief, conflict: &[RelaxationKind]) -> Vec<Relaxation> {
        conflict.iter().filter_map(|kind| self.single(brief, *kind)).collect()
    }

    fn single(&self, brief: &Brief, kind: RelaxationKind) -> Option<Relaxation> {
        if kind == RelaxationKind::Budget {
            return self.more_money(brief, String::new(), kind);
        }
        let changes = changes(brief, self.facts, kind).into_iter();
        let offers = changes.filter_map(|(text, brief)| {
            let total = self.plan(&brief)?.costs.total;
            Some(Relaxation { kind, text, brief, total })
        });
        offers.min_by_key(|offer| offer.total.amount_cents)
    }

    /// The least budget under which a plan exists.
    fn more_money(&self, brief: &Brief, with: String, kind: RelaxationKind) -> Option<Relaxation> {
        if self.is_over() {
            return None;
        }
        let (problem, _) = to_problem(brief, self.facts).ok()?;
        let cheapest = solver::cheapest(&problem, &LOOK, self.stop).ok()?;
        let budget = Money::new(cheapest.solution.total_cents, brief.budget.currency);
        let brief_then = Brief { budget, ..brief.clone() };
        let total = self.plan(&brief_then)?.costs.total;
        let more = Money::new(budget.amount_cents - brief.budget.amount_cents, budget.currency);
        let raise = if with.is_empty() { "Raise" } else { "and raise" };
        let text = format!("{with}{raise} the budget to {budget} ({more} more)");
        Some(Relaxation { kind, text, brief: brief_then, total })
    }

    /// Two changes at once, where no single one is enough: first those that money completes.
    fn pairs(&self, brief: &Brief) -> Vec<Relaxation> {
        let kinds = || RelaxationKind::ALL.iter().copied().filter(|kind| is_wished(brief, *kind));
        let mut offers: Vec<Relaxation> = Vec::new();
        let mut tried = 0;
        for kind in kinds() {
            let mut best: Option<Relaxation> = None;
            for (text, changed) in changes(brief, self.facts, kind) {
                let with_money = self.more_money(&changed, format!("{text}, "), kind);
                let with_another = kinds().filter(|other| *other > kind).filter_map(|other| {
                    tried += 1;
                    let second = if tried > PAIRS_MAX { None } else { self.single(&changed, other) }?;
                    Some(Relaxation { kind, text: format!("{text}, and: {}", second.text), ..second })
                });
                let offer = with_money.into_iter().chain(with_another).min_by_key(|offer| offer.total.amount_cents);
                let is_better = |offer: &Relaxation| {
                    best.as_ref().is_none_or(|best| offer.total.amount_cents < best.total.amount_cents)
                };
                if let Some(offer) = offer.filter(is_better) {
                    best = Some(offer);
                }
            }
            offers.extend(best);
        }
        offers
    }
}

fn is_wished(brief: &Brief, kind: RelaxationKind) -> bool {
    let destination = &brief.destination;
    match kind {
        RelaxationKind::Budget => true,
        RelaxationKind::RoomType => !brief.lodging.room_types.is_empty(),
        RelaxationKind::LodgingKind => brief.lodging.kind.is_some(),
        RelaxationKind::Tier => brief.lodging.tier.is_some(),
        RelaxationKind::HouseRule => !brief.lodging.allows.is_empty(),
        RelaxationKind::Transport => !brief.avoid_transport.is_empty(),
        RelaxationKind::Cuisine => !brief.cuisines.is_empty(),
        RelaxationKind::Repeats => !brief.meals_repeat,
        RelaxationKind::MustSee => !brief.must_see.is_empty(),
        RelaxationKind::Avoid => {
            let avoids = !brief.avoid_sights.is_empty() || !brief.avoid_interests.is_empty();
            avoids && !brief.must_see.is_empty()
        }
        RelaxationKind::Nights => destination.cities.iter().any(|city| city.nights.is_some()),
        RelaxationKind::Order => destination.in_order && destination.count > 1,
        RelaxationKind::Cities => destination.count > 1,
        RelaxationKind::Dates => false,
    }
}

/// The brief without any wish of the kind.
fn drop_wish(brief: &mut Brief, kind: RelaxationKind) {
    /// More than any trip costs, and little enough to add to.
    const RICH_CENTS: i64 = 1_000_000_000_000;
    match kind {
        RelaxationKind::Budget => brief.budget.amount_cents = RICH_CENTS,
        RelaxationKind::RoomType => brief.lodging.room_types.clear(),
        RelaxationKind::LodgingKind => brief.lodging.kind = None,
        RelaxationKind::Tier => brief.lodging.tier = None,
        RelaxationKind::HouseRule => brief.lodging.allows.clear(),
        RelaxationKind::Transport => brief.avoid_transport.clear(),
        RelaxationKind::Cuisine => brief.cuisines.clear(),
        RelaxationKind::Repeats => brief.meals_repeat = true,
        RelaxationKind::MustSee => brief.must_see.clear(),
        RelaxationKind::Avoid => {
            brief.avoid_sights.clear();
            brief.avoid_interests.clear();
        }
        RelaxationKind::Nights => brief.destination.cities.iter_mut().for_each(|city| city.nights = None),
        RelaxationKind::Order => brief.destination.in_order = false,
        RelaxationKind::Cities => {
            let rest = brief.destination.cities.drain(..).map(|city| city.place);
            let choices: Vec<_> = rest.chain(brief.destination.choices.drain(..)).collect();
            brief.destination.choices = choices;
            brief.destination.count = 1;
        }
        RelaxationKind::Dates => {}
    }
}

/// The wish, for people.
fn wish(brief: &Brief, kind: RelaxationKind) -> String {
    fn words<T: std::fmt::Display>(words: &[T]) -> String {
        words.iter().map(|word| word.to_string().replace('_', " ")).collect::<Vec<_>>().join(", ")
    }
    match kind {
        RelaxationKind::Budget => format!("a budget of {}", brief.budget),
        RelaxationKind::RoomType => format!("only {}", words(&brief.lodging.room_types)),
        RelaxationKind::LodgingKind => format!("only {}", words(brief.lodging.kind.as_slice())),
        RelaxationKind::Tier => format!("only {} beds", words(brief.lodging.tier.as_slice())),
        RelaxationKind::HouseRule => format!("houses that allow {}", words(&brief.lodging.allows)),
        RelaxationKind::Transport => format!("no {}", words(&brief.avoid_transport)),
        RelaxationKind::Cuisine => format!("{} food", words(&brief.cuisines)),
        RelaxationKind::Repeats => "no place to eat at twice".to_owned(),
        RelaxationKind::MustSee => "every sight that must be seen".to_owned(),
        RelaxationKind::Avoid => "the sights to leave out".to_owned(),
        RelaxationKind::Nights => "the nights wished for each city".to_owned(),
        RelaxationKind::Order => "the order of the cities".to_owned(),
        RelaxationKind::Cities => format!("{} cities", brief.destination.count),
        RelaxationKind::Dates => "the dates".to_owned(),
    }
}

/// The smallest changes of the kind, each with what the person is asked.
fn changes(brief: &Brief, facts: &Facts, kind: RelaxationKind) -> Vec<(String, Brief)> {
    let with = |text: String, change: &dyn Fn(&mut Brief)| {
        let mut changed = brief.clone();
        change(&mut changed);
        (text, changed)
    };
    let all = |text: &str| vec![with(text.to_owned(), &|brief| drop_wish(brief, kind))];
    match kind {
        RelaxationKind::RoomType => {
            let others = RoomType::ALL.iter().filter(|room| !brief.lodging.room_types.contains(room));
            others.map(|room| with(room_text(*room), &|brief| brief.lodging.room_types.push(*room))).collect()
        }
        RelaxationKind::LodgingKind => all("Allow any kind of house"),
        RelaxationKind::Tier => all("Allow beds of any price level"),
        RelaxationKind::HouseRule => {
            let rules = brief.lodging.allows.iter();
            rules.map(|rule| with(rule_text(*rule), &|brief| brief.lodging.allows.retain(|own| own != rule))).collect()
        }
        RelaxationKind::Transport => {
            let modes = brief.avoid_transport.iter();
            let text = |mode: &domain::brief::TransportMode| format!("Allow to go by {}", mode.word());
            modes.map(|mode| with(text(mode), &|brief| brief.avoid_transport.retain(|own| own != mode))).collect()
        }
        RelaxationKind::Cuisine => {
            let cuisines = brief.cuisines.iter();
            let text = |cuisine: &String| format!("Do without {cuisine} food");
            cuisines.map(|cuisine| with(text(cuisine), &|brief| brief.cuisines.retain(|own| own != cuisine))).collect()
        }
        RelaxationKind::Repeats => all("Eat at the same place more than once"),
        RelaxationKind::MustSee => {
            let name = |id: &str| {
                facts.sights.iter().find(|sight| sight.id == id).map_or(id.to_owned(), |sight| sight.name.clone())
            };
            let sights = brief.must_see.iter();
            sights
                .map(|id| with(format!("Leave out {}", name(id)), &|brief| brief.must_see.retain(|own| own != id)))
                .collect()
        }
        RelaxationKind::Avoid => all("Allow the sights that were to be left out"),
        RelaxationKind::Nights => all("Share the nights between the cities in another way"),
        RelaxationKind::Order => all("Visit the cities in another order"),
        RelaxationKind::Cities => fewer_cities(brief),
        RelaxationKind::Budget | RelaxationKind::Dates => Vec::new(),
    }
}

/// One city less: one of those that were named, or of those that may be chosen.
fn fewer_cities(brief: &Brief) -> Vec<(String, Brief)> {
    let destination = &brief.destination;
    let less = |text: String, dropped: Option<&str>| {
        let mut changed = brief.clone();
        changed.destination.count -= 1;
        changed.destination.cities.retain(|city| Some(city.place.id.as_str()) != dropped);
        let places: Vec<String> = changed.destination.cities.iter().map(|city| city.place.name.clone()).collect();
        if dropped.is_some() && changed.destination.choices.is_empty() {
            changed.destination.name = places.join(" and ");
        }
        (text, changed)
    };
    if destination.count as usize > destination.cities.len() {
        return vec![less(format!("Visit {} of the cities", destination.count - 1), None)];
    }
    let named = destination.cities.iter();
    named.map(|city| less(format!("Leave out {}", city.place.name), Some(&city.place.id))).collect()
}

fn room_text(room: RoomType) -> String {
    match room {
        RoomType::EntirePlace => "Allow an entire place",
        RoomType::PrivateRoom => "Allow a private room",
        RoomType::SharedRoom => "Allow a shared room",
    }
    .to_owned()
}

fn rule_text(rule: HouseRule) -> String {
    let what = match rule {
        HouseRule::Smoking => "smoking",
        HouseRule::Parties => "parties",
        HouseRule::Pets => "pets",
        HouseRule::Visitors => "visitors",
        HouseRule::Children => "children under 10",
    };
    format!("Allow a house without {what}")
}
