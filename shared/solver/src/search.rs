//! The search over journeys and beds: a good trip first, then bounds for every choice, then proofs.

use std::cmp::Reverse;

use crate::{
    bound::Bounder,
    day_task::MILLI,
    infeasible,
    limits::{EndedBy, Limits, Meter, StopFlag},
    outcome::{Infeasible, Outcome, Solution},
    problem::{Problem, SIGHTS_MAX},
    settle::settle,
    trip::{Choice, Multipliers, Planner, Trip},
};

/// Choices that are tried for a first trip.
const FIRST_CHOICES_MAX: usize = 500;
/// Choices that get a quick trip, and those of them that get a polished one.
const QUICK_CHOICES: usize = 8;
const POLISHED_CHOICES: usize = 3;
/// Labels per layer: for a quick look, a polished trip, a bound.
const QUICK_WIDTH: usize = 4;
const POLISH_WIDTH: usize = 12;
const BOUND_WIDTH: usize = 400;
/// Rounds of the subgradient search: for a quick look, for the first bound, and for each choice that may be better.
const ROUNDS_QUICK: usize = 12;
const ROUNDS_FIRST: usize = 60;
const ROUNDS_MORE: usize = 15;
/// Rounds over the choices that could not be settled yet.
const ATTEMPTS_MAX: u64 = 5;
/// Percent of the nodes that one phase or choice may use.
const PHASE_PERCENT: u64 = 20;

/// Searches the best plan within the limits. See the crate's documentation for the objective and the method.
#[must_use]
pub fn solve(problem: &Problem, limits: &Limits, stop: &StopFlag) -> Outcome {
    let mut meter = Meter::new(*limits, stop);
    let choices = match infeasible::choices(problem) {
        Ok(choices) => choices,
        Err(reason) => return Outcome::Infeasible(Infeasible { reason, proven: true, nodes: 0 }),
    };
    let planner = Planner::new(problem);
    let mut search = Search { planner: &planner, ranked: Vec::new(), best: None, bound: None, is_proven: false };
    search.rank(choices, &mut meter);
    search.find_first(&mut meter);
    meter.first_plan_done();
    search.find_good(&mut meter);
    search.prove(&mut meter);
    search.outcome(&meter)
}

struct Search<'a> {
    planner: &'a Planner<'a>,
    /// Choices with a rough bound in thousandths of a point, best first.
    ranked: Vec<(i64, Choice)>,
    /// With its merit.
    best: Option<(i64, Trip)>,
    /// No trip has more merit.
    bound: Option<i64>,
    is_proven: bool,
}

/// A choice that may hold something better.
struct Open {
    /// In thousandths of a point.
    bound: i64,
    choice: Choice,
    guide: Multipliers,
}

