//! The answer of a search.

use crate::limits::EndedBy;

/// A plan, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Solved(Solution),
    Infeasible(Infeasible),
}

/// What a stop is; indices into the problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopKind {
    Sight(usize),
    Meal {
        /// Which meal of the day.
        slot: usize,
        meal: usize,
    },
}

/// One stop of a day, in minutes of that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    pub kind: StopKind,
    pub start_minute: u32,
    pub end_minute: u32,
}

/// The parts of a score. Their sum is the score; penalties are negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScoreParts {
    pub legs: i64,
    pub beds: i64,
    pub sights: i64,
    pub meals: i64,
    pub travelling: i64,
    pub repeats: i64,
    pub empty_days: i64,
    /// Days with a single sight, and idle mornings.
    pub lulls: i64,
}

impl ScoreParts {
    #[must_use]
    pub const fn sum(self) -> i64 {
        self.legs + self.beds + self.sights + self.meals + self.travelling + self.repeats + self.empty_days + self.lulls
    }
}

/// One city of the trip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Index into `Problem::stays`; it tells the city and the legs around it.
    pub stay: usize,
    /// Index into the beds of the city; `None` when the stay has no night.
    pub bed: Option<usize>,
    /// One entry for each day of the stay, in its order: the stops in order of time.
    pub days: Vec<Vec<Stop>>,
    /// Days of the stay that need a ticket.
    pub ticket_days: usize,
}

/// A plan that breaks no constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// The cities in the order in which they are visited; each leaves by the leg by which the next arrives.
    pub visits: Vec<Visit>,
    pub total_cents: i64,
    pub score: i64,
    pub parts: ScoreParts,
    /// No plan of the problem has a higher score.
    pub optimal: bool,
    pub ended_by: EndedBy,
    pub nodes: u64,
    /// No plan can score more than this; `None` when the search ended before any bound was known.
    pub bound: Option<i64>,
}

/// There is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Infeasible {
    pub reason: Reason,
    /// False when the search was cut before it could be sure.
    pub proven: bool,
    pub nodes: u64,
}

/// Why there is no plan. Indices into the problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No path from home through the wanted cities and back, whatever the beds and the money.
    #[error("no way through the cities and back is left")]
    NoRoute,
    /// Every possible route stays some number of nights in some city for which no bed can be booked.
    #[error("no bed of city {city} can be booked for the nights")]
    NoBed { city: usize },
    #[error("city {city} has too few places for meal {slot}")]
    NoMeal { city: usize, slot: usize },
    /// No place that can be reached serves this kind of food.
    #[error("no place serves the kind of food {flavour}")]
    NoFlavour { flavour: usize },
    /// Proven: nothing cheaper than `minimum_cents` exists, though the cheapest plan may cost more.
    #[error("the cheapest plan costs at least {minimum_cents} cents")]
    OverBudget { minimum_cents: i64 },
    #[error("sight {sight} is never open long enough while the travellers are there")]
    MustSeeClosed { sight: usize },
    #[error("sight {sight} fits into no day beside what the day must hold")]
    MustSeeDoesNotFit { sight: usize },
    /// Each part fits alone. The sights are those that the best attempt had to leave out.
    #[error("not everything that must be in the plan fits together")]
    NotTogether { sights: Vec<usize> },
    #[error("the search was stopped, or its time was over, before it had a plan")]
    Stopped,
}

/// The least that any plan costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cheapest {
    /// A plan that costs this much; the budget of the problem was ignored.
    pub solution: Solution,
    /// No plan costs less than this many cents. Equal to the solution's total: it is proven to be the cheapest.
    pub bound_cents: i64,
}
