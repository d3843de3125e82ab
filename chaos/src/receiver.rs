//! Takes the messages of webhooks, as somebody else's server would.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Of a message, with its head: more than any has.
const BYTES_MAX: u64 = 1024 * 1024;
const ANSWER: &[u8] = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";

/// Listens until the end.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    taken: Arc<Mutex<HashSet<String>>>,
}

impl Receiver {
    pub(crate) async fn start(tasks: &TaskTracker, end: &CancellationToken) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no port is free")?;
        let address = listener.local_addr().context("a listener has an address")?;
        let taken: Arc<Mutex<HashSet<String>>> = Arc::default();
        let (serving, messages, end) = (tasks.clone(), Arc::clone(&taken), end.clone());
        tasks.spawn(async move {
            while let Some(Ok((stream, _))) = end.run_until_cancelled(listener.accept()).await {
                let (messages, end) = (Arc::clone(&messages), end.clone());
                serving.spawn(async move {
                    // Who does not finish what it says dies, or is one of those that are killed.
                    if let Some(Some(id)) = end.run_until_cancelled(take(stream)).await {
                        messages.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
                    }
                });
            }
        });
        Ok(Self { address, taken })
    }

    /// Whether the message arrived.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

/// Reads a message to its end and says that it was taken; its id.
async fn take(mut stream: TcpStream) -> Option<String> {
    let (reading, mut writing) = stream.split();
    let mut reading = BufReader::new(reading.take(BYTES_MAX));
    let (mut id, mut length, mut line) = (None, 0, String::new());
    while reading.read_line(&mut line).await.ok()? > 0 && line != "\r\n" {
        if let Some((name, value)) = line.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "webhook-id" => id = Some(value.trim().to_owned()),
                "content-length" => length = value.trim().parse().ok()?,
                _ => {}
            }
        }
        line.clear();
    }
    let mut body = vec![0; usize::try_from(u64::min(length, BYTES_MAX)).ok()?];
    reading.read_exact(&mut body).await.ok()?;
    writing.write_all(ANSWER).await.ok()?;
    id
}
