//! From a brief and its facts to a plan: what the solver is asked, and what its answer means.
//!
//! Pure: the same brief, facts and limits give the same plan. It must never fetch anything, and it does not judge its
//! own work: the verifier does, and shares no code with it. Start reading at [`plan`].

mod bill;
mod candidates;
mod hops;
mod itinerary;
mod problem;
mod quality;
mod relax;
mod sane;
mod score;
mod timeline;
mod trouble;
mod wording;

#[cfg(test)]
mod tests;

use domain::{brief::Brief, facts::Facts, plan::Plan};
use solver::{Limits, Outcome, StopFlag};

pub use hops::{Hop, hops};
pub use itinerary::to_plan;
pub use problem::{Index, to_problem};
pub use relax::{Relaxation, RelaxationKind, Relaxations, relaxations, verified};
pub use trouble::{Cause, PlanningError, explain};
pub(crate) use wording::counted;

/// The best plan for the brief that the facts allow. Takes the CPU for up to `limits`: not for an async thread.
///
/// # Errors
/// Why there is no plan, for people, with what they could change.
pub fn plan(brief: &Brief, facts: &Facts, limits: &Limits, stop: &StopFlag) -> Result<Plan, PlanningError> {
    let (problem, index) = to_problem(brief, facts)?;
    match solver::solve(&problem, limits, stop) {
        Outcome::Solved(solution) => Ok(to_plan(brief, facts, &problem, &index, &solution)),
        Outcome::Infeasible(infeasible) => {
            let mut error = explain(brief, facts, &infeasible, &index);
            if !infeasible.proven {
                error.sentence =
                    format!("No plan was found within the limit of the search. The nearest reason: {}", error.sentence);
            }
            Err(error)
        }
    }
}
