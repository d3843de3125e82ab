//! A trip that is changed stop by stop: what one day with other stops is worth while all other days stay as they are.
//!
//! A search of a day knows the best of it, but it takes as long as a thousand looks at one changed stop. So good trips
//! are made here first, by small changes (`moves`), and the searches have only the last few points to find.

use std::rc::Rc;

use crate::{
    day_plan::DayPlan,
    day_task::{MILLI, Unit},
    outcome::{Stop, StopKind},
    paths::milli,
    problem::{FLAVOURS_MAX, MEALS_PER_DAY, Need, Problem},
    trip::{Planner, Trip, bits},
};

/// Looks at the hops of one stop, and at a whole day, in the same unit; and how many of them take as long as a node.
const WORK_OF_HOP: u64 = 1;
const WORK_OF_DAY: u64 = 8;
const WORK_PER_NODE: u64 = 120;

/// What a day amounts to.
#[derive(Clone, Copy)]
pub(crate) struct Tally {
    /// What it adds to the trip, in thousandths of a point.
    pub(crate) worth: i64,
    cost_cents: i64,
    needs_ticket: bool,
}

/// A trip with an account of what its days share.
pub(crate) struct Weave<'a> {
    pub(crate) planner: &'a Planner<'a>,
    pub(crate) trip: Trip,
    /// Points for a cent.
    pub(crate) money: f64,
    seen: u128,
    /// By meal and by kind of food: how often it comes in the trip.
    eaten: Vec<u32>,
    had: [u32; FLAVOURS_MAX],
    /// Without tickets.
    cost_cents: i64,
    /// By day of the choice: the number of its visit. By visit: its days with a ticket.
    visit_of: Vec<usize>,
    ticket_days: Vec<usize>,
    work: u64,
    /// Days may still lack meals.
    pub(crate) is_lenient: bool,
}

impl<'a> Weave<'a> {
    /// Of a trip, complete or with empty days.
    pub(crate) fn new(planner: &'a Planner<'a>, trip: Trip, money: f64) -> Self {
        let choice = Rc::clone(&trip.choice);
        let visit = |unit: &Unit| choice.visits.iter().position(|(stay, _)| *stay == unit.stay);
        let visit_of = choice.units.iter().map(|unit| visit(unit).expect("every day is of a visit")).collect();
        let days = trip.days;
        let empty = vec![DayPlan::default(); days.len()];
        let mut weave = Self {
            planner,
            trip: Trip { choice: Rc::clone(&choice), days: empty },
            money,
            seen: 0,
            eaten: vec![0; planner.problem.meals.len()],
            had: [0; FLAVOURS_MAX],
            cost_cents: choice.cost_cents,
            visit_of,
            ticket_days: vec![0; choice.visits.len()],
            work: 0,
            is_lenient: false,
        };
        for (at, day) in days.into_iter().enumerate() {
            weave.put(at, day);
        }
        weave
    }

    /// The nodes that the work since the last call took the time of.
    pub(crate) fn take_nodes(&mut self) -> u64 {
        let nodes = self.work / WORK_PER_NODE;
        self.work %= WORK_PER_NODE;
        nodes
    }

    pub(crate) fn unit(&self, at: usize) -> &Unit {
        &self.trip.choice.units[at]
    }

    pub(crate) fn has_seen(&self, sight: usize) -> bool {
        self.seen & (1 << sight) != 0
    }

    /// The stops of a day, without their times.
    pub(crate) fn stops(&self, at: usize) -> Vec<StopKind> {
        self.trip.days[at].stops.iter().map(|stop| stop.kind).collect()
    }

    /// Takes a day out of the account and leaves it empty.
    pub(crate) fn lift(&mut self, at: usize) -> DayPlan {
        let day = std::mem::take(&mut self.trip.days[at]);
        self.seen &= !day.sights;
        for meal in day.meals.iter().flatten() {
            self.eaten[*meal] -= 1;
            let flavours = self.planner.problem.meals[*meal].flavours & self.planner.problem.flavour_mask();
            bits(flavours).for_each(|flavour| self.had[flavour] -= 1);
        }
        self.cost_cents -= day.cost_cents;
        self.ticket_days[self.visit_of[at]] -= usize::from(day.needs_ticket);
        day
    }

    /// The reverse of [`Weave::lift`].
    pub(crate) fn put(&mut self, at: usize, day: DayPlan) {
        self.seen |= day.sights;
        for meal in day.meals.iter().flatten() {
            self.eaten[*meal] += 1;
            let flavours = self.planner.problem.meals[*meal].flavours & self.planner.problem.flavour_mask();
            bits(flavours).for_each(|flavour| self.had[flavour] += 1);
        }
        self.cost_cents += day.cost_cents;
        self.ticket_days[self.visit_of[at]] += usize::from(day.needs_ticket);
        self.trip.days[at] = day;
    }

