//! Whether a plan keeps its promises: [`verify`] holds it to the brief and to the facts, item by item and cent by cent.
//!
//! It must never know the solver, its problem or how a plan was found, so that a mistake there cannot hide itself here.
//! Pure: no I/O, no clock. It never panics, whatever it is given; all arithmetic saturates or is wide enough.
//! Start reading at [`Rule`], then the private modules `trip` and `visit`, which index the
//! plan once for all checks.

mod bill;
mod calendar;
mod costs;
mod empty_day;
mod heading;
mod legs;
mod meals;
mod provenance;
mod quality;
mod route;
mod rule;
mod sights;
mod stay;
mod streets;
#[cfg(test)]
mod tests;
mod transfers;
mod trip;
mod visit;
mod whereabouts;

use domain::{brief::Brief, facts::Facts, plan::Plan};

pub use rule::{Rule, Violation};

use crate::{rule::Report, trip::Trip};

/// Everything that is wrong with `plan`, measured against what was asked (`brief`) and what is known (`facts`). Empty
/// when the plan holds. The order is fixed: the same input gives the same list.
#[must_use]
pub fn verify(brief: &Brief, facts: &Facts, plan: &Plan) -> Vec<Violation> {
    let trip = Trip::new(brief, facts, plan);
    let mut report = Report::default();
    heading::check(&trip, &mut report);
    calendar::check(&trip, &mut report);
    whereabouts::check(&trip, &mut report);
    legs::check(&trip, &mut report);
    route::check(&trip, &mut report);
    transfers::check(&trip, &mut report);
    stay::check(&trip, &mut report);
    sights::check(&trip, &mut report);
    meals::check(&trip, &mut report);
    empty_day::check(&trip, &mut report);
    streets::check(&trip, &mut report);
    bill::check(&trip, &mut report);
    costs::check(&trip, &mut report);
    provenance::check(&trip, &mut report);
    quality::check(&trip, &mut report);
    report.into_violations()
}
