//! One scenario for each promise that wants real processes, at its full scale and at about a tenth of it.

mod approvals;
mod crashes;
mod cursors;
mod embedded;
mod jobs;
mod processes;
mod schedules;
mod servers;
mod streams;
mod versions;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use rand::RngExt;
use tokio::{task::block_in_place, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Control, Nemesis, Options, Report,
    cluster::Size,
    launch::PAGES_VARIABLE,
    limit::{Limit, figure},
    load::{Wish, random},
    oracle::BUSY,
    slot::Role,
    stage::{Stage, Tell},
};

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// What the promise's number says.
    Full,
    /// About a tenth: for every day.
    Tenth,
}

impl Scale {
    const fn of<T: Copy>(self, full: T, tenth: T) -> T {
        match self {
            Self::Full => full,
            Self::Tenth => tenth,
        }
    }
}

/// Jobs a second in the storm, and its readers.
const RATE: f64 = 6.0;
const READERS: u64 = 8;
/// The probes that are killed, paused and cut.
const STEPS: u32 = 8;
const DELAY_MS: u64 = 100;
/// Fifty requests at once are answered within about this.
const ANSWERED_MS: u64 = 60;
/// Where rings wait in Redis, and how many may.
const RING: &str = "portolan:ring";
const RINGS_MAX: f64 = 1_000.0;

macro_rules! scenarios {
    ($($variant:ident = $word:literal, $about:literal;)+) => {
        /// What can be played.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Scenario { $(#[doc = $about] $variant),+ }

        impl Scenario {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about),+ }
            }
        }
    };
}

scenarios! {
    Storm = "storm", "everything at once, for as long as one likes";
    CrashedSubmissions = "crashed-submissions", "600 (60) submissions to replicas of which one dies at named points around them";
    Repeats = "repeats", "50 clients send each of 20 (2) requests at once, and a replica dies meanwhile";
    Kills = "kills", "1,000 (100) jobs; every 500 ms a worker is killed";
    CrashPoints = "crash-points", "processes die at every named point there is, at its first three passes (the first), under every load that leads there";
    Zombies = "zombies", "1,000 (60) jobs; three workers at a time stand still for two leases";
    RepeatedRings = "repeated-rings", "500 (60) jobs; each is rung for five times, while it waits, while it runs and afterwards";
    RedisRestarts = "redis-restarts", "500 (60) jobs; Redis is killed every 10 s (3 s), 12 (3) times";
    RedisFlushes = "redis-flushes", "500 (60) jobs; Redis is flushed five times, and a replica that lags behind takes its place 2 (1) times";
    RedisOutage = "redis-outage", "Redis is away for 60 s (6 s) while 20 jobs a second come in";
    Backlog = "backlog", "20,000 (1,500) jobs come in while no worker runs, then three start";
    LockedRedis = "locked-redis", "Redis lets nobody in for 60 s (15 s), under load";
    PostgresRestarts = "postgres-restarts", "Postgres crashes every 15 s (3 s), 8 (2) times, under load";
    BlackHoles = "black-holes", "the network swallows everything to Postgres, then to Redis, for 30 s (7 s)";
    Poison = "poison", "a job that takes every worker with it, beside 99 (20) others";
    Panics = "panics", "100 (20) jobs whose code panics, beside as many others";
    SlowReaders = "slow-readers", "50,000 (5,000) events for 99 (10) readers, and one that stands still until all is over";
    Bursts = "bursts", "500 (50) streams are opened while jobs burst, each read to its end";
    Cuts = "cuts", "a job of 200 (40) events; the n-th of as many readers cuts its stream after every n of them";
    ForeignCursors = "foreign-cursors", "2,000 (200) cursors of other jobs, beyond the end and of no kind, by either tenant and by nobody";
    Reconnects = "reconnects", "2,000 (150) streams, and the API replica that serves them is killed";
    Skews = "skews", "clocks of workers are 10 minutes off, those of replicas 2; needs libfaketime";
    Ticks = "ticks", "eight schedulers, of which one dies every 5 s (1 s), and 1,000 (100) ticks of ten schedules";
    MissedTicks = "missed-ticks", "no scheduler for three hours of a clock that runs 1,200 (3,600) times as fast, under each policy; and two nights on which clocks change";
    Decisions = "decisions", "200 (20) approvals, each decided by 100 (25) people at once who disagree, and some by the end of their time";
    ChangedApprovals = "changed-approvals", "100 (20) approved trips are changed in their rows before they go on, beside 50 (10) that are not";
    Waiting = "waiting", "10,000 (300) trips wait for a person while everything is killed; 500 (30) go on, the others are rejected";
    Cancels = "cancels", "500 (60) jobs are cancelled at random points";
    Rolls = "rolls", "10 (3) rolls in 5 minutes (30 s) under load";
    Versions = "versions", "300 (60) jobs of two versions, while everything is rolled to the second one, back, and forward again";
    FullDisk = "full-disk", "the disk of a whole house over SQLite is full for 60 s (6 s), under load, and it is killed meanwhile";
    PowerCuts = "power-cuts", "200 (20) kills of a whole house over SQLite, under load; 20 (3) copies of its files are opened";
}

