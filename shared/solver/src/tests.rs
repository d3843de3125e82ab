//! Rules that do not need a search of everything: limits, the flag, reasons, and long trips.

use std::time::{Duration, Instant};

use crate::*;

const MEAL_TIMES: [MealTime; MEALS_PER_DAY] = [
    MealTime { start: Span { from_minute: 420, until_minute: 600 }, minutes: 45, before_sights: true },
    MealTime { start: Span { from_minute: 720, until_minute: 870 }, minutes: 75, before_sights: false },
    MealTime { start: Span { from_minute: 1110, until_minute: 1290 }, minutes: 90, before_sights: false },
];

/// A town on a grid with so many days, sights and places to eat. Free of chance: the same numbers each time.
fn town(days: usize, sights: usize, meals: usize) -> Problem {
    const BEDS: usize = 3;
    let places = BEDS + sights + meals;
    let at = |place: usize| ((place * 37 % 61) as i32, (place * 53 % 59) as i32);
    let travel = Travel::new(places, |from, to| {
        let apart = (at(from).0 - at(to).0).unsigned_abs() + (at(from).1 - at(to).1).unsigned_abs();
        (apart.div_ceil(10) * 5, apart > 40)
    });
    let frame = DayFrame { free: Span { from_minute: 420, until_minute: 1410 }, meals: [Need::Required; 3] };
    let journey = |number: i64| Journey {
        cost_cents: 20_000 - number * 3_000,
        score: -number * 20,
        nights: days - 1,
        days: vec![Some(frame); days],
    };
    let bed = |number: usize| Bed {
        place: number,
        score: 10 * number as i64,
        cost_cents: (0..=days as i64).map(|nights| nights * (7_000 + 900 * number as i64)).collect(),
    };
    let meal = |number: usize| {
        let score = Some(40 + number as i64 % 7);
        let scores = if number.is_multiple_of(3) { [score, None, None] } else { [None, score, score] };
        Meal { place: BEDS + sights + number, cost_cents: 1_500 + 300 * (number as i64 % 5), scores }
    };
    let sight = |number: usize| Sight {
        place: BEDS + number,
        cost_cents: 500 * (number as i64 % 4),
        visit_minutes: 60 + 15 * (number as u32 % 5),
        must_see: number == 1,
        days: (0..days)
            .map(|day| {
                let open = Span { from_minute: 540, until_minute: 1_080 };
                let open = if day % 7 == number % 7 { Vec::new() } else { vec![open] };
                SightDay { open, score: 40 + 11 * (number as i64 % 9) }
            })
            .collect(),
    };
    Problem {
        budget_cents: 40_000 * days as i64,
        travel,
        journeys: (0..3).map(journey).collect(),
        beds: (0..BEDS).map(bed).collect(),
        meal_times: MEAL_TIMES,
        meals: (0..meals).map(meal).collect(),
        sights: (0..sights).map(sight).collect(),
        sights_per_day_max: 4,
        first_sight_minute: 540,
        transit_cents: (0..=days as i64).map(|day| day * 900).collect(),
        minute_penalty: 1,
        repeat_penalty: 12,
    }
}

fn solved(problem: &Problem, nodes_max: u64) -> Solution {
    let limits = Limits { nodes_max, time_max: Duration::from_secs(60) };
    match solve(problem, &limits, &StopFlag::default()) {
        Outcome::Solved(solution) => solution,
        Outcome::Infeasible(infeasible) => panic!("{infeasible:?}"),
    }
}

fn reason(problem: &Problem) -> Reason {
    let limits = Limits { nodes_max: 20_000, ..Limits::default() };
    match solve(problem, &limits, &StopFlag::default()) {
        Outcome::Solved(solution) => panic!("{solution:?}"),
        Outcome::Infeasible(infeasible) => infeasible.reason,
    }
}

#[test]
fn the_node_limit_is_kept_and_more_nodes_do_not_hurt() {
    let problem = town(4, 20, 14);
    let (few, more) = (solved(&problem, 2_000), solved(&problem, 15_000));
    assert_eq!((few.ended_by, few.optimal), (EndedBy::Nodes, false));
    assert!(few.nodes < 4_000 && more.nodes < 17_000, "{} and {}", few.nodes, more.nodes);
    assert!(more.score >= few.score && more.bound.is_some_and(|bound| bound >= more.score));
}

#[test]
fn the_same_problem_has_the_same_answer() {
    let problem = town(3, 12, 9);
    assert_eq!(solved(&problem, 5_000), solved(&problem, 5_000));
}

#[test]
fn a_raised_flag_ends_the_search() {
    let flag = StopFlag::default();
    let raised = flag.clone();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        raised.stop();
    });
    let limits = Limits { nodes_max: u64::MAX, time_max: Duration::from_secs(60) };
    let began = Instant::now();
    let outcome = solve(&town(6, 40, 20), &limits, &flag);
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
    let outcome = solve(&town(4, 20, 14), &Limits::default(), &flag);
    assert!(matches!(outcome, Outcome::Infeasible(Infeasible { reason: Reason::Stopped, proven: false, .. })));
}

#[test]
fn sixty_days_are_planned_within_the_limits() {
    let solution = solved(&town(60, 40, 20), 3_000);
    assert!(solution.days.iter().all(|stops| stops.len() >= 3));
}

#[test]
fn the_smallest_budget_that_is_not_refused_is_enough() {
    let mut problem = town(3, 6, 9);
    problem.budget_cents = 0;
    let Reason::OverBudget { minimum_cents } = reason(&problem) else { panic!("another reason") };
    problem.budget_cents = minimum_cents + 3 * 900;
    assert!(solved(&problem, 5_000).total_cents <= problem.budget_cents);
}

#[test]
fn each_reason_has_its_name() {
    let ask = town(3, 6, 9);
    assert_eq!(reason(&Problem { journeys: Vec::new(), ..ask.clone() }), Reason::NoJourney);
    assert_eq!(reason(&Problem { beds: Vec::new(), ..ask.clone() }), Reason::NoBed);
    assert_eq!(reason(&Problem { meals: Vec::new(), ..ask.clone() }), Reason::NoMeal { day: 0, slot: 0 });
    let mut closed = ask.clone();
    closed.sights[1].days.iter_mut().for_each(|day| day.open.clear());
    assert_eq!(reason(&closed), Reason::MustSeeClosed { sight: 1 });
    let mut long = ask.clone();
    // Open for it, but no lunch could be had.
    long.sights[1].visit_minutes = 500;
    long.sights[1].days.iter_mut().for_each(|day| {
        day.open = vec![Span { from_minute: 560, until_minute: 1_080 }];
    });
    assert_eq!(reason(&long), Reason::MustSeeDoesNotFit { sight: 1 });
    let mut many = ask;
    many.sights_per_day_max = 1;
    many.sights.iter_mut().for_each(|sight| sight.must_see = true);
    assert!(matches!(reason(&many), Reason::NotTogether { .. }));
}
