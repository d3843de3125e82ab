//! HTTP in, server-sent events out.
//!
//! Thin: a handler parses, authorises, makes one call and shapes the answer. It never plans, never loops and never rings by
//! itself; all that lasts is in the database. The only crate that knows poem. It must never know SQL, Redis, or what a
//! workflow does with its input: the composition root gives an [`Intake`] for that.
//!
//! Start reading at [`run`], then `edge` (what surrounds every request), `plan` (the shape of a handler), `body` and
//! `schema` (how every fault of a body is found at once), `follow` (how a stream stays exact).

mod accept;
mod addresses;
mod alerts;
mod answer;
mod approve;
mod body;
mod caller;
mod channels;
mod codes;
mod compress;
mod config;
mod cursor;
mod deliveries;
mod docs;
mod edge;
mod error;
mod export;
mod fails;
mod feedback;
mod follow;
mod headers;
mod health;
mod hijack;
mod jobs;
mod plan;
mod preferences;
mod schedules;
mod schema;
mod serve;
mod state;
mod status;
mod storage;
mod stream;
mod suggest;
mod watches;
mod webhooks;

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use dispatch::Dispatch;
use domain::{
    endpoint::UrlPolicy,
    job::WorkflowKind,
    request::{FieldError, PlanRequest},
    suggest::SuggestContext,
    watch::WatchSpec,
};
use hyper::body::Bytes;
use metrics_exporter_prometheus::PrometheusHandle;
use poem::{
    EndpointExt, Response, Route,
    endpoint::{BoxEndpoint, make_sync},
    get,
};
use poem_openapi::OpenApi;
use store::Retention;
use tokio::{net::TcpListener, time::interval};
use tokio_util::sync::CancellationToken;

pub use codes::ErrorCode;
pub use config::{Config, KeyConfig};
pub use docs::openapi_json;

use crate::{
    caller::Keys,
    docs::Apis,
    edge::Edge,
    state::{Intakes, State},
};

/// How often the recorder of metrics tidies up what nobody scraped.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Makes a request into a workflow, its version and its first state; or says which fields stand in the way, such as
/// `/workflow` when that workflow is off.
pub type Intake =
    Arc<dyn Fn(&PlanRequest) -> Result<(WorkflowKind, i32, serde_json::Value), Vec<FieldError>> + Send + Sync>;

/// The same for something that happened and the person whom it concerns; pointers begin at the context.
pub type SuggestIntake = Arc<
    dyn Fn(&SuggestContext, Option<&str>) -> Result<(WorkflowKind, i32, serde_json::Value), Vec<FieldError>>
        + Send
        + Sync,
>;

/// Says which fields of a watch stand in the way of looking. The instant is the present one.
pub type WatchIntake = Arc<dyn Fn(&WatchSpec, DateTime<Utc>) -> Result<(), Vec<FieldError>> + Send + Sync>;

/// Whether what else runs in this process does its part. The text of an error is shown to whoever asks.
pub type Readiness = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, as `dev` of the default tenant: for one person's machine.
    Open,
    /// Whoever has a key of [`Config::keys`].
    Keys,
}

/// What is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    Everything,
    /// Health and metrics only: for processes whose work is another.
    Operations,
}

/// What the API is made of.
pub struct Api {
    pub surface: Surface,
    pub config: Config,
    pub access: Access,
    /// What the scheduler keeps: only told of here.
    pub retention: Retention,
    pub dispatch: Dispatch,
    pub intake: Intake,
    /// Which addresses of theirs clients may have us connect to: the same rule as where messages are sent.
    pub endpoints: UrlPolicy,
    pub suggest_intake: SuggestIntake,
    pub watch_intake: WatchIntake,
    /// Asked by `/health/ready`, after the database.
    pub readiness: Option<Readiness>,
    /// Rendered by `/metrics`. Its upkeep is done here.
    pub metrics: Option<PrometheusHandle>,
}

/// Why the API cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Mend the configuration.
    #[error("the configuration of the API cannot be used: {0}")]
    Config(String),
    /// Mend the listener.
    #[error("the listener cannot be used")]
    Listener(#[source] io::Error),
}

