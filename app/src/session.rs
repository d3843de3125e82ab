//! Which Portolan a command talks to, found in this order: `--server`, the running `dev` of the folder, this process.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::SecretString;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::ServerArgs,
    client::Client,
    config::{Role, Settings},
    environment,
    exit::{Exit, Failure},
    lock::{Holder, Lock, Taken},
    process::{Embedded, Extent, database_file},
    telemetry::{self, Sink},
};

/// Another process that has just taken the lock says where it answers within this time.
const ANNOUNCE_WAIT_MAX: Duration = Duration::from_secs(10);
const ANNOUNCE_WAIT: Duration = Duration::from_millis(50);
/// What somebody who pressed Ctrl-C waits for a running step of their own process. The step is done again at the next start.
const DETACH_DRAIN_MS: u64 = 2_000;

/// A server, and this process's part in it.
pub(crate) struct Session {
    pub(crate) client: Client,
    server: Server,
}

enum Server {
    /// Named by the user.
    Far,
    /// The process that holds the folder's lock. It may be another `plan`, and end.
    Neighbour,
    Own(Box<Embedded>),
}

/// What a command may do to get an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Jobs must run.
    Work,
    /// Somebody must know; nothing is made, and nothing is started.
    Answers,
}

impl Session {
    pub(crate) async fn open(args: &ServerArgs, config: Option<&Path>, need: Need) -> anyhow::Result<Self> {
        if let Some(server) = &args.server {
            let key = environment::get(&args.key_env).map(SecretString::from);
            return Ok(Self { client: Client::new(server, key)?, server: Server::Far });
        }
        if need == Need::Answers && !database_file(&args.data).exists() {
            let message = format!(
                "no Portolan has run in {} yet: start `portolan dev`, plan something with `portolan plan`, or name a server with \
                 --server URL",
                args.data.display()
            );
            return Err(Failure::new(Exit::Unreachable, message).into());
        }
        let deadline = Instant::now() + ANNOUNCE_WAIT_MAX;
        loop {
            match Lock::take(&args.data)? {
                Taken::Mine(lock) => return start(&args.data, config, lock, need).await,
                // The neighbour is `dev` or `plan`, which ask for no key.
                Taken::Held(Some(Holder { url: Some(url), .. })) => {
                    return Ok(Self { client: Client::new(&url, None)?, server: Server::Neighbour });
                }
                Taken::Held(_) if Instant::now() < deadline => sleep(ANNOUNCE_WAIT).await,
                Taken::Held(_) => {
                    let message =
                        format!("another Portolan holds {} and does not say where it answers", args.data.display());
                    return Err(Failure::new(Exit::Unreachable, message).into());
                }
            }
        }
    }

    /// Runs in this process: what it leaves undone goes on at its next start.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.server, Server::Own(_))
    }

    /// Whether its place can be taken when it is gone.
    pub(crate) fn is_neighbour(&self) -> bool {
        matches!(self.server, Server::Neighbour)
    }

    /// What was left by an earlier run, for people.
    pub(crate) fn left_over(&self) -> Option<String> {
        match &self.server {
            Server::Own(embedded) => embedded.unfinished.told(),
            Server::Far | Server::Neighbour => None,
        }
    }

    /// Ends this process's part.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        match self.server {
            Server::Own(embedded) => embedded.stop().await,
            Server::Far | Server::Neighbour => Ok(()),
        }
    }
}

async fn start(folder: &Path, config: Option<&Path>, lock: Lock, need: Need) -> anyhow::Result<Session> {
    let mut settings = Settings::load(config)?;
    settings.check(Role::Embedded { listen: None })?;
    settings.worker.drain_ms = settings.worker.drain_ms.min(DETACH_DRAIN_MS);
    let log: PathBuf = folder.join("portolan.log");
    telemetry::start_log(&settings.log, &Sink::File(&log))?;
    settings.announce("plan", Some(folder));
    let shutdown = CancellationToken::new();
    let metrics = telemetry::start_metrics()?;
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let extent = if need == Need::Work { Extent::Everything } else { Extent::ApiOnly };
    let embedded = Embedded::start(&settings, folder, lock, listen, extent, metrics, shutdown).await?;
    Ok(Session { client: Client::new(&embedded.url, None)?, server: Server::Own(Box::new(embedded)) })
}
