//! Keeps jobs running: claims what is rung or due, holds leases, sweeps, drains, and drives each claimed job's workflow.
//!
//! A ring is only a hint. Whoever has a free slot claims due rows by itself, so a lost ring costs at most one sweep interval.
//! The room's parts: `claiming` takes jobs, `job` runs one, `journal` writes what it did, `lease` renews, `sweep` sweeps.

mod claiming;
mod job;
mod journal;
mod lease;
mod running;
mod sweep;

use std::{sync::Arc, time::Duration};

use broker::Control;
use dispatch::Dispatch;
use domain::WorkerId;
use store::{Committer, Readable};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Config,
    workflows::{self, Services},
};
use running::Running;

/// What ends a worker.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration contradicts itself.
    #[error("{0}")]
    Config(String),
    /// The database could not be reached.
    #[error("the worker's database failed")]
    Store(#[from] store::Error),
    /// The queue's consumer ended although nobody asked it to.
    #[error("the worker's queue failed")]
    Broker(#[from] broker::Error),
    /// The probe's ledger could not be opened.
    #[error("the probe's ledger cannot be opened")]
    Ledger(#[source] std::io::Error),
    /// The thread that renews leases could not be started.
    #[error("the lease thread could not be started")]
    Lease(#[source] std::io::Error),
}

/// What the parts of a worker share.
pub(crate) struct Worker {
    pub(crate) id: WorkerId,
    pub(crate) config: Config,
    pub(crate) dispatch: Dispatch,
    pub(crate) committer: Committer,
    pub(crate) services: Services,
    pub(crate) readable: Readable,
    pub(crate) running: Arc<Running>,
    /// Runs the jobs.
    pub(crate) jobs: TaskTracker,
    /// Behind the next checkpoint, stop.
    pub(crate) drain: CancellationToken,
}

impl Worker {
    pub(crate) fn lease(&self) -> Duration {
        Duration::from_millis(self.config.lease_ms)
    }
}

/// Works until `shutdown`, then drains: no new claims; running nodes get `drain_ms` to reach a checkpoint; what is left is
/// given back. Leases are renewed until the last job is given back.
///
/// # Errors
/// [`Error`] when it cannot start or its queue ends. Trouble with single jobs or passing outages is no error.
pub async fn run(
    config: Config,
    store_config: store::Config,
    dispatch: Dispatch,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    if let Some(contradiction) = config.contradictions().into_iter().next() {
        return Err(Error::Config(contradiction));
    }
    let loops = TaskTracker::new();
    let worker = Arc::new(Worker {
        id: WorkerId::new(),
        committer: Committer::start(dispatch.store().clone(), &loops, journal::after_group),
        services: Services::bundled(&config).map_err(Error::Ledger)?,
        readable: workflows::readable(&config),
        running: Arc::default(),
        jobs: TaskTracker::new(),
        drain: CancellationToken::new(),
        dispatch,
        config,
    });
    tracing::info!(worker.id = %worker.id, slots = worker.config.slots, "Worker {} starts", worker.id);
    let leases_end = CancellationToken::new();
    let lease_thread = lease::start(Arc::clone(&worker), store_config, leases_end.clone()).map_err(Error::Lease)?;
    let (rung, rings) = claiming::channel();
    loops.spawn(claiming::run(Arc::clone(&worker), rings, shutdown.clone()));
    loops.spawn(sweep::run(Arc::clone(&worker), shutdown.clone()));
    loops.spawn(obey(Arc::clone(&worker), shutdown.clone()));
    let consumed = worker
        .dispatch
        .broker()
        .consume(worker.id, claiming::RINGS_AT_ONCE, move |ring| rung.clone().ring(ring), shutdown.clone())
        .await;
    // However the consumer ended, nothing new is taken and what runs is given back.
    let asked = shutdown.is_cancelled();
    shutdown.cancel();
    drain(&worker).await;
    leases_end.cancel();
    lease_thread.await;
    if let Err(error) = worker.dispatch.store().forget_worker(worker.id).await {
        tracing::debug!("The worker's row stays until it is pruned: {error}");
    }
    tracing::info!(worker.id = %worker.id, "Worker {} stopped", worker.id);
    if asked { Ok(()) } else { consumed.map_err(Error::from) }
}

/// Drops what somebody cancelled.
async fn obey(worker: Arc<Worker>, shutdown: CancellationToken) {
    let mut controls = worker.dispatch.broker().controls();
    while let Some(control) = shutdown.run_until_cancelled(controls.recv()).await {
        match control {
            Control::Cancel(id) => worker.running.cancel(id),
        }
    }
}

async fn drain(worker: &Worker) {
    worker.drain.cancel();
    worker.jobs.close();
    let patience = Duration::from_millis(worker.config.drain_ms);
    if tokio::time::timeout(patience, worker.jobs.wait()).await.is_err() {
        tracing::warn!(
            jobs = worker.running.len(),
            "Jobs that did not reach a checkpoint in time are given back as they are"
        );
        worker.running.cancel_all();
        worker.jobs.wait().await;
    }
}
