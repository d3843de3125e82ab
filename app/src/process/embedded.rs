//! The whole house in one process: what `dev` serves, and what `plan` starts when nothing else runs.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use api::{Access, Readiness};
use broker::Broker;
use chrono::{DateTime, Utc};
use dispatch::Dispatch;
use domain::job::JobStatus;
use metrics_exporter_prometheus::PrometheusHandle;
use migrations::{Migrator, MigratorTrait};
use store::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Parts;
use crate::{
    config::Settings,
    exit::{Exit, Failure},
    lock::Lock,
};

/// A worker that looked for jobs no longer ago than this takes part.
const CONSUMER_SEEN_WITHIN: Duration = Duration::from_secs(10);

/// Clocks are set back by some seconds now and then; more is another time.
const AHEAD_MAX: chrono::Duration = chrono::Duration::minutes(5);

/// How much of the house runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Everything,
    /// Answers, and starts no work: for a command that asks and leaves.
    ApiOnly,
}

/// Jobs that an earlier process left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// Cut off in the middle; their leases were taken back, so that they go on at once.
    pub(crate) cut_off: u64,
    /// Not begun, or between two steps.
    pub(crate) due: u64,
    /// A person was asked.
    pub(crate) waiting: u64,
}

/// Runs until it is stopped, and holds the folder's lock as long.
pub(crate) struct Embedded {
    pub(crate) url: String,
    pub(crate) unfinished: Unfinished,
    /// In the database's time.
    pub(crate) started_at: DateTime<Utc>,
    /// The rows are from a time that ran ahead of this one.
    pub(crate) is_from_the_future: bool,
    parts: Parts,
    shutdown: CancellationToken,
    store: Store,
    /// Let go last, when the database is closed.
    _lock: Lock,
}

impl Embedded {
    /// Starts over the SQLite file of `folder`, which `lock` holds.
    pub(crate) async fn start(
        settings: &Settings,
        folder: &Path,
        mut lock: Lock,
        listen: SocketAddr,
        extent: Extent,
        metrics: PrometheusHandle,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        let listener = bind(listen).await?;
        let url = format!("http://{}", listener.local_addr().context("the listener has no address")?);
        let mut settings = settings.clone();
        settings.store.url = sqlite_url(folder)?;
        let store = Store::connect(&settings.store)
            .await
            .with_context(|| format!("the database {} cannot be opened", database_file(folder).display()))?;
        Migrator::up(store.connection(), None).await.context("the database cannot be migrated")?;
        let unfinished = unfinished(&store, extent).await?;
        let started_at = store.now().await.context("the database does not say what time it is")?;
        let newest = store.newest_instant().await.context("the database cannot be read")?;
        let is_from_the_future = newest.is_some_and(|newest| newest > started_at + AHEAD_MAX);
        let dispatch = Dispatch::new(store.clone(), Broker::in_process());
        let mut parts = Parts::new(shutdown.clone());
        let readiness =
            (extent == Extent::Everything).then(|| worker_readiness(&settings.worker, dispatch.broker().clone()));
        parts.api(super::api(&settings, Access::Open, &dispatch, metrics, readiness), listener);
        if extent == Extent::Everything {
            parts.worker(&settings, &dispatch);
            parts.notify(&settings, &dispatch);
            parts.watching(&settings, &dispatch);
            parts.scheduler(&settings, &dispatch);
        }
        lock.announce(&url)?;
        Ok(Self { url, unfinished, started_at, is_from_the_future, parts, shutdown, store, _lock: lock })
    }

    /// Until somebody asks for the end, or a part fails.
    pub(crate) async fn wait(mut self) -> anyhow::Result<()> {
        let outcome = self.parts.wait().await;
        self.store.close().await;
        outcome
    }

    /// Ends it: running nodes get to their next checkpoint, or go on at the next start.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.cancel();
        self.wait().await
    }
}

