//! Events and control messages.

use std::collections::HashSet;

use broker::{
    Broker, Control, EVENT_BYTES_MAX, Notice, Published, SUBSCRIBER_BUFFER, Subscription, Topic, testing::RedisServer,
};
use domain::{JobId, TenantId};
use futures::{FutureExt, future::join_all};

use crate::support::{both_wirings, connect, event, eventually, raw, soon};

async fn seq(events: &mut Subscription) -> i64 {
    match soon(events.recv()).await {
        Notice::Event(event) => event.seq,
        other => panic!("not an event: {other:?}"),
    }
}

#[tokio::test]
async fn a_reader_gets_its_jobs_events_in_order_and_no_others() {
    let (_server, brokers) = both_wirings().await;
    for broker in brokers {
        let (mine, other) = (JobId::new(), JobId::new());
        let mut events = broker.subscribe(mine).await;
        for first in (1..=200).step_by(20) {
            let records: Vec<Published> =
                (first..first + 20).flat_map(|seq| [event(mine, seq), event(other, seq)]).collect();
            broker.publish(&records).await.expect("it publishes");
        }
        for seq in 1..=200 {
            let Notice::Event(got) = soon(events.recv()).await else { panic!("not an event") };
            assert_eq!(*got, event(mine, seq));
        }
    }
}

#[tokio::test]
async fn a_tenants_alerts_are_hinted_at_to_its_own_readers() {
    let (_server, brokers) = both_wirings().await;
    for broker in brokers {
        let tenant = |name: &str| TenantId(name.to_owned());
        let mut acme = broker.subscribe(Topic::Alerts(tenant("acme"))).await;
        let mut other = broker.subscribe(Topic::Alerts(tenant("acm"))).await;
        broker.hint_alerts(&tenant("acme"), 7).await.expect("it is told");
        broker.hint_alerts(&tenant("acm"), 8).await.expect("it is told");
        assert_eq!(soon(acme.recv()).await, Notice::Hint { seq: 7 });
        assert_eq!(soon(other.recv()).await, Notice::Hint { seq: 8 });
    }
}

#[tokio::test]
async fn a_live_subscription_misses_nothing_from_its_first_moment() {
    let server = RedisServer::start();
    let config = server.config();
    let (reader, writer) = (connect(&config).await, connect(&config).await);
    let rounds = (0..500).map(|_| async {
        let job_id = JobId::new();
        let mut events = reader.subscribe(job_id).await;
        writer.publish(&[event(job_id, 1)]).await.expect("it publishes");
        assert_eq!(seq(&mut events).await, 1);
    });
    join_all(rounds).await;
}

#[tokio::test]
async fn a_slow_reader_lags_and_the_others_are_exact() {
    let (_server, brokers) = both_wirings().await;
    for broker in brokers {
        let job_id = JobId::new();
        let mut slow = broker.subscribe(job_id).await;
        let mut quick: Vec<Subscription> = join_all((0..20).map(|_| broker.subscribe(job_id))).await;
        let total = SUBSCRIBER_BUFFER as i64 * 4;
        for sent in 1..=total {
            broker.publish(&[event(job_id, sent)]).await.expect("it publishes");
            for reader in &mut quick {
                assert_eq!(seq(reader).await, sent);
            }
        }
        assert_eq!(soon(slow.recv()).await, Notice::Lagged);
        broker.publish(&[event(job_id, total + 1)]).await.expect("it publishes");
        assert_eq!(seq(&mut slow).await, total + 1, "after the mark it follows again");
    }
}

#[tokio::test]
async fn a_large_event_is_a_hint() {
    let (_server, brokers) = both_wirings().await;
    for broker in brokers {
        let job_id = JobId::new();
        let mut events = broker.subscribe(job_id).await;
        let json = |bytes| Published { json: "x".repeat(bytes).into(), ..event(job_id, 1) };
        broker.publish(&[json(EVENT_BYTES_MAX), json(EVENT_BYTES_MAX + 1)]).await.expect("it publishes");
        assert_eq!(soon(events.recv()).await, Notice::Event(json(EVENT_BYTES_MAX).into()));
        assert_eq!(soon(events.recv()).await, Notice::Hint { seq: 1 });
    }
}

