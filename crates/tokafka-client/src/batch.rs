//! Stub.
#![allow(missing_docs, missing_debug_implementations)]
use crate::error::BatchError;
use bytes::Bytes;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec { None, Gzip, Snappy, Lz4, Zstd }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression { pub codec: Codec, pub level: Option<i32> }
impl Compression { pub const NONE: Self = Self { codec: Codec::None, level: None }; }
pub struct Compressor;
impl Compressor { pub fn new(_: Compression) -> Self { todo!() } }
#[derive(Clone, Copy)]
pub struct Headers<'a>(&'a [u8]);
impl<'a> Headers<'a> {
    pub const NONE: Headers<'static> = Headers(&[0]);
    pub fn encode_into<'h>(_out: &mut Vec<u8>, _headers: impl ExactSizeIterator<Item = (&'h [u8], Option<&'h [u8]>)>) { todo!() }
    pub fn from_encoded(bytes: &'a [u8]) -> Self { Headers(bytes) }
    pub fn encoded(&self) -> &'a [u8] { self.0 }
}
pub struct Record<'a> { pub timestamp: i64, pub key: Option<&'a [u8]>, pub value: Option<&'a [u8]>, pub headers: Headers<'a> }
pub fn record_len(_: i64, _: i32, _: Option<usize>, _: Option<usize>, _: usize) -> usize { todo!() }
pub struct OpenBatch;
impl OpenBatch {
    pub fn new(_: &BufferPool, _capacity: usize) -> Self { todo!() }
    pub fn encoded_len(&self) -> usize { todo!() }
    pub fn record_count(&self) -> u32 { todo!() }
    pub fn is_empty(&self) -> bool { todo!() }
    pub fn push(&mut self, _: Record<'_>) { todo!() }
    pub fn finish(self, _: &mut Compressor) -> Result<FinishedBatch, BatchError> { todo!() }
}
#[derive(Clone, Debug)]
pub struct BufferPool;
impl BufferPool { pub fn new(_max_bytes: usize) -> Self { todo!() } }
#[derive(Clone, Debug)]
pub struct FinishedBatch;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerStamp { pub producer_id: i64, pub epoch: i16, pub base_sequence: i32 }
impl ProducerStamp { pub const NONE: Self = Self { producer_id: -1, epoch: -1, base_sequence: -1 }; }
impl FinishedBatch {
    pub fn record_count(&self) -> u32 { todo!() }
    pub fn wire_len(&self) -> usize { todo!() }
    pub fn uncompressed_len(&self) -> usize { todo!() }
    pub fn max_timestamp(&self) -> i64 { todo!() }
    pub fn body(&self) -> &Bytes { todo!() }
    pub fn seal(&self, _: ProducerStamp) -> [u8; 61] { todo!() }
    pub fn split(&self, _: &mut Compressor, _: &BufferPool) -> Result<Option<(FinishedBatch, FinishedBatch)>, BatchError> { todo!() }
}
