//! A tenant's alerts.
//!
//! An alert is a row that changes, and its number grows with every change that people are told of. So the reader holds one
//! number, and whatever a hint says, the rows after it are what goes out: nothing is missed, and nothing is older than what
//! was sent before.

use std::time::Duration;

use broker::Notice;
use domain::alert::AlertRecord;
use tokio::time::Instant;

use super::{LOOK_EVERY, Phase, Place, Source, spread, wire::write_event};

/// Alerts that go out together; one may have 70 KB.
const PAGE_ROWS: u64 = 50;
/// The pause between two looks at the rows while the bus is there: whoever changes an alert and does not say so is heard of
/// no later.
const LOOK_ANYWAY_EVERY: Duration = Duration::from_secs(4);

pub(crate) struct Alerts {
    user_id: Option<String>,
    look_at: Instant,
}

impl Alerts {
    /// All of them, or one person's.
    pub(crate) fn of(user_id: Option<String>) -> Self {
        Self { user_id, look_at: Instant::now() }
    }
}

impl Source for Alerts {
    async fn read(&mut self, at: &mut Place, out: &mut Vec<u8>) {
        let turn = at.state.reads.acquire().await;
        let changes = at.state.store().alerts_after(&at.owner, self.user_id.as_deref(), at.last, PAGE_ROWS).await;
        drop(turn);
        let every = match changes {
            Ok(changes) => {
                changes.alerts.iter().for_each(|alert| write_alert(out, alert));
                at.last = changes.upto;
                at.phase = if changes.is_more { Phase::Read } else { Phase::Listen };
                if at.is_bus_down { LOOK_EVERY } else { LOOK_ANYWAY_EVERY }
            }
            Err(error) => {
                tracing::debug!("Alerts cannot be read yet: {error}");
                at.phase = Phase::Listen;
                LOOK_EVERY
            }
        };
        self.look_at = Instant::now() + spread(every, 0.5..=1.5);
    }

    /// Also until the next look.
    async fn listen(&mut self, at: &mut Place, _out: &mut Vec<u8>) {
        match at.notice(at.ping_at.min(at.leave_at).min(self.look_at)).await {
            None => {}
            Some(Notice::Hint { seq }) if seq <= at.last => {}
            Some(Notice::Down) => at.bus_is_down(true),
            Some(Notice::Restored) => at.bus_is_down(false),
            Some(Notice::Hint { .. } | Notice::Event(_) | Notice::Lagged) => at.phase = Phase::Read,
        }
    }
}

fn write_alert(out: &mut Vec<u8>, alert: &AlertRecord) {
    match serde_json::to_string(alert) {
        Ok(json) => write_event(out, alert.seq, "alert", &json),
        Err(error) => tracing::error!(alert.id = %alert.id, "Alert {} cannot be written: {error}", alert.id),
    }
}
