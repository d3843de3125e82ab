//! The one type that others hold.

use std::{sync::Arc, time::Duration};

use domain::{Ring, TenantId, WorkerId};
use futures::{FutureExt, stream::BoxStream};
use redis::Client;
use secrecy::ExposeSecret;
use tokio::{sync::oneshot, time::timeout};
use tokio_util::{
    sync::CancellationToken,
    task::{AbortOnDropHandle, TaskTracker},
};

use crate::{
    config::Config,
    consumer,
    error::Error,
    hub::{Feed, Hub, Notice},
    keys::{Keys, Topic},
    link::{Link, PING_TIMEOUT},
    liveness::Liveness,
    rings::{self, LocalRings, Rung},
    session::{self, Parts},
    subscription::{ControlStream, Subscription},
    wire::{self, Control, Published},
};

/// How long [`Broker::connect`] waits for a Redis that neither answers nor refuses.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(1);

/// How many events travel in one round trip. More are sent in several.
const PUBLISH_BATCH_MAX: usize = 1_000;

/// Rings, events and control messages. Cheap to clone; the connections close with the last clone.
#[derive(Clone)]
pub struct Broker {
    wiring: Wiring,
    hub: Arc<Hub>,
    liveness: Arc<Liveness>,
}

#[derive(Clone)]
enum Wiring {
    Local(Arc<LocalRings>),
    Redis(Arc<Remote>),
}

struct Remote {
    client: Client,
    keys: Keys,
    link: Arc<Link>,
    _session: AbortOnDropHandle<()>,
}

impl Broker {
    /// For one process that does everything: no Redis, the same behaviour.
    #[must_use]
    pub fn in_process() -> Self {
        Self { wiring: Wiring::Local(Arc::default()), hub: Hub::new(Feed::Local), liveness: Arc::new(Liveness::new()) }
    }

    /// Over Redis, or in process if no address is configured. Waits up to a second for the first attempt to connect to
    /// succeed or fail, and succeeds either way: while Redis is away the calls below fail at once, and a task of the broker's own keeps
    /// trying.
    ///
    /// # Errors
    ///
    /// Only for an address or a prefix that can never work.
    pub async fn connect(config: &Config) -> Result<Self, Error> {
        let Some(url) = &config.redis_url else { return Ok(Self::in_process()) };
        let client = Client::open(url.expose_secret()).map_err(|error| Error::Address(error.into()))?;
        let keys = Keys::new(&config.prefix).ok_or_else(|| Error::Prefix(config.prefix.clone()))?;
        let link = Arc::new(Link::new());
        let hub = Hub::new(Feed::Remote);
        let parts = Parts { client: client.clone(), keys: keys.clone(), link: link.clone(), hub: hub.clone() };
        let (settled, settles) = oneshot::channel();
        let session = AbortOnDropHandle::new(TaskTracker::new().spawn(session::keep(parts, settled)));
        timeout(CONNECT_WAIT_MAX, settles).await.ok(); // It goes on trying, however this ends.
        let remote = Remote { client, keys, link, _session: session };
        Ok(Self { wiring: Wiring::Redis(Arc::new(remote)), hub, liveness: Arc::new(Liveness::new()) })
    }

    #[must_use]
    pub fn is_in_process(&self) -> bool {
        matches!(self.wiring, Wiring::Local(_))
    }

    /// Hints that a job is due.
    ///
    /// # Errors
    ///
    /// Redis is away, which a caller may ignore: the sweep rings again. Known within [`crate::COMMAND_TIMEOUT`].
    pub async fn ring(&self, ring: Ring) -> Result<Rung, Error> {
        let queued = self.ring_all(&[ring]).await?;
        Ok(if queued == 1 { Rung::Queued } else { Rung::Dropped })
    }

    /// Hints that jobs are due, in one round trip, and says how many of the hints found room. The first ones do.
    ///
    /// # Errors
    ///
    /// As [`Broker::ring`].
    pub async fn ring_all(&self, rings: &[Ring]) -> Result<usize, Error> {
        let queued = match &self.wiring {
            Wiring::Local(local) => Ok(local.push(rings)),
            Wiring::Redis(remote) => rings::push(&remote.link, &remote.keys, rings).await,
        };
        match &queued {
            Ok(queued) => {
                count_rings("queued", *queued);
                count_rings("dropped", rings.len() - queued);
            }
            Err(_) => count_rings("failed", rings.len()),
        }
        queued
    }

    /// How many rings wait for a consumer.
    ///
    /// # Errors
    ///
    /// Redis is away.
    pub async fn outstanding(&self) -> Result<u64, Error> {
        match &self.wiring {
            Wiring::Local(local) => Ok(local.outstanding() as u64),
            Wiring::Redis(remote) => rings::outstanding(&remote.link, &remote.keys).await,
        }
    }

    /// Tells the subscribers of the jobs, in order, in one round trip. Call it after the rows are committed. An event
    /// larger than [`crate::EVENT_BYTES_MAX`] goes as a hint to read its row.
    ///
    /// # Errors
    ///
    /// Redis is away, which a caller may ignore: readers find the rows. Known within [`crate::COMMAND_TIMEOUT`].
    pub async fn publish(&self, records: &[Published]) -> Result<(), Error> {
        match &self.wiring {
            Wiring::Local(_) => {
                for record in records {
                    self.hub.dispatch(&record.job_id.into(), &wire::notice(record));
                }
            }
            Wiring::Redis(remote) => {
                for batch in records.chunks(PUBLISH_BATCH_MAX) {
                    let mut commands = redis::pipe();
                    for record in batch {
                        commands.publish(remote.keys.channel(&record.job_id.into()), wire::encode(record)).ignore();
                    }
                    remote.link.query::<()>(&commands).await?;
                }
            }
        }
        Ok(())
    }

