//! What ran, whether or not it was committed.
//!
//! The journal cannot say how often a step ran: a run that was not committed, or was refused, has left nothing in it. So a
//! proof that no committed step runs again needs a record that no fence guards.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    time::SystemTime,
};

use domain::{Fence, JobId};

/// A file that several processes append to.
#[derive(Debug)]
pub(crate) struct Ledger(File);

impl Ledger {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(OpenOptions::new().create(true).append(true).open(path)?))
    }

    /// Appends `job step fence pid microseconds`. One short write, so that lines of several processes do not mix.
    pub(crate) fn note(&self, job: JobId, step: u32, fence: Fence) -> io::Result<()> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(io::Error::other)?;
        let line = format!("{job} {step} {} {} {}\n", fence.0, std::process::id(), now.as_micros());
        (&self.0).write_all(line.as_bytes())
    }
}
