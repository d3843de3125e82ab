//! The servers of the distributed wiring, and what stands between them and our processes.

use std::net::SocketAddr;

use anyhow::Context;
use rig::{Durability, Postgres, Program, Redis};
use tokio::sync::Mutex;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::proxy::{Proxy, Width};

const CONNECTIONS_MAX: u32 = 200;

/// What the distributed wiring keeps its rows and rings in.
pub(crate) struct Servers {
    pub(crate) redis: Mutex<Redis>,
    pub(crate) postgres: Mutex<Postgres>,
}

/// What stands between a slot and the servers. Beside the slots, because it is used while they are locked.
pub(crate) struct Proxies {
    pub(crate) redis: Proxy,
    pub(crate) postgres: Proxy,
}

impl Servers {
    /// Starts them, and makes the schema.
    pub(crate) fn start(program: &Program) -> anyhow::Result<Self> {
        let (redis, postgres) = (Redis::start()?, Postgres::start(Durability::Default, CONNECTIONS_MAX)?);
        migrate(program, &postgres)?;
        Ok(Self { redis: Mutex::new(redis), postgres: Mutex::new(postgres) })
    }

    /// A way to them for one process.
    pub(crate) async fn behind_proxies(&self, tasks: &TaskTracker, end: &CancellationToken) -> anyhow::Result<Proxies> {
        let local = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let (redis, postgres) = (self.redis.lock().await.port(), self.postgres.lock().await.port());
        Ok(Proxies {
            redis: Proxy::start(local(redis), Width::Wide, tasks, end).await?,
            postgres: Proxy::start(local(postgres), Width::Wide, tasks, end).await?,
        })
    }
}

fn migrate(program: &Program, postgres: &Postgres) -> anyhow::Result<()> {
    let program = program.clone().with("DATABASE_URL", postgres.url());
    let ran = program.command(&["migrate", "up"]).output().context("the binary cannot be started")?;
    anyhow::ensure!(ran.status.success(), "the schema cannot be made: {}", String::from_utf8_lossy(&ran.stderr));
    Ok(())
}
