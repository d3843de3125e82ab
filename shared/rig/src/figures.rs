//! What a process takes of the machine, out of /proc.

use std::fs;

/// Memory and files of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Resident memory.
    pub rss_bytes: u64,
    /// The most that it ever was.
    pub rss_max_bytes: u64,
    /// Open file descriptors.
    pub fds: usize,
    pub threads: u64,
}

impl Figures {
    /// Those of the process `pid`; `None` when it is gone, or this system has no /proc.
    #[must_use]
    pub fn of(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let fds = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        // The kernel writes them in kB.
        Some(Self {
            rss_bytes: number("VmRSS:")? * 1024,
            rss_max_bytes: number("VmHWM:")? * 1024,
            fds,
            threads: number("Threads:")?,
        })
    }
}
