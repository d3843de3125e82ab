//! Watches and observations as clients see them.

use chrono::{DateTime, Utc};
use domain::{
    JobId, WatchId,
    time::{from_micros, to_micros},
    watch::{
        Observation, ObservationOutcome, Summary, WatchReason, WatchStatus, WatchTarget, currency_of, level, summary,
    },
};
use poem_openapi::Object;
use serde::Serialize;
use serde_json::{Value, json};
use store::{Owner, Watch};

use super::LIST;
use crate::{cursor, error::ApiError, state::State};

/// Why a watch sees nothing.
#[derive(Debug, Serialize, Object)]
pub(crate) struct Trouble {
    /// What the last look said.
    error: String,
    /// Looks in a row that saw nothing.
    failures: i32,
}

/// A watch as it stands.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct WatchView {
    watch_id: WatchId,
    name: String,
    status: WatchStatus,
    /// Why it paused or ended by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<WatchReason>,
    /// What it looks at. A calendar's text is left out.
    watch: WatchTarget,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    time_zone: String,
    quiet_s: i64,
    hysteresis_percent: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_ceiling_usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    firings_max: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<DateTime<Utc>>,
    /// The currency of the values; absent where they are days.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// What it waits for, in hundredths of the currency or in days. Absent while it cannot be told, and in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<i64>,
    /// What it saw so far, in the same unit. Absent before the first look, and in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Summary>,
    /// It fires at its next crossing. Otherwise it has fired, and waits for the value to go back.
    is_armed: bool,
    firings: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_fired_at: Option<DateTime<Utc>>,
    /// The last look that saw something.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen_at: Option<DateTime<Utc>>,
    /// Somebody looks right now, or is about to.
    is_looking: bool,
    /// The next tick. Absent when it is paused or has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<Trouble>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    observations_url: String,
}

/// One page of watches, newest first.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct WatchList {
    watches: Vec<WatchView>,
    /// Give it as `cursor` to get the next page. Absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// One look.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ObservationView {
    observed_at: DateTime<Utc>,
    /// Hundredths of the currency, or days.
    value: i64,
    /// What was seen, in words.
    text: String,
    /// What was seen, in full; its fields depend on its `kind`.
    seen: Value,
    /// Who says so.
    source: String,
    /// A simulation moves the value.
    simulated: bool,
    outcome: ObservationOutcome,
    /// The suggestion that it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<JobId>,
}

/// One page of what a watch saw, newest first, with the whole history summed up.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ObservationList {
    observations: Vec<ObservationView>,
    /// Of all looks that are kept, not of this page alone. Absent before the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<i64>,
    /// Give it as `cursor` to get the next page. Absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// One watch with its history summed up.
pub(super) async fn read(state: &State, owner: &Owner, id: WatchId) -> Result<WatchView, ApiError> {
    let watch = state.store().watch(owner, id).await?;
    let values = state.store().watch_history(id).await?;
    let level = level(&watch.spec.target, &watch.state, &values);
    Ok(WatchView { level, history: summary(&values), ..watch.into() })
}

/// One page of what a watch saw.
pub(super) async fn observations(
    state: &State,
    owner: &Owner,
    id: WatchId,
    before: Option<DateTime<Utc>>,
    limit: usize,
) -> Result<ObservationList, ApiError> {
    let store = state.store();
    let watch = store.watch(owner, id).await?;
    let mut found = store.observations(owner, id, before, limit as u64 + 1).await?;
    let values = store.watch_history(id).await?;
    let key = |last: &Observation| to_micros(last.reading.at).to_string();
    let next_cursor = cursor::cut(owner, &list_of(id), &mut found, limit, key);
    Ok(ObservationList {
        observations: found.into_iter().map(ObservationView::from).collect(),
        history: summary(&values),
        currency: currency(&watch),
        level: level(&watch.spec.target, &watch.state, &values),
        next_cursor,
    })
}

pub(super) fn read_cursor(owner: &Owner, id: WatchId, cursor: Option<&str>) -> Result<Option<DateTime<Utc>>, ApiError> {
    Ok(cursor::before(owner, &list_of(id), cursor)?.map(from_micros))
}

/// The list to which a cursor belongs.
fn list_of(id: WatchId) -> String {
    format!("observations/{id}")
}

fn currency(watch: &Watch) -> Option<String> {
    currency_of(&watch.spec.target).map(|currency| currency.code().to_owned())
}

impl WatchList {
    /// `watches` holds one more than `limit` when there is another page.
    pub(super) fn page(owner: &Owner, mut watches: Vec<Watch>, limit: usize) -> Self {
        let next_cursor = cursor::cut(owner, LIST, &mut watches, limit, |last| cursor::id(last.id.as_uuid()));
        Self { watches: watches.into_iter().map(WatchView::from).collect(), next_cursor }
    }
}

impl From<Watch> for WatchView {
    fn from(watch: Watch) -> Self {
        let currency = currency(&watch);
        let Watch { id, spec, state, failures, .. } = watch;
        Self {
            watch_id: id,
            name: spec.name,
            status: watch.status,
            reason: watch.reason,
            watch: spec.target.shown(),
            user_id: spec.user_id,
            time_zone: spec.time_zone,
            quiet_s: spec.quiet_ms / 1_000,
            hysteresis_percent: spec.hysteresis_percent,
            cost_ceiling_usd: spec.cost_ceiling_usd,
            firings_max: spec.firings_max,
            ends_at: spec.ends_at,
            currency,
            level: None,
            history: None,
            is_armed: state.is_armed,
            firings: state.firings,
            last_fired_at: state.last_fired_at,
            seen_at: watch.seen_at,
            is_looking: watch.due_at.is_some(),
            next_at: watch.next_at,
            trouble: watch.last_error.map(|error| Trouble { error, failures }),
            created_at: watch.created_at,
            updated_at: watch.updated_at,
            observations_url: format!("/v1/watches/{id}/observations"),
        }
    }
}

impl From<Observation> for ObservationView {
    fn from(observation: Observation) -> Self {
        let Observation { value, outcome, reading, job_id } = observation;
        Self {
            observed_at: reading.at,
            value,
            text: reading.in_words(),
            seen: json!(reading.seen),
            source: reading.source,
            simulated: reading.is_simulated,
            outcome,
            job_id,
        }
    }
}
