//! The loop: claims due messages, sends them side by side, and writes what became of each.

use std::{sync::Arc, time::Duration};

use dispatch::Dispatch;
use domain::{
    channel::Destination,
    delivery::{ATTEMPTS_MAX, PAYLOAD_BYTES_MAX},
};
use rand::RngExt;
use store::{ClaimedDelivery, DeliveryTarget, Finish};
use tokio::{sync::Notify, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Config, Error, Resolve,
    channel::{Channel, Message, Remedy, SendError, Sent},
    email::Email,
    http::Http,
    pagerduty::Pagerduty,
    retry,
    slack::Slack,
    webhook::{Hook, Webhooks},
};
use crate::outside::Guard;

/// How often alerts are looked for whose snooze is over.
const WAKE_EVERY: Duration = Duration::from_secs(5);
/// The wait after a claim that the database did not answer.
const OUTAGE_WAIT: Duration = Duration::from_millis(500);
/// Of an error that is written into a row.
const ERROR_CHARS_MAX: usize = 500;

/// What sending is made of.
pub(super) struct Outbox {
    config: Config,
    dispatch: Dispatch,
    webhooks: Webhooks,
    slack: Slack,
    pagerduty: Pagerduty,
    email: Email,
    /// Wakes the loop when a message is done with.
    done: Notify,
}

impl Outbox {
    pub(super) fn new(config: Config, dispatch: Dispatch, resolver: Arc<dyn Resolve>) -> Result<Self, Error> {
        let timeout = Duration::from_millis(config.timeout_ms);
        let connect_timeout = Duration::from_millis(config.connect_timeout_ms);
        let http = Arc::new(Http::new(Guard::new(config.policy(), resolver), connect_timeout, timeout));
        Ok(Self {
            webhooks: Webhooks { http: Arc::clone(&http) },
            slack: Slack { http: Arc::clone(&http) },
            pagerduty: Pagerduty { http, url: config.pagerduty_url.clone(), dispatch: dispatch.clone() },
            email: Email::new(config.smtp.as_ref(), timeout)?,
            done: Notify::new(),
            dispatch,
            config,
        })
    }

