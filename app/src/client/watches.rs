//! What this client asks about watches.

use chrono::{DateTime, Utc};
use domain::{
    JobId, WatchId,
    watch::{ObservationOutcome, Summary, WatchReason, WatchRequest, WatchStatus, WatchTarget},
};
use reqwest::Method;
use serde::Deserialize;

use super::Client;

/// One page of watches.
#[derive(Debug, Deserialize)]
pub(crate) struct WatchPage {
    pub(crate) watches: Vec<WatchInfo>,
}

/// A watch.
#[derive(Debug, Deserialize)]
pub(crate) struct WatchInfo {
    pub(crate) watch_id: WatchId,
    pub(crate) name: String,
    pub(crate) status: WatchStatus,
    #[serde(default)]
    pub(crate) reason: Option<WatchReason>,
    pub(crate) watch: WatchTarget,
    pub(crate) time_zone: String,
    #[serde(default)]
    pub(crate) currency: Option<String>,
    #[serde(default)]
    pub(crate) level: Option<i64>,
    #[serde(default)]
    pub(crate) history: Option<Summary>,
    pub(crate) firings: u32,
    #[serde(default)]
    pub(crate) last_fired_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) seen_at: Option<DateTime<Utc>>,
    pub(crate) is_looking: bool,
    #[serde(default)]
    pub(crate) next_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) trouble: Option<Trouble>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Trouble {
    pub(crate) error: String,
    pub(crate) failures: i32,
}

/// One page of what a watch saw, newest first.
#[derive(Debug, Deserialize)]
pub(crate) struct Observations {
    pub(crate) observations: Vec<ObservationInfo>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ObservationInfo {
    pub(crate) observed_at: DateTime<Utc>,
    pub(crate) value: i64,
    pub(crate) text: String,
    pub(crate) source: String,
    pub(crate) simulated: bool,
    pub(crate) outcome: ObservationOutcome,
    #[serde(default)]
    pub(crate) job_id: Option<JobId>,
}

impl Client {
    pub(crate) async fn watches(&self, query: &[(&str, String)]) -> anyhow::Result<WatchPage> {
        self.repeat(|| self.request(Method::GET, "v1/watches").query(query)).await
    }

    pub(crate) async fn watch(&self, id: WatchId) -> anyhow::Result<WatchInfo> {
        self.repeat(|| self.request(Method::GET, &format!("v1/watches/{id}"))).await
    }

    pub(crate) async fn observations(&self, id: WatchId, limit: u32) -> anyhow::Result<Observations> {
        let path = format!("v1/watches/{id}/observations");
        self.repeat(|| self.request(Method::GET, &path).query(&[("limit", limit)])).await
    }

    /// Makes a watch. Sent again when the answer got lost: the key makes it one.
    pub(crate) async fn create_watch(&self, watch: &WatchRequest) -> anyhow::Result<WatchInfo> {
        let key = format!("cli-{}", JobId::new());
        self.repeat(|| self.request(Method::POST, "v1/watches").header("Idempotency-Key", &key).json(watch)).await
    }

    /// `check`, `pause` or `resume`; each may be sent again.
    pub(crate) async fn tell_watch(&self, id: WatchId, what: &str) -> anyhow::Result<WatchInfo> {
        self.repeat(|| self.request(Method::POST, &format!("v1/watches/{id}/{what}"))).await
    }

    pub(crate) async fn delete_watch(&self, id: WatchId) -> anyhow::Result<()> {
        self.send(|| self.request(Method::DELETE, &format!("v1/watches/{id}"))).await?;
        Ok(())
    }
}
