//! Clients that do not behave.

use std::time::{Duration, Instant};

use api::{Access, Config};
use broker::Broker;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Server, json_of, soon};

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
