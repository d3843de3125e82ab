//! Looks of watches: what was seen is written, and then its suggestion is rung for and the readers of alerts are told.

use std::time::Duration;

use domain::{Fence, alert::NewAlert};
use store::{ClaimedWatch, Error, LookRecord, Recorded};

use crate::{Dispatch, crash_point};

impl Dispatch {
    /// Writes what a look saw, rings for the suggestion that it started, and tells the readers of the alerts that it changed.
    ///
    /// # Errors
    /// Those of [`store::Store::record_look`].
    pub async fn record_look(&self, claimed: &ClaimedWatch, record: &LookRecord<'_>) -> Result<Recorded, Error> {
        let concerned = record.observation.job_id;
        crash_point("watch:before_record", concerned);
        let recorded = self.store.record_look(claimed, record).await?;
        crash_point("watch:after_record", concerned);
        let Recorded::Written(started) = recorded else { return Ok(recorded) };
        if let Some(job_id) = started {
            self.ring(job_id, Fence(0)).await;
        }
        if record.firing.is_some() || !record.clear.is_empty() {
            self.hint_newest(&claimed.watch.tenant).await;
        }
        Ok(recorded)
    }

    /// Says that a look saw nothing, and tells the readers of the alert that goes with it.
    ///
    /// # Errors
    /// Those of [`store::Store::fail_look`].
    pub async fn fail_look(
        &self,
        claimed: &ClaimedWatch,
        why: &str,
        retry: Option<Duration>,
        alert: Option<&NewAlert>,
    ) -> Result<bool, Error> {
        let is_written = self.store.fail_look(claimed, why, retry, alert).await?;
        if is_written && alert.is_some() {
            self.hint_newest(&claimed.watch.tenant).await;
        }
        Ok(is_written)
    }
}
