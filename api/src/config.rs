//! What an operator can set.

use std::{collections::HashSet, time::Duration};

use serde::Deserialize;

use crate::Error;

/// The settings of the HTTP API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Origins whose pages may call the API from a browser, such as `https://console.example.com`. None by default.
    pub cors_origins: Vec<String>,
    /// Who may call. Read with [`crate::Access::Keys`] only.
    pub keys: Vec<KeyConfig>,
    /// The largest request body, in bytes.
    pub body_bytes_max: usize,
    /// How long a client may take to send its body.
    pub body_timeout_ms: u64,
    /// How long a client may take from connecting to the end of the head of its first request.
    pub head_timeout_ms: u64,
    /// How long a connection is kept between two requests. Longer than the load balancer keeps its own.
    pub idle_timeout_ms: u64,
    /// Connections at a time. More wait in the kernel's queue.
    pub connections_max: usize,
    /// Event streams and long polls at a time. One more stream is answered with 503.
    pub sse_clients_max: usize,
    /// Silence on a stream after which a comment is sent and the rows are read once more.
    pub sse_heartbeat_ms: u64,
    /// How long one stream lives before its client has to connect, and to be authorised, again.
    pub sse_lifetime_ms: u64,
    /// How long the client of a stream may take nothing of what is there for it, before it is cut off; it comes back where it
    /// was.
    pub sse_stall_ms: u64,
    /// The least time between two ticks of a schedule, in seconds. Schedules that are there already are not asked again.
    pub schedule_interval_s_min: u64,
    /// What requests in flight get to finish after the shutdown began.
    pub shutdown_grace_ms: u64,
}

/// One API key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// What decisions and logs call its holder, such as `console`.
    pub name: String,
    /// Whose data it opens.
    pub tenant: String,
    /// The SHA-256 of the key in hexadecimal: `printf %s "$KEY" | sha256sum`. The key itself is never stored.
    pub sha256: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cors_origins: Vec::new(),
            keys: Vec::new(),
            body_bytes_max: 1024 * 1024,
            body_timeout_ms: 30_000,
            head_timeout_ms: 10_000,
            idle_timeout_ms: 75_000,
            connections_max: 30_000,
            sse_clients_max: 20_000,
            sse_heartbeat_ms: 15_000,
            sse_lifetime_ms: 4 * 3600 * 1000,
            sse_stall_ms: 60_000,
            schedule_interval_s_min: 60,
            shutdown_grace_ms: 25_000,
        }
    }
}

impl Config {
    pub(crate) fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.sse_heartbeat_ms)
    }

    pub(crate) fn schedule_interval_min(&self) -> chrono::Duration {
        chrono::Duration::seconds(i64::try_from(self.schedule_interval_s_min).unwrap_or(i64::MAX / 1000))
    }

    /// Refuses what can only be a mistake.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for origin in &self.cors_origins {
            if !is_origin(origin) {
                return Err(Error::Config(format!(
                    "cors_origins: \"{origin}\" is not an origin such as https://console.example.com"
                )));
            }
        }
        let positive = [
            ("body_bytes_max", self.body_bytes_max as u64),
            ("body_timeout_ms", self.body_timeout_ms),
            ("head_timeout_ms", self.head_timeout_ms),
            ("idle_timeout_ms", self.idle_timeout_ms),
            ("connections_max", self.connections_max as u64),
            ("sse_heartbeat_ms", self.sse_heartbeat_ms),
            ("sse_lifetime_ms", self.sse_lifetime_ms),
            ("sse_stall_ms", self.sse_stall_ms),
            ("schedule_interval_s_min", self.schedule_interval_s_min),
        ];
        match positive.iter().find(|(_, value)| *value == 0) {
            Some((name, _)) => Err(Error::Config(format!("{name} is 0"))),
            None => self.check_keys(),
        }
    }

    fn check_keys(&self) -> Result<(), Error> {
        let mut names = HashSet::new();
        for key in &self.keys {
            if !is_word(&key.name) || !is_word(&key.tenant) {
                return Err(Error::Config(format!(
                    "keys: the name and the tenant of \"{}\" are 1 to 64 letters, digits, '_', '-' or '.'",
                    key.name
                )));
            }
            if !names.insert(&key.name) {
                return Err(Error::Config(format!("keys: \"{}\" is there twice", key.name)));
            }
            if parse_sha256(&key.sha256).is_none() {
                return Err(Error::Config(format!("keys: sha256 of \"{}\" is not 64 hexadecimal digits", key.name)));
            }
        }
        Ok(())
    }
}

/// The 32 bytes that `text` spells.
pub(crate) fn parse_sha256(text: &str) -> Option<[u8; 32]> {
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(0)? * 16 + digit(1)?;
    }
    Some(bytes)
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

fn is_origin(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    !host.is_empty() && host.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:[]".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_settings_are_refused() {
        assert!(serde_json::from_str::<Config>(r#"{"cors_origin": []}"#).is_err());
    }

    #[test]
    fn only_whole_origins_are_origins() {
        for origin in ["*", "null", "console.example.com", "https://a.example/", "https://*.example", "https://"] {
            assert!(!is_origin(origin), "{origin}");
        }
        assert!(is_origin("https://console.example.com") && is_origin("http://localhost:7070"));
    }

    #[test]
    fn a_hash_is_64_digits() {
        assert_eq!(parse_sha256(&"0f".repeat(32)), Some([15; 32]));
        assert!(parse_sha256("0f").is_none() && parse_sha256(&"0g".repeat(32)).is_none());
    }
}
