//! Schedules and ticks as clients see them.

use chrono::{DateTime, Utc};
use domain::{
    JobId, ScheduleId,
    schedule::{CatchUp, OverlapPolicy, ScheduleAction, ScheduleStatus, TickOrigin, TickOutcome},
    time::{from_micros, to_micros},
};
use poem_openapi::Object;
use recurrence::{Occurrence, Recurrence, Shift, Timing};
use serde::Serialize;
use store::{Owner, Schedule, Tick};

use super::{LIST, parse};
use crate::{cursor, error::ApiError, state::State};

/// Runs to come that a schedule shows.
const NEXT_RUNS: usize = 5;

/// A run to come.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct NextRun {
    at: DateTime<Utc>,
    /// The same, as the clock of the zone shows it.
    local: String,
    /// What the change of the clocks has to do with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// The newest tick.
#[derive(Debug, Serialize, Object)]
pub(crate) struct LastTick {
    tick_at: DateTime<Utc>,
    outcome: TickOutcome,
}

/// A schedule as it stands.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ScheduleView {
    schedule_id: ScheduleId,
    name: String,
    status: ScheduleStatus,
    cron: String,
    /// The expression in words, where it is a simple one.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_words: Option<String>,
    time_zone: String,
    action: ScheduleAction,
    overlap: OverlapPolicy,
    catch_up: CatchUp,
    window_s: i64,
    jitter_s: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    /// The next tick; its jitter lets it fire later. Absent when it is paused or has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<DateTime<Utc>>,
    /// The next runs; only when one schedule is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_runs: Option<Vec<NextRun>>,
    /// The tick that waits for the end of a job.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<LastTick>,
    /// Ticks so far that no scheduler was there for, caught up with or not.
    missed: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    ticks_url: String,
}

/// One page of schedules, newest first.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct ScheduleList {
    schedules: Vec<ScheduleView>,
    /// Give it as `cursor` to get the next page. Absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// What became of a tick.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct TickView {
    tick_at: DateTime<Utc>,
    origin: TickOrigin,
    outcome: TickOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<JobId>,
    /// Why no job could be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    decided_at: DateTime<Utc>,
}

/// One page of ticks, newest first.
#[derive(Debug, Serialize, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct TickList {
    ticks: Vec<TickView>,
    /// Give it as `cursor` to get the next page. Absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// One schedule with its next runs.
pub(super) async fn read(state: &State, owner: &Owner, id: ScheduleId) -> Result<ScheduleView, ApiError> {
    let schedule = state.store().schedule(owner, id).await?;
    let now = state.store().now().await?;
    let timing = parse::timing(&schedule.spec, id)?;
    let runs = if schedule.next.is_some() { next_runs(&timing, now) } else { Vec::new() };
    Ok(ScheduleView { next_runs: Some(runs), ..schedule.into() })
}

fn next_runs(timing: &Timing, now: DateTime<Utc>) -> Vec<NextRun> {
    let first = timing.occurrence_after(now);
    let runs = std::iter::successors(first, |last| timing.occurrence_after(last.at)).take(NEXT_RUNS);
    runs.map(|run| NextRun {
        at: run.at,
        local: timing.recurrence.local(run.at).to_rfc3339(),
        note: note(&timing.recurrence, run),
    })
    .collect()
}

fn note(recurrence: &Recurrence, run: Occurrence) -> Option<String> {
    let (asked, day) = (run.wall.format("%H:%M"), run.wall.format("%-d %B"));
    match run.shift {
        Shift::None => None,
        Shift::Moved => {
            let shown = recurrence.local(run.at).format("%H:%M");
            Some(format!("the clocks leave {asked} out on {day}; it runs at {shown}"))
        }
        Shift::First => Some(format!("the clocks show {asked} twice on {day}; this is the first time")),
        Shift::Second => Some(format!("the clocks show {asked} twice on {day}; this is the second time")),
    }
}

impl ScheduleList {
    /// `schedules` holds one more than `limit` when there is another page.
    pub(super) fn page(owner: &Owner, mut schedules: Vec<Schedule>, limit: usize) -> Self {
        let next_cursor = cursor::cut(owner, LIST, &mut schedules, limit, |last| cursor::id(last.id.as_uuid()));
        Self { schedules: schedules.into_iter().map(ScheduleView::from).collect(), next_cursor }
    }
}

