//! Free ports, and folders that vanish.

use std::{net::TcpListener, os::unix::fs::chown, path::Path};

use nix::unistd::{User, geteuid};
use tempfile::TempDir;

use crate::Error;

/// What folders of ours begin with, so that a person sees whose they are.
const FOLDER_PREFIX: &str = "portolan-rig.";

/// A port of 127.0.0.1 on which nothing listens now. Somebody else may take it before it is used; starting a server then fails.
///
/// # Errors
/// [`Error::Refused`] when there is none.
pub fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::refused("there is no free port"))?;
    Ok(listener.local_addr().map_err(Error::refused("a port has no number"))?.port())
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
