//! `portolan channels`.

use std::path::Path;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use super::webhooks::deliveries;
use crate::{
    cli::{ChannelLsArgs, ChannelsAction, ChannelsArgs, ServerArgs},
    client::ChannelPage,
    exit::Exit,
    output,
    render::{Look, plain},
    session::{Need, Session},
};

pub(super) async fn run(args: ChannelsArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let session = Session::open(server(&args.action), config, Need::Answers).await?;
    let done = act(&session, &args.action).await;
    session.close().await?;
    done
}

fn server(action: &ChannelsAction) -> &ServerArgs {
    match action {
        ChannelsAction::Ls(args) => &args.list.server,
        ChannelsAction::Create(args) => &args.server,
        ChannelsAction::Deliveries(args) => &args.show.list.server,
        ChannelsAction::Test(args) | ChannelsAction::Replay(args) | ChannelsAction::Rm(args) => &args.server,
    }
}

async fn act(session: &Session, action: &ChannelsAction) -> anyhow::Result<Exit> {
    let client = &session.client;
    match action {
        ChannelsAction::Ls(args) if args.list.json => {
            output::data(client.raw("v1/channels", &query(args)).await?.to_string());
        }
        ChannelsAction::Ls(args) => output::data(table(&client.channels(&query(args)).await?, Look::stdout())),
        ChannelsAction::Create(args) => {
            let made = client.create_channel(&args.request()?).await?;
            output::data(made.made.id.to_string());
            if let Some(secret) = made.secret {
                output::data(secret);
                output::note("The second line is the secret that signs its messages. It is not shown again.");
            }
            output::note(format!("See whether it arrives: portolan channels test {}", made.made.id));
        }
        ChannelsAction::Test(args) => {
            let queued = client.test_channel(args.channel_id).await?;
            output::data(queued.id.to_string());
            output::note(format!("Sent. What became of it: portolan channels deliveries {}", args.channel_id));
        }
        ChannelsAction::Deliveries(args) => {
            deliveries(client, &format!("channels/{}", args.channel_id), &args.show).await?;
        }
        ChannelsAction::Replay(args) => {
            let replayed = client.replay_dead(&format!("channels/{}", args.channel_id)).await?;
            output::note(format!("{replayed} dead messages are sent again."));
        }
        ChannelsAction::Rm(args) => {
            client.remove(&format!("channels/{}", args.channel_id)).await?;
            output::note(format!("Channel {} is gone.", args.channel_id));
        }
    }
    Ok(Exit::Ok)
}

fn query(args: &ChannelLsArgs) -> Vec<(&'static str, String)> {
    args.list.query([("user_id", &args.user)])
}

fn table(page: &ChannelPage, look: Look) -> String {
    if page.channels.is_empty() {
        return "No channels.".to_owned();
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(look.width).unwrap_or(u16::MAX))
        .set_header(vec!["channel", "kind", "whose", "where", "name"]);
    for channel in &page.channels {
        table.add_row(vec![
            channel.id.to_string(),
            channel.kind.to_string(),
            channel.user_id.as_deref().map_or_else(|| "-".to_owned(), plain),
            plain(&channel.hint),
            plain(&channel.name),
        ]);
    }
    // An id must stay in one piece, or it cannot be copied.
    if let Some(ids) = table.column_mut(0) {
        ids.set_constraint(ColumnConstraint::ContentWidth);
    }
    table.trim_fmt()
}
