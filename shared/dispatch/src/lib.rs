//! The one dual write of the house: change the row, then ring (or publish).
//!
//! The row decides. A ring or a message that gets lost costs latency, never a job: workers find due rows by themselves and
//! readers read rows. So nothing here fails because the broker does. It must never be the other way round: nothing is rung
//! or published that is not committed.

mod alerts;
mod crash;
mod watches;

use broker::{Broker, Control, Published};
use domain::{FeedbackId, Fence, JobId, Ring, ScheduleId, gate::Gate};
use store::{
    DecideRequest, Fired, Firing, IdempotencyKey, NewFeedback, NewJob, Owner, Schedule, Skipping, Store, StoredEvent,
    Submitted,
};

pub use crash::{CRASH_POINTS, crash_point, set_crash_at};

/// The database and the broker, in this order. Cheap to clone.
#[derive(Clone)]
pub struct Dispatch {
    store: Store,
    broker: Broker,
}

impl Dispatch {
    #[must_use]
    pub fn new(store: Store, broker: Broker) -> Self {
        Self { store, broker }
    }

    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    #[must_use]
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// Takes a job in and rings. After it answers, the job reaches a visible end whatever happens to this process.
    ///
    /// # Errors
    /// Those of [`Store::submit`].
    pub async fn submit(
        &self,
        owner: &Owner,
        job: &NewJob,
        key: Option<&IdempotencyKey>,
    ) -> Result<Submitted, store::Error> {
        crash_point("submit:before_tx", job.id);
        let submitted = self.store.submit(owner, job, key).await?;
        crash_point("submit:after_tx", submitted.job_id);
        if submitted.created {
            self.ring(submitted.job_id, Fence(0)).await;
        }
        crash_point("submit:after_ring", submitted.job_id);
        Ok(submitted)
    }

    /// Starts a job of a schedule because a person asked for it, and rings.
    ///
    /// # Errors
    /// Those of [`Store::run_schedule`].
    pub async fn run_schedule(
        &self,
        owner: &Owner,
        id: ScheduleId,
        job: &NewJob,
        key: Option<&IdempotencyKey>,
    ) -> Result<Submitted, store::Error> {
        crash_point("run:before_tx", job.id);
        let submitted = self.store.run_schedule(owner, id, job, key).await?;
        crash_point("run:after_tx", submitted.job_id);
        if submitted.created {
            self.ring(submitted.job_id, Fence(0)).await;
        }
        crash_point("run:after_ring", submitted.job_id);
        Ok(submitted)
    }

    /// Fires a tick of a schedule, rings for the job that it starts, and tells the readers of alerts of ticks that were missed.
    ///
    /// # Errors
    /// Those of [`Store::fire`].
    pub async fn fire(&self, firing: &Firing<'_>) -> Result<Fired, store::Error> {
        crash_point("fire:before_tx", None);
        let fired = self.store.fire(firing).await?;
        self.ring_fired(fired).await;
        if firing.alert.is_some() && fired != Fired::Lost {
            self.hint_newest(&firing.schedule.tenant).await;
        }
        Ok(fired)
    }

    /// Goes past ticks that were missed, and tells the readers of alerts.
    ///
    /// # Errors
    /// Those of [`Store::skip_ticks`].
    pub async fn skip_ticks(&self, skipping: &Skipping<'_>) -> Result<bool, store::Error> {
        let is_ours = self.store.skip_ticks(skipping).await?;
        if is_ours {
            self.hint_newest(&skipping.schedule.tenant).await;
        }
        Ok(is_ours)
    }

    /// Fires the tick of a schedule that waited, and rings for the job that it starts.
    ///
    /// # Errors
    /// Those of [`Store::fire_buffered`].
    pub async fn fire_buffered(&self, schedule: &Schedule, job: Result<&NewJob, &str>) -> Result<Fired, store::Error> {
        crash_point("fire:before_tx", None);
        let fired = self.store.fire_buffered(schedule, job).await?;
        self.ring_fired(fired).await;
        Ok(fired)
    }

    async fn ring_fired(&self, fired: Fired) {
        if let Fired::Started(job_id) = fired {
            crash_point("fire:after_tx", job_id);
            self.ring(job_id, Fence(0)).await;
            crash_point("fire:after_ring", job_id);
        }
    }

    /// Decides at a gate, and rings the job that goes on.
    ///
    /// # Errors
    /// Those of [`Store::decide`].
    pub async fn decide(&self, owner: &Owner, request: &DecideRequest) -> Result<Gate, store::Error> {
        crash_point("decide:before_tx", request.job_id);
        let decided = self.store.decide(owner, request).await?;
        crash_point("decide:after_tx", request.job_id);
        if let Some(events) = &decided.events {
            self.publish(request.job_id, events).await;
            self.ring(request.job_id, decided.fence).await;
            // Whoever was reminded of the gate need not look at it any more.
            self.hint_newest(&owner.tenant).await;
        }
        crash_point("decide:after_ring", request.job_id);
        Ok(decided.gate)
    }

    /// Ends a job and tells its worker to drop what it does.
    ///
    /// # Errors
    /// Those of [`Store::cancel`].
    pub async fn cancel(&self, owner: &Owner, id: JobId, by: &str) -> Result<(), store::Error> {
        crash_point("cancel:before_tx", id);
        let events = self.store.cancel(owner, id, by).await?;
        crash_point("cancel:after_tx", id);
        if let Some(events) = &events {
            self.publish(id, events).await;
            if let Err(error) = self.broker.control(Control::Cancel(id)).await {
                tracing::debug!(job.id = %id, "The worker of job {id} will learn from its lease that it is over: {error}");
            }
            self.hint_newest(&owner.tenant).await;
        }
        crash_point("cancel:after_publish", id);
        Ok(())
    }

    /// Stores a person's verdict, or finds the one that the same key stored; gives its id.
    ///
    /// # Errors
    /// Those of [`Store::add_feedback`].
    pub async fn add_feedback(
        &self,
        owner: &Owner,
        feedback: &NewFeedback,
        key: Option<&IdempotencyKey>,
    ) -> Result<FeedbackId, store::Error> {
        crash_point("feedback:before_tx", feedback.job_id);
        let added = self.store.add_feedback(owner, feedback, key).await?;
        crash_point("feedback:after_tx", feedback.job_id);
        self.publish(feedback.job_id, added.event.as_slice()).await;
        crash_point("feedback:after_publish", feedback.job_id);
        Ok(added.id)
    }

    /// Rings for a job that is due.
    pub async fn ring(&self, job_id: JobId, fence: Fence) {
        if let Err(error) = self.broker.ring(Ring { job_id, fence }).await {
            tracing::debug!(job.id = %job_id, "Job {job_id} was not rung for; a worker will find it: {error}");
        }
    }

    /// Tells readers of committed events.
    pub async fn publish(&self, job_id: JobId, events: &[StoredEvent]) {
        let published: Vec<Published> = events.iter().map(|event| published(job_id, event)).collect();
        if let Err(error) = self.broker.publish(&published).await {
            tracing::debug!(job.id = %job_id, "Events of job {job_id} were not published; readers will read them: {error}");
        }
    }
}

fn published(job_id: JobId, event: &StoredEvent) -> Published {
    Published { job_id, seq: event.seq, kind: event.kind.clone().into(), json: event.envelope(job_id).into() }
}
