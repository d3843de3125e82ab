//! Schedules: what starts a job by the clock, and what becomes of each of its ticks.
//!
//! When a schedule ticks is not known here: reading cron expressions is the crate `recurrence`'s.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    job::words,
    request::{FieldError, PlanRequest},
};

pub const NAME_CHARS_MAX: usize = 100;
/// The longest that a missed tick may be caught up with.
pub const WINDOW_S_MAX: u64 = 7 * 24 * 3600;
pub const WINDOW_S_DEFAULT: u64 = 24 * 3600;
pub const JITTER_S_MAX: u64 = 3600;
/// The zone of whoever names none.
pub const ZONE_DEFAULT: &str = "UTC";

words!(
    /// What happens to a tick while a job of the same schedule has not ended. A job that waits for a person has not.
    OverlapPolicy {
        /// The tick starts nothing.
        Skip = "skip",
        /// One tick waits for the end of that job; further ones start nothing.
        BufferOne = "buffer_one",
        /// The tick starts another job beside it.
        Allow = "allow",
    }
);

words!(
    /// What happens to ticks that no scheduler was there for.
    CatchUp {
        /// They start nothing.
        Skip = "skip",
        /// The newest of all that are due starts a job, the others nothing.
        Last = "last",
        /// Each starts a job, oldest first; of more than 1,000, the newest 1,000.
        All = "all",
    }
);

words!(
    /// What became of a tick.
    TickOutcome {
        /// It started a job.
        Fired = "fired",
        /// It waits for the end of the schedule's running job.
        Buffered = "buffered",
        /// A job of the schedule had not ended.
        SkippedOverlap = "skipped_overlap",
        /// No scheduler was there for it, and the catch-up policy or its window lets it be.
        SkippedMissed = "skipped_missed",
        /// No job could be made of it; the error says why.
        Failed = "failed",
    }
);

words!(
    /// Where a schedule stands.
    ScheduleStatus {
        Active = "active",
        Paused = "paused",
        /// No tick comes any more.
        Ended = "ended",
    }
);

words!(
    /// Who made a tick.
    TickOrigin { Clock = "clock", Person = "person" }
);

/// What a tick does: one field, named after the kind of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Union))]
#[cfg_attr(feature = "openapi", oai(externally_tagged, rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum ScheduleAction {
    /// Plans by this request.
    Plan(PlanRequest),
}

/// A schedule as people write it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields)]
pub struct ScheduleRequest {
    /// What people call it.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 100)))]
    pub name: String,
    /// Five fields (minute, hour, day of the month, month, day of the week), six with the second first, or an alias such
    /// as `@daily`.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 128)))]
    pub cron: String,
    /// The IANA zone whose clock counts, such as `Europe/Paris`. Default `UTC`.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 64)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    pub action: ScheduleAction,
    /// Default `skip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<OverlapPolicy>,
    /// Default `last`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<CatchUp>,
    /// Ticks that were missed longer ago than this are not caught up with, in seconds. Default a day.
    #[cfg_attr(feature = "openapi", oai(validator(maximum(value = "604800"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_s: Option<u64>,
    /// Each tick fires up to this many seconds late, by an amount of its own, so that not all ask the same server at the
    /// same moment. Less than the shortest time between two ticks. Default 0.
    #[cfg_attr(feature = "openapi", oai(validator(maximum(value = "3600"))))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_s: Option<u64>,
    /// No tick comes after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// For whom; yours to choose. Jobs are for this person unless their request names another.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 128)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

/// A schedule with nothing left open.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleSpec {
    pub name: String,
    pub cron: String,
    pub time_zone: String,
    pub action: ScheduleAction,
    pub overlap: OverlapPolicy,
    pub catch_up: CatchUp,
    pub window_ms: i64,
    pub jitter_ms: i64,
    pub ends_at: Option<DateTime<Utc>>,
    pub user_id: Option<String>,
}

