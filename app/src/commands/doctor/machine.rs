//! The machine: the folder and its lock, the port, the disk, the limits.

use std::{
    fs, io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

use nix::sys::{
    resource::{Resource, getrlimit},
    statvfs::statvfs,
};

use super::{Finding, chain};
use crate::{
    client::Client,
    lock::{self, Holder},
};

const MEGABYTE: u64 = 1024 * 1024;
const DISK_FAIL: u64 = 100 * MEGABYTE;
const DISK_WARN: u64 = 1024 * MEGABYTE;
/// Below this a process cannot hold its database, its listener and a few streams.
const DESCRIPTORS_FAIL: u64 = 256;
/// Each stream takes one.
const DESCRIPTORS_WARN: u64 = 4_096;

pub(super) async fn lock(folder: &Path) -> Vec<Finding> {
    const WHAT: &str = "lock";
    let found = match lock::holder(folder) {
        None => Finding::ok(WHAT, format!("nobody runs over {}", folder.display())),
        Some(Some(Holder { pid, url: Some(url) })) => {
            let answers = match Client::new(&url, None) {
                Ok(client) => client.is_alive().await,
                Err(_) => false,
            };
            if answers {
                Finding::ok(WHAT, format!("process {pid} runs over {} and answers on {url}", folder.display()))
            } else {
                let told = format!("process {pid} holds {} and does not answer on {url}", folder.display());
                Finding::fail(
                    WHAT,
                    told,
                    format!("see what it does, or end it: kill {pid}; its jobs go on at the next start"),
                )
            }
        }
        Some(_) => {
            let told = format!("somebody holds {} and has not said where it answers", folder.display());
            Finding::warn(WHAT, told, "if it does not change, find the process with `lsof .portolan/lock`")
        }
    };
    vec![found]
}

pub(super) async fn port(listen: SocketAddr) -> Vec<Finding> {
    const WHAT: &str = "port";
    let found = match TcpListener::bind(listen) {
        Ok(_) => Finding::ok(WHAT, format!("{listen} is free")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_portolan(listen).await => {
            Finding::ok(WHAT, format!("{listen} is where a running Portolan answers"))
        }
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let fix = format!("take another with --port or --listen, or find who has it: lsof -i :{}", listen.port());
            Finding::fail(WHAT, format!("{listen} is taken by another program"), fix)
        }
        Err(error) => {
            Finding::fail(WHAT, format!("{listen}: {}", chain(&error)), "listen on an address of this machine")
        }
    };
    vec![found]
}

async fn is_portolan(listen: SocketAddr) -> bool {
    match Client::new(&format!("http://{listen}"), None) {
        Ok(client) => client.is_alive().await,
        Err(_) => false,
    }
}

pub(super) fn folder(folder: &Path) -> Vec<Finding> {
    const WHAT: &str = "data folder";
    if !folder.exists() {
        return vec![Finding::ok(WHAT, format!("{} does not exist yet; `dev` and `plan` make it", folder.display()))];
    }
    let probe = folder.join(format!("doctor-{}", std::process::id()));
    let found = match fs::write(&probe, b"x").and_then(|()| fs::remove_file(&probe)) {
        Ok(()) => Finding::ok(WHAT, format!("{} can be written", folder.display())),
        Err(error) => {
            let told = format!("{} cannot be written: {error}", folder.display());
            Finding::fail(WHAT, told, "give it to the user that runs Portolan, or take another with --data DIR")
        }
    };
    vec![found]
}

pub(super) fn disk(folder: &Path) -> Vec<Finding> {
    const WHAT: &str = "disk";
    // The folder may not be there yet; the disk is that of where it will be.
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| PathBuf::from("/"));
    let there = absolute.ancestors().find(|path| path.exists()).unwrap_or_else(|| Path::new("/"));
    let found = match statvfs(there) {
        Ok(disk) => {
            #[expect(clippy::useless_conversion, reason = "the widths differ between systems")]
            let free = u64::from(disk.blocks_available()).saturating_mul(u64::from(disk.fragment_size()));
            let told = format!("{} MB free for {}", free / MEGABYTE, folder.display());
            let fix = "make room: a full disk ends every commit";
            match free {
                free if free < DISK_FAIL => Finding::fail(WHAT, told, fix),
                free if free < DISK_WARN => Finding::warn(WHAT, told, fix),
                _ => Finding::ok(WHAT, told),
            }
        }
        Err(error) => {
            Finding::warn(WHAT, format!("{} does not tell its space: {error}", there.display()), "look with df -h")
        }
    };
    vec![found]
}

pub(super) fn descriptors() -> Vec<Finding> {
    const WHAT: &str = "open files";
    let found = match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((limit, _)) => {
            let told = format!("at most {limit} for one process; each open stream takes one");
            let fix = "raise it: ulimit -n 65536, or LimitNOFILE= in the unit, or ulimits: in the compose file";
            match limit {
                limit if limit < DESCRIPTORS_FAIL => Finding::fail(WHAT, told, fix),
                limit if limit < DESCRIPTORS_WARN => Finding::warn(WHAT, told, fix),
                _ => Finding::ok(WHAT, told),
            }
        }
        Err(error) => Finding::warn(WHAT, format!("the limit is not told: {error}"), "look with ulimit -n"),
    };
    vec![found]
}
