//! One writer at work: a partition of the query goes to Kafka.

use std::sync::Arc;

use datafusion::{
    arrow::array::RecordBatch,
    error::{DataFusionError, Result as QueryResult},
    execution::SendableRecordBatchStream,
};
use futures::StreamExt;
use tokafka_arrow::{FailedWrite, KafkaWriter, PartitionReport, PartitionWriter, WriteError};
use tokio::time::timeout;

use super::{Collector, metrics::WriterMetrics};
use crate::WriteFailure;

type Result<T> = std::result::Result<T, WriteFailure>;

/// What a writer needs besides its rows.
#[derive(Debug)]
pub(super) struct PartitionTask {
    pub(super) writer: KafkaWriter,
    pub(super) partition: usize,
    /// How many partitions the query has.
    pub(super) partitions: usize,
    /// The leading columns of a batch that are written; `None` if it has no others.
    pub(super) projection: Option<Arc<[usize]>>,
    pub(super) collector: Arc<Collector>,
    pub(super) metrics: WriterMetrics,
}

impl PartitionTask {
    /// Writes all of `input` and returns how many rows were acknowledged.
    ///
    /// If this or another writer fails, or the write is cancelled, it stops pulling input, waits
    /// for what is in flight, and fails with the first failure of all when every writer has
    /// reported. Dropping the future abandons what is not acknowledged.
    pub(super) async fn run(self, input: SendableRecordBatchStream) -> QueryResult<u64> {
        let writing = self.collector.enter();
        let written = self.write(input).await;
        drop(writing);
        match written {
            Ok(rows) => Ok(rows),
            Err(failure) => {
                let first = self.collector.fail(failure);
                self.collector.settled().await;
                Err(first.into())
            }
        }
    }

    /// Opens the writer at the first row, so that an empty partition opens nothing.
    async fn write(&self, mut input: SendableRecordBatchStream) -> Result<u64> {
        let opening = self.collector.until_stopped(self.open(&mut input));
        let Some((mut writer, first)) = opening.await? else {
            return Ok(0);
        };
        let feeding = self
            .collector
            .until_stopped(self.feed(&mut writer, first, input));
        match feeding.await {
            Ok(rows) => Ok(rows + self.finish(writer).await?),
            Err(failure) => {
                // Told before waiting, so that the other writers stop meanwhile.
                self.collector.fail(failure.clone());
                self.record(writer.abandon(self.collector.grace()).await);
                Err(failure)
            }
        }
    }

    async fn open(
        &self,
        input: &mut SendableRecordBatchStream,
    ) -> Result<Option<(PartitionWriter, RecordBatch)>> {
        while let Some(batch) = input.next().await {
            let batch = batch.map_err(query_failure)?;
            if batch.num_rows() > 0 {
                let writer = self.writer.open(self.partition).await;
                let writer = writer.map_err(|error| self.failure(error))?;
                self.collector.progress().watch(writer.meter());
                return Ok(Some((writer, batch)));
            }
        }
        Ok(None)
    }

    /// Writes all rows and waits until they are acknowledged.
    async fn feed(
        &self,
        writer: &mut PartitionWriter,
        first: RecordBatch,
        mut input: SendableRecordBatchStream,
    ) -> Result<u64> {
        let mut next = Some(first);
        while let Some(batch) = next {
            let batch = written_columns(batch, self.projection.as_deref())?;
            writer
                .write(&batch)
                .await
                .map_err(|error| self.failure(error))?;
            next = self.next(writer, &mut input).await?;
        }
        let report = writer.flush().await.map_err(|error| self.failure(error))?;
        Ok(self.record(report))
    }

    /// The next batch. What lies in open batches is sent when none comes for `linger.ms`.
    async fn next(
        &self,
        writer: &mut PartitionWriter,
        input: &mut SendableRecordBatchStream,
    ) -> Result<Option<RecordBatch>> {
        if writer.has_open_batches() {
            let linger = self.writer.settings().linger;
            if let Ok(batch) = timeout(linger, input.next()).await {
                return batch.transpose().map_err(query_failure);
            }
            writer
                .send_open()
                .await
                .map_err(|error| self.failure(error))?;
        }
        input.next().await.transpose().map_err(query_failure)
    }

    async fn finish(&self, writer: PartitionWriter) -> Result<u64> {
        match writer.finish().await {
            Ok(report) => Ok(self.record(report)),
            Err(FailedWrite { error, report }) => {
                self.record(*report);
                Err(self.failure(error))
            }
        }
    }

    /// Says which partition an error's row is of, if there are several.
    fn failure(&self, error: WriteError) -> WriteFailure {
        WriteFailure::Write(if self.partitions > 1 {
            error.in_partition(self.partition)
        } else {
            error
        })
    }

    /// Passes a report on and returns its rows.
    fn record(&self, report: PartitionReport) -> u64 {
        let rows = report.rows;
        self.metrics.add(&report);
        self.collector.add(report);
        rows
    }
}

/// The columns of a batch that are written: all, or those that are named.
pub(crate) fn written_columns(
    batch: RecordBatch,
    projection: Option<&[usize]>,
) -> Result<RecordBatch> {
    let Some(projection) = projection else {
        return Ok(batch);
    };
    batch
        .project(projection)
        .map_err(|error| query_failure(error.into()))
}

pub(crate) fn query_failure(error: DataFusionError) -> WriteFailure {
    WriteFailure::Query(Arc::new(error))
}