impl Scenario {
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scenario| scenario.word() == word)
    }

    /// Which harm it does; the storm does what is chosen.
    fn nemeses(self, chosen: &[Nemesis]) -> Vec<Nemesis> {
        match self {
            Self::Storm => chosen.to_vec(),
            Self::CrashedSubmissions
            | Self::CrashPoints
            | Self::RepeatedRings
            | Self::Poison
            | Self::Panics
            | Self::Decisions
            | Self::ChangedApprovals
            | Self::Backlog
            | Self::SlowReaders
            | Self::Bursts
            | Self::Cuts
            | Self::ForeignCursors
            | Self::Skews
            | Self::Cancels => Vec::new(),
            Self::Repeats
            | Self::Kills
            | Self::Reconnects
            | Self::Ticks
            | Self::MissedTicks
            | Self::Waiting
            | Self::FullDisk
            | Self::PowerCuts => {
                vec![Nemesis::Kill]
            }
            Self::Zombies => vec![Nemesis::Pause],
            Self::RedisRestarts | Self::RedisFlushes | Self::RedisOutage | Self::LockedRedis => vec![Nemesis::Redis],
            Self::PostgresRestarts => vec![Nemesis::Postgres],
            Self::BlackHoles => vec![Nemesis::Proxy],
            Self::Rolls | Self::Versions => vec![Nemesis::Roll],
        }
    }
}

impl Control {
    /// Where the mechanism is needed, so that without it something breaks.
    #[must_use]
    pub const fn scenario(self) -> Scenario {
        match self {
            Self::Fence | Self::Sweep | Self::Journal | Self::Seq => Scenario::Storm,
            Self::Clock => Scenario::Skews,
            Self::Version => Scenario::Versions,
            Self::Liveness => Scenario::LockedRedis,
        }
    }
}

