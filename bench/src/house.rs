//! The house that is measured: private servers, and the processes of one wiring over them.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use rig::{Durability, Figures, Postgres, Process, Program, Redis, free_port, wait_until_ready};
use secrecy::SecretString;
use serde::Serialize;
use store::Store;
use tempfile::TempDir;

use crate::{Error, client::Target};

/// How the parts of the house are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wiring {
    /// One process over SQLite.
    Embedded,
    /// Processes over Postgres and Redis.
    Distributed,
}

impl Wiring {
    pub const ALL: [Self; 2] = [Self::Embedded, Self::Distributed];

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Distributed => "distributed",
        }
    }
}

/// Worker processes over Postgres and Redis; as many as the machines in the comparison have cores.
pub(crate) const WORKERS: usize = 2;
/// What a worker is given unless a measure says otherwise: enough for every job that is open at a time.
const SLOTS: usize = 1_000;
const SLOTS_VARIABLE: &str = "PORTOLAN__WORKER__SLOTS";
/// What is stopped here has nothing to finish.
const DRAIN_MS: u64 = 200;
const CONNECTIONS_MAX: u32 = 200;
const READY_MAX: Duration = Duration::from_secs(30);
const STOP_MAX: Duration = Duration::from_secs(5);

struct Servers {
    postgres: Postgres,
    redis: Redis,
}

pub(crate) struct House {
    pub(crate) wiring: Wiring,
    // Before the servers and the folders, so that they end first.
    workers: Vec<Process>,
    front: Option<Process>,
    servers: Option<Servers>,
    program: Program,
    address: SocketAddr,
    /// The folder of the embedded wiring's data; another one after each [`House::clear`].
    data: PathBuf,
    rounds: u32,
    folder: TempDir,
}

