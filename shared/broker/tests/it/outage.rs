//! Redis killed, flushed, silent, locked, or absent from the start.

use std::time::{Duration, Instant};

use broker::{Broker, COMMAND_TIMEOUT, Config, Control, Error, Notice, PING_TIMEOUT, testing::RedisServer};
use domain::JobId;
use redis::AsyncCommands;

use crate::support::{Consumer, PATIENCE, connect, event, eventually, raw, ring, soon};

/// How long a call may take that does not even try. Generous, for a busy machine.
const AT_ONCE: Duration = Duration::from_millis(200);

/// What a bounded call may take on top of its bound.
const SLACK: Duration = Duration::from_millis(500);

async fn rings_again(broker: &Broker) {
    eventually("Redis is back", async || broker.ping().await.is_ok()).await;
    broker.ring(ring()).await.expect("it rings");
}

#[tokio::test]
async fn a_consumer_outlives_kills_and_flushes() {
    let mut server = RedisServer::start();
    let config = server.config();
    let broker = connect(&config).await;
    let mut consumer = Consumer::start(&broker, 2);
    for _ in 0..3 {
        broker.ring(ring()).await.expect("it rings");
        consumer.next().await;
        server.restart();
        rings_again(&broker).await;
        consumer.next().await;
        let () = redis::cmd("FLUSHALL").query_async(&mut raw(&config).await).await.expect("it flushes");
        broker.ring(ring()).await.expect("it rings");
        consumer.next().await;
        assert!(!consumer.task.is_finished());
    }
    consumer.stop().await;
}

#[tokio::test]
async fn a_consumer_stops_while_redis_is_away() {
    let mut server = RedisServer::start();
    let broker = connect(&server.config()).await;
    let consumer = Consumer::start(&broker, 1);
    eventually("it looks", async || broker.consumer_poll_age_ms().is_some()).await;
    server.kill();
    eventually("it is seen to be dead", async || !broker.consumer_healthy(Duration::from_millis(1500))).await;
    consumer.stop().await;
}

#[tokio::test]
async fn every_call_fails_at_once_while_redis_is_away() {
    let mut server = RedisServer::start();
    let broker = connect(&server.config()).await;
    server.kill();
    eventually("the loss is noticed", async || broker.ping().await.is_err()).await;
    let job_id = JobId::new();
    let started = Instant::now();
    for _ in 0..1_000 {
        assert!(matches!(broker.ring(ring()).await, Err(Error::Unavailable(_))));
        assert!(matches!(broker.publish(&[event(job_id, 1)]).await, Err(Error::Unavailable(_))));
        assert!(matches!(broker.control(Control::Cancel(job_id)).await, Err(Error::Unavailable(_))));
        assert!(matches!(broker.outstanding().await, Err(Error::Unavailable(_))));
        assert!(broker.ping().await.is_err());
    }
    assert!(started.elapsed() < PATIENCE / 10, "took {:?}", started.elapsed());
}

#[tokio::test]
async fn a_silent_redis_holds_up_one_call_for_a_second_and_the_next_not_at_all() {
    let server = RedisServer::start();
    let broker = connect(&server.config()).await;
    let mut consumer = Consumer::start(&broker, 1);
    broker.ring(ring()).await.expect("it rings");
    consumer.next().await;
    server.pause();
    let started = Instant::now();
    assert!(broker.ring(ring()).await.is_err());
    assert!(started.elapsed() < COMMAND_TIMEOUT + SLACK, "took {:?}", started.elapsed());
    let started = Instant::now();
    let newcomer = connect(&server.config()).await;
    assert!(newcomer.ring(ring()).await.is_err());
    assert!(started.elapsed() < Duration::from_secs(1) + SLACK, "took {:?}", started.elapsed());
    let started = Instant::now();
    assert!(broker.ring(ring()).await.is_err());
    assert!(broker.publish(&[event(JobId::new(), 1)]).await.is_err());
    assert!(broker.ping().await.is_err());
    assert!(started.elapsed() < AT_ONCE, "took {:?}", started.elapsed());
    assert!(PING_TIMEOUT <= Duration::from_secs(2));
    let mut events = soon(broker.subscribe(JobId::new())).await;
    assert_eq!(soon(events.recv()).await, Notice::Down);
    server.resume();
    rings_again(&broker).await;
    consumer.next().await;
    assert_eq!(soon(events.recv()).await, Notice::Restored);
    consumer.stop().await;
}

