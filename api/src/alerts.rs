//! `/v1/alerts`: what people should know, and what they answer.

use std::sync::Arc;

use domain::{
    AlertId,
    alert::{AlertKind, AlertRecord, AlertStatus, Severity, SnoozeRequest},
};
use poem::http::HeaderMap;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Header, Path, Query},
};
use serde::Serialize;
use serde_json::json;
use store::{AlertFilter, Owner};

use crate::{
    answer::Answer,
    body::{Body, JsonBody, json_body},
    caller::Caller,
    codes::ErrorCode,
    cursor,
    docs::Tag,
    error::ApiError,
    fails::{Fails, statuses},
    follow::{Alerts, Feed},
    state::State,
    stream::{Cursor, EventStream, full},
};

const LIMIT_DEFAULT: u32 = 20;
/// The list to which a cursor belongs.
const LIST: &str = "alerts";

pub(crate) struct AlertsApi(pub(crate) Arc<State>);

statuses! {
    ListAlerts: 400, 401, 500, 503;
    OneAlert: 400, 401, 404, 500, 503, 507;
    SnoozeAlert: 400, 401, 404, 408, 413, 415, 422, 500, 503, 507;
    StreamAlerts: 400, 401, 500, 503;
}

/// One page of alerts, newest first.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct AlertList {
    alerts: Vec<AlertRecord>,
    /// Give it as `cursor` to get the next page. Absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Give it as `after` to the stream, which then goes on where this page was read.
    last_seq: i64,
}

#[derive(ApiResponse)]
pub(crate) enum ListResponse {
    /// One page.
    #[oai(status = 200)]
    Page(Answer<AlertList>),
}

#[derive(ApiResponse)]
pub(crate) enum AlertResponse {
    /// The alert as it stands.
    #[oai(status = 200)]
    Found(Answer<AlertRecord>),
}

#[derive(ApiResponse)]
pub(crate) enum StreamResponse {
    /// The alerts that changed after the cursor, and then each as it changes. `id` is the alert's `seq`, `event` is `alert`,
    /// `data` the alert. It has no end of its own.
    #[oai(status = 200)]
    Alerts(EventStream<AlertRecord>, #[oai(header = "X-Accel-Buffering")] String),
}

impl JsonBody for SnoozeRequest {
    json_body!(SnoozeRequest, json!({ "for_s": 7200 }));
}

#[OpenApi]
impl AlertsApi {
    /// List alerts
    ///
    /// Newest first. The filters must not change from page to page. Resolved ones are kept for 90 days.
    #[oai(path = "/v1/alerts", method = "get", operation_id = "list_alerts", tag = "Tag::Alerts")]
    #[expect(clippy::too_many_arguments, reason = "each is a filter")]
    async fn list_alerts(
        &self,
        caller: Caller,
        /// Only alerts for this person.
        user_id: Query<Option<String>>,
        /// Only alerts in this state.
        status: Query<Option<AlertStatus>>,
        /// Only alerts of this kind.
        kind: Query<Option<AlertKind>>,
        /// Only alerts of this severity.
        severity: Query<Option<Severity>>,
        /// How many; 20 by default.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
        /// The `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<ListResponse, Fails<ListAlerts>> {
        let before = cursor::before(&caller.owner, LIST, cursor.0.as_deref())?;
        let filter =
            AlertFilter { user_id: person(user_id.0), status: status.0, kind: kind.0, severity: severity.0, before };
        let limit = limit.0.unwrap_or(LIMIT_DEFAULT);
        // Before the page: what changes between the two comes twice rather than never.
        let last_seq = self.0.store().alert_seq(&caller.owner).await?;
        let alerts = self.0.store().alerts(&caller.owner, &filter, u64::from(limit) + 1).await?;
        Ok(ListResponse::Page(Answer(AlertList::page(&caller.owner, alerts, limit as usize, last_seq))))
    }

