//! CRC32C, computed while a body grows and combined with its header's.

use crc_fast::{CrcAlgorithm, Digest};

/// Bytes between two updates: few enough to be still in the first-level cache, enough to keep
/// the set-up of the vector kernel small.
const STRIDE: usize = 16 * 1024;

/// The checksum of a body that is still growing.
#[derive(Debug)]
pub(super) struct RunningChecksum {
    digest: Digest,
    covered: usize,
}

impl RunningChecksum {
    pub(super) fn new() -> Self {
        Self {
            digest: Digest::new(CrcAlgorithm::Crc32Iscsi),
            covered: 0,
        }
    }

    /// Takes in what was added to `body`, if it is enough to be worth it.
    #[inline]
    pub(super) fn follow(&mut self, body: &[u8]) {
        if body.len() - self.covered >= STRIDE {
            self.catch_up(body);
        }
    }

    /// The checksum of all of `body`, which may only have grown since the last call.
    pub(super) fn of(&mut self, body: &[u8]) -> u32 {
        self.catch_up(body);
        self.digest.finalize() as u32
    }

    #[cold]
    #[inline(never)]
    fn catch_up(&mut self, body: &[u8]) {
        self.digest
            .update(body.get(self.covered..).unwrap_or_default());
        self.covered = body.len();
    }
}

/// The checksum of `bytes`.
pub(super) fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::crc32_iscsi(bytes)
}

/// The checksum of `head` followed by the `body_len` bytes that `body` is the checksum of.
pub(super) fn crc32c_before(head: &[u8], body: u32, body_len: usize) -> u32 {
    crc32c_joined(crc32c(head), body, body_len as u64)
}

/// The checksum of what has the checksum `first`, followed by `len` bytes that have `second`.
pub(super) fn crc32c_joined(first: u32, second: u32, len: u64) -> u32 {
    multiply(power_of_x8(len), first) ^ second
}

// Appending n bytes multiplies a CRC by x^8n modulo the polynomial; the method is that of zlib's
// `crc32_combine`. `crc_fast` combines with matrices, which costs as much as a third of encoding.

/// CRC32C's polynomial (Castagnoli), reflected: the top bit is x^0, and x^32 is implied.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// x^8n, by squaring.
fn power_of_x8(mut n: u64) -> u32 {
    let (mut power, mut product) = (1 << 23, 1 << 31);
    while n > 0 {
        if n & 1 == 1 {
            product = multiply(product, power);
        }
        power = multiply(power, power);
        n >>= 1;
    }
    product
}

/// The product of two polynomials, modulo CRC32C's.
fn multiply(a: u32, mut b: u32) -> u32 {
    let mut product = 0;
    for bit in (0..u32::BITS).rev() {
        if a >> bit & 1 == 1 {
            product ^= b;
        }
        b = (b >> 1) ^ (POLYNOMIAL & (b & 1).wrapping_neg());
    }
    product
}

#[cfg(test)]
mod tests {
    use super::{crc32c, crc32c_before};

    #[test]
    fn the_checksum_of_a_head_and_a_body_is_that_of_both_together() {
        let bytes: Vec<u8> = (0..70_000_u32)
            .map(|n| (n.wrapping_mul(n) >> 3) as u8)
            .collect();
        for at in [0, 1, 40, 69_999, 70_000] {
            let (head, body) = bytes.split_at(at);
            assert_eq!(
                crc32c_before(head, crc32c(body), body.len()),
                crc32c(&bytes),
                "{at}"
            );
        }
    }
}
