//! `portolan chaos`: the proof that the promises hold.

use std::time::Duration;

use anyhow::Context;
use chaos::{Control, Nemesis, Options, ROWS, Row, Scale, Scenario};
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::ChaosArgs,
    exit::{Exit, Failure},
    output,
    render::Look,
    shutdown,
};

pub(super) async fn run(args: &ChaosArgs) -> anyhow::Result<Exit> {
    if args.list {
        output::data(listed());
        return Ok(Exit::Ok);
    }
    let options = options(args)?;
    let scenarios = scenarios(args, options.control);
    let at_once = CancellationToken::new();
    let over = at_once.clone();
    // Its processes are in groups of their own, which no terminal's signal reaches.
    let stop = shutdown::on_signals_then(move || {
        chaos::kill_all();
        over.cancel();
    })?;
    let played = at_once.run_until_cancelled(play_all(&scenarios, args, &options, &stop)).await;
    played.unwrap_or(Ok(Exit::Interrupted))
}

async fn play_all(
    scenarios: &[Scenario],
    args: &ChaosArgs,
    options: &Options,
    stop: &CancellationToken,
) -> anyhow::Result<Exit> {
    let mut exit = Exit::Ok;
    for scenario in scenarios {
        match play(*scenario, args, options, stop).await? {
            Some(true) => {}
            Some(false) => exit = Exit::Failed,
            None => return Ok(Exit::Interrupted),
        }
    }
    Ok(exit)
}

/// Plays one and tells of it; whether it held.
async fn play(
    scenario: Scenario,
    args: &ChaosArgs,
    options: &Options,
    stop: &CancellationToken,
) -> anyhow::Result<Option<bool>> {
    let scale = if args.full { Scale::Full } else { Scale::Tenth };
    let bar = if Look::stderr().is_live { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    let line = bar.clone();
    let tell = move |text: &str| line.set_message(format!("{}: {text}", scenario.word()));
    let played = chaos::play(scenario, scale, options, stop, tell).await;
    bar.finish_and_clear();
    let Some(report) = played? else { return Ok(None) };
    output::data(if args.json { serde_json::to_string(&report)? } else { report.to_string() });
    Ok(Some(report.held))
}

/// Those of the rows, or all of them, or the one that needs what is switched off, or the storm.
fn scenarios(args: &ChaosArgs, control: Option<Control>) -> Vec<Scenario> {
    match args.rows.as_slice() {
        [] if args.full => return Scenario::ALL.to_vec(),
        [] => return vec![control.map_or(Scenario::Storm, Control::scenario)],
        _ => {}
    }
    let mut found = Vec::new();
    for row in &args.rows {
        if !found.contains(&row.scenario) {
            found.push(row.scenario);
        }
    }
    found
}

fn options(args: &ChaosArgs) -> anyhow::Result<Options> {
    // The words were checked by the command line.
    let unknown = |word: &str| Failure::usage(format!("\"{word}\" is not known"));
    let nemeses = args.nemesis.iter().map(|word| Nemesis::from_word(word).ok_or_else(|| unknown(word)));
    let nemeses = nemeses.collect::<Result<Vec<_>, _>>()?;
    let control = args.control.as_deref().map(|word| Control::from_word(word).ok_or_else(|| unknown(word)));
    Ok(Options {
        binary: std::env::current_exe().context("this binary cannot be found")?,
        crash_points: dispatch::CRASH_POINTS,
        seed: args.seed,
        duration: Duration::from_secs_f64(args.minutes * 60.0),
        nemeses: if nemeses.is_empty() { Nemesis::ALL.to_vec() } else { nemeses },
        control: control.transpose()?,
    })
}

/// What can be played, what can be done, and where each promise is proved.
fn listed() -> String {
    let mut lines = vec!["scenarios".to_owned()];
    lines.extend(Scenario::ALL.iter().map(|scenario| format!("  {:<18} {}", scenario.word(), scenario.about())));
    lines.push("\nnemeses".to_owned());
    lines.extend(Nemesis::ALL.iter().map(|nemesis| format!("  {:<18} {}", nemesis.word(), nemesis.meaning())));
    lines.push("\ncontrols".to_owned());
    lines.extend(
        Control::ALL
            .iter()
            .map(|control| format!("  {:<18} {} ({})", control.word(), control.meaning(), control.scenario().word())),
    );
    lines.push("\nrows".to_owned());
    lines.extend(ROWS.iter().map(listed_row));
    lines.join("\n")
}

fn listed_row(row: &Row) -> String {
    let proofs: Vec<&str> = std::iter::once(row.scenario.word()).chain(row.tests.iter().copied()).collect();
    format!("  R{:<3} {}: {}", row.number, row.promise, proofs.join(", "))
}
