//! What becomes slower as finished jobs pile up: nothing should.

use std::{
    fmt,
    path::Path,
    time::{Duration, Instant},
};

use domain::{
    JobId, TenantId, WorkerId,
    job::{Mode, WorkflowKind},
};
use serde::Serialize;
use serde_json::json;
use store::{ClaimRequest, NewJob, Owner, Store};
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    client::{EventStream, Probe, Target, submit, unexpected},
    figures::{Spread, Times},
    house::{House, Wiring},
    load::is_completed,
    on_one_thread,
};

/// Finished jobs at the first level: with 27 events each, 100 times as many have a million events.
const JOBS: u64 = 400;
const FACTORS: [u64; 3] = [1, 10, 100];
/// How often each thing is done at each level.
const TIMES: usize = 200;
/// A median may be this much slower at the last level than at the first.
const SLOWER_MAX: f64 = 2.0;
/// And what no factor says anything of, in milliseconds.
const SLOWER_BY_MS: f64 = 0.5;
const PATIENCE: Duration = Duration::from_secs(30);
const LEASE: Duration = Duration::from_secs(60);

/// The figures at each level, of each wiring.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Growth {
    pub levels: Vec<Level>,
}

/// What things take with so many finished jobs in the database.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    pub wiring: Wiring,
    pub jobs: u64,
    pub events: u64,
    pub submit: Spread,
    /// Of a job that was rung, in the database.
    pub claim: Spread,
    /// Of whatever is due, in the database.
    pub claim_due: Spread,
    pub status: Spread,
    /// A finished job's stream, from the request to its end.
    pub stream: Spread,
    pub list: Spread,
    pub list_filtered: Spread,
}

/// Measures at each level until `stop`, and says on the way what it is about to do. Blocks.
///
/// # Errors
/// When something cannot be measured.
pub fn growth(
    binary: &Path,
    wirings: &[Wiring],
    is_quick: bool,
    stop: &CancellationToken,
    mut tell: impl FnMut(String),
) -> Result<Growth, Error> {
    on_one_thread(stop, async {
        let mut levels = Vec::new();
        for wiring in wirings {
            let mut house = House::build(*wiring, binary).await?;
            let template = template(&mut house).await?;
            for factor in FACTORS.iter().take(if is_quick { 2 } else { FACTORS.len() }) {
                tell(format!("{}: {} finished jobs", wiring.name(), JOBS * factor));
                levels.push(level(&mut house, template, JOBS * factor).await?);
            }
        }
        Ok(Growth { levels })
    })
}

impl Growth {
    /// What became slower: the wiring and the name of the figure.
    #[must_use]
    pub fn slower(&self) -> Vec<(Wiring, &'static str)> {
        let mut slower = Vec::new();
        for wiring in Wiring::ALL {
            let mut levels = self.levels.iter().filter(|level| level.wiring == wiring);
            let (Some(first), Some(last)) = (levels.next(), levels.next_back()) else { continue };
            for ((name, before), (_, after)) in first.named().into_iter().zip(last.named()) {
                if after.p50_ms > before.p50_ms * SLOWER_MAX + SLOWER_BY_MS {
                    slower.push((wiring, name));
                }
            }
        }
        slower
    }
}

