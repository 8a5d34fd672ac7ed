use super::{
    cursor::{FetchedBatch, RangeCursor},
    log::PartitionLog,
};
use crate::{
    cluster::Cluster,
    error::{BatchError, ReadError},
    settings::FetchSettings,
};
use std::ops::Range;

/// Reads the batches of `[start, end)` of one partition as they lie in the log: also those that
/// compaction emptied, and those whose records readers do not get.
///
/// Offsets that the log does not have are passed over. Where the range goes beyond the log, the
/// reader waits. Holds one answer of the broker at a time.
#[derive(Debug)]
pub struct BatchReader {
    log: PartitionLog,
    cursor: RangeCursor,
}

impl BatchReader {
    /// Finds the partition; reads nothing yet. With an end of `i64::MAX` the reader follows the
    /// partition and never ends. What is temporary is tried again for up to `max.block.ms`.
    ///
    /// # Errors
    /// [`ReadError::Topic`].
    pub async fn open(
        cluster: &Cluster,
        settings: &FetchSettings,
        topic: &str,
        partition: i32,
        range: Range<i64>,
    ) -> Result<Self, ReadError> {
        Ok(Self {
            log: PartitionLog::open(cluster, settings, topic, partition).await?,
            cursor: RangeCursor::new(range),
        })
    }

    /// The next batch, `None` at the end. After an error, the next call tries the same offset again.
    /// Dropping the call loses no batch.
    ///
    /// # Errors
    /// [`ReadError::Batch`] if the log holds what cannot be read, [`ReadError::OffsetOutOfRange`] if
    /// it does not hold the offset, and [`ReadError::Topic`].
    pub async fn next(&mut self) -> Result<Option<FetchedBatch>, ReadError> {
        while !self.cursor.is_at_end() {
            match self.cursor.next_batch() {
                Ok(Some(batch)) => return Ok(Some(batch)),
                Ok(None) if self.cursor.is_at_end() => {}
                Ok(None) => {
                    let page = self.log.page(self.position()).await?;
                    self.cursor.turn_to(page);
                }
                Err(error) => return Err(self.unreadable(self.position(), error)),
            }
        }
        Ok(None)
    }

    /// The offset that is read next: all below were given out, or will never be.
    pub fn position(&self) -> i64 {
        self.cursor.position()
    }

    /// Bytes that a decompressed batch may have.
    pub(super) fn batch_limit(&self) -> usize {
        self.log.batch_limit()
    }

    /// An error of what lies at an offset, from which is read anew.
    pub(super) fn unreadable(&mut self, offset: i64, error: BatchError) -> ReadError {
        self.cursor.rewind(offset);
        self.log.unreadable(offset, error)
    }
}
