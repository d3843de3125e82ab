//! `/v1/watches`: what Portolan looks at by itself.

mod view;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    WatchId,
    request::FieldError,
    watch::{WatchKind, WatchRequest, WatchSpec, WatchStatus},
};
use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Path, Query},
};
use serde_json::{Map, Value, json};
use store::WatchFilter;

use self::view::{ObservationList, WatchList, WatchView};
use crate::{
    alerts::person,
    answer::Answer,
    body::{Body, JsonBody, json_body},
    caller::Caller,
    codes::ErrorCode,
    cursor,
    docs::Tag,
    error::ApiError,
    fails::{Fails, statuses},
    plan::KeyHeader,
    state::State,
};

const LIMIT_DEFAULT: u32 = 20;
/// The list to which a cursor belongs.
const LIST: &str = "watches";

pub(crate) struct WatchesApi(pub(crate) Arc<State>);

statuses! {
    CreateWatch: 400, 401, 408, 409, 413, 415, 422, 500, 503, 507;
    ListWatches: 400, 401, 500, 503;
    OneWatch: 401, 404, 500, 503, 507;
    ReplaceWatch: 400, 401, 404, 408, 413, 415, 422, 500, 503, 507;
    CheckWatch: 401, 404, 409, 500, 503, 507;
    ListObservations: 400, 401, 404, 500, 503;
}

