//! The command line. The help texts are meant to be learnt from: somebody who reads `portolan plan --help` can plan.

/// The words of one of the house's enums, so that the help lists them.
macro_rules! words {
    ($words:ty) => {
        clap::builder::PossibleValuesParser::new(<$words>::ALL.iter().map(|word| word.word()))
    };
}

mod alerts;
mod bench;
mod channels;
mod chaos;
mod eval;
mod list;
mod plan;
mod schedules;
mod watches;
mod webhooks;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::JobId;

use crate::exit::EXIT_CODES;

pub(crate) use alerts::{AlertFollowArgs, AlertLsArgs, AlertsAction, AlertsArgs};
pub(crate) use bench::{BenchArgs, BenchMore, GrowthArgs, SoakArgs, TellArgs};
pub(crate) use channels::{ChannelLsArgs, ChannelsAction, ChannelsArgs};
pub(crate) use chaos::ChaosArgs;
pub(crate) use eval::{EvalArgs, Measure, TravelplannerArgs, TripsArgs};
pub(crate) use list::ListArgs;
pub(crate) use plan::PlanArgs;
pub(crate) use schedules::{ScheduleShowArgs, SchedulesAction, SchedulesArgs};
pub(crate) use watches::{WatchAction, WatchArgs, WatchShowArgs};
pub(crate) use webhooks::{DeliveriesArgs, WebhooksAction, WebhooksArgs};

/// A second is more than a day then; faster, nothing could be watched.
const TIME_SCALE_MAX: i64 = 100_000;

/// Plans trips with agents that run as durable jobs, on your own machine.
///
/// Try this in an empty folder; nothing else needs to run:
///
///   portolan plan "4 days in Lisbon for two from Berlin in May, 1800 EUR, art and seafood"
///
/// For a backend to build on, `portolan dev` serves the HTTP API on 127.0.0.1:8000 from one process. Larger, `portolan api`,
/// `portolan worker` and `portolan scheduler` are processes of their own over Postgres and Redis.
#[derive(Debug, Parser)]
#[command(name = "portolan", version, propagate_version = true, after_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Settings from this file, in place of ./portolan.toml. The environment wins over it: PORTOLAN__WORKER__SLOTS=8 is
    /// `slots` of the table `worker`; DATABASE_URL and REDIS_URL are understood, too.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Plan a trip, watch the agents at work, and print the itinerary.
    Plan(Box<PlanArgs>),
    /// Follow a job, from its beginning or from an event on.
    Follow(FollowArgs),
    /// List jobs, newest first.
    Jobs(JobsArgs),
    /// Show where a job stands.
    Status(StatusArgs),
    /// Decide at a job's gate: approve, reject, edit or answer.
    Approve(ApproveArgs),
    /// End a job. What it found so far is kept.
    Cancel(CancelArgs),
    /// Show what is stored, how long it is kept, and what is removed next.
    Storage(StorageArgs),
    /// Plan again and again, by the clock: list, make, pause, run and remove schedules.
    Schedules(SchedulesArgs),
    /// Look at flight prices, calendars or budgets by itself, and suggest a trip: list, make, show, check, pause and remove
    /// watches.
    Watch(WatchArgs),
    /// What people should know: list, follow and answer alerts.
    Alerts(AlertsArgs),
    /// Where people are told of alerts: list, make, test and remove channels.
    Channels(ChannelsArgs),
    /// Addresses that are told of jobs and alerts: list, make, rotate, ping and replay webhooks.
    Webhooks(WebhooksArgs),
    /// Serve everything from one process on this machine: API, worker and scheduler over a SQLite file.
    ///
    /// Open to whoever can reach it, and therefore only ever on 127.0.0.1 or ::1. Ctrl-C stops it; jobs that are not done
    /// go on at the next start, also after kill -9.
    Dev(DevArgs),
    /// Serve the HTTP API. One of any number of processes over Postgres and Redis.
    Api(ApiArgs),
    /// Run jobs. One of any number of processes over Postgres and Redis.
    Worker(PartArgs),
    /// Do what is due by the clock. One of any number of processes over Postgres and Redis.
    Scheduler(PartArgs),
    /// Bring the database's schema up or down, or say where it is.
    ///
    /// A step of a release: `api`, `worker` and `scheduler` never migrate by themselves. `dev` and `plan` do.
    Migrate(MigrateArgs),
    /// Print the OpenAPI document.
    Openapi,
    /// Look for what keeps Portolan from working, and say how to mend it. Ends with 1 if something does.
    Doctor(DoctorArgs),
    /// Make an API key and print it, once, with the settings that let it in.
    Key(KeyArgs),
    /// Measure how good plans are: many requests, planned in memory, counted and judged.
    ///
    /// No server, no database and no network are used; nothing is kept. docs/EVALUATION.md says what the numbers mean.
    Eval(EvalArgs),
    /// Measure how fast Portolan is on this machine: requests, jobs, streams, recovery, start.
    ///
    /// Starts a private Postgres and Redis and real processes on free ports, and ends them. Ends with 1 if anything was
    /// lost, run twice or missed. docs/PERFORMANCE.md says what the figures mean.
    Bench(BenchArgs),
    /// Prove the promises: kill, pause, cut and replace real processes under load, and judge what clients saw.
    ///
    /// Starts a Redis, a Postgres and processes of this binary on private ports, and ends them. Ends with 0 when everything
    /// held and with 1 when it did not. docs/CHAOS.md says what is done and what must hold.
    Chaos(ChaosArgs),
}

