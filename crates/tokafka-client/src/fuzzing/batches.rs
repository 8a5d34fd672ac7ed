use crate::batch::{
    BatchHeader, Batches, BufferPool, Codec, Compression, Compressor, Headers, OpenBatch,
    ProducerStamp, Record,
};
use bytes::Bytes;

/// Decompressed batches may have this many bytes: little, so that a fuzzer is fast.
const LIMIT: usize = 1 << 20;

const CODECS: [Codec; 5] = [
    Codec::None,
    Codec::Gzip,
    Codec::Snappy,
    Codec::Lz4,
    Codec::Zstd,
];

/// What a broker stored: batches one after the other. The checksum is not looked at, as no fuzzer
/// would come past it.
pub fn read_batches(data: &[u8]) {
    for batch in Batches::new(Bytes::copy_from_slice(data)) {
        let Ok(batch) = batch else { return };
        let _ = batch.verify();
        let Ok(records) = batch.records(LIMIT) else {
            continue;
        };
        let mut last = None;
        for record in records.iter().flatten() {
            assert!(
                last < Some(record.offset) || batch.header.last_offset() == i64::MAX,
                "a record comes twice"
            );
            last = Some(record.offset);
            record.headers.for_each(drop);
        }
    }
}

/// Rows that are written and read back: the first byte is the codec, the rest are rows.
pub fn round_trip(data: &[u8]) {
    let Some((&codec, rest)) = data.split_first() else {
        return;
    };
    let codec = CODECS.get(usize::from(codec) % CODECS.len()).copied();
    let rows = rows(rest);
    let (Some(codec), false) = (codec, rows.is_empty()) else {
        return;
    };
    let mut batch = OpenBatch::new(&BufferPool::new(0), 0);
    rows.iter().for_each(|row| batch.push(*row));
    let mut compressor = Compressor::new(Compression { codec, level: None });
    let written = batch.finish(&mut compressor).and_then(|batch| {
        let header = batch.seal(ProducerStamp::NONE);
        let bytes: Bytes = [&header[..], batch.body()].concat().into();
        Batches::new(bytes)
            .next()
            .unwrap_or(Err(crate::error::BatchError::Malformed("nothing")))
    });
    assert!(written.is_ok(), "{written:?}");
    let Ok(stored) = written else { return };
    assert_eq!(stored.verify(), Ok(()));
    let records = stored.records(usize::MAX - 1);
    assert!(records.is_ok());
    let read = records.iter().flatten().flatten();
    let mut count = 0;
    for (row, record) in rows.iter().zip(read) {
        assert_eq!((row.key, row.value), (record.key, record.value));
        assert_eq!(row.timestamp, record.timestamp);
        assert_eq!(row.headers.encoded(), record.headers.encoded().encoded());
        count += 1;
    }
    assert_eq!(count, rows.len());
    assert!(stored.bytes.len() >= BatchHeader::LEN);
}

/// Three bytes say of what form and length a row is; eight make its timestamp.
fn rows(mut data: &[u8]) -> Vec<Record<'_>> {
    let mut rows = Vec::new();
    while let Some((&[form, key, value], rest)) = data.split_first_chunk::<3>() {
        let (timestamp, rest) = match rest.split_first_chunk() {
            Some((bytes, rest)) if form & 4 != 0 => (i64::from_be_bytes(*bytes), rest),
            _ => (i64::from(form), rest),
        };
        let (key_bytes, rest) = rest.split_at(usize::from(key).min(rest.len()));
        let (value_bytes, rest) = rest.split_at(usize::from(value).min(rest.len()));
        rows.push(Record {
            timestamp,
            key: (form & 1 == 0).then_some(key_bytes),
            value: (form & 2 == 0).then_some(value_bytes),
            headers: Headers::NONE,
        });
        data = rest;
    }
    rows
}
