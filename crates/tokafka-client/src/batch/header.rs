//! The 61 bytes before the records.

use super::Codec;
use crate::error::BatchError;
use bytes::{Buf, BufMut};

/// The 61 bytes before the records, field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record; 0 until the broker assigns one.
    pub base_offset: i64,
    /// Length in bytes of what follows this field.
    pub batch_length: i32,
    /// Epoch of the leader that appended the batch; -1 before.
    pub leader_epoch: i32,
    /// CRC32C of everything from the attributes to the end.
    pub crc: u32,
    /// Bits 0-2 codec, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon.
    pub attributes: i16,
    /// Offset of the last record (even if compaction removed it) minus the base offset.
    pub last_offset_delta: i32,
    /// Milliseconds since the epoch that the records' deltas count from.
    pub base_timestamp: i64,
    /// Greatest timestamp of the batch, in milliseconds since the epoch.
    pub max_timestamp: i64,
    /// The idempotent producer that wrote the batch, or -1.
    pub producer_id: i64,
    /// Epoch of that producer, or -1.
    pub producer_epoch: i16,
    /// Sequence number of the first record, or -1.
    pub base_sequence: i32,
    /// How many records the batch holds.
    pub record_count: i32,
}

/// Where the timestamps of a batch come from (topic setting `message.timestamp.type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType {
    /// From the writer.
    CreateTime,
    /// From the broker, when it appended the batch: one for all records.
    LogAppendTime,
}

const MAGIC: i8 = 2;
/// Where every format version has its magic byte.
const MAGIC_AT: usize = 16;
/// Base offset and batch length, which the batch length does not count.
const LOG_OVERHEAD: usize = 12;
const LEAST_BATCH_LENGTH: i32 = (BatchHeader::LEN - LOG_OVERHEAD) as i32;

const CODEC_MASK: i16 = 0x07;
const LOG_APPEND_TIME: i16 = 1 << 3;
const TRANSACTIONAL: i16 = 1 << 4;
const CONTROL: i16 = 1 << 5;

impl BatchHeader {
    /// Length of a header in bytes.
    pub const LEN: usize = 61;
    /// Where the checksum's part of the header starts.
    pub(super) const CHECKED_FROM: usize = 21;

    /// Reads the header at the start of `bytes`. Checks the magic byte and that lengths and
    /// counts are possible, not the CRC.
    ///
    /// # Errors
    /// [`BatchError::Truncated`] for less than a header, [`BatchError::OldFormat`] for magic 0
    /// and 1, [`BatchError::Malformed`] for an unknown magic byte or an impossible length.
    pub fn parse(bytes: &[u8]) -> Result<Self, BatchError> {
        check_magic(bytes)?;
        let Some(mut fields) = bytes.get(..Self::LEN) else {
            return Err(truncated(bytes.len()));
        };
        let (base_offset, batch_length) = (fields.get_i64(), fields.get_i32());
        let leader_epoch = fields.get_i32();
        fields.advance(size_of_val(&MAGIC));
        let header = Self {
            base_offset,
            batch_length,
            leader_epoch,
            crc: fields.get_u32(),
            attributes: fields.get_i16(),
            last_offset_delta: fields.get_i32(),
            base_timestamp: fields.get_i64(),
            max_timestamp: fields.get_i64(),
            producer_id: fields.get_i64(),
            producer_epoch: fields.get_i16(),
            base_sequence: fields.get_i32(),
            record_count: fields.get_i32(),
        };
        header.check()
    }

    /// What [`batch_length`](Self::batch_length) says for a body of `body_len` bytes.
    pub(super) fn length_with(body_len: usize) -> i32 {
        LEAST_BATCH_LENGTH.saturating_add_unsigned(body_len as u32)
    }

    fn check(self) -> Result<Self, BatchError> {
        if self.batch_length < LEAST_BATCH_LENGTH {
            return Err(BatchError::Malformed(
                "the batch length is less than a header's",
            ));
        }
        if self.record_count < 0 {
            return Err(BatchError::Malformed("the record count is negative"));
        }
        if self.last_offset_delta < 0 {
            return Err(BatchError::Malformed(
                "the last offset lies before the first",
            ));
        }
        Ok(self)
    }

    /// The header as bytes, with the CRC it says.
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut header = [0; Self::LEN];
        let mut out = header.as_mut_slice();
        out.put_i64(self.base_offset);
        out.put_i32(self.batch_length);
        out.put_i32(self.leader_epoch);
        out.put_i8(MAGIC);
        out.put_u32(self.crc);
        out.put_i16(self.attributes);
        out.put_i32(self.last_offset_delta);
        out.put_i64(self.base_timestamp);
        out.put_i64(self.max_timestamp);
        out.put_i64(self.producer_id);
        out.put_i16(self.producer_epoch);
        out.put_i32(self.base_sequence);
        out.put_i32(self.record_count);
        header
    }

    /// How the records are compressed.
    ///
    /// # Errors
    /// [`BatchError::UnknownCompression`].
    pub fn codec(&self) -> Result<Codec, BatchError> {
        Codec::from_id((self.attributes & CODEC_MASK) as u8)
    }

    /// True for the marker that ends a transaction: no record that anyone wrote.
    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }

    /// True if the batch belongs to a transaction.
    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL != 0
    }

    /// Where the timestamps come from.
    pub fn timestamp_type(&self) -> TimestampType {
        match self.attributes & LOG_APPEND_TIME {
            0 => TimestampType::CreateTime,
            _ => TimestampType::LogAppendTime,
        }
    }

    /// Offset of the last record, even if compaction removed it: reading goes on at the next.
    pub fn last_offset(&self) -> i64 {
        self.base_offset
            .saturating_add(i64::from(self.last_offset_delta))
    }

    /// Length of the whole batch in bytes.
    pub fn total_len(&self) -> usize {
        usize::try_from(self.batch_length).map_or(Self::LEN, |length| LOG_OVERHEAD + length)
    }
}

fn check_magic(bytes: &[u8]) -> Result<(), BatchError> {
    match bytes.get(MAGIC_AT).map(|magic| magic.cast_signed()) {
        None => Err(truncated(bytes.len())),
        Some(MAGIC) => Ok(()),
        Some(old @ 0..MAGIC) => Err(BatchError::OldFormat(old)),
        Some(_) => Err(BatchError::Malformed("the magic byte is none of Kafka's")),
    }
}

fn truncated(available: usize) -> BatchError {
    BatchError::Truncated {
        needed: BatchHeader::LEN,
        available,
    }
}
