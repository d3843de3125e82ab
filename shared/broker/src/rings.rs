//! The ring: a bounded list of hints that jobs are due, on Redis or in this process.
//!
//! A ring leaves the list when it is fetched. That is its acknowledgement: whatever happens to it afterwards, the row is
//! due until it is claimed, and the sweep rings again.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::Ring;
use futures::{StreamExt, stream::BoxStream};
use redis::{Client, aio::MultiplexedConnection};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tracing::{info, warn};

use crate::{
    backoff::Backoff,
    error::{BoxError, Error, Silent},
    keys::Keys,
    link::Link,
    liveness::Liveness,
    session,
};

/// How many rings may wait. More are dropped: the backlog is in the rows, and a worker that finds no ring claims due rows
/// by itself.
pub const RINGS_OUTSTANDING_MAX: usize = 1_000;

/// How long one fetch waits for a ring. Also how often an idle consumer proves that it lives.
pub const FETCH_WAIT: Duration = Duration::from_secs(1);

/// How much longer than [`FETCH_WAIT`] the answer to a fetch may take before the connection is given up.
const FETCH_GRACE: Duration = Duration::from_secs(2);

/// What became of a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// It waits for a consumer.
    Queued,
    /// Enough rings wait already. Nothing is lost: the row is due.
    Dropped,
}

/// Puts the rings at the end of the list in one round trip, and says how many found room.
pub(crate) async fn push(link: &Link, keys: &Keys, rings: &[Ring]) -> Result<usize, Error> {
    let offered = &rings[..rings.len().min(RINGS_OUTSTANDING_MAX)];
    if offered.is_empty() {
        return Ok(0);
    }
    let bodies: Vec<String> =
        offered.iter().map(|ring| serde_json::to_string(ring).expect("an id and a number are always JSON")).collect();
    // Pushed and cut in one transaction: nobody ever sees more than the maximum.
    let mut commands = redis::pipe();
    commands.atomic().rpush(keys.ring(), bodies).ltrim(keys.ring(), 0, RINGS_OUTSTANDING_MAX as isize - 1).ignore();
    let (length,): (usize,) = link.query(&commands).await?;
    Ok(offered.len().saturating_sub(length.saturating_sub(RINGS_OUTSTANDING_MAX)))
}

/// How many rings wait.
pub(crate) async fn outstanding(link: &Link, keys: &Keys) -> Result<u64, Error> {
    let (length,): (u64,) = link.query(redis::pipe().llen(keys.ring())).await?;
    Ok(length)
}

/// The rings of Redis, one by one, for ever. An unreachable, flushed or restarted Redis only makes it wait.
pub(crate) fn fetch(client: Client, keys: &Keys, liveness: Arc<Liveness>) -> BoxStream<'static, Ring> {
    let fetcher = Fetcher { client, key: keys.ring(), connection: None, backoff: Backoff::default(), liveness };
    futures::stream::unfold(fetcher, |mut fetcher| async { Some((fetcher.next().await, fetcher)) }).boxed()
}

/// A consumer's own connection: a blocking command would hold up every other one on a shared connection.
struct Fetcher {
    client: Client,
    key: String,
    connection: Option<MultiplexedConnection>,
    backoff: Backoff,
    liveness: Arc<Liveness>,
}

impl Fetcher {
    async fn next(&mut self) -> Ring {
        loop {
            match self.poll().await {
                Ok(found) => {
                    self.liveness.polled();
                    if !self.backoff.is_fresh() {
                        info!("The consumer reads rings again");
                        self.backoff.reset();
                    }
                    match found.map(|body| serde_json::from_slice(&body)) {
                        None => {}
                        Some(Ok(ring)) => return ring,
                        Some(Err(error)) => warn!(%error, "Dropped a ring that cannot be read: {error}"),
                    }
                }
                Err(error) => {
                    self.connection = None;
                    if self.backoff.is_fresh() {
                        warn!(error = &*error, "The consumer cannot read rings, it keeps trying: {error}");
                    }
                    metrics::counter!("broker_fetch_failures_total").increment(1);
                    sleep(self.backoff.next_wait()).await;
                }
            }
        }
    }

    async fn poll(&mut self) -> Result<Option<Vec<u8>>, BoxError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            empty @ None => empty.insert(session::connect(&self.client).await?),
        };
        let mut pop = redis::cmd("BLPOP");
        pop.arg(&self.key).arg(FETCH_WAIT.as_secs());
        let limit = FETCH_WAIT + FETCH_GRACE;
        let found: Option<(String, Vec<u8>)> =
            timeout(limit, pop.query_async(connection)).await.map_err(|_| Silent(limit))??;
        Ok(found.map(|(_, body)| body))
    }
}

/// The same list inside this process.
#[derive(Default)]
pub(crate) struct LocalRings {
    waiting: Mutex<VecDeque<Ring>>,
    pushed: Notify,
}

impl LocalRings {
    pub(crate) fn push(&self, rings: &[Ring]) -> usize {
        let mut waiting = self.waiting();
        let room = RINGS_OUTSTANDING_MAX - waiting.len();
        let queued = rings.len().min(room);
        waiting.extend(&rings[..queued]);
        self.pushed.notify_one();
        queued
    }

    pub(crate) fn outstanding(&self) -> usize {
        self.waiting().len()
    }

    pub(crate) fn fetch(self: Arc<Self>, liveness: Arc<Liveness>) -> BoxStream<'static, Ring> {
        futures::stream::unfold((self, liveness), |(rings, liveness)| async {
            Some((rings.next(&liveness).await, (rings, liveness)))
        })
        .boxed()
    }

    async fn next(&self, liveness: &Liveness) -> Ring {
        loop {
            liveness.polled();
            if let Some(ring) = self.pop() {
                return ring;
            }
            timeout(FETCH_WAIT, self.pushed.notified()).await.ok(); // Late or not, it looks again.
        }
    }

    fn pop(&self) -> Option<Ring> {
        let mut waiting = self.waiting();
        let ring = waiting.pop_front()?;
        if !waiting.is_empty() {
            self.pushed.notify_one(); // One push wakes one consumer; that one wakes the next.
        }
        Some(ring)
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Ring>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
