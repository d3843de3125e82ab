//! `portolan storage`.

use std::path::Path;

use crate::{
    cli::StorageArgs,
    exit::Exit,
    output,
    render::{self, Look},
    session::{Need, Session},
};

pub(super) async fn run(args: StorageArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let session = Session::open(&args.server, config, Need::Answers).await?;
    let told = tell(&session, &args).await;
    session.close().await?;
    told
}

async fn tell(session: &Session, args: &StorageArgs) -> anyhow::Result<Exit> {
    let answer = session.client.raw("v1/storage", &[]).await?;
    if args.json {
        output::data(answer.to_string());
    } else {
        output::data(render::storage(&serde_json::from_value(answer)?, Look::stdout()));
    }
    Ok(Exit::Ok)
}