/// Plays one. None when `stop` came first.
///
/// # Errors
/// When the servers or the first processes cannot be started.
pub async fn play(
    scenario: Scenario,
    scale: Scale,
    options: &Options,
    stop: &CancellationToken,
    tell: impl Fn(&str) + Send + Sync + 'static,
) -> anyhow::Result<Option<Report>> {
    let tell: Tell = Arc::new(tell);
    let options = Options { nemeses: scenario.nemeses(&options.nemeses), ..options.clone() };
    let mut stage = Stage::set(&options, size(scenario, scale), stop, tell).await?;
    match scenario {
        Scenario::Storm => storm(&mut stage).await?,
        Scenario::CrashedSubmissions => processes::crashed_submissions(&mut stage, scale).await?,
        Scenario::Repeats => repeats(&mut stage, scale).await?,
        Scenario::Kills => processes::kills(&mut stage, scale).await?,
        Scenario::CrashPoints => crashes::crash_points(&mut stage, scale).await?,
        Scenario::Zombies => processes::zombies(&mut stage, scale).await?,
        Scenario::RepeatedRings => jobs::repeated_rings(&mut stage, scale).await?,
        Scenario::RedisRestarts => servers::redis_restarts(&mut stage, scale).await?,
        Scenario::RedisFlushes => servers::redis_flushes(&mut stage, scale).await?,
        Scenario::RedisOutage => servers::redis_outage(&mut stage, scale).await?,
        Scenario::Backlog => backlog(&mut stage, scale).await?,
        Scenario::LockedRedis => servers::locked_redis(&mut stage, scale).await?,
        Scenario::PostgresRestarts => servers::postgres_restarts(&mut stage, scale).await?,
        Scenario::BlackHoles => servers::black_holes(&mut stage, scale).await?,
        Scenario::Poison => processes::poison(&mut stage, scale).await?,
        Scenario::Panics => jobs::panics(&mut stage, scale).await?,
        Scenario::SlowReaders => streams::slow_readers(&mut stage, scale).await?,
        Scenario::Bursts => streams::bursts(&mut stage, scale).await?,
        Scenario::Cuts => streams::cuts(&mut stage, scale).await?,
        Scenario::ForeignCursors => cursors::foreign_cursors(&mut stage, scale).await?,
        Scenario::Reconnects => streams::reconnects(&mut stage, scale).await?,
        Scenario::Skews => processes::skews(&mut stage, scale).await?,
        Scenario::Ticks => schedules::ticks(&mut stage, scale).await?,
        Scenario::MissedTicks => schedules::missed_ticks(&mut stage, scale).await?,
        Scenario::Decisions => approvals::decisions(&mut stage, scale).await?,
        Scenario::ChangedApprovals => approvals::changed(&mut stage, scale).await?,
        Scenario::Waiting => waiting(&mut stage, scale).await?,
        Scenario::Cancels => cancels(&mut stage, scale).await?,
        Scenario::Rolls => processes::rolls(&mut stage, scale).await?,
        Scenario::Versions => versions::versions(&mut stage, scale).await?,
        Scenario::FullDisk => embedded::full_disk(&mut stage, scale).await?,
        Scenario::PowerCuts => embedded::power_cuts(&mut stage, scale).await?,
    }
    stage.judge(scenario.word()).await
}

fn size(scenario: Scenario, scale: Scale) -> Size {
    match scenario {
        Scenario::Zombies | Scenario::Poison => Size { workers: 4, ..Size::default() },
        Scenario::CrashPoints => Size { settings: crashes::SETTINGS, ..Size::default() },
        // Few slots, so that rings wait for one and several workers fetch the same job's.
        Scenario::RepeatedRings => Size { workers: 4, slots: 8, ..Size::default() },
        Scenario::Backlog => Size { slots: 64, ..Size::default() },
        // Whose clock is ahead has room for everything that it could take over.
        Scenario::Skews => Size { slots: 100, ..Size::default() },
        Scenario::Ticks => Size { schedulers: 8, settings: schedules::TICKS_SETTINGS, ..Size::default() },
        Scenario::MissedTicks => Size { schedulers: 2, settings: schedules::MISSED_SETTINGS, ..Size::default() },
        // It is cut off while it stands still, and has to come back.
        Scenario::SlowReaders => Size { settings: &[("PORTOLAN__API__SSE_STALL_MS", "5000")], ..Size::default() },
        Scenario::Versions => Size { settings: versions::settings(scale), ..Size::default() },
        Scenario::FullDisk => Size { settings: &[(PAGES_VARIABLE, embedded::PAGES)], ..Size::EMBEDDED },
        Scenario::ForeignCursors => Size { key: Some(cursors::KEY), settings: cursors::SETTINGS, ..Size::default() },
        Scenario::PowerCuts => Size::EMBEDDED,
        _ => Size::default(),
    }
}

const fn probe() -> Wish {
    Wish::Probe { steps: STEPS, delay_ms: DELAY_MS }
}

const fn short_probe() -> Wish {
    Wish::Probe { steps: 4, delay_ms: 20 }
}