/// The folder's store with a time that runs `scale` times as fast: from now on, or from where an earlier run has come to, so
/// that it never goes back. The lock must be held.
pub(crate) async fn scaled(config: &store::Config, folder: &Path, scale: u32) -> anyhow::Result<store::Config> {
    let config = store::Config { url: sqlite_url(folder)?, time_scale: 1.0, ..config.clone() };
    let store = Store::connect(&config).await.context("the database cannot be opened")?;
    Migrator::up(store.connection(), None).await.context("the database cannot be migrated")?;
    let newest = store.newest_instant().await.context("the database cannot be read")?;
    store.close().await;
    let now = config.clock().now();
    let start = newest.map_or(now, |newest| newest.max(now));
    // now = from + (real - from) * scale, solved for from.
    let (real, scale_whole) = (i128::from(now.timestamp_micros()), i128::from(scale));
    let from = (real * scale_whole - i128::from(start.timestamp_micros())) / (scale_whole - 1).max(1);
    let time_scale_from_micros = i64::try_from(from).context("the folder's time is too far ahead")?;
    Ok(store::Config { time_scale: f64::from(scale), time_scale_from_micros, ..config })
}

/// Whether the worker of this process takes jobs.
pub(crate) fn worker_readiness(config: &worker::Config, broker: Broker) -> Readiness {
    let is_unwatched = config.unwatched;
    Arc::new(move || {
        if is_unwatched || broker.consumer_healthy(CONSUMER_SEEN_WITHIN) {
            Ok(())
        } else {
            Err("the worker takes no jobs".to_owned())
        }
    })
}

/// Where the rows of a folder are.
pub(crate) fn database_file(folder: &Path) -> PathBuf {
    folder.join("portolan.db")
}

/// Takes an address, or says who may have it.
pub(crate) async fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).await.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "something listens there already; take another port, or 0 for any free one"
            }
            std::io::ErrorKind::PermissionDenied => "ports below 1024 are for privileged processes; take another one",
            _ => "is it an address of this machine?",
        };
        Failure::new(Exit::Failed, format!("{listen} cannot be listened on ({error}): {hint}")).into()
    })
}

/// Its address.
pub(crate) fn sqlite_url(folder: &Path) -> anyhow::Result<String> {
    let path = database_file(folder);
    let path = path.to_str().context("the data folder's name is not UTF-8")?;
    // What a URL would take for something else.
    let encoded = path.replace('%', "%25").replace('?', "%3F").replace('#', "%23").replace(' ', "%20");
    Ok(format!("sqlite://{encoded}"))
}

/// The lock is ours, so nobody works on what says that it runs.
async fn unfinished(store: &Store, extent: Extent) -> anyhow::Result<Unfinished> {
    let open = store.gauges().await.context("the database cannot be read")?.open;
    let count = |status: JobStatus| -> u64 {
        let jobs = open.iter().filter(|(found, _)| *found == status).map(|(_, jobs)| *jobs).sum::<i64>();
        u64::try_from(jobs).unwrap_or(0)
    };
    let cut_off = match extent {
        Extent::Everything => store.expire_leases().await.context("unfinished jobs cannot be taken back")?,
        Extent::ApiOnly => count(JobStatus::Running),
    };
    Ok(Unfinished { cut_off, due: count(JobStatus::Queued), waiting: count(JobStatus::WaitingApproval) })
}

impl Unfinished {
    /// One line for people; None when there is nothing to say.
    pub(crate) fn told(self) -> Option<String> {
        let jobs = |count: u64| if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") };
        let mut told = Vec::new();
        if self.cut_off > 0 {
            told.push(format!(
                "{} cut off earlier {} on",
                jobs(self.cut_off),
                if self.cut_off == 1 { "goes" } else { "go" }
            ));
        }
        if self.due > 0 {
            told.push(format!(
                "{} queued earlier {} now",
                jobs(self.due),
                if self.due == 1 { "starts" } else { "start" }
            ));
        }
        if self.waiting > 0 {
            told.push(format!(
                "{} for a person",
                if self.waiting == 1 { "1 job waits".into() } else { format!("{} jobs wait", self.waiting) }
            ));
        }
        (!told.is_empty()).then(|| told.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_is_told_in_one_line() {
        assert_eq!(Unfinished::default().told(), None);
        let left = Unfinished { cut_off: 2, due: 1, waiting: 1 };
        let told = "2 jobs cut off earlier go on; 1 job queued earlier starts now; 1 job waits for a person";
        assert_eq!(left.told().as_deref(), Some(told));
    }

    #[test]
    fn a_folder_may_be_called_anything() {
        let url = sqlite_url(Path::new("/tmp/a b?c#d%e")).expect("it is UTF-8");
        assert_eq!(url, "sqlite:///tmp/a%20b%3Fc%23d%25e/portolan.db");
    }
}