/// Serves on `listener` until `shutdown`. Then streams are closed with a `retry:`, requests in flight get the grace of the
/// configuration, and it returns.
///
/// # Errors
/// [`Error::Config`] at once, for a configuration that can only be a mistake.
pub async fn run(api: Api, listener: TcpListener, shutdown: CancellationToken) -> Result<(), Error> {
    api.config.check()?;
    if api.access == Access::Keys && api.config.keys.is_empty() {
        return Err(Error::Config("keys: nobody could call; list a key, or run with open access".to_owned()));
    }
    let address = listener.local_addr().map_err(Error::Listener)?;
    let limits = serve::Limits {
        head_timeout: Duration::from_millis(api.config.head_timeout_ms),
        idle_timeout: Duration::from_millis(api.config.idle_timeout_ms),
        stall_max: Duration::from_millis(api.config.sse_stall_ms),
        connections_max: api.config.connections_max,
        grace: Duration::from_millis(api.config.shutdown_grace_ms),
    };
    let metrics = api.metrics.clone();
    let edge = edge(api, shutdown.clone());
    tracing::info!(%address, "The API listens on {address}");
    tokio::select! {
        () = serve::serve(listener, edge, limits, shutdown) => {}
        never = upkeep(metrics) => match never {},
    }
    tracing::info!("The API has ended");
    Ok(())
}

async fn upkeep(metrics: Option<PrometheusHandle>) -> std::convert::Infallible {
    let mut ticks = interval(UPKEEP_EVERY);
    loop {
        ticks.tick().await;
        if let Some(metrics) = &metrics {
            metrics.run_upkeep();
        }
    }
}

fn edge(api: Api, shutdown: CancellationToken) -> Edge {
    let keys = Arc::new(Keys::new(api.access, &api.config));
    let limits = Arc::new(body::Limits {
        bytes_max: api.config.body_bytes_max,
        timeout: Duration::from_millis(api.config.body_timeout_ms),
        clock: api.dispatch.store().clock(),
    });
    let intakes = Intakes { plan: api.intake, suggest: api.suggest_intake, watch: api.watch_intake };
    let state = Arc::new(State::new(api.dispatch, intakes, api.endpoints, &api.config, shutdown));
    let health = health::HealthApi {
        state: state.clone(),
        readiness: api.readiness,
        metrics: api.metrics,
        gauges: Mutex::default(),
    };
    if api.surface == Surface::Operations {
        let routes = Route::new().nest("/", docs::service(health));
        return Edge::new(routes.data(keys).data(limits).boxed(), &api.config.cors_origins, &health::HealthApi::meta());
    }
    let apis: Apis = (
        plan::PlanApi(state.clone()),
        status::StatusApi(state.clone()),
        stream::StreamApi(state.clone()),
        approve::ApproveApi(state.clone()),
        feedback::FeedbackApi(state.clone()),
        export::ExportApi(state.clone()),
        jobs::JobsApi(state.clone()),
        schedules::SchedulesApi(state.clone()),
        alerts::AlertsApi(state.clone()),
        channels::ChannelsApi(state.clone()),
        preferences::PreferencesApi(state.clone()),
        webhooks::WebhooksApi(state.clone()),
        suggest::SuggestApi(state.clone()),
        watches::WatchesApi(state.clone()),
        storage::StorageApi { state, retention: api.retention },
        health,
    );
    let routes = Route::new()
        .at("/api/docs", get(text("text/html; charset=utf-8", docs::page())))
        .at("/api/openapi.json", get(text("application/json", docs::openapi_json())))
        .nest("/", docs::service(apis));
    Edge::new(routes.data(keys).data(limits).boxed(), &api.config.cors_origins, &Apis::meta())
}

fn text(content_type: &'static str, body: String) -> BoxEndpoint<'static, Response> {
    let body = Bytes::from(body);
    make_sync(move |_| Response::builder().content_type(content_type).body(body.clone())).boxed()
}
