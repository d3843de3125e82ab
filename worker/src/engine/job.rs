//! Runs one claimed job.

use std::{sync::Arc, time::Instant};

use domain::{
    gate::DecisionKind,
    job::{Reason, WorkflowKind},
    seal,
};
use graph::{Approved, Ended, Entry, EntryState, Env, Failure, Journal, JournalError, Record, Resume};
use store::Claim;
use tracing::Instrument;

use super::{Worker, journal::JobJournal, running::Entered};
use crate::workflows::{probe::Probe, suggest::Suggest, travel::Travel};

pub(crate) async fn run(worker: Arc<Worker>, claim: Claim, entered: Entered) {
    let span =
        tracing::info_span!("job", job.id = %claim.job_id, workflow = %claim.workflow, trace.id = claim.trace_id);
    let started = Instant::now();
    worker.dispatch.publish(claim.job_id, std::slice::from_ref(&claim.event)).await;
    let ended = drive(&worker, &claim, &entered).instrument(span.clone()).await;
    let _in_job = span.entered();
    let id = claim.job_id;
    let outcome = match &ended {
        Ok(Ended::Completed) => "completed",
        Ok(Ended::Failed) => "failed",
        Ok(Ended::Paused) => "paused",
        Ok(Ended::Drained) => "drained",
        Ok(Ended::Cancelled) => "cancelled",
        Err(JournalError::Fenced) => "fenced",
        Err(JournalError::Unavailable(_)) => "unavailable",
    };
    metrics::histogram!("portolan_run_seconds", "workflow" => claim.workflow.word(), "outcome" => outcome)
        .record(started.elapsed().as_secs_f64());
    match ended {
        Err(JournalError::Unavailable(error)) => {
            tracing::error!("Job {id} could not be journaled and is left to its lease: {error:?}");
        }
        Err(JournalError::Fenced) => tracing::info!("Job {id} is somebody else's now or over"),
        Ok(_) => tracing::debug!("Job {id} {outcome}"),
    }
}

async fn drive(worker: &Worker, claim: &Claim, entered: &Entered) -> Result<Ended, JournalError> {
    let env = Env { cancel: entered.cancel.clone(), drain: worker.drain.clone(), ..Env::default() };
    let unavailable = |error: store::Error| JournalError::Unavailable(error.into());
    let mut resume = resume(worker, claim).await.map_err(unavailable)?;
    let journal = JobJournal::new(worker, claim);
    if resume.decision.is_some() {
        match approved(worker, claim).await.map_err(unavailable)? {
            Ok(approved) => resume.approved = approved,
            Err(failure) => {
                journal.commit(vec![Record::Failed { failure }]).await?;
                return Ok(Ended::Failed);
            }
        }
    }
    // The one place that knows every workflow.
    let ended = match claim.workflow {
        WorkflowKind::Travel => graph::run::<Travel>(resume, &worker.services.travel, &journal, &env).await?,
        WorkflowKind::Suggest => graph::run::<Suggest>(resume, &worker.services.travel, &journal, &env).await?,
        WorkflowKind::Probe => graph::run::<Probe>(resume, &worker.services.probe(claim), &journal, &env).await?,
    };
    // Cancelled by its owner, the row is over and this changes nothing; dropped by a drain, it goes on elsewhere.
    if matches!(ended, Ended::Drained | Ended::Cancelled) {
        dispatch::crash_point("worker:before_release", claim.job_id);
        let released = worker.dispatch.store().release(claim.job_id, claim.fence).await;
        dispatch::crash_point("worker:after_release", claim.job_id);
        match released {
            Ok(true) => worker.dispatch.ring(claim.job_id, claim.fence).await,
            Ok(false) => {}
            Err(error) => tracing::warn!("Job {} is left to its lease: {error:?}", claim.job_id),
        }
    }
    Ok(ended)
}

/// What a person approved last, as it was shown; or why the approval does not hold: the row says now something else than what
/// was shown when it was decided.
async fn approved(worker: &Worker, claim: &Claim) -> Result<Result<Option<Approved>, Failure>, store::Error> {
    let Some((gate, shown)) = worker.dispatch.store().approval(claim.job_id).await? else { return Ok(Ok(None)) };
    if gate.decision.as_ref().is_none_or(|decision| decision.decision != DecisionKind::Approve) {
        return Ok(Ok(None));
    }
    let found = gate.hash_shown();
    if found == shown && found == gate.proposal_hash {
        return Ok(Ok(Some(Approved { digest: seal::digest(&gate.proposal), hash: seal::digest })));
    }
    let cause = format!(
        "Approval {} holds for something else than its row says now (sha256 {found}, approved {})",
        gate.approval_id,
        if shown.is_empty() { "without a hash" } else { &shown }
    );
    let hint = "Nothing was done. Find out who changed the stored job, and submit the request again".to_owned();
    Ok(Err(Failure { code: Reason::ProposalChanged.word(), cause, hint }))
}

/// What the journal knows of the job. A first claim knows nothing yet, so nothing is read.
async fn resume(worker: &Worker, claim: &Claim) -> Result<Resume, store::Error> {
    let mut resume = Resume { initial: claim.input.clone(), ..Resume::default() };
    if worker.config.unjournaled {
        return Ok(resume);
    }
    if let (Some(node), Some(state)) = (&claim.node, &claim.state) {
        resume.checkpoint = Some((node.clone(), state.clone()));
    }
    if claim.attempts > 1 || resume.checkpoint.is_some() {
        let store = worker.dispatch.store();
        let entries = store.entries(claim.job_id, claim.step.max(1)).await?;
        resume.entries = entries
            .into_iter()
            .map(|(path, (attempts, output))| {
                let state = output.map_or(EntryState::Open, EntryState::Completed);
                (path, Entry { state, attempts: u32::try_from(attempts).unwrap_or(0) })
            })
            .collect();
        resume.decision = store.decision(claim.job_id).await?;
    }
    Ok(resume)
}
