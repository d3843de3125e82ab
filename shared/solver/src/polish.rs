//! Better trips of the same choice: single days anew, then pairs of days, until nothing helps.

use crate::{
    day_plan::DayPlan,
    limits::Meter,
    outcome::StopKind,
    trip::{Ask, Multipliers, Planner, Trip},
};

impl Planner<'_> {
    /// Improves single days, then pairs of days, until nothing helps or the phase is over.
    pub(crate) fn polish(&self, trip: Trip, width: usize, meter: &mut Meter) -> Trip {
        let count = trip.days.len();
        let pairs = |gap: usize| (gap..count).map(move |at| (at - gap, at));
        let pairs: Vec<(usize, usize)> = (1..count).flat_map(pairs).collect();
        let mut best = self.polish_days(trip, width, meter);
        let mut merit = self.merit(&best);
        let mut is_better = true;
        while is_better && !meter.phase_is_over() {
            is_better = false;
            for (one, other) in pairs.iter().flat_map(|&(one, other)| [(one, other), (other, one)]) {
                if meter.phase_is_over() {
                    return best;
                }
                for keeps_meals in [true, false] {
                    let Some(trial) = self.pair(&best, (one, other), keeps_meals, width, meter) else { continue };
                    let trial_merit = self.merit(&trial);
                    if trial_merit > merit {
                        (best, merit, is_better) = (trial, trial_merit, true);
                        break;
                    }
                }
            }
            best = self.polish_days(best, width, meter);
            merit = self.merit(&best);
        }
        best
    }

    /// The first day planned as if the second held only its meals, or nothing, then the second with what is left.
    fn pair(
        &self,
        trip: &Trip,
        (one, other): (usize, usize),
        keeps_meals: bool,
        width: usize,
        meter: &mut Meter,
    ) -> Option<Trip> {
        // Days without anything in common except money cannot give each other anything but that.
        if !keeps_meals && trip.choice.units[one].stay != trip.choice.units[other].stay {
            return None;
        }
        let problem = self.problem;
        let truth = Multipliers::none(problem);
        let ask = Ask { guide: &truth, earns_bonus: true, width, menu: None };
        let mut trial = trip.clone();
        let freed = &mut trial.days[other];
        let meals_cents = freed.meals.iter().flatten().map(|meal| problem.meals[*meal].cost_cents).sum();
        if keeps_meals {
            freed.sights = 0;
            freed.stops.retain(|stop| matches!(stop.kind, StopKind::Meal { .. }));
            freed.cost_cents = meals_cents;
        } else {
            *freed = DayPlan { cost_cents: meals_cents, ..DayPlan::default() };
        }
        for at in [one, other] {
            trial.days[at] = self.best_day(&trial, at, &ask, meter)?;
        }
        (trial.total_cents(problem) <= problem.budget_cents).then_some(trial)
    }

    fn polish_days(&self, mut trip: Trip, width: usize, meter: &mut Meter) -> Trip {
        let truth = Multipliers::none(self.problem);
        let ask = Ask { guide: &truth, earns_bonus: true, width, menu: None };
        let mut merit = self.merit(&trip);
        let mut is_better = true;
        while is_better {
            is_better = false;
            for at in 0..trip.days.len() {
                if meter.phase_is_over() {
                    return trip;
                }
                let Some(plan) = self.best_day(&trip, at, &ask, meter) else { continue };
                let old = std::mem::replace(&mut trip.days[at], plan);
                let new_merit = self.merit(&trip);
                if new_merit > merit {
                    (merit, is_better) = (new_merit, true);
                } else {
                    trip.days[at] = old;
                }
            }
        }
        trip
    }
}
