//! The search over routes and beds: a good trip first, then bounds for every choice, then proofs.

use std::{cmp::Reverse, rc::Rc};

use crate::{
    bound::Bounder,
    day_task::MILLI,
    limits::Meter,
    outline::Outline,
    paths::Paths,
    problem::SIGHTS_MAX,
    settle::settle,
    trip::{Choice, Multipliers, Planner, Trip},
};

/// Choices that are tried for a first trip: the promising ones, then the cheap ones.
const FIRST_PROMISING: usize = 8;
const FIRST_CHEAP: usize = 64;
/// Of the promising and the cheap ones those that are woven before the cheapest trips of all are searched.
const FIRST_WOVEN: usize = 2;
const FIRST_WOVEN_CHEAP: usize = 4;
/// Points for a cent where the cheapest come first.
const CHEAP_MONEY: f64 = 100.0;
/// Choices that are looked at together, and those for each thousand nodes.
const BATCH_MAX: usize = 600;
const BATCH_MIN: usize = 16;
const BATCH_PER_MILLE: u64 = 30;
/// Paths that are taken out at once, most of them dearer than the budget.
const PATHS_PER_CHOICE: usize = 20;
/// Paths that take about as long as one node.
const PATHS_PER_NODE: usize = 4;
/// Choices that get a quick trip, and those of them that get a polished one.
const QUICK_CHOICES: usize = 8;
const POLISHED_CHOICES: usize = 3;
/// Labels per layer: for a quick look, a polished trip, a bound.
const QUICK_WIDTH: usize = 4;
const POLISH_WIDTH: usize = 12;
const BOUND_WIDTH: usize = 400;
/// Rounds of the subgradient search: for the first bound, and for each choice that may be better.
const ROUNDS_FIRST: usize = 60;
const ROUNDS_MORE: usize = 15;
/// Rounds over the choices that could not be settled yet.
const ATTEMPTS_MAX: u64 = 5;
/// Percent of the nodes that one phase or choice may use.
const PHASE_PERCENT: u64 = 20;

pub(crate) struct Search<'a> {
    pub(crate) planner: &'a Planner<'a>,
    pub(crate) outline: Outline<'a>,
    /// Paths that are not yet among the ranked.
    paths: Paths<'a>,
    /// The price of money that the outline found, in points for a cent.
    pub(crate) money: f64,
    /// Choices with their bounds in thousandths of a point, best first.
    pub(crate) ranked: Vec<(i64, Rc<Choice>)>,
    /// With its merit.
    pub(crate) best: Option<(i64, Trip)>,
    /// No trip has more merit, as is known without a search.
    ceiling: i64,
    /// A trip with so much merit is good enough.
    goal: i64,
    /// No trip has more merit; `None` when some of the problem was too much to be looked at.
    pub(crate) bound: Option<i64>,
    pub(crate) is_proven: bool,
}

/// A choice that may hold something better.
struct Open {
    /// In thousandths of a point.
    bound: i64,
    choice: Rc<Choice>,
    guide: Multipliers,
}

impl<'a> Search<'a> {
    pub(crate) fn new(planner: &'a Planner<'a>, ceiling: i64, goal: i64) -> Self {
        let mut outline = Outline::new(planner.problem, planner.ground, planner.graph, planner.resource);
        let (money, paths) = outline.best_paths();
        outline.look_around(money);
        // What is not looked at could be better than any bound.
        let is_whole = !planner.graph.is_cut && planner.problem.sights.len() <= SIGHTS_MAX;
        let bound = is_whole.then(|| paths.bound().div_euclid(MILLI).min(ceiling));
        Self { planner, outline, paths, money, ranked: Vec::new(), best: None, ceiling, goal, bound, is_proven: false }
    }

    pub(crate) fn offer(&mut self, trip: Trip) {
        let merit = self.planner.merit(&trip);
        if self.best.as_ref().is_none_or(|(best, _)| merit > *best) {
            self.best = Some((merit, trip));
        }
    }

    /// Any trip at all: promising choices first, then cheap ones.
    pub(crate) fn find_first(&mut self, meter: &mut Meter) {
        self.rank(meter);
        let promising: Vec<Rc<Choice>> =
            self.ranked.iter().take(FIRST_PROMISING).map(|(_, choice)| Rc::clone(choice)).collect();
        let mut cheap = self.outline.paths(CHEAP_MONEY);
        let cheap: Vec<Rc<Choice>> =
            std::iter::from_fn(|| cheap.next()).take(FIRST_CHEAP).map(|(_, choice)| Rc::new(choice)).collect();
        let at_price = promising.iter().take(FIRST_WOVEN).map(|choice| (choice, self.money));
        let at_least = promising.iter().take(FIRST_WOVEN).chain(cheap.iter().take(FIRST_WOVEN_CHEAP));
        let woven: Vec<(&Rc<Choice>, f64)> =
            at_price.chain(at_least.map(|choice| (choice, CHEAP_MONEY))).filter(|_| !self.planner.is_thrifty).collect();
        for (choice, money) in woven {
            let trip = self.planner.woven(choice, money, meter);
            if meter.ended().is_some() {
                return;
            }
            trip.into_iter().for_each(|trip| self.offer(trip));
            if self.has_complete() {
                return;
            }
        }
        for choice in promising.into_iter().chain(cheap) {
            let trip = self.planner.cheap(&choice, meter);
            trip.into_iter().for_each(|trip| self.offer(trip));
            if self.is_done() || meter.ended().is_some() {
                return;
            }
        }
    }

