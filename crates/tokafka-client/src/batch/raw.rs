//! Appends a record to a vector with one check of its capacity instead of one per field, and has
//! the next records' memory fetched meanwhile.
#![allow(
    unsafe_code,
    reason = "measured: checks cost a tenth of the time of encoding, waiting for memory a third"
)]

/// As many bytes as an integer holds, or fewer: they are written in one go.
// Not an array: compilers keep arrays in memory, where reading back as a whole what has just been
// written in pieces stalls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<T> {
    /// The first byte is the lowest.
    bits: T,
    /// At most the size of `T`, on which the safety of [`WireRecord::append_to`] rests.
    len: usize,
}

impl Word<u64> {
    /// The lowest `len` bytes of `bits`.
    #[inline]
    pub(super) const fn new(bits: u64, len: usize) -> Self {
        let len = if len < 8 { len } else { 8 };
        Self { bits, len }
    }
}

impl Word<u128> {
    /// The lowest `len` bytes of `bits`.
    #[inline]
    pub(super) const fn new(bits: u128, len: usize) -> Self {
        let len = if len < 16 { len } else { 16 };
        Self { bits, len }
    }
}

impl<T: Copy> Word<T> {
    #[inline]
    pub(super) const fn bits(self) -> T {
        self.bits
    }

    #[inline]
    pub(super) const fn len(self) -> usize {
        self.len
    }
}

/// The parts of a record, in the order of the format.
pub(super) struct WireRecord<'a> {
    pub(super) len: Word<u64>,
    pub(super) deltas: Word<u128>,
    pub(super) key_len: Word<u64>,
    pub(super) key: &'a [u8],
    pub(super) value_len: Word<u64>,
    pub(super) value: &'a [u8],
    pub(super) headers: &'a [u8],
}

/// Room that writing takes behind a record for a moment: its words in full size.
pub(super) const SLACK: usize = 8 + 16 + 8 + 8;

impl WireRecord<'_> {
    /// Appends all parts, one behind the other.
    #[inline]
    pub(super) fn append_to(&self, out: &mut Vec<u8>) {
        prefetch_later_values(self.value);
        // No slice is longer than `isize::MAX`, so only the sum of both sums can overflow.
        let (fields, rest) = (
            self.key.len() + self.value.len(),
            self.headers.len() + SLACK,
        );
        out.reserve(fields.saturating_add(rest));
        // SAFETY: `reserve` made room behind `out.len()` for the slices and for all words in their
        // full size. Each part is written where the one before it ends, which is at most its size
        // further, so every write, that of a whole word included, ends within that room; and it
        // leaves no gap, so all of the new length has been written. The slices are borrowed while
        // `out` is borrowed mutably: they lie elsewhere.
        unsafe {
            let mut at = out.as_mut_ptr().add(out.len());
            at = put_word(at, self.len.bits.to_le_bytes(), self.len.len);
            at = put_word(at, self.deltas.bits.to_le_bytes(), self.deltas.len);
            at = put_word(at, self.key_len.bits.to_le_bytes(), self.key_len.len);
            if !self.key.is_empty() {
                at = put_slice(at, self.key);
            }
            at = put_word(at, self.value_len.bits.to_le_bytes(), self.value_len.len);
            at = put_slice(at, self.value);
            at = match self.headers {
                // Most records have none, and a byte is cheaper than a copy.
                [count] => put_word(at, [*count], 1),
                headers => put_slice(at, headers),
            };
            out.set_len(at.offset_from_unsigned(out.as_ptr()));
        }
    }
}

/// Writes all of `bytes` to `at`, and returns where the first `len` of them end.
///
/// # Safety
/// `N` bytes may be written at `at`, and `len` is at most `N`.
#[inline]
unsafe fn put_word<const N: usize>(at: *mut u8, bytes: [u8; N], len: usize) -> *mut u8 {
    // SAFETY: the caller vouches for it.
    unsafe {
        at.cast::<[u8; N]>().write(bytes);
        at.add(len)
    }
}

/// Writes `bytes` to `at`, and returns where they end.
///
/// # Safety
/// `bytes.len()` bytes may be written at `at`, none of which is one of `bytes`.
#[inline]
unsafe fn put_slice(at: *mut u8, bytes: &[u8]) -> *mut u8 {
    // SAFETY: the caller vouches for it.
    unsafe {
        at.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        at.add(bytes.len())
    }
}

/// How far ahead of a value memory is asked for, in bytes: measured, the best of 512 to 4096.
const PREFETCH_AHEAD: usize = 2048;

/// Asks for the memory where the value of a later record is likely to be.
///
/// The values of a column stand one behind the other. Read record by record, too few reads are
/// under way at a time to hide how slow memory is; a hint for what is in cache costs nothing.
#[inline]
fn prefetch_later_values(value: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let ahead = value.as_ptr().wrapping_add(PREFETCH_AHEAD);
        // SAFETY: a hint; it never faults, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(ahead.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = value;
}
