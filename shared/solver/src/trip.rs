//! A whole trip under one choice of route and beds: its account, and its improvement day by day.

use std::rc::Rc;

use crate::{
    day,
    day_plan::DayPlan,
    day_task::{DayTask, MILLI, Prices, Purse, Unit},
    graph::Graph,
    ground::Ground,
    limits::Meter,
    outcome::{ScoreParts, StopKind},
    problem::{MEALS_PER_DAY, Problem, SIGHTS_MAX},
    resource::Resource,
};

/// A plan with one more must-see or kind of food is always the better one: what that is worth, in points, where costs
/// and scores are usual, and where they are huge.
const BONUS_MIN: i64 = 1_000_000_000;
const BONUS_MAX: i64 = 100_000_000_000_000;
/// How often the largest number of the problem may come in one trip.
const BONUS_FACTOR: i64 = 1_000;
/// More than any trip can cost: budgets beyond it are no limit.
pub(crate) const BUDGET_MAX: i64 = 1_000_000_000_000_000;

/// One route with a bed for each stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Stays with the bed of each.
    pub(crate) visits: Vec<(usize, Option<usize>)>,
    /// All days of all stays, in order.
    pub(crate) units: Vec<Unit>,
    /// Legs, beds and must-see sights: what every plan of this choice pays.
    pub(crate) cost_cents: i64,
    legs_score: i64,
    beds_score: i64,
}

impl Choice {
    pub(crate) fn new(problem: &Problem, ground: &Ground, visits: Vec<(usize, Option<usize>)>) -> Self {
        let must_sees: i64 = problem.must_sees().map(|sight| problem.sights[sight].cost_cents).sum();
        let mut choice = Self { visits, units: Vec::new(), cost_cents: must_sees, legs_score: 0, beds_score: 0 };
        let arrival = choice.visits.first().map(|(stay, _)| problem.stays[*stay].leg_in);
        let departures = choice.visits.iter().map(|(stay, _)| problem.stays[*stay].leg_out);
        for leg in arrival.into_iter().chain(departures) {
            choice.cost_cents += problem.legs[leg].cost_cents;
            choice.legs_score += problem.legs[leg].score;
        }
        for &(stay, bed) in &choice.visits {
            let fact = &problem.stays[stay];
            let bed = bed.map(|bed| &problem.cities[fact.city].beds[bed]);
            if let Some(booking) = bed.and_then(|bed| bed.booking(fact.nights)) {
                choice.cost_cents += booking.cost_cents;
                choice.beds_score += booking.score;
            }
            let bed = bed.map(|bed| ground.bed_like[bed.place]);
            let unit = |&(day, frame)| Unit { stay, city: fact.city, day, frame, bed };
            choice.units.extend(fact.days.iter().map(unit));
        }
        choice
    }

    pub(crate) fn score(&self) -> i64 {
        self.legs_score + self.beds_score
    }

    pub(crate) fn visits_city(&self, problem: &Problem, city: usize) -> bool {
        self.visits.iter().any(|(stay, _)| problem.stays[*stay].city == city)
    }
}

/// What a trip is guided by, beside the objective itself. All zero: nothing.
#[derive(Debug, Clone)]
pub(crate) struct Multipliers {
    /// What seeing each sight takes away, in points.
    pub(crate) sights: Vec<f64>,
    /// What each meal takes away where a place is eaten at only once, in points.
    pub(crate) meals: Vec<f64>,
    /// What each meal takes away for the penalty of eating at a place again, in points.
    pub(crate) again: Vec<f64>,
    /// What each meal that serves a kind of food earns, in points.
    pub(crate) flavours: Vec<f64>,
    /// Points for each cent.
    pub(crate) money: f64,
}

impl Multipliers {
    pub(crate) fn none(problem: &Problem) -> Self {
        Self {
            sights: vec![0.0; problem.sights.len()],
            meals: vec![0.0; problem.meals.len()],
            again: vec![0.0; problem.meals.len()],
            flavours: vec![0.0; problem.flavours],
            money: 0.0,
        }
    }
}

/// A plan for each day of the choice.
#[derive(Debug, Clone)]
pub(crate) struct Trip {
    pub(crate) choice: Rc<Choice>,
    pub(crate) days: Vec<DayPlan>,
}

