//! What every scenario plays on: the cluster, the load, the readers, and the oracle at the end.

mod end;

use std::{
    iter::repeat_n,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use rand::rngs::SmallRng;
use serde_json::Value;
use tokio::time::sleep;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Check, Nemesis, Options,
    client::{Client, Outcome},
    cluster::{Cluster, LEASE, Size},
    limit::{Limit, check, figure},
    load::{Load, Wish, random},
    nemesis::Harm,
    oracle::{self, OPEN},
    schedule::Tick,
    slot::Role,
    stream::{Manner, Readings, Which, read_on, read_one},
    timeline::Timeline,
};

/// After the last strike everything is over within this, or it is lost: the lease, the sweep, and what a small machine needs.
const SETTLE_MAX: Duration = Duration::from_secs(60).saturating_add(LEASE);
/// Readers that are in the middle of a job get so long to end it.
const READERS_MAX: Duration = Duration::from_secs(15);
/// Longer than any load lasts that is ended by something else.
const STEADY_MAX: Duration = Duration::from_secs(3_600);
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
    /// Readers that read one job each.
    single_readers: usize,
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
        let addresses = cluster.addresses.clone();
        let client =
            size.key.map_or_else(|| Client::new(addresses.clone()), |key| Client::with_key(addresses.clone(), key))?;
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
            single_readers: 0,
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
        for reader in 0..count {
            self.start_single_reader(reader, &self.client.clone(), Which::Any(self.load.clone()), manner);
        }
    }

    /// The `number`-th reader of one job, which asks as `client` does.
    pub(crate) fn start_single_reader(&mut self, number: u64, client: &Client, which: Which, manner: Manner) {
        self.had_readers = true;
        self.single_readers += 1;
        let random = random(self.options.seed, 10_000 + number);
        let readings = Arc::clone(&self.readings);
        let reading = read_one(client.clone(), which, random, readings, manner, self.end.clone());
        self.readers.spawn(reading);
    }

    /// Waits until every reader of one job has its list, and holds them to it: one that is missing could not be compared.
    pub(crate) async fn end_readers(&mut self) {
        self.readers.close();
        self.end.run_until_cancelled(tokio::time::timeout(READERS_MAX * 4, self.readers.wait())).await;
        let read = self.readings.lock().unwrap_or_else(PoisonError::into_inner).len();
        let readers = figure(self.single_readers);
        self.measure_at_least("lists that were read to their end", figure(read), "every reader's", readers);
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

    /// Enters a job that something else made, and does to it what the wish says, in the background.
    pub(crate) fn adopt(&self, wish: Wish, id: &str) {
        let (load, id) = (self.load.clone(), id.to_owned());
        let index = load.adopt(wish, &id);
        self.lives.spawn(async move { load.live_on(index, wish, &id).await });
    }

    /// Enters the jobs of a schedule's ticks.
    pub(crate) fn adopt_all(&self, ticks: &[Tick]) {
        for id in ticks.iter().filter_map(|tick| tick.job.as_ref()) {
            self.adopt(Wish::Probe { steps: 1, delay_ms: 0 }, id);
        }
    }

    /// Asks for one, and gives its id.
    pub(crate) async fn submit_one(&self, wish: Wish) -> anyhow::Result<String> {
        let (index, key) = self.load.enter(wish);
        let answered = self.end.run_until_cancelled(self.load.submit(index, wish, &key)).await;
        answered.flatten().context("there is no answer to a submission")
    }

    /// Asks for many, and returns when there is an answer to each.
    pub(crate) async fn submit_all(&self, count: usize, wish: Wish) {
        self.submit_each(repeat_n(wish, count)).await;
    }

    /// Asks for each of these, and returns when there is an answer to each.
    pub(crate) async fn submit_each(&self, wishes: impl IntoIterator<Item = Wish>) {
        let submitting = stream::iter(wishes).for_each_concurrent(SUBMITTERS, async |wish| {
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
        self.leave(OPEN, within).await
    }

    /// Waits until no job is in any of these states, `within` at most; how long that took.
    pub(crate) async fn leave(&self, states: &[&'static str], within: Duration) -> Duration {
        let began = Instant::now();
        self.end.run_until_cancelled(oracle::settle(&self.client, states, within)).await;
        began.elapsed()
    }

    /// The jobs that are in a state, as lists show them.
    pub(crate) async fn in_state(&self, state: &str) -> anyhow::Result<Vec<Value>> {
        self.client.list(&format!("/v1/jobs?status={state}"), "jobs").await
    }

    /// Every job that there is an answer for, as its client sees it now.
    pub(crate) async fn look(&self) -> anyhow::Result<Vec<(Wish, Value)>> {
        let known = self.load.snapshot().into_iter().filter_map(|job| Some((job.wish, job.id?)));
        let looking = stream::iter(known).map(async |(wish, id)| match self.client.status(&id, false).await {
            Outcome::Done(_, status) => Ok((wish, status)),
            other => Err(anyhow::anyhow!("job {id} cannot be read: {other:?}")),
        });
        looking.buffer_unordered(SUBMITTERS).try_collect().await
    }

    /// Says to every job that asked what it is to be told, and waits for its end, `within` at most.
    pub(crate) async fn answer_all(&self, within: Duration) {
        let answering = stream::iter(self.load.snapshot().into_iter().enumerate())
            .for_each_concurrent(SUBMITTERS, async |(index, job)| self.load.answer(index, &job).await);
        self.end.run_until_cancelled(tokio::time::timeout(within, answering)).await;
    }

    /// Waits until every worker says of itself that it takes jobs, or that it does not, `within` at most; how long that took.
    pub(crate) async fn workers_say(&self, is_ready: bool, within: Duration) -> Duration {
        let began = Instant::now();
        for index in self.cluster.indexes(Role::Worker) {
            while began.elapsed() < within && !self.end.is_cancelled() {
                let address = self.cluster.slots[index].lock().await.address;
                if let Some(address) = address
                    && self.client.is_ready(address).await == is_ready
                {
                    break;
                }
                self.rest(TELL / 5).await;
            }
        }
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

    /// A figure that may be nothing else.
    pub(crate) fn measure_exactly(&mut self, name: &'static str, found: f64, allowed: &'static str, right: f64) {
        self.measured.push(check(name, found, allowed, (found - right).abs() < 0.5));
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

    /// The same until `over`.
    pub(crate) async fn steady_until(
        &self,
        over: &CancellationToken,
        per_second: f64,
        draw: impl FnMut(&mut SmallRng) -> Wish,
    ) {
        over.run_until_cancelled(self.steady(per_second, STEADY_MAX, draw)).await;
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
}
