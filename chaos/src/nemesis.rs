//! Does harm, as the seed says.
//!
//! Two lanes at once, so that a process dies while a server is away: one strikes processes, the other servers and
//! connections. What each does, and when, is drawn from the seed; how long it takes is the machine's affair.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rand::{RngExt, rngs::SmallRng};
use tokio::{task::block_in_place, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Nemesis,
    cluster::{Cluster, LEASE},
    load::random,
    proxy::Fault,
    slot::{Crash, Role},
};

/// Between two strikes of a lane.
const BETWEEN_MS: std::ops::RangeInclusive<u64> = 700..=2_500;
/// How long what is killed stays away.
const AWAY_MS: std::ops::RangeInclusive<u64> = 0..=1_500;
/// How long a process stands still beyond its lease.
const BEYOND_MS: std::ops::RangeInclusive<u64> = 300..=1_500;
const FAULT_MS: std::ops::RangeInclusive<u64> = 500..=5_000;
/// Longer than a drain may take.
const END_MAX: Duration = Duration::from_secs(40);
/// A server on this machine is back within so many tries.
const STARTS_MAX: u32 = 20;
const START_AGAIN: Duration = Duration::from_millis(250);

/// How often what was done.
pub(crate) type Strikes = Arc<Mutex<BTreeMap<&'static str, u64>>>;

#[derive(Clone)]
pub(crate) struct Harm {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) strikes: Strikes,
}

impl Harm {
    pub(crate) fn new(cluster: Arc<Cluster>) -> Self {
        Self { cluster, strikes: Arc::default() }
    }

    /// Strikes processes until `end`.
    pub(crate) async fn processes(self, nemeses: Vec<Nemesis>, seed: u64, end: CancellationToken) {
        let of_processes = [Nemesis::Kill, Nemesis::Pause, Nemesis::Roll];
        let chosen: Vec<Nemesis> = nemeses.into_iter().filter(|nemesis| of_processes.contains(nemesis)).collect();
        self.lane(&chosen, random(seed, 1), end).await;
    }

    /// Strikes servers and connections until `end`.
    pub(crate) async fn servers(self, nemeses: Vec<Nemesis>, seed: u64, end: CancellationToken) {
        let of_servers = [Nemesis::Redis, Nemesis::Postgres, Nemesis::Proxy];
        let chosen: Vec<Nemesis> = nemeses.into_iter().filter(|nemesis| of_servers.contains(nemesis)).collect();
        self.lane(&chosen, random(seed, 2), end).await;
    }

    async fn lane(&self, nemeses: &[Nemesis], mut random: SmallRng, end: CancellationToken) {
        if nemeses.is_empty() {
            return;
        }
        loop {
            let wait = Duration::from_millis(random.random_range(BETWEEN_MS));
            if end.run_until_cancelled(sleep(wait)).await.is_none() {
                return;
            }
            // A strike is never left half done: what was stopped goes on, what was killed comes back.
            match nemeses[random.random_range(0..nemeses.len())] {
                Nemesis::Kill => self.kill_any(&mut random).await,
                Nemesis::Pause => self.pause_any(&mut random).await,
                Nemesis::Roll => self.roll_any(&mut random).await,
                Nemesis::Redis => self.strike_redis(&mut random).await,
                Nemesis::Postgres => self.crash_postgres(&mut random).await,
                Nemesis::Proxy => self.strike_connections(&mut random).await,
            }
        }
    }

    pub(crate) fn note(&self, strike: &'static str, what: String) {
        *self.strikes.lock().unwrap_or_else(PoisonError::into_inner).entry(strike).or_default() += 1;
        self.cluster.timeline.note(what);
    }

    async fn name(&self, index: usize) -> String {
        self.cluster.slots[index].lock().await.name.clone()
    }

    async fn kill_any(&self, random: &mut SmallRng) {
        let (index, away) = (random.random_range(0..self.cluster.slots.len()), random.random_range(AWAY_MS));
        self.kill(index, Duration::from_millis(away)).await;
    }

    pub(crate) async fn kill(&self, index: usize, away: Duration) {
        self.note("kill", format!("kill -9 of {}, back after {} ms", self.name(index).await, away.as_millis()));
        self.cluster.kill(index, away).await;
    }

    /// Whether a process died at its point in time.
    pub(crate) async fn crash(&self, index: usize, crash: Crash, within: Duration) -> bool {
        let what = format!("{} dies at {}", self.name(index).await, crash.point);
        let died = self.cluster.crash(index, crash, within).await;
        if died {
            self.note("crash", what);
        }
        died
    }

    async fn pause_any(&self, random: &mut SmallRng) {
        let workers = self.cluster.indexes(Role::Worker);
        let (index, beyond) = (workers[random.random_range(0..workers.len())], random.random_range(BEYOND_MS));
        self.pause(index, LEASE + Duration::from_millis(beyond)).await;
    }

    pub(crate) async fn pause(&self, index: usize, stands: Duration) {
        self.note("pause", format!("{} stands still for {} ms", self.name(index).await, stands.as_millis()));
        self.cluster.pause(index, stands).await;
        self.cluster.timeline.note("it goes on");
    }

    async fn roll_any(&self, random: &mut SmallRng) {
        let index = random.random_range(0..self.cluster.slots.len());
        self.roll(index).await;
    }

    /// How long the predecessor took to end.
    pub(crate) async fn roll(&self, index: usize) -> Option<Duration> {
        self.note("roll", format!("a successor for {}", self.name(index).await));
        let rolled = self.cluster.roll(index).await;
        let (took, _) = rolled?;
        self.cluster.timeline.note(format!("the predecessor took {} ms to end", took.as_millis()));
        Some(took)
    }

