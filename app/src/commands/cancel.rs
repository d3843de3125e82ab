//! `portolan cancel`.

use std::path::Path;

use crate::{
    cli::CancelArgs,
    exit::Exit,
    output,
    session::{Need, Session},
};

pub(super) async fn run(args: CancelArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let session = Session::open(&args.server, config, Need::Answers).await?;
    let cancelled = session.client.cancel(args.job_id).await;
    session.close().await?;
    cancelled?;
    output::note(format!("Job {} is cancelled. What it found is kept.", args.job_id));
    Ok(Exit::Ok)
}
