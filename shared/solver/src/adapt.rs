//! A trip carried over to another choice of route and beds: its days as far as they fit, the others made anew.

use std::rc::Rc;

use crate::{
    day_plan::DayPlan,
    limits::Meter,
    outcome::StopKind,
    problem::Need,
    trip::{Choice, Planner, Trip},
    weave::Weave,
};

impl Planner<'_> {
    /// A trip made stop by stop; `None` when a day cannot hold what it must, or the money is not enough.
    pub(crate) fn woven(&self, choice: &Rc<Choice>, money: f64, meter: &mut Meter) -> Option<Trip> {
        let nothing = Trip { choice: Rc::clone(choice), days: Vec::new() };
        self.adapted(&nothing, choice, money, meter)
    }

    /// The trip under another choice; `None` when a day cannot hold what it must, or the money is not enough.
    pub(crate) fn adapted(&self, trip: &Trip, choice: &Rc<Choice>, money: f64, meter: &mut Meter) -> Option<Trip> {
        let days = vec![DayPlan::default(); choice.units.len()];
        let mut weave = Weave::new(self, Trip { choice: Rc::clone(choice), days }, money);
        let mut changed = Vec::new();
        for (at, unit) in choice.units.iter().enumerate() {
            let is_same = |other: &usize| {
                let other = &trip.choice.units[*other];
                (other.city, other.day) == (unit.city, unit.day)
            };
            let old = (0..trip.days.len()).find(is_same);
            let stops = old.map_or_else(Vec::new, |old| trip.days[old].stops.iter().map(|stop| stop.kind).collect());
            let fitted = weave.fitted(at, &stops);
            if fitted.as_ref() != Some(&stops) {
                changed.push(at);
            }
            let is_settled = fitted.is_some_and(|stops| weave.settle_day(at, &stops));
            if !is_settled {
                meter.add(weave.take_nodes());
                return None;
            }
        }
        if weave.is_affordable() {
            weave.fill_days(&changed, meter);
        }
        meter.add(weave.take_nodes());
        weave.is_affordable().then_some(weave.trip)
    }
}

impl Weave<'_> {
    /// What of these stops can be on a lifted day, with the meals that it needs; sights go first, the least worth before
    /// the others, then the meals.
    fn fitted(&mut self, at: usize, stops: &[StopKind]) -> Option<Vec<StopKind>> {
        let frame = self.unit(at).frame;
        let mut stops: Vec<StopKind> = stops.to_vec();
        stops.retain(|stop| match stop {
            StopKind::Meal { slot, meal } => frame.meals[*slot] != Need::Absent && self.may_eat(at, *slot, *meal),
            StopKind::Sight(_) => true,
        });
        loop {
            if self.tally(at, &stops).is_some() {
                return Some(stops);
            }
            if let Some(fed) = self.with_meals(at, stops.clone())
                && self.tally(at, &fed).is_some()
            {
                return Some(fed);
            }
            let worth = |stop: &StopKind| match stop {
                StopKind::Sight(sight) => (0, self.sight_worth(at, *sight)),
                StopKind::Meal { .. } => (1, 0),
            };
            let least = (0..stops.len()).min_by_key(|index| (worth(&stops[*index]), *index))?;
            stops.remove(least);
        }
    }
}
