//! Stub.
#![allow(missing_docs, missing_debug_implementations, unused_variables, clippy::unused_async)]
use datafusion::prelude::DataFrame;
pub use tokafka_arrow::{WriteOptions, WriteReport};
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveMode { Append, ErrorIfExists, Overwrite, Ignore }
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct KafkaWriteError { pub report: Option<Box<WriteReport>> }
pub trait KafkaDataFrame: Sized {
    fn write(self) -> DataFrameWriter;
    fn write_kafka(self, options: WriteOptions) -> impl Future<Output = Result<WriteReport, KafkaWriteError>> + Send;
}
pub struct DataFrameWriter;
impl DataFrameWriter {
    pub fn format(self, format: impl Into<String>) -> Self { todo!() }
    pub fn option(self, name: impl Into<String>, value: impl Into<String>) -> Self { todo!() }
    pub fn mode(self, mode: SaveMode) -> Self { todo!() }
    /// Shares live counters (rows, bytes acknowledged) with a progress display.
    pub fn progress(self, progress: std::sync::Arc<WriteProgress>) -> Self { todo!() }
    /// Cancelling it stops the query, resolves what is in flight within `grace`, and ends `save` with the report of what was acknowledged.
    pub fn cancel_with(self, token: tokio_util::sync::CancellationToken, grace: std::time::Duration) -> Self { todo!() }
    pub async fn save(self) -> Result<WriteReport, KafkaWriteError> { todo!() }
    pub async fn explain(self) -> Result<String, KafkaWriteError> { todo!() }
}
#[derive(Debug, Default)]
pub struct WriteProgress;
impl WriteProgress { pub fn rows(&self) -> u64 { todo!() } pub fn bytes(&self) -> u64 { todo!() } }
impl KafkaDataFrame for DataFrame {
    fn write(self) -> DataFrameWriter { todo!() }
    async fn write_kafka(self, options: WriteOptions) -> Result<WriteReport, KafkaWriteError> { todo!() }
}
