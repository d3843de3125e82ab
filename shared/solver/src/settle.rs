//! The proof for one choice of route and beds: every day plan that could be part of a better trip is listed, and all
//! their combinations are searched.
//!
//! A trip that beats the best known one loses less against the bound than the gap between the two, in all days
//! together. So only day plans that lose less than the gap against their own day's best can be part of it.

use std::{cmp::Reverse, rc::Rc};

use crate::{
    bound::{Bound, Bounder},
    day,
    day_plan::DayPlan,
    day_task::MILLI,
    limits::Meter,
    trip::{Choice, Planner, Trip},
};

/// Labels per layer when listing; more are not worth the memory.
const LIST_WIDTH: usize = 40_000;

/// What is known of a choice after the proof was tried.
pub(crate) struct Settled {
    /// The best trip found that beats the merit to beat.
    pub(crate) better: Option<Trip>,
    /// Nothing of this choice is better than that.
    pub(crate) is_proven: bool,
}

/// Searches every trip of the choice with more than `merit`; without one, every trip at all.
pub(crate) fn settle(
    bounder: &Bounder,
    planner: &Planner,
    choice: &Rc<Choice>,
    bound: &Bound,
    merit: Option<i64>,
    meter: &mut Meter,
) -> Settled {
    let open = Settled { better: None, is_proven: false };
    let need = merit.map_or(i64::MIN / 4, |merit| (merit + 1) * MILLI);
    let gap = bound.milli - need;
    let mut pools = Vec::with_capacity(bound.days.len());
    for (at, &best) in bound.days.iter().enumerate() {
        let task = bounder.task(choice.units[at]).with_width(LIST_WIDTH).with_threshold(best - gap);
        let listed = day::search(&task, meter);
        if listed.is_cut || meter.phase_is_over() {
            return open;
        }
        pools.push(Pool { at, best, plans: distinct(listed.all), rest: i64::MAX, rest_cents: 0, rest_flavours: 0 });
    }
    pools.sort_by_key(|pool| pool.plans.len());
    let (mut rest, mut rest_cents, mut rest_flavours) = (0, 0, 0);
    for pool in pools.iter_mut().rev() {
        (pool.rest, pool.rest_cents, pool.rest_flavours) = (rest, rest_cents, rest_flavours);
        rest += pool.best;
        rest_cents += pool.plans.iter().map(|plan| plan.cost_cents).min().unwrap_or(0);
        rest_flavours |= pool.plans.iter().fold(0, |all, plan| all | plan.flavours);
    }
    let days_sum: i64 = bound.days.iter().sum();
    let trip = Trip { choice: Rc::clone(choice), days: vec![DayPlan::default(); choice.units.len()] };
    // A trip without all kinds of food is of use only while there is none with them.
    let wanted = if merit.is_some_and(|merit| merit > -planner.bonus / 2) { planner.problem.flavour_mask() } else { 0 };
    let taken = vec![false; choice.units.len()];
    let mut combine = Combine { planner, pools: &pools, trip, taken, merit, need, wanted, better: None };
    let sum = Sum { value: bound.milli - days_sum, seen: 0, flavours: 0, cents: choice.cost_cents };
    let is_proven = combine.extend(0, sum, meter);
    Settled { better: combine.better, is_proven }
}

/// The plans of one day that matter, best first.
struct Pool {
    /// Which day of the choice.
    at: usize,
    best: i64,
    plans: Vec<DayPlan>,
    /// The bounds of the pools after this one, their cheapest plans, and all kinds of food in them.
    rest: i64,
    rest_cents: i64,
    rest_flavours: u32,
}

/// Of plans with the same stops only the best order is worth keeping.
fn distinct(mut plans: Vec<DayPlan>) -> Vec<DayPlan> {
    let stops = |plan: &DayPlan| (plan.sights, plan.meals, plan.needs_ticket);
    plans.sort_by(|one, other| stops(one).cmp(&stops(other)).then(other.price.cmp(&one.price)));
    plans.dedup_by(|next, kept| stops(next) == stops(kept));
    plans.sort_by_key(|plan| Reverse(plan.price));
    plans
}

