//! A child process: its signals, its end, and what it said last.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    io::{BufRead, BufReader, Read},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use nix::{
    sys::{
        signal::{self, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

use crate::{Error, Figures, wait_for};

/// Lines of output that are kept, the newest.
const LINES_MAX: usize = 400;
/// What a line is cut to.
const LINE_CHARS_MAX: usize = 2_000;
/// A process that was killed is gone within this, or the machine is.
const DEATH_MAX: Duration = Duration::from_secs(10);
/// What it said last is read within this after its end, unless a child of its own still holds its output.
const LAST_WORDS_MAX: Duration = Duration::from_millis(500);

/// What a process can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Stands still, without knowing it: SIGSTOP.
    Stop,
    /// Goes on: SIGCONT.
    Continue,
    /// Is asked to end in order: SIGTERM.
    Terminate,
    /// Ctrl-C: SIGINT.
    Interrupt,
    /// Postgres: ends at once, as after a crash.
    Quit,
}

impl Signal {
    fn number(self) -> signal::Signal {
        match self {
            Self::Stop => signal::SIGSTOP,
            Self::Continue => signal::SIGCONT,
            Self::Terminate => signal::SIGTERM,
            Self::Interrupt => signal::SIGINT,
            Self::Quit => signal::SIGQUIT,
        }
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Code(i32),
    Signal(i32),
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "ended with {code}"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
        }
    }
}

/// The children that nobody has waited for yet, and how each is ended at once.
struct Children {
    running: BTreeMap<u32, signal::Signal>,
    /// No other is started.
    is_over: bool,
}

static CHILDREN: Mutex<Children> = Mutex::new(Children { running: BTreeMap::new(), is_over: false });

/// Ends every child that this process started, at once, and lets it start no other: for whoever cannot wait until the values
/// are dropped.
pub fn kill_all() {
    let mut children = lock(&CHILDREN);
    children.is_over = true;
    for (pid, number) in &children.running {
        tell(*pid, *number);
    }
}

/// One that is gone does not listen, and that is no error.
fn tell(pid: u32, number: signal::Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        kill(Pid::from_raw(pid), number).ok();
    }
}

/// A running child, killed when dropped.
pub struct Process {
    name: String,
    child: Child,
    ended: Option<Ended>,
    said: Arc<Mutex<VecDeque<String>>>,
    /// They read its outputs, and end with them.
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts `command` in a process group of its own, with both outputs read.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is no such program.
    pub fn start(name: impl Into<String>, mut command: Command) -> Result<Self, Error> {
        let name = name.into();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let program = command.get_program().display().to_string();
        let mut child = spawn(&mut command, &program)?;
        let said = Arc::new(Mutex::new(VecDeque::new()));
        let stdout = child.stdout.take().map(|out| Box::new(out) as Box<dyn Read + Send>);
        let stderr = child.stderr.take().map(|out| Box::new(out) as Box<dyn Read + Send>);
        let read = |output: Box<dyn Read + Send>| {
            let said = Arc::clone(&said);
            thread::spawn(move || keep_lines(output, &said))
        };
        let readers = [stdout, stderr].into_iter().flatten().map(read).collect();
        Ok(Self { name, child, ended: None, said, readers })
    }

