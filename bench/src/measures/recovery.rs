//! M7: every process that runs jobs is killed in the middle and started again.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::Scale;
use crate::{Error, client::Probe, figures::rounded, house::House, load::submit_many, readers::Readers};

/// The lease with which it is measured. With the default of 10 s the end comes 7 s later.
const LEASE_MS: u64 = 3_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// 200 jobs of eight steps of 100 ms, each with a reader; kill -9 when half of all steps are done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recovery {
    pub jobs: usize,
    /// Not ended when the patience was.
    pub lost: u64,
    /// Committed tasks that started again.
    pub rerun: u64,
    /// Events that a reader did not get.
    pub missed: u64,
    pub lease_ms: u64,
    /// From the kill to the end of the last job.
    pub seconds: f64,
}

pub(super) async fn recovery(house: &mut House, scale: Scale) -> Result<Recovery, Error> {
    house.set("PORTOLAN__WORKER__LEASE_MS", LEASE_MS);
    house.set("PORTOLAN__WORKER__RENEW_MS", LEASE_MS / 3);
    let probe = Probe::of_eight(100);
    let count = scale.of(200, 40);
    house.open()?;
    let jobs = submit_many(house.target(), probe, count).await?;
    let readers = Readers::attach(house.target(), &jobs, PATIENCE).await?;
    house.hire()?;
    readers.tasks(count * probe.steps as usize / 2, PATIENCE).await?;
    let killed = Instant::now();
    house.kill_and_restart()?;
    readers.ends(PATIENCE).await;
    // A second claim is one more event. Fewer were not missed: a job that was done before the kill has no second claim.
    let sum = readers.finish(probe.events()).await;
    let seconds = sum.last_end.map_or(0.0, |end| rounded(end.saturating_duration_since(killed).as_secs_f64()));
    house.set("PORTOLAN__WORKER__LEASE_MS", 10_000);
    house.set("PORTOLAN__WORKER__RENEW_MS", 3_000);
    Ok(Recovery { jobs: count, lost: sum.unended, rerun: sum.rerun, missed: sum.missed, lease_ms: LEASE_MS, seconds })
}