#[derive(ApiResponse)]
pub(crate) enum CreateResponse {
    /// The watch is there, and looks.
    #[oai(status = 201)]
    Created(
        Answer<WatchView>,
        /// Where it is.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
pub(crate) enum ListResponse {
    /// One page.
    #[oai(status = 200)]
    Page(Answer<WatchList>),
}

#[derive(ApiResponse)]
pub(crate) enum WatchResponse {
    /// The watch as it stands.
    #[oai(status = 200)]
    Found(Answer<WatchView>),
}

#[derive(ApiResponse)]
pub(crate) enum DeleteResponse {
    /// The watch and what it saw are gone; its suggestions are not.
    #[oai(status = 204)]
    Deleted,
}

#[derive(ApiResponse)]
pub(crate) enum CheckResponse {
    /// A worker looks: once it has, `seen_at` is later, or `trouble` says why not.
    #[oai(status = 202)]
    Accepted(
        Answer<WatchView>,
        /// Where to see what came of it.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
pub(crate) enum ObservationsResponse {
    /// One page.
    #[oai(status = 200)]
    Page(Answer<ObservationList>),
}

#[OpenApi]
impl WatchesApi {
    /// Make a watch
    ///
    /// It looks at once, and then by the clock: at flight prices every six hours, at calendars at nine in the morning, at
    /// budgets on Mondays. When what it waits for becomes true it raises an alert and starts a suggestion, which waits at a
    /// gate. Send an Idempotency-Key, and a request that you repeat because its answer got lost makes no second watch.
    #[oai(path = "/v1/watches", method = "post", operation_id = "create_watch", tag = "Tag::Watches")]
    async fn create_watch(
        &self,
        caller: Caller,
        /// Makes the request safe to repeat: the same key and body are the same watch.
        #[oai(name = "Idempotency-Key")]
        key: KeyHeader,
        body: Body<WatchRequest>,
    ) -> Result<CreateResponse, Fails<CreateWatch>> {
        let key = key.of(&body.0);
        let spec = spec(&self.0, body.0)?;
        let made = self.0.store().create_watch(&caller.owner, WatchId::new(), &spec, key.as_ref()).await?;
        let view = view::read(&self.0, &caller.owner, made.id).await?;
        Ok(CreateResponse::Created(Answer(view), format!("/v1/watches/{}", made.id)))
    }

    /// List watches
    ///
    /// Newest first. The filters must not change from page to page.
    #[oai(path = "/v1/watches", method = "get", operation_id = "list_watches", tag = "Tag::Watches")]
    async fn list_watches(
        &self,
        caller: Caller,
        /// Only watches for this person.
        user_id: Query<Option<String>>,
        /// Only watches that stand so.
        status: Query<Option<WatchStatus>>,
        /// Only watches that look at this.
        kind: Query<Option<WatchKind>>,
        /// How many; 20 by default.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
        /// The `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<ListResponse, Fails<ListWatches>> {
        let before = cursor::before(&caller.owner, LIST, cursor.0.as_deref())?;
        let filter = WatchFilter { user_id: person(user_id.0), status: status.0, kind: kind.0, before };
        let limit = limit.0.unwrap_or(LIMIT_DEFAULT);
        let found = self.0.store().watches(&caller.owner, &filter, u64::from(limit) + 1).await?;
        Ok(ListResponse::Page(Answer(WatchList::page(&caller.owner, found, limit as usize))))
    }

    /// Read a watch
    ///
    /// With its history summed up, and what it waits for.
    #[oai(path = "/v1/watches/:watch_id", method = "get", operation_id = "get_watch", tag = "Tag::Watches")]
    async fn get_watch(
        &self,
        caller: Caller,
        /// The watch.
        watch_id: Path<WatchId>,
    ) -> Result<WatchResponse, Fails<OneWatch>> {
        Ok(WatchResponse::Found(Answer(view::read(&self.0, &caller.owner, watch_id.0).await?)))
    }

    /// Replace a watch
    ///
    /// Fields that are left out get their defaults. It looks at once, and goes on if it had ended; a paused one stays paused.
    /// What it saw is kept as long as it looks at the same thing: another threshold or newer figures keep it, another route,
    /// calendar address, currency or period does not.
    #[oai(path = "/v1/watches/:watch_id", method = "put", operation_id = "replace_watch", tag = "Tag::Watches")]
    async fn replace_watch(
        &self,
        caller: Caller,
        /// The watch.
        watch_id: Path<WatchId>,
        body: Body<WatchRequest>,
    ) -> Result<WatchResponse, Fails<ReplaceWatch>> {
        let (store, id) = (self.0.store(), watch_id.0);
        let before = store.watch(&caller.owner, id).await?;
        let spec = spec(&self.0, body.0)?;
        let afresh = !before.spec.target.is_same_series(&spec.target);
        store.replace_watch(&caller.owner, id, &spec, afresh).await?;
        Ok(WatchResponse::Found(Answer(view::read(&self.0, &caller.owner, id).await?)))
    }

    /// Delete a watch
    ///
    /// With what it saw. Suggestions that it started stay and go on.
    #[oai(path = "/v1/watches/:watch_id", method = "delete", operation_id = "delete_watch", tag = "Tag::Watches")]
    async fn delete_watch(
        &self,
        caller: Caller,
        /// The watch.
        watch_id: Path<WatchId>,
    ) -> Result<DeleteResponse, Fails<OneWatch>> {
        self.0.store().delete_watch(&caller.owner, watch_id.0).await?;
        Ok(DeleteResponse::Deleted)
    }

    /// Pause a watch
    ///
    /// It looks no more until it is resumed, unless it is told to. One that has ended stays ended.
    #[oai(path = "/v1/watches/:watch_id/pause", method = "post", operation_id = "pause_watch", tag = "Tag::Watches")]
    async fn pause_watch(
        &self,
        caller: Caller,
        /// The watch.
        watch_id: Path<WatchId>,
    ) -> Result<WatchResponse, Fails<OneWatch>> {
        self.0.store().pause_watch(&caller.owner, watch_id.0).await?;
        Ok(WatchResponse::Found(Answer(view::read(&self.0, &caller.owner, watch_id.0).await?)))
    }

    /// Resume a watch
    ///
    /// It looks at once, and goes on by the clock. One that has ended stays ended: replace it.
    #[oai(path = "/v1/watches/:watch_id/resume", method = "post", operation_id = "resume_watch", tag = "Tag::Watches")]
    async fn resume_watch(
        &self,
        caller: Caller,
        /// The watch.
        watch_id: Path<WatchId>,
    ) -> Result<WatchResponse, Fails<OneWatch>> {
        self.0.store().resume_watch(&caller.owner, watch_id.0).await?;
        Ok(WatchResponse::Found(Answer(view::read(&self.0, &caller.owner, watch_id.0).await?)))
    }

    /// Let a watch look now
    ///
    /// Also while it is paused. Its ticks stay as they are.
    #[oai(path = "/v1/watches/:watch_id/check", method = "post", operation_id = "check_watch", tag = "Tag::Watches")]
    async fn check_watch(
        &self,
        caller: Caller,
        /// The watch.
        watch_id: Path<WatchId>,
    ) -> Result<CheckResponse, Fails<CheckWatch>> {
        let (store, id) = (self.0.store(), watch_id.0);
        if store.watch(&caller.owner, id).await?.status == WatchStatus::Ended {
            return Err(ApiError::new(ErrorCode::WatchEnded, "The watch has ended and looks no more").into());
        }
        store.check_watch(&caller.owner, id).await?;
        let view = view::read(&self.0, &caller.owner, id).await?;
        Ok(CheckResponse::Accepted(Answer(view), format!("/v1/watches/{id}")))
    }

    /// List what a watch saw
    ///
    /// Newest first, with minimum, median, maximum and the newest value of all that is kept. The newest thousand are kept.
    #[oai(
        path = "/v1/watches/:watch_id/observations",
        method = "get",
        operation_id = "list_observations",
        tag = "Tag::Watches"
    )]
    async fn list_observations(
        &self,
        caller: Caller,
        /// The watch.
        watch_id: Path<WatchId>,
        /// How many; 20 by default.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
        /// The `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<ObservationsResponse, Fails<ListObservations>> {
        let (id, limit) = (watch_id.0, limit.0.unwrap_or(LIMIT_DEFAULT));
        let before = view::read_cursor(&caller.owner, id, cursor.0.as_deref())?;
        let page = view::observations(&self.0, &caller.owner, id, before, limit as usize).await?;
        Ok(ObservationsResponse::Page(Answer(page)))
    }
}

/// Checks what only this installation can say: which cities it knows, which addresses it may ask.
fn spec(state: &State, request: WatchRequest) -> Result<WatchSpec, ApiError> {
    let spec = request.into_spec();
    let now = state.store().clock().now();
    (state.watch_intake)(&spec, now).map_err(|errors| ApiError::fields(ErrorCode::InvalidFields, errors))?;
    Ok(spec)
}

impl JsonBody for WatchRequest {
    json_body!(
        WatchRequest,
        json!({
            "name": "Lisbon in May",
            "user_id": "ana",
            "watch": {
                "flight_price": {
                    "origin": "Berlin",
                    "destination": "Lisbon",
                    "depart": "2027-05-07",
                    "depart_until": "2027-05-09",
                    "nights": 3,
                    "travellers": 2,
                    "currency": "EUR",
                    "threshold": { "percent": 10 },
                    "wishes": "art and seafood"
                }
            },
            "time_zone": "Europe/Berlin",
            "quiet_s": 86400
        })
    );

    fn fill(fields: &mut Map<String, Value>) {
        fields.entry("name").or_insert_with(|| "?".into());
        let filler = json!({ "budget_surplus": { "currency": "EUR", "period": "month", "income": 1, "at_least": 1 } });
        let is_given = |watch: &Value| watch.as_object().is_some_and(|watch| !watch.is_empty());
        if !fields.get("watch").is_some_and(is_given) {
            fields.insert("watch".to_owned(), filler);
        }
    }

    fn check(&self, now: DateTime<Utc>) -> Vec<FieldError> {
        self.check(now).err().unwrap_or_default()
    }
}
