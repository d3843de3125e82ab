//! What can be asked for.

use std::{path::PathBuf, time::Duration};

use serde::{Serialize, Serializer};

/// An enum of words, each with what it means.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal, $meaning:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $(#[doc = $meaning] $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }

            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word() == word)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    };
}

words!(
    /// A way to do harm.
    Nemesis {
        Kill = "kill", "kill -9 of workers, API replicas and the scheduler";
        Pause = "pause", "workers stand still for longer than their lease, and go on";
        Redis = "redis", "Redis is killed and comes back empty, or is flushed";
        Postgres = "postgres", "Postgres crashes and recovers";
        Proxy = "proxy", "connections to Postgres and Redis are slow, cut, reset or swallowed";
        Roll = "roll", "processes are replaced: a successor starts, the predecessor is asked to end";
    }
);

words!(
    /// A mechanism that is switched off, so that the oracle must fail.
    Control {
        Fence = "fence", "a worker that lost its claim may write, and a ring takes a job from who has it";
        Sweep = "sweep", "nobody looks for rows whose ring was lost or whose worker died";
        Journal = "journal", "a claimed job begins anew, whatever its journal says";
        Seq = "seq", "events are numbered by one counter of the whole house";
        Clock = "clock", "every process takes the time from its own clock";
        Version = "version", "workers claim jobs of versions that they do not read";
        Liveness = "liveness", "a worker says that it takes jobs as long as its process lives";
    }
);

/// One run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The binary whose processes are started.
    pub binary: PathBuf,
    /// The named points at which its processes die where they are told to.
    pub crash_points: &'static [&'static str],
    pub seed: u64,
    /// How long the load lasts, for what lasts as long as one likes.
    pub duration: Duration,
    pub nemeses: Vec<Nemesis>,
    pub control: Option<Control>,
}
