//! How processes of ours are set and started.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use rig::{Process, Program, wait_until_ready};

use crate::{
    Options,
    cluster::{LEASE, Size},
};

const RENEW: Duration = Duration::from_millis(500);
const SWEEP: Duration = Duration::from_millis(200);
const CONNECTIONS_PER_PROCESS: u32 = 8;
/// Where a process is told to note what it runs.
const LEDGER_VARIABLE: &str = "PORTOLAN__WORKER__PROBE__LEDGER";
/// A process that waits for a database that is down is not ready before it is up.
pub(crate) const READY_MAX: Duration = Duration::from_secs(60);

/// The variables that switch a mechanism off, for a process that chaos started; see [`Control`](crate::Control).
pub const CONTROL_VARIABLE: &str = "CHAOS_CONTROL";
pub const TOKEN_VARIABLE: &str = "CHAOS_TOKEN";
/// The variable that names a file with the most pages that the database may have, for a process that chaos started.
pub const PAGES_VARIABLE: &str = "CHAOS_PAGES";
/// The file in the process's folder that says `token pid` of the run that may do so.
pub const TOKEN_FILE: &str = "chaos.token";

/// The library that shows a process another time.
pub(crate) fn faketime() -> Option<PathBuf> {
    let libraries = fs::read_dir("/usr/lib").ok()?.flatten().map(|folder| folder.path().join("faketime"));
    // Made for processes with several threads.
    libraries.map(|folder| folder.join("libfaketimeMT.so.1")).find(|library| library.is_file())
}

/// Where the runs of the probe's steps are noted.
pub(crate) fn ledger(folder: &Path) -> PathBuf {
    folder.join("ledger")
}

/// The binary with what is the same for every process of a run.
pub(crate) fn program(options: &Options, size: Size, folder: &Path) -> anyhow::Result<Program> {
    let program = Program::new(&options.binary, folder)
        .with("PORTOLAN__STORE__CONNECTIONS_MAX", CONNECTIONS_PER_PROCESS)
        .with("PORTOLAN__WORKER__SLOTS", size.slots)
        .with("PORTOLAN__WORKER__LEASE_MS", LEASE.as_millis())
        .with("PORTOLAN__WORKER__RENEW_MS", RENEW.as_millis())
        .with("PORTOLAN__WORKER__SWEEP_MS", SWEEP.as_millis())
        .with("PORTOLAN__WORKER__PROBE__ENABLED", true)
        .with(LEDGER_VARIABLE, ledger(folder).display())
        .with("PORTOLAN__LOG__LEVEL", "warn");
    let program = size.settings.iter().fold(program, |program, (name, value)| program.with(name, value));
    let token = format!("{:032x}", rand::random::<u128>());
    fs::write(folder.join(TOKEN_FILE), format!("{token} {}", std::process::id())).context("no token can be written")?;
    let program = program.with(TOKEN_VARIABLE, token);
    Ok(options.control.iter().fold(program, |program, control| program.with(CONTROL_VARIABLE, control.word())))
}

/// The same, with a ledger of its own.
pub(crate) fn noting_in(program: &Program, ledger: &Path) -> Program {
    program.clone().with(LEDGER_VARIABLE, ledger.display())
}

/// Starts a whole house over `data`, and waits until it is ready.
pub(crate) fn start_dev(program: &Program, name: &str, data: &Path, address: SocketAddr) -> anyhow::Result<Process> {
    let data = data.to_str().context("the folder's name is not UTF-8")?;
    let mut process = program.start(name, &["dev", "--listen", &address.to_string(), "--data", data])?;
    wait_until_ready(&mut process, address, "/health/ready", READY_MAX)?;
    Ok(process)
}
