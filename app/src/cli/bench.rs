//! What `portolan bench` takes.

use bench::{Measure, Wiring};
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    pub(crate) more: Option<BenchMore>,
    #[command(flatten)]
    pub(crate) over: WiringArgs,
    /// Only these, such as M1,M3. docs/PERFORMANCE.md says what each one is.
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = measure)]
    pub(crate) measures: Vec<Measure>,
    #[command(flatten)]
    pub(crate) tell: TellArgs,
}

/// Of what.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct WiringArgs {
    #[arg(long, value_enum, default_value = "both")]
    pub(crate) wiring: WiringArg,
    /// A tenth of everything or less: to see that it works here. Figures of it say nothing.
    #[arg(long)]
    pub(crate) quick: bool,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct TellArgs {
    /// The figures as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WiringArg {
    /// One process over SQLite.
    Embedded,
    /// Processes over Postgres and Redis.
    Distributed,
    /// One after the other.
    Both,
}

impl WiringArg {
    pub(crate) fn wirings(self) -> Vec<Wiring> {
        match self {
            Self::Embedded => vec![Wiring::Embedded],
            Self::Distributed => vec![Wiring::Distributed],
            Self::Both => Wiring::ALL.to_vec(),
        }
    }
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum BenchMore {
    /// Measure with 400, 4,000 and 40,000 finished jobs in the database. Ends with 1 if something becomes slower.
    Growth(GrowthArgs),
    /// Keep jobs and readers coming for a while. Ends with 1 if memory or open files grow, or something is lost or missed.
    Soak(SoakArgs),
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct GrowthArgs {
    #[command(flatten)]
    pub(crate) over: WiringArgs,
    #[command(flatten)]
    pub(crate) tell: TellArgs,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct SoakArgs {
    /// How long. Memory at the end is compared with that after ten minutes, or after a third of a shorter run.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_080))]
    pub(crate) minutes: u32,
    /// Jobs a second, of eight steps of 50 ms.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) rate: u32,
    /// Readers at a time, which come and go.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    pub(crate) streams: u32,
    #[command(flatten)]
    pub(crate) tell: TellArgs,
}

fn measure(text: &str) -> Result<Measure, String> {
    let found = Measure::ALL.into_iter().find(|measure| format!("{measure:?}").eq_ignore_ascii_case(text));
    found.ok_or_else(|| "M1 to M8".to_owned())
}
