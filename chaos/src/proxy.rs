//! A TCP proxy that does to connections what networks do.

use std::{io, net::SocketAddr, time::Duration};

use nix::sys::socket::{setsockopt, sockopt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const BUFFER_BYTES: usize = 16 * 1024;
/// A server on this machine that does not take a connection within this is down.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// What a narrow network says that it takes at once. The other side's kernel then keeps some 100 kB for it, and not megabytes.
const NARROW_SEGMENT_BYTES: u32 = 536;
const NARROW_BUFFER_BYTES: u32 = 4_096;

/// What happens to what goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Everything comes later.
    Latency(Duration),
    /// Nothing comes through and nobody is told, as when packets vanish. What was sent arrives when this ends.
    BlackHole,
    /// A connection ends when it has brought so many bytes more: in the middle of an answer.
    CutAfter(usize),
}

/// How much fits between the proxy and its upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// As much as this machine likes.
    Wide,
    /// So little that whoever sends to a reader that takes nothing notices soon.
    Narrow,
}

impl Width {
    async fn connect(self, upstream: SocketAddr) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        if self == Self::Narrow {
            setsockopt(&socket, sockopt::TcpMaxSeg, &NARROW_SEGMENT_BYTES)?;
            socket.set_recv_buffer_size(NARROW_BUFFER_BYTES)?;
        }
        socket.connect(upstream).await
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Weather {
    /// Where new connections lead.
    upstream: SocketAddr,
    fault: Fault,
    /// Connections that were made before the newest cut end.
    cuts: u64,
}

/// Listens on a port of its own; ends with its connections when dropped.
pub(crate) struct Proxy {
    port: u16,
    weather: watch::Sender<Weather>,
    end: CancellationToken,
}

impl Proxy {
    /// Passes on to `upstream`, until told otherwise, at the latest until `end`.
    pub(crate) async fn start(
        upstream: SocketAddr,
        width: Width,
        tasks: &TaskTracker,
        end: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", rig::free_port()?)).await?;
        let port = listener.local_addr()?.port();
        let (weather, seen) = watch::channel(Weather { upstream, fault: Fault::None, cuts: 0 });
        let end = end.child_token();
        let (token, connections) = (end.clone(), tasks.clone());
        tasks.spawn(end.clone().run_until_cancelled_owned(async move {
            loop {
                match listener.accept().await {
                    Ok((client, _)) => {
                        let connection = Connection { width, weather: seen.clone() };
                        connections.spawn(token.clone().run_until_cancelled_owned(connection.pass(client)));
                    }
                    // Too many open files do not go away by asking at once.
                    Err(_) => sleep(Duration::from_millis(50)).await,
                }
            }
        }));
        Ok(Self { port, weather, end })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    pub(crate) fn set(&self, fault: Fault) {
        self.weather.send_modify(|weather| weather.fault = fault);
    }

    /// Leads new connections somewhere else.
    pub(crate) fn lead_to(&self, upstream: SocketAddr) {
        self.weather.send_modify(|weather| weather.upstream = upstream);
    }

    /// Resets every connection that there is.
    pub(crate) fn cut(&self) {
        self.weather.send_modify(|weather| weather.cuts += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

struct Connection {
    width: Width,
    weather: watch::Receiver<Weather>,
}

impl Connection {
    async fn pass(self, client: TcpStream) {
        let mut weather = self.weather.clone();
        let born = weather.borrow().cuts;
        // Who calls into a hole waits.
        if weather.wait_for(|now| now.fault != Fault::BlackHole || now.cuts != born).await.is_err() {
            return;
        }
        let upstream = weather.borrow().upstream;
        let Ok(Ok(server)) = timeout(CONNECT_MAX, self.width.connect(upstream)).await else { return };
        if client.set_nodelay(true).and_then(|()| server.set_nodelay(true)).is_err() {
            return;
        }
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        // Whichever ends first takes the whole connection with it.
        let is_cut = tokio::select! {
            _ = weather.wait_for(|now| now.cuts != born) => true,
            _ = pump(&mut from_client, &mut to_server, self.weather.clone(), false) => false,
            _ = pump(&mut from_server, &mut to_client, self.weather.clone(), true) => false,
        };
        if is_cut {
            // Both sides get a reset instead of an end, or, if this system cannot, an end.
            to_client.as_ref().set_zero_linger().ok();
            to_server.as_ref().set_zero_linger().ok();
            // Dropped, they would say first that it is the end.
            to_client.forget();
            to_server.forget();
        }
    }
}

/// Passes bytes on until either side ends or the weather cuts them off.
async fn pump(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
    is_answer: bool,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut passed_in_cut = 0;
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        if weather.wait_for(|now| now.fault != Fault::BlackHole).await.is_err() {
            return Ok(());
        }
        let fault = weather.borrow_and_update().fault;
        match fault {
            Fault::None | Fault::BlackHole => passed_in_cut = 0,
            Fault::Latency(wait) => sleep(wait).await,
            Fault::CutAfter(limit) if is_answer => {
                if passed_in_cut + count > limit {
                    return to.write_all(&buffer[..limit.saturating_sub(passed_in_cut)]).await;
                }
                passed_in_cut += count;
            }
            Fault::CutAfter(_) => {}
        }
        to.write_all(&buffer[..count]).await?;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    /// A server that says everything back.
    async fn echo(tasks: &TaskTracker) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it has one");
        let connections = tasks.clone();
        tasks.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.spawn(async move {
                    let (mut from, mut to) = stream.split();
                    tokio::io::copy(&mut from, &mut to).await.ok();
                });
            }
        });
        address
    }

