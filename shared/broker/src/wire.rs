//! How events and control messages look inside a Redis message.
//!
//! An event is one line `<seq> <kind>` and then the event's JSON as it is, so that it is neither escaped nor parsed on its
//! way. No JSON after the line is a hint. Words after the second are for later versions and are ignored.

use std::{borrow::Cow, sync::Arc};

use domain::JobId;
use serde::{Deserialize, Serialize};

use crate::{hub::Notice, keys::Topic};

/// The largest event that travels inside a message; a larger one travels as a hint to read its row.
pub const EVENT_BYTES_MAX: usize = 64 * 1024;

/// An event whose row is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub job_id: JobId,
    /// Its number in the job's journal.
    pub seq: i64,
    /// Its tag, such as `state_change`.
    pub kind: Cow<'static, str>,
    /// The whole record as JSON, ready for a reader.
    pub json: Arc<str>,
}

/// A message to every worker. A hint too: whoever misses it finds the flag in the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Control {
    /// Somebody asked for the end of the job.
    Cancel(JobId),
}

/// What a subscriber gets for `record`: the event, or a hint if it is too large.
pub(crate) fn notice(record: &Published) -> Notice {
    if record.json.len() > EVENT_BYTES_MAX {
        Notice::Hint { seq: record.seq }
    } else {
        Notice::Event(Arc::new(record.clone()))
    }
}

pub(crate) fn encode(record: &Published) -> String {
    let body = if record.json.len() > EVENT_BYTES_MAX { "" } else { &*record.json };
    format!("{} {}\n{body}", record.seq, record.kind)
}

/// Alerts changed, up to the one with this number: always a hint, as an alert is a row that changes.
pub(crate) fn encode_hint(seq: i64) -> String {
    format!("{seq} alert\n")
}

/// `None` if the message is not one of ours.
pub(crate) fn decode(topic: &Topic, message: &[u8]) -> Option<Notice> {
    let (head, body) = std::str::from_utf8(message).ok()?.split_once('\n')?;
    let mut words = head.split(' ');
    let seq = words.next()?.parse().ok()?;
    let kind = words.next()?;
    match topic {
        Topic::Job(job_id) if !body.is_empty() => {
            let (job_id, kind) = (*job_id, kind.to_owned().into());
            Some(Notice::Event(Arc::new(Published { job_id, seq, kind, json: body.into() })))
        }
        Topic::Job(_) | Topic::Alerts(_) => Some(Notice::Hint { seq }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: &str) -> Published {
        Published { job_id: JobId::new(), seq: 7, kind: "alert".into(), json: json.into() }
    }

    #[test]
    fn an_event_survives_the_way() {
        let record = record("{\"message\":\"two\\nlines, \\u00fc\"}");
        assert_eq!(decode(&record.job_id.into(), encode(&record).as_bytes()), Some(notice(&record)));
    }

    #[test]
    fn a_large_event_travels_as_a_hint() {
        let record = record(&"x".repeat(EVENT_BYTES_MAX + 1));
        assert_eq!(notice(&record), Notice::Hint { seq: 7 });
        assert_eq!(decode(&record.job_id.into(), encode(&record).as_bytes()), Some(Notice::Hint { seq: 7 }));
    }

    #[test]
    fn what_is_said_of_alerts_is_a_hint() {
        let topic = Topic::Alerts(domain::TenantId("acme".to_owned()));
        assert_eq!(decode(&topic, encode_hint(12).as_bytes()), Some(Notice::Hint { seq: 12 }));
        assert_eq!(decode(&topic, b"12 alert\n{\"more\":1}"), Some(Notice::Hint { seq: 12 }));
    }

    #[test]
    fn later_versions_may_add_words_and_strangers_are_ignored() {
        let job_id = JobId::new();
        assert_eq!(decode(&job_id.into(), b"7 alert more words\n"), Some(Notice::Hint { seq: 7 }));
        assert_eq!(decode(&job_id.into(), b"7 alert"), None);
        assert_eq!(decode(&job_id.into(), b"seven alert\n{}"), None);
        assert_eq!(decode(&job_id.into(), b"\xff\n"), None);
    }

    #[test]
    fn a_control_message_is_tagged_and_unknown_ones_are_no_control() {
        let job_id = JobId::new();
        let text = serde_json::to_string(&Control::Cancel(job_id)).expect("it is JSON");
        assert_eq!(text, format!(r#"{{"kind":"cancel","id":"{job_id}"}}"#));
        assert!(serde_json::from_str::<Control>(r#"{"kind":"drain","id":1}"#).is_err());
    }
}
