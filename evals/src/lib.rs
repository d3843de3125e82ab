//! How good Portolan's plans are, measured: requests in plain English go through the real travel workflow, in memory, and
//! what comes out is counted. Two measures: [`travelplanner`], the field's benchmark, and [`trips`], generated requests
//! over the bundled gazetteer.
//!
//! Nothing outside this crate may know that a benchmark exists; this crate must never touch how plans are made. It knows
//! the workflow only through [`worker::trial`] and the provider traits, and judges plans only with the verifier. Start
//! reading at [`travelplanner::evaluate`].

mod run;
mod times;
pub mod travelplanner;
pub mod trips;

pub use times::Times;
