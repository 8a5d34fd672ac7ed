//! A batch that is being filled.

use super::{
    BatchHeader, BufferPool, Codec, Compressor, FinishedBatch, Record,
    checksum::{RunningChecksum, crc32c},
    deltas::Deltas,
    finished::Facts,
    pool::PooledBuffer,
    raw::SLACK,
};
use crate::error::BatchError;

/// A batch that is being filled, uncompressed. Dropping it gives its buffer back.
#[derive(Debug)]
pub struct OpenBatch {
    body: PooledBuffer,
    checksum: RunningChecksum,
    record_count: u32,
    deltas: Deltas,
    base_timestamp: i64,
    max_timestamp: i64,
}

impl OpenBatch {
    /// Takes a free buffer; `capacity` is a hint in bytes, it grows.
    pub fn new(pool: &BufferPool, capacity: usize) -> Self {
        Self {
            body: pool.take(capacity.saturating_add(SLACK)),
            checksum: RunningChecksum::new(),
            record_count: 0,
            deltas: Deltas::new(),
            base_timestamp: 0,
            max_timestamp: i64::MIN,
        }
    }

    /// Uncompressed length in bytes with the header, 61 when empty.
    #[inline]
    pub fn encoded_len(&self) -> usize {
        BatchHeader::LEN + self.body.len()
    }

    /// How many records were pushed.
    pub fn record_count(&self) -> u32 {
        self.record_count
    }

    /// True if nothing was pushed.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.record_count == 0
    }

    /// Appends a record. Infallible: a batch that gets longer than `i32::MAX` bytes is the
    /// caller's bug and is refused by [`finish`](Self::finish).
    // Left to the compiler, it would not always be inlined, and the record would go through memory.
    #[inline(always)]
    pub fn push(&mut self, record: Record<'_>) {
        self.count(record.timestamp);
        record.append_to(&mut self.body, self.deltas.encoded());
        self.checksum.follow(&self.body);
    }

    /// Appends a record whose value is written in place: `write` appends it, exactly `len` bytes.
    /// The record's own value is not looked at. Bytes that `write` appends too many or too few make
    /// a batch that nobody can read.
    #[inline]
    pub fn push_with(&mut self, record: Record<'_>, len: usize, write: impl FnOnce(&mut Vec<u8>)) {
        self.count(record.timestamp);
        record.append_around(&mut self.body, self.deltas.encoded(), (len, write));
        self.checksum.follow(&self.body);
    }

    #[inline]
    fn count(&mut self, timestamp: i64) {
        if !self.deltas.count_up(timestamp, self.record_count) {
            self.encode_deltas(timestamp);
        }
        self.record_count += 1;
    }

    /// For a record whose offset is not all that is new.
    #[inline(never)]
    fn encode_deltas(&mut self, timestamp: i64) {
        if self.record_count == 0 {
            self.base_timestamp = timestamp;
        }
        self.max_timestamp = self.max_timestamp.max(timestamp);
        self.deltas
            .encode(timestamp, self.base_timestamp, self.record_count);
    }

    /// Compresses the batch; no record can be added afterwards.
    ///
    /// # Errors
    /// [`BatchError::Malformed`] if the batch is empty, [`BatchError::TooLarge`] if it is longer
    /// than `i32::MAX` bytes, [`BatchError::Codec`] if the codec refuses.
    pub fn finish(mut self, compressor: &mut Compressor) -> Result<FinishedBatch, BatchError> {
        if self.is_empty() {
            return Err(BatchError::Malformed(
                "a batch without records cannot be written",
            ));
        }
        check_len(self.encoded_len())?;
        let facts = self.facts(compressor.codec());
        match compressor.codec() {
            Codec::None => Ok(FinishedBatch::new(facts, self.body, facts.records_crc)),
            Codec::Gzip | Codec::Snappy | Codec::Lz4 | Codec::Zstd => {
                let body = compressor.compress(&self.body)?;
                check_len(BatchHeader::LEN + body.len())?;
                Ok(FinishedBatch::new(
                    facts,
                    self.body.pool().copy_of(body),
                    crc32c(body),
                ))
            }
        }
    }

    fn facts(&mut self, codec: Codec) -> Facts {
        Facts {
            codec,
            record_count: self.record_count,
            base_timestamp: self.base_timestamp,
            max_timestamp: self.max_timestamp,
            uncompressed_len: self.encoded_len(),
            records_crc: self.checksum.of(&self.body),
        }
    }
}

fn check_len(size: usize) -> Result<(), BatchError> {
    let limit = i32::MAX as usize;
    if size > limit {
        Err(BatchError::TooLarge { size, limit })
    } else {
        Ok(())
    }
}
