//! Streams are the journal, whatever happens in between.

use api::{Access, Config};
use broker::Broker;
use domain::JobId;
use futures::future::join_all;
use tokio::task::JoinSet;

use crate::support::{Hand, Server, Stream, eventually, journal, problem, problem_of};

/// A job with this many events, of which the last is terminal.
async fn finished_job(server: &Server, events: usize) -> JobId {
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    hand.outputs(events - 3, 10).await;
    hand.complete().await;
    id
}

#[tokio::test]
async fn a_stream_from_the_start_misses_nothing() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut stream = Stream::open(&server, id, 0).await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    for _ in 0..20 {
        hand.outputs(3, 10).await;
    }
    hand.complete().await;
    let list = stream.rest().await;
    assert_eq!(list, journal(server.store(), id).await);
    assert_eq!(list.len(), 63);
    assert_eq!(list[0].1, "state_change");
    assert_eq!(list[62].1, "complete");
    assert_eq!(list[62].2["event"]["type"], "complete");
    assert_eq!(stream.retries.len(), 1);
    assert!((1000..=5000).contains(&stream.retries[0]));
}

#[tokio::test]
async fn streams_opened_during_bursts_are_exact() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    let reading = join_all((0..60).map(|_| async { Stream::open(&server, id, 0).await.rest().await }));
    let writing = async {
        for _ in 0..100 {
            hand.outputs(7, 10).await;
        }
        hand.complete().await;
    };
    let (lists, ()) = futures::future::join(reading, writing).await;
    let journal = journal(server.store(), id).await;
    assert_eq!(journal.len(), 703);
    for list in lists {
        assert_eq!(list, journal);
    }
}

#[tokio::test]
async fn every_resume_point_gives_the_exact_rest() {
    let server = Server::start().await;
    let id = finished_job(&server, 60).await;
    let journal = journal(server.store(), id).await;
    assert_eq!(journal.len(), 60);
    for after in 0..60_usize {
        let mut stream = Stream::open(&server, id, after as i64).await;
        assert_eq!(stream.rest().await, journal[after..], "after {after}");
    }
    let response = server.get(&format!("/v1/stream/{id}?after=60")).send().await.unwrap();
    assert_eq!(response.status(), 204);
}

#[tokio::test]
async fn a_live_stream_cut_at_every_event_is_exact() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    let mut list = Vec::new();
    for _ in 0..20 {
        hand.outputs(1, 10).await;
        let mut stream = Stream::open(&server, id, list.len() as i64).await;
        list.extend(stream.take(1).await);
    }
    hand.complete().await;
    list.extend(Stream::open(&server, id, 20).await.rest().await);
    assert_eq!(list, journal(server.store(), id).await);
}

#[tokio::test]
async fn a_job_that_ends_while_nobody_listens_is_told_afterwards() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut stream = Stream::open(&server, id, 0).await;
    let first = stream.take(1).await;
    drop(stream);
    let mut hand = Hand::claim(&server.dispatch, id).await;
    hand.outputs(600, 10).await;
    hand.complete().await;
    let mut list = first;
    list.extend(Stream::open(&server, id, 1).await.rest().await);
    assert_eq!(list, journal(server.store(), id).await);
    assert_eq!(list.len(), 603);
}

#[tokio::test]
async fn what_the_bus_lost_is_read_at_the_next_sign_of_life() {
    let config = Config { sse_heartbeat_ms: 100, ..Config::default() };
    let server = Server::start_with(config, Access::Open, Broker::in_process()).await;
    let id = server.submit().await;
    let mut stream = Stream::open(&server, id, 0).await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    stream.take(2).await;
    hand.is_loud = false;
    hand.outputs(2, 10).await;
    assert_eq!(stream.take(2).await[1].0, 4);
    // A gap: the first of the next two is lost, the second is told.
    hand.outputs(1, 10).await;
    hand.is_loud = true;
    hand.outputs(1, 10).await;
    assert_eq!(stream.take(2).await[1].0, 6);
    hand.is_loud = false;
    hand.complete().await;
    assert_eq!(stream.rest().await[0].1, "complete");
}

#[tokio::test]
async fn silence_is_filled_with_pings() {
    let config = Config { sse_heartbeat_ms: 20, ..Config::default() };
    let server = Server::start_with(config, Access::Open, Broker::in_process()).await;
    let id = server.submit().await;
    let mut stream = Stream::open(&server, id, 0).await;
    stream.take(1).await;
    stream.listen_for_pings(3).await;
    server.dispatch.cancel(&store::Owner::new(domain::TenantId::default_tenant()), id, "x").await.unwrap();
    assert_eq!(stream.rest().await[0].1, "error");
}

#[tokio::test]
async fn large_events_arrive_whole() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut stream = Stream::open(&server, id, 0).await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    hand.outputs(3, 200_000).await;
    hand.complete().await;
    assert_eq!(stream.rest().await, journal(server.store(), id).await);
}

