//! What records are recognized by when they are read back.

use super::checksum::{crc32c, crc32c_joined};

/// Length and CRC32C of the records of batches that lie one behind the other, in their wire form and
/// uncompressed: keys, values, headers, and what timestamps and offsets count from their batch.
///
/// A broker gives a batch its offset and its leader's epoch, may set its time, and may compress it
/// anew. None of it changes these bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordsChecksum {
    /// Bytes of the records.
    pub bytes: u64,
    /// Their CRC32C.
    pub crc32c: u32,
}

impl RecordsChecksum {
    pub(super) fn of(records: &[u8]) -> Self {
        Self {
            bytes: records.len() as u64,
            crc32c: crc32c(records),
        }
    }

    /// That of these records followed by others.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(next.bytes),
            crc32c: crc32c_joined(self.crc32c, next.crc32c, next.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_joined_in_any_grouping_have_the_checksum_of_the_whole(
            pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 3),
        ) {
            let [a, b, c] = [0, 1, 2].map(|at| RecordsChecksum::of(&pieces[at]));
            let whole = RecordsChecksum::of(&pieces.concat());
            prop_assert_eq!(a.then(b).then(c), whole);
            prop_assert_eq!(a.then(b.then(c)), whole);
            prop_assert_eq!(RecordsChecksum::default().then(whole), whole);
        }
    }
}
