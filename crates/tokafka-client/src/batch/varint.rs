//! Zigzag varints, as in Kafka's `ByteUtils`: seven bits a byte, least significant first.
//!
//! An `i32` widened to `i64` has the same encoding, so one width serves both.

/// Most bytes that a length, a count or an offset delta takes.
pub(super) const VARINT_MAX: usize = 5;
/// Most bytes that a timestamp delta takes.
pub(super) const VARLONG_MAX: usize = 10;

#[inline]
const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Undoes the zigzag step of reading.
#[inline]
pub(super) const fn unzigzag(raw: u64) -> i64 {
    (raw >> 1).cast_signed() ^ -(raw & 1).cast_signed()
}

/// Bytes that `value` takes.
#[inline]
pub(super) const fn varint_len(value: i64) -> usize {
    let bits = u64::BITS - (zigzag(value) | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

/// A length as the format has it: -1 stands for null.
#[inline]
pub(super) const fn length_or_null(bytes: Option<usize>) -> i64 {
    match bytes {
        Some(len) => len as i64,
        None => -1,
    }
}

/// Small fields that stand next to each other, written in place.
pub(super) struct Fields<'a, const N: usize> {
    bytes: &'a mut [u8; N],
    len: usize,
}

impl<const N: usize> Fields<'_, N> {
    #[inline]
    pub(super) fn byte(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }

    #[inline]
    pub(super) fn varint(&mut self, value: i64) {
        let mut rest = zigzag(value);
        while rest >= 0x80 {
            self.byte(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.byte(rest as u8);
    }
}

/// Appends what `write` writes, at most `N` bytes.
// Room of a constant size is a few stores and one check of capacity for all fields together.
#[inline]
pub(super) fn append_fields<const N: usize>(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Fields<'_, N>),
) {
    let start = out.len();
    out.extend_from_slice(&[0; N]);
    let Some(bytes) = out.last_chunk_mut() else {
        return;
    };
    let mut fields = Fields { bytes, len: 0 };
    write(&mut fields);
    let end = start + fields.len;
    out.truncate(end);
}

/// Appends the varint of a length or a count.
#[inline]
pub(super) fn put_varint(out: &mut Vec<u8>, value: i64) {
    append_fields::<VARINT_MAX>(out, |fields| fields.varint(value));
}
