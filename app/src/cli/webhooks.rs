//! `portolan webhooks`: its flags, and the request that they make.

use clap::{Args, Subcommand};
use domain::{
    DeliveryId, WebhookId,
    delivery::DeliveryStatus,
    webhook::{WebhookEvent, WebhookRequest},
};

use super::{ListArgs, ServerArgs, span_s};

#[derive(Debug, Args)]
pub(crate) struct WebhooksArgs {
    #[command(subcommand)]
    pub(crate) action: WebhooksAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksAction {
    /// List webhooks, newest first.
    Ls(WebhookLsArgs),
    /// Make a webhook. Prints its id and, this once, its secret.
    Create(WebhookCreateArgs),
    /// Give it a new secret and print that, this once. The old one signs beside it for a while.
    Rotate(WebhookRotateArgs),
    /// Send a message to it, to see whether it arrives.
    Ping(WebhookArgs),
    /// List what was sent to it, newest first.
    Deliveries(WebhookDeliveriesArgs),
    /// Send one message again, or all that are dead.
    Replay(WebhookReplayArgs),
    /// Let it be told again.
    Enable(WebhookArgs),
    /// Let it be told nothing.
    Disable(WebhookArgs),
    /// Remove it.
    Rm(WebhookArgs),
}

#[derive(Debug, Args)]
pub(crate) struct WebhookArgs {
    #[arg(value_name = "WEBHOOK_ID")]
    pub(crate) webhook_id: WebhookId,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
#[command(mut_arg("limit", |limit| limit.default_value("50")))]
pub(crate) struct WebhookLsArgs {
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  portolan webhooks create https://example.com/hooks/portolan --events job.completed,job.failed

A receiver checks each message with the secret; docs/WEBHOOKS.md shows how.")]
pub(crate) struct WebhookCreateArgs {
    /// Where to, such as `https://example.com/hooks/portolan`.
    url: String,
    /// What it is told of. Everything, without it.
    #[arg(long, value_delimiter = ',', value_parser = words!(WebhookEvent))]
    events: Vec<String>,
    /// For people.
    #[arg(long)]
    description: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WebhookRotateArgs {
    /// How long the old secret signs, too, such as 2h or 3d; at most 7d, and 0s for not at all.
    #[arg(long, value_name = "SPAN", value_parser = span_s, default_value = "1d")]
    pub(crate) overlap: i64,
    #[command(flatten)]
    pub(crate) webhook: WebhookArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WebhookReplayArgs {
    #[arg(value_name = "WEBHOOK_ID")]
    pub(crate) webhook_id: WebhookId,
    /// This message. All that are dead, without it.
    #[arg(value_name = "DELIVERY_ID")]
    pub(crate) delivery_id: Option<DeliveryId>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Which messages, and how to show them.
#[derive(Debug, Args)]
pub(crate) struct DeliveriesArgs {
    /// Only messages in this state; `dead` is the dead list.
    #[arg(long, value_parser = words!(DeliveryStatus))]
    pub(crate) status: Option<String>,
    /// Only messages of this event.
    #[arg(long, value_parser = words!(WebhookEvent))]
    pub(crate) event: Option<String>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WebhookDeliveriesArgs {
    #[arg(value_name = "WEBHOOK_ID")]
    pub(crate) webhook_id: WebhookId,
    #[command(flatten)]
    pub(crate) show: DeliveriesArgs,
}

impl WebhookCreateArgs {
    /// The request that the flags make; the server checks it.
    pub(crate) fn request(&self) -> WebhookRequest {
        WebhookRequest {
            url: self.url.clone(),
            events: self.events.iter().filter_map(|word| WebhookEvent::from_word(word)).collect(),
            description: self.description.clone(),
        }
    }
}

impl DeliveriesArgs {
    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        self.list.query([("status", &self.status), ("event", &self.event)])
    }
}
