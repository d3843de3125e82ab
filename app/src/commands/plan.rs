//! `portolan plan`: from a wish to an itinerary.

use std::path::Path;

use super::{
    following::{self, Following},
    out,
};
use crate::{
    cli::PlanArgs,
    client::Accepted,
    exit::Exit,
    output,
    session::{Need, Session},
};

pub(super) async fn run(args: PlanArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let out = args.to.out.as_deref();
    out::prepare(out)?;
    let session = Session::open(&args.server, config, Need::Work).await?;
    if let Some(told) = session.left_over() {
        output::note(format!("note: {told}"));
    }
    let (job, since) = match args.follow {
        Some(job) => (job, args.since),
        None => {
            let accepted = match session.client.submit(&args.request()).await {
                Ok(accepted) => accepted,
                Err(error) => {
                    session.close().await?;
                    return Err(error);
                }
            };
            if args.no_wait {
                leave(&session, &accepted, &args);
                session.close().await?;
                return Ok(Exit::Ok);
            }
            if !args.show.json {
                output::note(format!("job {}", accepted.job_id));
            }
            (accepted.job_id, 0)
        }
    };
    following::run(session, &Following { job, since, show: args.show, out, server: &args.server, config }).await
}

fn leave(session: &Session, accepted: &Accepted, args: &PlanArgs) {
    let (job, again) = (accepted.job_id, following::again(&args.server));
    let url = |path: &str| match path.strip_prefix('/') {
        Some(path) => session.client.url(path),
        None => path.to_owned(),
    };
    let (status, stream) = (url(&accepted.status_url), url(&accepted.stream_url));
    if args.show.json {
        let line = serde_json::json!({"job_id": job, "status_url": status, "stream_url": stream});
        output::data(line.to_string());
    } else {
        output::data(job.to_string());
        output::data(format!("status  {status}"));
        output::data(format!("stream  {stream}"));
    }
    if session.is_own() {
        output::note(format!(
            "No Portolan runs here, so the job goes on when one does: `portolan dev`, or `portolan follow {job}{again}`"
        ));
    }
}
