//! The fan-out inside one process: from one feed of events to any number of subscriptions.
//!
//! The feed is either this process (in-process wiring: [`Hub::dispatch`] is called by the publisher) or the one Redis
//! subscription connection ([`crate::session`]). The hub knows who listens to which topic; the session asks it what to
//! subscribe and tells it what is confirmed. Nobody waits here: a full subscription is marked as lagged and skipped.
//!
//! Why a channel per subscription and not a `broadcast` per job: `broadcast` allocates its whole buffer at once, about
//! 10 KiB a job at this size, while an idle `mpsc` takes one small block. 10,000 streams must be cheap.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::{Notify, broadcast, mpsc, oneshot, watch};
use tracing::debug;

use crate::{
    keys::Topic,
    subscription::{ControlStream, Subscription},
    wire::{Control, Published},
};

/// How many events a subscription holds for a reader that does not read. One more, and it is marked as lagged.
pub const SUBSCRIBER_BUFFER: usize = 256;

/// How many control messages are kept for a slow receiver; the oldest are dropped first.
pub const CONTROL_BUFFER: usize = 1024;

/// What a subscription yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An event, whole.
    Event(Arc<Published>),
    /// An event too large for a message: read its row.
    Hint { seq: i64 },
    /// Events were dropped, because the reader was slow: read the rows after the last seq. What was buffered is gone too.
    Lagged,
    /// The bus is lost: poll the rows until `Restored`.
    Down,
    /// The bus is back: read the rows once more, then follow.
    Restored,
}

/// Whether events flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Health {
    pub(crate) up: bool,
    /// How often the bus was lost, so that a reader who slept through a loss still learns of it.
    pub(crate) losses: u64,
}

/// Where events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Feed {
    /// This process publishes to itself: always up, and a listener is live at once.
    Local,
    /// A Redis connection, which has to subscribe first.
    Remote,
}

pub(crate) struct Hub {
    feed: Feed,
    rooms: Mutex<Rooms>,
    /// Some job's listeners came or went; the session should look at [`Hub::take_changes`].
    changed: Notify,
    health: watch::Sender<Health>,
    controls: broadcast::Sender<Control>,
}

#[derive(Default)]
struct Rooms {
    by_topic: HashMap<Topic, Room>,
    /// Topics whose subscription may have to change. Level-triggered: the session compares, it does not replay.
    changed: HashSet<Topic>,
    next_listener: u64,
}

#[derive(Default)]
struct Room {
    /// Redis confirmed the subscription.
    live: bool,
    listeners: Vec<Listener>,
    /// Woken when the room is live, or when it is known that it will not be soon.
    waiting: Vec<oneshot::Sender<()>>,
}

struct Listener {
    id: u64,
    queue: mpsc::Sender<Notice>,
    lagged: Arc<AtomicBool>,
}

/// What the session has to tell Redis.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) subscribe: Vec<Topic>,
    pub(crate) unsubscribe: Vec<Topic>,
}

impl Hub {
    pub(crate) fn new(feed: Feed) -> Arc<Self> {
        let up = feed == Feed::Local;
        Arc::new(Self {
            feed,
            rooms: Mutex::default(),
            changed: Notify::new(),
            health: watch::Sender::new(Health { up, losses: u64::from(!up) }),
            controls: broadcast::Sender::new(CONTROL_BUFFER),
        })
    }

