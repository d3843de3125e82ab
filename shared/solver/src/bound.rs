//! Upper bounds for whole trips, by Lagrange multipliers.
//!
//! Five things tie the days together: a sight is seen once, a place is eaten at once (or again for a penalty), each
//! kind of food comes once, and the money. With a price on each of them the days are independent, and the sum of
//! their best plans bounds every trip. A subgradient search looks for the prices that make the bound small.

use std::collections::HashMap;

use crate::{
    day,
    day_plan::DayPlan,
    day_task::{DayTask, MILLI, Unit},
    limits::Meter,
    outcome::StopKind,
    problem::{DayFrame, MEALS_PER_DAY, SIGHTS_MAX},
    trip::{BUDGET_MAX, Choice, Multipliers, Planner, bits},
};

/// The least share of the gap by which the multipliers move.
const STEP_MIN: f64 = 0.02;
/// Where next to nothing is overused, a step by the rule of Polyak would be next to endless.
const NORM_MIN: f64 = 0.01;
/// What rounding can take from a bound, as a share of it: a few of the last bits of an `f64`.
const ROUNDING: f64 = 1e-14;

/// A bound that no trip of a choice exceeds, in thousandths of a point.
pub(crate) struct Bound {
    pub(crate) milli: i64,
    /// Each day's bound.
    pub(crate) days: Vec<i64>,
    /// Each day's best plan by the multipliers.
    plans: Vec<DayPlan>,
}

/// What the search of a day depends on, beside the multipliers.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    city: usize,
    day: usize,
    frame: DayFrame,
    bed: Option<usize>,
    repeats: [bool; MEALS_PER_DAY],
}

/// Bounds under one set of multipliers. Days are searched once for each city, frame and bed, whatever the choice.
pub(crate) struct Bounder<'a> {
    planner: &'a Planner<'a>,
    pub(crate) guide: Multipliers,
    width: usize,
    known: HashMap<Key, (i64, DayPlan)>,
}

impl<'a> Bounder<'a> {
    pub(crate) fn new(planner: &'a Planner<'a>, guide: Multipliers, width: usize) -> Self {
        Self { planner, guide, width, known: HashMap::new() }
    }

    /// `i64::MIN` when a day cannot hold what it must; `i64::MAX` when the search ended.
    pub(crate) fn bound(&mut self, choice: &Choice, meter: &mut Meter) -> Bound {
        let mut bound = Bound { milli: self.constant(choice), days: Vec::new(), plans: Vec::new() };
        for &unit in &choice.units {
            let (milli, plan) = self.day(unit, meter);
            if milli == i64::MIN || milli == i64::MAX {
                bound.milli = milli;
                return bound;
            }
            bound.milli += milli;
            bound.days.push(milli);
            bound.plans.push(plan);
        }
        bound
    }

    fn day(&mut self, unit: Unit, meter: &mut Meter) -> (i64, DayPlan) {
        let Unit { stay, city, day, frame, bed } = unit;
        let key = Key { city, day, frame, bed, repeats: self.planner.problem.repeats(stay) };
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let result = day::search(&self.task(unit).without_losers(), meter);
        let answer = (result.bound, result.best.unwrap_or_default());
        self.known.insert(key, answer.clone());
        answer
    }

