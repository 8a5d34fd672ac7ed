//! Batches that a test puts into a log as they are.

use bytes::{Buf, Bytes};

use super::batch::BatchHeader;

const MAGIC_AT: usize = 16;
/// The magic of record batches; older formats are message sets.
const RECORD_BATCH: u8 = 2;

/// A record batch, or a message set of format 0 or 1, and the offsets that it says.
#[derive(Debug)]
pub(crate) struct RawBatch {
    pub(crate) base_offset: i64,
    pub(crate) last_offset: i64,
    /// None for a message set.
    pub(crate) header: Option<BatchHeader>,
    pub(crate) bytes: Bytes,
}

impl RawBatch {
    /// Reads the offsets; `None` if the bytes are too few, or more than one record batch.
    pub(crate) fn parse(bytes: &Bytes) -> Option<Self> {
        if *bytes.get(MAGIC_AT)? == RECORD_BATCH {
            Self::record_batch(bytes)
        } else {
            Self::message_set(bytes)
        }
    }

    fn record_batch(bytes: &Bytes) -> Option<Self> {
        let header = BatchHeader::parse(bytes)?;
        (header.size()? == bytes.len()).then(|| Self {
            base_offset: header.base_offset,
            last_offset: header.base_offset + i64::from(header.last_offset_delta),
            header: Some(header),
            bytes: bytes.clone(),
        })
    }

    fn message_set(bytes: &Bytes) -> Option<Self> {
        let mut rest = &bytes[..];
        let mut offsets = Vec::new();
        while rest.has_remaining() {
            offsets.push(rest.try_get_i64().ok()?);
            let size = usize::try_from(rest.try_get_i32().ok()?).ok()?;
            rest = rest.get(size..)?;
        }
        Some(Self {
            base_offset: *offsets.first()?,
            last_offset: *offsets.last()?,
            header: None,
            bytes: bytes.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::{BufMut, BytesMut};

    use super::*;

    #[test]
    fn a_message_set_reaches_from_its_first_offset_to_its_last() {
        let mut set = BytesMut::new();
        for offset in [7, 9] {
            set.put_i64(offset);
            set.put_i32(6);
            set.put_slice(&[0, 0, 0, 0, 1, 0]);
        }
        let batch = RawBatch::parse(&set.freeze()).unwrap();
        assert_eq!((batch.base_offset, batch.last_offset), (7, 9));
        assert!(RawBatch::parse(&batch.bytes.slice(..20)).is_none());
    }
}
