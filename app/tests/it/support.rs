//! Runs the built binary in a folder of its own, with nothing of this machine's environment.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// Longer than anything takes on a slow machine; a test that waits so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// An empty folder with the binary in reach.
pub(crate) struct Place {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be made"), variables: Vec::new() }
    }

    /// With the workflow that does nothing.
    pub(crate) fn with_probe() -> Self {
        Self::new().with("PORTOLAN__WORKER__PROBE__ENABLED", "true")
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("the folder can be written");
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
        command.args(arguments).current_dir(self.path()).env_clear().stdin(Stdio::null());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs to the end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().expect("the binary runs"))
    }

    /// `portolan dev` on a free port, ready to answer.
    pub(crate) fn dev(&self) -> Dev {
        self.dev_on(0)
    }

    pub(crate) fn dev_on(&self, port: u16) -> Dev {
        let mut process = Running::start(self.command(&["dev", "--port", &port.to_string()]));
        let line = process.wait_for("API ");
        let url = line.split_whitespace().last().expect("the line ends with the URL").to_owned();
        Dev { process, url }
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is UTF-8");
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// That stderr says all of these.
    pub(crate) fn says(self, needles: &[&str]) -> Self {
        let told = self.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        for needle in needles {
            assert!(told.contains(needle), "\"{needle}\" is not said: {self:#?}");
        }
        self
    }

    /// The lines of stdout, each JSON.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }
}

/// Asserts that `events` are those of one whole job: `1..=n` without a gap, from its beginning to a terminal one.
pub(crate) fn assert_whole(events: &[Value]) {
    let seqs: Vec<i64> = events.iter().map(|event| event["seq"].as_i64().expect("an event has a seq")).collect();
    let expected: Vec<i64> = (1..=i64::try_from(seqs.len()).expect("few")).collect();
    assert_eq!(seqs, expected, "{events:#?}");
    assert_eq!(events.first().expect("there are events")["event"]["type"], "state_change");
    assert_eq!(events.last().expect("there are events")["event"]["type"], "complete");
}

/// A process that runs beside the test, killed with it.
pub(crate) struct Running {
    pub(crate) child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let (sender, lines) = channel();
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        let readers: [Box<dyn Read + Send>; 2] = [Box::new(stdout), Box::new(stderr)];
        for reader in readers {
            let sender = sender.clone();
            thread::spawn(move || {
                BufReader::new(reader).lines().map_while(Result::ok).try_for_each(|line| sender.send(line)).ok();
            });
        }
        Self { child, lines, seen: Vec::new() }
    }

    /// The first line, of both outputs, that holds `needle`.
    pub(crate) fn wait_for(&mut self, needle: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("\"{needle}\" was never said: {:#?}", self.seen);
            };
            self.seen.push(line.clone());
            if line.contains(needle) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("/bin/kill").args(["-s", name, &pid]).status().expect("kill runs");
        assert!(sent.success(), "{name} could not be sent to {pid}");
    }

    /// The exit code, and every line that was said.
    pub(crate) fn end(mut self) -> (i32, Vec<String>) {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.seen.push(line);
        }
        // Both outputs are closed, so it has ended or is about to.
        let status = self.child.wait().expect("it can be waited for");
        (status.code().unwrap_or(-1), std::mem::take(&mut self.seen))
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A running `portolan dev`.
pub(crate) struct Dev {
    pub(crate) process: Running,
    pub(crate) url: String,
}

impl Dev {
    pub(crate) fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("the URL ends with a port")
    }

    /// Status and body of a GET.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("dev listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("it can be asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers in text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).expect("and a status");
        (status, body.to_owned())
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("app is in the workspace").to_owned()
}
