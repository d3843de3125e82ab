//! Why there is no plan, in words, and what people could change.

use domain::{
    brief::Brief,
    facts::{Facts, MealKind},
    money::Money,
};
use solver::{Infeasible, Reason};

use super::{problem::Index, timeline::MEALS};

/// What stands in the way, for code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The facts have no exchange rate from the city's currency to the brief's.
    WrongRate {
        city: String,
    },
    NoTransport,
    /// There are legs, but none that leave time between arrival and departure.
    NoTimeInCity,
    NoBed {
        city: String,
    },
    NoMeal {
        meal: MealKind,
        city: String,
    },
    NoCuisine {
        cuisine: String,
    },
    /// Proven: no plan costs less than `minimum`.
    OverBudget {
        minimum: Money,
    },
    MustSeeUnknown {
        sight_id: String,
    },
    MustSeeAvoided {
        name: String,
    },
    /// It is in a city that the trip does not visit.
    MustSeeElsewhere {
        name: String,
    },
    MustSeeClosed {
        name: String,
    },
    MustSeeDoesNotFit {
        name: String,
    },
    /// Each wish can be met, but not all of them together. The names are those that were left out last.
    NotTogether {
        names: Vec<String>,
    },
    Stopped,
}

/// There is no plan for the brief.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct PlanningError {
    pub cause: Cause,
    /// The cause as a sentence for people.
    pub sentence: String,
    /// What they could change, as a sentence.
    pub hint: String,
}

impl PlanningError {
    pub(super) fn new(brief: &Brief, cause: Cause) -> Self {
        let sentence = sentence(brief, &cause);
        let hint = hint(brief, &cause);
        Self { cause, sentence, hint }
    }
}

/// The solver's reason, in the words of the brief and its facts.
#[must_use]
pub fn explain(brief: &Brief, facts: &Facts, infeasible: &Infeasible, index: &Index) -> PlanningError {
    let name = |sight: usize| facts.sights[index.sights[sight]].name.clone();
    let city_name = |city: usize| facts.cities[index.cities[city]].place.name.clone();
    let cause = match &infeasible.reason {
        Reason::NoRoute => Cause::NoTransport,
        Reason::NoBed { city } => Cause::NoBed { city: city_name(*city) },
        Reason::NoMeal { city, slot } => Cause::NoMeal { meal: MEALS[*slot], city: city_name(*city) },
        Reason::NoFlavour { flavour } => Cause::NoCuisine { cuisine: brief.cuisines[*flavour].clone() },
        Reason::OverBudget { minimum_cents } => {
            Cause::OverBudget { minimum: Money::new(*minimum_cents, brief.budget.currency) }
        }
        Reason::MustSeeClosed { sight } => Cause::MustSeeClosed { name: name(*sight) },
        Reason::MustSeeDoesNotFit { sight } => Cause::MustSeeDoesNotFit { name: name(*sight) },
        Reason::NotTogether { sights } => Cause::NotTogether { names: sights.iter().map(|at| name(*at)).collect() },
        Reason::Stopped => Cause::Stopped,
    };
    PlanningError::new(brief, cause)
}

fn sentence(brief: &Brief, cause: &Cause) -> String {
    let place = &brief.destination.name;
    match cause {
        Cause::WrongRate { city } => {
            format!("There is no exchange rate from {city}'s currency to {}.", brief.budget.currency)
        }
        Cause::NoTransport => {
            format!("No allowed way from {} to {place} and back was found on these dates.", brief.origin.name)
        }
        Cause::NoTimeInCity => format!("Every way back from {place} leaves before one can be there."),
        Cause::NoBed { city } => format!("No bed in {city} meets the wishes for lodging."),
        Cause::NoCuisine { cuisine } => format!("No place on the trip serves {cuisine} food."),
        Cause::NoMeal { meal, city } => {
            let diet: Vec<&str> = brief.diet.iter().map(|diet| diet.word()).collect();
            let diet = if diet.is_empty() { String::new() } else { format!(" ({})", diet.join(", ")) };
            format!("{city} has too few places that serve {}{diet}.", meal.word())
        }
        Cause::OverBudget { minimum } => {
            format!("The cheapest possible trip costs at least {minimum}, more than the budget of {}.", brief.budget)
        }
        Cause::MustSeeUnknown { sight_id } => format!("\"{sight_id}\" is not among the known sights of {place}."),
        Cause::MustSeeAvoided { name } => format!("{name} must be in the plan and must not be in it."),
        Cause::MustSeeElsewhere { name } => format!("{name} is in a city that the trip does not visit."),
        Cause::MustSeeClosed { name } => format!("{name} is closed whenever the travellers could see it."),
        Cause::MustSeeDoesNotFit { name } => format!("{name} does not fit into any day of the trip."),
        Cause::NotTogether { names } if names.is_empty() => {
            "Meals, travelling and opening hours leave no possible day.".to_owned()
        }
        Cause::NotTogether { names } => format!("Not everything fits together: {} had no room.", names.join(", ")),
        Cause::Stopped => "The search was stopped before it had a plan.".to_owned(),
    }
}

fn hint(brief: &Brief, cause: &Cause) -> String {
    match cause {
        Cause::WrongRate { .. } => "Give the budget in another currency.".to_owned(),
        Cause::NoTransport if brief.avoid_transport.is_empty() => "Choose other dates or another origin.".to_owned(),
        Cause::NoTransport => {
            let avoided: Vec<&str> = brief.avoid_transport.iter().map(|mode| mode.word()).collect();
            format!("Allow {}, or choose other dates.", avoided.join(" or "))
        }
        Cause::NoTimeInCity => "Add a day.".to_owned(),
        Cause::NoBed { .. } => "Drop a wish for the kind of house, the room, its rules or the price level.".to_owned(),
        Cause::NoCuisine { .. } => "Leave that kitchen out.".to_owned(),
        Cause::MustSeeElsewhere { .. } => "Add its city, or leave it out.".to_owned(),
        Cause::NoMeal { .. } => "Relax the diet, or choose other dates.".to_owned(),
        Cause::OverBudget { minimum } => {
            format!("Raise the budget to {minimum} or more, or travel for fewer days or with fewer people.")
        }
        Cause::MustSeeUnknown { .. } => "Check the name of the sight, or leave it out.".to_owned(),
        Cause::MustSeeAvoided { .. } => "Take it from one of the two lists.".to_owned(),
        Cause::MustSeeClosed { .. } => "Choose dates on which it is open, or leave it out.".to_owned(),
        Cause::MustSeeDoesNotFit { .. } => "Add a day, or leave it out.".to_owned(),
        Cause::NotTogether { .. } => "Add a day, raise the budget, or leave one of the wishes out.".to_owned(),
        Cause::Stopped => "Ask again.".to_owned(),
    }
}
