//! The exact solver of a trip to one city: which journey, which bed, which meals and sights, when.
//!
//! Pure: whole numbers in, whole numbers out; no I/O, no randomness, no other crate of the workspace. It must never
//! know what a brief, a fact or a currency is. Start reading at [`Problem`], then [`solve`].
//!
//! # The objective
//!
//! The most points, where a plan earns the scores of its journey, its bed, each sight on its day and each meal, less
//! [`Problem::minute_penalty`] for each minute of travelling inside the city (the ways from the bed and back to it
//! included: little zigzag) and less [`Problem::repeat_penalty`] for each meal at a place of an earlier day.
//!
//! Hard, and never broken: opening hours, the free span of each day with the way back to the bed, the span in which
//! each meal starts, required meals, no place to eat twice on a day, no sight twice, the most sights of a day, the
//! first minute for sights, must-see sights, the budget with tickets.
//!
//! # The method
//!
//! 1. One day is searched exactly (`day`): labels over sets of sights, with dominance and bounds (`outlook`).
//! 2. A first trip takes the cheapest of everything, so that a plan within the budget is there at once; then days and
//!    pairs of days are planned anew until nothing improves (`trip`).
//! 3. Multipliers on sights, meals and money make the days independent and bound every choice of journey and bed at
//!    once (`bound`). A choice whose bound is no better than the best trip is done.
//! 4. For the rest, all day plans within the gap are listed and combined (`settle`): the proof, or a better trip.
//!
//! Every step counts its nodes; with the same input and node limit the answer is the same. Ended early, it is the
//! best trip so far, with `optimal` false and the best bound.

mod bound;
mod day;
mod day_task;
mod infeasible;
mod limits;
mod outcome;
mod outlook;
mod problem;
mod search;
mod settle;
#[cfg(test)]
mod tests;
mod trip;

pub use limits::{EndedBy, Limits, StopFlag};
pub use outcome::{Infeasible, Outcome, Reason, ScoreParts, Solution, Stop, StopKind};
pub use problem::{
    Bed, DayFrame, Journey, MEALS_PER_DAY, Meal, MealTime, Need, Problem, SIGHTS_MAX, Sight, SightDay, Span, Travel,
};
pub use search::solve;
