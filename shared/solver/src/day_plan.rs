//! The plan of one day.

use crate::{outcome::Stop, problem::MEALS_PER_DAY};

/// The stops of one day and what they amount to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DayPlan {
    pub(crate) stops: Vec<Stop>,
    pub(crate) sights: u128,
    pub(crate) meals: [Option<usize>; MEALS_PER_DAY],
    /// The kinds of food that its meals serve.
    pub(crate) flavours: u32,
    /// Without the ticket and without must-see sights, which every plan pays.
    pub(crate) cost_cents: i64,
    pub(crate) needs_ticket: bool,
    /// Minutes between the stops, from and to the bed.
    pub(crate) travel_minutes: u32,
    /// What the task's prices make of it, in thousandths of a point.
    pub(crate) price: i64,
}
