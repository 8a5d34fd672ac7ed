//! Zigzag varints, as in Kafka's `ByteUtils`: seven bits a byte, least significant first.
//!
//! An `i32` widened to `i64` has the same encoding, so one width serves both.

use super::raw::Word;

/// Most bytes that a length, a count or an offset delta takes.
pub(super) const VARINT_MAX: usize = 5;
/// Most bytes that a timestamp delta takes.
pub(super) const VARLONG_MAX: usize = 10;

/// The length of a field that is null, -1.
pub(super) const NULL: Word<u64> = Word::<u64>::new(1, 1);

/// Undoes the zigzag step of reading.
#[inline]
pub(super) const fn unzigzag(raw: u64) -> i64 {
    (raw >> 1).cast_signed() ^ -(raw & 1).cast_signed()
}

/// A length, a count or an offset delta.
#[inline]
pub(super) const fn varint(value: usize) -> Word<u64> {
    // Zigzag. What is as long as that a bit is lost does not exist.
    encode((value as u64) << 1)
}

/// A field's length, or that it is null.
#[inline]
pub(super) const fn nullable(field: Option<&[u8]>) -> Word<u64> {
    match field {
        Some(bytes) => varint(bytes.len()),
        None => NULL,
    }
}

/// A timestamp delta.
pub(super) fn varlong(value: i64) -> Word<u128> {
    let raw = ((value << 1) ^ (value >> 63)).cast_unsigned();
    let (low, high, len) = if raw <= LOW_56 {
        let all = encode(raw);
        (all.bits(), 0, all.len())
    } else {
        let rest = encode(raw >> 56);
        (apart(raw) | MARKS, rest.bits(), 8 + rest.len())
    };
    Word::<u128>::new(u128::from(low) | u128::from(high) << 64, len)
}

/// What zigzag left, at most 56 bits: more are taken as the greatest such number.
// Lengths vary from row to row, so one byte or two is no branch: it would be mispredicted.
#[inline]
const fn encode(raw: u64) -> Word<u64> {
    if raw >= 1 << 14 {
        return encode_long(raw);
    }
    let two = raw > 0x7f;
    // Adding the second seven bits to themselves moves them to the second byte.
    let bits = raw + (raw & 0x3f80) + ((two as u64) << 7);
    Word::<u64>::new(bits, 1 + two as usize)
}

#[inline(never)]
const fn encode_long(raw: u64) -> Word<u64> {
    let raw = if raw < LOW_56 { raw } else { LOW_56 };
    let len = (u64::BITS - raw.leading_zeros()).div_ceil(7);
    let bits = apart(raw) | MARKS >> 8 >> (u64::BITS - 8 * len);
    Word::<u64>::new(bits, len as usize)
}

const LOW_56: u64 = (1 << 56) - 1;
/// Says of each byte that another one follows.
const MARKS: u64 = 0x8080_8080_8080_8080;

/// The lower 56 bits, seven in each byte: halves move apart, then quarters, then eighths.
const fn apart(raw: u64) -> u64 {
    let halves = (raw & 0x0fff_ffff) | (raw & 0x00ff_ffff_f000_0000) << 4;
    let quarters = (halves & 0x0000_3fff_0000_3fff) | (halves & 0x0fff_c000_0fff_c000) << 2;
    (quarters & 0x007f_007f_007f_007f) | (quarters & 0x3f80_3f80_3f80_3f80) << 1
}

/// Appends the bytes of a [`varint`] or of a [`nullable`] length.
pub(super) fn put(out: &mut Vec<u8>, word: Word<u64>) {
    let bytes = word.bits().to_le_bytes();
    out.extend_from_slice(bytes.get(..word.len()).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::{varint, varlong};

    fn byte_by_byte(mut raw: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while raw >= 0x80 {
            bytes.push(raw as u8 | 0x80);
            raw >>= 7;
        }
        bytes.push(raw as u8);
        bytes
    }

    /// Numbers of every length, next to where lengths change too.
    fn numbers() -> impl Iterator<Item = u64> {
        let tops = [0, 1 << 63, u64::MAX, 0xd1a6_3c5e_978b_42f1];
        (0..u64::BITS).flat_map(move |shift| tops.map(|top| top >> shift))
    }

    #[test]
    fn a_varlong_has_seven_bits_a_byte_and_a_mark_on_all_but_the_last() {
        for raw in numbers() {
            let word = varlong(super::unzigzag(raw));
            let bytes = word.bits().to_le_bytes();
            let (written, beyond) = bytes.split_at(word.len());
            assert_eq!(written, byte_by_byte(raw), "{raw:#x}");
            assert!(beyond.iter().all(|byte| *byte == 0), "{raw:#x}");
        }
    }

    #[test]
    fn a_length_is_encoded_as_the_same_varlong() {
        for len in numbers().filter(|number| *number < 1 << 55) {
            let (short, long) = (varint(len as usize), varlong(len as i64));
            assert_eq!(u128::from(short.bits()), long.bits(), "{len}");
            assert_eq!(short.len(), long.len(), "{len}");
        }
    }
}
