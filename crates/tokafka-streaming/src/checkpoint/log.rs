//! The checkpoint of one query that is running.

use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{CheckpointError, SourceOffsets};

/// A checkpoint that this process owns until it is dropped.
#[derive(Debug)]
pub struct Checkpoint {
    id: Uuid,
    recovered: Recovered,
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

/// An entry of `offsets/`.
#[derive(Debug, Clone)]
pub struct OffsetsEntry {
    /// Always 0: there are no watermarks.
    pub watermark_ms: i64,
    /// When the batch was planned, in milliseconds since the epoch. `now()` is this time within the batch.
    pub timestamp_ms: i64,
    /// Spark's settings, kept as they are found; `{}` in a query that never was Spark's.
    pub conf: Box<RawValue>,
    /// Where the batch ends, for each source; `None` for one that has no offsets yet.
    pub sources: Vec<Option<SourceOffsets>>,
}

impl Checkpoint {
    /// Opens the checkpoint at `location`, a directory or a URL of an object store, for a query of so
    /// many sources; makes one if there is none. Nothing is written to one that cannot be continued.
    ///
    /// # Errors
    /// Another process owns it, it is of another kind or version, or the store does not answer.
    pub async fn open(location: &str, sources: usize) -> Result<Self, CheckpointError> {
        let _ = (location, sources);
        Ok(Self {
            id: Uuid::new_v4(),
            recovered: Recovered::default(),
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

    /// Where the source began, if that is written already.
    ///
    /// # Errors
    /// The store does not answer, or the file is damaged.
    pub async fn initial_offsets(
        &self,
        source: usize,
    ) -> Result<Option<SourceOffsets>, CheckpointError> {
        let _ = source;
        Ok(None)
    }

    /// Writes where the source begins. Durable when it returns.
    ///
    /// # Errors
    /// The store does not answer, or another query has written it.
    pub async fn put_initial_offsets(
        &self,
        source: usize,
        offsets: &SourceOffsets,
    ) -> Result<(), CheckpointError> {
        let _ = (source, offsets);
        Ok(())
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
        let _ = (batch, entry);
        Ok(())
    }

    /// Writes `commits/N`. Durable when it returns; it may be called again.
    ///
    /// # Errors
    /// The store does not answer, or another query has written the batch.
    pub async fn put_commit(&self, batch: u64) -> Result<(), CheckpointError> {
        let _ = batch;
        Ok(())
    }

    /// Removes entries that are older than the last `retain` batches before `batch`.
    ///
    /// # Errors
    /// The store does not answer. What is left is removed the next time.
    pub async fn purge(&self, batch: u64, retain: u64) -> Result<(), CheckpointError> {
        let _ = (batch, retain);
        Ok(())
    }
}
