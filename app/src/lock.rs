//! Whose data folder it is. One process at a time writes a SQLite file; the others talk to it.
//!
//! The lock is the operating system's, on an open file: it ends with the process, however that ends. What the file says is
//! for others to read, and believed only while the lock is held.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// Whoever only asks who holds it has the lock for an instant, and must not be taken for a holder.
const LOOKS_MAX: u32 = 3;
const LOOK_PAUSE: Duration = Duration::from_millis(10);

/// Who holds a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    pub(crate) pid: u32,
    /// Where it answers. None while it starts.
    pub(crate) url: Option<String>,
}

/// Held until dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

/// What taking a lock came to.
pub(crate) enum Taken {
    Mine(Lock),
    /// The holder says nothing of itself when it has only just begun.
    Held(Option<Holder>),
}

impl Lock {
    /// Takes the folder's lock, unless somebody has it. Makes the folder, for the owner's eyes only.
    pub(crate) fn take(folder: &Path) -> anyhow::Result<Taken> {
        make_folder(folder)?;
        let path = file_of(folder);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("{} cannot be opened", path.display()))?;
        for _ in 0..LOOKS_MAX {
            match file.try_lock() {
                Ok(()) => {
                    let mut lock = Self { file };
                    lock.tell(&Holder { pid: std::process::id(), url: None })?;
                    return Ok(Taken::Mine(lock));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK_PAUSE),
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
                }
            }
        }
        Ok(Taken::Held(read(file)))
    }

    /// Says where this process answers.
    pub(crate) fn announce(&mut self, url: &str) -> anyhow::Result<()> {
        self.tell(&Holder { pid: std::process::id(), url: Some(url.to_owned()) })
    }

    fn tell(&mut self, holder: &Holder) -> anyhow::Result<()> {
        let text = serde_json::to_string(holder).context("a holder is always JSON")?;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())?;
        Ok(())
    }
}

/// Who holds the folder at the moment, without taking it or making anything. `Some(None)` is somebody who only just began.
pub(crate) fn holder(folder: &Path) -> Option<Option<Holder>> {
    let file = OpenOptions::new().read(true).write(true).open(file_of(folder)).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Some(read(file)),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

fn read(mut file: File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn file_of(folder: &Path) -> PathBuf {
    folder.join("lock")
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("the data folder {} cannot be made", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_learns_who_the_first_is() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(holder(folder.path()).is_none());
        let Ok(Taken::Mine(mut lock)) = Lock::take(folder.path()) else { panic!("the first one gets it") };
        lock.announce("http://127.0.0.1:1").expect("it can be written");
        let Ok(Taken::Held(Some(seen))) = Lock::take(folder.path()) else { panic!("the second one does not") };
        assert_eq!(seen, Holder { pid: std::process::id(), url: Some("http://127.0.0.1:1".into()) });
        assert_eq!(holder(folder.path()), Some(Some(seen)));
        drop(lock);
        assert!(holder(folder.path()).is_none(), "what an ended process wrote counts for nothing");
        assert!(matches!(Lock::take(folder.path()), Ok(Taken::Mine(_))));
    }
}