    /// Whether the trip as it is costs no more than the budget.
    pub(crate) fn is_affordable(&self) -> bool {
        self.cost_cents + self.tickets(usize::MAX, false) <= self.planner.problem.budget_cents
    }

    /// The whole trip at the price of money, in thousandths of a point.
    pub(crate) fn value(&self) -> i64 {
        milli(self.planner.merit(&self.trip), self.cost_cents, self.money)
    }

    /// All tickets, with one more in a visit where that is needed.
    fn tickets(&self, visit: usize, one_more: bool) -> i64 {
        let problem = self.planner.problem;
        let visits = self.trip.choice.visits.iter().zip(&self.ticket_days).enumerate();
        let cents = |(at, ((stay, _), days)): (usize, (&(usize, Option<usize>), &usize))| {
            problem.cities[problem.stays[*stay].city].tickets(days + usize::from(one_more && at == visit))
        };
        visits.map(cents).sum()
    }

    /// What the hops around a stop take more than the hop without it, in thousandths of a point.
    pub(crate) fn detour(&mut self, before: Option<usize>, via: usize, after: Option<usize>) -> i64 {
        self.work += WORK_OF_HOP;
        let problem = self.planner.problem;
        let minutes = |from: Option<usize>, to: Option<usize>| i64::from(problem.hop(from, to).0);
        let more = minutes(before, Some(via)) + minutes(Some(via), after) - minutes(before, after);
        more * problem.minute_penalty * MILLI
    }

    /// What a sight is worth on a day, its ways aside.
    pub(crate) fn sight_worth(&self, at: usize, sight: usize) -> i64 {
        let (problem, day) = (self.planner.problem, self.trip.choice.units[at].day);
        let fact = &problem.sights[sight];
        let score = fact.days.get(day).map_or(0, |day| day.score);
        if fact.must_see {
            score * MILLI + self.planner.bonus * MILLI
        } else {
            milli(score, fact.cost_cents, self.money)
        }
    }

    /// What a meal is worth, its ways aside, while its day is lifted. Kinds of food are not counted.
    pub(crate) fn meal_worth(&self, slot: usize, meal: usize) -> i64 {
        let problem = self.planner.problem;
        let fact = &problem.meals[meal];
        let repeat = if self.eaten[meal] > 0 { problem.repeat_penalty * MILLI } else { 0 };
        milli(fact.scores[slot].unwrap_or(0), fact.cost_cents, self.money) - repeat
    }

    /// The kinds of food that no day has, the lifted one aside.
    pub(crate) fn flavours_missing(&self) -> u32 {
        let missing = bits(self.planner.problem.flavour_mask()).filter(|flavour| self.had[*flavour] == 0);
        missing.fold(0, |all, flavour| all | 1 << flavour)
    }

    /// Whether a lifted day may have the meal, as far as other days tell.
    pub(crate) fn may_eat(&self, at: usize, slot: usize, meal: usize) -> bool {
        let problem = self.planner.problem;
        if self.eaten[meal] == 0 {
            return true;
        }
        let stay = self.unit(at).stay;
        let repeats = problem.repeats(stay);
        let others = self.trip.choice.units.iter().zip(&self.trip.days).enumerate();
        let mut others = others.filter(|(other, (unit, _))| *other != at && unit.stay == stay);
        others.all(|(other, (_, day))| {
            let other_slot = day.meals.iter().position(|eaten| *eaten == Some(meal));
            // The later of two meals at a place is the repeated one.
            other_slot.is_none_or(|other_slot| repeats[if other < at { slot } else { other_slot }])
        })
    }

    /// What the lifted day would add with these stops; `None` when that cannot be.
    pub(crate) fn tally(&mut self, at: usize, stops: &[StopKind]) -> Option<Tally> {
        self.work += WORK_OF_DAY;
        let (planner, problem) = (self.planner, self.planner.problem);
        let unit = *self.unit(at);
        let mut clock = Clock::new(problem, &unit);
        let mut tally = Tally { worth: 0, cost_cents: 0, needs_ticket: false };
        let (mut meals, mut flavours) = ([None; MEALS_PER_DAY], 0);
        for &stop in stops {
            clock.add(stop)?;
            match stop {
                StopKind::Sight(sight) => {
                    let fact = &problem.sights[sight];
                    tally.worth += self.sight_worth(at, sight);
                    tally.cost_cents += if fact.must_see { 0 } else { fact.cost_cents };
                }
                StopKind::Meal { slot, meal } => {
                    if meals.contains(&Some(meal)) {
                        return None;
                    }
                    meals[slot] = Some(meal);
                    flavours |= problem.meals[meal].flavours;
                    tally.worth += self.meal_worth(slot, meal);
                    tally.worth -= problem.morning_penalty(&unit.frame, slot, clock.sights) * MILLI;
                    tally.cost_cents += problem.meals[meal].cost_cents;
                }
            }
        }
        let is_fed = |slot: usize| unit.frame.meals[slot] != Need::Required || meals[slot].is_some();
        if !self.is_lenient && !(0..MEALS_PER_DAY).all(is_fed) {
            return None;
        }
        tally.needs_ticket = clock.is_far;
        tally.worth -= i64::from(clock.finish()?) * problem.minute_penalty * MILLI;
        tally.worth -= problem.sparse_penalty(&unit.frame, clock.sights) * MILLI;
        tally.worth -= i64::from((self.flavours_missing() & !flavours).count_ones()) * planner.bonus * MILLI;
        let tickets = self.tickets(self.visit_of[at], tally.needs_ticket);
        (self.cost_cents + tally.cost_cents + tickets <= problem.budget_cents).then_some(tally)
    }

