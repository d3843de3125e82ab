//! Either wiring out of real processes. Distributed: Postgres, Redis, and slots of our own processes, each behind proxies of
//! its own. Embedded: one slot, whose process has a folder with a SQLite file.
//!
//! A slot is a place for one process, as an orchestrator would have it: what ends by itself is started again. Everything here
//! is locked by slot, so that what happens to one keeps nobody from another.

mod strike;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use rig::{Ended, Process, Program, free_port, wait_until_ready};
use tempfile::TempDir;
use tokio::{sync::Mutex, task::block_in_place};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Options,
    clock::Clock,
    launch::{READY_MAX, faketime, ledger, program, start_dev},
    servers::{Proxies, Servers},
    slot::{Addresses, Ports, Role, Slot},
    timeline::Timeline,
};

/// Short, so that a dead worker's jobs go on soon; six renewals fit.
pub(crate) const LEASE: Duration = Duration::from_secs(3);
/// Between two looks at whether a process ended by itself.
const LOOK: Duration = Duration::from_millis(200);
/// How a process ends that dies at a named point.
const ABORTED: Ended = Ended::Signal(6);
/// Lines of a process that ended by itself that are told.
const LAST_WORDS: usize = 8;

/// How many of each run, and how the workers are set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) apis: usize,
    pub(crate) workers: usize,
    pub(crate) schedulers: usize,
    /// Whole houses, each over a folder of its own. Without any of the others, no server is started.
    pub(crate) devs: usize,
    /// Jobs that a worker runs at once.
    pub(crate) slots: usize,
    /// The API key that clients hold; without one, the replicas let everybody in.
    pub(crate) key: Option<&'static str>,
    /// Variables of every process, beside those that all scenarios have.
    pub(crate) settings: &'static [(&'static str, &'static str)],
}

impl Default for Size {
    fn default() -> Self {
        Self { apis: 2, workers: 3, schedulers: 1, devs: 0, slots: 32, key: None, settings: &[] }
    }
}

impl Size {
    /// The embedded wiring.
    pub(crate) const EMBEDDED: Self =
        Self { apis: 0, workers: 0, schedulers: 0, devs: 1, slots: 32, key: None, settings: &[] };
}

pub(crate) struct Cluster {
    pub(crate) slots: Vec<Mutex<Slot>>,
    roles: Vec<Role>,
    pub(crate) proxies: Vec<Proxies>,
    servers: Option<Servers>,
    pub(crate) addresses: Addresses,
    pub(crate) timeline: Timeline,
    program: Program,
    /// The database's time, where it is not this machine's.
    clock: std::sync::Mutex<Option<Clock>>,
    is_open: bool,
    /// Processes that ended although nobody asked them to.
    pub(crate) ended_by_themselves: AtomicU64,
    /// Of those, the ones that died where they were to.
    pub(crate) crashed: AtomicU64,
    /// Of all, the ones that said that all was well, or panicked.
    pub(crate) ended_wrongly: std::sync::Mutex<Vec<String>>,
    folder: TempDir,
}

impl Cluster {
    /// Starts the servers and migrates; no process of ours runs yet.
    pub(crate) async fn build(
        options: &Options,
        size: Size,
        timeline: Timeline,
        tasks: &TaskTracker,
        end: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("portolan-chaos.").tempdir().context("no folder can be made")?;
        let program = program(options, size, folder.path())?;
        let is_distributed = size.apis + size.workers + size.schedulers > 0;
        let servers = block_in_place(|| is_distributed.then(|| Servers::start(&program)).transpose())?;
        let (mut slots, mut roles, mut proxies) = (Vec::new(), Vec::new(), Vec::new());
        let wanted = [
            (Role::Api, size.apis),
            (Role::Worker, size.workers),
            (Role::Scheduler, size.schedulers),
            (Role::Dev, size.devs),
        ];
        for (role, count) in wanted {
            for index in 1..=count {
                let mut ports = None;
                if let Some(servers) = servers.as_ref().filter(|_| role != Role::Dev) {
                    let between = servers.behind_proxies(tasks, end).await?;
                    ports = Some(Ports { redis: between.redis.port(), postgres: between.postgres.port() });
                    proxies.push(between);
                }
                slots.push(Mutex::new(Slot {
                    number: slots.len(),
                    name: format!("{} {index}", role.name()),
                    role,
                    process: None,
                    ports,
                    address: None,
                    skew_s: 0,
                    settings: BTreeMap::new(),
                    crash: None,
                    is_wanted: false,
                }));
                roles.push(role);
            }
        }
        Ok(Self {
            slots,
            roles,
            proxies,
            servers,
            addresses: Addresses::default(),
            timeline,
            program,
            clock: std::sync::Mutex::default(),
            is_open: size.key.is_none(),
            ended_by_themselves: AtomicU64::new(0),
            crashed: AtomicU64::new(0),
            ended_wrongly: std::sync::Mutex::default(),
            folder,
        })
    }

