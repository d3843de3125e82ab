//! One look at the users' schedules: what is due is fired, skipped or left to wait.

use std::fmt;

use chrono::{DateTime, Duration, Utc};
use domain::{
    JobId,
    alert::{AlertKind, NewAlert, Severity},
    job::Mode,
    schedule::{ScheduleAction, ScheduleSpec, TickOutcome},
};
use recurrence::{Due, Recurrence, Timing};
use serde_json::json;
use store::{Fired, Firing, NewJob, NextTick, Schedule, Skipping};
use tracing::{error, info, warn};

use crate::{
    Scheduler,
    gap::{Gap, Verdict},
};

/// Schedules of each kind that one look deals with; the next one takes the rest.
const SCHEDULES_MAX: u64 = 100;

/// What one look did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// Jobs started.
    pub started: u64,
    /// Ticks that started nothing: skipped, failed, or left to wait.
    pub quiet: u64,
    /// Ticks that nobody was there for, caught up with or not. Counted in `started` and `quiet`, too.
    pub missed: u64,
}

impl fmt::Display for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} jobs started, {} ticks started nothing, {} were missed", self.started, self.quiet, self.missed)
    }
}

impl Scheduler {
    /// Deals with every schedule that is due, as far as other replicas are not faster.
    ///
    /// # Errors
    /// [`store::Error::Unavailable`]: the next look goes on.
    pub async fn look(&self) -> Result<Looked, store::Error> {
        let due = self.dispatch.store().due_schedules(SCHEDULES_MAX).await?;
        let mut looked = Looked::default();
        for schedule in &due.released {
            let job = self.job(schedule, due.now);
            let fired = self.dispatch.fire_buffered(schedule, job.as_ref().map_err(String::as_str)).await?;
            looked.count(schedule, fired, false);
        }
        for schedule in &due.ticking {
            self.deal_with(schedule, due.now, &mut looked).await?;
        }
        Ok(looked)
    }

    async fn deal_with(
        &self,
        schedule: &Schedule,
        now: DateTime<Utc>,
        looked: &mut Looked,
    ) -> Result<(), store::Error> {
        let Some(next) = schedule.next else { return Ok(()) };
        let timing = match timing(schedule) {
            Ok(timing) => timing,
            Err(cause) => {
                let id = schedule.id;
                error!(schedule.id = %id, error = ?cause, "Schedule {id} is put off for five minutes: {cause}");
                return self.dispatch.store().put_schedule_off(id).await;
            }
        };
        let gap = Gap {
            timing: &timing,
            catch_up: schedule.spec.catch_up,
            window: Duration::milliseconds(schedule.spec.window_ms),
            late_after: self.late_after,
            from: next.tick_at,
            now,
        };
        let verdict = gap.verdict();
        // Told with what is written first.
        let alert = missed(schedule, next.tick_at, &verdict);
        let Some(skipped) = alert.as_ref().filter(|_| verdict.skipped > 0) else {
            return self.fire_all(schedule, now, &verdict, alert.as_ref(), looked).await;
        };
        if self.skip(schedule, next.tick_at, &verdict, skipped, looked).await? {
            self.fire_all(schedule, now, &verdict, None, looked).await?;
        }
        Ok(())
    }

    /// False when another replica deals with this schedule.
    async fn skip(
        &self,
        schedule: &Schedule,
        from: DateTime<Utc>,
        verdict: &Verdict,
        alert: &NewAlert,
        looked: &mut Looked,
    ) -> Result<bool, store::Error> {
        let ticks: Vec<DateTime<Utc>> = verdict.written.iter().copied().collect();
        let next = verdict.fired.front().map(|tick| tick.due).or(verdict.upcoming).map(next_tick);
        let skipping = Skipping { schedule, from, ticks: &ticks, count: verdict.skipped, next, alert };
        if !self.dispatch.skip_ticks(&skipping).await? {
            return Ok(false);
        }
        looked.quiet += verdict.skipped;
        looked.missed += verdict.skipped;
        count(TickOutcome::SkippedMissed.word(), verdict.skipped);
        tell_missed(schedule, verdict.skipped, "and start nothing");
        Ok(true)
    }

    async fn fire_all(
        &self,
        schedule: &Schedule,
        now: DateTime<Utc>,
        verdict: &Verdict,
        mut alert: Option<&NewAlert>,
        looked: &mut Looked,
    ) -> Result<(), store::Error> {
        let mut caught_up = 0;
        for (index, tick) in verdict.fired.iter().enumerate() {
            let next = verdict.fired.get(index + 1).map(|tick| tick.due).or(verdict.upcoming).map(next_tick);
            let job = self.job(schedule, now);
            let job = job.as_ref().map_err(String::as_str);
            let alert = alert.take();
            let firing = Firing { schedule, tick_at: tick.due.tick_at, is_late: tick.is_late, next, job, alert };
            let fired = self.dispatch.fire(&firing).await?;
            looked.count(schedule, fired, tick.is_late);
            if fired == Fired::Lost {
                break;
            }
            caught_up += u64::from(tick.is_late);
        }
        if caught_up > 0 {
            tell_missed(schedule, caught_up, "and were caught up with");
        }
        Ok(())
    }