    /// Returns when the subscription is live, or when it is known that the bus is down.
    pub(crate) async fn subscribe(self: &Arc<Self>, topic: Topic) -> Subscription {
        let (queue, events) = mpsc::channel(SUBSCRIBER_BUFFER);
        let lagged = Arc::new(AtomicBool::new(false));
        let (health, id, live) = {
            let mut rooms = self.rooms();
            let health = self.health.subscribe();
            let up = health.borrow().up;
            let id = rooms.next_listener;
            rooms.next_listener += 1;
            let room = rooms.by_topic.entry(topic.clone()).or_default();
            room.listeners.push(Listener { id, queue, lagged: lagged.clone() });
            room.live |= self.feed == Feed::Local;
            let mut live = None;
            if up && !room.live {
                let (done, waits) = oneshot::channel();
                room.waiting.push(done);
                live = Some(waits);
                self.mark(&mut rooms, topic.clone());
            }
            (health, id, live)
        };
        // Built before the wait, so that a caller who gives up leaves nothing behind.
        let subscription = Subscription::new(self.clone(), topic, id, events, lagged, health);
        if let Some(live) = live {
            live.await.ok(); // Dropped unanswered only with the whole hub.
        }
        subscription
    }

    pub(crate) fn leave(&self, topic: &Topic, id: u64) {
        let mut rooms = self.rooms();
        let Some(room) = rooms.by_topic.get_mut(topic) else { return };
        room.listeners.retain(|listener| listener.id != id);
        if room.listeners.is_empty() {
            let is_subscribed = room.live || self.health.borrow().up;
            rooms.by_topic.remove(topic);
            if is_subscribed {
                self.mark(&mut rooms, topic.clone());
            }
        }
    }

    /// Asks the session to look at the topic. Readers that come and go while there is no connection ask for nothing:
    /// [`Hub::try_up`] finds those that are there when it opens.
    fn mark(&self, rooms: &mut Rooms, topic: Topic) {
        if self.feed == Feed::Remote {
            rooms.changed.insert(topic);
            self.changed.notify_one();
        }
    }

    /// Hands `notice` to every listener of the topic. Never waits.
    pub(crate) fn dispatch(&self, topic: &Topic, notice: &Notice) {
        let rooms = self.rooms();
        let Some(room) = rooms.by_topic.get(topic) else { return };
        for listener in &room.listeners {
            listener.offer(notice);
        }
    }

    pub(crate) fn dispatch_control(&self, message: Control) {
        if self.controls.send(message).is_err() {
            debug!("Nobody in this process listens to control messages");
        }
    }

    pub(crate) fn controls(self: &Arc<Self>) -> ControlStream {
        ControlStream::new(self.clone(), self.controls.subscribe())
    }

    /// Resolves when [`Hub::take_changes`] has something to say.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(crate) fn take_changes(&self) -> Changes {
        let mut rooms = self.rooms();
        let changed = std::mem::take(&mut rooms.changed);
        let mut changes = Changes::default();
        for topic in changed {
            match rooms.by_topic.get(&topic) {
                None => changes.unsubscribe.push(topic),
                Some(room) if !room.live => changes.subscribe.push(topic),
                Some(_) => {}
            }
        }
        changes
    }

    /// Redis confirmed these subscriptions.
    pub(crate) fn confirm(&self, topics: &[Topic]) {
        let mut rooms = self.rooms();
        for topic in topics {
            match rooms.by_topic.get_mut(topic) {
                Some(room) => {
                    room.live = true;
                    release(&mut room.waiting);
                }
                None => self.mark(&mut rooms, topic.clone()), // Its last reader left meanwhile.
            }
        }
    }

    /// Declares the bus up if every room is live; otherwise says which are not. Under one lock, so that no reader is told
    /// `Restored` before its own channel is subscribed.
    pub(crate) fn try_up(&self) -> Result<(), Vec<Topic>> {
        let rooms = self.rooms();
        let missing: Vec<Topic> =
            rooms.by_topic.iter().filter(|(_, room)| !room.live).map(|(topic, _)| topic.clone()).collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        self.health.send_modify(|health| health.up = true);
        Ok(())
    }

    /// The bus is lost: everybody is told, and every channel has to be subscribed again.
    pub(crate) fn down(&self) {
        let mut rooms = self.rooms();
        rooms.changed.clear();
        for room in rooms.by_topic.values_mut() {
            room.live = false;
            release(&mut room.waiting);
        }
        self.health.send_if_modified(|health| {
            let was_up = std::mem::replace(&mut health.up, false);
            health.losses += u64::from(was_up);
            was_up
        });
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    fn offer(&self, notice: &Notice) {
        // While the mark is set nothing is queued: the reader will read rows from further back anyway.
        if !self.lagged.load(Ordering::Acquire) && self.queue.try_send(notice.clone()).is_err() {
            self.lagged.store(true, Ordering::Release);
            metrics::counter!("broker_subscribers_lagged_total").increment(1);
        }
    }
}

