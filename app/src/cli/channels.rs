//! `portolan channels`: its flags, and the request that they make.

use clap::{Args, Subcommand};
use domain::{
    ChannelId,
    channel::{
        ChannelRequest, Destination, EmailDestination, PagerdutyDestination, SlackDestination, WebhookDestination,
    },
    webhook::Secret,
};

use super::{ListArgs, ServerArgs};
use crate::{environment, exit::Failure};

#[derive(Debug, Args)]
pub(crate) struct ChannelsArgs {
    #[command(subcommand)]
    pub(crate) action: ChannelsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChannelsAction {
    /// List channels, newest first.
    Ls(ChannelLsArgs),
    /// Make a channel: a mailbox, Slack, PagerDuty, or any address.
    Create(ChannelCreateArgs),
    /// Send a message to it, to see whether it arrives.
    Test(ChannelArgs),
    /// List what was sent to it, newest first.
    Deliveries(ChannelDeliveriesArgs),
    /// Send its dead messages again.
    Replay(ChannelArgs),
    /// Remove it.
    Rm(ChannelArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ChannelArgs {
    #[arg(value_name = "CHANNEL_ID")]
    pub(crate) channel_id: ChannelId,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ChannelDeliveriesArgs {
    #[arg(value_name = "CHANNEL_ID")]
    pub(crate) channel_id: ChannelId,
    #[command(flatten)]
    pub(crate) show: super::DeliveriesArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ChannelLsArgs {
    /// Only channels of this person.
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  portolan channels create \"my mail\" --email ana@example.com

What is secret is never taken from the command line, where others on the machine can read it: --slack-env and
--pagerduty-env name the environment variable that holds it.")]
pub(crate) struct ChannelCreateArgs {
    /// What to call it.
    name: String,
    /// Whose alerts it tells. Without it: those that are for nobody in particular.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    #[command(flatten)]
    to: ChannelTo,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Where to: one of them.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct ChannelTo {
    /// A mailbox.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Any address, with signed messages. Prints the secret that signs them, once.
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// The environment variable with the address of a Slack incoming webhook.
    #[arg(long, value_name = "NAME")]
    slack_env: Option<String>,
    /// The environment variable with the integration key of a PagerDuty service.
    #[arg(long, value_name = "NAME")]
    pagerduty_env: Option<String>,
}

impl ChannelCreateArgs {
    /// The request that the flags make; the server checks it.
    ///
    /// # Errors
    /// When the environment variable is not there.
    pub(crate) fn request(&self) -> Result<ChannelRequest, Failure> {
        let secret = |name: &str| {
            let unset = || Failure::usage(format!("the environment variable {name} is not set"));
            environment::get(name).map(Secret::new).ok_or_else(unset)
        };
        let to = &self.to;
        let destination = match (&to.email, &to.webhook, &to.slack_env, &to.pagerduty_env) {
            (Some(address), ..) => Destination::Email(EmailDestination { address: address.clone() }),
            (_, Some(url), ..) => Destination::Webhook(WebhookDestination { url: url.clone() }),
            (_, _, Some(name), _) => Destination::Slack(SlackDestination { url: secret(name)? }),
            (.., Some(name)) => Destination::Pagerduty(PagerdutyDestination { routing_key: secret(name)? }),
            (None, None, None, None) => return Err(Failure::usage("a channel needs one address".to_owned())),
        };
        Ok(ChannelRequest { user_id: self.user.clone(), name: self.name.clone(), destination })
    }
}
