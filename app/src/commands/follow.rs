//! `portolan follow`: a job that was started elsewhere or earlier.

use std::path::Path;

use super::{
    following::{self, Following},
    out,
};
use crate::{
    cli::FollowArgs,
    exit::Exit,
    output,
    session::{Need, Session},
};

pub(super) async fn run(args: FollowArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let out = args.to.out.as_deref();
    out::prepare(out)?;
    let session = Session::open(&args.server, config, Need::Work).await?;
    if let Some(told) = session.left_over() {
        output::note(format!("note: {told}"));
    }
    let following =
        Following { job: args.job_id, since: args.since, show: args.show, out, server: &args.server, config };
    following::run(session, &following).await
}