    /// The day under the multipliers, every candidate included.
    pub(crate) fn task(&self, unit: Unit) -> DayTask<'a> {
        let planner = self.planner;
        let prices = planner.prices(unit, &self.guide);
        DayTask::new(planner.problem, planner.ground, unit, &prices).with_width(self.width)
    }

    /// What the multipliers give back: every sight once, every place once, all the money, less every kind of food.
    fn constant(&self, choice: &Choice) -> i64 {
        let problem = self.planner.problem;
        let mut sum = self.guide.money * points(problem.budget_cents.min(BUDGET_MAX) - choice.cost_cents);
        let mut size = sum.abs();
        for (take, sight) in self.guide.sights.iter().zip(&problem.sights) {
            let is_there = choice.visits_city(problem, sight.city);
            sum += if is_there { *take } else { 0.0 };
            size += take.abs();
        }
        for (index, meal) in problem.meals.iter().enumerate() {
            let take = self.guide.meals[index] + self.guide.again[index];
            sum += if choice.visits_city(problem, meal.city) { take } else { 0.0 };
            size += take;
        }
        for earned in &self.guide.flavours {
            sum -= earned;
            size += earned;
        }
        #[expect(clippy::cast_possible_truncation, reason = "far below 2^63; rounded up, so that it stays a bound")]
        let milli = ((sum + size * ROUNDING) * points(MILLI)).ceil() as i64 + 1;
        choice.score() * MILLI + milli
    }

    /// Moves the multipliers for up to `rounds` rounds and keeps the best. `target` is the merit of a known trip.
    pub(crate) fn refine(&mut self, choice: &Choice, target: Option<i64>, rounds: usize, meter: &mut Meter) -> Bound {
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
    fn step(&mut self, choice: &Choice, plans: &[DayPlan], gap: f64) -> bool {
        // A unit of money that weighs about as much as one sight more or less.
        let unit = (points(self.planner.problem.budget_cents) / 50.0).max(1.0);
        let slopes = self.slopes(choice, plans, unit);
        let counts = slopes.sights.iter().chain(&slopes.meals).chain(&slopes.again).chain(&slopes.flavours);
        let norm = counts.map(|slope| slope * slope).sum::<f64>() + slopes.money * slopes.money;
        if norm == 0.0 {
            return false;
        }
        let length = gap / norm.max(NORM_MIN);
        let money_max = points(BUDGET_MAX) / points(self.planner.problem.budget_cents).max(1.0);
        let limits = self.limits();
        let guide = &mut self.guide;
        let lists = [
            (&mut guide.sights, &slopes.sights, 0),
            (&mut guide.meals, &slopes.meals, 1),
            (&mut guide.again, &slopes.again, 2),
            (&mut guide.flavours, &slopes.flavours, 3),
        ];
        for (takes, slopes, kind) in lists {
            for (index, (take, slope)) in takes.iter_mut().zip(slopes).enumerate() {
                let (least, most) = limits(kind, index);
                *take = (*take + length * slope).clamp(least, most);
            }
        }
        guide.money = (guide.money + length * slopes.money / unit).clamp(0.0, money_max);
        true
    }

    /// Between which values a multiplier may be: of sights, meals, meals again, kinds of food.
    fn limits(&self) -> impl Fn(usize, usize) -> (f64, f64) + use<'a> {
        let problem = self.planner.problem;
        let (bonus, repeat) = (points(self.planner.bonus), points(problem.repeat_penalty));
        move |kind, index| match kind {
            0 if problem.sights[index].must_see => (-bonus, bonus),
            2 => (0.0, repeat),
            _ => (0.0, bonus),
        }
    }

    /// By how much the plans use more than there is; zero where a multiplier is at its end already.
    fn slopes(&self, choice: &Choice, plans: &[DayPlan], unit: f64) -> Multipliers {
        let problem = self.planner.problem;
        let is_there = |city: usize| if choice.visits_city(problem, city) { -1.0 } else { 0.0 };
        let meals: Vec<f64> = problem.meals.iter().map(|meal| is_there(meal.city)).collect();
        let mut slopes = Multipliers {
            sights: vec![0.0; problem.sights.len()],
            again: meals.clone(),
            meals,
            flavours: vec![1.0; problem.flavours],
            money: points(choice.cost_cents - problem.budget_cents.min(BUDGET_MAX)) / unit,
        };
        for (slope, sight) in slopes.sights.iter_mut().zip(&problem.sights).take(SIGHTS_MAX) {
            *slope = is_there(sight.city);
        }
        for (day, plan) in choice.units.iter().zip(plans) {
            let ticket = if plan.needs_ticket { self.planner.ground.ticket_min[day.city] } else { 0 };
            slopes.money += points(plan.cost_cents + ticket) / unit;
            let repeats = problem.repeats(day.stay);
            for stop in &plan.stops {
                match stop.kind {
                    StopKind::Sight(sight) => slopes.sights[sight] += 1.0,
                    StopKind::Meal { meal, slot } => {
                        slopes.again[meal] += 1.0;
                        slopes.meals[meal] += if repeats[slot] { 0.0 } else { 1.0 };
                        for flavour in bits(problem.meals[meal].flavours & problem.flavour_mask()) {
                            slopes.flavours[flavour] -= 1.0;
                        }
                    }
                }
            }
        }
        // Where no meal of the day may come again, one multiplier says it all.
        for &(stay, _) in choice.visits.iter().filter(|(stay, _)| problem.repeats(*stay) == [false; MEALS_PER_DAY]) {
            for meal in &self.planner.ground.meals[problem.stays[stay].city] {
                slopes.again[*meal] = 0.0;
            }
        }
        self.without_stuck(slopes)
    }

    fn without_stuck(&self, mut slopes: Multipliers) -> Multipliers {
        let limits = self.limits();
        let within = |slope: &mut f64, take: f64, (least, most): (f64, f64)| {
            if (*slope < 0.0 && take <= least) || (*slope > 0.0 && take >= most) {
                *slope = 0.0;
            }
        };
        let guide = &self.guide;
        let lists = [
            (&mut slopes.sights, &guide.sights, 0),
            (&mut slopes.meals, &guide.meals, 1),
            (&mut slopes.again, &guide.again, 2),
            (&mut slopes.flavours, &guide.flavours, 3),
        ];
        for (slopes, takes, kind) in lists {
            for (index, (slope, take)) in slopes.iter_mut().zip(takes).enumerate() {
                within(slope, *take, limits(kind, index));
            }
        }
        within(&mut slopes.money, self.guide.money, (0.0, f64::MAX));
        slopes
    }
}

#[expect(clippy::cast_precision_loss, reason = "costs and scores are far below 2^52")]
fn points(whole: i64) -> f64 {
    whole as f64
}
