//! `portolan approve`: decides at a gate from a script, or later.

use std::path::Path;

use domain::gate::{Decision, DecisionKind};

use super::following;
use crate::{
    cli::{ApproveArgs, DecisionArg},
    exit::{Exit, Failure},
    output,
    session::{Need, Session},
};

pub(super) async fn run(args: ApproveArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let decision = decision(&args)?;
    let session = Session::open(&args.server, config, Need::Answers).await?;
    let decided = session.client.decide(args.job_id, args.approval_id, &decision, args.proposal_hash.as_deref()).await;
    let is_own = session.is_own();
    session.close().await?;
    decided?;
    let (job, again) = (args.job_id, following::again(&args.server));
    output::note(if is_own {
        format!("Decided. No Portolan runs here, so the job goes on when one does: portolan follow {job}{again}")
    } else {
        format!("Decided. See what comes of it: portolan follow {job}{again}")
    });
    Ok(Exit::Ok)
}

fn decision(args: &ApproveArgs) -> Result<Decision, Failure> {
    let kind = match args.decision {
        DecisionArg::Approve => DecisionKind::Approve,
        DecisionArg::Reject => DecisionKind::Reject,
        DecisionArg::Edit => DecisionKind::Edit,
        DecisionArg::Answer => DecisionKind::Answer,
    };
    if args.edits.is_some() && kind != DecisionKind::Edit {
        return Err(Failure::usage("--edits goes with the decision `edit`"));
    }
    if args.answer.is_some() && kind != DecisionKind::Answer {
        return Err(Failure::usage("--answer goes with the decision `answer`"));
    }
    Ok(Decision {
        decision: kind,
        edits: args.edits.clone(),
        answer: args.answer.clone(),
        comment: args.comment.clone(),
    })
}
