//! Outbound webhooks: an address of a customer's that is told of events, signed after Standard Webhooks.

use std::{collections::BTreeSet, fmt, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    WebhookId,
    endpoint::{self, UrlPolicy},
    job::JobStatus,
    request::FieldError,
};

/// Webhooks of a tenant.
pub const WEBHOOKS_MAX: u32 = 50;
pub const DESCRIPTION_CHARS_MAX: usize = 200;
/// The longest that an old secret signs beside a new one, in seconds.
pub const OVERLAP_S_MAX: u64 = 7 * 24 * 3_600;
/// How long an old secret signs beside a new one unless said otherwise, in seconds.
pub const OVERLAP_S_DEFAULT: u64 = 24 * 3_600;
/// Secrets that sign at once: one more rotation within the overlap drops the oldest.
pub const SECRETS_MAX: usize = 5;

/// What the secrets of a webhook begin with (Standard Webhooks).
pub const SECRET_PREFIX: &str = "whsec_";

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// What a webhook may be told of; the `type` of its messages.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(poem_openapi::Enum))]
        pub enum WebhookEvent {
            $($(#[$doc])* #[serde(rename = $word)] #[cfg_attr(feature = "openapi", oai(rename = $word))] $variant),+
        }

        impl WebhookEvent {
            /// Every event, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used on the wire and in columns.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The event that `word` spells.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

events!(
    JobCompleted = "job.completed",
    JobFailed = "job.failed",
    JobCancelled = "job.cancelled",
    /// A person is asked; `GET /v1/status/{job_id}` says what.
    JobWaitingApproval = "job.waiting_approval",
    JobPaused = "job.paused",
    /// Also when a standing alert got more severe, or came back from a snooze.
    AlertRaised = "alert.raised",
    AlertAcknowledged = "alert.acknowledged",
    AlertResolved = "alert.resolved",
    /// Asked for by a person, to see whether messages arrive. Goes past the filter.
    Ping = "ping",
);

impl WebhookEvent {
    /// What is told of a job that enters `status`.
    #[must_use]
    pub const fn of_job(status: JobStatus) -> Option<Self> {
        match status {
            JobStatus::Queued | JobStatus::Running => None,
            JobStatus::WaitingApproval => Some(Self::JobWaitingApproval),
            JobStatus::Paused => Some(Self::JobPaused),
            JobStatus::Completed => Some(Self::JobCompleted),
            JobStatus::Failed => Some(Self::JobFailed),
            JobStatus::Cancelled => Some(Self::JobCancelled),
        }
    }
}

impl fmt::Display for WebhookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A text that nobody may read again: `Debug` hides it. It is written to rows and read from requests; no view has one,
/// but the answer that gives a new secret out once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::NewType))]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What may be shown of it, to tell one from another; less when the whole is short.
    #[must_use]
    pub fn last4(&self) -> String {
        let count = self.0.chars().count();
        self.0.chars().skip(count - (count / 4).min(4)).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A webhook to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields)]
pub struct WebhookRequest {
    /// `https://...`, reachable from the internet.
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 2048)))]
    pub url: String,
    /// What it is told of; all but `ping` when left out or empty.
    #[cfg_attr(feature = "openapi", oai(default, validator(max_items = 9)))]
    #[serde(default)]
    pub events: Vec<WebhookEvent>,
    /// For people.
    #[cfg_attr(feature = "openapi", oai(validator(max_length = 200)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl WebhookRequest {
    /// Checks the address against `policy`, and the rest.
    ///
    /// # Errors
    /// Every wrong value at once.
    pub fn check(&self, policy: &UrlPolicy) -> Result<(), Vec<FieldError>> {
        let patch = WebhookPatch {
            url: Some(self.url.clone()),
            events: Some(self.events.clone()),
            description: self.description.clone(),
            enabled: None,
        };
        patch.check(policy)
    }
}

