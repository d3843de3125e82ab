//! `portolan watch`.

mod chart;
mod told;

use std::{path::Path, time::Duration};

use anyhow::Context;
use domain::{WatchId, watch::WatchStatus};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    cli::{ServerArgs, WatchAction, WatchArgs, WatchShowArgs},
    client::{Client, WatchInfo},
    exit::Exit,
    output,
    render::Look,
    session::{Need, Session},
};

/// Looks that `show` draws.
const LOOKS_SHOWN: u32 = 100;
/// How long `check` waits for the look, which is bounded itself.
const CHECK_WAIT_MAX: Duration = Duration::from_secs(30);
const CHECK_WAIT: Duration = Duration::from_millis(200);

pub(super) async fn run(args: WatchArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let session = Session::open(server(&args.action), config, Need::Answers).await?;
    let done = act(&session, &args.action).await;
    session.close().await?;
    done
}

fn server(action: &WatchAction) -> &ServerArgs {
    match action {
        WatchAction::Ls(args) => &args.server,
        WatchAction::Create(args) => args.server(),
        WatchAction::Show(args) => &args.watch.server,
        WatchAction::Check(args) | WatchAction::Pause(args) | WatchAction::Resume(args) | WatchAction::Rm(args) => {
            &args.server
        }
    }
}

async fn act(session: &Session, action: &WatchAction) -> anyhow::Result<Exit> {
    let client = &session.client;
    match action {
        WatchAction::Ls(args) if args.json => {
            output::data(client.raw("v1/watches", &args.query([])).await?.to_string());
        }
        WatchAction::Ls(args) => output::data(told::table(&client.watches(&args.query([])).await?, Look::stdout())),
        WatchAction::Create(args) => {
            let request = args.request().context("the calendar's file cannot be read")?;
            let made = client.create_watch(&request).await?;
            output::data(made.watch_id.to_string());
            output::note(told::watch(&made, None, Look::stderr()));
            note_who_looks(session);
        }
        WatchAction::Show(args) => show(client, args).await?,
        WatchAction::Check(args) => return check(session, args.watch_id).await,
        WatchAction::Pause(args) => say(&client.tell_watch(args.watch_id, "pause").await?),
        WatchAction::Resume(args) => {
            say(&client.tell_watch(args.watch_id, "resume").await?);
            note_who_looks(session);
        }
        WatchAction::Rm(args) => {
            client.delete_watch(args.watch_id).await?;
            output::note(format!("Watch {} is gone. Suggestions that it started are kept.", args.watch_id));
        }
    }
    Ok(Exit::Ok)
}

fn say(watch: &WatchInfo) {
    let told = match watch.status {
        WatchStatus::Active => "looks again",
        WatchStatus::Paused => "is paused",
        WatchStatus::Ended => "has ended, and stays so",
    };
    output::note(format!("Watch {} {told}.", watch.watch_id));
}

async fn show(client: &Client, args: &WatchShowArgs) -> anyhow::Result<()> {
    let id = args.watch.watch_id;
    if args.json {
        let query = [("limit", LOOKS_SHOWN.to_string())];
        let watch = client.raw(&format!("v1/watches/{id}"), &[]).await?;
        let mut seen = client.raw(&format!("v1/watches/{id}/observations"), &query).await?;
        let observations = seen["observations"].take();
        output::data(json!({ "watch": watch, "observations": observations }).to_string());
        return Ok(());
    }
    let (watch, seen) = (client.watch(id).await?, client.observations(id, LOOKS_SHOWN).await?);
    output::data(told::watch(&watch, Some(&seen), Look::stdout()));
    Ok(())
}

/// Asks for a look, and waits for what it saw.
async fn check(session: &Session, id: WatchId) -> anyhow::Result<Exit> {
    let client = &session.client;
    let before = client.watch(id).await?;
    client.tell_watch(id, "check").await?;
    if session.is_own() {
        note_who_looks(session);
        return Ok(Exit::Ok);
    }
    let deadline = Instant::now() + CHECK_WAIT_MAX;
    let failures = |watch: &WatchInfo| watch.trouble.as_ref().map_or(0, |trouble| trouble.failures);
    loop {
        let now = client.watch(id).await?;
        if now.seen_at != before.seen_at {
            let seen = client.observations(id, 1).await?;
            output::data(seen.observations.first().map(|one| told::told(one, Look::stdout())).unwrap_or_default());
            return Ok(Exit::Ok);
        }
        if failures(&now) != failures(&before) || now.status == WatchStatus::Ended || Instant::now() >= deadline {
            output::note(told::watch(&now, None, Look::stderr()));
            return Ok(Exit::Failed);
        }
        sleep(CHECK_WAIT).await;
    }
}

/// A watch is a row; somebody has to look.
fn note_who_looks(session: &Session) {
    if session.is_own() {
        output::note("No Portolan runs here, so nothing is seen until one does: portolan dev");
    }
}
