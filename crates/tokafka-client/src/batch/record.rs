//! One record, on its way into a batch.

use super::varint::{
    VARINT_MAX, VARLONG_MAX, append_fields, length_or_null, put_varint, varint_len,
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
        put_varint(out, headers.len() as i64);
        for (key, value) in headers {
            put_varint(out, key.len() as i64);
            out.extend_from_slice(key);
            put_varint(out, length_or_null(value.map(<[u8]>::len)));
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
/// Everything before a record's key, or before its value if the key is null.
const HEAD_MAX: usize = OVERHEAD_MAX + 2 * VARINT_MAX;
/// Room that writing takes behind a record for a moment.
pub(super) const SLACK: usize = HEAD_MAX;

/// An upper bound of the bytes that a record takes in a batch; what it is too long by are bytes
/// of varints. `headers` is the length of their wire form, 1 for [`Headers::NONE`].
pub fn record_len_bound(key: Option<usize>, value: Option<usize>, headers: usize) -> usize {
    OVERHEAD_MAX + nullable_len(key) + nullable_len(value) + headers
}

/// Bytes that a nullable field takes with its length.
#[inline]
fn nullable_len(bytes: Option<usize>) -> usize {
    varint_len(length_or_null(bytes)) + bytes.unwrap_or(0)
}

/// The parts of a record whose sizes must be known before its first byte can be written.
pub(super) struct RecordHead<'a> {
    pub(super) timestamp_delta: i64,
    pub(super) offset_delta: i64,
    pub(super) key: Option<&'a [u8]>,
    pub(super) value_len: Option<usize>,
    pub(super) headers_len: usize,
}

impl RecordHead<'_> {
    /// Makes room for the record, then appends everything before the bytes of its value. The
    /// caller appends exactly `value_len` bytes, then exactly `headers_len` bytes.
    #[inline]
    pub(super) fn append_to(&self, out: &mut Vec<u8>) {
        let len = self.len();
        out.reserve(VARINT_MAX + len + SLACK);
        append_fields::<HEAD_MAX>(out, |fields| {
            fields.varint(len as i64);
            fields.byte(0);
            fields.varint(self.timestamp_delta);
            fields.varint(self.offset_delta);
            fields.varint(length_or_null(self.key.map(<[u8]>::len)));
            if self.key.is_none() {
                fields.varint(length_or_null(self.value_len));
            }
        });
        if let Some(key) = self.key {
            out.extend_from_slice(key);
            put_varint(out, length_or_null(self.value_len));
        }
    }

    /// Bytes of the record behind its length.
    #[inline]
    fn len(&self) -> usize {
        1 + varint_len(self.timestamp_delta)
            + varint_len(self.offset_delta)
            + nullable_len(self.key.map(<[u8]>::len))
            + nullable_len(self.value_len)
            + self.headers_len
    }
}
