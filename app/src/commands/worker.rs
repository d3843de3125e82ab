//! `portolan worker`: runs jobs and sends messages, beside others.

use std::path::Path;

use crate::{
    cli::PartArgs,
    config::Role,
    exit::Exit,
    process::{self, Parts},
    shutdown,
};

use super::serving;

pub(super) async fn run(args: PartArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let settings = serving(config, Role::Worker, None)?;
    let shutdown = shutdown::on_signals()?;
    let dispatch = process::connect(&settings, &shutdown).await?;
    let mut parts = Parts::new(shutdown);
    parts.worker(&settings, &dispatch);
    parts.notify(&settings, &dispatch);
    parts.watching(&settings, &dispatch);
    let readiness = process::worker_readiness(&settings.worker, dispatch.broker().clone());
    parts.operations(&settings, &dispatch, args.operations, Some(readiness)).await?;
    parts.wait().await?;
    dispatch.store().clone().close().await;
    Ok(Exit::Ok)
}
