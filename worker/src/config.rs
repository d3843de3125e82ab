use domain::gate::OnTimeout;
use serde::Deserialize;

use crate::{
    watching,
    workflows::{probe, travel},
};

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
    /// A due job whose workflow version no live worker reads is paused after this long.
    pub unread_ms: u64,
    /// How long running nodes may take to reach their next checkpoint when the process is asked to stop.
    pub drain_ms: u64,
    /// How long a person has to decide, where the request does not say.
    pub gate_expiry_ms: u64,
    /// What happens when nobody has decided by then, where the request does not say: `reject` fails the job with
    /// `approval_expired`, `wait` leaves it waiting. That something approves itself, each request must ask for.
    pub gate_on_timeout: OnTimeout,
    /// A person is reminded of a gate that has been open for so long; at the latest half-way to its end.
    pub gate_remind_after_ms: u64,
    /// And warned so long before its end; at the earliest in its last quarter.
    pub gate_remind_before_ms: u64,
    pub travel: travel::Config,
    pub watching: watching::Config,
    pub probe: probe::Config,
    /// A control: nobody looks for rows whose ring was lost or whose worker died. No operator can set it.
    #[serde(skip)]
    pub unswept: bool,
    /// A control: a claimed job begins anew, whatever its journal says. No operator can set it.
    #[serde(skip)]
    pub unjournaled: bool,
    /// A control: jobs are claimed whose version is not read here. No operator can set it.
    #[serde(skip)]
    pub unversioned: bool,
    /// A control: a worker says that it takes jobs as long as its process lives. No operator can set it.
    #[serde(skip)]
    pub unwatched: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            slots: 64,
            lease_ms: 10_000,
            renew_ms: 3_000,
            sweep_ms: 1_000,
            unread_ms: 300_000,
            drain_ms: 25_000,
            gate_expiry_ms: 72 * 3_600_000,
            gate_on_timeout: OnTimeout::Reject,
            gate_remind_after_ms: 4 * 3_600_000,
            gate_remind_before_ms: 6 * 3_600_000,
            travel: travel::Config::default(),
            watching: watching::Config::default(),
            probe: probe::Config::default(),
            unswept: false,
            unjournaled: false,
            unversioned: false,
            unwatched: false,
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
        if !probe::VERSIONS.contains(&self.probe.version) {
            found.push(format!("worker.probe.version ({}) is neither 1 nor 2", self.probe.version));
        }
        found.extend(self.watching.contradictions());
        for (name, value) in
            [("renew_ms", self.renew_ms), ("sweep_ms", self.sweep_ms), ("gate_expiry_ms", self.gate_expiry_ms)]
        {
            if value == 0 {
                found.push(format!("worker.{name} is 0"));
            }
        }
        if self.gate_on_timeout == OnTimeout::Approve {
            found.push(
                "worker.gate_on_timeout is approve: nothing approves itself unless its own request asks for that; \
                 set on_timeout there"
                    .to_owned(),
            );
        }
        found
    }
}
