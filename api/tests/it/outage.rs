//! Streams over Redis, and without it.

use api::{Access, Config};
use broker::{Broker, testing::RedisServer};
use serde_json::json;

use crate::support::{Hand, Server, Stream, eventually, journal, json_of, problem};

async fn start(redis: &RedisServer) -> Server {
    let broker = Broker::connect(&redis.config()).await.unwrap();
    Server::start_with(Config::default(), Access::Open, broker).await
}

#[tokio::test]
async fn a_stream_over_redis_is_exact() {
    let redis = RedisServer::start();
    let server = start(&redis).await;
    assert_eq!(json_of(server.get("/health/redis"), 200).await, json!({ "status": "ok" }));
    let id = server.submit().await;
    let mut stream = Stream::open(&server, id, 0).await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    for _ in 0..30 {
        hand.outputs(10, 100).await;
    }
    hand.outputs(2, 100_000).await;
    hand.complete().await;
    assert_eq!(stream.rest().await, journal(server.store(), id).await);
}

#[tokio::test]
async fn a_stream_survives_the_death_and_the_return_of_redis() {
    let mut redis = RedisServer::start();
    let server = start(&redis).await;
    let id = server.submit().await;
    let mut stream = Stream::open(&server, id, 0).await;
    let mut hand = Hand::claim(&server.dispatch, id).await;
    let mut list = stream.take(2).await;
    redis.kill();
    hand.outputs(5, 10).await;
    list.extend(stream.take(5).await);
    let mut late = Stream::open(&server, id, 0).await;
    eventually("Redis is missed", async || server.get("/health/redis").send().await.unwrap().status() == 503).await;
    problem(server.get("/health/redis"), 503, "redis_unavailable").await;
    json_of(server.get("/health/ready"), 200).await;
    let other = server.submit().await;
    assert_eq!(Stream::open(&server, other, 0).await.take(1).await[0].0, 1);
    redis.restart();
    eventually("Redis is back", async || server.dispatch.broker().ping().await.is_ok()).await;
    hand.outputs(5, 10).await;
    hand.complete().await;
    list.extend(stream.rest().await);
    assert_eq!(list, journal(server.store(), id).await);
    assert_eq!(late.rest().await, list);
}

#[tokio::test]
async fn a_wait_sees_changes_without_redis() {
    let mut redis = RedisServer::start();
    let server = start(&redis).await;
    let id = server.submit().await;
    redis.kill();
    let waiting = json_of(server.get(&format!("/v1/status/{id}?wait_s=30")), 200);
    let claiming = async {
        json_of(server.get(&format!("/v1/status/{id}?wait_s=1")), 200).await;
        Hand::claim(&server.dispatch, id).await
    };
    let (status, _hand) = futures::future::join(waiting, claiming).await;
    assert_eq!(status["status"], "running");
}
