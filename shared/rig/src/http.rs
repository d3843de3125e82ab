//! Just enough HTTP to see that a server is ready.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::{Error, Process, wait_for};

/// One look takes no longer.
const LOOK_MAX: Duration = Duration::from_secs(2);

/// Waits until `process` answers a GET of `path` on `address` with 200, `within` at most.
///
/// # Errors
/// [`Error::NotReady`] when it ended first, or the time is up.
pub fn wait_until_ready(process: &mut Process, address: SocketAddr, path: &str, within: Duration) -> Result<(), Error> {
    let ready = wait_for(within, || {
        if is_ok(address, path).unwrap_or(false) {
            return Some(true);
        }
        process.ended().map(|_| false)
    });
    if ready == Some(true) {
        return Ok(());
    }
    Err(Error::NotReady { name: format!("{process:?}"), within_s: within.as_secs(), said: process.last_words(20) })
}

fn is_ok(address: SocketAddr, path: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, LOOK_MAX)?;
    stream.set_read_timeout(Some(LOOK_MAX))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    Ok(head.ends_with(b" 200"))
}
