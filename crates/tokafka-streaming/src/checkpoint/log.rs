//! The checkpoint of one query that is running.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use uuid::Uuid;

use super::{
    CheckpointError, OffsetsEntry, Skip, entry,
    files::{Files, Put},
    location,
    lock::{Lock, Outcome},
    recover::{self, recover},
    skips,
};
use crate::SourceOffsets;

/// A checkpoint that this process owns until it is dropped.
#[derive(Debug)]
pub struct Checkpoint {
    files: Files,
    id: Uuid,
    recovered: Recovered,
    skips: Vec<Skip>,
    /// Entries below are removed already; 0 until all of them were looked at.
    kept: AtomicU64,
    _lock: Option<Lock>,
}

/// What a checkpoint says of the batches before.
#[derive(Debug, Clone, Default)]
pub struct Recovered {
    /// The last batch that was planned, its number first.
    pub planned: Option<(u64, OffsetsEntry)>,
    /// The batch before that one.
    pub before: Option<OffsetsEntry>,
    /// The last batch that was done.
    pub committed: Option<u64>,
}

impl Checkpoint {
    /// Opens the checkpoint at `location`, a directory or a URL of an object store, for a query of so
    /// many sources; makes one if there is none. Nothing is written to one that cannot be continued.
    ///
    /// # Errors
    /// Another process owns it, it is of another kind or version, or the store does not answer.
    pub async fn open(location: &str, sources: usize) -> Result<Self, CheckpointError> {
        Self::open_files(location::files(location)?, sources).await
    }

    pub(super) async fn open_files(files: Files, sources: usize) -> Result<Self, CheckpointError> {
        // A running owner writes while it is looked at: then what is found is not to be judged.
        if files.owner().await?.is_none() {
            recover(&files, sources).await?;
            skips::read(&files).await?;
        }
        let lock = own(&files).await?;
        let (id, recovered) = recover(&files, sources).await?;
        let skips = skips::read(&files).await?;
        let id = match id {
            Some(id) => id,
            None => new_id(&files).await?,
        };
        Ok(Self {
            files,
            id,
            recovered,
            skips,
            kept: AtomicU64::new(0),
            _lock: lock,
        })
    }

    /// The query's id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// What it held when it was opened.
    pub fn recovered(&self) -> &Recovered {
        &self.recovered
    }

    /// The offsets that are not to be read, as it held when it was opened.
    pub fn skips(&self) -> &[Skip] {
        &self.skips
    }

    /// Where the source began, if that is written already.
    ///
    /// # Errors
    /// The store does not answer, or the file is damaged.
    pub async fn initial_offsets(
        &self,
        source: usize,
    ) -> Result<Option<SourceOffsets>, CheckpointError> {
        recover::read(&self.files, &initial(source), entry::parse_initial).await
    }

    /// Writes where the source begins. Durable when it returns; it may be called again with the same offsets.
    ///
    /// # Errors
    /// The store does not answer, or another query has written it.
    pub async fn put_initial_offsets(
        &self,
        source: usize,
        offsets: &SourceOffsets,
    ) -> Result<(), CheckpointError> {
        let text = entry::print_initial(offsets);
        self.put(&initial(source), 0, text).await
    }

    /// Writes `offsets/N`. Durable when it returns; if the answer was lost it may be called again with the
    /// same entry.
    ///
    /// # Errors
    /// The store does not answer, or another query has written the batch.
    pub async fn put_offsets(
        &self,
        batch: u64,
        entry: &OffsetsEntry,
    ) -> Result<(), CheckpointError> {
        let text = entry::print_offsets(entry);
        self.put(&format!("offsets/{batch}"), batch, text).await
    }

    /// Writes `commits/N`. Durable when it returns; it may be called again.
    ///
    /// # Errors
    /// The store does not answer, or another query has written the batch.
    pub async fn put_commit(&self, batch: u64) -> Result<(), CheckpointError> {
        let text = entry::COMMIT.to_owned();
        self.put(&format!("commits/{batch}"), batch, text).await
    }

    /// Removes entries that are older than the last `retain` batches before `batch`.
    ///
    /// # Errors
    /// The store does not answer. What is left is removed the next time.
    pub async fn purge(&self, batch: u64, retain: u64) -> Result<(), CheckpointError> {
        let keep = batch.saturating_sub(retain);
        let kept = self.kept.load(Ordering::Relaxed);
        if keep <= kept {
            return Ok(());
        }
        for directory in ["offsets", "commits"] {
            // Listed once: after that it is known what is there.
            let old = match kept {
                0 => self.files.numbers(directory).await?,
                _ => (kept..keep).collect(),
            };
            for number in old.range(..keep) {
                self.files.remove(&format!("{directory}/{number}")).await?;
            }
        }
        self.kept.store(keep, Ordering::Relaxed);
        Ok(())
    }

    /// The same bytes may be there: the answer to the first attempt was lost.
    async fn put(&self, name: &str, batch: u64, text: String) -> Result<(), CheckpointError> {
        match self.files.create(name, text.clone()).await? {
            Put::Written => Ok(()),
            Put::There(bytes) if bytes == text.as_bytes() => Ok(()),
            Put::There(_) => Err(CheckpointError::Concurrent {
                batch,
                path: self.files.named(name),
            }),
        }
    }
}

fn initial(source: usize) -> String {
    format!("sources/{source}/0")
}

/// Locks it. Whoever only looks whether it is locked holds the lock for a moment: that is waited out.
pub(super) async fn own(files: &Files) -> Result<Option<Lock>, CheckpointError> {
    const ATTEMPTS: usize = 5;
    const PAUSE: Duration = Duration::from_millis(50);
    let mut attempt = 1;
    loop {
        match files.own().await? {
            None => return Ok(None),
            Some(Outcome::Locked(lock)) => return Ok(Some(lock)),
            Some(Outcome::Held { .. }) if attempt < ATTEMPTS => {
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Some(Outcome::Held { holder, path }) => {
                let id = recover::read(files, "metadata", entry::parse_metadata).await;
                let id = id.ok().flatten();
                let id = id.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
                return Err(CheckpointError::Owned { id, holder, path });
            }
        }
    }
}

async fn new_id(files: &Files) -> Result<Uuid, CheckpointError> {
    let id = Uuid::new_v4();
    match files.create("metadata", entry::print_metadata(id)).await? {
        Put::Written => Ok(id),
        Put::There(bytes) => {
            entry::parse_metadata(&bytes).map_err(|problem| CheckpointError::File {
                path: files.named("metadata"),
                problem,
            })
        }
    }
}