/// Which Portolan to talk to.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Which Portolan")]
pub(crate) struct ServerArgs {
    /// The server. Without it: the running `portolan dev` of this folder, or else this process does it all by itself.
    #[arg(long, value_name = "URL", env = "PORTOLAN_SERVER", hide_env_values = true)]
    pub(crate) server: Option<String>,
    /// The environment variable that holds the API key. Keys are never taken from the command line, where others on the
    /// machine can read them.
    #[arg(long, value_name = "NAME", default_value = "PORTOLAN_API_KEY")]
    pub(crate) key_env: String,
    /// The folder with the SQLite file, the lock and the log.
    #[arg(long, value_name = "DIR", default_value = ".portolan")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct FollowArgs {
    /// The job.
    #[arg(value_name = "JOB_ID")]
    pub(crate) job_id: JobId,
    /// Only what happened after the event with this number.
    #[arg(long, value_name = "SEQ", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) since: i64,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
    #[command(flatten)]
    pub(crate) to: OutArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// What to print.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "What to print")]
pub(crate) struct ShowArgs {
    /// Every event as one line of JSON on stdout, and nothing else. Its `seq` is what `follow --since` takes.
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) json: bool,
    /// The plan as Markdown.
    #[arg(long)]
    pub(crate) markdown: bool,
}

/// Where to put the plan.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What to print")]
pub(crate) struct OutArgs {
    /// Write the plan into this folder, too, once it is made: plan.json, plan.md, plan.ics (calendar) and plan.geojson
    /// (map). The folder is made; files of these names are written over.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct JobsArgs {
    /// Only jobs in this state: queued, running, waiting_approval, paused, completed, failed or cancelled.
    #[arg(long, value_name = "STATE", value_parser = words!(domain::job::JobStatus))]
    pub(crate) status: Option<String>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[arg(value_name = "JOB_ID")]
    pub(crate) job_id: JobId,
    /// The server's answer as it is.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StorageArgs {
    /// The server's answer as it is.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    #[arg(value_name = "JOB_ID")]
    pub(crate) job_id: JobId,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// What to say at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecisionArg {
    /// Go on with what is proposed.
    Approve,
    /// End the job.
    Reject,
    /// Change the brief (--edits), plan again and ask again.
    Edit,
    /// Answer a question (--answer).
    Answer,
}

