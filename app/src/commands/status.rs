//! `portolan status`.

use std::path::Path;

use crate::{
    cli::StatusArgs,
    exit::Exit,
    output,
    render::{self, Look},
    session::{Need, Session},
};

pub(super) async fn run(args: StatusArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let session = Session::open(&args.server, config, Need::Answers).await?;
    let told = tell(&session, &args).await;
    session.close().await?;
    told
}

async fn tell(session: &Session, args: &StatusArgs) -> anyhow::Result<Exit> {
    if args.json {
        output::data(session.client.raw(&format!("v1/status/{}", args.job_id), &[]).await?.to_string());
    } else {
        let status = session.client.status(args.job_id).await?;
        output::data(render::status(&status, Look::stdout()));
    }
    Ok(Exit::Ok)
}
