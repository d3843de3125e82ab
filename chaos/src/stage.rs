//! What every scenario plays on: the cluster, the load, the readers, and the oracle at the end.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use rand::rngs::SmallRng;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Check, Nemesis, Options, Report,
    client::{Client, Outcome},
    cluster::{Cluster, LEASE, Role, Size},
    ledger,
    load::{Load, Wish, random},
    nemesis::Harm,
    oracle::{self, Docket, Evidence, PROCESS, STALE_RERUN, Verdict},
    stream::{Manner, Reading, Readings, read_on, read_one},
    timeline::Timeline,
};

/// After the last strike everything is over within this, or it is lost: the lease, the sweep, and what a small machine needs.
const SETTLE_MAX: Duration = Duration::from_secs(60).saturating_add(LEASE);
/// A control need not be waited for as long: what is over is over within a few leases.
const SETTLE_CONTROL_MAX: Duration = Duration::from_secs(12).saturating_add(LEASE);
/// Readers that are in the middle of a job get so long to end it.
const READERS_MAX: Duration = Duration::from_secs(15);
/// A start that waits for a server that is away takes no longer.
const CLOSE_MAX: Duration = Duration::from_secs(90);
/// Clients that submit side by side.
const SUBMITTERS: usize = 32;
/// Between two lines about how far it is.
const TELL: Duration = Duration::from_millis(500);

/// Where a run tells how far it is.
pub(crate) type Tell = Arc<dyn Fn(&str) + Send + Sync>;

pub(crate) struct Stage {
    pub(crate) options: Options,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) client: Client,
    pub(crate) load: Load,
    pub(crate) harm: Harm,
    pub(crate) timeline: Timeline,
    /// Ends everything, at the end or when somebody asks.
    pub(crate) end: CancellationToken,
    pub(crate) tasks: TaskTracker,
    lives: TaskTracker,
    readers: TaskTracker,
    /// Readers begin no other list.
    enough: CancellationToken,
    readings: Readings,
    had_readers: bool,
    /// What the scenario itself measured.
    measured: Vec<Check>,
    /// What it wants to have measured at the end.
    limits: Vec<Limit>,
    began: Instant,
}

impl Stage {
    pub(crate) async fn set(
        options: &Options,
        size: Size,
        stop: &CancellationToken,
        tell: Tell,
    ) -> anyhow::Result<Self> {
        let (began, tasks, end) = (Instant::now(), TaskTracker::new(), stop.child_token());
        let timeline = Timeline::start();
        let cluster = Arc::new(Cluster::build(options, size, timeline.clone(), &tasks, &end).await?);
        let client = Client::new(cluster.addresses.clone())?;
        let load = Load::new(client.clone(), options.seed, timeline.clone());
        let harm = Harm::new(Arc::clone(&cluster));
        let enough = end.child_token();
        let stage = Self {
            options: options.clone(),
            cluster,
            client,
            load,
            harm,
            timeline,
            end,
            tasks,
            lives: TaskTracker::new(),
            readers: TaskTracker::new(),
            enough,
            readings: Readings::default(),
            had_readers: false,
            measured: Vec::new(),
            limits: Vec::new(),
            began,
        };
        stage.tell(tell);
        Ok(stage)
    }

    fn tell(&self, tell: Tell) {
        let (end, timeline, load, strikes) =
            (self.end.clone(), self.timeline.clone(), self.load.clone(), Arc::clone(&self.harm.strikes));
        self.tasks.spawn(async move {
            while end.run_until_cancelled(sleep(TELL)).await.is_some() {
                let struck: u64 = strikes.lock().unwrap_or_else(PoisonError::into_inner).values().sum();
                let last = timeline.moments().pop().map(|moment| moment.what).unwrap_or_default();
                let last = last.lines().next().unwrap_or_default();
                tell(&format!(
                    "{:>4.0} s  {} jobs  {struck} strikes  {last}",
                    timeline.elapsed().as_secs_f64(),
                    load.count()
                ));
            }
        });
    }

    /// Starts every process, and whoever starts them again.
    pub(crate) async fn start_all(&self) -> anyhow::Result<()> {
        self.start(&[Role::Api, Role::Worker, Role::Scheduler]).await
    }

