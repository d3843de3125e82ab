//! Rings with a Redis that is well.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use broker::{Error, RINGS_OUTSTANDING_MAX, Rung, testing::RedisServer};
use domain::{Ring, WorkerId};
use tokio::sync::{Barrier, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::support::{Consumer, PATIENCE, both_wirings, connect, eventually, raw, ring};

#[tokio::test]
async fn a_ring_reaches_a_consumer_before_or_after_it_starts() {
    let (_server, brokers) = both_wirings().await;
    for broker in brokers {
        let early = ring();
        assert_eq!(broker.ring(early).await.expect("it rings"), Rung::Queued);
        let mut consumer = Consumer::start(&broker, 4);
        assert_eq!(consumer.next().await, early);
        let late = ring();
        broker.ring(late).await.expect("it rings");
        assert_eq!(consumer.next().await, late);
        consumer.stop().await;
    }
}

#[tokio::test]
async fn a_ring_five_times_over_is_one_claim() {
    let (_server, brokers) = both_wirings().await;
    for broker in brokers {
        let claimed = Arc::new(Mutex::new(HashSet::new()));
        let claims = Arc::new(AtomicUsize::new(0));
        let (seen, count) = (claimed.clone(), claims.clone());
        let mut consumer = Consumer::start_with(&broker, 8, move |ring| {
            if seen.lock().expect("no panic").insert(ring) {
                count.fetch_add(1, Ordering::SeqCst);
            }
            async {}
        });
        let ring = ring();
        broker.ring_all(&[ring; 5]).await.expect("it rings");
        for _ in 0..5 {
            assert_eq!(consumer.next().await, ring);
        }
        assert_eq!(claims.load(Ordering::SeqCst), 1);
        consumer.stop().await;
    }
}

#[tokio::test]
async fn many_rings_without_a_consumer_stay_few() {
    let (_server, brokers) = both_wirings().await;
    for broker in brokers {
        let mut queued = 0;
        for _ in 0..200 {
            let rings: Vec<Ring> = (0..100).map(|_| ring()).collect();
            queued += broker.ring_all(&rings).await.expect("it rings");
            assert!(broker.outstanding().await.expect("it counts") <= RINGS_OUTSTANDING_MAX as u64);
        }
        assert_eq!(queued, RINGS_OUTSTANDING_MAX);
        assert_eq!(broker.ring(ring()).await.expect("it answers"), Rung::Dropped);
        let mut consumer = Consumer::start(&broker, 16);
        for _ in 0..RINGS_OUTSTANDING_MAX {
            consumer.next().await;
        }
        assert_eq!(broker.outstanding().await.expect("it counts"), 0);
        assert_eq!(broker.ring(ring()).await.expect("it rings"), Rung::Queued);
        consumer.next().await;
        consumer.stop().await;
    }
}

#[tokio::test]
async fn more_rings_at_once_than_there_is_room_for() {
    let (_server, brokers) = both_wirings().await;
    for broker in brokers {
        let rings: Vec<Ring> = (0..RINGS_OUTSTANDING_MAX + 500).map(|_| ring()).collect();
        assert_eq!(broker.ring_all(&rings[..10]).await.expect("it rings"), 10);
        assert_eq!(broker.ring_all(&rings[10..]).await.expect("it rings"), RINGS_OUTSTANDING_MAX - 10);
        assert_eq!(broker.ring_all(&rings).await.expect("it answers"), 0);
        assert_eq!(broker.ring_all(&[]).await.expect("it answers"), 0);
        let mut consumer = Consumer::start(&broker, 1);
        for expected in &rings[..RINGS_OUTSTANDING_MAX] {
            assert_eq!(consumer.next().await, *expected, "the first ones found room, in order");
        }
        consumer.stop().await;
    }
}

#[tokio::test]
async fn a_full_consumer_leaves_rings_to_others_and_a_shutdown_waits_for_its_calls() {
    let (_server, brokers) = both_wirings().await;
    for broker in brokers {
        let gate = Arc::new(Semaphore::new(0));
        let started = Arc::new(AtomicUsize::new(0));
        let (opens, starts) = (gate.clone(), started.clone());
        let mut consumer = Consumer::start_with(&broker, 2, move |_| {
            starts.fetch_add(1, Ordering::SeqCst);
            let opens = opens.clone();
            async move { opens.acquire().await.expect("the gate stays").forget() }
        });
        let rings: Vec<Ring> = (0..10).map(|_| ring()).collect();
        broker.ring_all(&rings).await.expect("it rings");
        eventually("both slots are taken", async || started.load(Ordering::SeqCst) == 2).await;
        assert_eq!(broker.outstanding().await.expect("it counts"), 8);
        assert_eq!(broker.consumer_poll_age_ms(), Some(0), "full is not dead");

        consumer.shutdown.cancel();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!consumer.task.is_finished(), "it waits for the calls in flight");
        gate.add_permits(2);
        consumer.next().await;
        consumer.next().await;
        consumer.stop().await;
        assert_eq!(started.load(Ordering::SeqCst), 2, "nothing was fetched after the shutdown");
        assert_eq!(broker.outstanding().await.expect("it counts"), 8);
        assert_eq!(broker.consumer_poll_age_ms(), None);
    }
}

