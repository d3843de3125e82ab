//! Looks after rows that nobody works on.

use std::{sync::Arc, time::Duration};

use rand::RngExt;
use store::Swept;
use tokio_util::sync::CancellationToken;

use super::Worker;

/// Every so many sweeps, workflow versions are looked at, too.
const VERSIONS_EVERY: u32 = 10;

/// Sweeps until `shutdown`.
pub(crate) async fn run(worker: Arc<Worker>, shutdown: CancellationToken) {
    if worker.config.unswept {
        return;
    }
    let mut round: u32 = 0;
    loop {
        if let Err(error) = sweep(&worker, round.is_multiple_of(VERSIONS_EVERY)).await {
            tracing::warn!("A sweep failed: {error:?}");
        }
        round = round.wrapping_add(1);
        let wait = Duration::from_millis(worker.config.sweep_ms).mul_f64(rand::rng().random_range(0.8..=1.2));
        if shutdown.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
            return;
        }
    }
}

async fn sweep(worker: &Worker, versions: bool) -> Result<(), store::Error> {
    let store = worker.dispatch.store();
    let unread = Duration::from_millis(worker.config.unread_ms);
    let mut swept = store.sweep().await?;
    if versions {
        swept.extend(store.sweep_versions(worker.id, &worker.readable, unread).await?);
    }
    for Swept { job_id, reason, events, due } in swept {
        tracing::info!(job.id = %job_id, ?reason, "A sweep moved job {job_id}");
        metrics::counter!("portolan_swept_rows_total").increment(1);
        dispatch::crash_point("sweep:after_tx", job_id);
        worker.dispatch.publish(job_id, &events).await;
        dispatch::crash_point("sweep:after_publish", job_id);
        match due {
            Some(fence) => worker.dispatch.ring(job_id, fence).await,
            None => worker.running.cancel(job_id),
        }
    }
    Ok(())
}