#[tokio::test]
async fn feedback_after_the_end_is_read_once_and_then_nothing_follows() {
    let server = Server::start().await;
    let id = finished_job(&server, 5).await;
    let feedback = serde_json::json!({ "job_id": id, "rating": 5 });
    assert_eq!(server.post("/v1/feedback", &feedback).send().await.unwrap().status(), 201);
    let rest = Stream::open(&server, id, 5).await.rest().await;
    assert_eq!(rest.iter().map(|(seq, kind, _)| (*seq, kind.as_str())).collect::<Vec<_>>(), [(6, "alert")]);
    assert_eq!(server.get(&format!("/v1/stream/{id}?after=6")).send().await.unwrap().status(), 204);
    assert_eq!(Stream::open(&server, id, 0).await.rest().await, journal(server.store(), id).await);
}

#[tokio::test]
async fn a_cursor_is_a_number_of_this_job() {
    let server = Server::start().await;
    let long = finished_job(&server, 60).await;
    let short = server.submit().await;
    let path = format!("/v1/stream/{short}");
    for cursor in ["2", "60", "-1", "+1", "", "x", "1.0", "0x1", "99999999999999999999", "1 2", &long.to_string()] {
        let body = problem(server.get(&path).header("Last-Event-ID", cursor), 400, "bad_cursor").await;
        assert_eq!(body["errors"][0]["pointer"], "Last-Event-ID", "{cursor}");
    }
    let bytes = reqwest::header::HeaderValue::from_bytes(b"\xff").unwrap();
    problem(server.get(&path).header("Last-Event-ID", bytes), 400, "bad_cursor").await;
    let body = problem(server.get(&format!("{path}?after=7")), 400, "bad_cursor").await;
    assert_eq!(body["errors"][0]["pointer"], "after");
    // The header wins.
    let mut stream =
        Stream::from(server.get(&format!("{path}?after=x")).header("Last-Event-ID", "0").send().await.unwrap());
    assert_eq!(stream.take(1).await[0].0, 1);
}

#[tokio::test]
async fn above_the_limit_a_stream_is_refused_and_a_place_comes_back() {
    let config = Config { sse_clients_max: 2, ..Config::default() };
    let server = Server::start_with(config, Access::Open, Broker::in_process()).await;
    let id = server.submit().await;
    let mut first = Stream::open(&server, id, 0).await;
    let second = Stream::open(&server, id, 0).await;
    let response = server.get(&format!("/v1/stream/{id}")).send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "5");
    problem_of(response, 503, "too_many_streams").await;
    drop(second);
    eventually("the place is free", async || {
        server.get(&format!("/v1/stream/{id}")).send().await.unwrap().status() == 200
    })
    .await;
    assert_eq!(first.take(1).await[0].0, 1);
}

#[tokio::test]
async fn a_shutdown_says_when_to_come_back() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut stream = Stream::open(&server, id, 0).await;
    stream.take(1).await;
    server.shutdown.cancel();
    assert_eq!(stream.rest().await, []);
    assert_eq!(stream.retries.len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn a_stream_that_lived_long_enough_ends_without_a_loss() {
    let config = Config { sse_lifetime_ms: 50, sse_heartbeat_ms: 10_000, ..Config::default() };
    let server = Server::start_with(config, Access::Open, Broker::in_process()).await;
    let id = server.submit().await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    let reading = async {
        let mut list = Vec::new();
        while list.last().is_none_or(|(_, kind, _): &(i64, String, serde_json::Value)| kind != "complete") {
            list.extend(Stream::open(&server, id, list.len() as i64).await.rest().await);
        }
        list
    };
    let writing = async {
        for _ in 0..50 {
            hand.outputs(3, 10).await;
        }
        hand.complete().await;
    };
    let (list, ()) = futures::future::join(reading, writing).await;
    assert_eq!(list, journal(server.store(), id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_reader_disturbs_nobody_and_catches_up() {
    let server = Server::start().await;
    let id = server.submit().await;
    let mut stalled = Stream::open(&server, id, 0).await;
    let mut readers = JoinSet::new();
    for _ in 0..20 {
        let mut stream = Stream::open(&server, id, 0).await;
        readers.spawn(async move { stream.rest().await });
    }
    let mut hand = Hand::claim(&server.dispatch, id).await;
    for _ in 0..80 {
        hand.outputs(50, 2_000).await;
    }
    hand.complete().await;
    let journal = journal(server.store(), id).await;
    assert_eq!(journal.len(), 4_003);
    while let Some(list) = readers.join_next().await {
        assert!(list.unwrap() == journal, "a list differs");
    }
    assert!(stalled.rest().await == journal, "the stalled reader's list differs");
}