impl House {
    /// Starts the servers and makes the schema. `binary` is the program whose processes are measured.
    pub(crate) async fn build(wiring: Wiring, binary: &Path) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(Error::machine("a temporary folder cannot be made"))?;
        let servers = match wiring {
            Wiring::Embedded => None,
            Wiring::Distributed => {
                let postgres = Postgres::start(Durability::Default, CONNECTIONS_MAX)?;
                Some(Servers { postgres, redis: Redis::start()? })
            }
        };
        let mut program = Program::new(binary, folder.path())
            .with("PORTOLAN__WORKER__PROBE__ENABLED", true)
            .with(SLOTS_VARIABLE, SLOTS)
            .with("PORTOLAN__WORKER__DRAIN_MS", DRAIN_MS)
            .with("PORTOLAN__API__SHUTDOWN_GRACE_MS", DRAIN_MS)
            .with("PORTOLAN__LOG__LEVEL", "warn");
        if let Some(servers) = &servers {
            program = program.with("DATABASE_URL", servers.postgres.url()).with("REDIS_URL", servers.redis.url());
        }
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let data = folder.path().join("data-0");
        let mut house =
            Self { wiring, workers: Vec::new(), front: None, servers, program, address, data, rounds: 0, folder };
        if house.servers.is_some() {
            house.run(&["migrate", "up"])?;
        }
        house.clear().await?;
        Ok(house)
    }

    pub(crate) fn target(&self) -> Target {
        Target(self.address)
    }

    /// Sets a variable of every process that is started from now on.
    pub(crate) fn set(&mut self, name: &str, value: impl ToString) {
        self.program = self.program.clone().with(name, value);
    }

    /// Ends all processes and throws all rows away.
    pub(crate) async fn clear(&mut self) -> Result<(), Error> {
        self.stop();
        match &self.servers {
            Some(servers) => {
                servers.redis.flush()?;
                let store = self.store().await?;
                store.clear().await?;
                store.close().await;
            }
            None => {
                self.rounds += 1;
                fs::remove_dir_all(&self.data).ok(); // Not there before the first round.
                self.data = self.folder.path().join(format!("data-{}", self.rounds));
            }
        }
        Ok(())
    }

    /// Starts what answers, and waits until it does. Embedded, that is everything.
    pub(crate) fn open(&mut self) -> Result<(), Error> {
        let mut front = self.spawn_front()?;
        wait_until_ready(&mut front, self.address, "/health", READY_MAX)?;
        self.front = Some(front);
        Ok(())
    }

    /// The same with so many slots for jobs, for this once.
    pub(crate) fn open_with_slots(&mut self, slots: usize) -> Result<(), Error> {
        self.set(SLOTS_VARIABLE, slots);
        let opened = self.open();
        self.set(SLOTS_VARIABLE, SLOTS);
        opened
    }

    /// Starts all that there is, and waits until it answers.
    pub(crate) fn open_all(&mut self) -> Result<(), Error> {
        self.open()?;
        self.hire()
    }

    /// Starts the workers, where they are processes of their own.
    pub(crate) fn hire(&mut self) -> Result<(), Error> {
        if self.wiring == Wiring::Distributed {
            for number in 0..WORKERS {
                self.workers.push(self.program.start(format!("worker {number}"), &["worker"])?);
            }
        }
        Ok(())
    }

    /// Starts everything and waits for nothing.
    pub(crate) fn start_all(&mut self) -> Result<(), Error> {
        self.front = Some(self.spawn_front()?);
        self.hire()
    }

    /// Kills what runs jobs without a word, and starts it again. Embedded, that is everything.
    pub(crate) fn kill_and_restart(&mut self) -> Result<(), Error> {
        match self.wiring {
            Wiring::Embedded => {
                self.front = None; // Dropped, it is killed.
                self.front = Some(self.spawn_front()?);
            }
            Wiring::Distributed => {
                self.workers.clear();
                self.hire()?;
            }
        }
        Ok(())
    }

    pub(crate) fn stop(&mut self) {
        for mut process in self.workers.drain(..).chain(self.front.take()) {
            process.end(STOP_MAX);
        }
    }

    /// A connection of our own to the rows.
    pub(crate) async fn store(&self) -> Result<Store, Error> {
        Ok(Store::connect(&store::Config { url: self.database_url(), ..store::Config::default() }).await?)
    }

    /// Where one-row commits are measured when there is no server: a file beside the data, on the same disk.
    pub(crate) fn commit_file(&self) -> Option<String> {
        let file = self.folder.path().join("commits.db");
        self.servers.is_none().then(|| format!("sqlite://{}", file.display()))
    }

    /// A broker of our own on the same Redis; none in one process.
    pub(crate) async fn broker(&self) -> Result<Option<broker::Broker>, Error> {
        let Some(servers) = &self.servers else { return Ok(None) };
        let redis_url = Some(SecretString::from(servers.redis.url()));
        Ok(Some(broker::Broker::connect(&broker::Config { redis_url, ..broker::Config::default() }).await?))
    }

    /// Of the process that answers, and of those that only work.
    pub(crate) fn figures(&self) -> (Option<Figures>, Vec<Figures>) {
        let front = self.front.as_ref().and_then(Process::figures);
        (front, self.workers.iter().filter_map(Process::figures).collect())
    }

    /// What Redis holds; none in one process.
    pub(crate) fn redis_bytes(&self) -> Result<Option<u64>, Error> {
        Ok(self.servers.as_ref().map(|servers| servers.redis.used_bytes()).transpose()?)
    }

    fn spawn_front(&self) -> Result<Process, Error> {
        let listen = self.address.to_string();
        let data = self.data.display().to_string();
        let arguments: &[&str] = match self.wiring {
            Wiring::Embedded => &["dev", "--listen", &listen, "--data", &data],
            Wiring::Distributed => &["api", "--listen", &listen, "--insecure-open"],
        };
        Ok(self.program.start(arguments[0], arguments)?)
    }

    fn run(&self, arguments: &[&str]) -> Result<(), Error> {
        let mut process = self.program.start(arguments.join(" "), arguments)?;
        match process.wait(READY_MAX) {
            Some(rig::Ended::Code(0)) => Ok(()),
            _ => Err(rig::Error::Answer(format!("{} failed: {}", arguments.join(" "), process.last_words(20))).into()),
        }
    }

    fn database_url(&self) -> String {
        match &self.servers {
            Some(servers) => servers.postgres.url(),
            None => format!("sqlite://{}", self.data.join("portolan.db").display()),
        }
    }
}
