//! Records of a decompressed batch (`DefaultRecord` of Kafka).
//!
//! Read by hand and not with `kafka_protocol`'s decoder, which keeps headers in a map and so loses
//! those that share a name.

use bytes::{Buf, Bytes};

/// Longest encoding of a 64-bit variable-length number.
const MAX_VARINT_BYTES: u32 = 10;

/// A record as it lies in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) timestamp_delta: i64,
    pub(crate) offset_delta: i32,
    pub(crate) key: Option<Bytes>,
    pub(crate) value: Option<Bytes>,
    pub(crate) headers: Vec<(Bytes, Option<Bytes>)>,
}

/// The bytes are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("the record ends too early")]
    Truncated,
    #[error("a variable-length number is too long")]
    Varint,
    #[error("a length is negative")]
    Length,
    #[error("a header has no key")]
    HeaderKey,
    #[error("the record is shorter than its length says")]
    Trailing,
}

impl Record {
    /// Takes one record off the front.
    pub(crate) fn take(records: &mut Bytes) -> Result<Self, RecordError> {
        let mut body = block(records)?.ok_or(RecordError::Length)?;
        let _attributes = body.try_get_i8().map_err(|_| RecordError::Truncated)?;
        let record = Self {
            timestamp_delta: varint(&mut body)?,
            offset_delta: varint32(&mut body)?,
            key: block(&mut body)?,
            value: block(&mut body)?,
            headers: headers(&mut body)?,
        };
        if body.has_remaining() {
            Err(RecordError::Trailing)
        } else {
            Ok(record)
        }
    }
}

fn headers(body: &mut Bytes) -> Result<Vec<(Bytes, Option<Bytes>)>, RecordError> {
    let count = varint32(body)?;
    if count < 0 {
        return Err(RecordError::Length);
    }
    (0..count)
        .map(|_| Ok((block(body)?.ok_or(RecordError::HeaderKey)?, block(body)?)))
        .collect()
}

/// Bytes with their length before them; length -1 is null.
fn block(bytes: &mut Bytes) -> Result<Option<Bytes>, RecordError> {
    match varint32(bytes)? {
        -1 => Ok(None),
        length => {
            let length = usize::try_from(length).map_err(|_| RecordError::Length)?;
            if length > bytes.len() {
                return Err(RecordError::Truncated);
            }
            Ok(Some(bytes.split_to(length)))
        }
    }
}

fn varint32(bytes: &mut Bytes) -> Result<i32, RecordError> {
    i32::try_from(varint(bytes)?).map_err(|_| RecordError::Varint)
}

/// A zigzag-encoded number.
fn varint(bytes: &mut Bytes) -> Result<i64, RecordError> {
    let mut raw = 0_u64;
    for place in 0..MAX_VARINT_BYTES {
        let byte = bytes.try_get_u8().map_err(|_| RecordError::Truncated)?;
        raw |= u64::from(byte & 0x7f).checked_shl(7 * place).unwrap_or(0);
        if byte < 0x80 {
            return Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed());
        }
    }
    Err(RecordError::Varint)
}
