//! What befalls the process in a slot, and what comes after it.

use std::time::{Duration, Instant};

use rig::{Ended, Process, Signal};
use tokio::task::block_in_place;

use super::{ABORTED, Cluster, LOOK, told};
use crate::slot::{Crash, Role, Slot};

/// Longer than a drain may take.
const ROLL_MAX: Duration = Duration::from_secs(40);
/// A process whose threads are told to stand still does within this.
const STILL_MAX: Duration = Duration::from_secs(5);

impl Cluster {
    /// Kill -9; it stays down for `down`.
    pub(crate) async fn kill(&self, index: usize, down: Duration) {
        let mut slot = self.slots[index].lock().await;
        if let Some(mut process) = slot.process.take() {
            block_in_place(|| process.kill());
        }
        // Locked all the while, so that nobody else starts it.
        tokio::time::sleep(down).await;
        self.start_or_tell(&mut slot);
    }

    /// Every process of a role that is started from now on dies there.
    pub(crate) async fn doom(&self, role: Role, crash: &Crash) {
        for index in self.indexes(role) {
            self.slots[index].lock().await.crash = Some(crash.clone());
        }
    }

    /// Puts a process there that dies at its point, and waits for that, `within` at most; whether it did. The next one lives.
    pub(crate) async fn crash(&self, index: usize, crash: Crash, within: Duration) -> bool {
        let mut slot = self.slots[index].lock().await;
        if let Some(mut process) = slot.process.take() {
            block_in_place(|| process.kill());
        }
        slot.crash = Some(crash);
        self.start_or_tell(&mut slot);
        slot.crash = None;
        let deadline = Instant::now() + within;
        let ended = loop {
            match slot.process.as_mut().and_then(Process::ended) {
                None if slot.process.is_some() && Instant::now() < deadline => tokio::time::sleep(LOOK / 20).await,
                ended => break ended,
            }
        };
        if ended.is_some() {
            slot.process = None;
        }
        ended == Some(ABORTED)
    }

    /// What `look` sees while the process stands still, in the middle of whatever it does. None when there is no process.
    pub(crate) async fn still<T>(&self, index: usize, look: impl FnOnce(&Slot) -> T) -> Option<T> {
        let mut slot = self.slots[index].lock().await;
        let stands = slot.process.as_mut().is_some_and(|process| block_in_place(|| process.stand_still(STILL_MAX)));
        let seen = stands.then(|| block_in_place(|| look(&slot)));
        if let Some(process) = &mut slot.process {
            process.signal(Signal::Continue);
        }
        seen
    }

    /// Stands still for `stands`, and goes on.
    pub(crate) async fn pause(&self, index: usize, stands: Duration) {
        let mut slot = self.slots[index].lock().await;
        if let Some(process) = &mut slot.process {
            process.signal(Signal::Stop);
        }
        tokio::time::sleep(stands).await;
        if let Some(process) = &mut slot.process {
            process.signal(Signal::Continue);
        }
    }

    /// Starts a successor, leads requests there, and asks the predecessor to end. How long it took to end, and how it did.
    pub(crate) async fn roll(&self, index: usize) -> Option<(Duration, Option<Ended>)> {
        let mut slot = self.slots[index].lock().await;
        let mut predecessor = slot.process.take()?;
        self.start_or_tell(&mut slot);
        let asked = Instant::now();
        predecessor.signal(Signal::Terminate);
        let deadline = asked + ROLL_MAX;
        let ended = loop {
            match predecessor.ended() {
                None if Instant::now() < deadline => tokio::time::sleep(LOOK / 20).await,
                ended => break ended,
            }
        };
        if ended != Some(Ended::Code(0)) {
            self.wrong(format!("{} was asked to end and {}", slot.name, told(ended, &predecessor)));
        }
        Some((asked.elapsed(), ended))
    }
}
