//! Runs jobs. The product lives here: workflows, the agents that they call, and the providers that the agents ask.
//!
//! It must never know HTTP servers, SQL or Redis: it reaches the rows and the bus through `dispatch`. Start reading at
//! [`workflows::travel`], then `engine` for how a job is claimed, journaled and given back,
//! and [`notify`] for how people and their servers are told.

pub mod agents;
mod config;
mod engine;
pub mod notify;
mod outside;
pub mod planning;
pub mod providers;
pub mod reading;
pub mod trial;
pub mod watching;
pub mod workflows;

pub use config::Config;
pub use engine::{Error, run};
pub use workflows::{Intake, SuggestIntake, intake, suggest_intake};
