//! Reads the records of a batch.

use super::{BatchHeader, Headers, RecordsChecksum, TimestampType, cursor::Cursor};
use crate::error::BatchError;
use bytes::Bytes;
use std::fmt;
use std::iter::FusedIterator;
use std::ops::RangeInclusive;

/// The records of one batch, decompressed.
#[derive(Clone)]
pub struct Records {
    origin: Origin,
    count: i32,
    body: Bytes,
}

/// What a record's deltas count from.
#[derive(Clone, Copy, Debug)]
struct Origin {
    offset: i64,
    timestamp: i64,
    /// The batch's greatest timestamp, which is every record's under `LogAppendTime`.
    append_time: i64,
    last_delta: i32,
    timestamp_type: TimestampType,
}

impl Records {
    pub(super) fn new(header: &BatchHeader, body: Bytes) -> Self {
        let origin = Origin {
            offset: header.base_offset,
            timestamp: header.base_timestamp,
            append_time: header.max_timestamp,
            last_delta: header.last_offset_delta,
            timestamp_type: header.timestamp_type(),
        };
        Self {
            origin,
            count: header.record_count,
            body,
        }
    }

    /// Offsets that the batch was given, also those of records that compaction removed.
    pub fn offsets(&self) -> RangeInclusive<i64> {
        let Origin {
            offset, last_delta, ..
        } = self.origin;
        offset..=offset.saturating_add(last_delta.into())
    }

    /// The records as they were written, one behind the other: keys and values lie in it.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// What the records are recognized by. Reads all of them.
    pub fn checksum(&self) -> RecordsChecksum {
        RecordsChecksum::of(&self.body)
    }

    /// The records in order, borrowed from this batch.
    pub fn iter(&self) -> RecordIter<'_> {
        RecordIter {
            origin: self.origin,
            left: self.count,
            next_delta: 0,
            rest: Cursor(&self.body),
        }
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("count", &self.count)
            .field("len", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl<'a> IntoIterator for &'a Records {
    type Item = Result<RecordRef<'a>, BatchError>;
    type IntoIter = RecordIter<'a>;

    fn into_iter(self) -> RecordIter<'a> {
        self.iter()
    }
}

/// Records in order. An error is the last item: the next record cannot be found.
///
/// Yields [`BatchError::Malformed`] for a length that is negative or reaches too far, for a
/// header key that is not UTF-8, if there are more or fewer records than the header says, and if
/// their offsets do not ascend within those of the batch: a reader would get rows twice, or lose some.
#[derive(Clone)]
pub struct RecordIter<'a> {
    origin: Origin,
    left: i32,
    /// The least offset that the next record can have.
    next_delta: i32,
    rest: Cursor<'a>,
}

impl<'a> RecordIter<'a> {
    fn read(&mut self) -> Result<RecordRef<'a>, BatchError> {
        if self.left == 0 {
            return Err(BatchError::Malformed("bytes follow the last record"));
        }
        if self.rest.0.is_empty() {
            return Err(BatchError::Malformed(
                "it holds fewer records than its header says",
            ));
        }
        self.left -= 1;
        let (delta, record) = self.origin.record(self.rest.bytes()?)?;
        if !(self.next_delta..=self.origin.last_delta).contains(&delta) {
            return Err(BatchError::Malformed(
                "the offsets of its records do not ascend up to its last one",
            ));
        }
        self.next_delta = delta.saturating_add(1);
        Ok(record)
    }
}

impl<'a> Iterator for RecordIter<'a> {
    type Item = Result<RecordRef<'a>, BatchError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 && self.rest.0.is_empty() {
            return None;
        }
        let record = self.read();
        if record.is_err() {
            (self.left, self.rest) = (0, Cursor(&[]));
        }
        Some(record)
    }
}

impl FusedIterator for RecordIter<'_> {}

impl fmt::Debug for RecordIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordIter")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl Origin {
    #[inline]
    fn record<'a>(&self, bytes: &'a [u8]) -> Result<(i32, RecordRef<'a>), BatchError> {
        let mut fields = Cursor(bytes);
        fields.byte()?; // Attributes: no bit has a meaning yet.
        let timestamp_delta = fields.varlong()?;
        let offset_delta = fields.varint()?;
        let record = RecordRef {
            offset: self.offset.wrapping_add(offset_delta.into()),
            timestamp: self.timestamp(timestamp_delta),
            timestamp_type: self.timestamp_type,
            key: fields.nullable_bytes()?,
            value: fields.nullable_bytes()?,
            headers: HeaderIter::checked(fields.0)?,
        };
        Ok((offset_delta, record))
    }

    #[inline]
    fn timestamp(&self, delta: i64) -> i64 {
        match self.timestamp_type {
            TimestampType::CreateTime => self.timestamp.wrapping_add(delta),
            TimestampType::LogAppendTime => self.append_time,
        }
    }
}

/// One record that was read.
#[derive(Clone, Copy, Debug)]
pub struct RecordRef<'a> {
    /// Its offset in the partition.
    pub offset: i64,
    /// Milliseconds since the epoch.
    pub timestamp: i64,
    /// Who set the timestamp.
    pub timestamp_type: TimestampType,
    /// The key; an empty one is not a missing one.
    pub key: Option<&'a [u8]>,
    /// The value; none is a tombstone.
    pub value: Option<&'a [u8]>,
    /// The headers.
    pub headers: HeaderIter<'a>,
}

/// Headers in order; repeated and null-valued ones too. They were checked when the record was
/// read, so this cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct HeaderIter<'a> {
    encoded: &'a [u8],
    rest: Cursor<'a>,
}

impl<'a> HeaderIter<'a> {
    /// All headers in their wire form, also those already passed: for writing them again.
    pub fn encoded(&self) -> Headers<'a> {
        Headers::from_encoded(self.encoded)
    }

    /// Checks that `encoded` is a count, that many headers, and nothing else.
    #[inline]
    fn checked(encoded: &'a [u8]) -> Result<Self, BatchError> {
        let mut rest = Cursor(encoded);
        let count = rest.varint()?;
        let headers = Self { encoded, rest };
        if count < 0 {
            return Err(BatchError::Malformed("a header count is negative"));
        }
        for _ in 0..count {
            let (key, _) = raw_header(&mut rest)?;
            str::from_utf8(key).map_err(|_| BatchError::Malformed("a header key is not UTF-8"))?;
        }
        if !rest.0.is_empty() {
            return Err(BatchError::Malformed("a record is longer than its fields"));
        }
        Ok(headers)
    }
}

impl<'a> Iterator for HeaderIter<'a> {
    type Item = (&'a str, Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = raw_header(&mut self.rest).ok()?;
        Some((str::from_utf8(key).ok()?, value))
    }
}

impl FusedIterator for HeaderIter<'_> {}

#[inline]
fn raw_header<'a>(rest: &mut Cursor<'a>) -> Result<(&'a [u8], Option<&'a [u8]>), BatchError> {
    Ok((rest.bytes()?, rest.nullable_bytes()?))
}
