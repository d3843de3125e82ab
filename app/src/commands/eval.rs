//! `portolan eval`: how good plans are, measured.

use std::{
    fs,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::Context;
use evals::{
    travelplanner::{self, PlanLine},
    trips,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::task::spawn_blocking;

use crate::{
    cli::{EvalArgs, Measure, TravelplannerArgs, TripsArgs},
    exit::{Exit, Failure},
    output,
    render::Look,
};

pub(super) async fn run(args: EvalArgs) -> anyhow::Result<Exit> {
    // It takes one core for minutes, and has a runtime of its own.
    let measured = spawn_blocking(move || match args.measure {
        Measure::Travelplanner(args) => travelplanner(&args),
        Measure::Trips(args) => trips(&args),
    });
    measured.await.context("the evaluation ended early")?
}

fn travelplanner(args: &TravelplannerArgs) -> anyhow::Result<Exit> {
    let data = args.data.display();
    let text =
        fs::read_to_string(&args.data).map_err(|error| Failure::usage(format!("{data} cannot be read: {error}")))?;
    let mut records = travelplanner::read(&text).map_err(|error| Failure::usage(format!("{data}: {error}")))?;
    records.truncate(args.limit.map_or(usize::MAX, |limit| limit as usize));
    // Found out before the work, and not after it.
    let out = args.out.as_deref().filter(|path| *path != Path::new("-")).map(create).transpose()?;
    let bar = progress(records.len() as u64);
    let evaluation = travelplanner::evaluate(&records, || bar.inc(1)).context("the evaluation cannot start")?;
    bar.finish_and_clear();
    if let Some(out) = out {
        write(out, &evaluation.lines).context("the plans cannot be written")?;
    }
    let summary = &evaluation.summary;
    tell(summary, args.json)?;
    Ok(if summary.delivered == summary.requests { Exit::Ok } else { Exit::Failed })
}

fn trips(args: &TripsArgs) -> anyhow::Result<Exit> {
    let bar = progress(args.count.into());
    let summary = trips::evaluate(args.count, args.seed, || bar.inc(1)).context("the evaluation cannot start")?;
    bar.finish_and_clear();
    tell(&summary, args.json)?;
    Ok(if summary.faults.is_empty() { Exit::Ok } else { Exit::Failed })
}

fn create(path: &Path) -> anyhow::Result<fs::File> {
    let unwritable = |error| Failure::usage(format!("{} cannot be written: {error}", path.display()));
    Ok(fs::File::create(path).map_err(unwritable)?)
}

fn write(out: fs::File, lines: &[PlanLine]) -> anyhow::Result<()> {
    let mut out = BufWriter::new(out);
    for line in lines {
        serde_json::to_writer(&mut out, line)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn tell(summary: &(impl Serialize + ToString), as_json: bool) -> anyhow::Result<()> {
    output::data(if as_json { serde_json::to_string(summary)? } else { summary.to_string() });
    Ok(())
}

/// How far it is, on a terminal; hidden anywhere else.
fn progress(count: u64) -> ProgressBar {
    if !Look::stderr().is_live {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len}, {eta} left");
    ProgressBar::new(count).with_style(style.expect("the template is a constant"))
}
