//! `portolan schedules`: its flags, and the request that they make.

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use domain::{
    ScheduleId,
    request::{ApprovalPolicy, Constraints, PlanRequest},
    schedule::{CatchUp, OverlapPolicy, ScheduleAction, ScheduleRequest},
};

use super::{ListArgs, ServerArgs, plan::TripArgs};

#[derive(Debug, Args)]
pub(crate) struct SchedulesArgs {
    #[command(subcommand)]
    pub(crate) action: SchedulesAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchedulesAction {
    /// List schedules, newest first.
    Ls(ListArgs),
    /// Plan something again and again, by the clock.
    Create(Box<ScheduleCreateArgs>),
    /// Show a schedule, its next runs and what became of the last ones.
    Show(ScheduleShowArgs),
    /// Let it start nothing until it is resumed.
    Pause(ScheduleArgs),
    /// Let a paused one go on with its next run from now.
    Resume(ScheduleArgs),
    /// Start a job of it right now, whatever else runs.
    Run(ScheduleArgs),
    /// Remove it and its history. Jobs that it started stay.
    Rm(ScheduleArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleArgs {
    #[arg(value_name = "SCHEDULE_ID")]
    pub(crate) schedule_id: ScheduleId,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleShowArgs {
    /// The server's answer as it is.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) schedule: ScheduleArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  portolan schedules create \"a weekend in Rome, museums and good food\" --cron \"30 7 * * MON\" --zone Europe/Paris --days 3

The five fields of --cron are minute, hour, day of the month, month and day of the week; @daily and its kin are understood.
A time of day that the clocks leave out on a night in spring runs right after the gap; one that they show twice in autumn
runs once. docs/SCHEDULES.md tells the rest.")]
pub(crate) struct ScheduleCreateArgs {
    /// The wish, in plain English, as for `portolan plan`.
    #[arg(value_name = "WISH")]
    query: String,
    /// When, such as "30 7 * * MON-FRI".
    #[arg(long, value_name = "EXPRESSION")]
    cron: String,
    /// The IANA time zone whose clock counts.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,
    /// What to call it. The beginning of the wish, without it.
    #[arg(long)]
    name: Option<String>,
    /// What happens to a run while the job of an earlier one has not ended.
    #[arg(long, value_parser = words!(OverlapPolicy))]
    overlap: Option<String>,
    /// What happens to runs that were missed because no scheduler was there.
    #[arg(long, value_name = "POLICY", value_parser = words!(CatchUp))]
    catch_up: Option<String>,
    /// Missed runs that are older than this many seconds are let be.
    #[arg(long, value_name = "SECONDS")]
    window: Option<u64>,
    /// Let each run begin up to this many seconds late, by an amount of its own.
    #[arg(long, value_name = "SECONDS")]
    jitter: Option<u64>,
    /// No run comes after this instant, such as 2027-06-30T00:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    until: Option<DateTime<Utc>>,
    /// When a person must approve a plan: `auto` above the configured price, `always`, or `never`.
    #[arg(long, value_name = "WHEN", value_parser = words!(ApprovalPolicy))]
    approval: Option<String>,
    #[command(flatten)]
    trip: TripArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

impl ScheduleCreateArgs {
    /// The request that the flags make; the server checks it.
    pub(crate) fn request(&self) -> ScheduleRequest {
        const NAME_CHARS: usize = 60;
        let constraints = self.trip.constraints();
        let plan = PlanRequest {
            user_id: None,
            query: self.query.clone(),
            constraints: (constraints != Constraints::default()).then_some(constraints),
            approval: self.approval.as_deref().and_then(ApprovalPolicy::from_word),
            approval_timeout_s: None,
            on_timeout: None,
            deadline_s: None,
            workflow: None,
            probe: None,
        };
        let name = self.name.clone().unwrap_or_else(|| plan.summary().chars().take(NAME_CHARS).collect());
        ScheduleRequest {
            name,
            cron: self.cron.clone(),
            time_zone: Some(self.zone.clone()),
            action: ScheduleAction::Plan(plan),
            overlap: self.overlap.as_deref().and_then(OverlapPolicy::from_word),
            catch_up: self.catch_up.as_deref().and_then(CatchUp::from_word),
            window_s: self.window,
            jitter_s: self.jitter,
            ends_at: self.until,
            user_id: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn every_flag_arrives() {
        let line = [
            "portolan",
            "schedules",
            "create",
            "a weekend in Rome",
            "--cron",
            "30 7 * * MON",
            "--zone",
            "Europe/Paris",
            "--overlap",
            "buffer_one",
            "--catch-up",
            "all",
            "--window",
            "3600",
            "--jitter",
            "30",
            "--until",
            "2027-06-30T00:00:00Z",
            "--days",
            "3",
            "--approval",
            "never",
        ];
        let cli = Cli::try_parse_from(line).expect("it parses");
        let Command::Schedules(SchedulesArgs { action: SchedulesAction::Create(args) }) = cli.command else {
            panic!("it makes one")
        };
        let expected = serde_json::json!({
            "name": "a weekend in Rome", "cron": "30 7 * * MON", "time_zone": "Europe/Paris",
            "action": { "plan": { "query": "a weekend in Rome", "constraints": { "days": 3 }, "approval": "never" } },
            "overlap": "buffer_one", "catch_up": "all", "window_s": 3600, "jitter_s": 30,
            "ends_at": "2027-06-30T00:00:00Z",
        });
        assert_eq!(serde_json::to_value(args.request()).expect("it is JSON"), expected);
    }
}