/// What the days chosen so far amount to.
#[derive(Clone, Copy)]
struct Sum {
    value: i64,
    seen: u128,
    flavours: u32,
    cents: i64,
}

struct Combine<'a> {
    planner: &'a Planner<'a>,
    pools: &'a [Pool],
    trip: Trip,
    /// Days of the trip that are chosen.
    taken: Vec<bool>,
    merit: Option<i64>,
    need: i64,
    wanted: u32,
    better: Option<Trip>,
}

impl Combine<'_> {
    /// Every combination from the pool at `depth` on. False when the search ended before it was through.
    fn extend(&mut self, depth: usize, sum: Sum, meter: &mut Meter) -> bool {
        let Some(pool) = self.pools.get(depth) else {
            self.consider();
            return true;
        };
        for plan in &pool.plans {
            if sum.value + plan.price + pool.rest < self.need {
                break;
            }
            if !meter.tick() || meter.phase_is_over() {
                return false;
            }
            let next = Sum {
                value: sum.value + plan.price,
                seen: sum.seen | plan.sights,
                flavours: sum.flavours | plan.flavours,
                cents: sum.cents + plan.cost_cents,
            };
            let is_dear = next.cents + pool.rest_cents > self.planner.problem.budget_cents;
            let lacks = self.wanted & !(next.flavours | pool.rest_flavours) != 0;
            if plan.sights & sum.seen != 0 || is_dear || lacks || self.eats_twice(pool.at, plan) {
                continue;
            }
            self.trip.days[pool.at].clone_from(plan);
            self.taken[pool.at] = true;
            let rest = self.rest(depth + 1, next.seen);
            let is_open = rest.is_some_and(|rest| next.value + rest >= self.need);
            if is_open && !self.extend(depth + 1, next, meter) {
                return false;
            }
            self.trip.days[pool.at] = DayPlan::default();
            self.taken[pool.at] = false;
        }
        true
    }

    /// The most that the pools from `depth` on can add when what was seen is not seen again, and places that were
    /// eaten at are eaten at again only where that is allowed.
    fn rest(&self, depth: usize, seen: u128) -> Option<i64> {
        let is_open = |pool: &Pool, plan: &DayPlan| plan.sights & seen == 0 && !self.eats_twice(pool.at, plan);
        let best = |pool: &Pool| pool.plans.iter().find(|plan| is_open(pool, plan)).map(|plan| plan.price);
        self.pools[depth..].iter().map(best).sum()
    }

    /// Whether the plan eats at a place of another chosen day of its stay, and may not.
    fn eats_twice(&self, at: usize, plan: &DayPlan) -> bool {
        let stay = self.trip.choice.units[at].stay;
        let repeats = self.planner.problem.repeats(stay);
        let others = self
            .trip
            .days
            .iter()
            .enumerate()
            .filter(|(other, _)| self.taken[*other] && self.trip.choice.units[*other].stay == stay);
        let mut pairs = others.flat_map(|(other, day)| {
            let (early, late) = if other < at { (day, plan) } else { (plan, day) };
            late.meals.iter().enumerate().filter(|(_, meal)| meal.is_some()).map(move |late| (early, late))
        });
        pairs.any(|(early, (slot, meal))| !repeats[slot] && early.meals.contains(meal))
    }

    fn consider(&mut self) {
        if self.trip.total_cents(self.planner.problem) > self.planner.problem.budget_cents {
            return;
        }
        let merit = self.planner.merit(&self.trip);
        if self.merit.is_none_or(|best| merit > best) {
            self.merit = Some(merit);
            self.need = (merit + 1) * MILLI;
            self.better = Some(self.trip.clone());
        }
    }
}
