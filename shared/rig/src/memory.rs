//! A Redis of our own, without persistence: what is killed has forgotten everything.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

use crate::{Error, Process, Signal, free_port, places, wait_for};

/// What redis-server prints when it listens.
const READY: &str = "eady to accept connections";
const START_MAX: Duration = Duration::from_secs(10);
/// A replica has everything within this.
const FOLLOW_MAX: Duration = Duration::from_secs(20);
/// An answer takes no longer.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Whoever does not know it is not let in by a locked one, and nobody is told.
const WORD: &str = "locked";
/// The longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

/// A redis-server on a port of its own, killed when dropped.
pub struct Redis {
    // Before its folder, so that it is dropped first.
    process: Option<Process>,
    port: u16,
    /// The port of the one whose replica it is.
    follows: Option<u16>,
    home: TempDir,
}

impl Redis {
    /// Starts one and waits until it listens.
    ///
    /// # Errors
    /// [`Error::Missing`] without a redis-server, [`Error::NotReady`].
    pub fn start() -> Result<Self, Error> {
        let mut redis = Self { process: None, port: free_port()?, follows: None, home: places::folder()? };
        redis.resume_after_kill()?;
        Ok(redis)
    }

    /// Starts a replica of this one, and waits until it has everything.
    ///
    /// # Errors
    /// As [`Redis::start`], and when it does not get everything in time.
    pub fn start_replica(&self) -> Result<Self, Error> {
        let mut replica = Self { process: None, port: free_port()?, follows: Some(self.port), home: places::folder()? };
        replica.resume_after_kill()?;
        let has_all = || Some(replica.replication("master_link_status:").ok()? == "up").filter(|is_up| *is_up);
        match wait_for(FOLLOW_MAX, has_all) {
            Some(_) => Ok(replica),
            None => Err(Error::Answer(format!("the replica has not everything after {} s", FOLLOW_MAX.as_secs()))),
        }
    }

    /// Makes a replica stand alone: what its master is told from now on is not in it.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Answer`].
    pub fn promote(&mut self) -> Result<(), Error> {
        self.follows = None;
        self.command(&["REPLICAOF", "NO", "ONE"]).map(drop)
    }

    /// How much was written to it and its masters so far, bytes.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Answer`].
    pub fn written_bytes(&self) -> Result<u64, Error> {
        let written = self.replication("master_repl_offset:")?;
        written.parse().map_err(|_| Error::Answer(format!("Redis says that {written} bytes were written to it")))
    }

    fn replication(&self, name: &str) -> Result<String, Error> {
        let answer = self.command(&["INFO", "replication"])?;
        let found = answer.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned());
        found.ok_or_else(|| Error::Answer(format!("Redis does not say {name} {answer}")))
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The same before and after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kill -9: whatever it held is gone, and nobody answers.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts an empty one at the same address after [`Redis::kill`].
    ///
    /// # Errors
    /// [`Error::NotReady`].
    pub fn resume_after_kill(&mut self) -> Result<(), Error> {
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", ""])
            // A replica that asks for everything gets it at once.
            .args(["--repl-diskless-sync-delay", "0"])
            .args(["--port", &self.port.to_string(), "--dir"])
            .arg(self.home.path());
        if let Some(master) = self.follows {
            command.args(["--replicaof", "127.0.0.1", &master.to_string()]);
        }
        let mut process = Process::start("redis-server", command)?;
        if process.wait_for_line(READY, START_MAX).is_none() {
            let said = process.last_words(20);
            return Err(Error::NotReady { name: "redis-server".to_owned(), within_s: START_MAX.as_secs(), said });
        }
        self.process = Some(process);
        Ok(())
    }

    /// FLUSHALL: everything it holds is gone, and no connection breaks.
    ///
    /// # Errors
    /// [`Error::Refused`] when it does not answer.
    pub fn flush(&self) -> Result<(), Error> {
        self.command(&["FLUSHALL"]).map(drop)
    }

    /// Ends every connection and lets nobody in, as after a change of its password that nobody was told of.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Answer`].
    pub fn lock(&self) -> Result<(), Error> {
        let everybody = ["normal", "pubsub"].map(|kind| ["CLIENT", "KILL", "SKIPME", "yes", "TYPE", kind]);
        self.commands(&[&["CONFIG", "SET", "requirepass", WORD], &everybody[0], &everybody[1]]).map(drop)
    }

    /// Lets everybody in again after [`Redis::lock`].
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Answer`].
    pub fn unlock(&self) -> Result<(), Error> {
        self.commands(&[&["AUTH", WORD], &["CONFIG", "SET", "requirepass", ""]]).map(drop)
    }

    /// Stands still without closing a connection, or goes on.
    pub fn signal(&mut self, told: Signal) {
        if let Some(process) = &mut self.process {
            process.signal(told);
        }
    }

    /// Bytes in use, as it says itself.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Answer`].
    pub fn used_bytes(&self) -> Result<u64, Error> {
        let answer = self.command(&["INFO", "memory"])?;
        let used = answer.lines().find_map(|line| line.strip_prefix("used_memory:"));
        used.and_then(|bytes| bytes.trim().parse().ok())
            .ok_or_else(|| Error::Answer(format!("Redis does not say what it uses: {answer}")))
    }

    /// Sends a command and gives the answer's text: a simple one, a number, or one string.
    ///
    /// # Errors
    /// [`Error::Refused`] when it does not answer, [`Error::Answer`] when it answers with an error.
    pub fn command(&self, words: &[&str]) -> Result<String, Error> {
        self.commands(&[words])
    }

    /// Sends commands over one connection and gives the last one's answer.
    fn commands(&self, commands: &[&[&str]]) -> Result<String, Error> {
        let refused = Error::refused("redis takes no connection");
        let stream = connect(self.port).map_err(refused)?;
        let mut last = String::new();
        for words in commands {
            let asked = format!("redis does not answer {}", words.join(" "));
            last = ask(&stream, words).map_err(Error::refused(&asked))?;
            if let Some(error) = last.strip_prefix('-') {
                return Err(Error::Answer(format!("{asked}: {error}")));
            }
        }
        Ok(last)
    }
}

fn connect(port: u16) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    Ok(stream)
}

/// One command and its answer; nothing is sent before that is read.
fn ask(mut stream: &TcpStream, words: &[&str]) -> std::io::Result<String> {
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    stream.write_all(request.as_bytes())?;
    let mut answer = BufReader::new(stream.take(ANSWER_BYTES_MAX));
    let mut head = String::new();
    answer.read_line(&mut head)?;
    let head = head.trim_end();
    match head.split_at_checked(1) {
        Some(("+" | ":", text)) => Ok(text.to_owned()),
        Some(("$", length)) => {
            let mut text = vec![0; length.parse::<usize>().unwrap_or(0)];
            answer.read_exact(&mut text)?;
            Ok(String::from_utf8_lossy(&text).into_owned())
        }
        _ => Ok(head.to_owned()),
    }
}
