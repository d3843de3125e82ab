//! Runs one claimed job.

use std::{sync::Arc, time::Instant};

use domain::job::WorkflowKind;
use graph::{Ended, Entry, EntryState, Env, JournalError, Resume};
use store::Claim;
use tracing::Instrument;

use super::{Worker, journal::JobJournal, running::Entered};
use crate::workflows::{probe::Probe, travel::Travel};

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
    let resume = resume(worker, claim).await.map_err(|error| JournalError::Unavailable(error.into()))?;
    let journal = JobJournal::new(worker, claim);
    // The one place that knows every workflow.
    let ended = match claim.workflow {
        WorkflowKind::Travel => graph::run::<Travel>(resume, &worker.services.travel, &journal, &env).await?,
        WorkflowKind::Probe => graph::run::<Probe>(resume, &(), &journal, &env).await?,
    };
    // Cancelled by its owner, the row is over and this changes nothing; dropped by a drain, it goes on elsewhere.
    if matches!(ended, Ended::Drained | Ended::Cancelled) {
        dispatch::crash_point("worker:before_release", claim.job_id);
        let released = worker.dispatch.store().release(claim.job_id, claim.fence).await;
        match released {
            Ok(true) => worker.dispatch.ring(claim.job_id, claim.fence).await,
            Ok(false) => {}
            Err(error) => tracing::warn!("Job {} is left to its lease: {error:?}", claim.job_id),
        }
    }
    Ok(ended)
}

/// What the journal knows of the job. A first claim knows nothing yet, so nothing is read.
async fn resume(worker: &Worker, claim: &Claim) -> Result<Resume, store::Error> {
    let mut resume = Resume { initial: claim.input.clone(), ..Resume::default() };
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
