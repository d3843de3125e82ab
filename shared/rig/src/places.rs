//! Free ports, and folders that vanish.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    net::TcpListener,
    ops::Range,
    os::unix::fs::chown,
    path::Path,
    sync::{Mutex, PoisonError},
};

use nix::unistd::{User, geteuid};
use tempfile::TempDir;

use crate::Error;

/// What folders of ours begin with, so that a person sees whose they are.
const FOLDER_PREFIX: &str = "portolan-rig.";

/// Below what the kernel gives to outgoing connections: a client that keeps calling a server which is down may otherwise be
/// given the server's own port, talk to itself, and keep the server from coming back.
const PORTS: Range<u16> = 12_000..32_000;
/// So many are tried.
const TRIES_MAX: usize = 200;

/// A port of 127.0.0.1 on which nothing listens now, and which no other call in this process was given. Another process may
/// take it before it is used; starting a server then fails.
///
/// # Errors
/// [`Error::Refused`] when there is none.
pub fn free_port() -> Result<u16, Error> {
    static GIVEN: Mutex<Vec<u16>> = Mutex::new(Vec::new());
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut refused = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES_MAX {
        let port = PORTS.start + u16::try_from(random() % PORTS.len() as u64).unwrap_or(0);
        if given.contains(&port) {
            continue;
        }
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => {
                given.push(port);
                return Ok(port);
            }
            Err(error) => refused = error,
        }
    }
    Err(Error::refused("there is no free port")(refused))
}

/// The seeds of the standard library's hash maps are random.
fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

pub(crate) fn folder() -> Result<TempDir, Error> {
    tempfile::Builder::new()
        .prefix(FOLDER_PREFIX)
        .tempdir()
        .map_err(Error::refused("a temporary folder cannot be made"))
}

/// The user that servers run as which refuse to be root: somebody else, if we are root.
pub(crate) fn unprivileged(name: &str) -> Result<Option<(u32, u32)>, Error> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    let user = User::from_name(name).ok().flatten();
    let user = user.ok_or_else(|| Error::Missing(format!("there is no user \"{name}\" to run the server as")))?;
    Ok(Some((user.uid.as_raw(), user.gid.as_raw())))
}

pub(crate) fn give(folder: &Path, (uid, gid): (u32, u32)) -> Result<(), Error> {
    chown(folder, Some(uid), Some(gid)).map_err(Error::refused("a folder cannot be given to another user"))
}