impl Trip {
    /// The days' units and plans of one stay.
    fn of_stay(&self, stay: usize) -> impl Iterator<Item = &DayPlan> {
        let days = self.choice.units.iter().zip(&self.days);
        days.filter(move |(unit, _)| unit.stay == stay).map(|(_, plan)| plan)
    }

    pub(crate) fn ticket_days(&self, stay: usize) -> usize {
        self.of_stay(stay).filter(|plan| plan.needs_ticket).count()
    }

    pub(crate) fn tickets_cents(&self, problem: &Problem) -> i64 {
        let stays = self.choice.visits.iter().map(|(stay, _)| *stay);
        stays.map(|stay| problem.cities[problem.stays[stay].city].tickets(self.ticket_days(stay))).sum()
    }

    pub(crate) fn total_cents(&self, problem: &Problem) -> i64 {
        let days: i64 = self.days.iter().map(|day| day.cost_cents).sum();
        self.choice.cost_cents + days + self.tickets_cents(problem)
    }

    pub(crate) fn must_sees_missing(&self, problem: &Problem) -> Vec<usize> {
        let seen = self.days.iter().fold(0, |seen, day| seen | day.sights);
        problem.must_sees().filter(|sight| *sight >= SIGHTS_MAX || seen & (1 << *sight) == 0).collect()
    }

    pub(crate) fn flavours_missing(&self, problem: &Problem) -> u32 {
        problem.flavour_mask() & !self.days.iter().fold(0, |had, day| had | day.flavours)
    }

    pub(crate) fn is_complete(&self, problem: &Problem) -> bool {
        self.flavours_missing(problem) == 0 && self.must_sees_missing(problem).is_empty()
    }

    pub(crate) fn parts(&self, problem: &Problem) -> ScoreParts {
        let (legs, beds) = (self.choice.legs_score, self.choice.beds_score);
        let mut parts = ScoreParts { legs, beds, ..ScoreParts::default() };
        let mut eaten_at = Vec::new();
        for (unit, plan) in self.choice.units.iter().zip(&self.days) {
            parts.travelling -= i64::from(plan.travel_minutes) * problem.minute_penalty;
            let sights = plan.sights.count_ones() as usize;
            let sparse = if sights == 0 { &mut parts.empty_days } else { &mut parts.lulls };
            *sparse -= problem.sparse_penalty(&unit.frame, sights);
            let mut seen = 0;
            for stop in &plan.stops {
                match stop.kind {
                    StopKind::Sight(sight) => {
                        parts.sights += problem.sights[sight].days[unit.day].score;
                        seen += 1;
                    }
                    StopKind::Meal { slot, meal } => {
                        parts.lulls -= problem.morning_penalty(&unit.frame, slot, seen);
                        parts.meals += problem.meals[meal].scores[slot].unwrap_or(0);
                        eaten_at.push(meal);
                    }
                }
            }
        }
        let meals = eaten_at.len();
        eaten_at.sort_unstable();
        eaten_at.dedup();
        parts.repeats = -i64::try_from(meals - eaten_at.len()).expect("a few meals") * problem.repeat_penalty;
        parts
    }
}

/// Improves trips. Holds what all of them share.
pub(crate) struct Planner<'a> {
    pub(crate) problem: &'a Problem,
    pub(crate) ground: &'a Ground,
    pub(crate) graph: &'a Graph,
    pub(crate) resource: &'a Resource<'a>,
    /// The scores of the problem are its costs, and tickets count as well.
    pub(crate) is_thrifty: bool,
    /// What each must-see and each kind of food is worth.
    pub(crate) bonus: i64,
    /// By city and meal of the day: the places that serve it with their points, best first.
    pub(crate) menus: Vec<[Vec<(usize, i64)>; MEALS_PER_DAY]>,
}

