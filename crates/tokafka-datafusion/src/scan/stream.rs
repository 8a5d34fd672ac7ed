//! The rows of a slot: one span after the other.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use datafusion::{
    arrow::{
        array::{RecordBatch, RecordBatchOptions},
        datatypes::SchemaRef,
    },
    error::{DataFusionError, Result},
};
use futures::{Stream, stream};
use tokafka_arrow::{SourceBatchBuilder, UnreadableRecord};
use tokafka_client::{
    cluster::Cluster,
    error::ReadError,
    ranges::{FetchedRecords, RangeReader},
    settings::FetchSettings,
};

use super::{
    KafkaReadError, RangeCounts, TopicSpan,
    columns::{SourceColumns, Unfit, convert, offset_column},
};

/// What is read of topics, whichever offsets.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) cluster: Cluster,
    pub(super) settings: FetchSettings,
    pub(super) columns: SourceColumns,
    /// Of the columns.
    pub(super) schema: SchemaRef,
    pub(super) fail_on_loss: bool,
    pub(super) counts: Arc<RangeCounts>,
}

/// Reads spans one after the other. One answer of a broker is kept, one that was asked for meanwhile, and the
/// rows of one batch, which have about as many bytes as an answer or are as many as the session wants.
pub(super) struct SlotReader {
    source: Arc<Source>,
    spans: VecDeque<TopicSpan>,
    open: Option<OpenSpan>,
    ready: VecDeque<RecordBatch>,
    rows_per_batch: usize,
    /// Rows that are still wanted.
    left: usize,
}

struct OpenSpan {
    span: TopicSpan,
    reader: RangeReader,
    builder: SourceBatchBuilder,
}

impl SlotReader {
    pub(super) fn new(
        source: Arc<Source>,
        spans: Vec<TopicSpan>,
        fetch: Option<usize>,
        rows_per_batch: usize,
    ) -> Self {
        Self {
            source,
            spans: spans.into(),
            open: None,
            ready: VecDeque::new(),
            rows_per_batch: rows_per_batch.max(1),
            left: fetch.unwrap_or(usize::MAX),
        }
    }

    /// All rows, in the order of spans and offsets. Nothing is asked for after those that are wanted.
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
                let rows = batch.num_rows() as u64;
                self.source.counts.rows.fetch_add(rows, Relaxed);
                return Ok(Some(batch));
            }
            let Some(mut open) = self.open.take() else {
                let Some(span) = self.spans.pop_front() else {
                    return Ok(None);
                };
                match OpenSpan::new(&self.source, span.clone()).await {
                    Ok(open) => self.open = Some(open),
                    Err(error) => self.pass_over(span, error)?,
                }
                continue;
            };
            match self.read(&mut open).await {
                Ok(true) => self.open = Some(open),
                Ok(false) => {}
                Err(Failure::Read(error)) => self.pass_over(open.span, error)?,
                Err(Failure::Query(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Makes batches ready; false at the end of the span.
    async fn read(&mut self, open: &mut OpenSpan) -> Read {
        if self.source.columns.is_empty() {
            let Some(count) = open.reader.next_count().await? else {
                return Ok(false);
            };
            let batch = self.empty_columns(count.min(self.left));
            self.ready.push_back(batch.map_err(Failure::Query)?);
            return Ok(true);
        }
        let enough = self.rows_per_batch.min(self.left);
        let mut more = true;
        while more
            && open.builder.rows() < enough
            && open.builder.bytes() < self.source.settings.partition_max_bytes
        {
            let next = open.reader.next().await;
            more = match next {
                Ok(Some(records)) => {
                    open.append(&records, self.left)?;
                    true
                }
                Ok(None) => false,
                Err(error) if open.builder.rows() == 0 => return Err(error.into()),
                // What is there first: the error comes again.
                Err(_) => break,
            };
        }
        self.make_ready(open)?;
        Ok(more)
    }

    fn make_ready(&mut self, open: &mut OpenSpan) -> Result<(), Failure> {
        if open.builder.rows() == 0 {
            return Ok(());
        }
        let converted = convert(&open.builder.finish(), &self.source.schema);
        let batch = converted.map_err(|unfit| Failure::Query(open.unfit(unfit)))?;
        let mut start = 0;
        while start < batch.num_rows() {
            let rows = self.rows_per_batch.min(batch.num_rows() - start);
            self.ready.push_back(batch.slice(start, rows));
            start += rows;
        }
        Ok(())
    }

    fn empty_columns(&self, rows: usize) -> Result<RecordBatch> {
        let rows = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::clone(&self.source.schema);
        Ok(RecordBatch::try_new_with_options(schema, vec![], &rows)?)
    }

    /// Leaves out what is lost, if that is allowed.
    fn pass_over(&mut self, mut span: TopicSpan, error: ReadError) -> Result<()> {
        let counts = &self.source.counts;
        let place = match error {
            ReadError::OffsetOutOfRange { offset, start, .. } => {
                counts.offset_out_of_range.fetch_add(1, Relaxed);
                Some((offset, start))
            }
            _ => None,
        };
        match KafkaReadError::of(error) {
            KafkaReadError::Lost(error) if !self.source.fail_on_loss => {
                tracing::warn!(%error, "what is lost is passed over, as failOnDataLoss is false");
            }
            error => return Err(error.into()),
        }
        counts.data_loss.fetch_add(1, Relaxed);
        if let Some((offset, start)) = place
            && start > offset
            && start < span.offsets.end
        {
            span.offsets.start = start;
            self.spans.push_front(span);
        }
        Ok(())
    }
}

impl OpenSpan {
    async fn new(source: &Source, span: TopicSpan) -> Result<Self, ReadError> {
        let mut columns = source.columns.indices().to_vec();
        // Behind the others: errors name it.
        columns.push(offset_column());
        let reader = RangeReader::open_found(
            &source.cluster,
            &source.settings,
            &span.topic,
            span.partition,
            span.offsets.clone(),
        );
        Ok(Self {
            reader: reader.await?,
            builder: SourceBatchBuilder::of_columns(&span.topic, &columns),
            span,
        })
    }

    fn append(&mut self, records: &FetchedRecords, left: usize) -> Result<(), Failure> {
        let TopicSpan {
            topic,
            partition,
            offsets,
        } = &self.span;
        let wanted = left.saturating_sub(self.builder.rows());
        let added = self.builder.extend(*partition, records, wanted);
        let unreadable = |UnreadableRecord { offset, error }| ReadError::Batch {
            topic: topic.to_string(),
            partition: *partition,
            offset: offset.max(offsets.start),
            error,
        };
        Ok(added.map_err(unreadable)?)
    }

    fn unfit(&self, unfit: Unfit) -> DataFusionError {
        match unfit {
            Unfit::Cast(error) => error.into(),
            Unfit::NotText { column, offset } => KafkaReadError::NotText {
                topic: self.span.topic.to_string(),
                partition: self.span.partition,
                offset,
                column,
            }
            .into(),
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
