//! A whole trip under one choice of journey and bed: its account, and its improvement day by day.

use crate::{
    day::{self, DayPlan},
    day_task::{DayTask, MILLI, Prices, Purse, Ways},
    limits::Meter,
    outcome::{ScoreParts, StopKind},
    problem::{DayFrame, Problem, SIGHTS_MAX},
};

/// Worth more than anything else together, so that a plan with one more must-see is always the better one.
pub(crate) const MUST_SEE_BONUS: i64 = 1_000_000_000;

/// Points for a cent when only money counts.
const THRIFT: f64 = 100.0;
/// Labels per layer when only money counts.
const CHEAP_WIDTH: usize = 16;

/// One journey with one bed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) journey: usize,
    pub(crate) bed: Option<usize>,
    /// Journey, bed and must-see sights: what every plan of this choice pays.
    pub(crate) cost_cents: i64,
    pub(crate) score: i64,
}

impl Choice {
    /// The days in the city.
    pub(crate) fn frames(self, problem: &Problem) -> impl Iterator<Item = (usize, DayFrame)> {
        let days = problem.journeys[self.journey].days.iter().enumerate();
        days.filter_map(|(day, frame)| Some((day, (*frame)?)))
    }

    pub(crate) fn bed_place(self, problem: &Problem) -> Option<usize> {
        self.bed.map(|bed| problem.beds[bed].place)
    }
}

/// What a trip is guided by, beside the objective itself. All zero: nothing.
#[derive(Debug, Clone)]
pub(crate) struct Multipliers {
    /// What seeing each sight takes away, in points.
    pub(crate) sights: Vec<f64>,
    /// What each meal takes away, in points.
    pub(crate) meals: Vec<f64>,
    /// Points for each cent.
    pub(crate) money: f64,
}

impl Multipliers {
    pub(crate) fn none(problem: &Problem) -> Self {
        Self { sights: vec![0.0; problem.sights.len()], meals: vec![0.0; problem.meals.len()], money: 0.0 }
    }

    /// Takes back the bonus of must-see sights: where a search for bounds begins.
    pub(crate) fn neutral(problem: &Problem) -> Self {
        let mut neutral = Self::none(problem);
        problem.must_sees().for_each(|sight| neutral.sights[sight] = MUST_SEE_BONUS as f64);
        neutral
    }
}

/// A plan for each day of the trip; an empty one while the travellers are elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Trip {
    pub(crate) choice: Choice,
    pub(crate) days: Vec<DayPlan>,
}

impl Trip {
    pub(crate) fn ticket_days(&self) -> usize {
        self.days.iter().filter(|day| day.needs_ticket).count()
    }

    pub(crate) fn total_cents(&self, problem: &Problem) -> i64 {
        let days: i64 = self.days.iter().map(|day| day.cost_cents).sum();
        self.choice.cost_cents + days + problem.tickets(self.ticket_days())
    }

    fn has_seen(&self, sight: usize) -> bool {
        sight < SIGHTS_MAX && self.days.iter().any(|day| day.sights & (1 << sight) != 0)
    }

    pub(crate) fn must_sees_missing(&self, problem: &Problem) -> Vec<usize> {
        problem.must_sees().filter(|sight| !self.has_seen(*sight)).collect()
    }

    pub(crate) fn parts(&self, problem: &Problem) -> ScoreParts {
        let mut parts = ScoreParts { journey: problem.journeys[self.choice.journey].score, ..ScoreParts::default() };
        parts.bed = self.choice.bed.map_or(0, |bed| problem.beds[bed].score);
        let mut eaten_at = vec![0_i64; problem.meals.len()];
        for (day, plan) in self.days.iter().enumerate() {
            parts.travelling -= i64::from(plan.travel_minutes) * problem.minute_penalty;
            for stop in &plan.stops {
                match stop.kind {
                    StopKind::Sight(sight) => parts.sights += problem.sights[sight].days[day].score,
                    StopKind::Meal { slot, meal } => {
                        parts.meals += problem.meals[meal].scores[slot].unwrap_or(0);
                        eaten_at[meal] += 1;
                    }
                }
            }
        }
        parts.repeats = -eaten_at.iter().map(|times| (times - 1).max(0) * problem.repeat_penalty).sum::<i64>();
        parts
    }

    /// The objective, with a bonus for each must-see sight that is there.
    pub(crate) fn merit(&self, problem: &Problem) -> i64 {
        let missing = i64::try_from(self.must_sees_missing(problem).len()).expect("a few sights");
        self.parts(problem).sum() - missing * MUST_SEE_BONUS
    }
}

/// Improves trips. Holds what all of them share.
pub(crate) struct Planner<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) ways: Ways,
}

impl<'a> Planner<'a> {
    pub(crate) fn new(problem: &'a Problem) -> Self {
        Self { problem, ways: Ways::new(problem) }
    }

    /// The objective's prices on one day when all else is open: no sight seen, nothing eaten.
    pub(crate) fn prices(&self, day: usize, guide: &Multipliers) -> Prices {
        let problem = self.problem;
        #[expect(clippy::cast_precision_loss, reason = "costs and scores are far below 2^52")]
        #[expect(clippy::cast_possible_truncation, reason = "far below 2^63; rounded up so that bounds stay bounds")]
        let milli = |score: i64, take: f64, cents: i64| {
            score * MILLI - ((take + guide.money * cents as f64) * MILLI as f64).floor() as i64
        };
        let sight = |(index, sight): (usize, &crate::problem::Sight)| {
            let (bonus, cents) = if sight.must_see { (MUST_SEE_BONUS, 0) } else { (0, sight.cost_cents) };
            Some(milli(sight.days.get(day)?.score + bonus, guide.sights[index], cents))
        };
        let meal = |(index, meal): (usize, &crate::problem::Meal)| {
            meal.scores.map(|score| Some(milli(score?, guide.meals[index], meal.cost_cents)))
        };
        Prices {
            sights: problem.sights.iter().enumerate().map(sight).collect(),
            meals: problem.meals.iter().enumerate().map(meal).collect(),
            ticket: -milli(0, 0.0, problem.ticket_min()),
        }
    }

