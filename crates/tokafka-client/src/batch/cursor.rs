//! Reads the fields of records from bytes that may be anything.

use super::varint::unzigzag;
use crate::error::BatchError;

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, BatchError> {
        let (byte, rest) = self.0.split_first().ok_or(PAST_END)?;
        self.0 = rest;
        Ok(*byte)
    }

    /// A 32-bit varint.
    #[inline]
    pub(super) fn varint(&mut self) -> Result<i32, BatchError> {
        // Kafka drops bits past the 32nd, too.
        let raw = self.unsigned(28)? as u32;
        Ok(unzigzag(u64::from(raw)) as i32)
    }

    /// A 64-bit varint.
    #[inline]
    pub(super) fn varlong(&mut self) -> Result<i64, BatchError> {
        self.unsigned(63).map(unzigzag)
    }

    #[inline]
    fn unsigned(&mut self, last_shift: u32) -> Result<u64, BatchError> {
        let mut value = 0;
        for shift in (0..=last_shift).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(BatchError::Malformed(
            "a varint is longer than its type allows",
        ))
    }

    /// Bytes behind their length.
    #[inline]
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], BatchError> {
        let len = self.varint()?;
        self.take(len)
    }

    /// Bytes behind their length, or null.
    #[inline]
    pub(super) fn nullable_bytes(&mut self) -> Result<Option<&'a [u8]>, BatchError> {
        match self.varint()? {
            -1 => Ok(None),
            len => self.take(len).map(Some),
        }
    }

    #[inline]
    fn take(&mut self, len: i32) -> Result<&'a [u8], BatchError> {
        let len =
            usize::try_from(len).map_err(|_| BatchError::Malformed("a length is negative"))?;
        let (bytes, rest) = self.0.split_at_checked(len).ok_or(PAST_END)?;
        self.0 = rest;
        Ok(bytes)
    }
}

const PAST_END: BatchError = BatchError::Malformed("a field reaches past the end of its record");
