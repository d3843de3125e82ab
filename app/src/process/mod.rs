//! Starts the parts of the house in this process and waits for their end. The only place that calls their `run`.

mod embedded;

use std::{future::Future, net::SocketAddr, time::Duration};

use anyhow::Context;
use api::{Access, Api, Readiness, Surface};
use dispatch::Dispatch;
use metrics_exporter_prometheus::PrometheusHandle;
use migrations::{Migrator, MigratorTrait};
use store::Store;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{config::Settings, telemetry};

pub(crate) use embedded::{Embedded, Extent, bind, database_file, scaled, sqlite_url, worker_readiness};

/// A database that starts beside us, as under compose, is waited for this long.
const DATABASE_WAIT_MAX: Duration = Duration::from_secs(30);
const DATABASE_WAIT: Duration = Duration::from_secs(1);

/// The parts that run in this process. The first one that fails stops the others.
pub(crate) struct Parts {
    running: JoinSet<(&'static str, anyhow::Result<()>)>,
    shutdown: CancellationToken,
}

impl Parts {
    pub(crate) fn new(shutdown: CancellationToken) -> Self {
        Self { running: JoinSet::new(), shutdown }
    }

    pub(crate) fn api(&mut self, api: Api, listener: TcpListener) {
        self.spawn("api", api::run(api, listener, self.shutdown.clone()));
    }

    pub(crate) fn worker(&mut self, settings: &Settings, dispatch: &Dispatch) {
        let run = worker::run(settings.worker.clone(), settings.store.clone(), dispatch.clone(), self.shutdown.clone());
        self.spawn("worker", run);
    }

    pub(crate) fn notify(&mut self, settings: &Settings, dispatch: &Dispatch) {
        let run = worker::notify::run(settings.notify.clone(), dispatch.clone(), self.shutdown.clone());
        self.spawn("notifier", run);
    }

    pub(crate) fn watching(&mut self, settings: &Settings, dispatch: &Dispatch) {
        let (config, policy) = (settings.worker.watching.clone(), settings.notify.policy());
        self.spawn("watching", worker::watching::run(config, policy, dispatch.clone(), self.shutdown.clone()));
    }

    pub(crate) fn scheduler(&mut self, settings: &Settings, dispatch: &Dispatch) {
        let intake = worker::intake(&settings.worker, settings.store.clock());
        let run = scheduler::run(settings.scheduler.clone(), dispatch.clone(), intake, self.shutdown.clone());
        self.spawn("scheduler", run);
    }

    /// Health and metrics of a process that serves nothing else, where an address is given for them.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub(crate) async fn operations(
        &mut self,
        settings: &Settings,
        dispatch: &Dispatch,
        listen: Option<SocketAddr>,
        readiness: Option<Readiness>,
    ) -> anyhow::Result<()> {
        let Some(listen) = listen else { return Ok(()) };
        let (metrics, listener) = (telemetry::start_metrics()?, bind(listen).await?);
        let api = Api { surface: Surface::Operations, ..api(settings, Access::Open, dispatch, metrics, readiness) };
        self.api(api, listener);
        Ok(())
    }

    fn spawn<E: std::error::Error + Send + Sync + 'static>(
        &mut self,
        name: &'static str,
        part: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        self.running.spawn(async move { (name, part.await.map_err(anyhow::Error::new)) });
    }

    /// Until the shutdown has been followed everywhere.
    ///
    /// # Errors
    /// What the first part that failed says.
    pub(crate) async fn wait(&mut self) -> anyhow::Result<()> {
        let mut outcome = Ok(());
        while let Some(ended) = self.running.join_next().await {
            let failed = match ended {
                Ok((_, Ok(()))) if self.shutdown.is_cancelled() => continue,
                Ok((name, Ok(()))) => Err(anyhow::anyhow!("the {name} ended by itself")),
                Ok((name, Err(error))) => Err(error.context(format!("the {name} failed"))),
                Err(panic) => Err(anyhow::Error::new(panic).context("a part of this process panicked")),
            };
            self.shutdown.cancel();
            if outcome.is_ok() {
                outcome = failed;
            }
        }
        outcome
    }
}

/// What the API is made of here. `readiness` says whether what else runs in this process does its part.
pub(crate) fn api(
    settings: &Settings,
    access: Access,
    dispatch: &Dispatch,
    metrics: PrometheusHandle,
    readiness: Option<Readiness>,
) -> Api {
    let intake = worker::intake(&settings.worker, settings.store.clock());
    let surface = Surface::Everything;
    Api {
        surface,
        config: settings.api.clone(),
        access,
        retention: settings.scheduler.retention.clone(),
        dispatch: dispatch.clone(),
        intake,
        endpoints: settings.notify.policy(),
        suggest_intake: worker::suggest_intake(settings.store.clock()),
        watch_intake: worker::watching::watch_intake(settings.notify.policy()),
        readiness,
        metrics: Some(metrics),
    }
}

/// The database and the broker of a process among others.
pub(crate) async fn connect(settings: &Settings, shutdown: &CancellationToken) -> anyhow::Result<Dispatch> {
    let store = connect_store(&settings.store, shutdown).await?;
    let pending = pending(&store).await?;
    if !pending.is_empty() {
        anyhow::bail!(
            "the database lacks {} migration(s), first {}: run `portolan migrate up` (a step of the release, not of the start)",
            pending.len(),
            pending[0]
        );
    }
    let broker = broker::Broker::connect(&settings.broker).await.context("the broker cannot start")?;
    Ok(Dispatch::new(store, broker))
}

async fn connect_store(config: &store::Config, shutdown: &CancellationToken) -> anyhow::Result<Store> {
    let deadline = tokio::time::Instant::now() + DATABASE_WAIT_MAX;
    loop {
        match Store::connect(config).await {
            Ok(store) => return Ok(store),
            Err(error) if tokio::time::Instant::now() >= deadline || shutdown.is_cancelled() => {
                return Err(error).context("the database cannot be reached");
            }
            Err(error) => {
                tracing::warn!(error = ?error, "The database cannot be reached yet; trying again: {error}");
                shutdown.run_until_cancelled(tokio::time::sleep(DATABASE_WAIT)).await;
            }
        }
    }
}

/// The names of the migrations that are not applied, oldest first.
pub(crate) async fn pending(store: &Store) -> anyhow::Result<Vec<String>> {
    let pending = Migrator::get_pending_migrations(store.connection()).await;
    let pending = pending.context("the database does not say which migrations it has")?;
    Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
}
