//! The header of a record batch, format version 2 (`DefaultRecordBatch` of Kafka).

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Bytes before the records.
pub(crate) const HEADER_BYTES: usize = 61;
/// Bytes before what the length field counts.
const LENGTH_PREFIX_BYTES: usize = 12;
/// Where the part begins that the checksum covers: at the attributes.
const CHECKED_FROM: usize = 21;
const CRC_AT: usize = 17;
const MAX_TIMESTAMP_AT: usize = 35;

const CODEC_MASK: i16 = 0x07;
const LOG_APPEND_TIME: i16 = 0x08;
const TRANSACTIONAL: i16 = 0x10;
const CONTROL: i16 = 0x20;

/// The fields of a batch header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BatchHeader {
    pub(crate) base_offset: i64,
    pub(crate) length: i32,
    pub(crate) magic: i8,
    pub(crate) crc: u32,
    pub(crate) attributes: i16,
    pub(crate) last_offset_delta: i32,
    pub(crate) base_timestamp: i64,
    pub(crate) max_timestamp: i64,
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    pub(crate) base_sequence: i32,
    pub(crate) record_count: i32,
}

impl BatchHeader {
    /// Reads a header; `None` if there are too few bytes for one.
    pub(crate) fn parse(mut bytes: &[u8]) -> Option<Self> {
        if bytes.len() < HEADER_BYTES {
            return None;
        }
        let base_offset = bytes.get_i64();
        let length = bytes.get_i32();
        let _leader_epoch = bytes.get_i32();
        Some(Self {
            base_offset,
            length,
            magic: bytes.get_i8(),
            crc: bytes.get_u32(),
            attributes: bytes.get_i16(),
            last_offset_delta: bytes.get_i32(),
            base_timestamp: bytes.get_i64(),
            max_timestamp: bytes.get_i64(),
            producer_id: bytes.get_i64(),
            producer_epoch: bytes.get_i16(),
            base_sequence: bytes.get_i32(),
            record_count: bytes.get_i32(),
        })
    }

    /// The bytes of the whole batch as its length field says; `None` if that is too short for a
    /// header or negative.
    pub(crate) fn size(&self) -> Option<usize> {
        let size = LENGTH_PREFIX_BYTES.checked_add(usize::try_from(self.length).ok()?)?;
        (size >= HEADER_BYTES).then_some(size)
    }

    pub(crate) fn codec_id(&self) -> i16 {
        self.attributes & CODEC_MASK
    }

    pub(crate) fn has_log_append_time(&self) -> bool {
        self.attributes & LOG_APPEND_TIME != 0
    }

    pub(crate) fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL != 0
    }

    pub(crate) fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }

    pub(crate) fn has_producer(&self) -> bool {
        self.producer_id >= 0
    }

    pub(crate) fn last_sequence(&self) -> i32 {
        sequence_after(self.base_sequence, self.last_offset_delta)
    }
}

/// The sequence `steps` records later; after 2^31-1 comes 0.
pub(crate) fn sequence_after(sequence: i32, steps: i32) -> i32 {
    let after = (i64::from(sequence) + i64::from(steps)) % (1 << 31);
    i32::try_from(after).unwrap_or(0)
}

/// The CRC-32C of a batch, over everything from its attributes on.
pub(crate) fn checksum(batch: &[u8]) -> u32 {
    let checked = batch.get(CHECKED_FROM..).unwrap_or_default();
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, checked);
    u32::try_from(crc).unwrap_or(u32::MAX)
}

/// The batch with its place in the log written into its header. The checksum stays right, as it
/// does not cover these bytes.
pub(crate) fn placed(batch: &Bytes, base_offset: i64, leader_epoch: i32) -> Bytes {
    let mut placed = BytesMut::with_capacity(batch.len());
    placed.extend_from_slice(&base_offset.to_be_bytes());
    placed.extend_from_slice(batch.get(8..LENGTH_PREFIX_BYTES).unwrap_or_default());
    placed.extend_from_slice(&leader_epoch.to_be_bytes());
    placed.extend_from_slice(batch.get(16..).unwrap_or_default());
    placed.freeze()
}

/// The batch with the time at which it is appended as the timestamp of all its records.
pub(crate) fn with_log_append_time(batch: &Bytes, now: i64) -> Bytes {
    let Some(header) = BatchHeader::parse(batch) else {
        return batch.clone();
    };
    let slice = |range: std::ops::Range<usize>| batch.get(range).unwrap_or_default();
    let mut stamped = BytesMut::with_capacity(batch.len());
    stamped.extend_from_slice(slice(0..CHECKED_FROM));
    stamped.put_i16(header.attributes | LOG_APPEND_TIME);
    stamped.extend_from_slice(slice(CHECKED_FROM + 2..MAX_TIMESTAMP_AT));
    stamped.put_i64(now);
    stamped.extend_from_slice(slice(MAX_TIMESTAMP_AT + 8..batch.len()));
    let crc = checksum(&stamped).to_be_bytes();
    if let Some(field) = stamped.get_mut(CRC_AT..CHECKED_FROM) {
        field.copy_from_slice(&crc);
    }
    stamped.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_wrap_to_zero_after_the_largest() {
        assert_eq!(sequence_after(i32::MAX, 1), 0);
        assert_eq!(sequence_after(i32::MAX - 1, 4), 2);
        assert_eq!(sequence_after(7, 3), 10);
    }
}