    /// The day with these stops, of which [`Weave::tally`] said that it can be.
    pub(crate) fn plan(&self, at: usize, stops: &[StopKind]) -> Option<DayPlan> {
        let problem = self.planner.problem;
        let mut clock = Clock::new(problem, self.unit(at));
        let mut plan = DayPlan::default();
        for &kind in stops {
            let (start_minute, end_minute) = clock.add(kind)?;
            plan.stops.push(Stop { kind, start_minute, end_minute });
            match kind {
                StopKind::Sight(sight) => {
                    plan.sights |= 1 << sight;
                    plan.cost_cents +=
                        if problem.sights[sight].must_see { 0 } else { problem.sights[sight].cost_cents };
                }
                StopKind::Meal { slot, meal } => {
                    plan.meals[slot] = Some(meal);
                    plan.flavours |= problem.meals[meal].flavours;
                    plan.cost_cents += problem.meals[meal].cost_cents;
                }
            }
        }
        plan.needs_ticket = clock.is_far;
        plan.travel_minutes = clock.finish()?;
        Some(plan)
    }

    /// Puts a lifted day back, with these stops.
    pub(crate) fn settle_day(&mut self, at: usize, stops: &[StopKind]) -> bool {
        match self.plan(at, stops) {
            Some(plan) => {
                self.put(at, plan);
                true
            }
            None => false,
        }
    }
}

/// Goes through the stops of a day.
struct Clock<'a> {
    problem: &'a Problem,
    unit: &'a Unit,
    place: Option<usize>,
    minute: u32,
    travelled: u32,
    is_far: bool,
    sights: usize,
    /// The first meal of the day that may still come.
    slot: usize,
}

impl<'a> Clock<'a> {
    fn new(problem: &'a Problem, unit: &'a Unit) -> Self {
        let minute = unit.frame.free.from_minute;
        Self { problem, unit, place: unit.bed, minute, travelled: 0, is_far: false, sights: 0, slot: 0 }
    }

    /// Goes to a stop and spends its time there: from when until when. `None` when that is not possible.
    fn add(&mut self, stop: StopKind) -> Option<(u32, u32)> {
        let (problem, until) = (self.problem, self.unit.frame.free.until_minute);
        let place = place_of(problem, stop);
        let (minutes, is_far) = problem.hop(self.place, Some(place));
        let ready = self.minute.saturating_add(minutes);
        let (start, length) = match stop {
            StopKind::Sight(sight) => {
                let fact = &problem.sights[sight];
                self.sights += 1;
                let earliest = ready.max(problem.first_sight_minute);
                let start = fact.start(self.unit.day, earliest, until)?;
                (self.sights <= self.unit.frame.sights_max).then_some((start, fact.visit_minutes))?
            }
            StopKind::Meal { slot, .. } => {
                let time = problem.meal_times[slot];
                let is_late = slot < self.slot || (time.before_sights && self.sights > 0);
                let start = ready.max(time.start.from_minute);
                self.slot = slot + 1;
                (!is_late && start <= time.start.until_minute).then_some((start, time.minutes))?
            }
        };
        let end = start.saturating_add(length);
        self.travelled += minutes;
        self.is_far |= is_far;
        (self.place, self.minute) = (Some(place), end);
        (end <= until).then_some((start, end))
    }

    /// Back to the bed: all minutes of travelling.
    fn finish(&self) -> Option<u32> {
        let (home, _) = self.problem.hop(self.place, self.unit.bed);
        (self.minute.saturating_add(home) <= self.unit.frame.free.until_minute).then_some(self.travelled + home)
    }
}

/// Where a stop is.
pub(crate) fn place_of(problem: &Problem, stop: StopKind) -> usize {
    match stop {
        StopKind::Sight(sight) => problem.sights[sight].place,
        StopKind::Meal { meal, .. } => problem.meals[meal].place,
    }
}
