//! Keys that sign messages.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use domain::webhook::{SECRET_PREFIX, SECRETS_MAX, Secret};
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// Standard Webhooks asks for 24 to 64 bytes.
const SECRET_BYTES: usize = 32;

/// Mints a secret for Standard Webhooks.
pub(super) fn mint() -> Secret {
    let bytes: [u8; SECRET_BYTES] = rand::rng().random();
    Secret::new(format!("{SECRET_PREFIX}{}", STANDARD.encode(bytes)))
}

/// A secret and until when it signs; the newest has no end.
///
/// They stand in the row as they are: whoever reads the database can sign as us towards that one receiver, who chose to
/// listen to it. Protect the file or the server; nothing prints them, and no answer has them but the one that made them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Keyed {
    pub(super) secret: Secret,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<DateTime<Utc>>,
}

/// A webhook's secrets, the newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Keys(Vec<Keyed>);

impl Keys {
    pub(super) fn new(secret: Secret) -> Self {
        Self(vec![Keyed { secret, expires_at: None }])
    }

    /// What signs at `now`, the newest first.
    pub(super) fn valid(&self, now: DateTime<Utc>) -> Vec<Secret> {
        self.current(now).map(|keyed| keyed.secret.clone()).collect()
    }

    fn current(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Keyed> {
        self.0.iter().filter(move |keyed| keyed.expires_at.is_none_or(|end| end > now))
    }

    pub(super) fn last4(&self) -> String {
        self.0.first().map(|keyed| keyed.secret.last4()).unwrap_or_default()
    }

    /// Until when an older secret signs beside the newest.
    pub(super) fn overlap_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.current(now).filter_map(|keyed| keyed.expires_at).max()
    }

    /// Puts a new secret first. The one before it signs until `overlap_end`, older ones as long as they would have.
    pub(super) fn rotate(&mut self, secret: Secret, now: DateTime<Utc>, overlap_end: DateTime<Utc>) {
        let mut kept: Vec<Keyed> = self.current(now).cloned().collect();
        for keyed in &mut kept {
            keyed.expires_at = Some(keyed.expires_at.map_or(overlap_end, |end| end.min(overlap_end)));
        }
        kept.retain(|keyed| keyed.expires_at.is_some_and(|end| end > now));
        kept.insert(0, Keyed { secret, expires_at: None });
        kept.truncate(SECRETS_MAX);
        self.0 = kept;
    }
}
