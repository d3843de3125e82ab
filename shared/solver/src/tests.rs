//! Rules that do not need a search of everything: limits, the flag, reasons, odd input, and long trips.

use std::time::{Duration, Instant};

use crate::*;

const MEAL_TIMES: [MealTime; MEALS_PER_DAY] = [
    MealTime { start: Span { from_minute: 420, until_minute: 600 }, minutes: 45, before_sights: true },
    MealTime { start: Span { from_minute: 720, until_minute: 870 }, minutes: 75, before_sights: false },
    MealTime { start: Span { from_minute: 1110, until_minute: 1290 }, minutes: 90, before_sights: false },
];

/// Towns on a grid, visited in order, so many days each, with so many sights and places to eat. Free of chance: the
/// same numbers each time.
fn towns(count: usize, days: usize, sights: usize, meals: usize) -> Problem {
    const BEDS: usize = 3;
    let in_town = BEDS + sights + meals;
    let at = |place: usize| ((place * 37 % 61) as i32, (place * 53 % 59) as i32);
    let travel = Travel::new(in_town * count, |from, to| {
        let apart = (at(from).0 - at(to).0).unsigned_abs() + (at(from).1 - at(to).1).unsigned_abs();
        (apart.div_ceil(10) * 5, apart > 40)
    });
    let frame = DayFrame {
        free: Span { from_minute: 420, until_minute: 1410 },
        meals: [Need::Required; 3],
        sights_max: 4,
        wants_sight: true,
    };
    let bed = |town: usize, number: usize| Bed {
        place: town * in_town + number,
        bookings: (0..=days as i64)
            .map(|nights| {
                Some(Booking { cost_cents: nights * (7_000 + 900 * number as i64), score: 10 * number as i64 })
            })
            .collect(),
    };
    let city = |town: usize| City {
        is_required: true,
        beds: (0..BEDS).map(|number| bed(town, number)).collect(),
        transit_cents: (0..=days as i64).map(|day| day * 900).collect(),
        repeat_from_nights: if 3 * days > meals { [0; 3] } else { [usize::MAX; 3] },
    };
    let meal = |town: usize, number: usize| {
        let score = Some(40 + number as i64 % 7);
        let scores = if number.is_multiple_of(3) { [score, None, None] } else { [None, score, score] };
        let place = town * in_town + BEDS + sights + number;
        Meal { city: town, place, cost_cents: 1_500 + 300 * (number as i64 % 5), scores, flavours: 1 << (number % 2) }
    };
    let day = |day: usize, number: usize| {
        let open =
            if day % 7 == number % 7 { Vec::new() } else { vec![Span { from_minute: 540, until_minute: 1_080 }] };
        SightDay { open, score: 40 + 11 * (number as i64 % 9) }
    };
    let sight = |town: usize, number: usize| Sight {
        city: town,
        place: town * in_town + BEDS + number,
        cost_cents: 500 * (number as i64 % 4),
        visit_minutes: 60 + 15 * (number as u32 % 5),
        must_see: number == 1,
        days: (0..days * count).map(|at| day(at, number)).collect(),
    };
    let hops: Vec<(Option<usize>, Option<usize>)> =
        (0..=count).map(|hop| (hop.checked_sub(1), (hop < count).then_some(hop))).collect();
    let leg = |hop: usize, number: i64| {
        let (from, to) = hops[hop];
        Leg { from, to, cost_cents: 20_000 - number * 3_000, score: -number * 20, is_own_car: false }
    };
    let stay = |town: usize, number: usize| Stay {
        city: town,
        leg_in: town * 3 + number / 3,
        leg_out: (town + 1) * 3 + number % 3,
        nights: days - 1,
        days: (town * days..(town + 1) * days).map(|day| (day, frame)).collect(),
    };
    Problem {
        budget_cents: 45_000 * (days * count) as i64,
        days: days * count,
        city_count: count,
        cities: (0..count).map(city).collect(),
        legs: (0..=count)
            .flat_map(|hop| (0..3).map(move |number| (hop, number)))
            .map(|(hop, at)| leg(hop, at))
            .collect(),
        stays: (0..count).flat_map(|town| (0..9).map(move |number| stay(town, number))).collect(),
        travel,
        meal_times: MEAL_TIMES,
        meals: (0..count).flat_map(|town| (0..meals).map(move |number| meal(town, number))).collect(),
        flavours: 2,
        sights: (0..count).flat_map(|town| (0..sights).map(move |number| sight(town, number))).collect(),
        first_sight_minute: 540,
        minute_penalty: 1,
        repeat_penalty: 12,
        empty_day_penalty: 50,
        thin_day_penalty: 20,
        idle_morning_penalty: 10,
    }
}