    async fn say(stream: &mut TcpStream, text: &str) -> String {
        stream.write_all(text.as_bytes()).await.expect("it can be said");
        hear(stream, text.len()).await
    }

    async fn hear(stream: &mut TcpStream, most: usize) -> String {
        let mut heard = vec![0; most];
        let mut length = 0;
        while length < most {
            match timeout(PATIENCE, stream.read(&mut heard[length..])).await.expect("it answers in time") {
                Ok(0) | Err(_) => break,
                Ok(count) => length += count,
            }
        }
        String::from_utf8_lossy(&heard[..length]).into_owned()
    }

    #[tokio::test]
    async fn each_fault_does_what_it_says_and_ends() {
        let tasks = TaskTracker::new();
        let proxy =
            Proxy::start(echo(&tasks).await, Width::Wide, &tasks, &CancellationToken::new()).await.expect("it starts");
        let connect = async || TcpStream::connect(("127.0.0.1", proxy.port())).await.expect("it listens");
        let mut stream = connect().await;
        assert_eq!(say(&mut stream, "fine").await, "fine");

        proxy.set(Fault::Latency(Duration::from_millis(100)));
        let asked = Instant::now();
        assert_eq!(say(&mut stream, "slow").await, "slow");
        assert!(asked.elapsed() >= Duration::from_millis(200), "once each way");

        proxy.set(Fault::BlackHole);
        let mut late = connect().await;
        stream.write_all(b"lost?").await.expect("nobody is told");
        let mut byte = [0; 1];
        assert!(timeout(Duration::from_millis(200), stream.read(&mut byte)).await.is_err(), "nothing comes");
        proxy.set(Fault::None);
        assert_eq!(hear(&mut stream, 5).await, "lost?", "it was only late");
        assert_eq!(say(&mut late, "late").await, "late");

        proxy.set(Fault::CutAfter(6));
        assert_eq!(say(&mut stream, "1234").await, "1234");
        assert_eq!(say(&mut stream, "5678").await, "56", "cut in the middle of an answer");
        proxy.set(Fault::None);

        proxy.cut();
        let reset = timeout(PATIENCE, late.read(&mut byte)).await.expect("it is told").expect_err("and not as an end");
        assert_eq!(reset.kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(say(&mut connect().await, "new").await, "new");
    }
}
