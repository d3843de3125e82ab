//! What the tests share.

use std::{sync::Arc, time::Duration};

use broker::{Broker, Config, Error, Published, testing::RedisServer};
use domain::{Fence, JobId, Ring, WorkerId};
use secrecy::ExposeSecret;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// No test waits longer for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.expect("it happens in time")
}

/// Waits until the state is reached, and looks again every few milliseconds.
pub(crate) async fn eventually(what: &str, mut state: impl AsyncFnMut() -> bool) {
    let mut looks = interval(Duration::from_millis(5));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let reached = timeout(PATIENCE, async {
        while !state().await {
            looks.tick().await;
        }
    });
    assert!(reached.await.is_ok(), "never: {what}");
}

pub(crate) fn ring() -> Ring {
    Ring { job_id: JobId::new(), fence: Fence(1) }
}

pub(crate) fn event(job_id: JobId, seq: i64) -> Published {
    Published { job_id, seq, kind: "alert".into(), json: format!(r#"{{"seq":{seq}}}"#).into() }
}

pub(crate) async fn connect(config: &Config) -> Broker {
    soon(Broker::connect(config)).await.expect("the configuration is right")
}

/// Both wirings; the server lives as long as the list.
pub(crate) async fn both_wirings() -> (RedisServer, Vec<Broker>) {
    let server = RedisServer::start();
    let brokers = vec![Broker::in_process(), connect(&server.config()).await];
    (server, brokers)
}

/// A connection past the broker, to look at what it does to Redis.
pub(crate) async fn raw(config: &Config) -> redis::aio::MultiplexedConnection {
    let url = config.redis_url.as_ref().expect("it has an address");
    let client = redis::Client::open(url.expose_secret()).expect("the address is right");
    client.get_multiplexed_async_connection().await.expect("Redis runs")
}

/// A consumer that tells of every ring.
pub(crate) struct Consumer {
    pub(crate) rings: mpsc::UnboundedReceiver<Ring>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), Error>>,
}

impl Consumer {
    pub(crate) fn start(broker: &Broker, slots: usize) -> Self {
        Self::start_with(broker, slots, |_| async {})
    }

    /// Does `work` with each ring before it is told.
    pub(crate) fn start_with<H, Fut>(broker: &Broker, slots: usize, work: H) -> Self
    where
        H: Fn(Ring) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let (told, rings) = mpsc::unbounded_channel();
        let shutdown = CancellationToken::new();
        let (broker, stop, work) = (broker.clone(), shutdown.clone(), Arc::new(work));
        let on_ring = move |ring| {
            let (told, work) = (told.clone(), work.clone());
            async move {
                work(ring).await;
                told.send(ring).ok();
            }
        };
        let task = TaskTracker::new().spawn(async move { broker.consume(WorkerId::new(), slots, on_ring, stop).await });
        Self { rings, shutdown, task }
    }

    pub(crate) async fn next(&mut self) -> Ring {
        soon(self.rings.recv()).await.expect("the consumer runs")
    }

    /// Stops it; it ends well.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        soon(self.task).await.expect("it does not panic").expect("it ends well");
    }
}