impl TickList {
    /// `ticks` holds one more than `limit` when there is another page.
    pub(super) fn page(owner: &Owner, id: ScheduleId, mut ticks: Vec<Tick>, limit: usize) -> Self {
        let key = |last: &Tick| to_micros(last.tick_at).to_string();
        let next_cursor = cursor::cut(owner, &tick_list(id), &mut ticks, limit, key);
        Self { ticks: ticks.into_iter().map(TickView::from).collect(), next_cursor }
    }
}

pub(super) fn read_tick_cursor(
    owner: &Owner,
    id: ScheduleId,
    cursor: Option<&str>,
) -> Result<Option<DateTime<Utc>>, ApiError> {
    Ok(cursor::before(owner, &tick_list(id), cursor)?.map(from_micros))
}

/// The list to which a cursor belongs.
fn tick_list(id: ScheduleId) -> String {
    format!("ticks/{id}")
}

impl From<Schedule> for ScheduleView {
    fn from(schedule: Schedule) -> Self {
        let (id, spec) = (schedule.id, schedule.spec);
        let status = match (schedule.paused_at, schedule.next) {
            (Some(_), _) => ScheduleStatus::Paused,
            (None, Some(_)) => ScheduleStatus::Active,
            (None, None) => ScheduleStatus::Ended,
        };
        let recurrence = Recurrence::read(&spec.cron, &spec.time_zone).ok();
        Self {
            schedule_id: id,
            name: spec.name,
            status,
            in_words: recurrence.and_then(|recurrence| recurrence.in_words()),
            cron: spec.cron,
            time_zone: spec.time_zone,
            action: spec.action,
            overlap: spec.overlap,
            catch_up: spec.catch_up,
            window_s: spec.window_ms / 1000,
            jitter_s: spec.jitter_ms / 1000,
            ends_at: spec.ends_at,
            user_id: spec.user_id,
            next_at: schedule.next.map(|next| next.tick_at),
            next_runs: None,
            waiting_at: schedule.buffered_at,
            last: schedule.last.map(|(tick_at, outcome)| LastTick { tick_at, outcome }),
            missed: schedule.missed,
            paused_at: schedule.paused_at,
            created_at: schedule.created_at,
            updated_at: schedule.updated_at,
            ticks_url: format!("/v1/schedules/{id}/ticks"),
        }
    }
}

impl From<Tick> for TickView {
    fn from(tick: Tick) -> Self {
        Self {
            tick_at: tick.tick_at,
            origin: tick.origin,
            outcome: tick.outcome,
            job_id: tick.job_id,
            error: tick.error,
            decided_at: tick.decided_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(cron: &str, now: &str) -> Vec<(String, Option<String>)> {
        let timing = Timing::read(cron, "Europe/Paris").unwrap();
        next_runs(&timing, now.parse().unwrap()).into_iter().map(|run| (run.local, run.note)).collect()
    }

    #[test]
    fn the_next_runs_say_what_the_clocks_do() {
        let spring = runs("30 2 * * *", "2026-03-28T12:00:00Z");
        assert_eq!(spring.len(), NEXT_RUNS);
        assert_eq!(spring[0].0, "2026-03-29T03:00:00+02:00");
        assert_eq!(spring[0].1.as_deref(), Some("the clocks leave 02:30 out on 29 March; it runs at 03:00"));
        assert_eq!(spring[1], ("2026-03-30T02:30:00+02:00".to_owned(), None));
        let autumn = runs("30 * * * *", "2026-10-24T23:45:00Z");
        let notes: Vec<Option<&str>> = autumn.iter().map(|(_, note)| note.as_deref()).collect();
        let (first, second) = ("this is the first time", "this is the second time");
        assert!(
            notes[0].is_some_and(|note| note.ends_with(first)) && notes[1].is_some_and(|note| note.ends_with(second))
        );
        assert_eq!(notes[2..], [None; 3]);
    }

    #[test]
    fn an_end_ends_the_list() {
        let end = "2026-11-22T12:00:00Z".parse().ok();
        let timing = Timing { ends_at: end, ..Timing::read("0 * * * *", "UTC").unwrap() };
        assert_eq!(next_runs(&timing, "2026-11-22T10:30:00Z".parse().unwrap()).len(), 2);
    }
}