    pub(crate) async fn start(&self, roles: &[Role]) -> anyhow::Result<()> {
        self.cluster.start(roles).await?;
        let (cluster, end) = (Arc::clone(&self.cluster), self.end.clone());
        self.tasks.spawn(async move { cluster.supervise(end).await });
        Ok(())
    }

    /// Readers of one job after another.
    pub(crate) fn start_readers(&mut self, count: u64) {
        self.had_readers |= count > 0;
        for reader in 0..count {
            let random = random(self.options.seed, 100 + reader);
            let readings = Arc::clone(&self.readings);
            let reading = read_on(
                self.client.clone(),
                self.load.clone(),
                random,
                readings,
                self.enough.clone(),
                self.end.clone(),
            );
            self.readers.spawn(reading);
        }
    }

    /// Readers of one job each.
    pub(crate) fn start_single_readers(&mut self, count: u64, manner: Manner) {
        self.had_readers |= count > 0;
        for reader in 0..count {
            let random = random(self.options.seed, 10_000 + reader);
            let readings = Arc::clone(&self.readings);
            let reading = read_one(self.client.clone(), self.load.clone(), random, readings, manner, self.end.clone());
            self.readers.spawn(reading);
        }
    }

    /// Asks for a job, in the background.
    pub(crate) fn ask(&self, wish: Wish) {
        self.lives.spawn(self.load.clone().live(wish));
    }

    /// Asks for many, in the background, by so many clients that none has to wait long.
    pub(crate) fn ask_many(&self, count: usize, wish: Wish) {
        for _ in 0..count {
            self.ask(wish);
        }
    }

    /// Asks for many, and returns when there is an answer to each.
    pub(crate) async fn submit_all(&self, count: usize, wish: Wish) {
        let submitting = stream::iter(0..count).for_each_concurrent(SUBMITTERS, async |_| {
            let (index, key) = self.load.enter(wish);
            self.load.submit(index, wish, &key).await;
        });
        self.end.run_until_cancelled(submitting).await;
    }

    /// Waits, unless it is over.
    pub(crate) async fn rest(&self, wait: Duration) {
        self.end.run_until_cancelled(sleep(wait)).await;
    }

    /// Waits until no job is open, `within` at most; how long that took.
    pub(crate) async fn drain(&self, within: Duration) -> Duration {
        let began = Instant::now();
        self.end.run_until_cancelled(oracle::settle(&self.client, within)).await;
        began.elapsed()
    }

    /// Waits until every API replica says that it is ready; how long that took.
    pub(crate) async fn ready_again(&self) -> Duration {
        let began = Instant::now();
        let mut ready = 0;
        // A few in a row, so that each replica is asked.
        while ready < self.client.addresses.all().len() * 2 && began.elapsed() < SETTLE_MAX && !self.end.is_cancelled()
        {
            match self.client.get("ready", "/health/ready").await {
                Outcome::Done(..) => ready += 1,
                Outcome::Refused(..) | Outcome::Unknown(_) => {
                    ready = 0;
                    self.rest(TELL / 10).await;
                }
            }
        }
        began.elapsed()
    }

    /// A figure that may not be above `most`.
    pub(crate) fn measure(&mut self, name: &'static str, found: f64, allowed: &'static str, most: f64) {
        self.measured.push(check(name, found, allowed, found <= most));
    }

    /// A figure that may not be below `least`.
    pub(crate) fn measure_at_least(&mut self, name: &'static str, found: f64, allowed: &'static str, least: f64) {
        self.measured.push(check(name, found, allowed, found >= least));
    }

    pub(crate) fn limit(&mut self, limit: Limit) {
        self.limits.push(limit);
    }

