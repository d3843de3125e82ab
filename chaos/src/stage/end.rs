//! The end of a run: everything comes to rest, the oracle judges, and the report is written.

use std::{
    sync::{PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{READERS_MAX, SETTLE_MAX, Stage};
use crate::{
    Nemesis, Report,
    cluster::LEASE,
    docket::{Docket, PROCESS, STALE_RERUN},
    ledger,
    limit::Limit,
    oracle::{self, Evidence, OPEN},
};

/// A control need not be waited for as long: what is over is over within a few leases.
const SETTLE_CONTROL_MAX: Duration = Duration::from_secs(12).saturating_add(LEASE);
/// A start that waits for a server that is away takes no longer.
const CLOSE_MAX: Duration = Duration::from_secs(90);

impl Stage {
    /// Waits until all is done, judges, and ends everything.
    pub(crate) async fn judge(mut self, scenario: &'static str) -> anyhow::Result<Option<Report>> {
        let load_s = self.timeline.elapsed().as_secs_f64();
        let mut docket = Docket::default();
        self.settle().await;
        let processes = self.cluster.ended_wrongly.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for what in processes {
            docket.find(PROCESS, "", what);
        }
        let asked = self.load.snapshot();
        let readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut runs = ledger::read(&self.cluster.ledger())?;
        let taken_over =
            runs.values().filter(|runs| runs.windows(2).any(|pair| pair[0].fence != pair[1].fence)).count();
        let is_skewed = self.limits.iter().any(|limit| matches!(limit, Limit::Takeovers));
        if is_skewed || !self.cluster.is_real_time() {
            // Its times are of clocks that are off.
            runs.clear();
        }
        let takes_leases = [Nemesis::Pause, Nemesis::Postgres, Nemesis::Proxy];
        let evidence = Evidence {
            client: &self.client,
            asked: &asked,
            readings: &readings,
            runs: &runs,
            may_be_stale: self.options.nemeses.iter().any(|nemesis| takes_leases.contains(nemesis)),
            had_readers: self.had_readers,
        };
        let verdict = self.end.run_until_cancelled(oracle::judge(&evidence, docket)).await;
        let was_stopped = self.end.is_cancelled();
        self.close().await;
        let Some(verdict) = verdict.filter(|_| !was_stopped) else { return Ok(None) };
        let mut checks = verdict.checks.clone();
        checks.append(&mut self.measured);
        for limit in &self.limits {
            checks.push(limit.check(&self.client, &readings, &verdict, taken_over));
        }
        let held = checks.iter().all(|check| check.holds);
        let findings = verdict.findings.into_iter().filter(|finding| finding.check != STALE_RERUN).collect();
        Ok(Some(Report {
            scenario,
            seed: self.options.seed,
            load_s,
            took_s: self.began.elapsed().as_secs_f64(),
            nemeses: self.options.nemeses.clone(),
            control: self.options.control,
            held,
            jobs_asked: asked.len(),
            jobs_ended: verdict.ends,
            requests: self.client.record.read(),
            strikes: self.harm.strikes.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            processes_restarted: self.cluster.ended_by_themselves.load(Ordering::Relaxed),
            reader_connections: readings.iter().map(|reading| u64::from(reading.connections)).sum(),
            checks,
            findings,
            timeline: self.timeline.moments(),
        }))
    }

    /// Lets clients, jobs and readers come to their ends.
    async fn settle(&self) {
        let patience = if self.options.control.is_some() { SETTLE_CONTROL_MAX } else { SETTLE_MAX };
        let deadline = Instant::now() + patience;
        let left = || deadline.saturating_duration_since(Instant::now());
        self.lives.close();
        self.end.run_until_cancelled(tokio::time::timeout(left(), self.lives.wait())).await;
        let open = self.end.run_until_cancelled(oracle::settle(&self.client, OPEN, left())).await.unwrap_or_default();
        for (state, job) in open {
            self.timeline.note(format!("still {state}: {job}"));
        }
        self.load.give_up();
        self.timeline.note("what is not done now is lost");
        self.readers.close();
        self.enough.cancel();
        tokio::time::timeout(READERS_MAX, self.readers.wait()).await.ok();
    }

    async fn close(&self) {
        self.end.cancel();
        self.tasks.close();
        // A strike is undone first; it is bounded itself.
        tokio::time::timeout(CLOSE_MAX, self.tasks.wait()).await.ok();
    }
}