    /// How [`kill_all`] ends it, where kill -9 would leave children of its own behind.
    pub(crate) fn ends_by(&self, told: Signal) {
        if let Some(number) = lock(&CHILDREN).running.get_mut(&self.pid()) {
            *number = told.number();
        }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Memory and files of this process now.
    #[must_use]
    pub fn figures(&self) -> Option<Figures> {
        Figures::of(self.pid())
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<Ended> {
        // Locked, because the number of one that was waited for may be somebody else's.
        let mut children = lock(&CHILDREN);
        if self.ended.is_none()
            && let Ok(Some(status)) = self.child.try_wait()
        {
            children.running.remove(&self.child.id());
            drop(children);
            self.ended = Some(match status.code() {
                Some(code) => Ended::Code(code),
                None => Ended::Signal(status.signal().unwrap_or_default()),
            });
            wait_for(LAST_WORDS_MAX, || self.readers.iter().all(JoinHandle::is_finished).then_some(()));
        }
        self.ended
    }

    /// Waits for its end, `within` at most.
    pub fn wait(&mut self, within: Duration) -> Option<Ended> {
        wait_for(within, || self.ended())
    }

    /// Tells it something. One that ended does not listen, and that is no error.
    pub fn signal(&mut self, told: Signal) {
        // The number of one that ended and was waited for may be somebody else's.
        if self.ended().is_none() {
            tell(self.pid(), told.number());
        }
    }

    /// Stops it, and returns once every thread of it stands still: what it writes to files is as it will be until it goes on.
    /// False when it ended, or did not stop `within`.
    pub fn stand_still(&mut self, within: Duration) -> bool {
        self.signal(Signal::Stop);
        wait_for(within, || (self.ended.is_some() || self.has_stopped()).then(|| self.ended.is_none())).unwrap_or(false)
    }

    fn has_stopped(&mut self) -> bool {
        let mut children = lock(&CHILDREN);
        let Ok(pid) = i32::try_from(self.child.id()) else { return false };
        let looks = WaitPidFlag::WUNTRACED | WaitPidFlag::WNOHANG;
        let ended = match waitpid(Pid::from_raw(pid), Some(looks)) {
            Ok(WaitStatus::Stopped(..)) => return true,
            // Nobody else can wait for it any more.
            Ok(WaitStatus::Exited(_, code)) => Ended::Code(code),
            Ok(WaitStatus::Signaled(_, told, _)) => Ended::Signal(told as i32),
            _ => return false,
        };
        children.running.remove(&self.child.id());
        self.ended = Some(ended);
        false
    }

    /// Kill -9, and waits until it is gone.
    pub fn kill(&mut self) {
        if self.ended().is_none() {
            self.child.kill().ok();
            self.wait(DEATH_MAX);
        }
    }

    /// Asks it to end, and kills it if it has not `within`. How it ended.
    pub fn end(&mut self, within: Duration) -> Option<Ended> {
        self.signal(Signal::Continue);
        self.signal(Signal::Terminate);
        let ended = self.wait(within);
        self.kill();
        ended
    }

    /// The newest lines of both outputs, oldest first.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        lock(&self.said).iter().cloned().collect()
    }

    /// The last `lines` of them as one text.
    #[must_use]
    pub fn last_words(&self, lines: usize) -> String {
        let said = self.said();
        said[said.len().saturating_sub(lines)..].join("\n")
    }

    /// Waits until a line holds `needle`, and gives it; `None` when the process ended first, or the time is up.
    pub fn wait_for_line(&mut self, needle: &str, within: Duration) -> Option<String> {
        let find = |said: &Mutex<VecDeque<String>>| lock(said).iter().rev().find(|line| line.contains(needle)).cloned();
        let found = wait_for(within, || {
            find(&self.said).map(Some).or_else(|| self.ended().is_some().then(|| find(&self.said)))
        });
        found.flatten()
    }

    /// Forgets what was said, so that a line is waited for that is yet to come.
    pub fn forget_lines(&self) {
        lock(&self.said).clear();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.pid())
    }
}

fn spawn(command: &mut Command, program: &str) -> Result<Child, Error> {
    let mut children = lock(&CHILDREN);
    if children.is_over {
        return Err(Error::Missing(format!("{program} is not started: everything ends")));
    }
    let child = command.spawn().map_err(|error| Error::Missing(format!("{program} cannot be started: {error}")))?;
    children.running.insert(child.id(), signal::SIGKILL);
    Ok(child)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep_lines(output: impl Read, said: &Mutex<VecDeque<String>>) {
    let mut lines = BufReader::new(output);
    let mut line = Vec::new();
    while let Ok(1..) = lines.read_until(b'\n', &mut line) {
        let text: String = String::from_utf8_lossy(&line).trim_end().chars().take(LINE_CHARS_MAX).collect();
        line.clear();
        let mut said = lock(said);
        if said.len() == LINES_MAX {
            said.pop_front();
        }
        said.push_back(text);
    }
}
