//! One record, on its way into a batch.

use super::{
    raw::{WireRecord, Word},
    varint::{NULL, VARINT_MAX, VARLONG_MAX, nullable, put, varint},
};

/// The headers of a record in their wire form (count and all), so that equal headers are
/// encoded once and then copied.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a>(&'a [u8]);

impl<'a> Headers<'a> {
    /// No header.
    pub const NONE: Headers<'static> = Headers(&[0]);

    /// Appends headers in their wire form, in order: repeated keys and null values are kept.
    ///
    /// Kafka reads keys as UTF-8; other bytes are written as they are and refused by readers.
    pub fn encode_into<'h>(
        out: &mut Vec<u8>,
        headers: impl ExactSizeIterator<Item = (&'h [u8], Option<&'h [u8]>)>,
    ) {
        put(out, varint(headers.len()));
        for (key, value) in headers {
            put(out, varint(key.len()));
            out.extend_from_slice(key);
            put(out, nullable(value));
            out.extend_from_slice(value.unwrap_or_default());
        }
    }

    /// Takes what [`encode_into`](Self::encode_into) made. Other bytes make a batch that nobody
    /// can read.
    pub fn from_encoded(bytes: &'a [u8]) -> Self {
        Headers(bytes)
    }

    /// The wire form.
    pub fn encoded(&self) -> &'a [u8] {
        self.0
    }
}

/// One record to write.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Milliseconds since the epoch (`CreateTime`).
    pub timestamp: i64,
    /// The key; an empty one is not a missing one.
    pub key: Option<&'a [u8]>,
    /// The value; none is a tombstone.
    pub value: Option<&'a [u8]>,
    /// The headers.
    pub headers: Headers<'a>,
}

/// Length, attributes, timestamp delta, offset delta: `MAX_RECORD_OVERHEAD` of Kafka's
/// `DefaultRecord`.
const OVERHEAD_MAX: usize = VARINT_MAX + 1 + VARLONG_MAX + VARINT_MAX;

/// An upper bound of the bytes that a record takes in a batch; what it is too long by are bytes
/// of varints. `headers` is the length of their wire form, 1 for [`Headers::NONE`].
#[inline]
pub fn record_len_bound(key: Option<usize>, value: Option<usize>, headers: usize) -> usize {
    OVERHEAD_MAX + nullable_len(key) + nullable_len(value) + headers
}

/// Bytes that a nullable field takes with its length.
#[inline]
fn nullable_len(field: Option<usize>) -> usize {
    field.map_or(NULL.len(), |len| varint(len).len() + len)
}

impl Record<'_> {
    /// Appends the record's wire form. `deltas` are its attributes, timestamp and offset.
    // Left to the compiler, it would not be inlined into loops of several kinds, which is slower.
    #[inline(always)]
    pub(super) fn append_to(&self, out: &mut Vec<u8>, deltas: Word<u128>) {
        let (key_len, value_len) = (nullable(self.key), nullable(self.value));
        let (key, value) = (self.key.unwrap_or_default(), self.value.unwrap_or_default());
        let headers = self.headers.encoded();
        let payload = key.len() + value.len() + headers.len();
        let record = WireRecord {
            len: varint(deltas.len() + key_len.len() + value_len.len() + payload),
            deltas,
            key_len,
            key,
            value_len,
            value,
            headers,
        };
        record.append_to(out);
    }

    /// Appends the record's wire form with a value of `len` bytes that `write` appends.
    pub(super) fn append_around(
        &self,
        out: &mut Vec<u8>,
        deltas: Word<u128>,
        (len, write): (usize, impl FnOnce(&mut Vec<u8>)),
    ) {
        let (key_len, value_len) = (nullable(self.key), varint(len));
        let (key, headers) = (self.key.unwrap_or_default(), self.headers.encoded());
        let payload = key.len() + len + headers.len();
        let before = WireRecord {
            len: varint(deltas.len() + key_len.len() + value_len.len() + payload),
            deltas,
            key_len,
            key,
            value_len,
            value: &[],
            headers: &[],
        };
        before.append_to(out);
        out.reserve(len + headers.len());
        let start = out.len();
        write(out);
        debug_assert_eq!(out.len() - start, len, "the value has another length");
        out.extend_from_slice(headers);
    }
}