    /// Asks the processes of a role to end; none is started in their places until somebody does.
    pub(crate) async fn send_home(&self, role: Role) {
        self.note("leave", format!("every {} is asked to end", role.name()));
        for index in self.cluster.indexes(role) {
            let mut slot = self.cluster.slots[index].lock().await;
            slot.is_wanted = false;
            if let Some(mut process) = slot.process.take() {
                block_in_place(|| process.end(END_MAX));
            }
        }
    }

    async fn strike_redis(&self, random: &mut SmallRng) {
        if random.random_bool(0.4) {
            self.flush_redis().await;
        } else {
            self.kill_redis(Duration::from_millis(random.random_range(AWAY_MS))).await;
        }
    }

    pub(crate) async fn flush_redis(&self) {
        self.note("redis flush", "FLUSHALL".to_owned());
        let redis = self.cluster.servers().redis.lock().await;
        if let Err(error) = block_in_place(|| redis.flush()) {
            self.cluster.timeline.note(format!("it was not flushed: {error}"));
        }
    }

    pub(crate) async fn lock_redis(&self) {
        self.note("redis lock", "Redis lets nobody in".to_owned());
        let redis = self.cluster.servers().redis.lock().await;
        if let Err(error) = block_in_place(|| redis.lock()) {
            self.cluster.timeline.note(format!("it was not locked: {error}"));
        }
    }

    pub(crate) async fn unlock_redis(&self) {
        let redis = self.cluster.servers().redis.lock().await;
        match block_in_place(|| redis.unlock()) {
            Ok(()) => self.cluster.timeline.note("Redis lets everybody in again"),
            Err(error) => self.cluster.timeline.note(format!("it was not unlocked: {error}")),
        }
    }

    pub(crate) async fn kill_redis(&self, away: Duration) {
        self.note("redis kill", format!("kill -9 of Redis, back and empty after {} ms", away.as_millis()));
        let mut redis = self.cluster.servers().redis.lock().await;
        block_in_place(|| redis.kill());
        sleep(away).await;
        for _ in 0..STARTS_MAX {
            match block_in_place(|| redis.resume_after_kill()) {
                Ok(()) => return self.cluster.timeline.note("Redis is back"),
                Err(error) => self.cluster.timeline.note(format!("Redis does not start: {error}")),
            }
            sleep(START_AGAIN).await;
        }
    }

    /// A replica that got nothing for `lags` takes the place of Redis, which dies. How many bytes it lacks.
    pub(crate) async fn fail_over_redis(&self, lags: Duration) -> anyhow::Result<u64> {
        let mut redis = self.cluster.servers().redis.lock().await;
        let mut replica = block_in_place(|| redis.start_replica())?;
        let had = block_in_place(|| {
            replica.promote()?;
            replica.written_bytes()
        })?;
        sleep(lags).await;
        let lacks = block_in_place(|| redis.written_bytes())?.saturating_sub(had);
        self.note("redis failover", format!("a replica that lacks {lacks} bytes takes the place of Redis, which dies"));
        block_in_place(|| redis.kill());
        let address = SocketAddr::from(([127, 0, 0, 1], replica.port()));
        *redis = replica;
        for proxies in &self.cluster.proxies {
            proxies.redis.lead_to(address);
        }
        Ok(lacks)
    }

    async fn crash_postgres(&self, random: &mut SmallRng) {
        self.crash_postgres_for(Duration::from_millis(random.random_range(AWAY_MS))).await;
    }

    pub(crate) async fn crash_postgres_for(&self, away: Duration) {
        self.note("postgres crash", format!("Postgres crashes, back after {} ms and its recovery", away.as_millis()));
        let mut postgres = self.cluster.servers().postgres.lock().await;
        block_in_place(|| postgres.crash());
        sleep(away).await;
        for _ in 0..STARTS_MAX {
            match block_in_place(|| postgres.resume_after_crash()) {
                Ok(()) => return self.cluster.timeline.note("Postgres is back"),
                Err(error) => self.cluster.timeline.note(format!("Postgres does not start: {error}")),
            }
            sleep(START_AGAIN).await;
        }
    }

    /// One process' connections to one server, or everybody's.
    async fn strike_connections(&self, random: &mut SmallRng) {
        let count = self.cluster.slots.len();
        let index = random.random_range(0..count);
        let whose: Vec<usize> = if random.random_bool(0.25) { (0..count).collect() } else { vec![index] };
        let is_redis = random.random_bool(0.5);
        let lasts = Duration::from_millis(random.random_range(FAULT_MS));
        let (strike, fault) = match random.random_range(0..4) {
            0 => ("latency", Some(Fault::Latency(Duration::from_millis(random.random_range(20..=300))))),
            1 => ("black hole", Some(Fault::BlackHole)),
            2 => ("cut", Some(Fault::CutAfter(random.random_range(0..=4_000)))),
            _ => ("reset", None),
        };
        let whom = if whose.len() == 1 { self.name(index).await } else { "everybody".to_owned() };
        let server = if is_redis { "Redis" } else { "Postgres" };
        self.note(strike, format!("{strike} between {whom} and {server}, {fault:?}, {} ms", lasts.as_millis()));
        self.spoil(&whose, is_redis, fault).await;
        if fault.is_some() {
            sleep(lasts).await;
            self.spoil(&whose, is_redis, Some(Fault::None)).await;
            self.cluster.timeline.note("it is over");
        }
    }

    /// Sets a fault, or cuts every connection.
    pub(crate) async fn spoil(&self, whose: &[usize], is_redis: bool, fault: Option<Fault>) {
        for index in whose {
            let proxy = &self.cluster.proxies[*index];
            let proxy = if is_redis { &proxy.redis } else { &proxy.postgres };
            match fault {
                Some(fault) => proxy.set(fault),
                None => proxy.cut(),
            }
        }
    }
}
