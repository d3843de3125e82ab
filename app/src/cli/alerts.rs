//! `portolan alerts`: its flags.

use clap::{Args, Subcommand};
use domain::{
    AlertId,
    alert::{AlertKind, AlertStatus, Severity},
};

use super::{ListArgs, ServerArgs, span_s};

#[derive(Debug, Args)]
pub(crate) struct AlertsArgs {
    #[command(subcommand)]
    pub(crate) action: AlertsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AlertsAction {
    /// List alerts, newest first.
    Ls(AlertLsArgs),
    /// Show an alert.
    Show(AlertShowArgs),
    /// Say that you take care of it.
    Ack(AlertAckArgs),
    /// Put it off: it comes back, and is told again.
    Snooze(AlertSnoozeArgs),
    /// Say that its cause is gone.
    Resolve(AlertArgs),
    /// Print alerts as they come, until Ctrl-C.
    Follow(AlertFollowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AlertArgs {
    #[arg(value_name = "ALERT_ID")]
    pub(crate) alert_id: AlertId,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AlertShowArgs {
    /// The server's answer as it is.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) alert: AlertArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AlertAckArgs {
    /// Who takes care.
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) alert: AlertArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AlertSnoozeArgs {
    /// For how long, such as 30m, 2h or 3d.
    #[arg(long = "for", value_name = "SPAN", value_parser = span_s, default_value = "1d")]
    pub(crate) for_s: i64,
    /// Who puts it off.
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) alert: AlertArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AlertLsArgs {
    /// Only alerts in this state.
    #[arg(long, value_parser = words!(AlertStatus))]
    pub(crate) status: Option<String>,
    /// Only alerts of this kind.
    #[arg(long, value_parser = words!(AlertKind))]
    pub(crate) kind: Option<String>,
    /// Only alerts of this severity.
    #[arg(long, value_parser = words!(Severity))]
    pub(crate) severity: Option<String>,
    /// Only alerts for this person.
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Args)]
pub(crate) struct AlertFollowArgs {
    /// Only alerts for this person.
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// Only what changed after the alert with this number; 0 for all. Without it: what changes from now on.
    #[arg(long, value_name = "SEQ", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) since: Option<i64>,
    /// Leave after so many.
    #[arg(long, value_name = "COUNT")]
    pub(crate) count: Option<u64>,
    /// Every alert as one line of JSON. Its `seq` is what --since takes.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
