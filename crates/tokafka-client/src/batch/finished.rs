//! A batch that waits to be sent.

use super::{
    BatchHeader, BufferPool, Codec, Compressor, OpenBatch, Record, Records, RecordsChecksum,
    RowSpan, checksum::crc32c_before, decompress::decompress, pool::PooledBuffer,
};
use crate::error::BatchError;
use bytes::Bytes;
use std::fmt;

/// A complete batch but for the producer's stamp: 61 bytes of header to come, and a body.
///
/// Cheap to clone; the buffer goes back to its pool with the last clone of the batch and of its
/// [`body`](Self::body).
#[derive(Clone)]
pub struct FinishedBatch {
    facts: Facts,
    body: Bytes,
    body_checksum: u32,
    rows: Option<RowSpan>,
}

/// What the header says about the records.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) codec: Codec,
    pub(super) record_count: u32,
    pub(super) base_timestamp: i64,
    pub(super) max_timestamp: i64,
    pub(super) uncompressed_len: usize,
    /// CRC32C of the records before compression.
    pub(super) records_crc: u32,
}

/// Who wrote a batch, and as which in its sequence: how a broker tells a retry from new records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerStamp {
    /// The producer id that a broker gave.
    pub producer_id: i64,
    /// Its epoch.
    pub epoch: i16,
    /// Sequence number of the first record.
    pub base_sequence: i32,
}

impl ProducerStamp {
    /// The stamp of a producer that is not idempotent.
    pub const NONE: Self = Self {
        producer_id: -1,
        epoch: -1,
        base_sequence: -1,
    };
}

impl FinishedBatch {
    pub(super) fn new(facts: Facts, body: PooledBuffer, body_checksum: u32) -> Self {
        Self {
            facts,
            body: Bytes::from_owner(body),
            body_checksum,
            rows: None,
        }
    }

    /// Says which rows it was made of, for the errors that name one.
    #[must_use]
    pub fn with_rows(mut self, rows: RowSpan) -> Self {
        self.rows = Some(rows);
        self
    }

    /// The rows that it was made of, as far as they were told.
    pub fn rows(&self) -> Option<RowSpan> {
        self.rows
    }

    /// How many records it holds, at least one.
    pub fn record_count(&self) -> u32 {
        self.facts.record_count
    }

    /// Header and body in bytes, as sent.
    pub fn wire_len(&self) -> usize {
        BatchHeader::LEN + self.body.len()
    }

    /// Header and body in bytes before compression.
    pub fn uncompressed_len(&self) -> usize {
        self.facts.uncompressed_len
    }

    /// Greatest timestamp of its records, in milliseconds since the epoch.
    pub fn max_timestamp(&self) -> i64 {
        self.facts.max_timestamp
    }

    /// What its records are recognized by in the log, also where a broker compresses them anew.
    pub fn checksum(&self) -> RecordsChecksum {
        RecordsChecksum {
            bytes: (self.facts.uncompressed_len - BatchHeader::LEN) as u64,
            crc32c: self.facts.records_crc,
        }
    }

    /// What follows the header, as sent.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The header with its CRC. Costs nothing per record: the body's CRC was computed while
    /// encoding and is combined here. Equal stamps give equal bytes.
    pub fn seal(&self, stamp: ProducerStamp) -> [u8; BatchHeader::LEN] {
        let mut header = self.header(stamp);
        let unchecked = header.encode();
        let (_, checked) = unchecked.split_at(BatchHeader::CHECKED_FROM);
        header.crc = crc32c_before(checked, self.body_checksum, self.body.len());
        header.encode()
    }

    // Lengths and counts fit: `OpenBatch::finish` refuses a batch of more than i32::MAX bytes.
    fn header(&self, stamp: ProducerStamp) -> BatchHeader {
        let facts = &self.facts;
        BatchHeader {
            base_offset: 0,
            batch_length: BatchHeader::length_with(self.body.len()),
            leader_epoch: -1,
            crc: 0,
            attributes: facts.codec.id().into(),
            last_offset_delta: facts.record_count.saturating_sub(1).cast_signed(),
            base_timestamp: facts.base_timestamp,
            max_timestamp: facts.max_timestamp,
            producer_id: stamp.producer_id,
            producer_epoch: stamp.epoch,
            base_sequence: stamp.base_sequence,
            record_count: facts.record_count.cast_signed(),
        }
    }

    /// Two halves by records, for a broker that finds the batch too large; none if it holds one
    /// record. Records, timestamps and order stay as they are, and the first half is never the
    /// longer one. Both are compressed with `compressor`.
    ///
    /// # Errors
    /// Those of [`OpenBatch::finish`].
    pub fn split(
        &self,
        compressor: &mut Compressor,
        pool: &BufferPool,
    ) -> Result<Option<(FinishedBatch, FinishedBatch)>, BatchError> {
        if self.facts.record_count < 2 {
            return Ok(None);
        }
        let (records, first) = (self.records()?, self.facts.record_count as usize / 2);
        let capacity = self.facts.uncompressed_len / 2;
        let half = || OpenBatch::new(pool, capacity);
        let mut halves = (half(), half());
        for (index, record) in records.iter().enumerate() {
            let half = if index < first {
                &mut halves.0
            } else {
                &mut halves.1
            };
            let record = record?;
            half.push(Record {
                timestamp: record.timestamp,
                key: record.key,
                value: record.value,
                headers: record.headers.encoded(),
            });
        }
        let (first, count) = (first as u32, self.facts.record_count);
        let mut finish = |half: OpenBatch, records| {
            let mut half = half.finish(compressor)?;
            half.rows = self.rows.map(|rows| rows.of_records(&records, count));
            Ok(half)
        };
        Ok(Some((
            finish(halves.0, 0..first)?,
            finish(halves.1, first..count)?,
        )))
    }

    /// What it holds, decompressed. Offsets count from 0.
    ///
    /// # Errors
    /// [`BatchError::Codec`], if its codec does not take back what it made.
    pub fn records(&self) -> Result<Records, BatchError> {
        let body = decompress(self.facts.codec, &self.body, self.facts.uncompressed_len)?;
        Ok(Records::new(&self.header(ProducerStamp::NONE), body))
    }
}

// The body may hold anything, secrets included, and is long.
impl fmt::Debug for FinishedBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinishedBatch")
            .field("facts", &self.facts)
            .field("wire_len", &self.wire_len())
            .finish_non_exhaustive()
    }
}
