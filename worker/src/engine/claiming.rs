//! Takes jobs: those that were rung, and by itself those that are due.

use std::{sync::Arc, time::Duration};

use domain::{JobId, Ring};
use rand::RngExt;
use store::ClaimRequest;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{Worker, job};

/// Jobs that one statement claims at most.
const CLAIMS_MAX: usize = 64;
/// Rings whose claim one process decides side by side. They make one statement; a busy worker keeps no more from idle ones.
pub(crate) const RINGS_AT_ONCE: usize = 16;
/// The wait after a claim that the database did not answer.
const OUTAGE_WAIT: Duration = Duration::from_millis(500);

/// A ring and who waits for its claim to be decided.
type Rung = (JobId, oneshot::Sender<()>);

/// Where the consuming loop hands rings in.
#[derive(Clone)]
pub(crate) struct Rings(mpsc::Sender<Rung>);

impl Rings {
    /// Returns once the claim is decided, won or lost: then the ring has done its work.
    pub(crate) async fn ring(self, ring: Ring) {
        let (decided, decision) = oneshot::channel();
        if self.0.send((ring.job_id, decided)).await.is_ok() {
            // An error means that the claiming loop ended: the row stays due, and somebody else finds it.
            decision.await.unwrap_or_default();
        }
    }
}

pub(crate) fn channel() -> (Rings, mpsc::Receiver<Rung>) {
    let (sender, receiver) = mpsc::channel(RINGS_AT_ONCE);
    (Rings(sender), receiver)
}

/// Claims until `shutdown`.
pub(crate) async fn run(worker: Arc<Worker>, mut rings: mpsc::Receiver<Rung>, shutdown: CancellationToken) {
    let mut batch: Vec<Rung> = Vec::with_capacity(CLAIMS_MAX);
    // At the start rows may be due from before.
    let mut look_for_due = true;
    let sweeps = !worker.config.unswept;
    while !shutdown.is_cancelled() {
        let free = worker.config.slots.saturating_sub(worker.running.len());
        if free == 0 {
            tokio::select! {
                () = worker.running.freed.notified() => {}
                () = shutdown.cancelled() => {}
            }
            // Rings may have been dropped while every slot was taken.
            look_for_due = true;
            continue;
        }
        if !look_for_due {
            look_for_due = wait(&worker, &mut rings, &mut batch, &shutdown).await;
        }
        while batch.len() < free.min(CLAIMS_MAX)
            && let Ok(rung) = rings.try_recv()
        {
            batch.push(rung);
        }
        let rung: Vec<JobId> = batch.iter().map(|(id, _)| *id).collect();
        if !rung.is_empty() {
            claim(&worker, Some(&rung), free).await;
            for (_, decided) in batch.drain(..) {
                // Nobody waits any more when the consumer stopped.
                decided.send(()).unwrap_or_default();
            }
        }
        if look_for_due && sweeps {
            let limit = free.saturating_sub(rung.len()).min(CLAIMS_MAX);
            let claimed = if limit == 0 { 0 } else { claim(&worker, None, limit).await };
            if claimed > 0 {
                metrics::counter!("portolan_swept_rows_total").increment(claimed as u64);
            }
            // A full answer means that more may be due.
            look_for_due = limit > 0 && claimed == limit;
        } else {
            look_for_due = false;
        }
    }
}

/// Waits for a ring or for the time to look by itself; true when it is that time. A slot that gets free after a backlog was
/// seen is such a time, too.
async fn wait(
    worker: &Worker,
    rings: &mut mpsc::Receiver<Rung>,
    batch: &mut Vec<Rung>,
    shutdown: &CancellationToken,
) -> bool {
    let interval = Duration::from_millis(worker.config.sweep_ms).mul_f64(rand::rng().random_range(0.8..=1.2));
    tokio::select! {
        biased;
        () = shutdown.cancelled() => false,
        rung = rings.recv() => {
            batch.extend(rung);
            false
        }
        () = tokio::time::sleep(interval) => true,
    }
}

/// Claims and starts; says how many.
async fn claim(worker: &Arc<Worker>, rung: Option<&[JobId]>, limit: usize) -> usize {
    let (lease, suspect) = (worker.lease(), !worker.running.has_suspect());
    let request = ClaimRequest { worker: worker.id, lease, readable: &worker.readable, rung, limit, suspect };
    match worker.dispatch.store().claim(&request).await {
        Ok(claims) => {
            let count = claims.len();
            for claim in claims {
                dispatch::crash_point("worker:after_claim", claim.job_id);
                let entered = worker.running.enter(claim.job_id, claim.is_suspect);
                worker.jobs.spawn(job::run(Arc::clone(worker), claim, entered));
            }
            count
        }
        Err(error) => {
            tracing::warn!("Jobs could not be claimed: {error:?}");
            tokio::time::sleep(OUTAGE_WAIT).await;
            0
        }
    }
}
