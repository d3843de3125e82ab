//! Looks after watches: claims those that are due, looks, and records what was seen and what it starts.
//!
//! The rows are the queue, as they are for messages: a look is four numbers a day, and needs no job with a journal of its own
//! to be durable. A claim has a lease and a fence; what was seen, what was made of it, the suggestion and the alert are one
//! transaction. So a worker may die anywhere: before it, another one looks after the lease; behind it, all is written.
//!
//! Start reading at [`Watcher::run`], then `observe` (one look), `domain::watch::judge` (whether it fires), `firing` (what it
//! starts).

mod calendar;
mod config;
mod firing;
mod intake;
mod observe;

use std::{sync::Arc, time::Duration};

use dispatch::Dispatch;
use domain::{
    endpoint::UrlPolicy,
    watch::{Observation, Reading, judge},
};
use rand::RngExt;
use store::{ClaimedWatch, LookFiring, LookRecord, Recorded};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::observe::{Blind, Observer};
use crate::{
    outside::{Guard, Resolve, SystemResolver},
    providers::Providers,
};

pub use config::Config;
pub use intake::{WatchIntake, watch_intake};

/// The wait after a claim that the database did not answer.
const OUTAGE_WAIT: Duration = Duration::from_millis(500);
/// How soon a look is made again that saw nothing for a passing reason. Then it waits for the next tick.
const RETRY_AFTER: [Duration; 3] = [Duration::from_secs(30), Duration::from_secs(120), Duration::from_secs(600)];

/// Why watching cannot start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration contradicts itself.
    #[error("{0}")]
    Config(String),
}

/// Looks after watches until `shutdown`; then lets looks that are under way end. `policy` says where calendars may be.
///
/// # Errors
/// [`Error`] when it cannot start.
pub async fn run(
    config: Config,
    policy: UrlPolicy,
    dispatch: Dispatch,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    Watcher::new(config, policy, dispatch)?.run(shutdown).await;
    Ok(())
}

/// Looks after watches.
pub struct Watcher {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    dispatch: Dispatch,
    observer: Observer,
    /// Wakes the loop when a look is done with.
    done: Notify,
}

impl Watcher {
    /// # Errors
    /// [`Error`] when the configuration cannot be used.
    pub fn new(config: Config, policy: UrlPolicy, dispatch: Dispatch) -> Result<Self, Error> {
        Self::with(config, policy, dispatch, Providers::bundled(), Arc::new(SystemResolver))
    }

    /// Asks these providers, and `resolver` for the addresses of names.
    ///
    /// # Errors
    /// [`Error`] when the configuration cannot be used.
    pub fn with(
        config: Config,
        policy: UrlPolicy,
        dispatch: Dispatch,
        providers: Providers,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, Error> {
        if let Some(contradiction) = config.contradictions().into_iter().next() {
            return Err(Error::Config(contradiction));
        }
        let timeout = Duration::from_millis(config.timeout_ms);
        let observer = Observer::new(providers, Guard::new(policy, resolver), timeout);
        Ok(Self { inner: Arc::new(Inner { config, dispatch, observer, done: Notify::new() }) })
    }

    /// Looks until `shutdown`; then lets looks that are under way end.
    pub async fn run(&self, shutdown: CancellationToken) {
        let looking = TaskTracker::new();
        while !shutdown.is_cancelled() {
            let wait = self.claim(&looking).await;
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.inner.done.notified() => {}
                () = shutdown.cancelled() => {}
            }
        }
        looking.close();
        // A look ends by itself, in time.
        looking.wait().await;
    }

    /// Claims and starts what is due; says when to ask again unless a look ends before.
    async fn claim(&self, looking: &TaskTracker) -> Duration {
        let config = &self.inner.config;
        let poll = Duration::from_millis(config.poll_ms).mul_f64(rand::rng().random_range(0.8..=1.2));
        let free = config.concurrency.saturating_sub(looking.len());
        if free == 0 {
            return poll;
        }
        let lease = Duration::from_millis(config.lease_ms);
        match self.inner.dispatch.store().claim_watches(lease, free).await {
            Ok(claimed) => {
                for claimed in claimed {
                    let inner = Arc::clone(&self.inner);
                    looking.spawn(async move {
                        inner.look(&claimed).await;
                        inner.done.notify_one();
                    });
                }
                poll
            }
            Err(error) => {
                tracing::warn!("Watches could not be claimed: {error:?}");
                OUTAGE_WAIT
            }
        }
    }

