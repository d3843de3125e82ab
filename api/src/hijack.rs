//! Streams of events, written past hyper.
//!
//! hyper holds two buffers of 8 KiB for heads for as long as a connection lives. A stream lives for hours and is the last
//! answer on its connection, so the connection is taken from hyper once the answer is there, and its head and its chunks are
//! written here.

use std::{
    io::{self, Write},
    time::{Duration, SystemTime},
};

use futures::StreamExt;
use hyper::body::{Buf, Bytes};
use poem::{
    Response,
    http::{Method, StatusCode, Version, header},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, tcp::WriteHalf},
    time::timeout,
};

use crate::stream::EVENT_STREAM;

const CHUNK_END: &[u8] = b"\r\n";
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Whether a request may be answered past hyper: nothing of it is left to read, and its client knows chunks.
pub(crate) fn may_hijack(method: &Method, version: Version) -> bool {
    *method == Method::GET && version == Version::HTTP_11
}

/// Whether an answer is a stream of events.
pub(crate) fn is_event_stream(response: &Response) -> bool {
    response.status() == StatusCode::OK && response.content_type() == Some(EVENT_STREAM)
}

/// Sends the answer to its end, or until the client is gone, or took nothing for `stall_max`.
pub(crate) async fn send(response: Response, connection: &mut TcpStream, stall_max: Duration) {
    let (from_client, to_client) = connection.split();
    let ended = tokio::select! {
        ended = write(response, to_client, stall_max) => ended,
        ended = until_gone(from_client) => ended,
    };
    if let Err(error) = ended {
        tracing::debug!("A stream ended before its last event: {error}");
    }
}

async fn write(response: Response, mut client: WriteHalf<'_>, stall_max: Duration) -> io::Result<()> {
    let head = head(&response)?;
    let mut chunks = response.into_body().into_bytes_stream();
    patiently(stall_max, client.write_all(&head)).await?;
    drop(head);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        // An empty chunk would be the last.
        if !chunk.is_empty() {
            patiently(stall_max, client.write_all_buf(&mut framed(chunk))).await?;
        }
    }
    patiently(stall_max, client.write_all(LAST_CHUNK)).await
}

fn head(response: &Response) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(1024);
    head.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    for (name, value) in response.headers() {
        write!(head, "{name}: ")?;
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    write!(head, "{}: {}\r\n", header::DATE, httpdate::fmt_http_date(SystemTime::now()))?;
    write!(head, "{}: chunked\r\n{}: close\r\n\r\n", header::TRANSFER_ENCODING, header::CONNECTION)?;
    Ok(head)
}

/// A chunk between its length and its end.
fn framed(chunk: Bytes) -> impl Buf {
    let length = format!("{:x}\r\n", chunk.len());
    Bytes::from(length).chain(chunk).chain(CHUNK_END)
}

async fn patiently(stall_max: Duration, writing: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    timeout(stall_max, writing)
        .await
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing"))?
}

/// Reads until the client closes its side. What it still sends is not for us: the answer says that the connection ends.
async fn until_gone(mut client: impl AsyncRead + Unpin) -> io::Result<()> {
    let mut unread = [0; 64];
    while client.read(&mut unread).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_has_its_length_in_front() {
        let mut framed = framed(Bytes::from_static(b"id: 7\nevent: alert\n\n"));
        assert_eq!(framed.copy_to_bytes(framed.remaining()), "14\r\nid: 7\nevent: alert\n\n\r\n");
    }

    #[test]
    fn a_head_keeps_the_headers_and_ends_the_connection() {
        let response = Response::builder().content_type(EVENT_STREAM).header("x-request-id", "req_1").finish();
        assert!(is_event_stream(&response));
        let head = String::from_utf8(head(&response).unwrap()).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"), "{head}");
        for line in ["x-request-id: req_1\r\n", "transfer-encoding: chunked\r\n", "connection: close\r\n\r\n"] {
            assert!(head.contains(line), "{line} is not in {head}");
        }
    }

    #[test]
    fn old_clients_and_other_methods_stay_with_hyper() {
        assert!(may_hijack(&Method::GET, Version::HTTP_11));
        assert!(!may_hijack(&Method::GET, Version::HTTP_10) && !may_hijack(&Method::HEAD, Version::HTTP_11));
    }
}
