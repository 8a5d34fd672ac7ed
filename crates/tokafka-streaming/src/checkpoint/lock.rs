//! One owner of a checkpoint on a disk.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Spark looks at names that are numbers only.
const NAME: &str = ".tokafka.lock";

/// A lock of the operating system, gone when the process is, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// What became of the wish for a lock.
pub(super) enum Outcome {
    Locked(Lock),
    Held { holder: String, path: PathBuf },
}

impl Lock {
    /// Locks the checkpoint in a directory that exists.
    pub(super) fn take(directory: &Path) -> io::Result<Outcome> {
        let path = directory.join(NAME);
        // Not truncated when it is opened: what it says is another's until it is locked.
        let mut options = File::options();
        let mut file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                write!(file, "process {}", std::process::id())?;
                Ok(Outcome::Locked(Self { _file: file }))
            }
            Err(TryLockError::WouldBlock) => {
                let holder = holder(&path);
                Ok(Outcome::Held { holder, path })
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Who holds the lock of a directory, if it is held. Writes nothing.
    pub(super) fn held(directory: &Path) -> io::Result<Option<(String, PathBuf)>> {
        let path = directory.join(NAME);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some((holder(&path), path))),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

fn holder(path: &Path) -> String {
    match fs::read_to_string(path) {
        Ok(text) if !text.is_empty() => text,
        _ => "another process".to_owned(),
    }
}
