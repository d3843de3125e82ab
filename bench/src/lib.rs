//! How fast the house is, and whether it keeps its word while it is: private servers, real processes, a client of our own.
//!
//! Every figure is taken of processes of the same binary, on this machine, beside the time of one durable commit on the same
//! database. Nothing lost, nothing run twice and no event missed are gates; the speeds are figures. Only `app` knows this
//! crate. Start reading at [`run`], then `measures` for what is measured and `house` for what it is measured of.

mod client;
mod commit;
mod error;
mod figures;
mod growth;
mod house;
mod load;
mod machine;
pub mod measures;
mod readers;
mod report;
mod soak;
mod table;

use std::{future::Future, path::PathBuf};

use tokio_util::sync::CancellationToken;

pub use error::Error;
pub use figures::Spread;
pub use growth::{Growth, Level, growth};
pub use house::Wiring;
pub use load::{Burst, Rate};
pub use measures::Measure;
pub use report::{Gate, Report, WiringReport};
pub use rig::kill_all;
pub use soak::{Soak, SoakConfig, soak};

use crate::{house::House, measures::Scale};

/// What is to be measured.
#[derive(Debug, Clone)]
pub struct Config {
    /// The binary whose processes are measured.
    pub binary: PathBuf,
    pub wirings: Vec<Wiring>,
    pub measures: Vec<Measure>,
    /// Small counts: to see that it works, not to be quoted.
    pub is_quick: bool,
}

/// Measures until `stop`, and says on the way what it is about to do. Blocks; it has a thread and a runtime of its own.
///
/// # Errors
/// When something cannot be measured. A broken gate is no error: it stands in the report.
pub fn run(config: &Config, stop: &CancellationToken, mut tell: impl FnMut(String)) -> Result<Report, Error> {
    on_one_thread(stop, async {
        let streams_max = usize::try_from(machine::raise_file_limit()?).unwrap_or(usize::MAX);
        let scale = Scale { is_quick: config.is_quick, streams_max };
        let mut report = Report::new(config.is_quick, streams_max);
        for wiring in &config.wirings {
            tell(format!("{}: starting", wiring.name()));
            let mut house = House::build(*wiring, &config.binary).await?;
            let mut measured = WiringReport::new(*wiring, commit::measure(&house, scale).await?);
            for measure in &config.measures {
                tell(format!("{}: {measure:?}", wiring.name()));
                measured.figures.take(*measure, &mut house, scale).await?;
            }
            report.wirings.push(measured);
        }
        Ok(report)
    })
}

/// One thread for the client, so that the other cores are the server's. What runs is dropped, and with it every process,
/// when somebody asks for the end.
fn on_one_thread<T>(stop: &CancellationToken, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::machine("the client's thread cannot start"))?;
    runtime.block_on(stop.run_until_cancelled(work)).unwrap_or(Err(Error::Interrupted))
}