    /// Whether there is a complete trip, and it is good enough where that is asked for.
    fn is_done(&self) -> bool {
        self.has_complete() && (self.goal == i64::MAX || self.has_goal())
    }

    pub(crate) fn has_goal(&self) -> bool {
        self.merit().is_some_and(|merit| merit >= self.goal)
    }

    pub(crate) fn has_complete(&self) -> bool {
        self.best.as_ref().is_some_and(|(_, trip)| trip.is_complete(self.planner.problem))
    }

    /// Takes the next choices out of the paths: those that their cheapest meals leave within the budget.
    fn rank(&mut self, meter: &mut Meter) {
        let per_mille = meter.nodes_max() / 1_000 * BATCH_PER_MILLE;
        let count = usize::try_from(per_mille).unwrap_or(BATCH_MAX).clamp(BATCH_MIN, BATCH_MAX);
        for path in 0..count * PATHS_PER_CHOICE {
            let is_over = path % PATHS_PER_NODE == 0 && !meter.tick();
            if is_over || self.ranked.len() >= count || self.is_beaten(self.paths.bound()) {
                break;
            }
            let Some((bound, choice)) = self.paths.next() else { break };
            let cents = self.planner.resource.split(&choice).map(|(cents, _)| cents);
            if cents.is_some_and(|cents| cents <= self.planner.problem.budget_cents) {
                self.ranked.push((self.outline.bound(&choice).min(bound), Rc::new(choice)));
            }
        }
        self.sort_ranked();
    }

    fn sort_ranked(&mut self) {
        // Stable, so that equal bounds stay in the order of the paths.
        self.ranked.sort_by_key(|(bound, _)| Reverse(*bound));
    }

    pub(crate) fn promising(&self) -> Vec<Rc<Choice>> {
        self.ranked.iter().take(QUICK_CHOICES).map(|(_, choice)| Rc::clone(choice)).collect()
    }

    pub(crate) fn quick(&self, choice: &Rc<Choice>, guide: &Multipliers, meter: &mut Meter) -> Option<Trip> {
        let trip = self.planner.cheap(choice, meter)?;
        Some(self.planner.guided(trip, guide, QUICK_WIDTH, meter))
    }

    /// Quick trips of the choices that the multipliers of searched days make promising; the best are polished.
    fn find_better(&mut self, guide: &Multipliers, meter: &mut Meter) {
        meter.start_phase(PHASE_PERCENT);
        if !self.planner.is_thrifty {
            self.find_choices(meter);
            return;
        }
        let mut quick = Vec::new();
        for choice in self.promising() {
            if meter.phase_is_over() {
                break;
            }
            quick.extend(self.quick(&choice, guide, meter).map(|trip| (self.planner.merit(&trip), trip)));
        }
        quick.sort_by_key(|(merit, _)| Reverse(*merit));
        for (_, trip) in quick.into_iter().take(POLISHED_CHOICES) {
            meter.start_phase(PHASE_PERCENT / 2);
            let trip = self.planner.polish(trip, POLISH_WIDTH, meter);
            self.offer(trip);
        }
    }

    /// Multipliers before any day was searched.
    fn neutral(&self, choice: Option<&Choice>) -> Multipliers {
        match choice {
            Some(choice) => self.outline.guide(choice, self.money),
            None => Multipliers { money: self.money, ..Multipliers::none(self.planner.problem) },
        }
    }

    /// Tightens the bound of every choice by shared multipliers, best first.
    fn rank_again(&mut self, bounder: &mut Bounder, meter: &mut Meter) {
        let merit = self.merit();
        for (rough, choice) in &mut self.ranked {
            if meter.phase_is_over() {
                break;
            }
            if merit.is_none_or(|merit| *rough >= (merit + 1) * MILLI) {
                *rough = bounder.bound(choice, meter).milli.min(*rough);
            }
        }
        self.sort_ranked();
    }