    pub(super) async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        let (sending, abandoned) = (TaskTracker::new(), CancellationToken::new());
        let mut wake_at = Instant::now();
        while !shutdown.is_cancelled() {
            if Instant::now() >= wake_at {
                self.wake_alerts().await;
                wake_at = Instant::now() + WAKE_EVERY;
            }
            let wait = self.claim(&sending, &abandoned).await;
            if let Some(wait) = wait {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.done.notified() => {}
                    () = shutdown.cancelled() => {}
                }
            }
        }
        sending.close();
        // An attempt ends by itself; what cannot be written then is somebody else's after its lease.
        let patience = Duration::from_millis(self.config.timeout_ms) + Duration::from_secs(1);
        if tokio::time::timeout(patience, sending.wait()).await.is_err() {
            abandoned.cancel();
            sending.wait().await;
        }
    }

    /// Claims and starts what is due. None: at once again; otherwise how long nothing is to be done unless a message ends.
    async fn claim(self: &Arc<Self>, sending: &TaskTracker, abandoned: &CancellationToken) -> Option<Duration> {
        let poll = Duration::from_millis(self.config.poll_ms).mul_f64(rand::rng().random_range(0.8..=1.2));
        let free = self.config.concurrency.saturating_sub(sending.len());
        if free == 0 {
            return Some(poll);
        }
        let lease = Duration::from_millis(self.config.lease_ms);
        let due = match self.dispatch.store().claim_deliveries(free, lease, &self.config.paces()).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!("Messages could not be claimed: {error:?}");
                return Some(OUTAGE_WAIT);
            }
        };
        let nothing = due.deliveries.is_empty();
        if !nothing {
            dispatch::crash_point("outbox:after_claim", None);
        }
        for delivery in due.deliveries {
            let (outbox, abandoned) = (Arc::clone(self), abandoned.clone());
            sending.spawn(async move {
                abandoned.run_until_cancelled(outbox.attempt(delivery)).await;
                outbox.done.notify_one();
            });
        }
        nothing.then(|| due.free_in.map_or(poll, |free_in| free_in.min(poll)))
    }

    /// Sends what is due now, once each.
    pub(super) async fn send_due(self: Arc<Self>) -> Result<usize, store::Error> {
        self.dispatch.wake_alerts().await?;
        let (lease, limit) = (Duration::from_millis(self.config.lease_ms), self.config.concurrency);
        let due = self.dispatch.store().claim_deliveries(limit, lease, &self.config.paces()).await?.deliveries;
        let attempts = due.len();
        futures::future::join_all(due.into_iter().map(|delivery| self.attempt(delivery))).await;
        Ok(attempts)
    }

    async fn wake_alerts(&self) {
        match self.dispatch.wake_alerts().await {
            Ok(0) => {}
            Ok(woken) => tracing::info!(woken, "{woken} snoozed alerts came back"),
            Err(error) => tracing::warn!("Snoozed alerts could not be looked for: {error:?}"),
        }
    }

    /// One attempt, from the claim to the row.
    async fn attempt(&self, delivery: ClaimedDelivery) {
        let started = Instant::now();
        let outcome = self.send(&delivery, started).await;
        let finish = finish(&delivery, outcome, rand::rng().random());
        dispatch::crash_point("outbox:before_finish", None);
        tell(&delivery, &finish, started.elapsed());
        let finished = self.dispatch.store().finish_delivery(&delivery, &finish).await;
        dispatch::crash_point("outbox:after_finish", None);
        match finished {
            Ok(true) => {}
            Ok(false) => tracing::info!(
                delivery.id = %delivery.id,
                "Delivery {} took longer than its lease; whoever has it now writes what becomes of it",
                delivery.id
            ),
            // It is sent again after the lease: at least once, not exactly once.
            Err(error) => tracing::warn!(
                delivery.id = %delivery.id,
                "What became of delivery {} could not be written: {error:?}",
                delivery.id
            ),
        }
    }

    async fn send(&self, delivery: &ClaimedDelivery, started: Instant) -> Result<Sent, SendError> {
        if delivery.attempts > ATTEMPTS_MAX {
            return Err(SendError::give_up("its workers died while they sent it, on every attempt"));
        }
        if delivery.payload.len() > PAYLOAD_BYTES_MAX {
            return Err(SendError::give_up(format!("the message is longer than {PAYLOAD_BYTES_MAX} bytes")));
        }
        // The database's time, gone on by this machine's: signatures must not depend on this machine's date. Receivers compare
        // it with their own clocks, which know no scale.
        let elapsed = chrono::Duration::from_std(started.elapsed()).unwrap_or_default();
        let message = Message { delivery, now: self.dispatch.store().clock().on_walls(delivery.claimed_at) + elapsed };
        match &delivery.target {
            None => Err(SendError::give_up("its target was removed or disabled")),
            Some(DeliveryTarget::Webhook { url, secrets }) => {
                let hook = Hook { url: url.clone(), secrets: secrets.clone() };
                self.webhooks.send(message, &hook).await
            }
            Some(DeliveryTarget::Channel(Destination::Slack(slack))) => self.slack.send(message, slack).await,
            Some(DeliveryTarget::Channel(Destination::Pagerduty(duty))) => self.pagerduty.send(message, duty).await,
            Some(DeliveryTarget::Channel(Destination::Email(email))) => self.email.send(message, email).await,
            Some(DeliveryTarget::Channel(Destination::Webhook(_))) => {
                Err(SendError::give_up("a generic webhook came without its secret"))
            }
        }
    }
}

/// What is written of an attempt. `random` is from 0 to 1.
fn finish(delivery: &ClaimedDelivery, outcome: Result<Sent, SendError>, random: f64) -> Finish {
    let SendError { message, status, remedy } = match outcome {
        Ok(Sent { status }) => return Finish::Delivered { status },
        Err(failed) => failed,
    };
    let error: String = message.chars().take(ERROR_CHARS_MAX).collect();
    match remedy {
        Remedy::Disable => Finish::Gone { error, status },
        Remedy::GiveUp => Finish::Dead { error, status },
        Remedy::Retry { after } => match retry::wait(delivery.attempts, after, random) {
            Some(after) => Finish::Retry { error, status, after },
            None => Finish::Dead { error, status },
        },
    }
}

/// Says what became of it, without addresses.
fn tell(delivery: &ClaimedDelivery, finish: &Finish, took: Duration) {
    let outcome = match finish {
        Finish::Delivered { .. } => "delivered",
        Finish::Retry { .. } => "retry",
        Finish::Dead { .. } => "dead",
        Finish::Gone { .. } => "gone",
        Finish::Released => "released",
    };
    metrics::counter!("portolan_deliveries_total", "outcome" => outcome).increment(1);
    tracing::debug!(
        delivery.id = %delivery.id,
        target.id = %delivery.target_id,
        event = %delivery.event,
        attempts = delivery.attempts,
        took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "Attempt {} of delivery {}: {outcome}",
        delivery.attempts,
        delivery.id
    );
}
