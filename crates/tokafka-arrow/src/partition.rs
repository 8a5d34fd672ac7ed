//! The partition of a row that does not name one.

/// The partitions that the keys of a topic are spread over, at least one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    partitions: u32,
    /// 2^64 divided by `partitions`, rounded up; 0 for 2^64 itself.
    inverse: u64,
}

impl Spread {
    pub(crate) fn over(partitions: u32) -> Self {
        let partitions = partitions.max(1);
        let inverse = (u64::MAX / u64::from(partitions)).wrapping_add(1);
        Self {
            partitions,
            inverse,
        }
    }

    /// The partition of a key, as Kafka's Java client chooses it
    /// (`BuiltInPartitioner.partitionForKey`).
    #[inline]
    pub(crate) fn partition(self, key: &[u8]) -> u32 {
        self.remainder(murmur2(key) & 0x7fff_ffff)
    }

    /// What is left when a hash is divided by the number of partitions.
    // The method is that of Lemire, Kaser and Kurz ("Faster remainder by direct computation", 2019),
    // exact for 32 bits: dividing takes about as long as hashing a short key.
    #[inline]
    fn remainder(self, hash: u32) -> u32 {
        let fraction = self.inverse.wrapping_mul(u64::from(hash));
        ((u128::from(fraction) * u128::from(self.partitions)) >> u64::BITS) as u32
    }
}

/// Kafka's hash (`org.apache.kafka.common.utils.Utils.murmur2`).
#[inline]
fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    const R: u32 = 24;
    let (words, tail) = data.as_chunks::<4>();
    // The length of an array in Arrow or Java fits 32 bits.
    let mut hash = SEED ^ data.len() as u32;
    for word in words {
        let mut mixed = u32::from_le_bytes(*word).wrapping_mul(M);
        mixed ^= mixed >> R;
        hash = hash.wrapping_mul(M) ^ mixed.wrapping_mul(M);
    }
    if !tail.is_empty() {
        let rest = tail
            .iter()
            .rev()
            .fold(0, |rest, byte| rest << 8 | u32::from(*byte));
        hash = (hash ^ rest).wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    hash ^ (hash >> 15)
}

/// Bytes after which the first rows move on to the next partition: Kafka's default `batch.size`.
const SHORTEST_RUN: usize = 16 * 1024;

/// Spreads rows without a key over the partitions in runs, so that batches fill.
///
/// A run is as long as an even spread allows: what one partition is ahead of another is at most half
/// of its fair share, or [`SHORTEST_RUN`], or one full batch, which is the longest run.
#[derive(Debug)]
pub(crate) struct Runs {
    partitions: u32,
    current: u32,
    run: usize,
    /// Bytes that the present run may have.
    run_length: usize,
    total: usize,
    longest: usize,
}

impl Runs {
    /// Starts at the partition that `start` comes to, counting round.
    pub(crate) fn new(partitions: u32, start: u32, longest: usize) -> Self {
        let partitions = partitions.max(1);
        let mut runs = Self {
            partitions,
            current: start % partitions,
            run: 0,
            run_length: 0,
            total: 0,
            longest,
        };
        runs.run_length = runs.next_length();
        runs
    }

    /// The partition of a row of `len` bytes. A row that is placed again, since its batch was full,
    /// may come to another one.
    #[inline]
    pub(crate) fn place(&mut self, len: usize) -> u32 {
        if self.run > 0 && self.run + len > self.run_length {
            self.advance();
        }
        self.run += len;
        self.current
    }

    fn advance(&mut self) {
        self.total = self.total.saturating_add(self.run);
        self.run = 0;
        self.run_length = self.next_length();
        self.current = (self.current + 1) % self.partitions;
    }

    fn next_length(&self) -> usize {
        let half_share = self.total / (2 * self.partitions as usize);
        half_share.max(SHORTEST_RUN).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hash_as_in_kafkas_own_tests() {
        // UtilsTest.testMurmur2 of Apache Kafka.
        let cases: [(&[u8], i32); 6] = [
            (b"21", -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (
                b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
            (b"abc", 479_470_107),
        ];
        for (key, hash) in cases {
            assert_eq!(
                murmur2(key),
                hash as u32,
                "{}",
                String::from_utf8_lossy(key)
            );
        }
    }

    #[test]
    fn the_remainder_is_that_of_a_division() {
        for bits in 0..u32::BITS {
            let near =
                |shift: u32| [u32::MAX, 0, 1, 2].map(|off| (1_u32 << shift).wrapping_add(off));
            for partitions in near(bits) {
                let spread = Spread::over(partitions);
                for hash in (0..u32::BITS).flat_map(near) {
                    assert_eq!(
                        spread.remainder(hash),
                        hash % partitions.max(1),
                        "{hash} {partitions}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_negative_hash_is_made_positive_by_its_sign_bit() {
        assert_eq!(
            Spread::over(7).partition(b"21"),
            ((-973_932_308_i32) & 0x7fff_ffff) as u32 % 7
        );
    }

    #[test]
    fn rows_without_a_key_spread_evenly_at_every_size() {
        for rows in [4_000, 40_000, 400_000] {
            let mut runs = Runs::new(7, 3, 512 * 1024);
            let mut bytes = [0_usize; 7];
            (0..rows).for_each(|_| bytes[runs.place(100) as usize] += 100);
            let (least, most) = (bytes.iter().min().unwrap(), bytes.iter().max().unwrap());
            let fair = rows * 100 / 7;
            assert!(
                most - least <= (fair / 2 + 100).max(SHORTEST_RUN),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn writers_begin_at_different_partitions() {
        let first = |start| Runs::new(4, start, 1024).place(10);
        assert_eq!([0, 1, 2, 3, 4, u32::MAX].map(first), [0, 1, 2, 3, 0, 3]);
    }

    #[test]
    fn a_row_longer_than_a_run_still_gets_a_partition() {
        let mut runs = Runs::new(2, 0, 1024);
        assert_eq!(
            [runs.place(5000), runs.place(5000), runs.place(5000)],
            [0, 1, 0]
        );
    }
}
