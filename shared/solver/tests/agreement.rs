//! The solver against a search of everything, on small random problems; and every answer against a plain check.

mod support;

use proptest::prelude::*;
use solver::{EndedBy, Limits, Outcome, Reason, StopFlag, solve};
use support::{brute_force, check, problems};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_is_the_best_of_all_plans(problem in problems()) {
        let outcome = solve(&problem, &Limits::default(), &StopFlag::default());
        match (brute_force::best_score(&problem), outcome) {
            (Some(best), Outcome::Solved(solution)) => {
                prop_assert_eq!(check::violations(&problem, &solution), Vec::<String>::new());
                prop_assert_eq!(solution.ended_by, EndedBy::Proven);
                prop_assert!(solution.optimal);
                prop_assert_eq!(solution.score, best);
                prop_assert_eq!(solution.bound, Some(best));
            }
            (None, Outcome::Infeasible(infeasible)) => prop_assert!(infeasible.proven, "{:?}", infeasible),
            (brute, outcome) => prop_assert!(false, "brute force found {:?}, the solver {:?}", brute, outcome),
        }
    }

    #[test]
    fn few_nodes_still_give_a_sound_plan(problem in problems(), nodes_max in 0_u64..400) {
        let limits = Limits { nodes_max, ..Limits::default() };
        let first = solve(&problem, &limits, &StopFlag::default());
        prop_assert_eq!(&first, &solve(&problem, &limits, &StopFlag::default()));
        let best = brute_force::best_score(&problem);
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
    fn a_minimum_over_the_budget_is_a_lower_bound(mut problem in problems()) {
        problem.budget_cents /= 4;
        let outcome = solve(&problem, &Limits::default(), &StopFlag::default());
        if let Outcome::Infeasible(infeasible) = outcome
            && let Reason::OverBudget { minimum_cents } = infeasible.reason
        {
            problem.budget_cents = minimum_cents - 1;
            prop_assert!(minimum_cents > 0 && brute_force::best_score(&problem).is_none());
        }
    }
}
