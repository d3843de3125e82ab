//! Connections: HTTP/1.1 over what the listener accepts.
//!
//! hyper directly and not poem's server, which has no time limit for the head of a request, no limit for connections, leaves
//! Nagle's algorithm on, and resets a connection under a client that still sends when its answer is there.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::{
    Endpoint, Request, Response,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    edge::Edge,
    hijack::{self, is_event_stream, may_hijack},
};

/// The head of a request: 32 KiB of headers and 8 KiB of URL.
const BUFFER_BYTES_MAX: usize = 40 * 1024;
const HEADERS_MAX: usize = 100;
/// After an answer that ends the connection, what the client still sends is thrown away for so long, so that it sees the
/// answer and not a reset.
const LINGER: Duration = Duration::from_secs(1);
/// The pause after a failed accept: too many open files do not go away by asking at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What the server needs to know.
pub(crate) struct Limits {
    /// For the head of a connection's first request.
    pub(crate) head_timeout: Duration,
    /// For the heads of later ones, the silence before them included.
    pub(crate) idle_timeout: Duration,
    /// For a client of a stream that takes nothing.
    pub(crate) stall_max: Duration,
    pub(crate) connections_max: usize,
    pub(crate) grace: Duration,
}

/// Serves until `shutdown`; then takes no connection more, lets requests in flight end, and after the grace drops them.
pub(crate) async fn serve(listener: TcpListener, edge: Edge, limits: Limits, shutdown: CancellationToken) {
    let edge = Arc::new(edge);
    let connections = TaskTracker::new();
    let room = Arc::new(Semaphore::new(limits.connections_max));
    let out_of_time = CancellationToken::new();
    let local = listener.local_addr().map(|addr| LocalAddr(addr.into())).unwrap_or_default();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = async {
                let place = room.clone().acquire_owned().await;
                (listener.accept().await, place)
            } => accepted,
        };
        let (stream, remote, place) = match accepted {
            (Ok((stream, remote)), Ok(place)) => (stream, RemoteAddr(remote.into()), place),
            (Err(error), _) => {
                tracing::warn!("A connection could not be accepted: {error}");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
            (_, Err(_)) => break,
        };
        let connection = Connection {
            edge: edge.clone(),
            local: local.clone(),
            remote,
            head_timeout: limits.head_timeout,
            idle_timeout: limits.idle_timeout,
            shutdown: shutdown.clone(),
        };
        let out_of_time = out_of_time.clone();
        connections.spawn(async move {
            let serving = async {
                // In a box, so that nothing of it is held while a stream goes on.
                if let Some((response, mut stream)) = Box::pin(connection.serve(stream)).await {
                    hijack::send(response, &mut stream, limits.stall_max).await;
                    linger(stream).await;
                }
            };
            tokio::select! {
                () = serving => {}
                () = out_of_time.cancelled() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    if timeout(limits.grace, connections.wait()).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "Requests were still in flight after the grace and are dropped"
        );
        out_of_time.cancel();
        connections.wait().await;
    }
}

/// Ends hyper's part: the answer is a stream of events.
#[derive(Debug, thiserror::Error)]
#[error("the connection is taken over by a stream of events")]
struct Hijacked;

struct Connection {
    edge: Arc<Edge>,
    local: LocalAddr,
    remote: RemoteAddr,
    head_timeout: Duration,
    idle_timeout: Duration,
    shutdown: CancellationToken,
}

impl Connection {
    /// Answers requests until the connection ends, or until an answer is a stream of events: that one is left to the caller.
    async fn serve(self, stream: TcpStream) -> Option<(Response, TcpStream)> {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("Nagle's algorithm stays on: {error}");
        }
        let has_asked = AtomicBool::new(false);
        let hijacked = Arc::new(Mutex::new(None));
        let service = service_fn(|request: hyper::Request<Incoming>| -> BoxFuture<'static, _> {
            has_asked.store(true, Ordering::Relaxed);
            let may_hijack = may_hijack(request.method(), request.version());
            let request = Request::from((request, self.local.clone(), self.remote.clone(), Scheme::HTTP));
            let (edge, hijacked) = (self.edge.clone(), hijacked.clone());
            Box::pin(async move {
                let response = edge.get_response(request).await;
                if may_hijack && is_event_stream(&response) {
                    *hijacked.lock().unwrap_or_else(PoisonError::into_inner) = Some(response);
                    return Err(Hijacked);
                }
                Ok::<hyper::Response<_>, _>(response.into())
            })
        });
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.idle_timeout)
            .max_buf_size(BUFFER_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let silent = async {
            sleep(self.head_timeout).await;
            if has_asked.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        let ended = tokio::select! {
            ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => Some(ended),
            () = self.shutdown.cancelled() => None,
            () = silent => return None,
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                Pin::new(&mut connection).graceful_shutdown();
                poll_fn(|cx| connection.poll_without_shutdown(cx)).await
            }
        };
        let stream = connection.into_parts().io.into_inner();
        let response = hijacked.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(response) = response {
            return Some((response, stream));
        }
        if let Err(error) = ended {
            // The client went away, or does not speak HTTP and was told so.
            tracing::debug!("A connection ended: {error}");
        }
        linger(stream).await;
        None
    }
}

/// Ends a connection so that the client gets to read the answer, even if it is still sending.
async fn linger(mut stream: TcpStream) {
    let draining = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    };
    if !matches!(timeout(LINGER, draining).await, Ok(Ok(_))) {
        tracing::trace!("A client did not close its side");
    }
}