fn release(waiting: &mut Vec<oneshot::Sender<()>>) {
    for waits in std::mem::take(waiting) {
        waits.send(()).ok(); // The subscriber may have given up.
    }
}

#[cfg(test)]
mod tests {
    use domain::JobId;

    use super::*;

    #[tokio::test]
    async fn a_room_is_subscribed_once_and_left_with_its_last_listener() {
        let hub = Hub::new(Feed::Remote);
        assert_eq!(hub.try_up(), Ok(()));
        let topic = Topic::from(JobId::new());
        let confirming = async {
            hub.changed().await;
            assert_eq!(hub.take_changes(), Changes { subscribe: vec![topic.clone()], unsubscribe: vec![] });
            hub.confirm(std::slice::from_ref(&topic));
        };
        let (first, second, ()) = tokio::join!(hub.subscribe(topic.clone()), hub.subscribe(topic.clone()), confirming);
        drop(first);
        assert_eq!(hub.take_changes(), Changes::default());
        drop(second);
        assert_eq!(hub.take_changes(), Changes { subscribe: vec![], unsubscribe: vec![topic.clone()] });
    }

    #[tokio::test]
    async fn the_bus_is_not_up_before_every_room_is_live() {
        let hub = Hub::new(Feed::Remote);
        let topic = Topic::from(JobId::new());
        let mut early = hub.subscribe(topic.clone()).await;
        assert_eq!(early.recv().await, Notice::Down);
        assert_eq!(hub.try_up(), Err(vec![topic.clone()]));
        hub.confirm(std::slice::from_ref(&topic));
        assert_eq!(hub.try_up(), Ok(()));
        assert_eq!(early.recv().await, Notice::Restored);
    }

    #[tokio::test]
    async fn a_loss_that_was_slept_through_is_still_told() {
        let hub = Hub::new(Feed::Remote);
        assert_eq!(hub.try_up(), Ok(()));
        let topic = Topic::from(JobId::new());
        let subscribing = hub.subscribe(topic.clone());
        let confirming = async {
            hub.changed().await;
            hub.confirm(std::slice::from_ref(&topic));
        };
        let (mut reader, ()) = tokio::join!(subscribing, confirming);
        hub.down();
        hub.confirm(std::slice::from_ref(&topic));
        assert_eq!(hub.try_up(), Ok(()));
        assert_eq!(reader.recv().await, Notice::Down);
        assert_eq!(reader.recv().await, Notice::Restored);
    }

    #[tokio::test]
    async fn readers_that_come_and_go_during_an_outage_leave_nothing_behind() {
        let hub = Hub::new(Feed::Remote);
        for _ in 0..100 {
            drop(hub.subscribe(JobId::new().into()).await);
        }
        assert_eq!(hub.take_changes(), Changes::default());
        let gone = Topic::from(JobId::new());
        hub.confirm(std::slice::from_ref(&gone));
        assert_eq!(hub.take_changes(), Changes { subscribe: vec![], unsubscribe: vec![gone] });
    }

    #[tokio::test]
    async fn a_subscriber_does_not_wait_for_a_lost_bus() {
        let hub = Hub::new(Feed::Remote);
        assert_eq!(hub.try_up(), Ok(()));
        let losing = async {
            hub.changed().await;
            hub.down();
        };
        let (mut reader, ()) = tokio::join!(hub.subscribe(JobId::new().into()), losing);
        assert_eq!(reader.recv().await, Notice::Down);
    }
}
