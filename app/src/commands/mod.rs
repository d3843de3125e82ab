//! One file per command.

mod alerts;
mod api;
mod approve;
mod bench;
mod cancel;
mod channels;
mod chaos;
mod dev;
mod doctor;
mod eval;
mod follow;
mod following;
mod gate;
mod jobs;
mod key;
mod migrate;
mod openapi;
mod out;
mod plan;
mod scheduler;
mod schedules;
mod status;
mod storage;
mod watch;
mod webhooks;
mod worker;

use std::path::Path;

use ::dispatch::set_crash_at;

use crate::{
    cli::{Cli, Command},
    config::{Role, Settings},
    control, environment,
    exit::{Exit, Failure},
    telemetry::{self, Sink},
};

/// Does what was asked for.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<Exit> {
    crash_where_told()?;
    let config = cli.config.as_deref();
    match cli.command {
        Command::Plan(args) => plan::run(*args, config).await,
        Command::Follow(args) => follow::run(args, config).await,
        Command::Jobs(args) => jobs::run(args, config).await,
        Command::Status(args) => status::run(args, config).await,
        Command::Approve(args) => approve::run(args, config).await,
        Command::Cancel(args) => cancel::run(args, config).await,
        Command::Storage(args) => storage::run(args, config).await,
        Command::Schedules(args) => schedules::run(args, config).await,
        Command::Watch(args) => watch::run(args, config).await,
        Command::Alerts(args) => alerts::run(args, config).await,
        Command::Channels(args) => channels::run(args, config).await,
        Command::Webhooks(args) => webhooks::run(args, config).await,
        Command::Dev(args) => dev::run(args, config).await,
        Command::Api(args) => api::run(args, config).await,
        Command::Worker(args) => worker::run(args, config).await,
        Command::Scheduler(args) => scheduler::run(args, config).await,
        Command::Migrate(args) => migrate::run(args, config).await,
        Command::Openapi => openapi::run(),
        Command::Doctor(args) => doctor::run(args, config).await,
        Command::Key(args) => Ok(key::run(&args)),
        Command::Eval(args) => eval::run(args).await,
        Command::Bench(args) => bench::run(args).await,
        Command::Chaos(args) => chaos::run(&args).await,
    }
}

/// The settings of a serving process: read, checked, and told.
fn serving(config: Option<&Path>, role: Role, data: Option<&Path>) -> anyhow::Result<Settings> {
    let mut settings = Settings::load(config)?;
    control::obey(&mut settings)?;
    settings.check(role)?;
    telemetry::start_log(&settings.log, &Sink::Stderr)?;
    settings.announce(role.name(), data);
    Ok(settings)
}

/// For tests: `CRASH_AT=name:n` lets the process die, as if by kill -9, at the n-th pass of a named point; with
/// `CRASH_JOB=id` only that job's passes count.
fn crash_where_told() -> anyhow::Result<()> {
    let Some(told) = environment::get("CRASH_AT") else { return Ok(()) };
    // The name holds a colon itself.
    let parsed = told.rsplit_once(':').and_then(|(name, count)| Some((name, count.parse::<u64>().ok()?)));
    let (name, count) = parsed.ok_or_else(|| Failure::usage(format!("CRASH_AT is \"{told}\" and not name:count")))?;
    let job = environment::get("CRASH_JOB").map(|id| id.parse()).transpose();
    let job = job.map_err(|error| Failure::usage(format!("CRASH_JOB: {error}")))?;
    set_crash_at(name, count, job).map_err(|error| Failure::usage(format!("CRASH_AT: {error}")).into())
}
