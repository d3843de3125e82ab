//! `portolan webhooks`.

mod told;

use std::path::Path;

use domain::webhook::WebhookPatch;

use crate::{
    cli::{DeliveriesArgs, ServerArgs, WebhooksAction, WebhooksArgs},
    client::Client,
    exit::Exit,
    output,
    render::Look,
    session::{Need, Session},
};

pub(super) async fn run(args: WebhooksArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let session = Session::open(server(&args.action), config, Need::Answers).await?;
    let done = act(&session, &args.action).await;
    session.close().await?;
    done
}

fn server(action: &WebhooksAction) -> &ServerArgs {
    match action {
        WebhooksAction::Ls(args) => &args.list.server,
        WebhooksAction::Create(args) => &args.server,
        WebhooksAction::Rotate(args) => &args.webhook.server,
        WebhooksAction::Deliveries(args) => &args.show.list.server,
        WebhooksAction::Replay(args) => &args.server,
        WebhooksAction::Ping(args)
        | WebhooksAction::Enable(args)
        | WebhooksAction::Disable(args)
        | WebhooksAction::Rm(args) => &args.server,
    }
}

async fn act(session: &Session, action: &WebhooksAction) -> anyhow::Result<Exit> {
    let client = &session.client;
    match action {
        WebhooksAction::Ls(args) => {
            let query = args.list.query([]);
            if args.list.json {
                output::data(client.raw("v1/webhooks", &query).await?.to_string());
            } else {
                output::data(told::table(&client.webhooks(&query).await?, Look::stdout()));
            }
        }
        WebhooksAction::Create(args) => {
            let made = client.create_webhook(&args.request()).await?;
            output::data(made.made.id.to_string());
            secret(made.secret);
            output::note(format!("See whether it arrives: portolan webhooks ping {}", made.made.id));
        }
        WebhooksAction::Rotate(args) => {
            let rotated = client.rotate_webhook(args.webhook.webhook_id, args.overlap).await?;
            output::data(rotated.made.id.to_string());
            secret(rotated.secret);
            if let Some(until) = rotated.made.overlap_until {
                output::note(format!("The old one signs, too, until {}.", until.format("%Y-%m-%d %H:%M UTC")));
            }
        }
        WebhooksAction::Ping(args) => {
            let queued = client.ping_webhook(args.webhook_id).await?;
            output::data(queued.id.to_string());
            output::note(format!("Sent. What became of it: portolan webhooks deliveries {}", args.webhook_id));
        }
        WebhooksAction::Deliveries(args) => {
            deliveries(client, &format!("webhooks/{}", args.webhook_id), &args.show).await?;
        }
        WebhooksAction::Replay(args) => {
            let target = format!("webhooks/{}", args.webhook_id);
            match args.delivery_id {
                Some(id) => {
                    let queued = client.replay(&target, id).await?;
                    output::note(format!("Delivery {} is {}.", queued.id, queued.status));
                }
                None => {
                    let replayed = client.replay_dead(&target).await?;
                    output::note(format!("{replayed} dead messages are sent again."));
                }
            }
        }
        WebhooksAction::Enable(args) => enable(client, args.webhook_id, true).await?,
        WebhooksAction::Disable(args) => enable(client, args.webhook_id, false).await?,
        WebhooksAction::Rm(args) => {
            client.remove(&format!("webhooks/{}", args.webhook_id)).await?;
            output::note(format!("Webhook {} is gone.", args.webhook_id));
        }
    }
    Ok(Exit::Ok)
}

async fn enable(client: &Client, id: domain::WebhookId, enabled: bool) -> anyhow::Result<()> {
    let patch = WebhookPatch { enabled: Some(enabled), ..WebhookPatch::default() };
    let webhook = client.update_webhook(id, &patch).await?;
    output::note(format!("Webhook {} is {}.", webhook.id, if webhook.enabled { "enabled" } else { "disabled" }));
    Ok(())
}

/// Prints the messages of `target`, such as `webhooks/0198...`.
pub(super) async fn deliveries(client: &Client, target: &str, args: &DeliveriesArgs) -> anyhow::Result<()> {
    if args.list.json {
        output::data(client.raw(&format!("v1/{target}/deliveries"), &args.query()).await?.to_string());
    } else {
        output::data(told::deliveries(&client.deliveries(target, &args.query()).await?, Look::stdout()));
    }
    Ok(())
}

/// On a line of its own, for whoever keeps it.
fn secret(secret: Option<String>) {
    match secret {
        Some(secret) => {
            output::data(secret);
            output::note("The second line is the secret that signs its messages. It is not shown again.");
        }
        None => output::note("Its secret was told before; `portolan webhooks rotate` gives it another one."),
    }
}