impl ScheduleRequest {
    /// Checks all but the expression and the zone. `now` is the present instant.
    ///
    /// # Errors
    /// Every wrong value at once.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: &str, detail: String| errors.push(FieldError::new(pointer, detail));
        if self.name.trim().is_empty() || self.name.contains('\0') || self.name.chars().count() > NAME_CHARS_MAX {
            wrong(
                "/name",
                format!("is empty or longer than {NAME_CHARS_MAX} characters, or holds a NUL; give a short name"),
            );
        }
        if self.window_s.is_some_and(|seconds| seconds > WINDOW_S_MAX) {
            wrong("/window_s", format!("is over {WINDOW_S_MAX} seconds, which are seven days"));
        }
        if self.jitter_s.is_some_and(|seconds| seconds > JITTER_S_MAX) {
            wrong("/jitter_s", format!("is over {JITTER_S_MAX} seconds"));
        }
        if let Some(ends_at) = self.ends_at.filter(|ends_at| *ends_at <= now) {
            wrong("/ends_at", format!("{ends_at} is in the past; give a later instant or leave it out"));
        }
        let blank = |id: &str| id.trim().is_empty() || id.contains('\0') || id.chars().count() > 128;
        if self.user_id.as_deref().is_some_and(blank) {
            wrong("/user_id", "is empty or longer than 128 characters, or holds a NUL; leave it out".to_owned());
        }
        let ScheduleAction::Plan(plan) = &self.action;
        for error in plan.check(now).err().unwrap_or_default() {
            wrong(&format!("/action/plan{}", error.pointer), error.detail);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Puts the defaults in.
    #[must_use]
    pub fn into_spec(self) -> ScheduleSpec {
        let millis = |seconds: u64| i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        ScheduleSpec {
            name: self.name,
            cron: self.cron,
            time_zone: self.time_zone.unwrap_or_else(|| ZONE_DEFAULT.to_owned()),
            action: self.action,
            overlap: self.overlap.unwrap_or(OverlapPolicy::Skip),
            catch_up: self.catch_up.unwrap_or(CatchUp::Last),
            window_ms: millis(self.window_s.unwrap_or(WINDOW_S_DEFAULT)),
            jitter_ms: millis(self.jitter_s.unwrap_or(0)),
            ends_at: self.ends_at,
            user_id: self.user_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(json: serde_json::Value) -> ScheduleRequest {
        serde_json::from_value(json).expect("it reads")
    }

    #[test]
    fn defaults_are_careful() {
        let action = serde_json::json!({ "plan": { "query": "q" } });
        let spec = request(serde_json::json!({ "name": "n", "cron": "@daily", "action": action })).into_spec();
        assert_eq!((spec.overlap, spec.catch_up), (OverlapPolicy::Skip, CatchUp::Last));
        assert_eq!((spec.window_ms, spec.jitter_ms, spec.time_zone.as_str()), (86_400_000, 0, "UTC"));
        assert_eq!(serde_json::to_value(&spec.action).expect("it is JSON"), action);
    }

    #[test]
    fn every_wrong_value_is_named() {
        let wrong = request(serde_json::json!({
            "name": " ", "cron": "@daily", "action": { "plan": { "query": " ", "deadline_s": 0 } }, "window_s": 604_801,
            "jitter_s": 3601, "ends_at": "2026-01-01T00:00:00Z", "user_id": "",
        }));
        let now = "2026-11-21T00:00:00Z".parse().expect("an instant");
        let mut pointers: Vec<String> =
            wrong.check(now).expect_err("it is wrong").into_iter().map(|error| error.pointer).collect();
        pointers.sort();
        let expected = [
            "/action/plan/deadline_s",
            "/action/plan/query",
            "/ends_at",
            "/jitter_s",
            "/name",
            "/user_id",
            "/window_s",
        ];
        assert_eq!(pointers, expected);
    }
}
