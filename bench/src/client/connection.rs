//! One kept-alive connection: a request, its answer, the next request.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::chunks::Chunks;

/// The longest head that is read.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Connects when it is first used, and again after an error.
pub(crate) struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, received: Vec::new() }
    }

    /// Sends the bytes of a request and reads the whole answer.
    ///
    /// # Errors
    /// When the server is away, or does not speak HTTP. The next call connects anew.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address).await?,
        };
        let (answer, closes) = exchange(&mut stream, &mut self.received, request).await?;
        if !closes {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

pub(super) async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn exchange(stream: &mut TcpStream, received: &mut Vec<u8>, request: &[u8]) -> io::Result<(Answer, bool)> {
    received.clear();
    stream.write_all(request).await?;
    let head = read_head(stream, received).await?;
    let mut body = Vec::new();
    if head.is_chunked {
        let mut chunks = Chunks::new();
        chunks.feed(&received[head.bytes..], &mut body)?;
        while !chunks.is_over() {
            received.clear();
            read_more(stream, received).await?;
            chunks.feed(received, &mut body)?;
        }
    } else {
        while received.len() < head.bytes + head.content_bytes {
            read_more(stream, received).await?;
        }
        body.extend_from_slice(&received[head.bytes..head.bytes + head.content_bytes]);
    }
    Ok((Answer { status: head.status, body }, head.closes))
}

async fn read_more(stream: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<()> {
    if stream.read_buf(received).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// What of an answer's head matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) bytes: usize,
    pub(super) status: u16,
    pub(super) content_bytes: usize,
    pub(super) is_chunked: bool,
    pub(super) closes: bool,
}

/// Reads until the head is complete; what stands behind it in `received` is of the body.
pub(super) async fn read_head(stream: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<Head> {
    loop {
        read_more(stream, received).await?;
        if let Some(end) = find(received, b"\r\n\r\n") {
            return head(&received[..end + 4]).ok_or_else(|| io::ErrorKind::InvalidData.into());
        }
        if received.len() > HEAD_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an answer's head does not end"));
        }
    }
}

fn head(bytes: &[u8]) -> Option<Head> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut head = Head { bytes: bytes.len(), status, content_bytes: 0, is_chunked: false, closes: false };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            head.content_bytes = value.parse().ok()?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            head.is_chunked = value.eq_ignore_ascii_case("chunked");
        } else if name.eq_ignore_ascii_case("connection") {
            head.closes = value.eq_ignore_ascii_case("close");
        }
    }
    Some(head)
}

pub(super) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_how_its_body_ends() {
        let text = b"HTTP/1.1 202 Accepted\r\nContent-Length: 17\r\nconnection: close\r\n\r\n";
        let expected = Head { bytes: text.len(), status: 202, content_bytes: 17, is_chunked: false, closes: true };
        assert_eq!(head(text), Some(expected));
        assert!(head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_some_and(|head| head.is_chunked));
        assert_eq!(head(b"220 mail.example.com ESMTP\r\n\r\n").map(|head| head.status), None);
    }
}
