//! What does not go together, in a sentence each.

use std::net::SocketAddr;

use super::{Settings, refusal};

/// What the process is about to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Everything in one process: `dev`, and the stack inside `plan`. None for a stack that nobody else is told of.
    Embedded {
        listen: Option<SocketAddr>,
    },
    /// One of many HTTP servers.
    Api {
        listen: SocketAddr,
        open: bool,
    },
    Worker,
    Scheduler,
}

impl Role {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Embedded { .. } => "dev",
            Self::Api { .. } => "api",
            Self::Worker => "worker",
            Self::Scheduler => "scheduler",
        }
    }
}

impl Settings {
    /// Refuses a configuration that cannot work or must not, for every reason at once.
    pub(crate) fn check(&self, role: Role) -> anyhow::Result<()> {
        let found = self.contradictions(role);
        if found.is_empty() {
            return Ok(());
        }
        Err(refusal(&format!("`portolan {}` does not start with this configuration", role.name()), &found))
    }

    fn contradictions(&self, role: Role) -> Vec<String> {
        let mut found = self.worker.contradictions();
        found.extend(self.notify.contradictions());
        if !(self.store.time_scale.is_finite() && self.store.time_scale > 0.0) {
            found.push(format!("store.time_scale ({}) is not above 0: time must go forward", self.store.time_scale));
        }
        if self.store.connections_max == 0 {
            found.push("store.connections_max is 0: nothing can be asked of the database".to_owned());
        }
        match role {
            Role::Embedded { listen } => {
                if let Some(listen) = listen.filter(|listen| !listen.ip().is_loopback()) {
                    found.push(format!(
                        "dev would listen on {listen}, and whoever reaches it could plan, read and cancel without a key: it \
                         stays on 127.0.0.1 or [::1]; for other machines use `portolan api`, which asks for keys"
                    ));
                }
            }
            Role::Api { listen, open } => {
                self.distributed(role, &mut found);
                self.access(listen, open, &mut found);
            }
            Role::Worker | Role::Scheduler => self.distributed(role, &mut found),
        }
        found
    }

    /// Processes that share work must share rows, and hear of each other.
    fn distributed(&self, role: Role, found: &mut Vec<String>) {
        let name = role.name();
        if !self.store.url.starts_with("postgres:") && !self.store.url.starts_with("postgresql:") {
            found.push(format!(
                "store.url is not a Postgres database: a SQLite file has one writing process, so `{name}` beside others would \
                 corrupt nothing but wait for ever; set DATABASE_URL=postgres://..., or use `portolan dev`, which does \
                 everything in one process"
            ));
        }
        if self.broker.redis_url.is_none() {
            found.push(format!(
                "broker.redis_url is not set: without Redis `{name}` would not hear of the other processes, so jobs would start \
                 late and streams would stand still; set REDIS_URL=redis://..., or use `portolan dev`"
            ));
        }
    }

    /// Whoever can reach the port can plan, read and cancel.
    fn access(&self, listen: SocketAddr, open: bool, found: &mut Vec<String>) {
        let loopback = listen.ip().is_loopback();
        if open && !loopback {
            found.push(format!(
                "--insecure-open would let everybody who reaches {listen} plan, read and cancel without a key: it is for \
                 trials on 127.0.0.1 or [::1]"
            ));
        }
        if self.api.keys.is_empty() && !open {
            let hint = "make one with `portolan key --name NAME` and put it into api.keys";
            found.push(if loopback {
                format!("api.keys is empty, so nobody could use the API: {hint} (or, for a trial, add --insecure-open)")
            } else {
                format!(
                    "api.keys is empty and {listen} can be reached from other machines, so anybody there could plan, read and \
                     cancel: {hint}, or listen on 127.0.0.1"
                )
            });
        }
        if open && !self.api.keys.is_empty() {
            found
                .push("--insecure-open stands beside api.keys: either everybody may, or only who has a key".to_owned());
        }
    }
}
