use serde::Deserialize;

use crate::workflows::{probe, travel};

/// How a worker works.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Jobs that one process runs at once.
    pub slots: usize,
    /// How long a claim holds without renewal. A dead worker's jobs go on after it.
    pub lease_ms: u64,
    /// How often claims are renewed.
    pub renew_ms: u64,
    /// How often rows are swept that nobody works on.
    pub sweep_ms: u64,
    /// How long running nodes may take to reach their next checkpoint when the process is asked to stop.
    pub drain_ms: u64,
    /// How long a person has to decide before the job fails with `approval_expired`.
    pub gate_expiry_ms: u64,
    pub travel: travel::Config,
    pub probe: probe::Config,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            slots: 64,
            lease_ms: 10_000,
            renew_ms: 3_000,
            sweep_ms: 1_000,
            drain_ms: 25_000,
            gate_expiry_ms: 72 * 3_600_000,
            travel: travel::Config::default(),
            probe: probe::Config::default(),
        }
    }
}

impl Config {
    /// What contradicts itself, in sentences.
    #[must_use]
    pub fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.lease_ms < self.renew_ms.saturating_mul(3) {
            found.push(format!(
                "worker.lease_ms ({}) is shorter than three renewals of worker.renew_ms ({}): one late renewal would lose every job",
                self.lease_ms, self.renew_ms
            ));
        }
        if self.slots == 0 || self.slots > 10_000 {
            found.push(format!("worker.slots ({}) is not from 1 to 10000", self.slots));
        }
        for (name, value) in
            [("renew_ms", self.renew_ms), ("sweep_ms", self.sweep_ms), ("gate_expiry_ms", self.gate_expiry_ms)]
        {
            if value == 0 {
                found.push(format!("worker.{name} is 0"));
            }
        }
        found
    }
}
