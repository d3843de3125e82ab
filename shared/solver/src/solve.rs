//! The two questions: the best plan within the budget, and the cheapest plan of all.

use std::rc::Rc;

use crate::{
    graph::Graph,
    ground::Ground,
    infeasible::{self, Attempt},
    limits::{EndedBy, Limits, Meter, StopFlag},
    outcome::{Cheapest, Infeasible, Outcome, Reason, Solution, Visit},
    problem::{Booking, Problem},
    resource::Resource,
    search::Search,
    trip::{BUDGET_MAX, Choice, Planner, Trip},
};

/// A search for the cheapest plan may take so many nodes even where the limit is lower: without it there is no plan.
const THRIFT_NODES_MIN: u64 = 10_000;

/// What both questions share.
struct Facts {
    ground: Ground,
    graph: Graph,
}

impl Facts {
    fn new(problem: &Problem) -> Self {
        Self { ground: Ground::new(problem), graph: Graph::new(problem, |_| true) }
    }
}

/// Searches the best plan within the limits. See the crate's documentation for the objective and the method.
#[must_use]
pub fn solve(problem: &Problem, limits: &Limits, stop: &StopFlag) -> Outcome {
    let mut meter = Meter::new(*limits, stop);
    let facts = Facts::new(problem);
    let resource = Resource::new(problem, &facts.ground, &facts.graph);
    let minimum = match infeasible::minimum_cents(problem, &facts.ground, &facts.graph, &resource) {
        Ok(minimum) => minimum,
        Err(reason) => return Outcome::Infeasible(none(reason, !facts.graph.is_cut, &meter)),
    };
    if minimum > problem.budget_cents {
        let reason = Reason::OverBudget { minimum_cents: minimum };
        return Outcome::Infeasible(none(reason, !facts.graph.is_cut, &meter));
    }
    let planner = Planner::new(problem, &facts.ground, &facts.graph, &resource, false);
    let mut search = Search::new(&planner, i64::MAX, i64::MAX);
    search.find_first(&mut meter);
    let mut thrift = None;
    if !search.has_complete() {
        thrift = Some(save(problem, &facts, minimum, Some(problem.budget_cents), &mut meter));
    }
    if let Some(trip) = thrift.as_ref().and_then(|thrift| thrift.trip.clone())
        && trip.total_cents(problem) <= problem.budget_cents
    {
        search.offer(trip);
    }
    if let Some(attempt) = thrift.as_ref().filter(|thrift| thrift.is_hopeless(problem)) {
        let (reason, is_proven) = infeasible::diagnose(&planner, &search, attempt, &mut meter);
        return Outcome::Infeasible(none(reason, is_proven, &meter));
    }
    meter.first_plan_done();
    search.find_good(&mut meter);
    search.prove(&mut meter);
    search.finish(&mut meter);
    outcome(search, thrift, &mut meter)
}

fn none(reason: Reason, proven: bool, meter: &Meter) -> Infeasible {
    Infeasible { reason, proven, nodes: meter.nodes() }
}

fn outcome(search: Search, thrift: Option<Attempt>, meter: &mut Meter) -> Outcome {
    if !search.has_complete() {
        let attempt = thrift.unwrap_or(Attempt { trip: None, bound_cents: 0, is_proven: false });
        let (reason, is_proven) = infeasible::diagnose(search.planner, &search, &attempt, meter);
        return Outcome::Infeasible(none(reason, is_proven, meter));
    }
    let problem = search.planner.problem;
    let (is_proven, bound) = (search.is_proven, search.bound);
    let (merit, trip) = search.best.expect("it is complete");
    let mut solution = solution(problem, trip, meter);
    solution.optimal = is_proven;
    solution.bound = if is_proven { Some(merit) } else { bound };
    solution.ended_by = if is_proven { EndedBy::Proven } else { meter.ended().unwrap_or(EndedBy::Nodes) };
    Outcome::Solved(solution)
}

fn solution(problem: &Problem, trip: Trip, meter: &Meter) -> Solution {
    let visits = trip.choice.visits.iter().map(|&(stay, bed)| {
        let days = trip.choice.units.iter().zip(&trip.days).filter(|(unit, _)| unit.stay == stay);
        let days = days.map(|(_, plan)| plan.stops.clone()).collect();
        Visit { stay, bed, days, ticket_days: trip.ticket_days(stay) }
    });
    let parts = trip.parts(problem);
    Solution {
        visits: visits.collect(),
        total_cents: trip.total_cents(problem),
        score: parts.sum(),
        parts,
        optimal: false,
        ended_by: EndedBy::Nodes,
        nodes: meter.nodes(),
        bound: None,
    }
}

