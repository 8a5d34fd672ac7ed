//! An Arrow IPC stream.

use std::io::{self, Write};

use datafusion::arrow::{
    array::RecordBatch, compute::cast, error::ArrowError, ipc::writer::StreamWriter,
};
use tokafka_arrow::{SourceBatchBuilder, source_schema};
use tokafka_client::batch::RecordRef;

/// Rows and bytes of keys, values and headers after which a batch is written.
const BATCH_ROWS: usize = 8192;
const BATCH_BYTES: usize = 8 << 20;

/// Records as batches of Spark's Kafka source schema.
pub(super) struct ArrowStream<W: Write> {
    writer: StreamWriter<W>,
    builder: SourceBatchBuilder,
}

impl<W: Write> ArrowStream<W> {
    pub(super) fn new(out: W, topic: &str) -> io::Result<Self> {
        let writer = StreamWriter::try_new(out, &source_schema()).map_err(io_error)?;
        Ok(Self {
            writer,
            builder: SourceBatchBuilder::new(topic),
        })
    }

    pub(super) fn push(&mut self, partition: i32, record: &RecordRef<'_>) -> io::Result<()> {
        self.builder.append(partition, record);
        if self.builder.rows() >= BATCH_ROWS || self.builder.bytes() >= BATCH_BYTES {
            self.write_batch()?;
        }
        Ok(())
    }

    fn write_batch(&mut self) -> io::Result<()> {
        let batch = classic(&self.builder.finish()).map_err(io_error)?;
        self.writer.write(&batch).map_err(io_error)
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.builder.rows() > 0 {
            self.write_batch()?;
        }
        self.writer.flush().map_err(io_error)
    }

    /// Ends the stream. One that is not ended tells its reader that it was cut.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.flush()?;
        self.writer.finish().map_err(io_error)
    }
}

/// Without views, which not every reader knows.
fn classic(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = source_schema();
    let columns = schema.fields().iter().zip(batch.columns());
    let cast: Result<_, _> = columns
        .map(|(field, column)| cast(column, field.data_type()))
        .collect();
    RecordBatch::try_new(schema, cast?)
}

/// Keeps the kind, by which a reader that went away is told from a full disk.
pub(crate) fn io_error(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other),
    }
}