fn limits(nodes_max: u64) -> Limits {
    Limits { nodes_max, time_max: Duration::from_secs(60) }
}

fn solved(problem: &Problem, nodes_max: u64) -> Solution {
    match solve(problem, &limits(nodes_max), &StopFlag::default()) {
        Outcome::Solved(solution) => solution,
        Outcome::Infeasible(infeasible) => panic!("{infeasible:?}"),
    }
}

fn refused(problem: &Problem) -> Infeasible {
    match solve(problem, &limits(20_000), &StopFlag::default()) {
        Outcome::Solved(solution) => panic!("{solution:?}"),
        Outcome::Infeasible(infeasible) => infeasible,
    }
}

/// A change to the problem that makes it impossible, and the reason.
fn assert_reason(change: impl FnOnce(&mut Problem), reason: &Reason) {
    let mut problem = towns(2, 2, 6, 9);
    change(&mut problem);
    let infeasible = refused(&problem);
    assert_eq!((&infeasible.reason, infeasible.proven), (reason, true));
}

#[test]
fn the_node_limit_is_kept_and_more_nodes_do_not_hurt() {
    let problem = towns(1, 4, 20, 24);
    let (few, more) = (solved(&problem, 2_000), solved(&problem, 15_000));
    assert_eq!((few.ended_by, few.optimal), (EndedBy::Nodes, false));
    assert!(few.nodes < 4_000 && more.nodes < 17_000, "{} and {}", few.nodes, more.nodes);
    assert!(more.score >= few.score && more.bound.is_some_and(|bound| bound >= more.score));
}

#[test]
fn the_same_problem_has_the_same_answer() {
    let problem = towns(3, 2, 8, 9);
    assert_eq!(solved(&problem, 5_000), solved(&problem, 5_000));
    let answer = || cheapest(&problem, &limits(5_000), &StopFlag::default());
    assert_eq!(answer(), answer());
}

#[test]
fn a_raised_flag_ends_the_search() {
    let flag = StopFlag::default();
    let raised = flag.clone();
    let (begun, may_stop) = std::sync::mpsc::channel();
    let stopper = std::thread::spawn(move || {
        may_stop.recv().expect("the search begins");
        raised.stop();
    });
    begun.send(()).expect("the other thread listens");
    let began = Instant::now();
    // Without the flag this would take hours.
    let outcome = solve(&towns(2, 6, 40, 60), &Limits { nodes_max: u64::MAX, time_max: Duration::MAX }, &flag);
    stopper.join().expect("it only raises the flag");
    assert!(began.elapsed() < Duration::from_secs(10));
    match outcome {
        Outcome::Solved(solution) => assert_eq!(solution.ended_by, EndedBy::Stopped),
        Outcome::Infeasible(infeasible) => assert_eq!(infeasible.reason, Reason::Stopped),
    }
}

#[test]
fn stopped_at_once_there_is_no_plan() {
    let flag = StopFlag::default();
    flag.stop();
    let outcome = solve(&towns(2, 4, 20, 24), &limits(1_000), &flag);
    assert!(matches!(outcome, Outcome::Infeasible(Infeasible { reason: Reason::Stopped, proven: false, .. })));
    let cheapest = cheapest(&towns(2, 4, 20, 24), &limits(1_000), &flag);
    assert!(matches!(cheapest, Err(Infeasible { reason: Reason::Stopped, proven: false, .. })));
}

