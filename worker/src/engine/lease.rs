//! Renews the leases of this worker's jobs, from a thread and a connection of its own: neither a busy runtime nor a pool in
//! use may cost a lease.

use std::{future::Future, sync::Arc, time::Duration};

use store::Store;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::Worker;

/// Starts the thread; the future ends when the thread has.
pub(crate) fn start(
    worker: Arc<Worker>,
    store_config: store::Config,
    end: CancellationToken,
) -> std::io::Result<impl Future<Output = ()>> {
    let (ended, end_seen) = oneshot::channel::<()>();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("portolan-lease".to_owned()).spawn(move || {
        runtime.block_on(renew_until(&worker, &store_config, &end));
        drop(ended);
    })?;
    // The sender is dropped, never used: its end is the message.
    Ok(async move { drop(end_seen.await) })
}

async fn renew_until(worker: &Worker, store_config: &store::Config, end: &CancellationToken) {
    let renew = Duration::from_millis(worker.config.renew_ms);
    let mut store: Option<Store> = None;
    let mut wait = renew;
    while end.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
        let held = worker.running.ids();
        if held.is_empty() {
            wait = renew;
            continue;
        }
        let renewal = async {
            let open = match store.take() {
                Some(open) => open,
                None => Store::connect_sized(store_config, 1).await?,
            };
            let renewed = open.renew(worker.id, worker.lease(), &held).await?;
            store = Some(open);
            Ok::<_, store::Error>(renewed)
        };
        match tokio::time::timeout(renew, renewal).await {
            Ok(Ok(renewed)) => {
                for lost in held.iter().filter(|id| !renewed.contains(id)) {
                    tracing::info!(job.id = %lost, "Job {lost} is not held any more and is dropped");
                    worker.running.cancel(*lost);
                }
                wait = renew;
            }
            // A broken connection is opened anew; the lease leaves time for two more tries.
            failed => {
                tracing::warn!(jobs = held.len(), "Leases were not renewed: {failed:?}");
                store = None;
                wait = renew / 4;
            }
        }
    }
    if let Some(store) = store {
        store.close().await;
    }
}
