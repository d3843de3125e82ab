//! Server-sent events, read with as little work as can be: only what is counted is looked at.

use std::{io, net::SocketAddr, ops::Range};

use chrono::DateTime;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::{
    chunks::Chunks,
    connection::{connect, find, read_head},
    text_after,
};

/// One read takes at most so much.
const READ_BYTES: usize = 8 * 1024;

/// An event as it stands in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event<'a> {
    pub(crate) seq: i64,
    pub(crate) kind: &'a str,
    data: &'a str,
}

impl<'a> Event<'a> {
    /// When its row was written, in microseconds since 1970.
    pub(crate) fn at_micros(&self) -> Option<i64> {
        DateTime::parse_from_rfc3339(text_after(self.data, "\"at\":\"")?).ok().map(|at| at.timestamp_micros())
    }

    /// The path of the task that it is about.
    pub(crate) fn task(&self) -> Option<&'a str> {
        text_after(self.data, "\"task\":\"")
    }

    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.kind, "complete" | "error")
    }
}

/// An open stream.
pub(crate) struct EventStream {
    stream: TcpStream,
    chunks: Chunks,
    text: Vec<u8>,
    /// What of the text was handed out.
    read: usize,
}

impl EventStream {
    /// Sends the request and reads the head; with another status than 200 there is no stream.
    ///
    /// # Errors
    /// When the server is away, or does not speak HTTP.
    pub(crate) async fn open(address: SocketAddr, request: &[u8]) -> io::Result<Result<Self, u16>> {
        let mut stream = connect(address).await?;
        stream.write_all(request).await?;
        let mut received = Vec::with_capacity(2 * 1024);
        let head = read_head(&mut stream, &mut received).await?;
        if head.status != 200 || !head.is_chunked {
            return Ok(Err(head.status));
        }
        let (mut chunks, mut text) = (Chunks::new(), Vec::new());
        chunks.feed(&received[head.bytes..], &mut text)?;
        Ok(Ok(Self { stream, chunks, text, read: 0 }))
    }

    /// The next event; `None` when the server ended the stream in order.
    ///
    /// # Errors
    /// When the connection broke.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Event<'_>>> {
        loop {
            let Some(block) = self.block().await? else { return Ok(None) };
            // Comments and the like have no number.
            if self.text[block.clone()].starts_with(b"id: ") {
                let event = event_of(&self.text[block]);
                return event.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into());
            }
        }
    }

    /// Where the next block stands.
    async fn block(&mut self) -> io::Result<Option<Range<usize>>> {
        loop {
            if let Some(length) = find(&self.text[self.read..], b"\n\n") {
                let block = self.read..self.read + length;
                self.read = block.end + 2;
                return Ok(Some(block));
            }
            if self.chunks.is_over() {
                return Ok(None);
            }
            self.text.drain(..self.read);
            self.read = 0;
            self.stream.readable().await?;
            self.take()?;
        }
    }

    /// Takes what is there, on the stack: no stream keeps a buffer of its own.
    fn take(&mut self) -> io::Result<()> {
        let mut buffer = [0; READ_BYTES];
        match self.stream.try_read(&mut buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(bytes) => self.chunks.feed(&buffer[..bytes], &mut self.text),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// `None` for what has no number.
fn event_of(block: &[u8]) -> Option<Event<'_>> {
    let text = std::str::from_utf8(block).ok()?;
    let (mut seq, mut kind, mut data) = (None, "", "");
    for (name, value) in text.split('\n').filter_map(|line| line.split_once(": ")) {
        match name {
            "id" => seq = value.parse().ok(),
            "event" => kind = value,
            // What is looked for stands in the first line.
            "data" if data.is_empty() => data = value,
            _ => {}
        }
    }
    seq.map(|seq| Event { seq, kind, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_and_a_comment_is_none() {
        let data = r#"{"seq":7,"job_id":"x","at":"2026-01-02T03:04:05.678901Z","event":{"type":"task_start","task":"step/probe"}}"#;
        let block = format!("id: 7\nevent: task_start\ndata: {data}");
        let event = event_of(block.as_bytes()).unwrap();
        assert_eq!((event.seq, event.kind, event.task()), (7, "task_start", Some("step/probe")));
        assert_eq!(event.at_micros(), Some(1_767_323_045_678_901));
        assert!(!event.is_terminal());
        assert_eq!(event_of(b": ping"), None);
        assert_eq!(event_of(b"retry: 2000"), None);
    }
}