#[test]
fn sixty_days_are_planned_within_the_limits() {
    let solution = solved(&towns(1, 60, 40, 20), 3_000);
    assert!(solution.visits[0].days.iter().all(|stops| stops.len() >= 3));
    // The first plan and the days without a sight have nodes of their own.
    assert!(solution.nodes < 20_000, "{}", solution.nodes);
}

#[test]
fn a_trip_of_many_cities_is_planned() {
    let mut problem = towns(5, 2, 6, 9);
    problem.budget_cents = i64::MAX / 4;
    let solution = solved(&problem, 3_000);
    assert_eq!(solution.visits.len(), 5);
}

#[test]
fn the_cheapest_plan_is_affordable_and_a_cent_less_is_not() {
    let mut problem = towns(2, 2, 6, 9);
    let least = cheapest(&problem, &limits(50_000), &StopFlag::default()).expect("there are plans");
    assert_eq!(least.solution.ended_by == EndedBy::Proven, least.bound_cents == least.solution.total_cents);
    problem.budget_cents = least.solution.total_cents;
    assert!(solved(&problem, 50_000).total_cents <= problem.budget_cents);
    problem.budget_cents = least.bound_cents - 1;
    assert!(
        matches!(refused(&problem).reason, Reason::OverBudget { minimum_cents } if minimum_cents >= least.bound_cents)
    );
}

#[test]
fn money_that_cannot_be_spent_is_no_trouble() {
    let mut problem = towns(1, 2, 6, 9);
    for budget_cents in [i64::MAX / 4, i64::MAX] {
        problem.budget_cents = budget_cents;
        assert!(solved(&problem, 2_000).bound.is_some());
    }
    for budget_cents in [0, -1, i64::MIN / 4] {
        problem.budget_cents = budget_cents;
        assert!(matches!(refused(&problem).reason, Reason::OverBudget { .. }));
    }
}

#[test]
fn huge_costs_and_scores_do_not_overflow() {
    let mut problem = towns(2, 2, 6, 9);
    problem.meals.iter_mut().for_each(|meal| meal.cost_cents = 999_999_999_999);
    problem.sights.iter_mut().for_each(|sight| sight.cost_cents = 999_999_999_999);
    problem.legs.iter_mut().for_each(|leg| (leg.cost_cents, leg.score) = (999_999_999_999, -999_999));
    problem.meals.iter_mut().for_each(|meal| meal.scores = meal.scores.map(|score| score.map(|_| 999_999)));
    (problem.minute_penalty, problem.empty_day_penalty, problem.repeat_penalty) = (999_999, 999_999, 999_999);
    for budget_cents in [0, 10_000_000_000_000, 17_000_000_000_001, 20_000_000_000_000, i64::MAX / 4] {
        problem.budget_cents = budget_cents;
        let _ = solve(&problem, &limits(2_000), &StopFlag::default());
    }
    assert!(cheapest(&problem, &limits(2_000), &StopFlag::default()).is_ok());
}

#[test]
fn empty_lists_are_no_trouble() {
    let ask = towns(1, 2, 6, 9);
    let nothing = Problem {
        days: 0,
        city_count: 0,
        cities: Vec::new(),
        legs: Vec::new(),
        stays: Vec::new(),
        travel: Travel::default(),
        meals: Vec::new(),
        sights: Vec::new(),
        ..ask.clone()
    };
    assert_eq!(refused(&nothing).reason, Reason::NoRoute);
    let mut bare = Problem { meals: Vec::new(), sights: Vec::new(), flavours: 0, ..ask };
    bare.stays.iter_mut().for_each(|stay| stay.days.clear());
    bare.cities[0].transit_cents.clear();
    let solution = solved(&bare, 100);
    assert!(solution.optimal && solution.visits[0].days.is_empty());
}

