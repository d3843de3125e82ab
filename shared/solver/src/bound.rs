//! Upper bounds for whole trips, by Lagrange multipliers.
//!
//! Three things tie the days together: a sight is seen once, a meal at a known place costs a penalty, and the money.
//! With a price on each of them the days are independent, and the sum of their best plans bounds every trip. A
//! subgradient search looks for the prices that make the bound small.

use std::collections::BTreeMap;

use crate::{
    day::{self, DayPlan},
    day_task::{DayTask, MILLI},
    limits::Meter,
    outcome::StopKind,
    problem::DayFrame,
    trip::{Choice, MUST_SEE_BONUS, Multipliers, Planner},
};

/// The least share of the gap by which the multipliers move.
const STEP_MIN: f64 = 0.02;

/// A bound that no trip of a choice exceeds, in thousandths of a point.
pub(crate) struct Bound {
    pub(crate) milli: i64,
    /// Each day's bound.
    pub(crate) days: Vec<(usize, DayFrame, i64)>,
    /// Each day's best plan by the multipliers.
    plans: Vec<DayPlan>,
}

/// Bounds under one set of multipliers. Days are searched once for each frame and bed, whatever the choice.
pub(crate) struct Bounder<'a> {
    planner: &'a Planner<'a>,
    pub(crate) guide: Multipliers,
    width: usize,
    is_rough: bool,
    known: BTreeMap<(usize, DayFrame, Option<usize>), (i64, DayPlan)>,
}

impl<'a> Bounder<'a> {
    pub(crate) fn new(planner: &'a Planner<'a>, guide: Multipliers, width: usize) -> Self {
        Self { planner, guide, width, is_rough: false, known: BTreeMap::new() }
    }

    /// Bounds without an outlook: weaker, and made in a tenth of the time.
    pub(crate) fn rough(mut self) -> Self {
        self.is_rough = true;
        self
    }

    /// `i64::MIN` when a day cannot hold what it must; `i64::MAX` when the search ended.
    pub(crate) fn bound(&mut self, choice: Choice, meter: &mut Meter) -> Bound {
        let mut bound = Bound { milli: self.constant(choice), days: Vec::new(), plans: Vec::new() };
        for (day, frame) in choice.frames(self.planner.problem) {
            let (milli, plan) = self.day(day, frame, choice, meter);
            if milli == i64::MIN || milli == i64::MAX {
                bound.milli = milli;
                return bound;
            }
            bound.milli += milli;
            bound.days.push((day, frame, milli));
            bound.plans.push(plan);
        }
        bound
    }

    fn day(&mut self, day: usize, frame: DayFrame, choice: Choice, meter: &mut Meter) -> (i64, DayPlan) {
        if let Some(known) = self.known.get(&(day, frame, choice.bed)) {
            return known.clone();
        }
        let mut task = self.task(day, frame, choice).without_losers(&self.planner.ways);
        task.is_rough = self.is_rough;
        let result = day::search(&task, meter);
        let answer = (result.bound, result.best.unwrap_or_default());
        self.known.insert((day, frame, choice.bed), answer.clone());
        answer
    }