#[derive(Debug, Args)]
pub(crate) struct ApproveArgs {
    #[arg(value_name = "JOB_ID")]
    pub(crate) job_id: JobId,
    pub(crate) decision: DecisionArg,
    /// The answer to a question.
    #[arg(long, value_name = "TEXT", required_if_eq("decision", "answer"))]
    pub(crate) answer: Option<String>,
    /// Changes to the brief as a JSON merge patch, such as '{"budget": {"amount_cents": 200000, "currency": "EUR"}}'.
    #[arg(long, value_name = "JSON", required_if_eq("decision", "edit"), value_parser = json)]
    pub(crate) edits: Option<serde_json::Value>,
    /// A remark that is kept with the decision.
    #[arg(long, value_name = "TEXT")]
    pub(crate) comment: Option<String>,
    /// Which gate. Needed only when the job has had several.
    #[arg(long, value_name = "ID")]
    pub(crate) approval_id: Option<domain::GateId>,
    /// What you were shown, as `status` and `watch` print it: refused if the gate shows something else meanwhile.
    #[arg(long, value_name = "SHA256")]
    pub(crate) proposal_hash: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    /// The port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 8000, conflicts_with = "listen")]
    pub(crate) port: u16,
    /// Another address of this machine alone, such as that of IPv6, `[::1]:8000`.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// The folder with the SQLite file, the lock and the log.
    #[arg(long, value_name = "DIR", default_value = ".portolan")]
    pub(crate) data: PathBuf,
    /// For trials: let time run this many times as fast, from now on or from where the folder's time has come to. With 3600
    /// an hour passes in a second: schedules tick, watches look and simulated fares move as in days. Leases, retries and
    /// deadlines of jobs stay real, and a gate is open for ten real minutes at least.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=TIME_SCALE_MAX))]
    pub(crate) time_scale: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct ApiArgs {
    /// Where to listen. Any other address than 127.0.0.1 or ::1 asks for API keys in api.keys.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub(crate) listen: SocketAddr,
    /// Let everybody in without a key. For trials on this machine only: refused on any other address than loopback.
    #[arg(long)]
    pub(crate) insecure_open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PartArgs {
    /// Serve /health, /health/ready and /metrics here, for probes and for Prometheus. Nothing else is served, and no key is
    /// asked for: keep it off public networks.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) operations: Option<SocketAddr>,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    pub(crate) direction: MigrateDirection,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum MigrateDirection {
    /// Apply what is not applied yet.
    Up,
    /// Take the newest migrations back. Their tables go, and the rows in them.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
        /// Yes, rows may be lost.
        #[arg(long)]
        yes: bool,
    },
    /// List the migrations and which of them are applied. Ends with 1 if one is not.
    Status,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The folder with the SQLite file, the lock and the log.
    #[arg(long, value_name = "DIR", default_value = ".portolan")]
    pub(crate) data: PathBuf,
    /// The address that should be free to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    pub(crate) listen: SocketAddr,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Whose key it is: what decisions are signed with, and what logs call it.
    #[arg(long, value_parser = short_name)]
    pub(crate) name: String,
    /// The customer whose jobs it sees.
    #[arg(long, default_value = "default", value_parser = short_name)]
    pub(crate) tenant: String,
}

fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

fn short_name(text: &str) -> Result<String, String> {
    const LENGTH_MAX: usize = 64;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !text.is_empty() && text.len() <= LENGTH_MAX && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err(format!("1 to {LENGTH_MAX} letters, digits, '-', '_' or '.'"))
    }
}

/// A span such as 90s, 30m, 2h or 3d, in seconds.
fn span_s(text: &str) -> Result<i64, String> {
    let wrong = || format!("\"{}\" is no span such as 30m, 2h or 3d", text.escape_debug());
    let (digits, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let count: u32 = digits.parse().map_err(|_| wrong())?;
    Ok(i64::from(count) * seconds)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn a_span_has_a_number_and_a_unit() {
        assert_eq!((span_s("90s"), span_s("2h"), span_s("3d")), (Ok(90), Ok(7_200), Ok(259_200)));
        for bad in ["", "h", "5", "-5m", "5 m", "5w", "99999999999d", "5ü"] {
            assert!(span_s(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
