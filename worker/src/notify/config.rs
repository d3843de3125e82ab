use std::time::Duration;

use domain::endpoint::{Allowed, PORTS_DEFAULT, UrlPolicy};
use secrecy::SecretString;
use serde::Deserialize;
use store::{Pace, Paces};

/// How messages are sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How often the outbox is looked at while nothing happens.
    pub poll_ms: u64,
    /// Messages that one process sends at once.
    pub concurrency: usize,
    /// How long a message is one worker's. After it, another one sends it again.
    pub lease_ms: u64,
    /// For the connection to a receiver.
    pub connect_timeout_ms: u64,
    /// For a whole attempt, from resolving the name to the end of the answer.
    pub timeout_ms: u64,
    /// Private addresses that webhooks may lead to all the same: `10.0.0.0/8`, `127.0.0.1:8080`, `fd00::/8`. Without a port,
    /// all ports.
    pub allow_private: Vec<Allowed>,
    /// Whether webhooks may be plain `http://`.
    pub allow_http: bool,
    /// Ports of public addresses that webhooks may lead to.
    pub ports: Vec<u16>,
    /// Messages that one webhook gets in a minute.
    pub webhook_per_minute: u32,
    /// Messages that one Slack channel gets in a minute; Slack asks for no more than one a second.
    pub slack_per_minute: u32,
    /// Events that one PagerDuty service gets in a minute.
    pub pagerduty_per_minute: u32,
    /// Mails that one mailbox gets in a minute.
    pub email_per_minute: u32,
    /// Where PagerDuty takes events; in Europe `https://events.eu.pagerduty.com/v2/enqueue`.
    pub pagerduty_url: String,
    /// The mail server. Without one, mails wait and end on the dead list.
    pub smtp: Option<SmtpConfig>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            poll_ms: 1_000,
            concurrency: 64,
            lease_ms: 60_000,
            connect_timeout_ms: 5_000,
            timeout_ms: 15_000,
            allow_private: Vec::new(),
            allow_http: false,
            ports: PORTS_DEFAULT.to_vec(),
            webhook_per_minute: 600,
            slack_per_minute: 60,
            pagerduty_per_minute: 120,
            email_per_minute: 30,
            pagerduty_url: "https://events.pagerduty.com/v2/enqueue".to_owned(),
            smtp: None,
        }
    }
}

/// The mail server that takes our mails.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    /// None: the server asks for no name.
    pub user: Option<String>,
    pub password: Option<SecretString>,
    /// Whom mails are from, such as `Portolan <portolan@example.com>`.
    pub from: String,
}

impl Default for SmtpConfig {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            tls: SmtpTls::default(),
            user: None,
            password: None,
            from: String::new(),
        }
    }
}

/// How the connection to the mail server is kept secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// It begins in the open and must go over to TLS before anything is said: usual on port 587.
    #[default]
    Starttls,
    /// TLS from the first byte: usual on port 465.
    Implicit,
    /// None; for a server on this machine.
    None,
}

impl Config {
    /// What may be connected to: for whoever takes addresses in, too.
    #[must_use]
    pub fn policy(&self) -> UrlPolicy {
        UrlPolicy { allow_private: self.allow_private.clone(), allow_http: self.allow_http, ports: self.ports.clone() }
    }

    /// What contradicts itself, in sentences.
    #[must_use]
    pub fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.lease_ms < self.timeout_ms.saturating_mul(2) {
            found.push(format!(
                "notify.lease_ms ({}) is shorter than two attempts of notify.timeout_ms ({}): messages would be sent twice",
                self.lease_ms, self.timeout_ms
            ));
        }
        let counts = [
            ("poll_ms", self.poll_ms),
            ("connect_timeout_ms", self.connect_timeout_ms),
            ("timeout_ms", self.timeout_ms),
            ("webhook_per_minute", u64::from(self.webhook_per_minute)),
            ("slack_per_minute", u64::from(self.slack_per_minute)),
            ("pagerduty_per_minute", u64::from(self.pagerduty_per_minute)),
            ("email_per_minute", u64::from(self.email_per_minute)),
        ];
        for (name, _) in counts.into_iter().filter(|(_, value)| *value == 0) {
            found.push(format!("notify.{name} is 0"));
        }
        if self.concurrency == 0 || self.concurrency > 1_000 {
            found.push(format!("notify.concurrency ({}) is not from 1 to 1000", self.concurrency));
        }
        if let Some(smtp) = &self.smtp {
            found.extend(smtp.contradictions());
        }
        found
    }

    pub(super) fn paces(&self) -> Paces {
        let pace =
            |per_minute: u32, in_flight: u32| Pace { interval: Duration::from_secs(60) / per_minute.max(1), in_flight };
        Paces {
            webhook: pace(self.webhook_per_minute, 2),
            email: pace(self.email_per_minute, 1),
            slack: pace(self.slack_per_minute, 1),
            pagerduty: pace(self.pagerduty_per_minute, 1),
        }
    }
}

impl SmtpConfig {
    fn contradictions(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.host.trim().is_empty() {
            found.push("notify.smtp has no host".to_owned());
        }
        if self.user.is_some() != self.password.is_some() {
            found.push("notify.smtp.user and notify.smtp.password go together: give both or none".to_owned());
        }
        let is_here = matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if self.tls == SmtpTls::None && self.password.is_some() && !is_here {
            found.push(
                "notify.smtp.tls is none, and the password would cross the network for everybody to read: use starttls"
                    .to_owned(),
            );
        }
        if self.from.parse::<lettre::message::Mailbox>().is_err() {
            found.push(format!("notify.smtp.from ({}) is no mailbox such as portolan@example.com", self.from));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_do_not_contradict_themselves() {
        assert_eq!(Config::default().contradictions(), Vec::<String>::new());
        assert_eq!(Config::default().paces().slack.interval, Duration::from_secs(1));
    }

    #[test]
    fn every_contradiction_is_named() {
        let smtp = SmtpConfig {
            host: "mail.example.com".into(),
            port: 25,
            tls: SmtpTls::None,
            user: None,
            password: Some("hunter2".to_owned().into()),
            from: "nobody".into(),
        };
        let config = Config { lease_ms: 1, concurrency: 0, poll_ms: 0, smtp: Some(smtp), ..Config::default() };
        assert_eq!(config.contradictions().len(), 6, "{:?}", config.contradictions());
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