/// The plan of least cost, whatever the budget: all hard constraints but that one. Its score is that of the problem,
/// but it is not looked for; `ended_by` says whether the cost is proven.
///
/// # Errors
/// Why there is no plan at any price.
pub fn cheapest(problem: &Problem, limits: &Limits, stop: &StopFlag) -> Result<Cheapest, Infeasible> {
    let mut meter = Meter::new(*limits, stop);
    let facts = Facts::new(problem);
    let resource = Resource::new(problem, &facts.ground, &facts.graph);
    let minimum = infeasible::minimum_cents(problem, &facts.ground, &facts.graph, &resource)
        .map_err(|reason| none(reason, !facts.graph.is_cut, &meter))?;
    let attempt = save(problem, &facts, minimum, None, &mut meter);
    if let Some(trip) = attempt.trip.clone() {
        let mut solution = solution(problem, trip, &meter);
        // Of a part of the routes nothing can be said about all.
        let bound_cents = if facts.graph.is_cut { 0 } else { attempt.bound_cents.min(solution.total_cents) };
        solution.ended_by =
            if bound_cents == solution.total_cents { EndedBy::Proven } else { meter.ended().unwrap_or(EndedBy::Nodes) };
        return Ok(Cheapest { solution, bound_cents });
    }
    let planner = Planner::new(problem, &facts.ground, &facts.graph, &resource, false);
    let mut search = Search::new(&planner, i64::MAX, i64::MAX);
    search.find_first(&mut meter);
    let (reason, is_proven) = infeasible::diagnose(&planner, &search, &attempt, &mut meter);
    Err(none(reason, is_proven, &meter))
}

/// Searches the cheapest plan, by making costs the only objective. With a budget, any plan within it will do.
fn save(problem: &Problem, facts: &Facts, minimum: i64, budget: Option<i64>, meter: &mut Meter) -> Attempt {
    let thrifty = thrifty(problem);
    let resource = Resource::new(&thrifty, &facts.ground, &facts.graph);
    let planner = Planner::new(&thrifty, &facts.ground, &facts.graph, &resource, true);
    // Must-sees are paid in any case and no part of the merit.
    let fixed = resource.must_see_cents;
    let goal = fixed - budget.map_or(minimum, |budget| budget.max(minimum));
    let mut search = Search::new(&planner, fixed - minimum, goal);
    let mut aside = meter.aside(meter.nodes_max().max(THRIFT_NODES_MIN));
    search.find_first(&mut aside);
    if !search.has_goal() {
        search.find_good(&mut aside);
        search.prove(&mut aside);
    }
    meter.add_aside(&aside);
    let is_enough = search.has_goal();
    let bound = search.bound.filter(|_| !is_enough).map_or(minimum, |bound| fixed.saturating_sub(bound));
    let is_complete = search.has_complete();
    let trip = search.best.filter(|_| is_complete).map(|(_, trip)| Trip {
        choice: Rc::new(Choice::new(problem, &facts.ground, trip.choice.visits.clone())),
        days: trip.days,
    });
    Attempt { trip, bound_cents: bound.max(minimum), is_proven: search.is_proven && !is_enough }
}

/// The problem with costs for scores. Sights stay: the way over one of them may be shorter or need no ticket.
fn thrifty(problem: &Problem) -> Problem {
    let mut thrifty = problem.clone();
    thrifty.budget_cents = BUDGET_MAX;
    (thrifty.minute_penalty, thrifty.repeat_penalty, thrifty.empty_day_penalty) = (0, 0, 0);
    (thrifty.thin_day_penalty, thrifty.idle_morning_penalty) = (0, 0);
    thrifty.legs.iter_mut().for_each(|leg| leg.score = -leg.cost_cents);
    for bed in thrifty.cities.iter_mut().flat_map(|city| &mut city.beds) {
        for booking in bed.bookings.iter_mut().flatten() {
            *booking = Booking { score: -booking.cost_cents, ..*booking };
        }
    }
    for meal in &mut thrifty.meals {
        meal.scores = meal.scores.map(|score| score.map(|_| -meal.cost_cents));
    }
    for sight in &mut thrifty.sights {
        // What must be seen is paid in any case; its price is among the fixed costs.
        let score = if sight.must_see { 0 } else { -sight.cost_cents };
        sight.days.iter_mut().for_each(|day| day.score = score);
    }
    thrifty
}
