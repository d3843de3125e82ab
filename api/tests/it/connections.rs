//! Clients that do not behave.

use std::time::{Duration, Instant};

use api::{Access, Config};
use broker::Broker;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Hand, Server, Stream, eventually, json_of, soon};

async fn impatient() -> Server {
    let config = Config { body_timeout_ms: 200, head_timeout_ms: 200, idle_timeout_ms: 400, ..Config::default() };
    Server::start_with(config, Access::Open, Broker::in_process()).await
}

/// Sends `text`, and gives what comes back until the server closes.
async fn exchange(server: &Server, text: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_slow_body_is_given_up() {
    let server = impatient().await;
    let answer = exchange(
        &server,
        "POST /v1/plan HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"request_timeout\"") && answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn slow_heads_are_given_up_while_others_are_served() {
    let server = impatient().await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(b"GET /health HTTP/1.1\r\nx: ").await.unwrap();
        slow.push(stream);
    }
    let started = Instant::now();
    json_of(server.get("/health"), 200).await;
    assert!(started.elapsed() < Duration::from_secs(5));
    for mut stream in slow {
        let mut answer = Vec::new();
        // Closed, with or without a word.
        soon(stream.read_to_end(&mut answer)).await.ok();
    }
}

#[tokio::test]
async fn a_false_length_ends_as_a_problem() {
    let server = impatient().await;
    let answer = exchange(
        &server,
        "POST /v1/plan HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n{}",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn smuggling_and_floods_of_headers_are_refused() {
    let server = impatient().await;
    for (head, expected) in [
        (
            "POST /v1/plan HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}".to_owned(),
            "HTTP/1.1 400 ",
        ),
        ("GET /health HTTP/1.1\r\nhost: x\r\na : b\r\n\r\n".to_owned(), "HTTP/1.1 400 "),
        ("GET /health HTTP/1.1\r\nhost: x\r\na: b\r\n folded\r\n\r\n".to_owned(), "HTTP/1.1 400 "),
        (format!("GET /health HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(200)), "HTTP/1.1 431 "),
        (format!("GET /health HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n", "b".repeat(60_000)), "HTTP/1.1 431 "),
        ("nonsense\r\n\r\n".to_owned(), "HTTP/1.1 400 "),
    ] {
        let answer = exchange(&server, &head).await;
        assert!(answer.starts_with(expected), "{} gave {answer}", &head[..head.len().min(120)]);
    }
    json_of(server.get("/health"), 200).await;
}

#[tokio::test]
async fn connections_above_the_limit_wait_their_turn() {
    let config = Config { connections_max: 2, head_timeout_ms: 500, ..Config::default() };
    let server = Server::start_with(config, Access::Open, Broker::in_process()).await;
    let silent =
        [TcpStream::connect(server.address()).await.unwrap(), TcpStream::connect(server.address()).await.unwrap()];
    // Served once the silent ones are given up.
    json_of(server.get("/health"), 200).await;
    drop(silent);
    server.stop().await;
}

#[tokio::test]
async fn a_path_is_taken_as_it_is_written() {
    let server = impatient().await;
    for path in ["/v1/../health", "/v1/%2e%2e/health", "/%68ealth", "//health", "/health/", "/health%00"] {
        let answer = exchange(&server, &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path} gave {answer}");
    }
}

#[tokio::test]
async fn a_stream_ends_its_connection_after_the_last_event() {
    let server = Server::start().await;
    let id = server.submit().await;
    Hand::claim(&server.dispatch, id).await.complete().await;
    let answer = exchange(&server, &format!("GET /v1/stream/{id} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    for line in ["content-type: text/event-stream", "transfer-encoding: chunked", "connection: close", "x-request-id: "]
    {
        assert!(head.contains(line), "{line} is not in {head}");
    }
    assert!(head.contains("\r\ndate: ") && head.contains("x-accel-buffering: no"), "{head}");
    assert!(body.contains("event: complete\n") && body.ends_with("\r\n0\r\n\r\n"), "{body}");
}

#[tokio::test]
async fn a_stream_is_the_last_answer_of_many() {
    let server = Server::start().await;
    let id = server.submit().await;
    Hand::claim(&server.dispatch, id).await.complete().await;
    let mut connection = TcpStream::connect(server.address()).await.unwrap();
    connection.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut health = [0; 15];
    soon(connection.read_exact(&mut health)).await.unwrap();
    assert_eq!(&health, b"HTTP/1.1 200 OK");
    let stream = format!("GET /v1/stream/{id} HTTP/1.1\r\nhost: x\r\n\r\nGET /health HTTP/1.1\r\nhost: x\r\n\r\n");
    connection.write_all(stream.as_bytes()).await.unwrap();
    let mut rest = Vec::new();
    soon(connection.read_to_end(&mut rest)).await.unwrap();
    let rest = String::from_utf8(rest).unwrap();
    assert!(rest.contains("event: complete\n") && rest.ends_with("\r\n0\r\n\r\n"), "{rest}");
}

#[tokio::test]
async fn a_client_that_does_not_know_chunks_gets_a_stream_without() {
    let server = Server::start().await;
    let id = server.submit().await;
    Hand::claim(&server.dispatch, id).await.complete().await;
    let answer = exchange(&server, &format!("GET /v1/stream/{id} HTTP/1.0\r\n\r\n")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.0 200 OK\r\n") && !head.contains("chunked"), "{head}");
    assert!(body.starts_with("retry: ") && body.contains("event: complete\n") && body.ends_with("\n\n"), "{body}");
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_cut_off_and_comes_back_where_it_was() {
    let config = Config { sse_clients_max: 1, sse_stall_ms: 300, ..Config::default() };
    let server = Server::start_with(config, Access::Open, Broker::in_process()).await;
    let id = server.submit().await;
    let mut stalled = TcpStream::connect(server.address()).await.unwrap();
    stalled.write_all(format!("GET /v1/stream/{id} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut began = [0; 15];
    soon(stalled.read_exact(&mut began)).await.unwrap();
    let mut hand = Hand::claim(&server.dispatch, id).await;
    // More than the kernel holds for a reader.
    for _ in 0..80 {
        hand.outputs(50, 2_000).await;
    }
    hand.complete().await;
    let path = format!("/v1/stream/{id}");
    eventually("its place is free", async || server.get(&path).send().await.unwrap().status() == 200).await;
    let mut cut = Vec::new();
    soon(stalled.read_to_end(&mut cut)).await.ok();
    assert!(!cut.ends_with(b"0\r\n\r\n"), "it got to the end");
    let text = String::from_utf8_lossy(&cut);
    let last: i64 =
        text.rsplit("\nid: ").find_map(|rest| rest.split_once("\n\n")?.0.split('\n').next()?.parse().ok()).unwrap();
    let mut again = None;
    eventually("there is a place", async || {
        let response = server.get(&path).header("Last-Event-ID", last.to_string()).send().await.unwrap();
        again = (response.status() == 200).then(|| Stream::from(response));
        again.is_some()
    })
    .await;
    let rest = again.unwrap().rest().await;
    assert_eq!((rest.first().unwrap().0, rest.last().unwrap().0), (last + 1, 4_003));
}