    /// Asks for jobs at a steady rate for so long.
    pub(crate) async fn steady(&self, per_second: f64, lasts: Duration, mut draw: impl FnMut(&mut SmallRng) -> Wish) {
        let mut random = random(self.options.seed, 3);
        let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / per_second));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let ends = tokio::time::Instant::now() + lasts;
        while tokio::time::Instant::now() < ends && !self.end.is_cancelled() {
            ticks.tick().await;
            self.ask(draw(&mut random));
        }
    }

    /// Strikes while `work` goes on, and leaves everything whole behind it.
    pub(crate) async fn under_fire(&self, nemeses: &[Nemesis], work: impl Future<Output = ()>) {
        let end = self.end.child_token();
        let seed = self.options.seed;
        let lanes = [
            self.tasks.spawn(self.harm.clone().processes(nemeses.to_vec(), seed, end.clone())),
            self.tasks.spawn(self.harm.clone().servers(nemeses.to_vec(), seed, end.clone())),
        ];
        work.await;
        end.cancel();
        for lane in lanes {
            // It ends by itself; a panic in it is told by the strikes that are missing.
            lane.await.ok();
        }
        self.timeline.note("the last strike is over");
    }

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
        if self.limits.iter().any(|limit| matches!(limit, Limit::Takeovers)) {
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
        let open = self.end.run_until_cancelled(oracle::settle(&self.client, left())).await.unwrap_or_default();
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

/// What a scenario wants to be true of the whole run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// Of so many of the jobs, the longest wait for their next event.
    Silence { name: &'static str, allowed: &'static str, share: f64, most_ms: f64 },
    /// No request of these kinds failed, in whatever way.
    Failures(&'static [&'static str]),
    /// How long a live event was on its way.
    Lag { allowed: &'static str, most_ms: f64 },
    /// How long an answer took.
    Answers { allowed: &'static str, most_ms: f64 },
    /// How long 99 % of the readers that lost their connection waited for what came next.
    Resume { allowed: &'static str, most_ms: f64 },
    /// No job was taken from a worker that lived. Clocks are skewed, so that what runs is judged by its fences alone.
    Takeovers,
    /// How long after its end a step of a job began.
    Late { allowed: &'static str, most_ms: f64 },
}

impl Limit {
    #[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
    fn check(self, client: &Client, readings: &[Reading], verdict: &Verdict, taken_over: usize) -> Check {
        let record = client.record.read();
        match self {
            Self::Silence { name, allowed, share, most_ms } => {
                let found = quantile(&verdict.silences_ms, share);
                check(name, found, allowed, found <= most_ms)
            }
            Self::Failures(verbs) => {
                let failed: u64 = record
                    .iter()
                    .filter(|(verb, _)| verbs.contains(verb))
                    .map(|(_, tally)| tally.refused + tally.unknown)
                    .sum();
                check("requests that failed", failed as f64, "0", failed == 0)
            }
            Self::Lag { allowed, most_ms } => {
                let found = readings.iter().map(|reading| reading.lag_max_ms).fold(0.0, f64::max);
                check("the longest way of a live event, ms", found, allowed, found > 0.0 && found <= most_ms)
            }
            Self::Answers { allowed, most_ms } => {
                let found = record.values().map(|tally| tally.slowest_ms).max().unwrap_or(0) as f64;
                check("the longest wait for an answer, ms", found, allowed, found <= most_ms)
            }
            Self::Resume { allowed, most_ms } => {
                let mut resumes: Vec<f64> =
                    readings.iter().flat_map(|reading| reading.resumes_ms.iter().copied()).collect();
                resumes.sort_by(f64::total_cmp);
                let found = quantile(&resumes, 0.99);
                // Where nobody lost a connection, nothing was shown.
                check("99 % of lost streams went on within, ms", found, allowed, found > 0.0 && found <= most_ms)
            }
            Self::Takeovers => check("jobs that changed their worker", taken_over as f64, "0", taken_over == 0),
            Self::Late { allowed, most_ms } => {
                let found = verdict.late_max_ms;
                check("a step began after its job's end by, ms", found, allowed, found <= most_ms)
            }
        }
    }
}

fn check(name: &'static str, found: f64, allowed: &'static str, holds: bool) -> Check {
    Check { name, found: (found * 10.0).round() / 10.0, allowed, holds }
}

/// Of sorted figures, the one that `share` of them do not exceed; 0 of none.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list that is far shorter than 2^52"
    )]
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_figures() {
        let figures: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!((quantile(&figures, 0.99), quantile(&figures, 1.0), quantile(&[], 0.5)), (198.0, 200.0, 0.0));
    }
}
