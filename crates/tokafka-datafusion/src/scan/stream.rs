//! The rows of a share of a topic.

use std::{collections::VecDeque, sync::Arc, vec};

use datafusion::{
    arrow::{
        array::{RecordBatch, RecordBatchOptions},
        datatypes::SchemaRef,
    },
    error::{DataFusionError, Result},
};
use futures::{Stream, stream};
use tokafka_arrow::{PartitionSpan, SourceBatchBuilder};
use tokafka_client::{
    cluster::Cluster,
    error::{BatchError, ReadError},
    ranges::{FetchedRecords, RangeReader},
    settings::FetchSettings,
};

use super::columns::{SourceColumns, Unfit, convert, offset_column};

/// Rows are given out when they have so many bytes, however few they are.
const BATCH_BYTES: usize = 8 << 20;

/// What is read of a topic, whichever offsets.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) cluster: Cluster,
    pub(super) settings: FetchSettings,
    pub(super) topic: Arc<str>,
    pub(super) columns: SourceColumns,
    /// Of the columns.
    pub(super) schema: SchemaRef,
    pub(super) fail_on_loss: bool,
}

/// A record that is not what the table declares.
#[derive(Debug, thiserror::Error)]
#[error(
    "topic {topic} partition {partition} offset {offset}: column {column} is no text (UTF-8). \
     Declare it as BYTEA, or leave the columns of the table out"
)]
struct NotText {
    topic: String,
    partition: i32,
    offset: i64,
    column: String,
}

/// Offsets that were there when the query was planned.
#[derive(Debug, thiserror::Error)]
#[error("{0}. With 'failOnDataLoss' 'false' what is still there is read")]
struct Lost(ReadError);

/// Reads spans one after the other. One answer of a broker is kept, and the rows of one batch.
pub(super) struct ShareReader {
    source: Arc<Source>,
    spans: vec::IntoIter<PartitionSpan>,
    open: Option<(PartitionSpan, RangeReader)>,
    builder: SourceBatchBuilder,
    ready: VecDeque<RecordBatch>,
    rows_per_batch: usize,
    /// Rows that are still wanted.
    left: usize,
}

impl ShareReader {
    pub(super) fn new(
        source: Arc<Source>,
        spans: Vec<PartitionSpan>,
        fetch: Option<usize>,
        rows_per_batch: usize,
    ) -> Self {
        let mut columns = source.columns.indices().to_vec();
        // Behind the others: errors name it.
        columns.push(offset_column());
        Self {
            builder: SourceBatchBuilder::of_columns(&source.topic, &columns),
            source,
            spans: spans.into_iter(),
            open: None,
            ready: VecDeque::new(),
            rows_per_batch: rows_per_batch.max(1),
            left: fetch.unwrap_or(usize::MAX),
        }
    }

    /// All rows, in the order of partitions and offsets. Nothing is asked for after those that are wanted.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<RecordBatch>> {
        stream::try_unfold(self, async |mut reader| {
            let batch = reader.next().await?;
            Ok(batch.map(|batch| (batch, reader)))
        })
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.left > 0 {
            if let Some(batch) = self.ready.pop_front() {
                self.left = self.left.saturating_sub(batch.num_rows());
                return Ok(Some(batch));
            }
            let Some((span, mut reader)) = self.next_reader().await? else {
                return Ok(None);
            };
            match self.read(&span, &mut reader).await {
                Ok(true) => self.open = Some((span, reader)),
                Ok(false) => {}
                Err(Failure::Read(error)) => self.pass_over(span, error)?,
                Err(Failure::Query(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    async fn next_reader(&mut self) -> Result<Option<(PartitionSpan, RangeReader)>> {
        if let Some(open) = self.open.take() {
            return Ok(Some(open));
        }
        let Some(span) = self.spans.next() else {
            return Ok(None);
        };
        let Source {
            cluster,
            settings,
            topic,
            ..
        } = self.source.as_ref();
        let offsets = span.offsets.clone();
        let reader = RangeReader::open(cluster, settings, topic, span.partition, offsets).await;
        Ok(Some((span, reader.map_err(external)?)))
    }

    /// Makes batches ready; false at the end of the span.
    async fn read(&mut self, span: &PartitionSpan, reader: &mut RangeReader) -> Read {
        if self.source.columns.is_empty() {
            let Some(count) = reader.next_count().await? else {
                return Ok(false);
            };
            let batch = self.empty_columns(count.min(self.left));
            self.ready.push_back(batch.map_err(Failure::Query)?);
            return Ok(true);
        }
        let enough = self.rows_per_batch.min(self.left);
        let mut more = true;
        while more && self.builder.rows() < enough && self.builder.bytes() < BATCH_BYTES {
            let next = reader.next().await;
            more = match next {
                Ok(Some(records)) => {
                    self.append(span.partition, &records)?;
                    true
                }
                Ok(None) => false,
                Err(error) if self.builder.rows() == 0 => return Err(error.into()),
                // What is there first: the error comes again.
                Err(_) => break,
            };
        }
        self.make_ready(span.partition)?;
        Ok(more)
    }

    fn append(&mut self, partition: i32, records: &FetchedRecords) -> Result<(), Failure> {
        let wanted = self.left.saturating_sub(self.builder.rows());
        for record in records.iter().take(wanted) {
            let record = record.map_err(|error| self.unreadable(partition, error))?;
            self.builder.append(partition, &record);
        }
        Ok(())
    }

    fn unreadable(&self, partition: i32, error: BatchError) -> Failure {
        let topic = &self.source.topic;
        let error = DataFusionError::External(Box::new(error));
        Failure::Query(error.context(format!("topic {topic} partition {partition}")))
    }

    fn make_ready(&mut self, partition: i32) -> Result<(), Failure> {
        if self.builder.rows() == 0 {
            return Ok(());
        }
        let converted = convert(&self.builder.finish(), &self.source.schema);
        let batch = converted.map_err(|unfit| Failure::Query(self.unfit(partition, unfit)))?;
        let mut start = 0;
        while start < batch.num_rows() {
            let rows = self.rows_per_batch.min(batch.num_rows() - start);
            self.ready.push_back(batch.slice(start, rows));
            start += rows;
        }
        Ok(())
    }

    fn unfit(&self, partition: i32, unfit: Unfit) -> DataFusionError {
        match unfit {
            Unfit::Cast(error) => error.into(),
            Unfit::NotText { column, offset } => external(NotText {
                topic: self.source.topic.to_string(),
                partition,
                offset,
                column,
            }),
        }
    }

    fn empty_columns(&self, rows: usize) -> Result<RecordBatch> {
        let rows = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::clone(&self.source.schema);
        Ok(RecordBatch::try_new_with_options(schema, vec![], &rows)?)
    }

    /// Goes on where the log begins now, if that is allowed.
    fn pass_over(&mut self, mut span: PartitionSpan, error: ReadError) -> Result<()> {
        match error {
            ReadError::OffsetOutOfRange { offset, start, .. } if !self.source.fail_on_loss => {
                if start > offset && start < span.offsets.end {
                    span.offsets.start = start;
                    let rest = std::mem::take(&mut self.spans);
                    self.spans = [span]
                        .into_iter()
                        .chain(rest)
                        .collect::<Vec<_>>()
                        .into_iter();
                }
                Ok(())
            }
            error @ ReadError::OffsetOutOfRange { .. } => Err(external(Lost(error))),
            error => Err(external(error)),
        }
    }
}

/// True if there is more.
type Read = Result<bool, Failure>;

enum Failure {
    Read(ReadError),
    Query(DataFusionError),
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

fn external(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