    /// Tells whoever follows a tenant's alerts that rows up to `seq` are committed.
    ///
    /// # Errors
    ///
    /// Redis is away, which a caller may ignore: readers look at the rows. Known within [`crate::COMMAND_TIMEOUT`].
    pub async fn hint_alerts(&self, tenant: &TenantId, seq: i64) -> Result<(), Error> {
        let topic = Topic::Alerts(tenant.clone());
        match &self.wiring {
            Wiring::Local(_) => self.hub.dispatch(&topic, &Notice::Hint { seq }),
            Wiring::Redis(remote) => {
                let mut commands = redis::pipe();
                commands.publish(remote.keys.channel(&topic), wire::encode_hint(seq)).ignore();
                remote.link.query::<()>(&commands).await?;
            }
        }
        Ok(())
    }

    /// Follows a job, or a tenant's alerts. When this returns, everything that is published from now on arrives, or the
    /// first notice is [`crate::Notice::Down`]. So: subscribe first, then read the rows, then follow, and drop what has an
    /// old seq.
    pub async fn subscribe(&self, topic: impl Into<Topic>) -> Subscription {
        self.hub.subscribe(topic.into()).await
    }

    /// Tells every process, this one included.
    ///
    /// # Errors
    ///
    /// Redis is away, which a caller may ignore: the row says the same.
    pub async fn control(&self, message: Control) -> Result<(), Error> {
        match &self.wiring {
            Wiring::Local(_) => self.hub.dispatch_control(message),
            Wiring::Redis(remote) => {
                let body = serde_json::to_string(&message).expect("a tag and an id are always JSON");
                remote.link.query::<()>(redis::pipe().publish(remote.keys.control(), body).ignore()).await?;
            }
        }
        Ok(())
    }

    /// The control messages from now on.
    #[must_use]
    pub fn controls(&self) -> ControlStream {
        self.hub.controls()
    }

    /// Hands every ring to `on_ring`, up to `slots` at a time, until `shutdown`; then fetches nothing more and waits for
    /// the calls in flight. `on_ring` ends when the claim is decided, not when the job is: it waits for room, claims,
    /// spawns, returns. A panic in it is told and costs that ring only.
    ///
    /// With every slot taken nothing is fetched, so that the rings are left to others: choose as many slots as claims
    /// should run side by side, which is fewer than jobs.
    ///
    /// # Errors
    ///
    /// Only for zero slots. A Redis that is away, flushed or restarted makes it wait, never end.
    pub async fn consume<H, Fut>(
        &self,
        worker: WorkerId,
        slots: usize,
        on_ring: H,
        shutdown: CancellationToken,
    ) -> Result<(), Error>
    where
        H: Fn(Ring) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        if slots == 0 {
            return Err(Error::NoSlots);
        }
        let on_ring = Arc::new(move |ring| on_ring(ring).boxed());
        let rings = || self.fetch();
        consumer::run(worker, slots, on_ring, rings, self.liveness.clone(), shutdown).await;
        Ok(())
    }

    /// For the health of Redis. Always well in process.
    ///
    /// # Errors
    ///
    /// Redis is away. Known within [`crate::PING_TIMEOUT`].
    pub async fn ping(&self) -> Result<(), Error> {
        match &self.wiring {
            Wiring::Local(_) => Ok(()),
            Wiring::Redis(remote) => remote.link.query_within(redis::pipe().ping().ignore(), PING_TIMEOUT).await,
        }
    }

    /// What Redis says of itself: the text of INFO, lines of `name:value`. `None` in process.
    ///
    /// # Errors
    ///
    /// Redis is away, or does not tell. Known within [`crate::PING_TIMEOUT`].
    pub async fn server_info(&self) -> Result<Option<String>, Error> {
        match &self.wiring {
            Wiring::Local(_) => Ok(None),
            Wiring::Redis(remote) => {
                let (info,): (String,) = remote.link.query_within(redis::pipe().cmd("INFO"), PING_TIMEOUT).await?;
                Ok(Some(info))
            }
        }
    }

    /// Whether a consumer of this broker runs and has looked for rings lately, or has no free slot to look for.
    #[must_use]
    pub fn consumer_healthy(&self, within: Duration) -> bool {
        self.liveness.is_healthy(within)
    }

    /// How long ago a consumer of this broker last looked for rings with success; nought while its slots are all taken.
    /// `None` if none runs or none ever succeeded.
    #[must_use]
    pub fn consumer_poll_age_ms(&self) -> Option<u64> {
        self.liveness.poll_age_ms()
    }

    fn fetch(&self) -> BoxStream<'static, Ring> {
        match &self.wiring {
            Wiring::Local(local) => local.clone().fetch(self.liveness.clone()),
            Wiring::Redis(remote) => rings::fetch(remote.client.clone(), &remote.keys, self.liveness.clone()),
        }
    }
}

fn count_rings(outcome: &'static str, count: usize) {
    if count > 0 {
        metrics::counter!("broker_rings_total", "outcome" => outcome).increment(count as u64);
    }
}
