use serde::Deserialize;

/// How watches look.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How often a worker asks for watches that are due.
    pub poll_ms: u64,
    /// Watches that one process looks after at once.
    pub concurrency: usize,
    /// How long a look is one worker's. After it, another one looks.
    pub lease_ms: u64,
    /// How long a look may take, from asking to the answer.
    pub timeout_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { poll_ms: 500, concurrency: 8, lease_ms: 60_000, timeout_ms: 20_000 }
    }
}

impl Config {
    /// What contradicts itself, in sentences.
    #[must_use]
    pub fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.lease_ms < self.timeout_ms.saturating_mul(2) {
            found.push(format!(
                "worker.watching.lease_ms ({}) is shorter than two looks of worker.watching.timeout_ms ({}): two would look at once",
                self.lease_ms, self.timeout_ms
            ));
        }
        for (name, value) in [("poll_ms", self.poll_ms), ("timeout_ms", self.timeout_ms)] {
            if value == 0 {
                found.push(format!("worker.watching.{name} is 0"));
            }
        }
        if self.concurrency == 0 || self.concurrency > 1_000 {
            found.push(format!("worker.watching.concurrency ({}) is not from 1 to 1000", self.concurrency));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_do_not_contradict_themselves_and_every_contradiction_is_named() {
        assert_eq!(Config::default().contradictions(), Vec::<String>::new());
        let wrong = Config { poll_ms: 0, concurrency: 0, lease_ms: 1, timeout_ms: 1 };
        assert_eq!(wrong.contradictions().len(), 3);
    }
}
