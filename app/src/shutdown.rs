//! Signals: how a process is asked to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::exit::Exit;

/// SIGINT and SIGTERM, one after another.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From now on the signals no longer end the process by themselves.
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// The next of them, by name.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

/// A token that the first signal cancels. The second one ends the process at once: whatever is unfinished has a row.
pub(crate) fn on_signals() -> io::Result<CancellationToken> {
    on_signals_then(exit_at_once)
}

/// Ends the process as interrupted, with nothing more said or done.
pub(crate) fn exit_at_once() {
    std::process::exit(i32::from(Exit::Interrupted.code()))
}

/// A token that the first signal cancels; the second one does `at_once`.
pub(crate) fn on_signals_then(at_once: impl FnOnce() + Send + 'static) -> io::Result<CancellationToken> {
    let mut signals = Signals::catch()?;
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    // Owned by nobody: it lives as long as the process.
    TaskTracker::new().spawn(async move {
        let name = signals.next().await;
        tracing::info!(signal = name, "{name}: finishing what runs; once more ends at once");
        token.cancel();
        signals.next().await;
        at_once();
    });
    Ok(shutdown)
}
