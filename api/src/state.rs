//! What handlers share.

use std::{sync::Arc, time::Duration};

use dispatch::Dispatch;
use domain::endpoint::UrlPolicy;
use store::Store;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::{Config, Intake, SuggestIntake, WatchIntake};

/// How many reads for streams and long polls are under way at a time. A storm of readers must not take every connection to
/// the database away from requests.
const READS_MAX: usize = 8;

/// What the composition root knows of requests and this crate does not.
pub(crate) struct Intakes {
    pub(crate) plan: Intake,
    pub(crate) suggest: SuggestIntake,
    pub(crate) watch: WatchIntake,
}

pub(crate) struct State {
    pub(crate) dispatch: Dispatch,
    pub(crate) intake: Intake,
    pub(crate) endpoints: UrlPolicy,
    pub(crate) suggest_intake: SuggestIntake,
    pub(crate) watch_intake: WatchIntake,
    pub(crate) heartbeat: Duration,
    pub(crate) lifetime: Duration,
    pub(crate) reads: Semaphore,
    pub(crate) shutdown: CancellationToken,
    /// The shortest time between two ticks of a schedule.
    pub(crate) schedule_interval_min: chrono::Duration,
    readers: Arc<Semaphore>,
}

/// One place among the readers that wait for events.
pub(crate) struct Reader(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl State {
    pub(crate) fn new(
        dispatch: Dispatch,
        intakes: Intakes,
        endpoints: UrlPolicy,
        config: &Config,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            dispatch,
            intake: intakes.plan,
            suggest_intake: intakes.suggest,
            watch_intake: intakes.watch,
            endpoints,
            heartbeat: config.heartbeat(),
            lifetime: Duration::from_millis(config.sse_lifetime_ms),
            reads: Semaphore::new(READS_MAX),
            shutdown,
            schedule_interval_min: config.schedule_interval_min(),
            readers: Arc::new(Semaphore::new(config.sse_clients_max)),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        self.dispatch.store()
    }

    /// None when as many readers wait as may.
    pub(crate) fn reader(&self) -> Option<Reader> {
        let place = self.readers.clone().try_acquire_owned().ok()?;
        Some(Reader(place))
    }
}
