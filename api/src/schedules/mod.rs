//! `/v1/schedules`: what starts jobs by the clock.

mod parse;
mod view;

use std::sync::Arc;

use domain::{ScheduleId, schedule::ScheduleRequest};
use poem::http::HeaderMap;
use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Path, Query},
};
use store::NewSchedule;

use self::view::{ScheduleList, ScheduleView, TickList};
use crate::{
    alerts::person,
    answer::Answer,
    body::Body,
    caller::Caller,
    cursor,
    docs::Tag,
    fails::{Fails, statuses},
    plan::{KeyHeader, PlanAccepted},
    state::State,
};

const LIMIT_DEFAULT: u32 = 20;
/// The list to which a cursor belongs.
const LIST: &str = "schedules";

pub(crate) struct SchedulesApi(pub(crate) Arc<State>);

statuses! {
    CreateSchedule: 400, 401, 408, 409, 413, 415, 422, 500, 503, 507;
    ListSchedules: 400, 401, 500, 503;
    OneSchedule: 401, 404, 500, 503, 507;
    ReplaceSchedule: 400, 401, 404, 408, 413, 415, 422, 500, 503, 507;
    RunSchedule: 401, 404, 409, 422, 500, 503, 507;
    ListTicks: 400, 401, 404, 500, 503;
}

#[derive(ApiResponse)]
pub(crate) enum CreateResponse {
    /// The schedule is there, and ticks.
    #[oai(status = 201)]
    Created(
        Answer<ScheduleView>,
        /// Where it is.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
pub(crate) enum ListResponse {
    /// One page.
    #[oai(status = 200)]
    Page(Answer<ScheduleList>),
}

#[derive(ApiResponse)]
pub(crate) enum ScheduleResponse {
    /// The schedule as it stands.
    #[oai(status = 200)]
    Found(Answer<ScheduleView>),
}

#[derive(ApiResponse)]
pub(crate) enum DeleteResponse {
    /// The schedule and its history are gone; its jobs are not.
    #[oai(status = 204)]
    Deleted,
}

#[derive(ApiResponse)]
pub(crate) enum RunResponse {
    /// The job is taken in: it will reach a visible end.
    #[oai(status = 202)]
    Accepted(
        Answer<PlanAccepted>,
        /// Where to poll.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
pub(crate) enum TicksResponse {
    /// One page.
    #[oai(status = 200)]
    Page(Answer<TickList>),
}

#[OpenApi]
impl SchedulesApi {
    /// Make a schedule
    ///
    /// It starts a job at each of its ticks, beginning with the first one from now on. Send an Idempotency-Key, and a request
    /// that you repeat because its answer got lost makes no second schedule.
    #[oai(path = "/v1/schedules", method = "post", operation_id = "create_schedule", tag = "Tag::Schedules")]
    async fn create_schedule(
        &self,
        caller: Caller,
        /// Makes the request safe to repeat: the same key and body are the same schedule.
        #[oai(name = "Idempotency-Key")]
        key: KeyHeader,
        body: Body<ScheduleRequest>,
    ) -> Result<CreateResponse, Fails<CreateSchedule>> {
        let key = key.of(&body.0);
        let (spec, id) = (parse::spec(&self.0, body.0)?, ScheduleId::new());
        let next = parse::next(&spec, id, self.0.store().now().await?)?;
        let new = NewSchedule { id, spec: &spec, next };
        let made = self.0.store().create_schedule(&caller.owner, &new, key.as_ref()).await?;
        let view = view::read(&self.0, &caller.owner, made.id).await?;
        Ok(CreateResponse::Created(Answer(view), format!("/v1/schedules/{}", made.id)))
    }

    /// List schedules
    ///
    /// Newest first. The filter must not change from page to page.
    #[oai(path = "/v1/schedules", method = "get", operation_id = "list_schedules", tag = "Tag::Schedules")]
    async fn list_schedules(
        &self,
        caller: Caller,
        /// Only schedules for this person.
        user_id: Query<Option<String>>,
        /// How many; 20 by default.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
        /// The `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<ListResponse, Fails<ListSchedules>> {
        let before = cursor::before(&caller.owner, LIST, cursor.0.as_deref())?;
        let user_id = person(user_id.0);
        let limit = limit.0.unwrap_or(LIMIT_DEFAULT);
        let store = self.0.store();
        let found = store.schedules(&caller.owner, user_id.as_deref(), before, u64::from(limit) + 1).await?;
        Ok(ListResponse::Page(Answer(ScheduleList::page(&caller.owner, found, limit as usize))))
    }

    /// Read a schedule
    ///
    /// With its next five runs, as the clocks of its zone will show them.
    #[oai(path = "/v1/schedules/:schedule_id", method = "get", operation_id = "get_schedule", tag = "Tag::Schedules")]
    async fn get_schedule(
        &self,
        caller: Caller,
        /// The schedule.
        schedule_id: Path<ScheduleId>,
    ) -> Result<ScheduleResponse, Fails<OneSchedule>> {
        Ok(ScheduleResponse::Found(Answer(view::read(&self.0, &caller.owner, schedule_id.0).await?)))
    }

    /// Replace a schedule
    ///
    /// Fields that are left out get their defaults. With another expression, zone, jitter or end it goes on with the first
    /// tick from now on. A paused schedule stays paused.
    #[oai(
        path = "/v1/schedules/:schedule_id",
        method = "put",
        operation_id = "replace_schedule",
        tag = "Tag::Schedules"
    )]
    async fn replace_schedule(
        &self,
        caller: Caller,
        /// The schedule.
        schedule_id: Path<ScheduleId>,
        body: Body<ScheduleRequest>,
    ) -> Result<ScheduleResponse, Fails<ReplaceSchedule>> {
        let (store, id) = (self.0.store(), schedule_id.0);
        let before = store.schedule(&caller.owner, id).await?;
        let spec = parse::spec(&self.0, body.0)?;
        let is_timed_alike = parse::is_timed_alike(&before.spec, &spec);
        let next = if is_timed_alike { before.next } else { parse::next(&spec, id, store.now().await?)? };
        store.replace_schedule(&caller.owner, id, &spec, next).await?;
        Ok(ScheduleResponse::Found(Answer(view::read(&self.0, &caller.owner, id).await?)))
    }

    /// Delete a schedule
    ///
    /// With its history. Jobs that it started stay and go on.
    #[oai(
        path = "/v1/schedules/:schedule_id",
        method = "delete",
        operation_id = "delete_schedule",
        tag = "Tag::Schedules"
    )]
    async fn delete_schedule(
        &self,
        caller: Caller,
        /// The schedule.
        schedule_id: Path<ScheduleId>,
    ) -> Result<DeleteResponse, Fails<OneSchedule>> {
        self.0.store().delete_schedule(&caller.owner, schedule_id.0).await?;
        Ok(DeleteResponse::Deleted)
    }