#[tokio::test]
async fn two_consumers_share_the_work() {
    const RINGS: usize = 200;
    let server = RedisServer::start();
    let config = server.config();
    let pair = [connect(&config).await, connect(&config).await];
    let both_have_one = Arc::new(Barrier::new(2));
    let mut consumers: Vec<Consumer> = pair
        .iter()
        .map(|broker| {
            let first = Arc::new(AtomicBool::new(true));
            let both_have_one = both_have_one.clone();
            Consumer::start_with(broker, 1, move |_| {
                let (first, both_have_one) = (first.swap(false, Ordering::SeqCst), both_have_one.clone());
                async move {
                    if first {
                        both_have_one.wait().await;
                    }
                }
            })
        })
        .collect();
    let rings: HashSet<Ring> = (0..RINGS).map(|_| ring()).collect();
    let sent: Vec<Ring> = rings.iter().copied().collect();
    pair[0].ring_all(&sent).await.expect("it rings");
    let mut got = HashSet::new();
    for _ in 0..RINGS {
        let (left, right) = consumers.split_at_mut(1);
        let ring = tokio::select! { ring = left[0].next() => ring, ring = right[0].next() => ring };
        assert!(got.insert(ring), "nobody gets a ring that another got");
    }
    assert_eq!(got, rings);
    for consumer in consumers {
        consumer.stop().await;
    }
}

#[tokio::test]
async fn a_panicking_handler_costs_its_ring_only() {
    let (_server, brokers) = both_wirings().await;
    for broker in brokers {
        let bad = ring();
        let mut consumer =
            Consumer::start_with(&broker, 2, move |ring| async move { assert_ne!(ring, bad, "on purpose") });
        let good = ring();
        broker.ring_all(&[bad, good, bad, good]).await.expect("it rings");
        assert_eq!(consumer.next().await, good);
        assert_eq!(consumer.next().await, good);
        assert!(broker.consumer_healthy(PATIENCE));
        consumer.stop().await;
    }
}

#[tokio::test]
async fn a_consumer_needs_a_slot_and_ends_at_once_when_it_is_too_late() {
    let (_server, brokers) = both_wirings().await;
    for broker in brokers {
        let late = CancellationToken::new();
        late.cancel();
        let refused = broker.consume(WorkerId::new(), 0, |_| async {}, late.clone()).await;
        assert!(matches!(refused, Err(Error::NoSlots)));
        crate::support::soon(broker.consume(WorkerId::new(), 1, |_| async {}, late)).await.expect("it ends well");
    }
}

#[tokio::test]
async fn nothing_is_left_in_redis_after_the_work() {
    const JOBS: usize = 300;
    let server = RedisServer::start();
    let config = server.config();
    let broker = connect(&config).await;
    let mut redis = raw(&config).await;
    let mut consumer = Consumer::start(&broker, 8);
    for _ in 0..JOBS {
        let ring = ring();
        let mut events = broker.subscribe(ring.job_id).await;
        broker.ring(ring).await.expect("it rings");
        consumer.next().await;
        broker.publish(&[crate::support::event(ring.job_id, 1)]).await.expect("it publishes");
        crate::support::soon(events.recv()).await;
    }
    consumer.stop().await;
    let keys: usize = redis::cmd("DBSIZE").query_async(&mut redis).await.expect("it counts");
    assert_eq!(keys, 0);
    eventually("no job's channel is left", async || {
        let channels: Vec<String> =
            redis::cmd("PUBSUB").arg("CHANNELS").query_async(&mut redis.clone()).await.expect("it lists");
        channels == [format!("{}:control", config.prefix)]
    })
    .await;
}

#[tokio::test]
async fn what_is_not_a_ring_is_skipped() {
    let server = RedisServer::start();
    let config = server.config();
    let broker = connect(&config).await;
    let mut redis = raw(&config).await;
    let () = redis::cmd("RPUSH")
        .arg(format!("{}:ring", config.prefix))
        .arg("not a ring")
        .query_async(&mut redis)
        .await
        .expect("it pushes");
    let mut consumer = Consumer::start(&broker, 1);
    let ring = ring();
    broker.ring(ring).await.expect("it rings");
    assert_eq!(consumer.next().await, ring);
    consumer.stop().await;
}