    /// Looks at what is due now, once each, and says how many. For tests and chores.
    ///
    /// # Errors
    /// [`store::Error`] when the database does not answer.
    pub async fn look_at_due(&self) -> Result<usize, store::Error> {
        let config = &self.inner.config;
        let lease = Duration::from_millis(config.lease_ms);
        let claimed = self.inner.dispatch.store().claim_watches(lease, config.concurrency).await?;
        futures::future::join_all(claimed.iter().map(|claimed| self.inner.look(claimed))).await;
        Ok(claimed.len())
    }
}

impl Inner {
    /// One look, from the claim to the row.
    async fn look(&self, claimed: &ClaimedWatch) {
        let id = claimed.watch.id;
        let outcome = match self.observer.look(claimed).await {
            Ok(reading) => self.record(claimed, reading).await,
            Err(blind) => self.note(claimed, blind).await,
        };
        let outcome = match outcome {
            Ok(outcome) => outcome,
            // It is made again after the lease.
            Err(error) => {
                tracing::warn!(watch.id = %id, "What watch {id} saw could not be written: {error:?}");
                "unwritten"
            }
        };
        let kind = claimed.watch.spec.target.kind().word();
        metrics::counter!("portolan_looks_total", "kind" => kind, "outcome" => outcome).increment(1);
    }

    async fn record(&self, claimed: &ClaimedWatch, reading: Reading) -> Result<&'static str, store::Error> {
        let (store, watch) = (self.dispatch.store(), &claimed.watch);
        let (history, standing) = (store.watch_history(watch.id).await?, store.watch_standing(watch.id).await?);
        let verdict = judge(&watch.spec, &watch.state, &history, &reading, standing);
        let fires = verdict.outcome == domain::watch::ObservationOutcome::Fired;
        let job = if fires { firing::job(claimed, &reading, &verdict, &history) } else { None };
        let started = job.map(|job| (firing::alert(claimed, &reading, &verdict, job.id), job));
        let observation = Observation {
            value: reading.value(),
            outcome: verdict.outcome,
            job_id: started.as_ref().map(|(_, job)| job.id),
            reading,
        };
        let record = LookRecord {
            observation: &observation,
            state: &verdict.state,
            then: verdict.then,
            firing: started.as_ref().map(|(alert, job)| LookFiring { job, alert }),
            clear: &firing::cleared(claimed, &verdict),
        };
        let recorded = self.dispatch.record_look(claimed, &record).await?;
        let id = watch.id;
        let Recorded::Written(job_id) = recorded else {
            tracing::info!(watch.id = %id, "Watch {id} is somebody else's now, or was changed; what was seen is dropped");
            return Ok("lost");
        };
        if let Some(job_id) = job_id {
            tracing::info!(watch.id = %id, job.id = %job_id, "Watch {id} fired and started job {job_id}");
        }
        if let Some((status, reason)) = verdict.then {
            tracing::info!(watch.id = %id, "Watch {id} is {status}: {}", firing::told(reason));
        }
        Ok(observation.outcome.word())
    }

    async fn note(&self, claimed: &ClaimedWatch, blind: Blind) -> Result<&'static str, store::Error> {
        let id = claimed.watch.id;
        let failures = usize::try_from(claimed.watch.failures).unwrap_or(usize::MAX);
        let (why, retry) = match blind {
            Blind::Past => {
                self.dispatch.store().end_claimed_watch(claimed, domain::watch::WatchReason::Past).await?;
                return Ok("past");
            }
            Blind::Passing(why) => (why, RETRY_AFTER.get(failures).copied()),
            Blind::Lasting(why) => (why, None),
        };
        tracing::info!(watch.id = %id, "Watch {id} saw nothing: {why}");
        let is_news = claimed.watch.failures + 1 == firing::TROUBLE_AFTER;
        let alert = is_news.then(|| firing::trouble(claimed, &why));
        self.dispatch.fail_look(claimed, &why, retry, alert.as_ref()).await?;
        Ok("blind")
    }
}
