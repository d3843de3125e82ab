//! `portolan eval`: its flags.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    #[command(subcommand)]
    pub(crate) measure: Measure,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Measure {
    /// Plan the requests of the TravelPlanner benchmark from their text and their facts. Ends with 1 if one has no plan.
    Travelplanner(TravelplannerArgs),
    /// Plan generated requests over the bundled gazetteer. Ends with 1 if a plan breaks a rule, or a run ends in an error.
    Trips(TripsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct TravelplannerArgs {
    /// The requests with their facts, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) data: PathBuf,
    /// Write the plans here, in the format of the benchmark's scorer. Without it, or with `-`: nowhere.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Only the first so many requests.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// The summary as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TripsArgs {
    /// How many requests.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=i64::from(evals::trips::COUNT_MAX)))]
    pub(crate) count: u32,
    /// Which series of requests: the same seed gives the same ones.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The summary as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
