//! What the machine gives, and what others take of it.

use std::{collections::HashMap, fs, io, time::Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::{Error, figures::rounded};

/// Files that this process and a server have open beside their streams.
const FILES_BESIDE: u64 = 200;
/// The kernel counts CPU time in hundredths of a second wherever this runs.
const TICKS_PER_SECOND: f64 = 100.0;

/// Lets this process, and what it starts, open as many files as it may. How many streams that allows.
///
/// # Errors
/// When the system does not say.
pub(crate) fn raise_file_limit() -> Result<u64, Error> {
    let refused = |error: nix::Error| Error::machine("the limit of open files cannot be read")(io::Error::from(error));
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).map_err(refused)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most).map_err(refused)?;
    Ok(most.saturating_sub(FILES_BESIDE))
}

/// How much CPU time others than this process and its descendants have used since it was made.
pub(crate) struct Others {
    since: Instant,
    busy: f64,
    ours: f64,
}

impl Others {
    pub(crate) fn watch() -> Self {
        Self { since: Instant::now(), busy: busy_seconds(), ours: our_seconds() }
    }

    /// In cores.
    pub(crate) fn cores(&self) -> f64 {
        let others = (busy_seconds() - self.busy) - (our_seconds() - self.ours);
        rounded((others / self.since.elapsed().as_secs_f64()).max(0.0))
    }
}

/// Of the whole machine; 0 where there is no /proc.
fn busy_seconds() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let ticks: Vec<f64> = first.split_whitespace().skip(1).take(8).filter_map(|ticks| ticks.parse().ok()).collect();
    // The fourth and the fifth are idle.
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    (ticks.iter().sum::<f64>() - idle) / TICKS_PER_SECOND
}

/// Of this process, of its living descendants, and of those that ended and were waited for.
fn our_seconds() -> f64 {
    let mut processes: HashMap<u32, (u32, f64)> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(found) = fs::read_to_string(entry.path().join("stat")).ok().as_deref().and_then(stat) {
            processes.insert(pid, found);
        }
    }
    let own = std::process::id();
    let is_ours = |pid: u32| {
        // No chain of parents is longer than there are processes.
        let parents = std::iter::successors(Some(pid), |pid| processes.get(pid).map(|(parent, _)| *parent));
        parents.take(processes.len() + 1).any(|pid| pid == own)
    };
    processes.iter().filter(|(pid, _)| is_ours(**pid)).map(|(_, (_, seconds))| seconds).sum()
}

/// The parent of a process, and its CPU time with that of its children that are gone.
fn stat(text: &str) -> Option<(u32, f64)> {
    // The name, in brackets, may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let parent = fields.get(1)?.parse().ok()?;
    let ticks: f64 = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    Some((parent, ticks / TICKS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_proc_is_read_whatever_the_process_is_called() {
        let line = "42 (a) b (c)) S 7 42 42 0 -1 4194560 1 0 0 0 100 50 25 25 20 0 1 0 1 1 1";
        assert_eq!(stat(line), Some((7, 2.0)));
    }

    #[test]
    fn what_this_process_uses_is_not_others() {
        let before = our_seconds();
        let until = Instant::now() + std::time::Duration::from_millis(60);
        while Instant::now() < until {}
        assert!(our_seconds() > before);
    }
}
