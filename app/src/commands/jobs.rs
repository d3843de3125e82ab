//! `portolan jobs`.

use std::path::Path;

use crate::{
    cli::JobsArgs,
    exit::Exit,
    output,
    render::{self, Look},
    session::{Need, Session},
};

pub(super) async fn run(args: JobsArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let session = Session::open(&args.list.server, config, Need::Answers).await?;
    let told = tell(&session, &args).await;
    session.close().await?;
    told
}

async fn tell(session: &Session, args: &JobsArgs) -> anyhow::Result<Exit> {
    let query = args.list.query([("status", &args.status)]);
    if args.list.json {
        output::data(session.client.raw("v1/jobs", &query).await?.to_string());
    } else {
        let page = session.client.jobs(&query).await?;
        output::data(render::job_table(&page, Look::stdout()));
    }
    Ok(Exit::Ok)
}
