//! Stub.
#![allow(missing_docs, missing_debug_implementations, unused_variables, clippy::unused_async)]
use arrow::{array::RecordBatch, datatypes::Schema};
use std::{sync::Arc, time::Duration};
use tokafka_client::{producer::PartitionDelivery, settings::ProducerSettings};

#[derive(Clone, Debug, Default)]
pub struct WriteOptions;
impl WriteOptions {
    pub fn new() -> Self { todo!() }
    pub fn topic(self, topic: impl Into<String>) -> Self { todo!() }
    pub fn include_timestamp(self, include: bool) -> Self { todo!() }
    /// A producer setting under Kafka's name, without `kafka.`.
    pub fn producer(self, name: impl Into<String>, value: impl Into<String>) -> Self { todo!() }
    /// Any option under Spark's name.
    pub fn option(self, name: impl Into<String>, value: impl Into<String>) -> Self { todo!() }
    pub fn options<K: Into<String>, V: Into<String>>(self, options: impl IntoIterator<Item = (K, V)>) -> Self { todo!() }
    pub fn topic_option(&self) -> Option<&str> { todo!() }
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicRoute { Fixed(Arc<str>), Column(usize) }
#[derive(Clone, Debug)]
pub struct RecordLayout;
impl RecordLayout {
    pub fn topic(&self) -> &TopicRoute { todo!() }
    /// Attribute names that are used, in the order topic, key, value, headers, partition, timestamp.
    pub fn used_columns(&self) -> Vec<&'static str> { todo!() }
    /// Names of columns that are not written, in schema order.
    pub fn ignored_columns(&self) -> &[String] { todo!() }
}
/// Schema or options that cannot be written (plan time), data that cannot be written (row), delivery that failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("stub")]
#[non_exhaustive]
pub enum WriteError { Stub }
#[derive(Clone, Debug)]
pub struct KafkaWriter;
impl KafkaWriter {
    pub fn new(schema: &Schema, options: WriteOptions) -> Result<Self, WriteError> { todo!() }
    pub fn layout(&self) -> &RecordLayout { todo!() }
    pub fn settings(&self) -> &ProducerSettings { todo!() }
    pub async fn open(&self, writer: usize) -> Result<PartitionWriter, WriteError> { todo!() }
    pub async fn close(&self) { todo!() }
}
#[must_use = "rows are only durable after `finish`"]
pub struct PartitionWriter;
impl PartitionWriter {
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<(), WriteError> { todo!() }
    pub fn has_open_batches(&self) -> bool { todo!() }
    pub async fn send_open(&mut self) -> Result<(), WriteError> { todo!() }
    pub async fn flush(&mut self) -> Result<PartitionReport, WriteError> { todo!() }
    pub async fn finish(self) -> Result<PartitionReport, FailedWrite> { todo!() }
    pub async fn abandon(self, grace: Duration) -> PartitionReport { todo!() }
}
#[derive(Clone, Debug, Default)]
pub struct PartitionReport {
    pub partitions: Vec<PartitionDelivery>,
    pub rows: u64, pub bytes: u64, pub batches: u64, pub requests: u64, pub retries: u64,
    pub encoding: Duration, pub waiting: Duration,
}
/// The receipt of a write; its JSON form is `docs/receipt.md`.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct WriteReport {
    pub version: u32, pub rows: u64, pub bytes: u64, pub batches: u64, pub requests: u64, pub retries: u64, pub elapsed_ms: u64,
    pub acknowledged: bool, pub duplicates_possible: bool, pub ordered: bool, pub writers: u32,
    pub may_be_written_rows: u64, pub not_written_rows: u64, pub partitions: Vec<PartitionReceipt>,
}
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PartitionReceipt { pub topic: String, pub partition: i32, pub rows: u64, pub bytes: u64, /** Inclusive runs `[first, last]`. */ pub offsets: Vec<[i64; 2]>, pub may_be_written_rows: u64, pub not_written_rows: u64 }
impl WriteReport {
    pub fn new(writer: &KafkaWriter) -> Self { todo!() }
    pub fn add(&mut self, report: PartitionReport) { todo!() }
    pub fn to_json(&self) -> String { todo!() }
}
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct FailedWrite { pub error: WriteError, pub report: Box<PartitionReport> }

/// Records of a topic with Spark's source schema: key, value, topic, partition, offset, timestamp, timestampType, headers.
pub fn source_schema() -> arrow::datatypes::SchemaRef { todo!() }
/// Collects fetched records into batches of that schema.
#[derive(Debug)]
pub struct SourceBatchBuilder;
impl SourceBatchBuilder {
    pub fn new(topic: &str) -> Self { todo!() }
    pub fn rows(&self) -> usize { todo!() }
    pub fn append(&mut self, partition: i32, record: &tokafka_client::batch::RecordRef<'_>) { todo!() }
    pub fn finish(&mut self) -> RecordBatch { todo!() }
}
/// One option of a write that is not a producer setting, as a row of its table: `topic`, `includeTimestamp`, `tokafka.*`.
#[derive(Clone, Copy, Debug)]
pub struct OptionRule { pub name: &'static str, pub meaning: &'static str, pub default: &'static str }
pub const OPTIONS: &[OptionRule] = &[];
