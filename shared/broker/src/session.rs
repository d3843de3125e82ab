//! The life of this process's two connections to Redis: one for commands, one for subscriptions.
//!
//! They live and die together, so that there is one truth about whether Redis is there. [`keep`] opens a session, runs it
//! until something breaks, tells everybody, waits a little, and opens the next one, for as long as the broker lives.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use redis::{
    AsyncConnectionConfig, Client, Msg, RedisResult,
    aio::{MultiplexedConnection, PubSubSink, PubSubStream},
};
use tokio::{
    sync::oneshot,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};
use tracing::{debug, info, warn};

use crate::{
    backoff::{BACKOFF_MAX, Backoff},
    error::{BoxError, Silent},
    hub::{Changes, Hub, Notice},
    keys::{Keys, Topic},
    link::Link,
    wire::{self, Control},
};

/// The longest that opening both connections and subscribing everything may take.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// How often idle connections are probed: a peer that vanished without a word is noticed after this plus
/// [`PROBE_TIMEOUT`].
const PROBE_INTERVAL: Duration = Duration::from_secs(2);

/// How long a probe or a (un)subscription may take before the session is given up.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// How many channels go into one SUBSCRIBE.
const SUBSCRIBE_BATCH_MAX: usize = 1_000;

/// What a session works with.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) client: Client,
    pub(crate) keys: Keys,
    pub(crate) link: Arc<Link>,
    pub(crate) hub: Arc<Hub>,
}

struct Session {
    parts: Parts,
    commands: MultiplexedConnection,
    channels: PubSubSink,
    messages: PubSubStream,
}

/// However the task ends, even by abort: nobody goes on waiting for a confirmation that cannot come.
struct DownAtEnd(Parts);

impl Drop for DownAtEnd {
    fn drop(&mut self) {
        self.0.link.disconnected("the broker is closed".to_owned());
        self.0.hub.down();
    }
}

/// Keeps a session open for ever. `settled` is told when the first attempt has succeeded or failed.
pub(crate) async fn keep(parts: Parts, settled: oneshot::Sender<()>) {
    let _end = DownAtEnd(parts.clone());
    let mut settled = Some(settled);
    let mut backoff = Backoff::default();
    loop {
        let opened_at = Instant::now();
        let opened = within(OPEN_TIMEOUT, Session::open(parts.clone())).await;
        let is_open = opened.is_ok();
        if is_open {
            metrics::gauge!("broker_redis_up").set(1.0);
            info!("Connected to Redis");
        }
        if let Some(settled) = settled.take() {
            settled.send(()).ok(); // Whoever connects may have given up.
        }
        let error = match opened {
            Ok(session) => session.run().await,
            Err(error) => error,
        };
        parts.link.disconnected(error.to_string());
        parts.hub.down();
        metrics::gauge!("broker_redis_up").set(0.0);
        if is_open && opened_at.elapsed() > BACKOFF_MAX {
            backoff.reset(); // It held for a while; a session that breaks at once counts as a failure.
        }
        if is_open || backoff.is_fresh() {
            warn!(error = &*error, "Redis is lost: rows are swept and polled until it is back: {error}");
        }
        sleep(backoff.next_wait()).await;
    }
}

impl Session {
    async fn open(parts: Parts) -> Result<Self, BoxError> {
        let commands = connect(&parts.client).await?;
        let (mut channels, messages) = parts.client.get_async_pubsub().await?.split();
        channels.subscribe(parts.keys.control()).await?;
        while let Err(missing) = parts.hub.try_up() {
            subscribe(&parts, &mut channels, &missing).await?;
        }
        parts.link.connected(commands.clone());
        Ok(Self { parts, commands, channels, messages })
    }

    /// Runs until something breaks, and says what.
    async fn run(mut self) -> BoxError {
        let mut probe_at = interval(PROBE_INTERVAL);
        probe_at.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let parts = self.parts.clone();
        loop {
            let done = tokio::select! {
                message = self.messages.next() => match message {
                    Some(message) => { self.deliver(&message); Ok(()) }
                    None => Err("the subscription connection was closed".into()),
                },
                () = parts.hub.changed() => within(PROBE_TIMEOUT, self.apply(parts.hub.take_changes())).await,
                () = parts.link.trouble() => within(PROBE_TIMEOUT, self.probe()).await,
                _ = probe_at.tick() => within(PROBE_TIMEOUT, self.probe()).await,
            };
            if let Err(error) = done {
                return error;
            }
        }
    }

    fn deliver(&self, message: &Msg) {
        let channel = message.get_channel_name();
        let body = message.get_payload_bytes();
        let Some(topic) = self.parts.keys.topic_of(channel) else {
            match serde_json::from_slice::<Control>(body) {
                Ok(control) => self.parts.hub.dispatch_control(control),
                Err(error) => debug!(%error, "Ignored a control message of a kind that this version does not know"),
            }
            return;
        };
        // What cannot be read is still a sign that the rows hold more.
        let notice = wire::decode(&topic, body).unwrap_or(Notice::Lagged);
        self.parts.hub.dispatch(&topic, &notice);
    }

    async fn apply(&mut self, changes: Changes) -> Result<(), BoxError> {
        subscribe(&self.parts, &mut self.channels, &changes.subscribe).await?;
        for topics in changes.unsubscribe.chunks(SUBSCRIBE_BATCH_MAX) {
            self.channels.unsubscribe(names(&self.parts.keys, topics)).await?;
        }
        Ok(())
    }

    async fn probe(&mut self) -> Result<(), BoxError> {
        let ping = redis::cmd("PING");
        let commands = ping.query_async::<redis::Value>(&mut self.commands);
        let channels = self.channels.ping::<redis::Value>();
        tokio::try_join!(commands, channels)?;
        self.parts.link.trust();
        Ok(())
    }
}

/// A connection without a response timeout of its own: each use brings the one that fits it.
pub(crate) async fn connect(client: &Client) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new().set_connection_timeout(Some(OPEN_TIMEOUT)).set_response_timeout(None);
    client.get_multiplexed_async_connection_with_config(&config).await
}

async fn subscribe(parts: &Parts, channels: &mut PubSubSink, topics: &[Topic]) -> Result<(), BoxError> {
    for topics in topics.chunks(SUBSCRIBE_BATCH_MAX) {
        channels.subscribe(names(&parts.keys, topics)).await?;
        parts.hub.confirm(topics);
    }
    Ok(())
}

fn names(keys: &Keys, topics: &[Topic]) -> Vec<String> {
    topics.iter().map(|topic| keys.channel(topic)).collect()
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(Silent(limit).into()))
}
