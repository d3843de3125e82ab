//! A Postgres of our own.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::{Error, Figures, Process, Signal, free_port, places};

/// Where the server's programs are when they are not in the path.
const HOMES: &[&str] = &["/usr/lib/postgresql", "/usr/local/lib/postgresql", "/opt/homebrew/opt"];
/// What Postgres says when it listens.
const READY: &str = "database system is ready to accept connections";
/// Also after a crash, with its recovery.
const START_MAX: Duration = Duration::from_secs(60);
const STOP_MAX: Duration = Duration::from_secs(10);
/// The user that it runs as where we are root.
const SYSTEM_USER: &str = "postgres";

/// What a commit is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Postgres' defaults: a commit is on the disk.
    Default,
    /// A commit survives the processes, not the power.
    Off,
}

/// A Postgres server on a port of its own with an empty database, ended when dropped.
pub struct Postgres {
    // Before its folder, so that it is dropped first.
    process: Option<Process>,
    port: u16,
    durability: Durability,
    connections_max: u32,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    home: TempDir,
}

impl Postgres {
    /// Makes the cluster, starts it and waits until it listens.
    ///
    /// # Errors
    /// [`Error::Missing`] without the server's programs, [`Error::NotReady`].
    pub fn start(durability: Durability, connections_max: u32) -> Result<Self, Error> {
        let (programs, user, home) = (programs()?, places::unprivileged(SYSTEM_USER)?, places::folder()?);
        if let Some(user) = user {
            places::give(home.path(), user)?;
        }
        let mut postgres =
            Self { process: None, port: free_port()?, durability, connections_max, programs, user, home };
        postgres.make_cluster()?;
        postgres.resume_after_crash()?;
        Ok(postgres)
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder that holds everything it writes.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Of the database that is there from the beginning.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_through(self.port)
    }

    /// The same, through something else that listens on `port` of 127.0.0.1.
    #[must_use]
    pub fn url_through(&self, port: u16) -> String {
        format!("postgres://portolan@127.0.0.1:{port}/postgres")
    }

    /// Ends it at once, as a crash would: no checkpoint, every connection cut. Nobody answers afterwards.
    pub fn crash(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::Quit);
            process.wait(STOP_MAX);
        }
    }

    /// Starts it again after [`Postgres::crash`], and waits until it has recovered.
    ///
    /// # Errors
    /// [`Error::NotReady`].
    pub fn resume_after_crash(&mut self) -> Result<(), Error> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data());
        for (name, value) in self.settings() {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let mut process = Process::start("postgres", command)?;
        // Its sessions end with it, which they would not if it were killed.
        process.ends_by(Signal::Quit);
        if process.wait_for_line(READY, START_MAX).is_none() {
            let said = process.last_words(20);
            return Err(Error::NotReady { name: "postgres".to_owned(), within_s: START_MAX.as_secs(), said });
        }
        self.process = Some(process);
        Ok(())
    }

    /// Changes rows behind the back of whoever uses them, in one transaction. How many rows each statement changed.
    ///
    /// # Errors
    /// [`Error::Answer`] when one of them is refused; none has changed anything then.
    pub fn change(&self, statements: &[String]) -> Result<Vec<u64>, Error> {
        let mut command = self.command("psql");
        command.args(["--no-psqlrc", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--dbname", &self.url()]);
        command.args(statements.iter().flat_map(|statement| ["--command", statement]));
        let ran = command.stdin(Stdio::null()).output().map_err(Error::refused("psql cannot be started"))?;
        let told = String::from_utf8_lossy(&ran.stdout);
        // `UPDATE 3` for each.
        let changed = told.lines().map(|line| line.rsplit(' ').next().and_then(|count| count.parse().ok()));
        match changed.collect::<Option<Vec<u64>>>() {
            Some(changed) if ran.status.success() && changed.len() == statements.len() => Ok(changed),
            _ => Err(Error::Answer(format!("rows cannot be changed: {told}{}", String::from_utf8_lossy(&ran.stderr)))),
        }
    }

    /// Of the process that listens; its sessions are processes of their own.
    #[must_use]
    pub fn figures(&self) -> Option<Figures> {
        self.process.as_ref().and_then(Process::figures)
    }

    /// What it said last.
    #[must_use]
    pub fn last_words(&self, lines: usize) -> String {
        self.process.as_ref().map(|process| process.last_words(lines)).unwrap_or_default()
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings = vec![
            ("port", self.port.to_string()),
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("unix_socket_directories", self.home.path().display().to_string()),
            ("max_connections", self.connections_max.to_string()),
        ];
        if self.durability == Durability::Off {
            settings.extend(["fsync", "full_page_writes"].map(|name| (name, "off".to_owned())));
        }
        settings
    }

    fn make_cluster(&self) -> Result<(), Error> {
        let mut command = self.command("initdb");
        command.arg("-D").arg(self.data()).args(["-U", "portolan", "--auth=trust", "-E", "UTF8", "--locale=C", "-N"]);
        let made = command.stdin(Stdio::null()).output().map_err(Error::refused("initdb cannot be started"))?;
        if made.status.success() {
            return Ok(());
        }
        Err(Error::Answer(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr))))
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        // The other user may have no way into the folder that we work in.
        command.current_dir("/");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its sessions end with it, which they would not if it were killed.
        self.crash();
    }
}

/// The folder of initdb and postgres, the newest one.
fn programs() -> Result<PathBuf, Error> {
    let holds_both = |folder: &Path| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let mut found: Vec<PathBuf> = HOMES
        .iter()
        .filter_map(|home| fs::read_dir(home).ok())
        .flat_map(|versions| versions.flatten().map(|version| version.path().join("bin")))
        .filter(|folder| holds_both(folder))
        .collect();
    found.sort_by_key(|folder| version_of(folder));
    found.pop().or_else(|| in_path().filter(|folder| holds_both(folder))).ok_or_else(|| {
        Error::Missing("the Postgres server is not installed (Debian: apt-get install postgresql)".to_owned())
    })
}

/// `/usr/lib/postgresql/15/bin` is 15.
fn version_of(folder: &Path) -> u32 {
    let version = folder.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    version.unwrap_or_default().trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0)
}

/// Where the shell finds initdb.
fn in_path() -> Option<PathBuf> {
    let told = Command::new("/bin/sh").args(["-c", "command -v initdb"]).stdin(Stdio::null()).output().ok()?;
    let link = PathBuf::from(String::from_utf8(told.stdout).ok()?.trim());
    fs::canonicalize(link).ok()?.parent().map(Path::to_owned)
}