    /// Of the distributed wiring.
    pub(crate) fn servers(&self) -> &Servers {
        self.servers.as_ref().expect("who harms servers plays on the wiring that has some")
    }

    /// The binary and how its processes are set.
    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// The folder of a whole house.
    pub(crate) fn data(&self, slot: &Slot) -> PathBuf {
        self.folder.path().join(format!("data-{}", slot.number))
    }

    /// Where the runs of the probe's steps are noted.
    pub(crate) fn ledger(&self) -> PathBuf {
        ledger(self.folder.path())
    }

    /// The slots of a role.
    pub(crate) fn indexes(&self, role: Role) -> Vec<usize> {
        (0..self.roles.len()).filter(|index| self.roles[*index] == role).collect()
    }

    /// The memory of a role's processes now, and the most that each has had, bytes.
    pub(crate) async fn memory(&self, role: Role) -> Vec<(u64, u64)> {
        let mut found = Vec::new();
        for index in self.indexes(role) {
            let slot = self.slots[index].lock().await;
            let figures = slot.process.as_ref().and_then(Process::figures).unwrap_or_default();
            found.push((figures.rss_bytes, figures.rss_max_bytes));
        }
        found
    }

    /// From now on the clocks of a role's processes are off by so many seconds, in turn.
    ///
    /// # Errors
    /// Without the library that does it.
    pub(crate) async fn skew(&self, role: Role, skews_s: &[i64]) -> anyhow::Result<()> {
        faketime().context("libfaketime is not installed (Debian: apt-get install libfaketime)")?;
        for (index, skew_s) in self.indexes(role).into_iter().zip(skews_s.iter().cycle()) {
            self.slots[index].lock().await.skew_s = *skew_s;
        }
        Ok(())
    }

    /// Processes of a role that are started from now on are set so.
    pub(crate) async fn configure(&self, role: Role, name: &'static str, value: &str) {
        for index in self.indexes(role) {
            self.slots[index].lock().await.settings.insert(name, value.to_owned());
        }
    }

    /// From now on the database's time is another one. Nothing may run meanwhile: processes must agree on it.
    pub(crate) fn set_clock(&self, clock: Clock) {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = Some(clock);
    }