    /// Follow alerts
    ///
    /// Server-sent events: every alert that changed after the cursor, then live. An alert that changes several times between
    /// two looks comes once, as it stands. The numbers grow; between two of them some may be left out.
    #[oai(path = "/v1/alerts/stream", method = "get", operation_id = "stream_alerts", tag = "Tag::Alerts")]
    async fn stream_alerts(
        &self,
        caller: Caller,
        /// The last event that was received; browsers send it by themselves. Wins over `after`.
        #[oai(name = "Last-Event-ID")]
        _last_event_id: Header<Option<String>>,
        /// The last event that was received, or the `last_seq` of a list; 0 for all.
        after: Query<Option<String>>,
        /// Only alerts for this person.
        user_id: Query<Option<String>>,
        headers: &HeaderMap,
    ) -> Result<StreamResponse, Fails<StreamAlerts>> {
        let cursor = Cursor::read(headers, after.0.as_deref(), "an alert")?;
        let Some(reader) = self.0.reader() else { return Err(full().into()) };
        // Subscribed before the first read, so that no change falls between the two.
        let topic = broker::Topic::Alerts(caller.owner.tenant.clone());
        let subscription = self.0.dispatch.broker().subscribe(topic).await;
        cursor.check(self.0.store().alert_seq(&caller.owner).await?, "alert")?;
        let source = Alerts::of(person(user_id.0));
        let feed = Feed::new(source, self.0.clone(), caller.owner, cursor.seq, subscription, reader);
        Ok(StreamResponse::Alerts(EventStream::new(feed.into_stream()), "no".to_owned()))
    }

    /// Read an alert
    #[oai(path = "/v1/alerts/:alert_id", method = "get", operation_id = "get_alert", tag = "Tag::Alerts")]
    async fn get_alert(
        &self,
        caller: Caller,
        /// The alert.
        alert_id: Path<AlertId>,
    ) -> Result<AlertResponse, Fails<OneAlert>> {
        Ok(AlertResponse::Found(Answer(self.0.store().alert(&caller.owner, alert_id.0).await?)))
    }

    /// Acknowledge an alert
    ///
    /// Says that somebody takes care of it. The first answer stands; one that is resolved stays as it is.
    #[oai(
        path = "/v1/alerts/:alert_id/acknowledge",
        method = "post",
        operation_id = "acknowledge_alert",
        tag = "Tag::Alerts"
    )]
    async fn acknowledge_alert(
        &self,
        caller: Caller,
        /// The alert.
        alert_id: Path<AlertId>,
        /// Who takes care; yours to choose.
        #[oai(validator(min_length = 1, max_length = 128))]
        user_id: Query<Option<String>>,
    ) -> Result<AlertResponse, Fails<OneAlert>> {
        let by = caller.on_behalf_of(person(user_id.0).as_deref());
        Ok(AlertResponse::Found(Answer(self.0.dispatch.acknowledge_alert(&caller.owner, alert_id.0, &by).await?)))
    }

    /// Put an alert off
    ///
    /// It comes back, and is told again, at `until` or after `for_s` seconds. One that is resolved stays as it is.
    #[oai(path = "/v1/alerts/:alert_id/snooze", method = "post", operation_id = "snooze_alert", tag = "Tag::Alerts")]
    async fn snooze_alert(
        &self,
        caller: Caller,
        /// The alert.
        alert_id: Path<AlertId>,
        /// Who puts it off; yours to choose.
        #[oai(validator(min_length = 1, max_length = 128))]
        user_id: Query<Option<String>>,
        body: Body<SnoozeRequest>,
    ) -> Result<AlertResponse, Fails<SnoozeAlert>> {
        // By the clock that wakes it.
        let until = body.0.until(self.0.store().now().await?);
        let until = until.map_err(|errors| ApiError::fields(ErrorCode::InvalidFields, errors))?;
        let by = caller.on_behalf_of(person(user_id.0).as_deref());
        Ok(AlertResponse::Found(Answer(self.0.dispatch.snooze_alert(&caller.owner, alert_id.0, &by, until).await?)))
    }

    /// Resolve an alert
    ///
    /// Says that its cause is gone: the next time that the cause is seen, there is a new alert.
    #[oai(path = "/v1/alerts/:alert_id/resolve", method = "post", operation_id = "resolve_alert", tag = "Tag::Alerts")]
    async fn resolve_alert(
        &self,
        caller: Caller,
        /// The alert.
        alert_id: Path<AlertId>,
    ) -> Result<AlertResponse, Fails<OneAlert>> {
        Ok(AlertResponse::Found(Answer(self.0.dispatch.resolve_alert(&caller.owner, alert_id.0).await?)))
    }
}

impl AlertList {
    /// `alerts` holds one more than `limit` when there is another page.
    fn page(owner: &Owner, mut alerts: Vec<AlertRecord>, limit: usize, last_seq: i64) -> Self {
        let next_cursor = cursor::cut(owner, LIST, &mut alerts, limit, |last| cursor::id(last.id.as_uuid()));
        Self { alerts, next_cursor, last_seq }
    }
}

/// PostgreSQL takes no NUL in a text, and no row has one.
pub(crate) fn person(user_id: Option<String>) -> Option<String> {
    user_id.map(|user_id| user_id.replace('\0', "\u{fffd}"))
}
