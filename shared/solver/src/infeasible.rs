//! Why there is no plan: what can be said before a search, and what after one that found nothing.

use crate::{
    day,
    day_task::{DayTask, MILLI, Unit},
    graph::Graph,
    ground::Ground,
    limits::{EndedBy, Meter},
    outcome::Reason,
    problem::{MEALS_PER_DAY, Need, Problem, SIGHTS_MAX},
    resource::{self, Resource},
    search::Search,
    trip::{Multipliers, Planner, Trip, bits},
};

/// Labels per layer when it is asked whether a sight fits into a day at all.
const FIT_WIDTH: usize = 2_000;
/// Different days that are looked at for an explanation.
const DAYS_TRIED_MAX: usize = 400;

/// A search for the cheapest plan.
pub(crate) struct Attempt {
    /// The cheapest plan found.
    pub(crate) trip: Option<Trip>,
    /// No plan costs less.
    pub(crate) bound_cents: i64,
    /// There is no cheaper plan than that one, or none at all.
    pub(crate) is_proven: bool,
}

impl Attempt {
    /// Whether it is sure that no plan is within the budget.
    pub(crate) fn is_hopeless(&self, problem: &Problem) -> bool {
        (self.trip.is_none() && self.is_proven) || self.bound_cents > problem.budget_cents
    }
}

/// The least that any plan costs, as far as places, beds, legs and kinds of food tell.
///
/// # Errors
/// Why there can be no plan at any price.
pub(crate) fn minimum_cents(
    problem: &Problem,
    ground: &Ground,
    graph: &Graph,
    resource: &Resource,
) -> Result<i64, Reason> {
    if graph.roots.is_empty() {
        return Err(Reason::NoRoute);
    }
    if let Some(sight) = problem.must_sees().find(|sight| !is_ever_open(problem, graph, *sight)) {
        return Err(Reason::MustSeeClosed { sight });
    }
    if let Some(cents) = resource.minimum_cents(graph) {
        return Ok(cents);
    }
    let has_bed = |stay: usize| resource.bed_cents(stay).is_some();
    if let Some(city) = missing(problem, graph, |stay| resource.is_known(stay) && has_bed(stay)) {
        return Err(Reason::NoBed { city });
    }
    let is_possible = |stay: usize| resource.is_known(stay) && resource.is_possible(stay);
    if let Some(city) = missing(problem, graph, is_possible) {
        return Err(short_meal(problem, ground, graph, resource, city));
    }
    let flavours = || bits(problem.flavour_mask());
    let is_served = |flavour: usize| {
        graph.edges.iter().any(|edge| is_possible(edge.stay) && serves(problem, ground, edge.stay, flavour))
    };
    let alone = flavours().find(|flavour| !is_served(*flavour));
    let flavour = alone.or_else(|| flavours().find(|flavour| resource.lacks(graph, *flavour)));
    Err(flavour.map_or(Reason::NotTogether { sights: Vec::new() }, |flavour| Reason::NoFlavour { flavour }))
}

/// The city of most of the stays that are not open, when no trip does without them.
fn missing(problem: &Problem, graph: &Graph, is_open: impl Fn(usize) -> bool) -> Option<usize> {
    if !Graph::new(problem, &is_open).roots.is_empty() {
        return None;
    }
    let mut closed = vec![0_usize; problem.cities.len()];
    let mut open = vec![0_usize; problem.cities.len()];
    for edge in &graph.edges {
        let counts = if is_open(edge.stay) { &mut open } else { &mut closed };
        counts[problem.stays[edge.stay].city] += 1;
    }
    // A city without any open stay says more than one with some.
    let worst = (0..closed.len()).filter(|city| closed[*city] > 0);
    worst.max_by_key(|city| (open[*city] == 0, closed[*city], std::cmp::Reverse(*city)))
}

/// The meal of the day for which the city has too few places.
fn short_meal(problem: &Problem, ground: &Ground, graph: &Graph, resource: &Resource, city: usize) -> Reason {
    let stays = graph.edges.iter().map(|edge| edge.stay);
    let mut stays = stays.filter(|stay| problem.stays[*stay].city == city && !resource.is_possible(*stay));
    let Some(stay) = stays.next() else { return Reason::NoMeal { city, slot: 0 } };
    let profile = resource::profile(problem, stay);
    let left = |slot: usize| {
        let serving = ground.meals[city].iter().filter(|meal| problem.meals[**meal].scores[slot].is_some()).count();
        let required = profile.counts[slot].0;
        let needed = if profile.repeats[slot] { required.min(1) } else { required };
        i64::try_from(serving).unwrap_or(i64::MAX) - i64::try_from(needed).unwrap_or(0)
    };
    let slots = (0..MEALS_PER_DAY).filter(|slot| profile.counts[*slot].0 > 0);
    Reason::NoMeal { city, slot: slots.min_by_key(|slot| left(*slot)).unwrap_or(0) }
}

