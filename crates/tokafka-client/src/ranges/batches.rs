use super::{
    ahead::Ahead,
    cursor::{FetchedBatch, RangeCursor},
    log::{Known, PartitionLog},
    page::Page,
};
use crate::{
    cluster::Cluster,
    error::{BatchError, ReadError},
    settings::FetchSettings,
};
use std::{ops::Range, sync::Arc};
use tokio::time::Instant;

/// Reads the batches of `[start, end)` of one partition as they lie in the log: also those that
/// compaction emptied, and those whose records readers do not get.
///
/// Offsets that the log does not have are passed over. Where the range goes beyond the log, the
/// reader waits. Holds one answer of the broker at a time, and one that is on its way.
#[derive(Debug)]
pub struct BatchReader {
    log: Arc<PartitionLog>,
    cursor: RangeCursor,
    ahead: Option<Ahead>,
    beyond: Beyond,
}

/// What becomes of a range that goes beyond the log.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beyond {
    /// The reader waits.
    Waits,
    /// The reader fails after `max.block.ms`; since when it waits.
    Fails(Option<Instant>),
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
        let log = PartitionLog::open(cluster, settings, topic, partition, Known::Asked).await?;
        Ok(Self::of(log, range, Beyond::Waits))
    }

    pub(super) fn of(log: PartitionLog, range: Range<i64>, beyond: Beyond) -> Self {
        Self {
            log: Arc::new(log),
            cursor: RangeCursor::new(range),
            ahead: None,
            beyond,
        }
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
                    let page = self.page().await?;
                    self.cursor.turn_to(page);
                    self.check_end().await?;
                    self.ask_ahead().await;
                }
                Err(error) => return Err(self.unreadable(self.position(), error)),
            }
        }
        Ok(None)
    }

    /// The answer for the position.
    async fn page(&mut self) -> Result<Page, ReadError> {
        let offset = self.position();
        let ahead = match self.ahead.take() {
            Some(ahead) if ahead.offset() == offset => ahead,
            _ => Ahead::ask(&self.log, offset).await,
        };
        let page = self.ahead.insert(ahead).page().await;
        self.ahead = None;
        page
    }

    async fn check_end(&mut self) -> Result<(), ReadError> {
        let Beyond::Fails(since) = &mut self.beyond else {
            return Ok(());
        };
        if !self.cursor.is_beyond_log() {
            *since = None;
            return Ok(());
        }
        // A new leader may not know yet how far its log reaches.
        let since = *since.get_or_insert_with(Instant::now);
        match since.elapsed() < self.log.patience() {
            true => Ok(()),
            false => Err(self.log.too_short(self.position()).await),
        }
    }

    async fn ask_ahead(&mut self) {
        if let Some(offset) = self.cursor.page_after() {
            self.ahead = Some(Ahead::ask(&self.log, offset).await);
        }
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
