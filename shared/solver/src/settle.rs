//! The proof for one choice of journey and bed: every day plan that could be part of a better trip is listed, and all
//! their combinations are searched.
//!
//! A trip that beats the best known one loses less against the bound than the gap between the two, in all days
//! together. So only day plans that lose less than the gap against their own day's best can be part of it.

use std::cmp::Reverse;

use crate::{
    bound::{Bound, Bounder},
    day::{self, DayPlan},
    day_task::MILLI,
    limits::Meter,
    problem::Problem,
    trip::{Choice, Trip},
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
    problem: &Problem,
    choice: Choice,
    bound: &Bound,
    merit: Option<i64>,
    meter: &mut Meter,
) -> Settled {
    let open = Settled { better: None, is_proven: false };
    let need = merit.map_or(i64::MIN / 4, |merit| (merit + 1) * MILLI);
    let gap = bound.milli - need;
    let mut pools = Vec::with_capacity(bound.days.len());
    for &(day, frame, best) in &bound.days {
        let task = bounder.task(day, frame, choice).with_width(LIST_WIDTH).with_threshold(best - gap);
        let listed = day::search(&task, meter);
        if listed.is_cut || meter.phase_is_over() {
            return open;
        }
        pools.push(Pool { day, best, plans: distinct(listed.all), rest: i64::MAX, rest_cents: 0 });
    }
    pools.sort_by_key(|pool| pool.plans.len());
    let (mut rest, mut rest_cents) = (0, 0);
    for pool in pools.iter_mut().rev() {
        (pool.rest, pool.rest_cents) = (rest, rest_cents);
        rest += pool.best;
        rest_cents += pool.plans.iter().map(|plan| plan.cost_cents).min().unwrap_or(0);
    }
    let days_sum: i64 = bound.days.iter().map(|(_, _, best)| best).sum();
    let trip = Trip { choice, days: vec![DayPlan::default(); problem.days()] };
    let mut combine = Combine { problem, pools: &pools, trip, merit, need, better: None };
    let is_proven = combine.extend(0, bound.milli - days_sum, 0, choice.cost_cents, meter);
    Settled { better: combine.better, is_proven }
}

/// The plans of one day that matter, best first.
struct Pool {
    day: usize,
    best: i64,
    plans: Vec<DayPlan>,
    /// The bounds of the pools after this one, and their cheapest plans.
    rest: i64,
    rest_cents: i64,
}

/// Of plans with the same stops only the best order is worth keeping.
fn distinct(mut plans: Vec<DayPlan>) -> Vec<DayPlan> {
    let stops = |plan: &DayPlan| (plan.sights, plan.meals, plan.needs_ticket);
    plans.sort_by(|one, other| stops(one).cmp(&stops(other)).then(other.price.cmp(&one.price)));
    plans.dedup_by(|next, kept| stops(next) == stops(kept));
    plans.sort_by_key(|plan| Reverse(plan.price));
    plans
}

struct Combine<'a> {
    problem: &'a Problem,
    pools: &'a [Pool],
    trip: Trip,
    merit: Option<i64>,
    need: i64,
    better: Option<Trip>,
}

impl Combine<'_> {
    /// Every combination from the pool at `depth` on. False when the search ended before it was through.
    fn extend(&mut self, depth: usize, value: i64, seen: u128, cents: i64, meter: &mut Meter) -> bool {
        let Some(pool) = self.pools.get(depth) else {
            self.consider();
            return true;
        };
        for plan in &pool.plans {
            if value + plan.price + pool.rest < self.need {
                break;
            }
            if !meter.tick() || meter.phase_is_over() {
                return false;
            }
            let cents = cents + plan.cost_cents;
            if plan.sights & seen != 0 || cents + pool.rest_cents > self.problem.budget_cents {
                continue;
            }
            let rest = self.rest(depth + 1, seen | plan.sights);
            if rest.is_none_or(|rest| value + plan.price + rest < self.need) {
                continue;
            }
            self.trip.days[pool.day].clone_from(plan);
            if !self.extend(depth + 1, value + plan.price, seen | plan.sights, cents, meter) {
                return false;
            }
            self.trip.days[pool.day] = DayPlan::default();
        }
        true
    }

    /// The most that the pools from `depth` on can add when what was seen is not seen again.
    fn rest(&self, depth: usize, seen: u128) -> Option<i64> {
        let open = |pool: &Pool| pool.plans.iter().find(|plan| plan.sights & seen == 0).map(|plan| plan.price);
        self.pools[depth..].iter().map(open).sum()
    }

    fn consider(&mut self) {
        if self.trip.total_cents(self.problem) > self.problem.budget_cents {
            return;
        }
        let merit = self.trip.merit(self.problem);
        if self.merit.is_none_or(|best| merit > best) {
            self.merit = Some(merit);
            self.need = (merit + 1) * MILLI;
            self.better = Some(self.trip.clone());
        }
    }
}
