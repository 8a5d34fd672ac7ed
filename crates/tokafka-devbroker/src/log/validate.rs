//! What a broker checks before it appends a batch (`ProduceRequest.validateRecords`,
//! `UnifiedLog.analyzeAndValidateRecords` and `LogValidator` of Kafka, in that order).

use bytes::{Buf, Bytes};
use kafka_protocol::ResponseError;

use super::{
    batch::{BatchHeader, HEADER_BYTES, checksum},
    codec::decompress,
    record::Record,
    refused::Refused,
};
use crate::refusal::Refusal;

/// Timestamp of a record that has none.
const NO_TIMESTAMP: i64 = -1;
const MAGIC_AT: usize = 16;

/// `compression.type` of every topic: batches stay as the producer compressed them.
pub(crate) const COMPRESSION: &str = "producer";

/// The configuration of a topic, as far as it bears on validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rules {
    /// `max.message.bytes`.
    pub(crate) max_message_bytes: usize,
    /// `cleanup.policy` contains `compact`: records need a key.
    pub(crate) compacted: bool,
    /// `message.timestamp.after.max.ms`.
    pub(crate) timestamp_after_max_ms: i64,
    /// `message.timestamp.type` is `LogAppendTime`.
    pub(crate) log_append_time: bool,
    /// `min.insync.replicas`.
    pub(crate) min_in_sync: i32,
}

/// Where and when a batch arrives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) topic: &'a str,
    pub(crate) partition: i32,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
}

/// A batch that may be appended.
#[derive(Debug, Clone)]
pub(crate) struct CheckedBatch {
    pub(crate) header: BatchHeader,
    pub(crate) bytes: Bytes,
    /// The largest timestamp of its records.
    pub(crate) max_timestamp: i64,
    /// The timestamp that all its records get, if the topic wants that.
    pub(crate) log_append_time: Option<i64>,
}

/// Checks the records that a client sent for one partition.
pub(crate) fn validate(
    bytes: &Bytes,
    rules: &Rules,
    arrival: Arrival<'_>,
) -> Result<CheckedBatch, Refusal> {
    let header = exactly_one_batch(bytes)?;
    if bytes.len() > rules.max_message_bytes {
        let (size, max) = (bytes.len(), rules.max_message_bytes);
        let message = format!(
            "The record batch size is {size} bytes which exceeds the maximum configured value of \
             {max} bytes"
        );
        return Err(Refusal::new(ResponseError::MessageTooLarge, message));
    }
    if checksum(bytes) != header.crc {
        let message = "Record is corrupt: the checksum of the batch does not match";
        return Err(Refusal::new(ResponseError::CorruptMessage, message));
    }
    check_header(&header)?;
    let max_timestamp = check_records(&header, bytes, rules, arrival)?;
    Ok(CheckedBatch {
        header,
        bytes: bytes.clone(),
        max_timestamp,
        log_append_time: rules.log_append_time.then_some(arrival.now),
    })
}

fn exactly_one_batch(bytes: &Bytes) -> Result<BatchHeader, Refusal> {
    if bytes.is_empty() {
        return Err(invalid(
            "Produce requests must have exactly one record batch per partition",
        ));
    }
    if bytes.get(MAGIC_AT).is_some_and(|magic| *magic != 2) {
        let message =
            "Produce requests are only allowed to contain record batches with magic version 2";
        return Err(invalid(message));
    }
    let header =
        BatchHeader::parse(bytes).ok_or_else(|| invalid("The record batch is cut short"))?;
    let size = header.size().ok_or_else(|| {
        let message = "The length of the record batch is smaller than its header";
        Refusal::new(ResponseError::CorruptMessage, message)
    })?;
    if size > bytes.len() {
        return Err(invalid("The record batch is cut short"));
    }
    if size < bytes.len() {
        let message =
            "Produce requests are only allowed to contain exactly one record batch per partition";
        return Err(invalid(message));
    }
    Ok(header)
}

fn check_header(header: &BatchHeader) -> Result<(), Refusal> {
    let count = header.record_count;
    if header.base_offset != 0 {
        return Err(invalid(format!(
            "The baseOffset of the batch should be 0, but it is {}",
            header.base_offset
        )));
    }
    if header.is_control() {
        return Err(invalid("Clients are not allowed to write control records"));
    }
    if header.is_transactional() {
        let message = "This broker has no transactions: the batch is transactional";
        return Err(Refusal::new(ResponseError::InvalidTxnState, message));
    }
    if header.has_log_append_time() {
        let message = "Client should not set the timestamp type to LogAppendTime";
        return Err(Refusal::new(ResponseError::InvalidTimestamp, message));
    }
    if header.has_producer() && header.base_sequence < 0 {
        let (sequence, id) = (header.base_sequence, header.producer_id);
        return Err(invalid(format!(
            "Invalid sequence number {sequence} in a batch of producer {id}"
        )));
    }
    if count <= 0 || header.last_offset_delta.checked_add(1) != Some(count) {
        let last = header.last_offset_delta;
        return Err(invalid(format!(
            "Inconsistent batch offset range [0, {last}] and count of records {count}"
        )));
    }
    Ok(())
}

/// Checks every record; the largest timestamp.
///
/// Records that the topic does not take are told of one by one (KIP-467).
fn check_records(
    header: &BatchHeader,
    bytes: &Bytes,
    rules: &Rules,
    arrival: Arrival<'_>,
) -> Result<i64, Refusal> {
    let mut records = decompress(header.codec_id(), bytes.slice(HEADER_BYTES..))?;
    let mut max_timestamp = NO_TIMESTAMP;
    let mut refused = Refused::default();
    for expected in 0..header.record_count {
        let record = Record::take(&mut records)
            .map_err(|error| invalid(format!("Record {expected}: {error}")))?;
        let timestamp = check_record(header, &record, expected)?;
        refused.check(rules, arrival, &record, timestamp);
        max_timestamp = max_timestamp.max(timestamp);
    }
    if records.has_remaining() {
        return Err(invalid(
            "Incorrect declared batch size, records still remaining in the batch",
        ));
    }
    refused.outcome().map(|()| max_timestamp)
}

/// Checks a record's place in its batch; its timestamp.
fn check_record(header: &BatchHeader, record: &Record, expected: i32) -> Result<i64, Refusal> {
    let offset = record.offset_delta;
    if offset != expected {
        return Err(invalid(format!(
            "Record {expected} has offset {offset} in its batch: offsets must count up from 0"
        )));
    }
    header
        .base_timestamp
        .checked_add(record.timestamp_delta)
        .ok_or_else(|| invalid(format!("The timestamp of record {expected} overflows")))
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(ResponseError::InvalidRecord, message)
}