/// What of a webhook changes; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields, default)]
pub struct WebhookPatch {
    #[cfg_attr(feature = "openapi", oai(validator(min_length = 1, max_length = 2048)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[cfg_attr(feature = "openapi", oai(validator(max_items = 9)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<WebhookEvent>>,
    #[cfg_attr(feature = "openapi", oai(validator(max_length = 200)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A disabled one is told nothing. One that answered 410 Gone was disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

impl WebhookPatch {
    /// Checks the address against `policy`, and the rest.
    ///
    /// # Errors
    /// Every wrong value at once.
    pub fn check(&self, policy: &UrlPolicy) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        if let Some(Err(refused)) = self.url.as_deref().map(|url| endpoint::check_url(url, policy)) {
            errors.push(FieldError::new("/url", refused.to_string()));
        }
        let is_twice = |events: &Vec<WebhookEvent>| events.iter().collect::<BTreeSet<_>>().len() < events.len();
        if self.events.as_ref().is_some_and(is_twice) {
            errors.push(FieldError::new("/events", "names an event twice; name each once"));
        }
        let too_long = |text: &str| text.contains('\0') || text.chars().count() > DESCRIPTION_CHARS_MAX;
        if self.description.as_deref().is_some_and(too_long) {
            let detail = format!("is longer than {DESCRIPTION_CHARS_MAX} characters, or holds a NUL");
            errors.push(FieldError::new("/description", detail));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Asks for a new secret.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(deny_unknown_fields, skip_serializing_if_is_none))]
#[serde(deny_unknown_fields, default)]
pub struct RotateRequest {
    /// How long, in seconds, the old secret signs beside the new one. Default a day, at most a week; 0 for not at all.
    #[cfg_attr(feature = "openapi", oai(validator(maximum(value = "604800"))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap_s: Option<u64>,
}

impl RotateRequest {
    /// The overlap, within its bounds.
    #[must_use]
    pub fn overlap(&self) -> Duration {
        Duration::from_secs(self.overlap_s.unwrap_or(OVERLAP_S_DEFAULT).min(OVERLAP_S_MAX))
    }
}

/// A webhook as people read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(poem_openapi::Object))]
#[cfg_attr(feature = "openapi", oai(skip_serializing_if_is_none))]
pub struct Webhook {
    pub id: WebhookId,
    pub url: String,
    /// Empty: all but `ping`.
    pub events: Vec<WebhookEvent>,
    pub description: String,
    pub enabled: bool,
    /// The newest secret's last characters.
    pub secret_last4: String,
    /// Until when an older secret signs, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_until: Option<DateTime<Utc>>,
    /// Failed attempts since the last success.
    pub failures: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_spelled_alike_everywhere() {
        for event in WebhookEvent::ALL {
            assert_eq!(serde_json::to_value(event).expect("it is JSON"), event.word());
            assert_eq!(WebhookEvent::from_word(event.word()), Some(*event));
        }
        for status in JobStatus::ALL {
            if let Some(event) = WebhookEvent::of_job(*status) {
                assert_eq!(event.word(), format!("job.{status}"), "the store spells it so");
            }
        }
    }

    #[test]
    fn every_wrong_value_of_a_webhook_is_named() {
        let request = WebhookRequest {
            url: "https://127.1/".to_owned(),
            events: vec![WebhookEvent::Ping, WebhookEvent::JobFailed, WebhookEvent::Ping],
            description: Some("x".repeat(DESCRIPTION_CHARS_MAX + 1)),
        };
        let errors = request.check(&UrlPolicy::default()).expect_err("it is refused");
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/url", "/events", "/description"]);
    }

    #[test]
    fn a_secret_is_not_told() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        assert_eq!((format!("{secret:?}").as_str(), secret.last4().as_str()), ("***", "LaSw"));
        assert_eq!(Secret::new("abcd".to_owned()).last4(), "d");
        assert_eq!(Secret::new(String::new()).last4(), "");
    }
}
