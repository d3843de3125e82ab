//! One look at the watches: whose tick has come is made due, for a worker to look, and moved to its next tick.

use chrono::Duration;
use domain::watch::WatchReason;
use recurrence::{Recurrence, Timing};
use store::Watch;
use tracing::{error, info};

use crate::{
    Scheduler,
    schedules::{WATCH_SCHEDULES, WatchSchedule, Zone},
};

/// Watches that one look deals with; the next one takes the rest.
const WATCHES_MAX: u64 = 100;

impl Scheduler {
    /// Makes every watch due whose tick has come, as far as other replicas are not faster; says how many. Ticks that nobody was
    /// there for are one look: a price of yesterday cannot be seen any more.
    ///
    /// # Errors
    /// [`store::Error::Unavailable`]: the next look goes on.
    pub async fn look_at_watches(&self) -> Result<u64, store::Error> {
        let store = self.dispatch.store();
        let due = store.due_watches(WATCHES_MAX).await?;
        let mut ticked = 0;
        for watch in &due.watches {
            let id = watch.id;
            if watch.spec.ends_at.is_some_and(|ends_at| ends_at <= due.now) {
                if store.end_watch(watch, WatchReason::EndsAt).await? {
                    info!(watch.id = %id, "Watch {id} has ended: its end has come");
                }
                continue;
            }
            let next = match timing(watch) {
                Ok(timing) => timing.next_after(due.now).map(|due| due.due_at),
                // Its zone was read when it was made.
                Err(cause) => {
                    error!(watch.id = %id, error = ?cause, "Watch {id} is looked at in a day again: {cause}");
                    Some(due.now + Duration::days(1))
                }
            };
            // Its end is a tick, too: then somebody ends it.
            let next = [next, watch.spec.ends_at].into_iter().flatten().min();
            ticked += u64::from(store.tick_watch(watch, next).await?);
        }
        if ticked > 0 {
            metrics::counter!("scheduler_watches_due_total").increment(ticked);
        }
        Ok(ticked)
    }
}

/// When a watch looks.
fn timing(watch: &Watch) -> Result<Timing, recurrence::Error> {
    let kind = watch.spec.target.kind();
    let WatchSchedule { cron, zone, jitter_s, .. } = WATCH_SCHEDULES[kind as usize];
    debug_assert!(WATCH_SCHEDULES[kind as usize].kind == kind, "the table is in the order of the kinds");
    let zone = match zone {
        Zone::Utc => "UTC",
        Zone::Own => &watch.spec.time_zone,
    };
    Ok(Timing {
        recurrence: Recurrence::read(cron, zone)?,
        ends_at: None,
        jitter_most: Duration::seconds(jitter_s),
        seed: watch.id.as_uuid().as_u128(),
    })
}

#[cfg(test)]
mod tests {
    use domain::watch::WatchKind;

    use super::*;

    #[test]
    fn every_kind_of_watch_has_a_row_that_can_be_read() {
        let kinds: Vec<WatchKind> = WATCH_SCHEDULES.iter().map(|row| row.kind).collect();
        assert_eq!(kinds, WatchKind::ALL, "in the order of the kinds");
        for row in WATCH_SCHEDULES {
            let recurrence = Recurrence::read(row.cron, "Europe/Paris").expect("it reads");
            assert!(Duration::seconds(row.jitter_s) < recurrence.interval_min());
        }
    }
}
