//! Finds the batches in bytes from a broker.

use super::{BatchHeader, Records, checksum::crc32c, decompress::decompress};
use crate::error::BatchError;
use bytes::Bytes;
use std::fmt;

/// Batches one after the other, as a fetch response or a log segment has them.
///
/// A part of a batch at the end is left alone: brokers cut a response at a number of bytes.
/// After an error, nothing more comes, since the next batch cannot be found.
#[derive(Clone)]
pub struct Batches(Bytes);

impl Batches {
    /// Reads from the start of `bytes`, which must be the start of a batch. Nothing is copied.
    pub fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl Iterator for Batches {
    type Item = Result<StoredBatch, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let header = match BatchHeader::parse(&self.0) {
            Ok(header) => header,
            Err(BatchError::Truncated { .. }) => return None,
            Err(error) => {
                self.0.clear();
                return Some(Err(error));
            }
        };
        let whole = header.total_len() <= self.0.len();
        whole.then(|| {
            Ok(StoredBatch {
                header,
                bytes: self.0.split_to(header.total_len()),
            })
        })
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("bytes_left", &self.0.len())
            .finish()
    }
}

/// One batch as a broker keeps it.
#[derive(Clone)]
pub struct StoredBatch {
    /// Its header.
    pub header: BatchHeader,
    /// All of it, the header included.
    pub bytes: Bytes,
}

impl StoredBatch {
    /// Checks the CRC.
    ///
    /// # Errors
    /// [`BatchError::Checksum`], [`BatchError::Truncated`].
    pub fn verify(&self) -> Result<(), BatchError> {
        let computed = crc32c(&self.tail(BatchHeader::CHECKED_FROM)?);
        let stored = self.header.crc;
        if computed == stored {
            return Ok(());
        }
        Err(BatchError::Checksum {
            offset: self.header.base_offset,
            stored,
            computed,
        })
    }

    /// Decompresses, to at most `limit` bytes; an uncompressed batch is shared, not copied, and
    /// has no limit. The CRC is not looked at: that is [`verify`](Self::verify).
    ///
    /// A control batch has records, too: their key says which marker it is.
    ///
    /// # Errors
    /// [`BatchError::UnknownCompression`], [`BatchError::Codec`], [`BatchError::TooLarge`],
    /// [`BatchError::Truncated`].
    pub fn records(&self, limit: usize) -> Result<Records, BatchError> {
        let (codec, body) = (self.header.codec()?, self.tail(BatchHeader::LEN)?);
        // Compaction keeps a batch that it emptied, for its producer's sequence.
        let body = if body.is_empty() {
            body
        } else {
            decompress(codec, &body, limit)?
        };
        Ok(Records::new(&self.header, body))
    }

    fn tail(&self, from: usize) -> Result<Bytes, BatchError> {
        let (needed, available) = (self.header.total_len(), self.bytes.len());
        if needed > available {
            return Err(BatchError::Truncated { needed, available });
        }
        Ok(self.bytes.slice(from..needed))
    }
}

// The records may hold anything, secrets included, and are long.
impl fmt::Debug for StoredBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredBatch")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}
