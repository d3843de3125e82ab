//! Every name that this crate uses in Redis. No other file spells one.
//!
//! | name | what | lives |
//! |---|---|---|
//! | `<prefix>:ring` | list of rings, at most [`crate::RINGS_OUTSTANDING_MAX`] | as long as a ring waits |
//! | `<prefix>:events:<job_id>` | pub/sub channel of one job's events | takes no memory |
//! | `<prefix>:alerts:<tenant_id>` | pub/sub channel: a tenant's alerts changed | takes no memory |
//! | `<prefix>:control` | pub/sub channel to every worker | takes no memory |

use std::sync::Arc;

use domain::{JobId, TenantId};

/// The longest prefix that is accepted.
const PREFIX_BYTES_MAX: usize = 64;

/// What one can listen to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The events of one job.
    Job(JobId),
    /// That alerts of one tenant changed.
    Alerts(TenantId),
}

impl From<JobId> for Topic {
    fn from(job_id: JobId) -> Self {
        Self::Job(job_id)
    }
}

/// The names under one prefix.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    prefix: Arc<str>,
}

impl Keys {
    /// `None` if the prefix is empty, too long, or holds anything but letters, digits, `_`, `-`, `.` and `:`.
    pub(crate) fn new(prefix: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        let fits = !prefix.is_empty() && prefix.len() <= PREFIX_BYTES_MAX && prefix.chars().all(plain);
        fits.then(|| Self { prefix: prefix.into() })
    }

    pub(crate) fn ring(&self) -> String {
        format!("{}:ring", self.prefix)
    }

    pub(crate) fn control(&self) -> String {
        format!("{}:control", self.prefix)
    }

    /// Where a topic is spoken of.
    pub(crate) fn channel(&self, topic: &Topic) -> String {
        match topic {
            Topic::Job(job_id) => format!("{}:events:{job_id}", self.prefix),
            Topic::Alerts(tenant) => format!("{}:alerts:{tenant}", self.prefix),
        }
    }

    /// The way back from [`Keys::channel`].
    pub(crate) fn topic_of(&self, channel: &str) -> Option<Topic> {
        let name = channel.strip_prefix(&*self.prefix)?;
        if let Some(job_id) = name.strip_prefix(":events:") {
            return job_id.parse().ok().map(Topic::Job);
        }
        name.strip_prefix(":alerts:").map(|tenant| Topic::Alerts(TenantId(tenant.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_names_its_topic() {
        let keys = Keys::new("a:b").expect("it is plain");
        // A tenant may be called anything, such as what another channel is called.
        for topic in [Topic::from(JobId::new()), Topic::Alerts(TenantId("x:events:y".to_owned()))] {
            assert_eq!(keys.topic_of(&keys.channel(&topic)), Some(topic.clone()));
            assert_eq!(Keys::new("a").expect("it is plain").topic_of(&keys.channel(&topic)), None);
        }
        assert_eq!(keys.topic_of(&keys.control()), None);
        assert_eq!(keys.topic_of("a:b:events:x"), None);
    }

    #[test]
    fn a_prefix_is_plain() {
        assert!(Keys::new("").is_none());
        assert!(Keys::new("a b").is_none());
        assert!(Keys::new("a*").is_none());
        assert!(Keys::new(&"a".repeat(65)).is_none());
    }
}
