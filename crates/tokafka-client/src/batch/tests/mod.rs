//! Rows that go through batches, and what every test does with them.

mod finished;
mod hostile;
mod peer;
mod pool;
mod reader;

use super::{
    Batches, BufferPool, Codec, Compression, Compressor, FinishedBatch, Headers, OpenBatch,
    ProducerStamp, Record, RecordRef, StoredBatch,
};
use crate::error::BatchError;
use bytes::Bytes;
use proptest::prelude::*;

const CODECS: [Codec; 5] = [
    Codec::None,
    Codec::Gzip,
    Codec::Snappy,
    Codec::Lz4,
    Codec::Zstd,
];
const LIMIT: usize = 16 << 20;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Row {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Row {
    fn push_to(&self, batch: &mut OpenBatch) {
        let mut headers = Vec::new();
        let pairs = self
            .headers
            .iter()
            .map(|(key, value)| (key.as_bytes(), value.as_deref()));
        Headers::encode_into(&mut headers, pairs);
        batch.push(Record {
            timestamp: self.timestamp,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: Headers::from_encoded(&headers),
        });
    }

    fn of(record: &RecordRef<'_>) -> Self {
        Self {
            timestamp: record.timestamp,
            key: record.key.map(Vec::from),
            value: record.value.map(Vec::from),
            headers: record
                .headers
                .map(|(k, v)| (k.to_owned(), v.map(Vec::from)))
                .collect(),
        }
    }
}

fn bytes() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        4 => Just(None),
        3 => Just(Some(Vec::new())),
        9 => prop::collection::vec(any::<u8>(), 1..40).prop_map(Some),
        // Longer than a block of snappy's or lz4's framing, and compressible.
        1 => (any::<u8>(), 100..90_000_usize).prop_map(|(byte, len)| Some(vec![byte; len])),
    ]
}

/// Few keys, so that some are repeated.
fn headers() -> impl Strategy<Value = Vec<(String, Option<Vec<u8>>)>> {
    prop::collection::vec(("[a-cé]{0,2}", bytes()), 0..4)
}

/// Rows whose timestamps are in `timestamps`, in any order.
fn rows(timestamps: impl Strategy<Value = i64>) -> impl Strategy<Value = Vec<Row>> {
    let row = (timestamps, bytes(), bytes(), headers());
    let row = row.prop_map(|(timestamp, key, value, headers)| Row {
        timestamp,
        key,
        value,
        headers,
    });
    prop::collection::vec(row, 1..12)
}

fn codec() -> impl Strategy<Value = Codec> {
    prop::sample::select(&CODECS[..])
}

fn stamp() -> impl Strategy<Value = ProducerStamp> {
    (any::<i64>(), any::<i16>(), any::<i32>()).prop_map(|(producer_id, epoch, base_sequence)| {
        ProducerStamp {
            producer_id,
            epoch,
            base_sequence,
        }
    })
}

fn compressor(codec: Codec) -> Compressor {
    Compressor::new(Compression { codec, level: None })
}

fn pool() -> BufferPool {
    BufferPool::new(0)
}

fn open(rows: &[Row]) -> OpenBatch {
    let mut batch = OpenBatch::new(&pool(), 0);
    rows.iter().for_each(|row| row.push_to(&mut batch));
    batch
}

fn finished(rows: &[Row], codec: Codec) -> FinishedBatch {
    open(rows).finish(&mut compressor(codec)).unwrap()
}

fn wire(batch: &FinishedBatch, stamp: ProducerStamp) -> Bytes {
    [&batch.seal(stamp)[..], batch.body()].concat().into()
}

fn written(rows: &[Row], codec: Codec) -> Bytes {
    wire(&finished(rows, codec), ProducerStamp::NONE)
}

/// The only batch in `bytes`.
fn stored(bytes: &Bytes) -> StoredBatch {
    let mut batches = Batches::new(bytes.clone());
    let batch = batches.next().unwrap().unwrap();
    assert!(batches.next().is_none());
    batch
}

fn read(bytes: &Bytes) -> Result<Vec<Row>, BatchError> {
    let batch = stored(bytes);
    batch.verify()?;
    let records = batch.records(LIMIT)?;
    records
        .iter()
        .map(|record| record.map(|record| Row::of(&record)))
        .collect()
}
