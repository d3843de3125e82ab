//! `portolan api`: serves HTTP, beside others.

use std::path::Path;

use crate::{
    cli::ApiArgs,
    config::Role,
    exit::Exit,
    process::{self, Parts},
    shutdown, telemetry,
};

use super::serving;

pub(super) async fn run(args: ApiArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let settings = serving(config, Role::Api { listen: args.listen, open: args.insecure_open }, None)?;
    let shutdown = shutdown::on_signals()?;
    let metrics = telemetry::start_metrics()?;
    let access = if args.insecure_open { ::api::Access::Open } else { ::api::Access::Keys };
    // The port first: what is wrong with it is known at once, and connections wait in its queue meanwhile.
    let listener = process::bind(args.listen).await?;
    let dispatch = process::connect(&settings, &shutdown).await?;
    let mut parts = Parts::new(shutdown);
    parts.api(process::api(&settings, access, &dispatch, metrics, None), listener);
    parts.wait().await?;
    dispatch.store().clone().close().await;
    Ok(Exit::Ok)
}
