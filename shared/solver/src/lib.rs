//! The exact solver of a trip through cities: which legs, which stays, which beds, which meals and sights, when.
//!
//! Pure: whole numbers in, whole numbers out; no I/O, no randomness, no other crate of the workspace. It must never
//! know what a brief, a fact or a currency is. Start reading at [`Problem`], then [`solve()`] and [`cheapest()`].
//!
//! # The objective
//!
//! The most points, where a plan earns the scores of its legs, its beds, each sight on its day and each meal, less
//! [`Problem::minute_penalty`] for each minute of travelling inside a city (the ways from the bed and back to it
//! included: little zigzag), less [`Problem::repeat_penalty`] for each meal at a place of an earlier day, and less
//! [`Problem::empty_day_penalty`] for each day that wants a sight and has none, [`Problem::thin_day_penalty`] for each
//! that has a single one, and [`Problem::idle_morning_penalty`] for each that has none in the morning.
//!
//! Hard, and never broken: a path from home through exactly [`Problem::city_count`] different cities, the required
//! ones among them; one's own car for all legs or none; opening hours, the free span of each day with the way back to
//! the bed, the span in which each meal starts, required meals, no sight twice, the most sights of a day, the first
//! minute for sights, must-see sights, each kind of food at least once, the budget with tickets. No place is eaten at
//! twice on one day. On a later day of the stay, a meal may be at a place eaten at before exactly when the stay has at
//! least [`City::repeat_from_nights`] nights for that meal of the day; it is the later meal that has to be allowed.
//!
//! # The method
//!
//! 1. Money before time (`resource`, `meal_table`): the least cost of every rest of every path, with different places
//!    that cover the kinds of food. It refuses hopeless budgets and chooses the places for the first plan (`first`),
//!    which a greedy search of one day after the other does not find where money, places or kinds of food are short.
//! 2. Routes and beds (`graph`, `paths`): with a price on money (`outline`) the value of a trip is a sum over its legs
//!    and stays, so paths are taken out best first, without a list of all. Three cities in any order with ten legs
//!    for each hop and 20 beds each have 480 million choices, some 12 minutes at 1.5 microseconds for the bound of
//!    one; the price of money and the best 120 choices of them take 1.1 milliseconds.
//! 3. A good trip is woven (`weave`, `moves`): stops are added, exchanged and moved between days one at a time, each
//!    change judged by a few hops, a thousand times as fast as the search of a day. It is carried over to other routes
//!    and beds (`good`, `adapt`), of which the best is woven on. With this, 3,000 nodes find what 40,000 found without.
//! 4. One day is searched exactly (`day`): labels over sets of sights, with dominance and bounds (`outlook`). Places
//!    with the same ways to everywhere are one class (`ground`), so that orders that differ in nothing are not
//!    searched again. Days, and pairs of days, are planned anew until nothing improves (`polish`).
//! 5. Multipliers on sights, places, kinds of food and money make the days independent and bound every choice of
//!    route and beds at once (`bound`). A choice whose bound is no better than the best trip is done.
//! 6. For the rest, all day plans within the gap are listed and combined (`settle`): the proof, or a better trip.
//!
//! [`cheapest()`] is the same search with costs for scores and without a budget; mostly the first step already gives a
//! plan that costs no more than its own lower bound. [`solve()`] falls back on it when no first plan is affordable.
//!
//! Every step counts its nodes; with the same input and node limit the answer is the same. Ended early, it is the
//! best trip so far, with `optimal` false and the best bound.
//!
//! `examples/measure.rs` says how long all that takes.

mod adapt;
mod bound;
mod day;
mod day_plan;
mod day_task;
mod first;
mod good;
mod graph;
mod ground;
mod infeasible;
mod limits;
mod meal_table;
mod moves;
mod outcome;
mod outline;
mod outlook;
mod paths;
mod polish;
mod problem;
mod resource;
mod search;
mod settle;
mod solve;
#[cfg(test)]
mod tests;
mod trip;
mod weave;

pub use limits::{EndedBy, Limits, StopFlag};
pub use outcome::{Cheapest, Infeasible, Outcome, Reason, ScoreParts, Solution, Stop, StopKind, Visit};
pub use problem::{
    Bed, Booking, City, DayFrame, FLAVOURS_MAX, Leg, MEALS_PER_DAY, Meal, MealTime, Need, Problem, SIGHTS_MAX, Sight,
    SightDay, Span, Stay, Travel,
};
pub use solve::{cheapest, solve};
