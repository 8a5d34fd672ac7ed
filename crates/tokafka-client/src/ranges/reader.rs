use super::{
    batches::{BatchReader, Beyond},
    cursor::FetchedBatch,
    log::{Known, PartitionLog},
};
use crate::{
    batch::{RecordRef, Records, RecordsChecksum},
    cluster::Cluster,
    error::{BatchError, ReadError},
    settings::FetchSettings,
};
use bytes::Bytes;
use std::ops::{Range, RangeInclusive};

/// Reads the records of `[start, end)` of one partition, batch by batch.
///
/// Offsets that the log does not have, because of compaction, markers or aborted transactions, are
/// passed over. Where the range goes beyond the log, the reader waits for records. Holds one answer
/// of the broker, one that is on its way, and one decompressed batch at a time; the latter may have
/// `tokafka.max.response.bytes`.
#[derive(Debug)]
pub struct RangeReader {
    batches: BatchReader,
}

/// The records of one batch that lie in a range; at least one if a reader gave them.
#[derive(Debug)]
pub struct FetchedRecords {
    records: Records,
    range: Range<i64>,
}

impl RangeReader {
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
        let batches = BatchReader::open(cluster, settings, topic, partition, range).await?;
        Ok(Self { batches })
    }

    /// As [`open`](Self::open), for a range that was found in the log: what the cluster said of the topic is
    /// not asked anew, and if the log does not reach to the end of the range, the reader fails after
    /// `max.block.ms`, with [`ReadError::OffsetOutOfRange`].
    ///
    /// # Errors
    /// [`ReadError::Topic`].
    pub async fn open_found(
        cluster: &Cluster,
        settings: &FetchSettings,
        topic: &str,
        partition: i32,
        range: Range<i64>,
    ) -> Result<Self, ReadError> {
        let known = Known::Before;
        let log = PartitionLog::open(cluster, settings, topic, partition, known).await?;
        let batches = BatchReader::of(log, range, Beyond::Fails(None));
        Ok(Self { batches })
    }

    /// The next records, at least one; `None` at the end. After an error, the next call tries the
    /// same offset again. Dropping the call loses no records.
    ///
    /// # Errors
    /// As of [`BatchReader::next`].
    pub async fn next(&mut self) -> Result<Option<FetchedRecords>, ReadError> {
        while let Some(batch) = self.batches.next().await? {
            let read = FetchedRecords::of(&batch, self.batches.batch_limit());
            let unreadable = |error| self.batches.unreadable(batch.offsets.start, error);
            let records = read.map_err(unreadable)?;
            if records.is_some() {
                return Ok(records);
            }
        }
        Ok(None)
    }

    /// As [`Self::next`], but only how many: batches that lie in the range as a whole are not
    /// decompressed, since their headers say it.
    ///
    /// # Errors
    /// As of [`Self::next`].
    pub async fn next_count(&mut self) -> Result<Option<usize>, ReadError> {
        while let Some(batch) = self.batches.next().await? {
            let count = count(&batch, self.batches.batch_limit());
            let unreadable = |error| self.batches.unreadable(batch.offsets.start, error);
            let count = count.map_err(unreadable)?;
            if count > 0 {
                return Ok(Some(count));
            }
        }
        Ok(None)
    }

    /// The offset that is read next: all below were given out, or will never be.
    pub fn position(&self) -> i64 {
        self.batches.position()
    }
}

impl From<Records> for FetchedRecords {
    /// All of a batch.
    fn from(records: Records) -> Self {
        let offsets = records.offsets();
        Self {
            range: *offsets.start()..offsets.end().saturating_add(1),
            records,
        }
    }
}

impl FetchedRecords {
    /// The records in the order of their offsets. An error is the last item.
    pub fn iter(&self) -> impl Iterator<Item = Result<RecordRef<'_>, BatchError>> {
        self.records.iter().filter(|record| match record {
            Ok(record) => self.range.contains(&record.offset),
            Err(_) => true,
        })
    }

    /// Offsets that their batch was given; some may lie outside the range.
    pub fn batch_offsets(&self) -> RangeInclusive<i64> {
        self.records.offsets()
    }

    /// All records of their batch as they were written: keys and values lie in it.
    pub fn body(&self) -> &Bytes {
        self.records.body()
    }

    /// What all records of their batch are recognized by, those outside the range included.
    pub fn batch_checksum(&self) -> RecordsChecksum {
        self.records.checksum()
    }

    /// Decompresses a batch to at most `limit` bytes. Nothing if readers get none of its records.
    pub(super) fn of(batch: &FetchedBatch, limit: usize) -> Result<Option<Self>, BatchError> {
        if batch.hidden {
            return Ok(None);
        }
        let records = Self {
            records: batch.stored.records(limit)?,
            range: batch.offsets.clone(),
        };
        let first = records.iter().next().transpose()?;
        Ok(first.is_some().then_some(records))
    }
}

/// Records of a batch that readers get. Compaction keeps the count of the header true.
fn count(batch: &FetchedBatch, limit: usize) -> Result<usize, BatchError> {
    let header = &batch.stored.header;
    let is_whole = header.base_offset == batch.offsets.start
        && header.last_offset().saturating_add(1) == batch.offsets.end;
    if batch.hidden {
        return Ok(0);
    }
    if is_whole {
        return Ok(usize::try_from(header.record_count).unwrap_or(0));
    }
    match FetchedRecords::of(batch, limit)? {
        Some(records) => records.iter().try_fold(0, |count, record| {
            record?;
            Ok(count + 1)
        }),
        None => Ok(0),
    }
}