#[test]
fn with_too_many_sights_nothing_is_called_optimal() {
    let mut problem = towns(1, 1, SIGHTS_MAX + 1, 9);
    problem.sights.iter_mut().for_each(|sight| sight.visit_minutes = 2_000);
    problem.sights[1].must_see = false;
    assert!(!solved(&problem, 5_000).optimal);
    problem.sights[SIGHTS_MAX].visit_minutes = 60;
    problem.sights[SIGHTS_MAX].must_see = true;
    assert!(!refused(&problem).proven);
}

#[test]
fn a_place_is_eaten_at_again_only_after_enough_nights() {
    let mut problem = towns(1, 3, 3, 9);
    // One place for breakfast, three breakfasts.
    problem.meals.retain(|meal| meal.scores[0].is_none());
    problem.meals.push(Meal { scores: [Some(0), None, None], ..problem.meals[0].clone() });
    problem.cities[0].repeat_from_nights = [3, 9, 9];
    assert_eq!(refused(&problem).reason, Reason::NoMeal { city: 0, slot: 0 });
    problem.cities[0].repeat_from_nights = [2, 9, 9];
    assert_eq!(solved(&problem, 2_000).parts.repeats, -2 * problem.repeat_penalty);
}

#[test]
fn each_reason_has_its_name() {
    assert_reason(|problem| problem.legs.clear(), &Reason::NoRoute);
    assert_reason(|problem| problem.city_count = 3, &Reason::NoRoute);
    assert_reason(|problem| problem.legs[0..3].iter_mut().for_each(|leg| leg.is_own_car = true), &Reason::NoRoute);
    assert_reason(|problem| problem.cities[1].beds.clear(), &Reason::NoBed { city: 1 });
    assert_reason(|problem| problem.meals.clear(), &Reason::NoMeal { city: 0, slot: 0 });
    let no_lunch = |problem: &mut Problem| {
        let there = problem.meals.iter_mut().filter(|meal| meal.city == 1);
        there.for_each(|meal| meal.scores[1] = None);
    };
    assert_reason(no_lunch, &Reason::NoMeal { city: 1, slot: 1 });
    assert_reason(|problem| problem.flavours = 3, &Reason::NoFlavour { flavour: 2 });
    let closed = |problem: &mut Problem| problem.sights[1].days.iter_mut().for_each(|day| day.open.clear());
    assert_reason(closed, &Reason::MustSeeClosed { sight: 1 });
}

#[test]
fn a_must_see_over_lunch_does_not_fit() {
    let mut problem = towns(1, 2, 4, 9);
    problem.sights[1].visit_minutes = 500;
    problem.sights[1].days.iter_mut().for_each(|day| {
        day.open = vec![Span { from_minute: 560, until_minute: 1_080 }];
    });
    assert_eq!(refused(&problem).reason, Reason::MustSeeDoesNotFit { sight: 1 });
}

#[test]
fn too_many_must_sees_do_not_fit_together() {
    let mut problem = towns(1, 2, 4, 9);
    problem.stays.iter_mut().flat_map(|stay| &mut stay.days).for_each(|(_, frame)| frame.sights_max = 1);
    problem.sights.iter_mut().for_each(|sight| sight.must_see = true);
    assert!(matches!(refused(&problem).reason, Reason::NotTogether { sights } if !sights.is_empty()));
}

/// As in a town with one place for lunch that suits the travellers, at its edge.
#[test]
fn days_have_sights_even_where_the_only_lunch_is_far_away() {
    let mut problem = towns(1, 13, 40, 3);
    let far = problem.meals[1].place;
    let travel = problem.travel.clone();
    problem.travel = Travel::new(travel.places(), |from, to| {
        if from == far || to == far { (50, true) } else { (travel.minutes(from, to), travel.is_far(from, to)) }
    });
    problem.meals[1].scores = [None, Some(40), None];
    problem.meals[2].scores = [None, None, Some(40)];
    for nodes_max in [500, 5_000] {
        let limits = Limits { nodes_max, time_max: Duration::from_secs(60) };
        let Outcome::Solved(solution) = solve(&problem, &limits, &StopFlag::default()) else { panic!("no plan") };
        assert_eq!(solution.parts.empty_days, 0, "with {nodes_max} nodes");
    }
}
