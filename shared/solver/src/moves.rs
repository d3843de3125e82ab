//! Small changes of a trip, as long as one of them helps: one more stop, another one in its place, one on another day,
//! the sights of two days anew.

use crate::{
    day_task::{MILLI, Unit},
    limits::Meter,
    outcome::StopKind,
    problem::{MEALS_PER_DAY, Need},
    weave::{Weave, place_of},
};

/// Worth of a day that cannot be as it is: less than that of any day that can.
const UNKNOWN: i64 = i64::MIN / 4;

/// The best stops of a lifted day that were met.
struct Best {
    worth: i64,
    stops: Vec<StopKind>,
    is_new: bool,
}

impl Weave<'_> {
    /// Changes the trip until no change helps, or the phase is over; the sights of two days together as well.
    pub(crate) fn improve(&mut self, meter: &mut Meter) {
        let count = self.trip.days.len();
        loop {
            self.improve_days(meter);
            let mut is_better = false;
            for (one, other) in (1..count).flat_map(|gap| (gap..count).map(move |at| (at - gap, at))) {
                if meter.phase_is_over() {
                    return;
                }
                let is_one_city = self.unit(one).city == self.unit(other).city;
                is_better |= is_one_city && self.renew(&[one, other], meter);
            }
            if !is_better {
                return;
            }
        }
    }

    /// Changes single stops until no change helps, or the phase is over.
    pub(crate) fn improve_days(&mut self, meter: &mut Meter) {
        self.fill(meter);
        let count = self.trip.days.len();
        let mut is_better = true;
        while is_better && !meter.phase_is_over() {
            is_better = false;
            for at in 0..count {
                is_better |= self.change_day(at, meter);
            }
            for at in 0..count {
                is_better |= self.give_away(at, meter);
            }
        }
    }

    /// Adds the best stop of all days, again and again.
    fn fill(&mut self, meter: &mut Meter) {
        let days: Vec<usize> = (0..self.trip.days.len()).collect();
        self.fill_days(&days, meter);
    }

    pub(crate) fn fill_days(&mut self, days: &[usize], meter: &mut Meter) {
        let mut gains: Vec<Option<(i64, Vec<StopKind>)>> = days.iter().map(|at| self.best_addition(*at)).collect();
        loop {
            meter.add(self.take_nodes());
            let best = (0..days.len()).filter_map(|at| Some((gains[at].as_ref()?.0, std::cmp::Reverse(at)))).max();
            let Some((_, std::cmp::Reverse(best))) = best else { return };
            let (_, stops) = gains[best].take().expect("it is the best");
            let old = self.lift(days[best]);
            // Money may have been spent on another day since.
            if self.tally(days[best], &stops).is_none() || !self.settle_day(days[best], &stops) {
                self.put(days[best], old);
            }
            if meter.ended().is_some() {
                return;
            }
            let is_shared = |one: &StopKind, two: &StopKind| match (one, two) {
                (StopKind::Sight(one), StopKind::Sight(two)) => one == two,
                (StopKind::Meal { meal: one, .. }, StopKind::Meal { meal: two, .. }) => one == two,
                _ => false,
            };
            for (at, gain) in gains.iter_mut().enumerate() {
                let is_stale = gain.as_ref().is_some_and(|(_, other)| {
                    other.iter().any(|stop| stops.iter().any(|taken| is_shared(stop, taken)))
                });
                if at == best || is_stale {
                    *gain = self.best_addition(days[at]);
                }
            }
        }
    }

    /// The best stop more for a day, and what it adds.
    fn best_addition(&mut self, at: usize) -> Option<(i64, Vec<StopKind>)> {
        let stops = self.stops(at);
        let old = self.lift(at);
        let base = self.tally(at, &stops).map_or(UNKNOWN, |tally| tally.worth);
        let mut best = Best { worth: base, stops: stops.clone(), is_new: false };
        self.add_sights(at, &stops, (base, None), &mut best);
        self.add_meals(at, &stops, base, &mut best);
        self.put(at, old);
        best.is_new.then_some((best.worth - base, best.stops))
    }

    /// One change of one day, the best there is, as often as there is one.
    fn change_day(&mut self, at: usize, meter: &mut Meter) -> bool {
        let mut is_better = false;
        while !meter.phase_is_over() {
            let stops = self.stops(at);
            let old = self.lift(at);
            let base = self.tally(at, &stops).map_or(UNKNOWN, |tally| tally.worth);
            let mut best = Best { worth: base, stops: stops.clone(), is_new: false };
            self.add_sights(at, &stops, (base, None), &mut best);
            self.add_meals(at, &stops, base, &mut best);
            for index in 0..stops.len() {
                match stops[index] {
                    StopKind::Sight(sight) => self.exchange_sight(at, &stops, (index, sight), base, &mut best),
                    StopKind::Meal { slot, meal } => {
                        self.exchange_meal(at, &stops, (index, slot, meal), base, &mut best);
                    }
                }
            }
            meter.add(self.take_nodes());
            if !best.is_new || !self.settle_day(at, &best.stops) {
                self.put(at, old);
                return is_better;
            }
            is_better = true;
        }
        is_better
    }

    /// The meals that a lifted day has to have and does not, at the best places that are left; `None` when one cannot be.
    pub(crate) fn with_meals(&mut self, at: usize, mut stops: Vec<StopKind>) -> Option<Vec<StopKind>> {
        let Unit { frame, city, .. } = *self.unit(at);
        let mut slots: Vec<usize> = (0..MEALS_PER_DAY).filter(|slot| frame.meals[*slot] == Need::Required).collect();
        // What few places serve first: a lunch of the only place for dinner would leave none.
        slots.sort_by_key(|slot| (self.planner.menus[city][*slot].len(), *slot));
        self.is_lenient = true;
        for slot in slots {
            let is_eaten = stops.iter().any(|stop| matches!(stop, StopKind::Meal { slot: own, .. } if *own == slot));
            if !is_eaten {
                let mut best = Best { worth: i64::MIN / 2, stops: Vec::new(), is_new: false };
                self.put_meal(at, &stops, slot, UNKNOWN, &mut best);
                if !best.is_new {
                    self.is_lenient = false;
                    return None;
                }
                stops = best.stops;
            }
        }
        self.is_lenient = false;
        Some(stops)
    }

    fn consider(&mut self, at: usize, stops: &[StopKind], best: &mut Best) {
        if let Some(tally) = self.tally(at, stops)
            && tally.worth > best.worth
        {
            (best.worth, best.is_new) = (tally.worth, true);
            best.stops.clear();
            best.stops.extend_from_slice(stops);
        }
    }

    /// The places before and after a position of a day.
    fn around(&self, at: usize, stops: &[StopKind], index: usize) -> (Option<usize>, Option<usize>) {
        let (problem, bed) = (self.planner.problem, self.unit(at).bed);
        let before = index.checked_sub(1).map_or(bed, |before| Some(place_of(problem, stops[before])));
        let after = stops.get(index).map_or(bed, |after| Some(place_of(problem, *after)));
        (before, after)
    }

    /// One sight more: any that is not seen yet, or the one that is given. `base` is the worth of the stops.
    fn add_sights(&mut self, at: usize, stops: &[StopKind], (base, only): (i64, Option<usize>), best: &mut Best) {
        let (problem, ground, unit) = (self.planner.problem, self.planner.ground, *self.unit(at));
        let sights = stops.iter().filter(|stop| matches!(stop, StopKind::Sight(_))).count();
        if sights >= unit.frame.sights_max {
            return;
        }
        let is_first =
            |stop: &StopKind| matches!(stop, StopKind::Meal { slot, .. } if problem.meal_times[*slot].before_sights);
        let first = stops.iter().rposition(is_first).map_or(0, |index| index + 1);
        let relief = self.relief(at, sights) + problem.morning_penalty_max(&unit.frame) * MILLI;
        let mut trial = Vec::with_capacity(stops.len() + 1);
        for &sight in ground.sights[unit.city].iter().filter(|sight| only.is_none_or(|only| only == **sight)) {
            let is_closed = problem.sights[sight].days.get(unit.day).is_none_or(|day| day.open.is_empty());
            let worth = base + self.sight_worth(at, sight) + relief;
            let is_taken = (only.is_none() && self.has_seen(sight)) || stops.contains(&StopKind::Sight(sight));
            if is_closed || is_taken || worth <= best.worth {
                continue;
            }
            for index in first..=stops.len() {
                let (before, after) = self.around(at, stops, index);
                if worth - self.detour(before, problem.sights[sight].place, after) <= best.worth {
                    continue;
                }
                trial.clear();
                trial.extend_from_slice(stops);
                trial.insert(index, StopKind::Sight(sight));
                self.consider(at, &trial, best);
            }
        }
    }

    /// What one sight more saves of what few sights take away.
    fn relief(&self, at: usize, sights: usize) -> i64 {
        let (problem, frame) = (self.planner.problem, self.unit(at).frame);
        (problem.sparse_penalty(&frame, sights) - problem.sparse_penalty(&frame, sights + 1)) * MILLI
    }

    /// One meal more, where the day has none for its time.
    fn add_meals(&mut self, at: usize, stops: &[StopKind], base: i64, best: &mut Best) {
        let unit = *self.unit(at);
        for slot in (0..MEALS_PER_DAY).filter(|slot| unit.frame.meals[*slot] != Need::Absent) {
            let is_eaten = stops.iter().any(|stop| matches!(stop, StopKind::Meal { slot: own, .. } if *own == slot));
            if !is_eaten {
                self.put_meal(at, stops, slot, base, best);
            }
        }
    }

    /// A meal of the slot at every possible position.
    fn put_meal(&mut self, at: usize, stops: &[StopKind], slot: usize, base: i64, best: &mut Best) {
        let (planner, city) = (self.planner, self.unit(at).city);
        let problem = planner.problem;
        let is_before = |stop: &StopKind| matches!(stop, StopKind::Meal { slot: other, .. } if *other < slot);
        let is_after = |stop: &StopKind| matches!(stop, StopKind::Meal { slot: other, .. } if *other > slot);
        let first = stops.iter().rposition(is_before).map_or(0, |index| index + 1);
        let last = stops.iter().position(is_after).unwrap_or(stops.len());
        let missing = self.flavours_missing();
        let bonus = |flavours: u32| i64::from((flavours & missing).count_ones()) * planner.bonus * MILLI;
        let mut trial = Vec::with_capacity(stops.len() + 1);
        for &(meal, score) in &planner.menus[city][slot] {
            if base > UNKNOWN && base + score * MILLI + bonus(u32::MAX) <= best.worth {
                break;
            }
            if !self.may_eat(at, slot, meal) {
                continue;
            }
            let worth = base + self.meal_worth(slot, meal) + bonus(problem.meals[meal].flavours);
            for index in first..=last {
                let (before, after) = self.around(at, stops, index);
                let detour = self.detour(before, problem.meals[meal].place, after);
                if base > UNKNOWN && worth - detour <= best.worth {
                    continue;
                }
                trial.clear();
                trial.extend_from_slice(stops);
                trial.insert(index, StopKind::Meal { slot, meal });
                self.consider(at, &trial, best);
            }
        }
    }

    /// Another sight for one of the day, anywhere in it, or the same one at another time.
    fn exchange_sight(
        &mut self,
        at: usize,
        stops: &[StopKind],
        (index, sight): (usize, usize),
        base: i64,
        best: &mut Best,
    ) {
        let mut rest = stops.to_vec();
        rest.remove(index);
        let (before, after) = self.around(at, &rest, index);
        let left =
            base - self.sight_worth(at, sight) + self.detour(before, self.planner.problem.sights[sight].place, after);
        // Seen as if the morning were not idle without it: `left` may be too much, never too little.
        let sights = rest.iter().filter(|stop| matches!(stop, StopKind::Sight(_))).count();
        let penalty = self.relief(at, sights);
        self.consider(at, &rest, best);
        self.add_sights(at, &rest, (left - penalty, None), best);
    }

    /// Another place for a meal, or another time for it, or none where none is required.
    fn exchange_meal(
        &mut self,
        at: usize,
        stops: &[StopKind],
        (index, slot, meal): (usize, usize, usize),
        base: i64,
        best: &mut Best,
    ) {
        let mut rest = stops.to_vec();
        rest.remove(index);
        let (before, after) = self.around(at, &rest, index);
        let left =
            base - self.meal_worth(slot, meal) + self.detour(before, self.planner.problem.meals[meal].place, after);
        if self.unit(at).frame.meals[slot] != Need::Required {
            self.consider(at, &rest, best);
        }
        self.put_meal(at, &rest, slot, left, best);
    }

    /// Moves a sight of the day to another one, where that is better.
    fn give_away(&mut self, at: usize, meter: &mut Meter) -> bool {
        let mut is_better = false;
        let mut index = 0;
        while index < self.trip.days[at].stops.len() && !meter.phase_is_over() {
            let stops = self.stops(at);
            let StopKind::Sight(sight) = stops[index] else {
                index += 1;
                continue;
            };
            if self.move_sight(at, &stops, (index, sight)) {
                is_better = true;
            } else {
                index += 1;
            }
            meter.add(self.take_nodes());
        }
        is_better
    }

    fn move_sight(&mut self, at: usize, stops: &[StopKind], (index, sight): (usize, usize)) -> bool {
        let old = self.lift(at);
        let mut rest = stops.to_vec();
        rest.remove(index);
        let worths = (self.tally(at, stops), self.tally(at, &rest));
        let (Some(with), Some(without)) = worths else {
            self.put(at, old);
            return false;
        };
        if !self.settle_day(at, &rest) {
            self.put(at, old);
            return false;
        }
        let lost = with.worth - without.worth;
        let mut found: Option<(i64, usize, Vec<StopKind>)> = None;
        for other in (0..self.trip.days.len()).filter(|other| *other != at) {
            if self.unit(other).city != self.unit(at).city {
                continue;
            }
            let other_stops = self.stops(other);
            let other_old = self.lift(other);
            if let Some(tally) = self.tally(other, &other_stops) {
                let least = found.as_ref().map_or(lost, |(gain, ..)| *gain);
                let mut best = Best { worth: tally.worth + least, stops: Vec::new(), is_new: false };
                self.add_sights(other, &other_stops, (tally.worth, Some(sight)), &mut best);
                if best.is_new {
                    found = Some((best.worth - tally.worth, other, best.stops));
                }
            }
            self.put(other, other_old);
        }
        let Some((_, other, new)) = found else {
            self.lift(at);
            self.put(at, old);
            return false;
        };
        let other_old = self.lift(other);
        if !self.settle_day(other, &new) {
            self.put(other, other_old);
            self.lift(at);
            self.put(at, old);
            return false;
        }
        true
    }

    /// Takes the sights out of some days and fills them anew; kept where that is better.
    fn renew(&mut self, days: &[usize], meter: &mut Meter) -> bool {
        let before = self.value();
        let old: Vec<_> = days.iter().map(|at| self.trip.days[*at].clone()).collect();
        for &at in days {
            let meals: Vec<StopKind> =
                self.stops(at).into_iter().filter(|stop| matches!(stop, StopKind::Meal { .. })).collect();
            let day = self.lift(at);
            if !self.settle_day(at, &meals) {
                self.put(at, day);
            }
        }
        self.fill_days(days, meter);
        for &at in days {
            self.change_day(at, meter);
        }
        if self.value() > before && self.is_affordable() {
            return true;
        }
        // First all out: a sight may be on another of the days by now.
        days.iter().for_each(|at| drop(self.lift(*at)));
        days.iter().zip(old).for_each(|(at, day)| self.put(*at, day));
        false
    }
}
