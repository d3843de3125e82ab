//! From what a client wrote to what a scheduler reads.

use chrono::{DateTime, Duration, Utc};
use domain::{
    ScheduleId,
    request::{FieldError, PlanRequest},
    schedule::{ScheduleAction, ScheduleRequest, ScheduleSpec, ZONE_DEFAULT},
};
use poem::http::HeaderMap;
use recurrence::{Error as Unreadable, Recurrence, Timing};
use serde_json::{Map, Value, json};
use store::{NewJob, NextTick};

use crate::{
    body::{JsonBody, json_body},
    codes::ErrorCode,
    error::ApiError,
    plan::new_job,
    state::State,
};

impl JsonBody for ScheduleRequest {
    json_body!(
        ScheduleRequest,
        json!({
            "name": "A weekend away, on Monday mornings",
            "cron": "30 7 * * MON",
            "time_zone": "Europe/Paris",
            "action": { "plan": { "query": "A weekend in Lisbon for two, art and seafood", "constraints": { "days": 3 } } },
            "overlap": "skip",
            "catch_up": "last",
            "jitter_s": 60
        })
    );

    fn fill(fields: &mut Map<String, Value>) {
        fields.entry("name").or_insert_with(|| "?".into());
        fields.entry("cron").or_insert_with(|| "@daily".into());
        let action = fields.entry("action").or_insert_with(|| json!({}));
        if let Some(action) = action.as_object_mut()
            && let Some(plan) = action.entry("plan").or_insert_with(|| json!({})).as_object_mut()
        {
            PlanRequest::fill(plan);
        }
    }

    fn check(&self, now: DateTime<Utc>) -> Vec<FieldError> {
        let mut errors = self.check(now).err().unwrap_or_default();
        let zone = self.time_zone.as_deref().unwrap_or(ZONE_DEFAULT);
        if let Err(Unreadable::Zone(_)) = Recurrence::read("@daily", zone) {
            errors.push(FieldError::new(
                "/time_zone",
                format!("\"{}\" is not an IANA time zone such as Europe/Paris or UTC", zone.escape_debug()),
            ));
        }
        match Recurrence::read(&self.cron, ZONE_DEFAULT) {
            Err(why) => errors.push(FieldError::new("/cron", why.to_string())),
            Ok(recurrence) => {
                let jitter = Duration::seconds(self.jitter_s.and_then(|most| i64::try_from(most).ok()).unwrap_or(0));
                let shortest = recurrence.interval_min();
                if jitter >= shortest {
                    let shortest = shortest.num_seconds();
                    errors.push(FieldError::new(
                        "/jitter_s",
                        format!("is not below the shortest time between two ticks, which is {shortest} seconds"),
                    ));
                }
            }
        }
        errors
    }
}

/// Checks what only this installation can say: the least interval, and whether the request can be planned at all.
pub(super) fn spec(state: &State, request: ScheduleRequest) -> Result<ScheduleSpec, ApiError> {
    let spec = request.into_spec();
    let mut errors = Vec::new();
    let recurrence = Recurrence::read(&spec.cron, &spec.time_zone).map_err(|_| ApiError::internal())?;
    let (shortest, least) = (recurrence.interval_min().num_seconds(), state.schedule_interval_min.num_seconds());
    if shortest < least {
        errors.push(FieldError::new(
            "/cron",
            format!("has two ticks {shortest} seconds apart; the least here is {least} seconds"),
        ));
    }
    let ScheduleAction::Plan(plan) = &spec.action;
    errors.extend((state.intake)(plan).err().unwrap_or_default().into_iter().map(in_action));
    if errors.is_empty() { Ok(spec) } else { Err(ApiError::fields(ErrorCode::InvalidFields, errors)) }
}

/// The first tick after an instant.
pub(super) fn next(spec: &ScheduleSpec, id: ScheduleId, after: DateTime<Utc>) -> Result<Option<NextTick>, ApiError> {
    let due = timing(spec, id)?.next_after(after);
    Ok(due.map(|due| NextTick { tick_at: due.tick_at, due_at: due.due_at }))
}

/// When a schedule ticks.
pub(super) fn timing(spec: &ScheduleSpec, id: ScheduleId) -> Result<Timing, ApiError> {
    let recurrence = Recurrence::read(&spec.cron, &spec.time_zone).map_err(|error| {
        tracing::error!(schedule.id = %id, error = ?error, "Schedule {id} cannot be read: {error}");
        ApiError::internal()
    })?;
    let jitter_most = Duration::milliseconds(spec.jitter_ms);
    Ok(Timing { recurrence, ends_at: spec.ends_at, jitter_most, seed: id.as_uuid().as_u128() })
}

/// Whether both tick at the same instants.
pub(super) fn is_timed_alike(one: &ScheduleSpec, other: &ScheduleSpec) -> bool {
    let timed = |spec: &ScheduleSpec| (spec.cron.clone(), spec.time_zone.clone(), spec.jitter_ms, spec.ends_at);
    timed(one) == timed(other)
}

/// The job that a person starts.
pub(super) fn job(state: &State, spec: &ScheduleSpec, headers: &HeaderMap) -> Result<NewJob, ApiError> {
    let ScheduleAction::Plan(plan) = &spec.action;
    // It was right when the schedule was made; days pass.
    if let Err(errors) = plan.check(state.store().clock().now()) {
        let errors = errors.into_iter().map(in_action).collect();
        return Err(ApiError::fields(ErrorCode::InvalidFields, errors));
    }
    let job = new_job(state, plan, headers)?;
    Ok(NewJob { user_id: job.user_id.or_else(|| spec.user_id.clone()), ..job })
}

fn in_action(error: FieldError) -> FieldError {
    FieldError::new(format!("/action/plan{}", error.pointer), error.detail)
}