    /// Whether instants of rows can be compared with this machine's.
    pub(crate) fn is_real_time(&self) -> bool {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Kill -9 of everything; it stays down until it is started.
    pub(crate) async fn stop(&self) {
        for slot in &self.slots {
            let mut slot = slot.lock().await;
            slot.is_wanted = false;
            if let Some(mut process) = slot.process.take() {
                block_in_place(|| process.kill());
            }
        }
    }

    /// Starts everything of these roles.
    pub(crate) async fn start(&self, roles: &[Role]) -> anyhow::Result<()> {
        for slot in &self.slots {
            let mut slot = slot.lock().await;
            if roles.contains(&slot.role) {
                self.start_in(&mut slot)?;
            }
        }
        Ok(())
    }

    /// Starts the slot's process and, if it serves, waits until it is ready and lets requests go there.
    pub(crate) fn start_in(&self, slot: &mut Slot) -> anyhow::Result<()> {
        slot.is_wanted = true;
        let (process, address) = block_in_place(|| self.launch(slot))?;
        slot.process = Some(process);
        slot.address = address;
        if let Some(address) = address.filter(|_| slot.role.serves()) {
            self.addresses.set(slot.number, address);
        }
        Ok(())
    }

    fn launch(&self, slot: &Slot) -> anyhow::Result<(Process, Option<SocketAddr>)> {
        let program = slot.ports.iter().fold(self.program.clone(), |program, ports| {
            program
                .with("DATABASE_URL", format!("postgres://portolan@127.0.0.1:{}/postgres", ports.postgres))
                .with("REDIS_URL", format!("redis://127.0.0.1:{}", ports.redis))
        });
        let clock = *self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        let variables = clock.into_iter().flat_map(Clock::variables);
        let program = variables.fold(program, |program, (name, value)| program.with(name, value));
        let program = match (slot.skew_s, faketime()) {
            (0, _) | (_, None) => program,
            (skew_s, Some(library)) => program
                .with("LD_PRELOAD", library.display())
                .with("FAKETIME", format!("{skew_s:+}s"))
                // Only what tells the time of day is off; what measures spans is not.
                .with("FAKETIME_DONT_FAKE_MONOTONIC", 1),
        };
        let program = slot.settings.iter().fold(program, |program, (name, value)| program.with(name, value));
        let program = slot.crash.iter().fold(program, |program, crash| {
            let program = program.with("CRASH_AT", &crash.point);
            crash.job.iter().fold(program, |program, job| program.with("CRASH_JOB", job))
        });
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let listens = address.to_string();
        match slot.role {
            Role::Api => {
                let open: &[&str] = if self.is_open { &["--insecure-open"] } else { &[] };
                let mut process = program.start(&slot.name, &[&["api", "--listen", &listens], open].concat())?;
                wait_until_ready(&mut process, address, "/health/ready", READY_MAX)?;
                Ok((process, Some(address)))
            }
            Role::Worker => Ok((program.start(&slot.name, &["worker", "--operations", &listens])?, Some(address))),
            Role::Scheduler => {
                Ok((program.start(&slot.name, &["scheduler", "--operations", &listens])?, Some(address)))
            }
            Role::Dev => Ok((start_dev(&program, &slot.name, &self.data(slot), address)?, Some(address))),
        }
    }

    /// Starts again what ended by itself, until `end`.
    pub(crate) async fn supervise(&self, end: CancellationToken) {
        while end.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            for slot in &self.slots {
                // Locked by who does it harm, who starts it again, too.
                let Ok(mut slot) = slot.try_lock() else { continue };
                if !slot.is_wanted {
                    continue;
                }
                let ended = slot.process.as_mut().and_then(Process::ended);
                if let (Some(ended), Some(process)) = (ended, &slot.process) {
                    self.ended_by_themselves.fetch_add(1, Ordering::Relaxed);
                    let what = format!("{} {}", slot.name, told(Some(ended), process));
                    let is_doomed = slot.crash.is_some() && ended == ABORTED;
                    self.crashed.fetch_add(is_doomed.into(), Ordering::Relaxed);
                    // A loss that is told by 1 is for the orchestrator; an end that says that all is well, or a panic, is a fault.
                    if is_doomed || ended == Ended::Code(1) {
                        self.timeline.note(what);
                    } else {
                        self.wrong(what);
                    }
                    slot.process = None;
                }
                if slot.process.is_none() {
                    self.start_or_tell(&mut slot);
                }
            }
        }
    }

    fn start_or_tell(&self, slot: &mut Slot) {
        if let Err(error) = self.start_in(slot) {
            // The database may be down for now; the supervisor finds the slot empty and tries again.
            self.timeline.note(format!("{} did not start: {error:#}", slot.name));
        }
    }

    fn wrong(&self, what: String) {
        self.timeline.note(what.clone());
        self.ended_wrongly.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }
}

fn told(ended: Option<Ended>, process: &Process) -> String {
    let ended = ended.map_or_else(|| "did not end".to_owned(), |ended| ended.to_string());
    let said = process.last_words(LAST_WORDS);
    if said.is_empty() { ended } else { format!("{ended}; it said last:\n{said}") }
}
