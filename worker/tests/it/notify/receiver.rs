//! An HTTP server of the test's own, as bad as the test needs it.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What a receiver does with a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Status(u16),
    /// A status with more headers and a text.
    Full(u16, &'static str, String),
    /// Reads, and never answers.
    Stall,
    /// Reads, and breaks the connection off.
    Reset,
    /// A status, and a text without an end.
    Endless(u16),
    /// A status, and then one byte now and then.
    Drip(u16),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) path: String,
    /// Names in lower case.
    pub(super) headers: HashMap<String, String>,
    pub(super) body: String,
}

impl Hit {
    pub(super) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

type Script = Arc<dyn Fn(usize, &Hit) -> Reply + Send + Sync>;

/// Listens until it is dropped.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    hits: Arc<Mutex<Vec<Hit>>>,
    end: CancellationToken,
}

impl Receiver {
    /// Answers the `n`-th request, from 0, with what `script` says.
    pub(super) async fn start(script: impl Fn(usize, &Hit) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0", script).await
    }

    pub(super) async fn start_at(address: &str, script: impl Fn(usize, &Hit) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).await.expect("an address is free");
        let address = listener.local_addr().expect("it has an address");
        let (hits, end) = (Arc::<Mutex<Vec<Hit>>>::default(), CancellationToken::new());
        let (tasks, script): (_, Script) = (TaskTracker::new(), Arc::new(script));
        let (kept, ended, spawner) = (Arc::clone(&hits), end.clone(), tasks.clone());
        tasks.spawn(async move {
            while let Some(Ok((stream, _))) = ended.run_until_cancelled(listener.accept()).await {
                let (kept, script, ended) = (Arc::clone(&kept), Arc::clone(&script), ended.clone());
                spawner.spawn(async move { ended.run_until_cancelled(serve(stream, &kept, &script)).await });
            }
        });
        Self { address, hits, end }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(super) fn hits(&self) -> Vec<Hit> {
        self.hits.lock().expect("nobody panicked").clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

async fn serve(mut stream: TcpStream, hits: &Mutex<Vec<Hit>>, script: &Script) {
    let Some(hit) = read(&mut stream).await else { return };
    let reply = {
        let mut hits = hits.lock().expect("nobody panicked");
        hits.push(hit.clone());
        script(hits.len() - 1, &hit)
    };
    let head = |status: u16| format!("HTTP/1.1 {status} Said\r\n");
    match reply {
        Reply::Status(status) => write(&mut stream, &format!("{}content-length: 0\r\n\r\n", head(status))).await,
        Reply::Full(status, headers, text) => {
            let text = format!("{}{headers}content-length: {}\r\n\r\n{text}", head(status), text.len());
            write(&mut stream, &text).await;
        }
        Reply::Stall => std::future::pending().await,
        Reply::Reset => {}
        Reply::Endless(status) => {
            write(&mut stream, &format!("{}\r\n", head(status))).await;
            while stream.write_all(&[b'x'; 65_536]).await.is_ok() {}
        }
        Reply::Drip(status) => {
            write(&mut stream, &format!("{}content-length: 1000000\r\n\r\n", head(status))).await;
            let mut now_and_then = tokio::time::interval(std::time::Duration::from_millis(50));
            while stream.write_all(b"x").await.is_ok() {
                now_and_then.tick().await;
            }
        }
    }
}

async fn write(stream: &mut TcpStream, text: &str) {
    // A sender that went away is what some tests are about.
    stream.write_all(text.as_bytes()).await.unwrap_or_default();
}

async fn read(stream: &mut TcpStream) -> Option<Hit> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let path = lines.next()?.split(' ').nth(1)?.to_owned();
            let headers: HashMap<String, String> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect();
            let length: usize = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Some(Hit { path, headers, body: body.to_owned() });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
