//! How long a search may go on, and the three ways of ending it early.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Nodes between two looks at the clock and the flag: some 50 microseconds.
const POLL_NODES: u64 = 64;

/// Where a search ends at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Partial day plans and combinations that may be looked at. The real limit: it makes answers repeatable.
    /// A thousand take some 2 to 3 milliseconds.
    pub nodes_max: u64,
    /// A safety stop, for a machine that is much slower than expected.
    pub time_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { nodes_max: 100_000, time_max: Duration::from_millis(500) }
    }
}

/// Raised from another thread when nobody waits for the answer any more.
#[derive(Debug, Clone, Default)]
pub struct StopFlag(Arc<AtomicBool>);

/// The flag of a caller who raises it itself.
impl From<Arc<AtomicBool>> for StopFlag {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

impl StopFlag {
    /// Asks the search to end. It does so within a few hundred microseconds, with the best plan so far.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What ended a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// Nothing is left to look at: the answer is exact.
    Proven,
    Nodes,
    Clock,
    Stopped,
}

impl EndedBy {
    /// As plans spell it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Nodes => "nodes",
            Self::Clock => "clock",
            Self::Stopped => "stopped",
        }
    }
}

/// Counts nodes and says when to end.
pub(crate) struct Meter<'a> {
    limits: Limits,
    stop: &'a StopFlag,
    began: Instant,
    nodes: u64,
    nodes_aside: u64,
    /// Nodes at which the present phase ends, so that one phase cannot starve the next.
    phase_nodes_max: u64,
    ended: Option<EndedBy>,
    /// The first plan is made whatever the node limit says; only the flag and the clock end it.
    is_first_plan: bool,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(limits: Limits, stop: &'a StopFlag) -> Self {
        Self {
            limits,
            stop,
            began: Instant::now(),
            nodes: 0,
            nodes_aside: 0,
            phase_nodes_max: u64::MAX,
            ended: None,
            is_first_plan: true,
        }
    }

    /// From here on the node limit counts.
    pub(crate) fn first_plan_done(&mut self) {
        self.is_first_plan = false;
        self.poll();
    }

    /// Gives the next phase a share of all nodes, in percent.
    pub(crate) fn start_phase(&mut self, percent: u64) {
        self.phase_nodes_max = self.nodes.saturating_add(self.limits.nodes_max / 100 * percent);
    }

    pub(crate) fn phase_is_over(&self) -> bool {
        self.ended.is_some() || self.nodes >= self.phase_nodes_max
    }

    /// Work beside the nodes that took about as long as so many of them.
    pub(crate) fn add(&mut self, nodes: u64) {
        self.nodes += nodes;
        self.poll();
    }

    /// One node more. False when the search is over.
    pub(crate) fn tick(&mut self) -> bool {
        self.nodes += 1;
        if self.nodes.is_multiple_of(POLL_NODES) || self.nodes >= self.limits.nodes_max {
            self.poll();
        }
        self.ended.is_none()
    }

    fn poll(&mut self) {
        let ended = if self.stop.is_stopped() {
            Some(EndedBy::Stopped)
        } else if self.began.elapsed() >= self.limits.time_max {
            Some(EndedBy::Clock)
        } else if self.nodes >= self.limits.nodes_max && !self.is_first_plan {
            Some(EndedBy::Nodes)
        } else {
            None
        };
        self.ended = self.ended.or(ended);
    }

    /// A search beside this one, with the same clock and flag and nodes of its own.
    pub(crate) fn aside(&self, nodes_max: u64) -> Self {
        let limits = Limits { nodes_max, ..self.limits };
        Self { began: self.began, is_first_plan: false, ..Self::new(limits, self.stop) }
    }

    /// A little more, once the limits are reached: with nodes and a clock of its own.
    pub(crate) fn afterwards(&self, nodes_max: u64, time_max: Duration) -> Self {
        Self { is_first_plan: false, ..Self::new(Limits { nodes_max, time_max }, self.stop) }
    }

    /// Counts the nodes of a search beside this one, which are not held against the limit.
    pub(crate) fn add_aside(&mut self, aside: &Self) {
        self.nodes_aside += aside.nodes();
    }

    pub(crate) fn nodes_max(&self) -> u64 {
        self.limits.nodes_max
    }

    pub(crate) fn ended(&self) -> Option<EndedBy> {
        self.ended
    }

    pub(crate) fn nodes(&self) -> u64 {
        self.nodes + self.nodes_aside
    }
}