async fn storm(stage: &mut Stage) -> anyhow::Result<()> {
    stage.start_all().await?;
    stage.start_readers(READERS);
    let (nemeses, lasts) = (stage.options.nemeses.clone(), stage.options.duration);
    stage.under_fire(&nemeses, stage.steady(RATE, lasts, Wish::draw)).await;
    Ok(())
}

async fn repeats(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    let mut random = random(stage.options.seed, 4);
    let replicas = stage.cluster.indexes(Role::Api);
    for (replica, _) in replicas.into_iter().cycle().zip(0..scale.of(20, 2)) {
        let place = stage.load.enter(short_probe());
        let client = |_| stage.load.submit(place.0, short_probe(), &place.1);
        // It dies with some of them in its hands; they are sent again.
        let dies = async {
            stage.rest(Duration::from_millis(random.random_range(0..ANSWERED_MS))).await;
            stage.harm.kill(replica, Duration::ZERO).await;
        };
        tokio::join!(join_all((0..50).map(client)), dies);
    }
    Ok(())
}

async fn backlog(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start(&[Role::Api, Role::Scheduler]).await?;
    let most = Arc::new(AtomicU64::new(0));
    let (cluster, seen, end) = (Arc::clone(&stage.cluster), Arc::clone(&most), stage.end.clone());
    stage.tasks.spawn(async move {
        while end.run_until_cancelled(sleep(Duration::from_millis(100))).await.is_some() {
            let redis = cluster.servers().redis.lock().await;
            let rung = block_in_place(|| redis.command(&["LLEN", RING]));
            if let Ok(rung) = rung.map(|rung| rung.parse().unwrap_or(u64::MAX)) {
                seen.fetch_max(rung, Ordering::Relaxed);
            }
        }
    });
    stage.submit_all(scale.of(20_000, 1_500), Wish::Probe { steps: 1, delay_ms: 0 }).await;
    stage.start(&[Role::Worker]).await?;
    stage.drain(scale.of(Duration::from_secs(600), Duration::from_secs(90))).await;
    #[expect(clippy::cast_precision_loss, reason = "a length of a list is far below 2^52")]
    let most = most.load(Ordering::Relaxed) as f64;
    stage.measure("rings in Redis, at most", most, "1000", RINGS_MAX);
    // A ring that was never seen would prove nothing.
    stage.measure_at_least("rings in Redis, seen", most, "1 and more", 1.0);
    Ok(())
}

async fn cancels(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    let mut random = random(stage.options.seed, 4);
    for _ in 0..scale.of(500, 60) {
        stage.ask(Wish::Cancelled { after_ms: random.random_range(0..1_800) });
        stage.rest(Duration::from_millis(50)).await;
    }
    stage.limit(Limit::Late { allowed: "2000", most_ms: 2_000.0 });
    stage.limit(Limit::Answers { allowed: "2000", most_ms: 2_000.0 });
    Ok(())
}

async fn waiting(stage: &mut Stage, scale: Scale) -> anyhow::Result<()> {
    stage.start_all().await?;
    let (all, answered) = scale.of((10_000, 500), (300, 30));
    stage.submit_all(answered, Wish::Asks { is_answered: true }).await;
    stage.submit_all(all - answered, Wish::Asks { is_answered: false }).await;
    stage.leave(BUSY, scale.of(Duration::from_secs(200), Duration::from_secs(60))).await;
    stage.timeline.note("all of them wait");
    join_all((0..stage.cluster.slots.len()).map(|index| stage.harm.kill(index, Duration::ZERO))).await;
    stage.ready_again().await;
    let waiting = stage.in_state("waiting_approval").await?.len();
    // More than could be held: a slot that waits with its job would be missing here.
    stage.submit_all(scale.of(200, 100), short_probe()).await;
    let took = stage.leave(BUSY, Duration::from_secs(60)).await;
    stage.timeline.note("they are told what they waited for");
    stage.answer_all(scale.of(Duration::from_secs(240), Duration::from_secs(60))).await;
    stage.measure_exactly("jobs that wait after all processes died", figure(waiting), "all of them", figure(all));
    stage.measure("seconds until others beside them were done", took.as_secs_f64(), "15", 15.0);
    Ok(())
}
