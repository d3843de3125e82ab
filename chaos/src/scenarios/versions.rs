//! Two versions of a workflow live together, in jobs and in workers.

use std::{collections::HashSet, time::Duration};

use futures::future::join_all;

use super::{READERS, Scale, short_probe};
use crate::{ledger, limit::figure, load::Wish, oracle::BUSY, slot::Role, stage::Stage};

/// Which version of the probe a process reads and submits.
const VERSION: &str = "PORTOLAN__WORKER__PROBE__VERSION";
const UNREAD: &str = "PORTOLAN__WORKER__UNREAD_MS";
/// The sweep that pauses comes every so often.
const SWEEP_MAX: Duration = Duration::from_secs(30);

/// At full scale a job that nobody reads waits for as long as it does for everybody.
pub(super) const fn settings(scale: Scale) -> &'static [(&'static str, &'static str)] {
    scale.of(&[], &[(UNREAD, "2000")])
}

pub(super) async fn versions(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    stage.start_readers(READERS);
    let (half, unread) = scale.of((100, Duration::from_secs(300)), (20, Duration::from_secs(2)));
    // So long that they are in the middle when a roll comes, also where starting takes its time.
    let long = Wish::Probe { steps: 12, delay_ms: 600 };
    stage.submit_all(half, long).await;
    let old: HashSet<String> = ids(stage);
    stage.rest(Duration::from_secs(1)).await;
    // Whoever reads comes before whoever writes.
    roll(stage, Role::Worker, "2").await;
    roll(stage, Role::Api, "2").await;
    let gone_on = gone_on(stage, &old)?;
    stage.submit_all(half, long).await;
    roll(stage, Role::Api, "1").await;
    roll(stage, Role::Worker, "1").await;
    // Beside those that nobody reads, the old ones go on.
    stage.submit_all(half, short_probe()).await;
    stage.leave(BUSY, unread + SWEEP_MAX).await;
    let paused = stage.in_state("paused").await?;
    let paused = paused.iter().filter(|job| job["reason"] == "needs_version").count();
    roll(stage, Role::Worker, "2").await;
    roll(stage, Role::Api, "2").await;
    stage.drain(Duration::from_secs(60)).await;
    stage.measure_at_least("old jobs that a new worker went on with", figure(gone_on), "1 and more", 1.0);
    stage.measure_at_least("new jobs that waited for a worker that reads them", figure(paused), "1 and more", 1.0);
    Ok(())
}

/// Replaces every process of a role by one of this version.
async fn roll(stage: &Stage, role: Role, version: &str) {
    stage.timeline.note(format!("every {} becomes one of version {version}", role.name()));
    stage.cluster.configure(role, VERSION, version).await;
    join_all(stage.cluster.indexes(role).into_iter().map(|index| stage.harm.roll(index))).await;
}

fn ids(stage: &Stage) -> HashSet<String> {
    stage.load.snapshot().into_iter().filter_map(|job| job.id).collect()
}

/// How many of these ran under more than one claim: nobody died, so each was handed over.
fn gone_on(stage: &Stage, jobs: &HashSet<String>) -> anyhow::Result<usize> {
    let runs = ledger::read(&stage.cluster.ledger())?;
    let is_handed_over = |job: &&String| {
        let runs = runs.get(*job).map_or(&[][..], Vec::as_slice);
        runs.first().zip(runs.last()).is_some_and(|(first, last)| first.fence < last.fence)
    };
    Ok(jobs.iter().filter(is_handed_over).count())
}