    /// Pause a schedule
    ///
    /// No tick comes until it is resumed, and none of that time is made up for. A tick that waits for a job is given up.
    #[oai(
        path = "/v1/schedules/:schedule_id/pause",
        method = "post",
        operation_id = "pause_schedule",
        tag = "Tag::Schedules"
    )]
    async fn pause_schedule(
        &self,
        caller: Caller,
        /// The schedule.
        schedule_id: Path<ScheduleId>,
    ) -> Result<ScheduleResponse, Fails<OneSchedule>> {
        self.0.store().pause_schedule(&caller.owner, schedule_id.0).await?;
        Ok(ScheduleResponse::Found(Answer(view::read(&self.0, &caller.owner, schedule_id.0).await?)))
    }

    /// Resume a schedule
    ///
    /// It goes on with the first tick from now on.
    #[oai(
        path = "/v1/schedules/:schedule_id/resume",
        method = "post",
        operation_id = "resume_schedule",
        tag = "Tag::Schedules"
    )]
    async fn resume_schedule(
        &self,
        caller: Caller,
        /// The schedule.
        schedule_id: Path<ScheduleId>,
    ) -> Result<ScheduleResponse, Fails<OneSchedule>> {
        let (store, id) = (self.0.store(), schedule_id.0);
        let spec = store.schedule(&caller.owner, id).await?.spec;
        let next = parse::next(&spec, id, store.now().await?)?;
        store.resume_schedule(&caller.owner, id, next).await?;
        Ok(ScheduleResponse::Found(Answer(view::read(&self.0, &caller.owner, id).await?)))
    }

    /// Run a schedule now
    ///
    /// Starts a job at once, whatever else runs and also while the schedule is paused. Its ticks stay as they are.
    #[oai(
        path = "/v1/schedules/:schedule_id/run",
        method = "post",
        operation_id = "run_schedule",
        tag = "Tag::Schedules"
    )]
    async fn run_schedule(
        &self,
        caller: Caller,
        /// Makes the request safe to repeat: the same key is the same job.
        #[oai(name = "Idempotency-Key")]
        key: KeyHeader,
        headers: &HeaderMap,
        /// The schedule.
        schedule_id: Path<ScheduleId>,
    ) -> Result<RunResponse, Fails<RunSchedule>> {
        let id = schedule_id.0;
        let spec = self.0.store().schedule(&caller.owner, id).await?.spec;
        let job = parse::job(&self.0, &spec, headers)?;
        let key = key.of(&("run_schedule", id));
        let submitted = self.0.dispatch.run_schedule(&caller.owner, id, &job, key.as_ref()).await?;
        let accepted = PlanAccepted::of(submitted.job_id);
        let status_url = accepted.status_url.clone();
        Ok(RunResponse::Accepted(Answer(accepted), status_url))
    }

    /// List a schedule's ticks
    ///
    /// What became of each, newest first. The newest thousand are kept.
    #[oai(
        path = "/v1/schedules/:schedule_id/ticks",
        method = "get",
        operation_id = "list_ticks",
        tag = "Tag::Schedules"
    )]
    async fn list_ticks(
        &self,
        caller: Caller,
        /// The schedule.
        schedule_id: Path<ScheduleId>,
        /// How many; 20 by default.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<u32>>,
        /// The `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<TicksResponse, Fails<ListTicks>> {
        let (id, limit) = (schedule_id.0, limit.0.unwrap_or(LIMIT_DEFAULT));
        let before = view::read_tick_cursor(&caller.owner, id, cursor.0.as_deref())?;
        let ticks = self.0.store().schedule_ticks(&caller.owner, id, before, u64::from(limit) + 1).await?;
        Ok(TicksResponse::Page(Answer(TickList::page(&caller.owner, id, ticks, limit as usize))))
    }
}