    /// Bounds every choice and tries to settle those that may hold something better, most promising first.
    pub(crate) fn prove(&mut self, meter: &mut Meter) {
        let known = self.best.as_ref().map(|(_, trip)| Rc::clone(&trip.choice));
        let first = known.or(self.ranked.first().map(|(_, choice)| Rc::clone(choice)));
        let mut bounder = Bounder::new(self.planner, self.neutral(first.as_deref()), BOUND_WIDTH);
        if let Some(first) = first {
            meter.start_phase(PHASE_PERCENT);
            bounder.refine(&first, self.merit(), ROUNDS_FIRST, meter);
            meter.start_phase(PHASE_PERCENT);
            self.improve(&first, &bounder.guide, meter);
        }
        meter.start_phase(PHASE_PERCENT / 2);
        self.rank_again(&mut bounder, meter);
        self.find_better(&bounder.guide, meter);
        let mut left = i64::MIN;
        loop {
            meter.start_phase(PHASE_PERCENT);
            self.rank_again(&mut bounder, meter);
            left = left.max(self.settle_ranked(&bounder.guide, meter));
            if meter.ended().is_some() || self.is_beaten(self.paths.bound()) {
                break;
            }
            self.rank(meter);
        }
        let left = left.max(self.paths.bound());
        self.is_proven = self.is_beaten(left) && self.bound.is_some();
        let merit = self.merit().unwrap_or(i64::MIN);
        let least = merit.max(left.div_euclid(MILLI)).min(self.ceiling);
        self.bound = if left == i64::MAX { self.bound } else { self.bound.map(|bound| bound.min(least)) };
    }

    /// Settles all ranked choices, as far as it goes; none is ranked afterwards. The best bound that is left.
    fn settle_ranked(&mut self, guide: &Multipliers, meter: &mut Meter) -> i64 {
        let ranked = std::mem::take(&mut self.ranked);
        let open = ranked.into_iter().filter(|(bound, _)| *bound > i64::MIN);
        let mut open: Vec<Open> = open.map(|(bound, choice)| Open { bound, choice, guide: guide.clone() }).collect();
        for attempt in 1..=ATTEMPTS_MAX {
            for one in &mut open {
                if !self.is_beaten(one.bound) && meter.ended().is_none() {
                    self.settle_one(one, attempt, meter);
                }
            }
            open.retain(|open| !self.is_beaten(open.bound));
            if open.is_empty() || meter.ended().is_some() {
                break;
            }
        }
        open.iter().map(|open| open.bound).max().unwrap_or(i64::MIN)
    }

    pub(crate) fn merit(&self) -> Option<i64> {
        self.best.as_ref().map(|(merit, _)| *merit)
    }

    /// Whether a choice with this bound cannot hold anything better.
    fn is_beaten(&self, bound: i64) -> bool {
        bound == i64::MIN
            || self.merit().is_some_and(|merit| bound < (merit + 1).saturating_mul(MILLI) || merit >= self.goal)
    }

    /// A trip by the guide, polished. Where money is short, dearer money may share it out better between the days.
    fn improve(&mut self, choice: &Rc<Choice>, guide: &Multipliers, meter: &mut Meter) {
        const MONEY_FACTORS: [f64; 3] = [1.0, 2.0, 4.0];
        let planner = self.planner;
        let Some(cheap) = planner.cheap(choice, meter) else { return };
        let factors = if guide.money > 0.0 { &MONEY_FACTORS[..] } else { &MONEY_FACTORS[..1] };
        let guided = factors.iter().map(|factor| {
            let guide = Multipliers { money: guide.money * factor, ..guide.clone() };
            planner.guided(cheap.clone(), &guide, POLISH_WIDTH, meter)
        });
        let best = guided.max_by_key(|trip| planner.merit(trip));
        let trip = best.expect("there is at least one factor");
        self.offer(cheap);
        self.offer(planner.polish(trip, POLISH_WIDTH, meter));
    }

    /// Tries to settle a choice; each further attempt may take longer. A settled one is left without a bound.
    fn settle_one(&mut self, open: &mut Open, attempt: u64, meter: &mut Meter) {
        meter.start_phase(PHASE_PERCENT * attempt);
        let mut bounder = Bounder::new(self.planner, open.guide.clone(), BOUND_WIDTH);
        let bound = bounder.refine(&open.choice, self.merit(), ROUNDS_MORE, meter);
        open.bound = bound.milli.min(open.bound);
        open.guide = bounder.guide.clone();
        if self.is_beaten(open.bound) || meter.phase_is_over() {
            return;
        }
        self.improve(&open.choice, &bounder.guide, meter);
        if self.is_beaten(open.bound) {
            return;
        }
        let settled = settle(&bounder, self.planner, &open.choice, &bound, self.merit(), meter);
        settled.better.into_iter().for_each(|trip| self.offer(trip));
        if settled.is_proven {
            open.bound = i64::MIN;
        }
    }
}