    /// A trip within the budget: the cheapest of every day first, then better days while money lasts.
    pub(crate) fn cheapest(&self, choice: Choice, meter: &mut Meter) -> Option<Trip> {
        let thrift = Multipliers { money: THRIFT, ..Multipliers::none(self.problem) };
        let mut trip = Trip { choice, days: vec![DayPlan::default(); self.problem.days()] };
        for (day, frame) in choice.frames(self.problem) {
            trip.days[day] = self.best_day(&trip, (day, frame), &thrift, CHEAP_WIDTH, meter)?;
        }
        (trip.total_cents(self.problem) <= self.problem.budget_cents).then_some(trip)
    }

    /// Plans every day anew, in order, by the guide's prices.
    pub(crate) fn guided(&self, mut trip: Trip, guide: &Multipliers, width: usize, meter: &mut Meter) -> Trip {
        for (day, frame) in trip.choice.frames(self.problem) {
            if let Some(plan) = self.best_day(&trip, (day, frame), guide, width, meter) {
                trip.days[day] = plan;
            }
        }
        trip
    }

    /// Improves single days, then pairs of days, until nothing helps or the phase is over.
    pub(crate) fn polish(&self, trip: Trip, width: usize, meter: &mut Meter) -> Trip {
        let frames: Vec<(usize, DayFrame)> = trip.choice.frames(self.problem).collect();
        let pairs = |gap: usize| (gap..frames.len()).map(move |at| (at - gap, at));
        let pairs: Vec<(usize, usize)> = (1..frames.len()).flat_map(pairs).collect();
        let mut best = self.polish_days(trip, width, meter);
        let mut is_better = true;
        while is_better && !meter.phase_is_over() {
            is_better = false;
            for (one, other) in pairs.iter().flat_map(|&(one, other)| [(one, other), (other, one)]) {
                if meter.phase_is_over() {
                    return best;
                }
                let Some(trial) = self.pair(&best, [frames[one], frames[other]], width, meter) else { continue };
                if trial.merit(self.problem) > best.merit(self.problem) {
                    (best, is_better) = (trial, true);
                }
            }
            best = self.polish_days(best, width, meter);
        }
        best
    }

    /// The first day planned as if the second held only its meals, then the second with what is left.
    fn pair(&self, trip: &Trip, days: [(usize, DayFrame); 2], width: usize, meter: &mut Meter) -> Option<Trip> {
        let truth = Multipliers::none(self.problem);
        let mut trial = trip.clone();
        let freed = &mut trial.days[days[1].0];
        freed.sights = 0;
        freed.stops.retain(|stop| matches!(stop.kind, StopKind::Meal { .. }));
        freed.cost_cents = freed.meals.iter().flatten().map(|meal| self.problem.meals[*meal].cost_cents).sum();
        for frame in days {
            trial.days[frame.0] = self.best_day(&trial, frame, &truth, width, meter)?;
        }
        Some(trial)
    }

    fn polish_days(&self, mut trip: Trip, width: usize, meter: &mut Meter) -> Trip {
        let truth = Multipliers::none(self.problem);
        let mut merit = trip.merit(self.problem);
        let mut is_better = true;
        while is_better {
            is_better = false;
            for (day, frame) in trip.choice.frames(self.problem) {
                if meter.phase_is_over() {
                    return trip;
                }
                let Some(plan) = self.best_day(&trip, (day, frame), &truth, width, meter) else { continue };
                let old = std::mem::replace(&mut trip.days[day], plan);
                let new_merit = trip.merit(self.problem);
                if new_merit > merit {
                    (merit, is_better) = (new_merit, true);
                } else {
                    trip.days[day] = old;
                }
            }
        }
        trip
    }

    /// The best plan of one day while all other days stay as they are.
    fn best_day(
        &self,
        trip: &Trip,
        (day, frame): (usize, DayFrame),
        guide: &Multipliers,
        width: usize,
        meter: &mut Meter,
    ) -> Option<DayPlan> {
        let problem = self.problem;
        let mut prices = self.prices(day, guide);
        let mut is_eaten = vec![false; problem.meals.len()];
        let mut others_cents = 0;
        for (_, plan) in trip.days.iter().enumerate().filter(|(other, _)| *other != day) {
            others_cents += plan.cost_cents;
            for stop in &plan.stops {
                match stop.kind {
                    StopKind::Sight(sight) => prices.sights[sight] = None,
                    StopKind::Meal { meal, .. } => is_eaten[meal] = true,
                }
            }
        }
        for (slots, _) in prices.meals.iter_mut().zip(is_eaten).filter(|(_, is_eaten)| *is_eaten) {
            *slots = slots.map(|price| Some(price? - problem.repeat_penalty * MILLI));
        }
        let ticket_days = trip.ticket_days() - usize::from(trip.days[day].needs_ticket);
        let tickets = problem.tickets(ticket_days);
        let purse = Purse {
            cap_cents: problem.budget_cents - trip.choice.cost_cents - others_cents - tickets,
            ticket_cents: problem.tickets(ticket_days + 1) - tickets,
        };
        let place = trip.choice.bed_place(problem);
        let task = DayTask::new(problem, &self.ways, (day, frame), place, &prices);
        day::search(&task.without_losers(&self.ways).with_purse(purse).with_width(width), meter).best
    }
}