impl<'a> Planner<'a> {
    pub(crate) fn new(
        problem: &'a Problem,
        ground: &'a Ground,
        graph: &'a Graph,
        resource: &'a Resource<'a>,
        is_thrifty: bool,
    ) -> Self {
        let legs = problem.legs.iter().flat_map(|leg| [leg.cost_cents, leg.score]);
        let bookings = problem.cities.iter().flat_map(|city| &city.beds).flat_map(|bed| bed.bookings.iter().flatten());
        let beds = bookings.flat_map(|booking| [booking.cost_cents, booking.score]);
        let stops =
            problem.meals.iter().map(|meal| meal.cost_cents).chain(problem.sights.iter().map(|one| one.cost_cents));
        let largest = legs.chain(beds).chain(stops).map(i64::saturating_abs).max().unwrap_or(0);
        let bonus = largest.saturating_mul(BONUS_FACTOR).clamp(BONUS_MIN, BONUS_MAX);
        let menu = |city: &Vec<usize>, slot: usize| {
            let served = city.iter().filter_map(|meal| Some((*meal, problem.meals[*meal].scores[slot]?)));
            let mut menu: Vec<(usize, i64)> = served.collect();
            menu.sort_by_key(|(meal, score)| (std::cmp::Reverse(*score), *meal));
            menu
        };
        let menus = ground.meals.iter().map(|city| std::array::from_fn(|slot| menu(city, slot))).collect();
        Self { problem, ground, graph, resource, is_thrifty, bonus, menus }
    }

    /// The objective, less a bonus for each must-see sight and each kind of food that is missing.
    pub(crate) fn merit(&self, trip: &Trip) -> i64 {
        let tickets = if self.is_thrifty { trip.tickets_cents(self.problem) } else { 0 };
        trip.parts(self.problem).sum() - tickets - self.lacking(trip) * self.bonus
    }

    /// How many must-see sights and kinds of food are missing.
    fn lacking(&self, trip: &Trip) -> i64 {
        let flavours = trip.flavours_missing(self.problem).count_ones();
        i64::try_from(trip.must_sees_missing(self.problem).len()).expect("a few sights") + i64::from(flavours)
    }

    /// The prices of one day when all else is open: no sight seen, nothing eaten. Must-sees and kinds of food earn no
    /// bonus: their multipliers know how much they are wanted.
    pub(crate) fn prices(&self, unit: Unit, guide: &Multipliers) -> Prices {
        let problem = self.problem;
        #[expect(clippy::cast_precision_loss, reason = "costs and scores are far below 2^52")]
        #[expect(clippy::cast_possible_truncation, reason = "far below 2^63; rounded up so that bounds stay bounds")]
        let milli = |score: i64, take: f64, cents: i64| {
            score * MILLI - ((take + guide.money * cents as f64) * MILLI as f64).floor() as i64
        };
        let sight = |&index: &usize| {
            let sight = &problem.sights[index];
            let cents = if sight.must_see { 0 } else { sight.cost_cents };
            Some((index, milli(sight.days.get(unit.day)?.score, guide.sights[index], cents)))
        };
        let repeats = problem.repeats(unit.stay);
        let meal = |&index: &usize| {
            let meal = &problem.meals[index];
            let earned =
                bits(meal.flavours & problem.flavour_mask()).map(|flavour| guide.flavours[flavour]).sum::<f64>();
            let mut prices = [None; MEALS_PER_DAY];
            for (slot, price) in prices.iter_mut().enumerate() {
                let once = if repeats[slot] { 0.0 } else { guide.meals[index] };
                *price =
                    meal.scores[slot].map(|score| milli(score, guide.again[index] + once - earned, meal.cost_cents));
            }
            (index, prices)
        };
        let ticket = self.ground.ticket_min[unit.city];
        Prices {
            sights: self.ground.sights[unit.city].iter().filter_map(sight).collect(),
            meals: self.ground.meals[unit.city].iter().map(meal).collect(),
            ticket: -milli(if self.is_thrifty { -ticket } else { 0 }, 0.0, ticket),
            flavour: 0,
            wanted: 0,
        }
    }

    /// Plans every day anew, in order, by the guide's prices. What must be in the trip stays in it.
    pub(crate) fn guided(&self, mut trip: Trip, guide: &Multipliers, width: usize, meter: &mut Meter) -> Trip {
        for at in 0..trip.days.len() {
            let ask = Ask { guide, earns_bonus: true, width, menu: None };
            let Some(plan) = self.best_day(&trip, at, &ask, meter) else { continue };
            let lacked = self.lacking(&trip);
            let old = std::mem::replace(&mut trip.days[at], plan);
            if self.lacking(&trip) > lacked {
                trip.days[at] = old;
            }
        }
        trip
    }