#[tokio::test]
async fn a_process_starts_without_redis_and_finds_it_later() {
    let mut server = RedisServer::start();
    server.kill();
    let started = Instant::now();
    let broker = connect(&server.config()).await;
    assert!(started.elapsed() < Duration::from_secs(1), "took {:?}", started.elapsed());
    assert!(matches!(broker.ring(ring()).await, Err(Error::Unavailable(_))));
    let mut consumer = Consumer::start(&broker, 1);
    let job_id = JobId::new();
    let mut events = soon(broker.subscribe(job_id)).await;
    assert_eq!(soon(events.recv()).await, Notice::Down);
    server.restart();
    rings_again(&broker).await;
    consumer.next().await;
    assert_eq!(soon(events.recv()).await, Notice::Restored);
    broker.publish(&[event(job_id, 1)]).await.expect("it publishes");
    assert!(matches!(soon(events.recv()).await, Notice::Event(_)));
    consumer.stop().await;
}

#[tokio::test]
async fn readers_are_told_of_the_loss_and_of_the_return() {
    let mut server = RedisServer::start();
    let broker = connect(&server.config()).await;
    let job_id = JobId::new();
    let mut readers = Vec::new();
    for _ in 0..50 {
        readers.push(broker.subscribe(job_id).await);
        readers.push(broker.subscribe(JobId::new()).await);
    }
    for round in 1..=3 {
        server.restart();
        for reader in &mut readers {
            assert_eq!(soon(reader.recv()).await, Notice::Down);
            assert_eq!(soon(reader.recv()).await, Notice::Restored);
        }
        broker.publish(&[event(job_id, round)]).await.expect("it publishes");
        for reader in readers.iter_mut().step_by(2) {
            assert!(matches!(soon(reader.recv()).await, Notice::Event(event) if event.seq == round));
        }
    }
}

#[tokio::test]
async fn a_locked_redis_is_seen_and_survived() {
    let server = RedisServer::start();
    let config = server.config();
    let broker = connect(&config).await;
    let mut consumer = Consumer::start(&broker, 1);
    let mut redis = raw(&config).await;
    let () = redis::pipe()
        .cmd("CONFIG")
        .arg(&["SET", "requirepass", "secret"])
        .cmd("CLIENT")
        .arg(&["KILL", "SKIPME", "yes", "TYPE", "normal"])
        .cmd("CLIENT")
        .arg(&["KILL", "TYPE", "pubsub"])
        .ignore()
        .query_async(&mut redis)
        .await
        .expect("it locks");
    eventually("it is seen to be dead", async || !broker.consumer_healthy(Duration::from_millis(1500))).await;
    assert!(matches!(broker.ring(ring()).await, Err(Error::Unavailable(_))));
    let () = redis::cmd("CONFIG").arg(&["SET", "requirepass", ""]).query_async(&mut redis).await.expect("it unlocks");
    rings_again(&broker).await;
    consumer.next().await;
    assert!(broker.consumer_healthy(PATIENCE));
    consumer.stop().await;
}

#[tokio::test]
async fn a_refused_command_is_no_outage() {
    let server = RedisServer::start();
    let config = server.config();
    let broker = connect(&config).await;
    let () = raw(&config).await.set(format!("{}:ring", config.prefix), "not a list").await.expect("it sets");
    assert!(matches!(broker.ring(ring()).await, Err(Error::Refused(_))));
    broker.ping().await.expect("Redis is well");
    let mut consumer = Consumer::start(&broker, 1);
    let () = raw(&config).await.del(format!("{}:ring", config.prefix)).await.expect("it deletes");
    broker.ring(ring()).await.expect("it rings");
    consumer.next().await;
    consumer.stop().await;
}

#[tokio::test]
async fn what_can_never_work_is_refused() {
    let bad_url = Config { redis_url: Some("not an address".into()), ..Config::default() };
    assert!(matches!(Broker::connect(&bad_url).await, Err(Error::Address(_))));
    let bad_prefix = Config { redis_url: Some("redis://localhost".into()), prefix: "a b".to_owned() };
    assert!(matches!(Broker::connect(&bad_prefix).await, Err(Error::Prefix(_))));
    assert!(connect(&Config::default()).await.is_in_process());
}
