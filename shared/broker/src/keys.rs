//! Every name that this crate uses in Redis. No other file spells one.
//!
//! | name | what | lives |
//! |---|---|---|
//! | `<prefix>:ring` | list of rings, at most [`crate::RINGS_OUTSTANDING_MAX`] | as long as a ring waits |
//! | `<prefix>:events:<job_id>` | pub/sub channel of one job's events | takes no memory |
//! | `<prefix>:control` | pub/sub channel to every worker | takes no memory |

use std::sync::Arc;

use domain::JobId;

/// The longest prefix that is accepted.
const PREFIX_BYTES_MAX: usize = 64;

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

    pub(crate) fn events(&self, job_id: JobId) -> String {
        format!("{}:events:{job_id}", self.prefix)
    }

    /// The way back from [`Keys::events`].
    pub(crate) fn job_of(&self, channel: &str) -> Option<JobId> {
        channel.strip_prefix(&*self.prefix)?.strip_prefix(":events:")?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_names_its_job() {
        let keys = Keys::new("a:b").expect("it is plain");
        let job_id = JobId::new();
        assert_eq!(keys.job_of(&keys.events(job_id)), Some(job_id));
        assert_eq!(keys.job_of(&keys.control()), None);
        assert_eq!(Keys::new("a").expect("it is plain").job_of(&keys.events(job_id)), None);
    }

    #[test]
    fn a_prefix_is_plain() {
        assert!(Keys::new("").is_none());
        assert!(Keys::new("a b").is_none());
        assert!(Keys::new("a*").is_none());
        assert!(Keys::new(&"a".repeat(65)).is_none());
    }
}
