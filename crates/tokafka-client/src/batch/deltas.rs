//! The fields of a record that count from its batch.

use super::{
    raw::Word,
    varint::{varint, varlong},
};

/// Attributes, timestamp delta and offset delta of the newest record, in their wire form.
///
/// Mostly they differ from those of the record before in the offset only, by one: they are
/// counted up then, not encoded again.
#[derive(Debug)]
pub(super) struct Deltas {
    /// The first byte is the lowest.
    bits: u128,
    len: usize,
    /// What the next offset adds to `bits`.
    step: u128,
    timestamp: i64,
}

/// Offsets that differ in their first byte alone: one of its bits is the sign, one says that
/// another byte follows.
const OFFSETS_OF_A_BYTE: u32 = 1 << 6;

impl Deltas {
    pub(super) const fn new() -> Self {
        Self {
            bits: 0,
            len: 0,
            step: 0,
            timestamp: 0,
        }
    }

    /// Goes on to the record of `offset`, which is the next; false if that takes
    /// [encoding](Self::encode).
    #[inline]
    pub(super) fn count_up(&mut self, timestamp: i64, offset: u32) -> bool {
        self.bits = self.bits.wrapping_add(self.step);
        timestamp == self.timestamp && !offset.is_multiple_of(OFFSETS_OF_A_BYTE)
    }

    /// Goes on to any record.
    pub(super) fn encode(&mut self, timestamp: i64, base: i64, offset: u32) {
        // Wraps as Java's subtraction does; the reader's addition undoes it.
        let delta = varlong(timestamp.wrapping_sub(base));
        let (offset, offset_at) = (varint(offset as usize), 1 + delta.len());
        *self = Self {
            // The first byte, the attributes, is zero.
            bits: delta.bits() << 8 | u128::from(offset.bits()) << (8 * offset_at),
            len: offset_at + offset.len(),
            step: 2 << (8 * offset_at),
            timestamp,
        };
    }

    #[inline]
    pub(super) const fn encoded(&self) -> Word<u128> {
        Word::<u128>::new(self.bits, self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::Deltas;

    #[test]
    fn counting_up_gives_what_encoding_gives() {
        for timestamp in [0, -1, 8_192, i64::MAX, i64::MIN] {
            let mut counted = Deltas::new();
            for offset in (0..20_000).chain((1 << 20) - 64..(1 << 20) + 64) {
                let mut encoded = Deltas::new();
                encoded.encode(timestamp, 0, offset);
                if !counted.count_up(timestamp, offset) {
                    counted.encode(timestamp, 0, offset);
                }
                assert_eq!(counted.bits, encoded.bits, "{timestamp} {offset}");
                assert_eq!(counted.len, encoded.len, "{timestamp} {offset}");
            }
        }
    }

    #[test]
    fn another_timestamp_is_not_counted_up_to() {
        let mut deltas = Deltas::new();
        deltas.encode(5, 0, 0);
        assert!(deltas.count_up(5, 1));
        assert!(!deltas.count_up(6, 2));
    }
}