    /// The best plan of one day while all other days stay as they are.
    pub(crate) fn best_day(&self, trip: &Trip, at: usize, ask: &Ask, meter: &mut Meter) -> Option<DayPlan> {
        let problem = self.problem;
        let unit = trip.choice.units[at];
        let mut prices = self.prices(unit, ask.guide);
        let others = Others::new(trip, at);
        prices.sights.retain(|(sight, _)| others.seen & (1 << *sight) == 0);
        if ask.earns_bonus {
            prices.wanted = problem.flavour_mask() & !others.flavours;
            prices.flavour = self.bonus * MILLI;
            for (sight, price) in &mut prices.sights {
                *price += if problem.sights[*sight].must_see { self.bonus * MILLI } else { 0 };
            }
        }
        let repeats = problem.repeats(unit.stay);
        for (meal, slots) in &mut prices.meals {
            for (slot, price) in slots.iter_mut().enumerate() {
                if ask.menu.is_some_and(|menu| !menu(*meal, slot)) {
                    *price = None;
                }
                for &(_, other_slot, is_earlier) in others.eaten.iter().filter(|eaten| eaten.0 == *meal) {
                    // The later of two meals at a place is the repeated one.
                    let is_allowed = if is_earlier { repeats[slot] } else { repeats[other_slot] };
                    *price = price.filter(|_| is_allowed);
                }
                if others.eaten.iter().any(|eaten| eaten.0 == *meal) {
                    *price = price.map(|price| price - problem.repeat_penalty * MILLI);
                }
            }
        }
        let city = &problem.cities[unit.city];
        let tickets = trip.tickets_cents(problem) - city.tickets(trip.ticket_days(unit.stay));
        let days = trip.ticket_days(unit.stay) - usize::from(trip.days[at].needs_ticket);
        let ticket_cents = city.tickets(days + 1) - city.tickets(days);
        if self.is_thrifty {
            prices.ticket = ticket_cents * MILLI;
        }
        let due = trip.choice.cost_cents + others.cost_cents + tickets + city.tickets(days);
        let purse = Purse { cap_cents: problem.budget_cents - due, ticket_cents };
        let task = DayTask::new(problem, self.ground, unit, &prices);
        day::search(&task.with_purse(purse).without_losers().with_width(ask.width), meter).best
    }
}

/// How a day is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) guide: &'a Multipliers,
    /// Whether must-sees and missing kinds of food earn their bonus.
    pub(crate) earns_bonus: bool,
    /// Labels per layer.
    pub(crate) width: usize,
    /// Which places may be eaten at, by meal and meal of the day; without it, all.
    pub(crate) menu: Option<&'a dyn Fn(usize, usize) -> bool>,
}

/// What the other days of a trip hold.
struct Others {
    cost_cents: i64,
    seen: u128,
    flavours: u32,
    /// Places eaten at in the same stay: meal, meal of the day, whether on an earlier day.
    eaten: Vec<(usize, usize, bool)>,
}

impl Others {
    fn new(trip: &Trip, at: usize) -> Self {
        let stay = trip.choice.units[at].stay;
        let mut others = Self { cost_cents: 0, seen: 0, flavours: 0, eaten: Vec::new() };
        for (other, plan) in trip.days.iter().enumerate().filter(|(other, _)| *other != at) {
            others.cost_cents += plan.cost_cents;
            others.seen |= plan.sights;
            others.flavours |= plan.flavours;
            if trip.choice.units[other].stay == stay {
                let meals = plan.meals.iter().enumerate();
                others.eaten.extend(meals.filter_map(|(slot, meal)| Some(((*meal)?, slot, other < at))));
            }
        }
        others
    }
}

/// The bits of a mask that are set.
pub(crate) fn bits(mask: u32) -> impl Iterator<Item = usize> {
    (0..32).filter(move |bit| mask & (1 << bit) != 0)
}