    /// The day under the multipliers, every candidate included.
    pub(crate) fn task(&self, day: usize, frame: DayFrame, choice: Choice) -> DayTask<'a> {
        let problem = self.planner.problem;
        let prices = self.planner.prices(day, &self.guide);
        let place = choice.bed_place(problem);
        DayTask::new(problem, &self.planner.ways, (day, frame), place, &prices).with_width(self.width)
    }

    /// What the multipliers give back: every sight once, every meal once, all the money.
    fn constant(&self, choice: Choice) -> i64 {
        let problem = self.planner.problem;
        let sights = self.guide.sights.iter().zip(&problem.sights).map(|(take, sight)| {
            let bonus = if sight.must_see { MUST_SEE_BONUS } else { 0 };
            take - points(bonus)
        });
        let money = self.guide.money * points(problem.budget_cents - choice.cost_cents);
        let sum = sights.sum::<f64>() + self.guide.meals.iter().sum::<f64>() + money;
        #[expect(clippy::cast_possible_truncation, reason = "far below 2^63; rounded up, so that it stays a bound")]
        let milli = (sum * points(MILLI)).ceil() as i64 + 1;
        choice.score * MILLI + milli
    }

    /// Moves the multipliers for up to `rounds` rounds and keeps the best. `target` is the merit of a known trip.
    pub(crate) fn refine(&mut self, choice: Choice, target: Option<i64>, rounds: usize, meter: &mut Meter) -> Bound {
        self.known.clear();
        let mut best = self.bound(choice, meter);
        let mut best_guide = self.guide.clone();
        let mut share = 1.0;
        let mut plans = best.plans.clone();
        let mut milli = best.milli;
        for _ in 0..rounds {
            let is_useless = best.milli == i64::MIN || target.is_some_and(|target| best.milli < (target + 1) * MILLI);
            if is_useless || milli == i64::MAX || milli == i64::MIN || meter.phase_is_over() || share < STEP_MIN {
                break;
            }
            let ceiling = points(milli.abs()) / points(MILLI) * 0.1 + 10.0;
            let gap = target.map_or(ceiling, |target| (points(milli - target * MILLI) / points(MILLI)).min(ceiling));
            if !self.step(choice, &plans, gap * share) {
                break;
            }
            self.known.clear();
            let bound = self.bound(choice, meter);
            (plans, milli) = (bound.plans.clone(), bound.milli);
            if bound.milli < best.milli {
                best_guide.clone_from(&self.guide);
                best = bound;
            } else {
                share *= 0.8;
            }
        }
        self.guide = best_guide;
        self.known.clear();
        best
    }

    /// One step against what the plans overuse. False when they overuse nothing and waste nothing.
    fn step(&mut self, choice: Choice, plans: &[DayPlan], gap: f64) -> bool {
        let problem = self.planner.problem;
        let repeat = points(problem.repeat_penalty);
        // A unit of money that weighs about as much as one sight more or less.
        let unit = (points(problem.budget_cents) / 50.0).max(1.0);
        let slopes = self.slopes(choice, plans, unit);
        let squares = slopes.sights.iter().chain(&slopes.meals).map(|slope| slope * slope);
        let norm = squares.sum::<f64>() + slopes.money * slopes.money;
        if norm == 0.0 {
            return false;
        }
        let length = gap / norm;
        for (take, slope) in self.guide.sights.iter_mut().zip(&slopes.sights) {
            *take = (*take + length * slope).max(0.0);
        }
        for (take, slope) in self.guide.meals.iter_mut().zip(&slopes.meals) {
            *take = (*take + length * slope).clamp(0.0, repeat);
        }
        self.guide.money = (self.guide.money + length * slopes.money / unit).max(0.0);
        true
    }

    /// By how much the plans use more than there is; zero where a multiplier is at its end already.
    fn slopes(&self, choice: Choice, plans: &[DayPlan], unit: f64) -> Multipliers {
        let problem = self.planner.problem;
        let mut slopes = Multipliers {
            sights: vec![-1.0; problem.sights.len()],
            meals: vec![-1.0; problem.meals.len()],
            money: points(choice.cost_cents - problem.budget_cents) / unit,
        };
        for plan in plans {
            let ticket = if plan.needs_ticket { problem.ticket_min() } else { 0 };
            slopes.money += points(plan.cost_cents + ticket) / unit;
            for stop in &plan.stops {
                match stop.kind {
                    StopKind::Sight(sight) => slopes.sights[sight] += 1.0,
                    StopKind::Meal { meal, .. } => slopes.meals[meal] += 1.0,
                }
            }
        }
        let within = |slope: f64, take: f64, most: f64| {
            let is_stuck = (slope < 0.0 && take <= 0.0) || (slope > 0.0 && take >= most);
            if is_stuck { 0.0 } else { slope }
        };
        for (slope, take) in slopes.sights.iter_mut().zip(&self.guide.sights) {
            *slope = within(*slope, *take, f64::MAX);
        }
        for (slope, take) in slopes.meals.iter_mut().zip(&self.guide.meals) {
            *slope = within(*slope, *take, points(problem.repeat_penalty));
        }
        slopes.money = within(slopes.money, self.guide.money, f64::MAX);
        slopes
    }
}

#[expect(clippy::cast_precision_loss, reason = "costs and scores are far below 2^52")]
fn points(whole: i64) -> f64 {
    whole as f64
}
