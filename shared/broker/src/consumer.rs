//! The one consuming loop, as an apalis worker.
//!
//! apalis runs it: fetch only when a slot is free, slots side by side, a shutdown that waits for handlers in flight. What apalis gets from us is [`Bell`], a backend that never fails.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
};

use apalis::prelude::{
    Backend, Identity, RandomId, Task, TaskBuilder, TaskId, WorkerBuilder, WorkerBuilderExt, WorkerContext, WorkerError,
};
use apalis_core::backend::{BackendConfig, finalize::Ephemeral};
use domain::{Ring, WorkerId};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::BoxStream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::{backoff::Backoff, liveness::Liveness};

/// What is done with a ring, with its type forgotten.
pub(crate) type OnRing = Arc<dyn Fn(Ring) -> BoxFuture<'static, ()> + Send + Sync>;

/// Runs workers, one after another if one should ever break, until the shutdown.
///
/// Not apalis's `Monitor`: it restarts without a pause, and ends with `Ok` when its workers are gone.
pub(crate) async fn run(
    worker: WorkerId,
    slots: usize,
    on_ring: OnRing,
    rings: impl Fn() -> BoxStream<'static, Ring>,
    liveness: Arc<Liveness>,
    shutdown: CancellationToken,
) {
    let _slots = liveness.open(slots);
    let mut backoff = Backoff::default();
    while !shutdown.is_cancelled() {
        let ended = run_worker(worker, slots, on_ring.clone(), rings(), liveness.clone(), shutdown.clone()).await;
        if let Err(cause) = ended {
            error!(worker.id = %worker, error = %cause, "The consumer broke and starts again: {cause}");
            metrics::counter!("broker_consumer_restarts_total").increment(1);
            let wait = backoff.next_wait();
            shutdown.run_until_cancelled(sleep(wait)).await;
        }
    }
    info!(worker.id = %worker, "The consumer of worker {worker} ended");
}

/// Boxed, because apalis's types are too much for the compiler's proof that a spawned future may be sent.
fn run_worker(
    worker: WorkerId,
    slots: usize,
    on_ring: OnRing,
    rings: BoxStream<'static, Ring>,
    liveness: Arc<Liveness>,
    shutdown: CancellationToken,
) -> BoxFuture<'static, Result<(), WorkerError>> {
    let handler = move |ring: Ring| {
        let (on_ring, liveness) = (on_ring.clone(), liveness.clone());
        async move {
            let _busy = liveness.start();
            // Not apalis's `catch_panic` layer, whose type keeps the worker from being spawned.
            if AssertUnwindSafe(async { on_ring(ring).await }).catch_unwind().await.is_err() {
                error!(job.id = %ring.job_id, worker.id = %worker, "A ring's handler panicked; its job's row is still due");
            }
        }
    };
    WorkerBuilder::new(format!("ring@{worker}"))
        .backend(Bell { rings, fetched: 0 })
        .concurrency(slots)
        .build(handler)
        .run_until(async move {
            shutdown.cancelled().await;
            Ok::<(), WorkerError>(())
        })
        .boxed()
}

/// The backend that apalis sees: a stream of rings that neither ends nor fails, and keeps nothing.
struct Bell {
    rings: BoxStream<'static, Ring>,
    fetched: u64,
}

impl Backend for Bell {
    type Task = Task<Ring>;
    type Error = Infallible;

    fn poll_ready(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn poll_next(&mut self, cx: &mut Context<'_>, _: &WorkerContext) -> Poll<Option<Result<Task<Ring>, Infallible>>> {
        self.rings.poll_next_unpin(cx).map(|ring| {
            self.fetched += 1;
            // apalis wants an id that is unique among the tasks in flight; two rings may be for one job.
            ring.map(|ring| Ok(TaskBuilder::new(ring).task_id(TaskId::from_int(self.fetched)).build()))
        })
    }

    fn poll_close(&mut self, _: &mut Context<'_>, _: &WorkerContext) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
}

impl BackendConfig for Bell {
    type Args = Ring;
    type Id = RandomId;
    type Kind = Ephemeral;
    type Config = ();
    type Layer = Identity;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, _: &mut WorkerContext) -> Identity {
        Identity::new()
    }
}
