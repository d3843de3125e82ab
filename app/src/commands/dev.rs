//! `portolan dev`: the whole house in one process, on this machine.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use crate::{
    cli::DevArgs,
    config::Role,
    environment,
    exit::{Exit, Failure},
    lock::{Holder, Lock, Taken},
    output,
    process::{self, Embedded, Extent},
    render::Look,
    shutdown, telemetry,
};

use super::serving;

/// What everybody may try first.
const WISH: &str = "4 days in Lisbon for two from Berlin in May, 1800 EUR, art and seafood";

pub(super) async fn run(args: DevArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let listen = args.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)));
    let mut settings = serving(config, Role::Embedded { listen: Some(listen) }, Some(&args.data))?;
    let lock = match Lock::take(&args.data)? {
        Taken::Mine(lock) => lock,
        Taken::Held(holder) => return Err(held(&args.data, holder.as_ref()).into()),
    };
    if let Some(scale) = args.time_scale {
        settings.store = process::scaled(&settings.store, &args.data, scale).await?;
    }
    let shutdown = shutdown::on_signals()?;
    let metrics = telemetry::start_metrics()?;
    let embedded = Embedded::start(&settings, &args.data, lock, listen, Extent::Everything, metrics, shutdown).await?;
    greet(&embedded, &args, Look::stdout());
    embedded.wait().await?;
    output::note("Stopped. Jobs that are not done go on at the next start.");
    Ok(Exit::Ok)
}

fn held(folder: &Path, holder: Option<&Holder>) -> Failure {
    let folder = folder.display();
    let message = match holder {
        Some(Holder { pid, url: Some(url) }) => {
            format!(
                "a Portolan already runs over {folder}: {url} (process {pid}). Use that one, or another folder with --data DIR"
            )
        }
        Some(Holder { pid, url: None }) => {
            format!(
                "a Portolan is just starting over {folder} (process {pid}). Use that one, or another folder with --data DIR"
            )
        }
        None => format!("a Portolan already runs over {folder}. Use that one, or another folder with --data DIR"),
    };
    Failure::new(Exit::Failed, message)
}

fn greet(embedded: &Embedded, args: &DevArgs, look: Look) {
    let url = &embedded.url;
    output::data(format!(
        "{} {}, everything in one process, open to this machine only\n\n  API      {url}\n  Docs     {url}/api/docs\n  \
         OpenAPI  {url}/api/openapi.json\n  Data     {}\n",
        look.bold("Portolan"),
        env!("CARGO_PKG_VERSION"),
        args.data.display()
    ));
    if let Some(scale) = args.time_scale {
        let from = embedded.started_at.format("%Y-%m-%d %H:%M UTC");
        output::data(format!("  Time runs {scale} times as fast as real, from {from} on\n"));
    } else if embedded.is_from_the_future {
        output::data(format!(
            "  The time in {} is ahead of the clock, because it ran with --time-scale: until the clock has come there, its \
             schedules and watches wait. Go on with that flag, or take another folder with --data\n",
            args.data.display()
        ));
    }
    if let Some(told) = embedded.unfinished.told() {
        output::data(format!("  {told}\n"));
    }
    if ["DATABASE_URL", "REDIS_URL"].into_iter().any(|name| environment::get(name).is_some()) {
        output::data(
            "  DATABASE_URL and REDIS_URL are for `portolan api`, `worker` and `scheduler`; dev needs neither\n",
        );
    }
    output::data(format!(
        "Try, in another terminal:\n\n  portolan plan \"{WISH}\"\n\n  curl -s {url}/v1/plan -H 'content-type: application/json' \\\n    \
         -d '{{\"query\": \"{WISH}\"}}'\n\n{}",
        look.dim("Ctrl-C stops it; jobs that are not done go on at the next start.")
    ));
}
