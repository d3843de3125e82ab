//! Schedules as clients make them, and what became of their ticks.

use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::client::Client;

const LOOK: Duration = Duration::from_millis(200);

/// One that is there.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) id: String,
    /// Its first tick.
    pub(crate) first: DateTime<Utc>,
}

/// One tick of the clock, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tick {
    pub(crate) at: DateTime<Utc>,
    pub(crate) outcome: String,
    pub(crate) job: Option<String>,
}

impl Schedule {
    /// Makes one that starts a probe of one step at each tick, whatever else runs. `fields` are added to it.
    ///
    /// # Errors
    /// When it is refused, or nobody answers.
    pub(crate) async fn make(client: &Client, name: &str, cron: &str, fields: &Value) -> anyhow::Result<Self> {
        let plan = json!({ "query": name, "workflow": "probe", "probe": { "steps": 1, "delay_ms": 0 } });
        let mut body = json!({ "name": name, "cron": cron, "action": { "plan": plan }, "overlap": "allow" });
        for (field, value) in fields.as_object().into_iter().flatten() {
            body[field] = value.clone();
        }
        let made = client.insist("schedule", "/v1/schedules", Some(&format!("schedule-{name}")), &body).await?;
        let id = made["schedule_id"].as_str().context("a schedule has an id")?.to_owned();
        Ok(Self { id, first: instant(&made["next_at"]).context("it has a first tick")? })
    }

    pub(crate) fn path(&self) -> String {
        format!("/v1/schedules/{}", self.id)
    }

    /// As it stands.
    ///
    /// # Errors
    /// When nobody answers.
    pub(crate) async fn view(&self, client: &Client) -> anyhow::Result<Value> {
        client.read("schedules", &self.path()).await
    }

    /// Waits until its last tick is dealt with, `within` at most. As it stands then.
    ///
    /// # Errors
    /// When nobody answers.
    pub(crate) async fn ended(&self, client: &Client, within: Duration) -> anyhow::Result<Value> {
        let deadline = Instant::now() + within;
        loop {
            let view = self.view(client).await?;
            if view["status"] == "ended" || Instant::now() >= deadline {
                return Ok(view);
            }
            sleep(LOOK).await;
        }
    }

    /// Its ticks, oldest first; those that a person made are not among them.
    ///
    /// # Errors
    /// When nobody answers.
    pub(crate) async fn ticks(&self, client: &Client) -> anyhow::Result<Vec<Tick>> {
        let listed = client.list(&format!("{}/ticks", self.path()), "ticks").await?;
        let of_the_clock = listed.iter().filter(|tick| tick["origin"] == "clock");
        let mut ticks = of_the_clock.map(Tick::read).collect::<Option<Vec<_>>>().context("a tick cannot be read")?;
        ticks.reverse();
        Ok(ticks)
    }
}

impl Tick {
    fn read(tick: &Value) -> Option<Self> {
        Some(Self {
            at: instant(&tick["tick_at"])?,
            outcome: tick["outcome"].as_str()?.to_owned(),
            job: tick["job_id"].as_str().map(str::to_owned),
        })
    }
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str()?.parse().ok()
}

/// Of the ticks that are due from `first` to `last`, one every `period`: those that are missing, out of order, twice there, or
/// started no job.
pub(crate) fn faults(ticks: &[Tick], first: DateTime<Utc>, last: DateTime<Utc>, period: TimeDelta) -> usize {
    let due: Vec<DateTime<Utc>> =
        std::iter::successors(Some(first), |at| at.checked_add_signed(period)).take_while(|at| *at <= last).collect();
    let wrong = due.iter().zip(ticks).filter(|(at, tick)| tick.at != **at || tick.job.is_none()).count();
    wrong + due.len().abs_diff(ticks.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(second: u32, job: Option<&str>) -> Tick {
        let at = format!("2026-11-21T07:00:{second:02}Z").parse().expect("an instant");
        Tick { at, outcome: "fired".to_owned(), job: job.map(str::to_owned) }
    }

    #[test]
    fn a_tick_that_is_missing_twice_there_or_without_a_job_is_a_fault() {
        let whole: Vec<Tick> = (1..=4).map(|second| tick(second, Some("j"))).collect();
        let (first, last) = (whole[0].at, whole[3].at);
        let faults_of = |ticks: &[Tick]| faults(ticks, first, last, TimeDelta::seconds(1));
        assert_eq!(faults_of(&whole), 0);
        assert!(faults_of(&whole[..3]) > 0 && faults_of(&[]) == 4);
        assert!(faults_of(&[whole.clone(), vec![tick(4, Some("k"))]].concat()) > 0);
        let mut idle = whole.clone();
        idle[2].job = None;
        assert_eq!(faults_of(&idle), 1);
    }
}
