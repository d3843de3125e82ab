//! The first trip of a choice: the cheapest places for all meals are shared out over the days.
//!
//! A greedy search of one day after the other runs out of money, of places or of kinds of food. So the places are
//! chosen for the whole trip before any day is planned, and the search of a day only says when and where they fit.

use std::rc::Rc;

use crate::{
    day_plan::DayPlan,
    limits::Meter,
    meal_table::Helping,
    problem::{MEALS_PER_DAY, Need},
    trip::{Ask, Choice, Multipliers, Planner, Trip},
};

/// Points for a cent when only money counts.
const THRIFT: f64 = 100.0;
/// Labels per layer when only money counts.
const CHEAP_WIDTH: usize = 16;

impl Planner<'_> {
    /// A trip within the budget that is as cheap as can be; it may miss must-sees or kinds of food.
    pub(crate) fn cheap(&self, choice: &Rc<Choice>, meter: &mut Meter) -> Option<Trip> {
        let (cents, shares) = self.resource.split(choice)?;
        if cents > self.problem.budget_cents {
            return None;
        }
        let visits = choice.visits.iter().zip(shares);
        let pools = visits.map(|((stay, _), share)| (*stay, self.resource.helpings(*stay, share)));
        let mut draft = Draft {
            planner: self,
            thrift: Multipliers { money: THRIFT, ..Multipliers::none(self.problem) },
            pools: pools.collect(),
            is_planned: vec![false; choice.units.len()],
            trip: Trip { choice: Rc::clone(choice), days: vec![DayPlan::default(); choice.units.len()] },
        };
        // The shortest days first: they have the least choice of when and where.
        let mut order: Vec<usize> = (0..choice.units.len()).collect();
        order.sort_by_key(|at| {
            let free = choice.units[*at].frame.free;
            (free.until_minute.saturating_sub(free.from_minute), *at)
        });
        for at in order {
            draft.plan(at, meter)?;
        }
        (draft.trip.total_cents(self.problem) <= self.problem.budget_cents).then_some(draft.trip)
    }
}

struct Draft<'a> {
    planner: &'a Planner<'a>,
    thrift: Multipliers,
    /// By stay: the places that are left for its meals. `None` when they were not worked out.
    pools: Vec<(usize, Option<Vec<Helping>>)>,
    is_planned: Vec<bool>,
    trip: Trip,
}

impl Draft<'_> {
    /// Plans one day from the places that are left; where that cannot be, from all places.
    fn plan(&mut self, at: usize, meter: &mut Meter) -> Option<()> {
        let unit = self.trip.choice.units[at];
        let pool = self.pools.iter().find(|(stay, _)| *stay == unit.stay).and_then(|(_, pool)| pool.as_ref());
        let ask = Ask { guide: &self.thrift, earns_bonus: true, width: CHEAP_WIDTH, menu: None };
        let from_pool = pool.and_then(|pool| {
            let menu = |meal: usize, slot: usize| {
                let serves = |one: &&Helping| one.meal == meal && one.slots & (1 << slot) != 0;
                let helping = pool.iter().find(serves);
                let is_required = unit.frame.meals[slot] == Need::Required;
                helping.is_some_and(|one| is_required || self.has_more(unit.stay, pool, one.slots))
            };
            self.planner.best_day(&self.trip, at, &Ask { menu: Some(&menu), ..ask }, meter)
        });
        let plan = from_pool.or_else(|| self.planner.best_day(&self.trip, at, &ask, meter))?;
        let pool = self.pools.iter_mut().find(|(stay, _)| *stay == unit.stay).and_then(|(_, pool)| pool.as_mut());
        if let Some(pool) = pool {
            for (slot, meal) in plan.meals.iter().enumerate().filter_map(|(slot, meal)| Some((slot, (*meal)?))) {
                let taken = pool.iter().position(|one| one.meal == meal && one.slots & (1 << slot) != 0);
                taken.map(|taken| pool.swap_remove(taken));
            }
        }
        self.is_planned[at] = true;
        self.trip.days[at] = plan;
        Some(())
    }

    /// Whether there are more places for these meals of the day than the days to come require.
    fn has_more(&self, stay: usize, pool: &[Helping], slots: u8) -> bool {
        let open =
            self.trip.choice.units.iter().zip(&self.is_planned).filter(|(unit, done)| unit.stay == stay && !**done);
        let is_due =
            |meals: &[Need; MEALS_PER_DAY], slot: usize| slots & (1 << slot) != 0 && meals[slot] == Need::Required;
        let due: usize =
            open.map(|(unit, _)| (0..MEALS_PER_DAY).filter(|slot| is_due(&unit.frame.meals, *slot)).count()).sum();
        pool.iter().filter(|one| one.slots == slots).count() > due
    }
}
