//! Records as they lie in the log.

use bytes::Bytes;

use super::{
    batch::{BatchHeader, HEADER_BYTES, sequence_after},
    codec::decompress,
    record::Record,
};

/// The batch format of this module.
const MAGIC: i8 = 2;

/// A record as it lies in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its offset in the partition.
    pub offset: i64,
    /// Milliseconds since 1970; -1 if it has none.
    pub timestamp: i64,
    /// Its key; null and empty differ.
    pub key: Option<Bytes>,
    /// Its value; null and empty differ.
    pub value: Option<Bytes>,
    /// Its headers in order, names may repeat. A name that is not UTF-8 is shown lossily.
    pub headers: Vec<(String, Option<Bytes>)>,
    /// -1 if it was not written idempotently.
    pub producer_id: i64,
    /// -1 if it was not written idempotently.
    pub producer_epoch: i16,
    /// -1 if it was not written idempotently.
    pub sequence: i32,
}

/// The records of a batch from the log. Control batches and old message formats, which only a test
/// can put there, have none.
pub(crate) fn decode_batch(batch: &Bytes) -> Vec<StoredRecord> {
    match BatchHeader::parse(batch) {
        Some(header) if header.magic == MAGIC && !header.is_control() => records_of(batch)
            .into_iter()
            .map(|record| stored(&header, record))
            .collect(),
        Some(_) | None => Vec::new(),
    }
}

/// The records of a batch of format 2, as far as they can be read.
pub(super) fn records_of(batch: &Bytes) -> Vec<Record> {
    let Some(header) = BatchHeader::parse(batch) else {
        return Vec::new();
    };
    let Ok(mut records) = decompress(header.codec_id(), batch.slice(HEADER_BYTES..)) else {
        return Vec::new();
    };
    (0..header.record_count)
        .map_while(|_| Record::take(&mut records).ok())
        .collect()
}

fn stored(header: &BatchHeader, record: Record) -> StoredRecord {
    let name = |name: Bytes| String::from_utf8_lossy(&name).into_owned();
    StoredRecord {
        offset: header.base_offset + i64::from(record.offset_delta),
        timestamp: if header.has_log_append_time() {
            header.max_timestamp
        } else {
            header.base_timestamp + record.timestamp_delta
        },
        key: record.key,
        value: record.value,
        headers: record
            .headers
            .into_iter()
            .map(|(key, value)| (name(key), value))
            .collect(),
        producer_id: header.producer_id,
        producer_epoch: header.producer_epoch,
        sequence: if header.has_producer() {
            sequence_after(header.base_sequence, record.offset_delta)
        } else {
            header.base_sequence
        },
    }
}
