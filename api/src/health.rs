//! Health and metrics. None of it needs a key; keep it off the public network.

use std::{
    fmt::Write,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::job::JobStatus;
use metrics_exporter_prometheus::PrometheusHandle;
use poem_openapi::{ApiResponse, Object, OpenApi, payload::PlainText};
use serde::Serialize;
use store::Gauges;

use crate::{
    Readiness,
    answer::Answer,
    codes::ErrorCode,
    docs::Tag,
    error::ApiError,
    fails::{Fails, statuses},
    state::State,
};

/// Figures that cost a query are at most this old.
const GAUGES_AGE: Duration = Duration::from_secs(1);
const RETRY_S: u32 = 1;

pub(crate) struct HealthApi {
    pub(crate) state: Arc<State>,
    pub(crate) readiness: Option<Readiness>,
    pub(crate) metrics: Option<PrometheusHandle>,
    pub(crate) gauges: Mutex<Option<(Instant, Gauges)>>,
}

statuses! {
    GetHealth: 500;
    CheckHealth: 500, 503;
    GetMetrics: 404, 500;
}

/// It works.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct HealthView {
    /// `ok`.
    status: String,
    /// What is particular about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

#[derive(ApiResponse)]
pub(crate) enum HealthResponse {
    /// It works.
    #[oai(status = 200)]
    Well(Answer<HealthView>),
}

#[derive(ApiResponse)]
pub(crate) enum MetricsResponse {
    /// The text format of Prometheus.
    #[oai(status = 200, content_type = "text/plain; version=0.0.4; charset=utf-8")]
    Text(PlainText<String>),
}

#[OpenApi]
impl HealthApi {
    /// The process runs
    ///
    /// Touches nothing else: a database that is away is no reason to restart this process.
    #[oai(path = "/health", method = "get", operation_id = "get_health", tag = "Tag::Health")]
    async fn get_health(&self) -> Result<HealthResponse, Fails<GetHealth>> {
        Ok(well(None))
    }

    /// The database answers
    #[oai(path = "/health/db", method = "get", operation_id = "get_health_db", tag = "Tag::Health")]
    async fn get_health_db(&self) -> Result<HealthResponse, Fails<CheckHealth>> {
        self.state.store().ping().await?;
        Ok(well(None))
    }

    /// Redis answers
    #[oai(path = "/health/redis", method = "get", operation_id = "get_health_redis", tag = "Tag::Health")]
    async fn get_health_redis(&self) -> Result<HealthResponse, Fails<CheckHealth>> {
        let broker = self.state.dispatch.broker();
        broker.ping().await.map_err(|error| {
            tracing::warn!("Redis did not answer: {error}");
            ApiError::new(ErrorCode::RedisUnavailable, "Redis did not answer in time").retry_after(RETRY_S)
        })?;
        Ok(well(broker.is_in_process().then_some("in-process")))
    }

    /// The process can do its work
    ///
    /// The database answers, and what else runs in this process does its part. Redis is not asked: without it
    /// everything works, only slower.
    #[oai(path = "/health/ready", method = "get", operation_id = "get_health_ready", tag = "Tag::Health")]
    async fn get_health_ready(&self) -> Result<HealthResponse, Fails<CheckHealth>> {
        let not_ready = |why: String| ApiError::new(ErrorCode::NotReady, why).retry_after(RETRY_S);
        if self.state.shutdown.is_cancelled() {
            return Err(not_ready("The process is shutting down".to_owned()).into());
        }
        self.state.store().ping().await?;
        if let Some(readiness) = &self.readiness {
            readiness().map_err(not_ready)?;
        }
        Ok(well(None))
    }

    /// Figures for Prometheus
    #[oai(path = "/metrics", method = "get", operation_id = "get_metrics", tag = "Tag::Health")]
    async fn get_metrics(&self) -> Result<MetricsResponse, Fails<GetMetrics>> {
        let Some(metrics) = &self.metrics else {
            return Err(ApiError::new(ErrorCode::NotFound, "This process collects no metrics").into());
        };
        let mut text = metrics.render();
        match self.gauges().await {
            Ok(gauges) => write_gauges(&mut text, &gauges),
            Err(error) => tracing::warn!("The figures of the database are left out: {error}"),
        }
        Ok(MetricsResponse::Text(PlainText(text)))
    }
}

impl HealthApi {
    async fn gauges(&self) -> Result<Gauges, store::Error> {
        let known = self.gauges.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, gauges)) = known
            && at.elapsed() < GAUGES_AGE
        {
            return Ok(gauges);
        }
        let gauges = self.state.store().gauges().await?;
        *self.gauges.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), gauges.clone()));
        Ok(gauges)
    }
}

fn well(detail: Option<&str>) -> HealthResponse {
    HealthResponse::Well(Answer(HealthView { status: "ok".to_owned(), detail: detail.map(str::to_owned) }))
}

/// Every open state is there, also at nought.
fn write_gauges(text: &mut String, gauges: &Gauges) {
    text.push_str("# TYPE portolan_jobs_open gauge\n");
    for status in JobStatus::ALL.iter().filter(|status| !status.is_terminal()) {
        let count = gauges.open.iter().find(|(known, _)| known == status).map_or(0, |(_, count)| *count);
        write_line(text, format_args!("portolan_jobs_open{{status=\"{status}\"}} {count}\n"));
    }
    text.push_str("# TYPE portolan_oldest_due_seconds gauge\n");
    write_line(text, format_args!("portolan_oldest_due_seconds {}\n", gauges.oldest_due_s));
}

fn write_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).expect("memory takes every byte");
}
