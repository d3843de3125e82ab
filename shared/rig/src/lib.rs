//! Starts private servers and processes for proofs and ends them. It knows none of our crates: the binary that it starts is
//! a path, its settings are variables.
//!
//! Everything listens on 127.0.0.1 only, on ports that were free, and keeps what it writes in a temporary folder. What was
//! started ends when its value is dropped: whoever catches Ctrl-C and drops, leaves nothing behind. Every child is in a
//! process group of its own, so that the terminal's Ctrl-C reaches only its parent, which then ends it in order. The calls
//! block, each within a bound; in an asynchronous program they belong into `block_in_place`.
//!
//! Start reading at [`Postgres`], [`Redis`] and [`Program`]; all three are made of a [`Process`].

mod figures;
mod http;
mod memory;
mod places;
mod postgres;
mod process;
mod program;

use std::{
    io,
    thread::sleep,
    time::{Duration, Instant},
};

pub use figures::Figures;
pub use http::wait_until_ready;
pub use memory::Redis;
pub use places::free_port;
pub use postgres::{Durability, Postgres};
pub use process::{Ended, Process, Signal, kill_all};
pub use program::Program;

/// Between two looks at something that is about to happen.
const LOOK: Duration = Duration::from_millis(5);

/// Why a server or a process could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program is not installed, or not where it is expected.
    #[error("{0}")]
    Missing(String),
    /// The operating system refused.
    #[error("{what}")]
    Refused {
        what: String,
        #[source]
        cause: io::Error,
    },
    /// It ended, or was not ready, before its time was up. With the last lines that it said.
    #[error("{name} was not ready within {within_s} s; it said:\n{said}")]
    NotReady { name: String, within_s: u64, said: String },
    /// It answered, but not what was expected.
    #[error("{0}")]
    Answer(String),
}

impl Error {
    fn refused(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |cause| Self::Refused { what, cause }
    }
}

/// Looks until `look` sees something, `within` at most.
fn wait_for<T>(within: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(seen) = look() {
            return Some(seen);
        }
        if Instant::now() >= deadline {
            return None;
        }
        sleep(LOOK);
    }
}
