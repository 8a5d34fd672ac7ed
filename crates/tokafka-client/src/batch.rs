//! Stub.
#![allow(missing_docs, missing_debug_implementations, unused_variables, dead_code)]
use crate::error::BatchError;
use bytes::Bytes;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec { None, Gzip, Snappy, Lz4, Zstd }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression { pub codec: Codec, pub level: Option<i32> }
impl Compression { pub const NONE: Self = Self { codec: Codec::None, level: None }; }
/// Reusable compression state; one per thread of encoding.
#[derive(Debug)]
pub struct Compressor;
impl Compressor { pub fn new(_: Compression) -> Self { todo!() } }
/// The headers of a record in their wire form (count and all).
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a>(&'a [u8]);
impl<'a> Headers<'a> {
    pub const NONE: Headers<'static> = Headers(&[0]);
    pub fn encode_into<'h>(_out: &mut Vec<u8>, _headers: impl ExactSizeIterator<Item = (&'h [u8], Option<&'h [u8]>)>) { todo!() }
    pub fn from_encoded(bytes: &'a [u8]) -> Self { Headers(bytes) }
    pub fn encoded(&self) -> &'a [u8] { self.0 }
}
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> { pub timestamp: i64, pub key: Option<&'a [u8]>, pub value: Option<&'a [u8]>, pub headers: Headers<'a> }
/// An upper bound, exact up to a few bytes of varint, of what a record takes in a batch.
pub fn record_len_bound(_key: Option<usize>, _value: Option<usize>, _headers: usize) -> usize { todo!() }
#[derive(Debug)]
pub struct OpenBatch;
impl OpenBatch {
    /// Takes a free buffer; `capacity` is a hint, it grows.
    pub fn new(_: &BufferPool, _capacity: usize) -> Self { todo!() }
    /// Uncompressed length with header, 61 bytes when empty.
    pub fn encoded_len(&self) -> usize { todo!() }
    pub fn record_count(&self) -> u32 { todo!() }
    pub fn is_empty(&self) -> bool { todo!() }
    /// Appends a record. Infallible: a batch that gets longer than i32::MAX is the caller's bug and is refused by `finish`.
    pub fn push(&mut self, _: Record<'_>) { todo!() }
    pub fn finish(self, _: &mut Compressor) -> Result<FinishedBatch, BatchError> { todo!() }
}
/// Free buffers, at most `max_bytes` of them kept. Clones share.
#[derive(Clone, Debug)]
pub struct BufferPool;
impl BufferPool { pub fn new(_max_bytes: usize) -> Self { todo!() } }
/// A complete batch but for the producer's stamp: 61 bytes of header to come, and a body. Cheap to clone; the buffer goes back to its pool with the last clone.
#[derive(Clone, Debug)]
pub struct FinishedBatch;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerStamp { pub producer_id: i64, pub epoch: i16, pub base_sequence: i32 }
impl ProducerStamp { pub const NONE: Self = Self { producer_id: -1, epoch: -1, base_sequence: -1 }; }
impl FinishedBatch {
    pub fn record_count(&self) -> u32 { todo!() }
    /// Header and body, as sent.
    pub fn wire_len(&self) -> usize { todo!() }
    pub fn uncompressed_len(&self) -> usize { todo!() }
    pub fn max_timestamp(&self) -> i64 { todo!() }
    pub fn body(&self) -> &Bytes { todo!() }
    /// The header with its CRC: the body's CRC was computed while encoding and is combined here.
    pub fn seal(&self, _: ProducerStamp) -> [u8; BatchHeader::LEN] { todo!() }
    /// Two halves by records, for a broker that finds it too large; None if it holds one record.
    pub fn split(&self, _: &mut Compressor, _: &BufferPool) -> Result<Option<(FinishedBatch, FinishedBatch)>, BatchError> { todo!() }
}
/// The 61 bytes before the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    pub base_offset: i64, pub batch_length: i32, pub leader_epoch: i32, pub crc: u32, pub attributes: i16, pub last_offset_delta: i32,
    pub base_timestamp: i64, pub max_timestamp: i64, pub producer_id: i64, pub producer_epoch: i16, pub base_sequence: i32, pub record_count: i32,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType { CreateTime, LogAppendTime }
impl BatchHeader {
    pub const LEN: usize = 61;
    /// Reads the header and checks the magic byte.
    pub fn parse(_: &[u8]) -> Result<Self, BatchError> { todo!() }
    pub fn codec(&self) -> Result<Codec, BatchError> { todo!() }
    pub fn is_control(&self) -> bool { todo!() }
    pub fn is_transactional(&self) -> bool { todo!() }
    pub fn timestamp_type(&self) -> TimestampType { todo!() }
    pub fn last_offset(&self) -> i64 { todo!() }
    /// Length of the whole batch in bytes.
    pub fn total_len(&self) -> usize { todo!() }
}
/// Batches one after the other, as a fetch response or a log segment has them. A part of a batch at the end is left alone.
#[derive(Clone, Debug)]
pub struct Batches;
impl Batches { pub fn new(_: Bytes) -> Self { todo!() } }
impl Iterator for Batches { type Item = Result<StoredBatch, BatchError>; fn next(&mut self) -> Option<Self::Item> { todo!() } }
#[derive(Clone, Debug)]
pub struct StoredBatch { pub header: BatchHeader, pub bytes: Bytes }
impl StoredBatch {
    /// Checks the CRC.
    pub fn verify(&self) -> Result<(), BatchError> { todo!() }
    /// Decompresses, to at most `limit` bytes.
    pub fn records(&self, limit: usize) -> Result<Records, BatchError> { todo!() }
}
/// The records of one batch, decompressed.
#[derive(Clone, Debug)]
pub struct Records;
impl Records { pub fn iter(&self) -> RecordIter<'_> { todo!() } }
#[derive(Clone, Debug)]
pub struct RecordIter<'a>(&'a [u8]);
impl<'a> Iterator for RecordIter<'a> { type Item = Result<RecordRef<'a>, BatchError>; fn next(&mut self) -> Option<Self::Item> { todo!() } }
#[derive(Clone, Copy, Debug)]
pub struct RecordRef<'a> { pub offset: i64, pub timestamp: i64, pub timestamp_type: TimestampType, pub key: Option<&'a [u8]>, pub value: Option<&'a [u8]>, pub headers: HeaderIter<'a> }
/// Headers in order; repeated and null-valued ones too. Already checked when the record was read, so this cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct HeaderIter<'a>(&'a [u8]);
impl<'a> Iterator for HeaderIter<'a> { type Item = (&'a str, Option<&'a [u8]>); fn next(&mut self) -> Option<Self::Item> { todo!() } }