#[tokio::test]
async fn what_cannot_be_read_means_read_the_rows() {
    let server = RedisServer::start();
    let config = server.config();
    let broker = connect(&config).await;
    let job_id = JobId::new();
    let mut events = broker.subscribe(job_id).await;
    let mut redis = raw(&config).await;
    let channel = format!("{}:events:{job_id}", config.prefix);
    let () = redis::cmd("PUBLISH").arg(channel).arg("?").query_async(&mut redis).await.expect("it publishes");
    assert_eq!(soon(events.recv()).await, Notice::Lagged);
}

#[tokio::test]
async fn ten_thousand_streams_share_one_connection_and_leave_nothing() {
    const STREAMS: usize = 10_000;
    let server = RedisServer::start();
    let config = server.config();
    let broker = connect(&config).await;
    let mut redis = raw(&config).await;
    let jobs: Vec<JobId> = (0..STREAMS).map(|_| JobId::new()).collect();
    let mut streams = soon(join_all(jobs.iter().map(|job_id| broker.subscribe(*job_id)))).await;
    let clients: String = redis::cmd("CLIENT").arg("LIST").query_async(&mut redis).await.expect("it lists");
    assert_eq!(clients.lines().count(), 3, "commands, subscriptions, and this test");
    for (job_id, stream) in jobs.iter().zip(&mut streams).step_by(500) {
        broker.publish(&[event(*job_id, 1)]).await.expect("it publishes");
        assert_eq!(seq(stream).await, 1);
    }
    drop(streams);
    eventually("every channel is left", async || channels(&mut redis.clone(), &config.prefix).await.is_empty()).await;
}

#[tokio::test]
async fn coming_and_going_never_loses_a_reader() {
    let server = RedisServer::start();
    let config = server.config();
    let broker = connect(&config).await;
    let job_id = JobId::new();
    for round in 1..=200 {
        let first = broker.subscribe(job_id).await;
        drop(first);
        let mut second = broker.subscribe(job_id).await;
        broker.publish(&[event(job_id, round)]).await.expect("it publishes");
        assert_eq!(seq(&mut second).await, round);
    }
    drop(broker.subscribe(JobId::new()).now_or_never()); // Given up half-way.
    eventually("the channel is left", async || channels(&mut raw(&config).await, &config.prefix).await.is_empty())
        .await;
}

async fn channels(redis: &mut redis::aio::MultiplexedConnection, prefix: &str) -> Vec<String> {
    redis::cmd("PUBSUB").arg("CHANNELS").arg(format!("{prefix}:events:*")).query_async(redis).await.expect("it lists")
}

#[tokio::test]
async fn a_control_message_reaches_every_process() {
    let server = RedisServer::start();
    let config = server.config();
    let pair = [connect(&config).await, connect(&config).await];
    let mut streams: Vec<_> = pair.iter().map(Broker::controls).collect();
    let mut redis = raw(&config).await;
    let later = r#"{"kind":"drain","id":1}"#;
    let () = redis::cmd("PUBLISH")
        .arg(format!("{}:control", config.prefix))
        .arg(later)
        .query_async(&mut redis)
        .await
        .expect("it publishes");
    let cancel = Control::Cancel(JobId::new());
    pair[0].control(cancel).await.expect("it sends");
    for stream in &mut streams {
        assert_eq!(soon(stream.recv()).await, cancel, "the unknown kind is skipped");
    }
}

#[tokio::test]
async fn a_slow_control_stream_keeps_the_newest() {
    let broker = Broker::in_process();
    let mut stream = broker.controls();
    let jobs: Vec<JobId> = (0..3_000).map(|_| JobId::new()).collect();
    for job_id in &jobs {
        broker.control(Control::Cancel(*job_id)).await.expect("it sends");
    }
    let mut got = HashSet::new();
    loop {
        let Control::Cancel(job_id) = soon(stream.recv()).await;
        got.insert(job_id);
        if Some(&job_id) == jobs.last() {
            break;
        }
    }
    assert!(got.len() >= broker::CONTROL_BUFFER);
}

#[tokio::test]
async fn a_closed_broker_closes_its_connections_and_says_so() {
    let server = RedisServer::start();
    let config = server.config();
    let broker = connect(&config).await;
    let mut events = broker.subscribe(JobId::new()).await;
    drop(broker);
    assert_eq!(soon(events.recv()).await, Notice::Down);
    let redis = raw(&config).await;
    eventually("both connections are closed", async || {
        let clients: String = redis::cmd("CLIENT").arg("LIST").query_async(&mut redis.clone()).await.expect("it lists");
        clients.lines().count() == 1
    })
    .await;
}
