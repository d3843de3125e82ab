//! The places of a cluster's processes, and where they are found.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
};

use rig::Process;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Api,
    Worker,
    Scheduler,
    /// All three in one process, over a SQLite file: the embedded wiring.
    Dev,
}

impl Role {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Worker => "worker",
            Self::Scheduler => "scheduler",
            Self::Dev => "dev",
        }
    }

    /// Whether it takes clients' requests.
    pub(crate) const fn serves(self) -> bool {
        matches!(self, Self::Api | Self::Dev)
    }
}

/// Where a process dies as if by kill -9: at a pass of a named point, `name:n`, maybe by one job only.
#[derive(Debug, Clone)]
pub(crate) struct Crash {
    pub(crate) point: String,
    pub(crate) job: Option<String>,
}

/// Where the servers are for one process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) redis: u16,
    pub(crate) postgres: u16,
}

/// A place for one process.
pub(crate) struct Slot {
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) process: Option<Process>,
    /// What it reaches the servers through; the embedded wiring has none.
    pub(crate) ports: Option<Ports>,
    /// Where it takes requests, or says how it is.
    pub(crate) address: Option<SocketAddr>,
    /// Seconds by which its clock is off.
    pub(crate) skew_s: i64,
    /// What its process is set to beside what all are.
    pub(crate) settings: BTreeMap<&'static str, String>,
    /// Where its process dies.
    pub(crate) crash: Option<Crash>,
    /// Whether a process belongs here now.
    pub(crate) is_wanted: bool,
}

/// The addresses of the API replicas that take requests, by slot: what a load balancer knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Addresses(Arc<RwLock<Vec<(usize, SocketAddr)>>>);

impl Addresses {
    /// One that stands for a replica.
    pub(crate) fn of(address: SocketAddr) -> Self {
        Self(Arc::new(RwLock::new(vec![(0, address)])))
    }

    /// Of the `pick`-th, counted around.
    pub(crate) fn pick(&self, pick: usize) -> Option<SocketAddr> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        (!known.is_empty()).then(|| known[pick % known.len()].1)
    }

    pub(crate) fn all(&self) -> Vec<SocketAddr> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().map(|(_, address)| *address).collect()
    }

    pub(crate) fn set(&self, slot: usize, address: SocketAddr) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(other, _)| *other != slot);
        known.push((slot, address));
    }
}
