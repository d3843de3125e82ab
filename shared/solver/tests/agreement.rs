//! The solver against a search of everything, on small random problems; and every answer against a plain check.

mod support;

use std::time::Duration;

use proptest::prelude::*;
use solver::{EndedBy, Limits, Outcome, Reason, StopFlag, cheapest, solve};
use support::{brute_force, check, problem};

/// The clock must not decide on a busy machine, and one problem of 50 000 needs more than the usual nodes.
const LIMITS: Limits = Limits { nodes_max: 2_000_000, time_max: Duration::from_secs(60) };

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_is_the_best_of_all_plans(seed in any::<u64>()) {
        let problem = problem(seed);
        let outcome = solve(&problem, &LIMITS, &StopFlag::default());
        match (brute_force::best(&problem).score, outcome) {
            (Some(best), Outcome::Solved(solution)) => {
                prop_assert_eq!(check::violations(&problem, &solution), Vec::<String>::new());
                prop_assert!(solution.total_cents <= problem.budget_cents);
                prop_assert_eq!(solution.score, best);
                prop_assert_eq!((solution.ended_by, solution.optimal), (EndedBy::Proven, true));
                prop_assert_eq!(solution.bound, Some(best));
            }
            (None, Outcome::Infeasible(infeasible)) => prop_assert!(infeasible.proven, "{:?}", infeasible),
            (brute, outcome) => prop_assert!(false, "brute force found {:?}, the solver {:?}", brute, outcome),
        }
    }

    #[test]
    fn the_cheapest_plan_is_the_cheapest_of_all(seed in any::<u64>()) {
        let problem = problem(seed);
        match (brute_force::best(&problem).cents, cheapest(&problem, &LIMITS, &StopFlag::default())) {
            (Some(cents), Ok(cheapest)) => {
                prop_assert_eq!(check::violations(&problem, &cheapest.solution), Vec::<String>::new());
                prop_assert_eq!((cheapest.solution.total_cents, cheapest.bound_cents), (cents, cents));
                prop_assert_eq!(cheapest.solution.ended_by, EndedBy::Proven);
            }
            (None, Err(infeasible)) => {
                let is_money = matches!(infeasible.reason, Reason::OverBudget { .. });
                prop_assert!(infeasible.proven && !is_money, "{:?}", infeasible);
            }
            (brute, cheapest) => prop_assert!(false, "brute force found {:?}, the solver {:?}", brute, cheapest),
        }
    }

    #[test]
    fn the_least_budget_is_enough_and_a_cent_less_is_not(seed in any::<u64>()) {
        let mut problem = problem(seed);
        let Some(cents) = brute_force::best(&problem).cents else { return Ok(()) };
        problem.budget_cents = cents;
        match solve(&problem, &LIMITS, &StopFlag::default()) {
            Outcome::Solved(solution) => {
                prop_assert_eq!(check::violations(&problem, &solution), Vec::<String>::new());
                prop_assert!(solution.total_cents == cents && solution.optimal);
                prop_assert_eq!(Some(solution.score), brute_force::best(&problem).score);
            }
            Outcome::Infeasible(infeasible) => prop_assert!(false, "{:?}", infeasible),
        }
        problem.budget_cents = cents - 1;
        match solve(&problem, &LIMITS, &StopFlag::default()) {
            Outcome::Solved(solution) => prop_assert!(false, "{:?}", solution),
            Outcome::Infeasible(infeasible) => {
                prop_assert!(infeasible.proven, "{:?}", infeasible);
                let Reason::OverBudget { minimum_cents } = infeasible.reason else {
                    return Err(TestCaseError::fail(format!("{infeasible:?}")));
                };
                prop_assert!((problem.budget_cents + 1..=cents).contains(&minimum_cents));
            }
        }
    }

    #[test]
    fn few_nodes_still_give_a_sound_plan(seed in any::<u64>(), nodes_max in 0_u64..400) {
        let problem = problem(seed);
        let limits = Limits { nodes_max, ..LIMITS };
        let first = solve(&problem, &limits, &StopFlag::default());
        prop_assert_eq!(&first, &solve(&problem, &limits, &StopFlag::default()));
        let best = brute_force::best(&problem).score;
        match first {
            Outcome::Solved(solution) => {
                prop_assert_eq!(check::violations(&problem, &solution), Vec::<String>::new());
                let best = best.expect("the solver found one");
                prop_assert!(solution.score <= best && solution.bound.is_none_or(|bound| bound >= best));
                prop_assert!(!solution.optimal || solution.score == best);
            }
            Outcome::Infeasible(infeasible) => prop_assert!(!infeasible.proven || best.is_none()),
        }
    }

    #[test]
    fn a_minimum_over_the_budget_is_a_lower_bound(seed in any::<u64>()) {
        let mut problem = problem(seed);
        problem.budget_cents /= 4;
        let outcome = solve(&problem, &LIMITS, &StopFlag::default());
        if let Outcome::Infeasible(infeasible) = outcome
            && let Reason::OverBudget { minimum_cents } = infeasible.reason
        {
            problem.budget_cents = minimum_cents - 1;
            prop_assert!(minimum_cents > 0 && brute_force::best(&problem).score.is_none());
        }
    }
}