    /// The job that a tick starts, or why it cannot.
    fn job(&self, schedule: &Schedule, now: DateTime<Utc>) -> Result<NewJob, String> {
        match &schedule.spec.action {
            ScheduleAction::Plan(request) => {
                let told = |errors: Vec<domain::request::FieldError>| {
                    let faults: Vec<String> =
                        errors.iter().map(|error| format!("{} {}", error.pointer, error.detail)).collect();
                    faults.join("; ")
                };
                request.check(now).map_err(told)?;
                let (workflow, version, input) = (self.intake)(request).map_err(told)?;
                let id = JobId::new();
                Ok(NewJob {
                    id,
                    user_id: request.user_id.clone().or_else(|| schedule.spec.user_id.clone()),
                    workflow,
                    version,
                    mode: Mode::Proactive,
                    request: serde_json::to_value(request).map_err(|error| error.to_string())?,
                    input,
                    deadline_s: request.deadline_s,
                    trace_id: id.as_uuid().simple().to_string(),
                    summary: request.summary(),
                })
            }
        }
    }
}

impl Looked {
    fn count(&mut self, schedule: &Schedule, fired: Fired, is_late: bool) {
        let id = schedule.id;
        let outcome = match fired {
            Fired::Started(job_id) => {
                info!(schedule.id = %id, job.id = %job_id, "Schedule {id} started job {job_id}");
                self.started += 1;
                TickOutcome::Fired
            }
            Fired::Not(outcome) => {
                if outcome == TickOutcome::Failed {
                    warn!(schedule.id = %id, "A tick of schedule {id} started nothing: its history says why");
                }
                self.quiet += 1;
                outcome
            }
            Fired::Repeated | Fired::Lost => return,
        };
        self.missed += u64::from(is_late);
        count(outcome.word(), 1);
    }
}

fn count(outcome: &'static str, ticks: u64) {
    metrics::counter!("scheduler_ticks_total", "outcome" => outcome).increment(ticks);
}

fn tell_missed(schedule: &Schedule, ticks: u64, what: &str) {
    let id = schedule.id;
    metrics::counter!("scheduler_ticks_missed_total").increment(ticks);
    warn!(schedule.id = %id, ticks, "{ticks} ticks of schedule {id} came while no scheduler looked, {what}");
}

/// What people should know of ticks that were missed, from the first that nobody has dealt with.
fn missed(schedule: &Schedule, from: DateTime<Utc>, verdict: &Verdict) -> Option<NewAlert> {
    let mut late = verdict.fired.iter().filter(|tick| tick.is_late);
    let (caught_up, newest) = (late.clone().count() as u64, late.next_back().map(|tick| tick.due.tick_at));
    let (count, to) = (verdict.skipped + caught_up, newest.or(verdict.written.back().copied())?);
    let (id, name) = (schedule.id, &schedule.spec.name);
    let runs = if count == 1 { "1 run was" } else { &format!("{count} runs were") };
    let policy = schedule.spec.catch_up;
    Some(NewAlert {
        user_id: schedule.spec.user_id.clone(),
        kind: AlertKind::System,
        severity: Severity::Warning,
        title: format!("{name}: {runs} missed"),
        body: format!(
            "No scheduler was there from {} to {} UTC. As the catch-up policy is {policy}, {caught_up} of {count} are caught up \
             with.",
            from.format("%F %R"),
            to.format("%F %R")
        ),
        data: json!({ "schedule_id": id, "missed": count, "caught_up": caught_up, "from": from, "to": to }),
        cause_key: format!("schedule:{id}:missed"),
    })
}

/// When a schedule ticks.
fn timing(schedule: &Schedule) -> Result<Timing, recurrence::Error> {
    let ScheduleSpec { cron, time_zone, ends_at, jitter_ms, .. } = &schedule.spec;
    Ok(Timing {
        recurrence: Recurrence::read(cron, time_zone)?,
        ends_at: *ends_at,
        jitter_most: Duration::milliseconds(*jitter_ms),
        seed: schedule.id.as_uuid().as_u128(),
    })
}

fn next_tick(due: Due) -> NextTick {
    NextTick { tick_at: due.tick_at, due_at: due.due_at }
}
