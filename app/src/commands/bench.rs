//! `portolan bench`: how fast it is on this machine.

use std::{env::current_exe, fmt::Display, io};

use anyhow::Context;
use bench::{Config, Measure, SoakConfig, Wiring, growth, soak};
use serde::Serialize;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{BenchArgs, BenchMore, GrowthArgs, SoakArgs, TellArgs},
    exit::Exit,
    output,
    shutdown::{self, exit_at_once},
};

pub(super) async fn run(args: BenchArgs) -> anyhow::Result<Exit> {
    // Its children are in process groups of their own, which no terminal's signal reaches.
    let stop = shutdown::on_signals_then(|| {
        bench::kill_all();
        exit_at_once();
    })?;
    let stopped = stop.clone();
    // The client has a thread and a runtime of its own.
    let measured = spawn_blocking(move || match args.more {
        None => figures(&args, &stop),
        Some(BenchMore::Growth(args)) => growing(args, &stop),
        Some(BenchMore::Soak(args)) => soaking(args, &stop),
    });
    let ended = measured.await.context("the measuring ended early")?;
    if stopped.is_cancelled() { Ok(Exit::Interrupted) } else { ended }
}

fn figures(args: &BenchArgs, stop: &CancellationToken) -> anyhow::Result<Exit> {
    let measures = if args.measures.is_empty() { Measure::ALL.to_vec() } else { args.measures.clone() };
    let config = Config { binary: binary()?, wirings: args.over.wiring.wirings(), measures, is_quick: args.over.quick };
    let report = bench::run(&config, stop, output::note).context("it cannot be measured")?;
    tell(&report, args.tell)?;
    Ok(exit(report.holds()))
}

fn growing(args: GrowthArgs, stop: &CancellationToken) -> anyhow::Result<Exit> {
    let wirings = args.over.wiring.wirings();
    let found = growth(&binary()?, &wirings, args.over.quick, stop, output::note).context("it cannot be measured")?;
    tell(&found, args.tell)?;
    Ok(exit(found.slower().is_empty()))
}

fn soaking(args: SoakArgs, stop: &CancellationToken) -> anyhow::Result<Exit> {
    let SoakArgs { minutes, rate, streams, tell: how } = args;
    let config = SoakConfig { binary: binary()?, wiring: Wiring::Distributed, minutes, rate, streams };
    let found = soak(&config, stop, output::note).context("it cannot be measured")?;
    tell(&found, how)?;
    Ok(exit(found.holds()))
}

/// This one: what is measured is what was built.
fn binary() -> io::Result<std::path::PathBuf> {
    current_exe()
}

fn tell(found: &(impl Serialize + Display), how: TellArgs) -> anyhow::Result<()> {
    output::data(if how.json { serde_json::to_string(found)? } else { found.to_string() });
    Ok(())
}

fn exit(holds: bool) -> Exit {
    if holds { Exit::Ok } else { Exit::Failed }
}