impl Search<'_> {
    fn rank(&mut self, choices: Vec<Choice>, meter: &mut Meter) {
        // One label per layer: the width costs nothing and every cut is accounted for in the bound.
        let mut bounder = Bounder::new(self.planner, Multipliers::neutral(self.planner.problem), 1).rough();
        self.ranked = choices.into_iter().map(|choice| (bounder.bound(choice, meter).milli, choice)).collect();
        self.ranked.retain(|(bound, _)| *bound > i64::MIN);
        self.ranked.sort_by_key(|(bound, choice)| (Reverse(*bound), choice.cost_cents, choice.journey, choice.bed));
    }

    fn offer(&mut self, trip: Trip) {
        let merit = trip.merit(self.planner.problem);
        if self.best.as_ref().is_none_or(|(best, _)| merit > *best) {
            self.best = Some((merit, trip));
        }
    }

    /// Any trip at all: promising choices first, then cheap ones.
    fn find_first(&mut self, meter: &mut Meter) {
        let promising = self.ranked.iter().take(QUICK_CHOICES).map(|(_, choice)| *choice);
        let mut cheap: Vec<Choice> = self.ranked.iter().map(|(_, choice)| *choice).collect();
        cheap.sort_by_key(|choice| (choice.cost_cents, choice.journey, choice.bed));
        for choice in promising.chain(cheap).take(FIRST_CHOICES_MAX) {
            if let Some(trip) = self.planner.cheapest(choice, meter) {
                self.best = Some((trip.merit(self.planner.problem), trip));
                return;
            }
        }
    }

    /// Rough multipliers first: they say which choices are promising and what a day may take from the others.
    fn find_good(&mut self, meter: &mut Meter) {
        let problem = self.planner.problem;
        let Some(&(_, first)) = self.ranked.first() else { return };
        meter.start_phase(PHASE_PERCENT);
        let mut bounder = Bounder::new(self.planner, Multipliers::neutral(problem), QUICK_WIDTH);
        bounder.refine(first, None, ROUNDS_QUICK, meter);
        self.improve(first, &bounder.guide, meter);
        meter.start_phase(PHASE_PERCENT);
        self.rank_again(&mut bounder, meter);
        let mut quick = Vec::new();
        for &(_, choice) in self.ranked.iter().take(QUICK_CHOICES) {
            if meter.phase_is_over() {
                break;
            }
            let Some(trip) = self.planner.cheapest(choice, meter) else { continue };
            let trip = self.planner.guided(trip, &bounder.guide, QUICK_WIDTH, meter);
            quick.push((trip.merit(problem), trip));
        }
        quick.sort_by_key(|(merit, _)| Reverse(*merit));
        meter.start_phase(PHASE_PERCENT);
        for (_, trip) in quick.into_iter().take(POLISHED_CHOICES) {
            let trip = self.planner.polish(trip, POLISH_WIDTH, meter);
            self.offer(trip);
        }
    }

    /// Tightens the bound of every choice by shared multipliers, best first.
    fn rank_again(&mut self, bounder: &mut Bounder, meter: &mut Meter) {
        for (rough, choice) in &mut self.ranked {
            *rough = bounder.bound(*choice, meter).milli.min(*rough);
        }
        self.ranked.sort_by_key(|(bound, choice)| (Reverse(*bound), choice.cost_cents, choice.journey, choice.bed));
    }

    /// Bounds every choice and tries to settle those that may hold something better, most promising first.
    fn prove(&mut self, meter: &mut Meter) {
        let known = self.best.as_ref().map(|(_, trip)| trip.choice);
        let Some(first) = known.or(self.ranked.first().map(|(_, choice)| *choice)) else {
            self.is_proven = true;
            return;
        };
        let mut bounder = Bounder::new(self.planner, Multipliers::neutral(self.planner.problem), BOUND_WIDTH);
        meter.start_phase(PHASE_PERCENT);
        bounder.refine(first, self.merit(), ROUNDS_FIRST, meter);
        self.improve(first, &bounder.guide, meter);
        self.rank_again(&mut bounder, meter);
        let ranked = self.ranked.iter().filter(|(bound, _)| *bound > i64::MIN);
        let mut open: Vec<Open> =
            ranked.map(|&(bound, choice)| Open { bound, choice, guide: bounder.guide.clone() }).collect();
        for attempt in 1..=ATTEMPTS_MAX {
            for one in &mut open {
                if !self.is_beaten(one.bound) {
                    self.settle_one(one, attempt, meter);
                }
            }
            open.retain(|open| !self.is_beaten(open.bound));
            if open.is_empty() || meter.ended().is_some() {
                break;
            }
        }
        self.is_proven = open.is_empty();
        let bound = open.iter().map(|open| open.bound).max().unwrap_or(i64::MIN);
        let merit = self.merit().unwrap_or(i64::MIN);
        self.bound = (bound < i64::MAX).then(|| merit.max(bound.div_euclid(MILLI)));
    }

    fn merit(&self) -> Option<i64> {
        self.best.as_ref().map(|(merit, _)| *merit)
    }

    /// Whether a choice with this bound cannot hold anything better.
    fn is_beaten(&self, bound: i64) -> bool {
        bound == i64::MIN || self.merit().is_some_and(|merit| bound < (merit + 1) * MILLI)
    }

    /// A trip by the guide, polished. Where money is short, dearer money may share it out better between the days.
    fn improve(&mut self, choice: Choice, guide: &Multipliers, meter: &mut Meter) {
        const MONEY_FACTORS: [f64; 3] = [1.0, 2.0, 4.0];
        let planner = self.planner;
        let Some(cheapest) = planner.cheapest(choice, meter) else { return };
        let factors = if guide.money > 0.0 { &MONEY_FACTORS[..] } else { &MONEY_FACTORS[..1] };
        let guided = factors.iter().map(|factor| {
            let guide = Multipliers { money: guide.money * factor, ..guide.clone() };
            planner.guided(cheapest.clone(), &guide, POLISH_WIDTH, meter)
        });
        let best = guided.max_by_key(|trip| trip.merit(planner.problem));
        let trip = best.expect("there is at least one factor");
        self.offer(planner.polish(trip, POLISH_WIDTH, meter));
    }

    /// Tries to settle a choice; each further attempt may take longer. A settled one is left without a bound.
    fn settle_one(&mut self, open: &mut Open, attempt: u64, meter: &mut Meter) {
        meter.start_phase(PHASE_PERCENT * attempt);
        let problem = self.planner.problem;
        let mut bounder = Bounder::new(self.planner, open.guide.clone(), BOUND_WIDTH);
        let bound = bounder.refine(open.choice, self.merit(), ROUNDS_MORE, meter);
        open.bound = bound.milli.min(open.bound);
        open.guide = bounder.guide.clone();
        if self.is_beaten(open.bound) || meter.phase_is_over() {
            return;
        }
        self.improve(open.choice, &bounder.guide, meter);
        if self.is_beaten(open.bound) {
            return;
        }
        let settled = settle(&bounder, problem, open.choice, &bound, self.merit(), meter);
        settled.better.into_iter().for_each(|trip| self.offer(trip));
        if settled.is_proven {
            open.bound = i64::MIN;
        }
    }

    fn outcome(self, meter: &Meter) -> Outcome {
        let problem = self.planner.problem;
        let is_proven = self.is_proven && problem.sights.len() <= SIGHTS_MAX;
        let missing = self.best.as_ref().map(|(_, trip)| trip.must_sees_missing(problem));
        let Some((merit, trip)) = self.best.filter(|_| missing.as_ref().is_some_and(Vec::is_empty)) else {
            let choices: Vec<Choice> = self.ranked.iter().map(|(_, choice)| *choice).collect();
            let reason = infeasible::diagnose(self.planner, &choices, missing.unwrap_or_default(), meter);
            return Outcome::Infeasible(Infeasible { reason, proven: is_proven, nodes: meter.nodes() });
        };
        let ended_by = if is_proven { EndedBy::Proven } else { meter.ended().unwrap_or(EndedBy::Nodes) };
        Outcome::Solved(Solution {
            journey: trip.choice.journey,
            bed: trip.choice.bed,
            transit_days: trip.ticket_days(),
            total_cents: trip.total_cents(problem),
            score: merit,
            parts: trip.parts(problem),
            optimal: is_proven,
            ended_by,
            nodes: meter.nodes(),
            bound: if is_proven { Some(merit) } else { self.bound },
            days: trip.days.into_iter().map(|day| day.stops).collect(),
        })
    }
}