impl Level {
    fn named(&self) -> [(&'static str, Spread); 7] {
        [
            ("submit", self.submit),
            ("claim, rung", self.claim),
            ("claim, due", self.claim_due),
            ("status", self.status),
            ("stream", self.stream),
            ("list", self.list),
            ("list, filtered", self.list_filtered),
        ]
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for wiring in Wiring::ALL {
            let levels: Vec<&Level> = self.levels.iter().filter(|level| level.wiring == wiring).collect();
            let Some(first) = levels.first() else { continue };
            let heads: Vec<String> =
                levels.iter().map(|level| format!("{} jobs, {} events", level.jobs, level.events)).collect();
            writeln!(f, "| {}, p50 / p99 | {} |", wiring.name(), heads.join(" | "))?;
            writeln!(f, "|---|{}", "---|".repeat(levels.len()))?;
            for (index, (name, _)) in first.named().into_iter().enumerate() {
                let cells: Vec<String> = levels.iter().map(|level| level.named()[index].1.to_string()).collect();
                writeln!(f, "| {name} | {} |", cells.join(" | "))?;
            }
        }
        let slower = self.slower();
        for (wiring, name) in &slower {
            writeln!(f, "SLOWER: {}: {name}", wiring.name())?;
        }
        write!(f, "everything stays flat: {}", if slower.is_empty() { "yes" } else { "NO" })
    }
}

/// One job that really ran, of which all others are copies.
async fn template(house: &mut House) -> Result<JobId, Error> {
    house.open_all()?;
    let target = house.target();
    let mut connection = target.connection();
    let job_id = submit(&mut connection, &target.submission(Probe::of_eight(0))).await?;
    if !is_completed(&mut connection, target, job_id, Instant::now() + PATIENCE).await? {
        return Err(Error::Late { what: "the first job did not complete".to_owned(), within_s: PATIENCE.as_secs() });
    }
    house.stop();
    Ok(job_id)
}

async fn level(house: &mut House, template: JobId, finished: u64) -> Result<Level, Error> {
    let store = house.store().await?;
    let (there, _) = store.counts().await?;
    store.multiply(template, finished.saturating_sub(there)).await?;
    store.analyze().await?;
    let (jobs, events) = store.counts().await?;
    let sample = store.some_completed(100).await?;
    let claim = claims(&store, true).await?;
    let claim_due = claims(&store, false).await?;
    store.close().await;
    house.open()?;
    let target = house.target();
    let status = sample.iter().map(|id| target.get(&format!("/v1/status/{id}"))).collect::<Vec<_>>();
    let level = Level {
        wiring: house.wiring,
        jobs,
        events,
        submit: asked(target, &[target.submission(Probe::of_eight(0))]).await?,
        claim,
        claim_due,
        status: asked(target, &status).await?,
        stream: streamed(target, &sample).await?,
        list: asked(target, &[target.get("/v1/jobs?limit=50")]).await?,
        list_filtered: asked(target, &[target.get("/v1/jobs?limit=50&status=completed&workflow=probe&user_id=bench")])
            .await?,
    };
    house.stop();
    Ok(level)
}

/// Asks the requests in turn, one after another.
async fn asked(target: Target, requests: &[Vec<u8>]) -> Result<Spread, Error> {
    let (mut connection, mut times) = (target.connection(), Times::default());
    for request in requests.iter().cycle().take(TIMES) {
        let started = Instant::now();
        let answer = connection.ask(request).await.map_err(Error::Client)?;
        times.add(started.elapsed());
        if !answer.is_success() {
            return Err(unexpected(&answer));
        }
    }
    Ok(times.spread())
}

/// Reads whole streams of finished jobs.
async fn streamed(target: Target, jobs: &[JobId]) -> Result<Spread, Error> {
    let mut times = Times::default();
    for job_id in jobs.iter().cycle().take(TIMES) {
        let started = Instant::now();
        let opened = EventStream::open(target.0, &target.stream(*job_id, 0)).await.map_err(Error::Client)?;
        let mut stream = opened.map_err(|status| Error::Answer { status, body: String::new() })?;
        while stream.next().await.map_err(Error::Client)?.is_some() {}
        times.add(started.elapsed());
    }
    Ok(times.spread())
}

/// Claims one new job after another, and cancels it.
async fn claims(store: &Store, is_rung: bool) -> Result<Spread, Error> {
    let owner = Owner::new(TenantId::default_tenant());
    let readable = vec![(WorkflowKind::Probe, 1)];
    let mut times = Times::default();
    for _ in 0..TIMES {
        let job = new_job();
        store.submit(&owner, &job, None).await?;
        let rung = [job.id];
        let request = ClaimRequest {
            worker: WorkerId::new(),
            lease: LEASE,
            readable: &readable,
            rung: is_rung.then_some(&rung[..]),
            limit: 1,
            suspect: true,
        };
        let started = Instant::now();
        let claimed = store.claim(&request).await?;
        times.add(started.elapsed());
        for claim in claimed {
            store.cancel(&owner, claim.job_id, "bench").await?;
        }
    }
    Ok(times.spread())
}

fn new_job() -> NewJob {
    let id = JobId::new();
    NewJob {
        id,
        user_id: Some("bench".to_owned()),
        workflow: WorkflowKind::Probe,
        version: 1,
        mode: Mode::Reactive,
        request: json!({ "query": "A probe that is claimed", "workflow": "probe" }),
        input: json!({ "steps": 8, "delay_ms": 0, "done": 0 }),
        deadline_s: None,
        trace_id: id.to_string(),
        summary: "A probe that is claimed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(jobs: u64, p50_ms: f64) -> Level {
        let spread = Spread { count: 1, p50_ms, p99_ms: p50_ms, max_ms: p50_ms };
        Level {
            wiring: Wiring::Embedded,
            jobs,
            events: jobs * 27,
            submit: spread,
            claim: Spread::default(),
            claim_due: Spread::default(),
            status: Spread::default(),
            stream: Spread::default(),
            list: Spread::default(),
            list_filtered: Spread::default(),
        }
    }

    #[test]
    fn what_grows_with_the_rows_is_named() {
        let growth = |last| Growth { levels: vec![at(400, 1.0), at(4_000, 9.0), at(40_000, last)] };
        assert_eq!(growth(2.4).slower(), []);
        assert_eq!(growth(2.6).slower(), [(Wiring::Embedded, "submit")]);
    }
}