fn serves(problem: &Problem, ground: &Ground, stay: usize, flavour: usize) -> bool {
    let stay = &problem.stays[stay];
    let is_eaten = |slot: usize| stay.days.iter().any(|(_, frame)| frame.meals[slot] != Need::Absent);
    ground.meals[stay.city].iter().map(|meal| &problem.meals[*meal]).any(|meal| {
        meal.flavours & (1 << flavour) != 0
            && (0..MEALS_PER_DAY).any(|slot| meal.scores[slot].is_some() && is_eaten(slot))
    })
}

fn is_ever_open(problem: &Problem, graph: &Graph, sight: usize) -> bool {
    let fact = &problem.sights[sight];
    let stays = graph.edges.iter().map(|edge| &problem.stays[edge.stay]).filter(|stay| stay.city == fact.city);
    stays.flat_map(|stay| &stay.days).any(|(day, frame)| {
        let from = frame.free.from_minute.max(problem.first_sight_minute);
        frame.sights_max > 0 && fact.start(*day, from, frame.free.until_minute).is_some()
    })
}

/// The most likely reason after a search found nothing, and whether it is sure that there is none.
pub(crate) fn diagnose(planner: &Planner, search: &Search, attempt: &Attempt, meter: &mut Meter) -> (Reason, bool) {
    let problem = planner.problem;
    let is_impossible = attempt.is_proven && attempt.trip.is_none();
    let is_proven = is_impossible || search.is_proven;
    let is_interrupted = matches!(meter.ended(), Some(EndedBy::Stopped | EndedBy::Clock));
    let missing = search.best.as_ref().map(|(_, trip)| trip.must_sees_missing(problem));
    let missing = missing.unwrap_or_else(|| problem.must_sees().collect());
    if attempt.trip.is_none() && !is_interrupted {
        let mut aside = meter.aside(meter.nodes_max());
        let misfit = missing.iter().find(|sight| !fits_alone(planner, **sight, &mut aside)).copied();
        meter.add_aside(&aside);
        if let Some(sight) = misfit {
            return (Reason::MustSeeDoesNotFit { sight }, true);
        }
    }
    if attempt.bound_cents > problem.budget_cents && !is_impossible {
        return (Reason::OverBudget { minimum_cents: attempt.bound_cents }, true);
    }
    if is_interrupted && !is_proven {
        return (Reason::Stopped, false);
    }
    if attempt.trip.is_some() {
        // A plan is known, only not for this money.
        return (Reason::OverBudget { minimum_cents: problem.budget_cents.saturating_add(1) }, is_proven);
    }
    (Reason::NotTogether { sights: missing }, is_proven)
}

/// Whether some day holds the sight beside its required meals.
fn fits_alone(planner: &Planner, sight: usize, meter: &mut Meter) -> bool {
    let problem = planner.problem;
    if sight >= SIGHTS_MAX {
        return true;
    }
    let truth = Multipliers::none(problem);
    let stays = planner.graph.edges.iter().map(|edge| edge.stay);
    let stays = stays.filter(|stay| problem.stays[*stay].city == problem.sights[sight].city);
    let beds = |stay: usize| {
        let city = problem.stays[stay].city;
        let bunks = planner.resource.bunks[planner.resource.bunks_of(stay)].iter();
        bunks.map(move |bunk| bunk.bed.map(|bed| planner.ground.bed_like[problem.cities[city].beds[bed].place]))
    };
    let mut units: Vec<Unit> = stays
        .flat_map(|stay| beds(stay).map(move |bed| (stay, bed)))
        .flat_map(|(stay, bed)| {
            let city = problem.stays[stay].city;
            problem.stays[stay].days.iter().map(move |&(day, frame)| Unit { stay, city, day, frame, bed })
        })
        .take(DAYS_TRIED_MAX * DAYS_TRIED_MAX)
        .collect();
    units.sort_by_key(|unit| (unit.day, unit.frame, unit.bed, unit.stay));
    units.dedup_by_key(|unit| (unit.day, unit.frame, unit.bed));
    if units.len() > DAYS_TRIED_MAX {
        return true;
    }
    units.into_iter().any(|unit| {
        let mut prices = planner.prices(unit, &truth);
        prices.sights.retain(|(index, _)| *index == sight);
        prices.sights.iter_mut().for_each(|(_, price)| *price = MILLI);
        let task = DayTask::new(problem, planner.ground, unit, &prices);
        let found = day::search(&task.with_threshold(i64::MIN / 4).with_width(FIT_WIDTH), meter);
        found.is_cut || found.all.iter().any(|plan| plan.sights != 0)
    })
}
