//! A throw-away Redis for tests, of this crate and of others: real, private, and killable.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use domain::JobId;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use crate::Config;

/// What redis-server prints when it listens.
const READY: &str = "eady to accept connections";

/// A redis-server of its own on a unix socket in a temporary folder, without persistence. Killed when dropped.
pub struct RedisServer {
    home: TempDir,
    process: Option<Child>,
}

impl RedisServer {
    /// Starts one and waits until it listens.
    ///
    /// # Panics
    ///
    /// If redis-server cannot be started.
    #[must_use]
    pub fn start() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        let mut server = Self { home, process: None };
        server.spawn();
        server
    }

    /// `redis+unix://...`, the same before and after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// A configuration with this server and a prefix that nobody else has.
    #[must_use]
    pub fn config(&self) -> Config {
        Config { redis_url: Some(self.url().into()), prefix: format!("test-{}", JobId::new()) }
    }

    /// `kill -9`: whatever it held is gone.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("our own child can be killed");
            process.wait().expect("our own child can be waited for");
        }
    }

    /// Kills it if it runs, and starts an empty one at the same address.
    pub fn restart(&mut self) {
        self.kill();
        self.spawn();
    }

    /// FLUSHALL: everything it holds is gone, and no connection breaks.
    ///
    /// # Panics
    ///
    /// If it does not answer.
    pub fn flush(&self) {
        let client = redis::Client::open(self.url()).expect("our own address is one");
        let mut connection = client.get_connection().expect("our own server answers");
        redis::cmd("FLUSHALL").exec(&mut connection).expect("our own server obeys");
    }

    /// How often a command was called since the server started.
    ///
    /// # Panics
    ///
    /// If it does not answer.
    #[must_use]
    pub fn calls(&self, command: &str) -> u64 {
        let client = redis::Client::open(self.url()).expect("our own address is one");
        let mut connection = client.get_connection().expect("our own server answers");
        let told: String = redis::cmd("INFO").arg("commandstats").query(&mut connection).expect("our own server tells");
        let line = told.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(0)
    }

    /// Stops it without closing a connection: from outside, a network that swallows everything.
    pub fn pause(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Undoes [`RedisServer::pause`].
    pub fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("the server runs");
        let pid = i32::try_from(process.id()).expect("a pid fits");
        kill(Pid::from_raw(pid), signal).expect("our own child can be signalled");
    }

    fn spawn(&mut self) {
        let mut process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", ""])
            .arg("--unixsocket")
            .arg(self.socket())
            .arg("--dir")
            .arg(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let told = process.stdout.take().expect("its output is piped");
        self.process = Some(process);
        let ready = BufReader::new(told).lines().map_while(Result::ok).any(|line| line.contains(READY));
        assert!(ready, "redis-server ended before it listened");
    }

    fn socket(&self) -> PathBuf {
        self.home.path().join("redis.sock")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
