//! A write without a producer: its batches are handed to the caller.

use std::{collections::HashMap, fmt, sync::Arc};

use arrow::{array::RecordBatch, datatypes::Schema};
use tokafka_client::{
    batch::{BufferPool, Compressor, FinishedBatch},
    settings::ProducerSettings,
};

use crate::{
    check::{self, PartitionCount},
    encode::{Encoder, Limits, target},
    error::WriteError,
    lanes::{ClosedBatch, TopicShape},
    layout::{RecordColumns, RecordLayout, TopicRoute},
    options::WriteOptions,
    rows::{Context, Rows, chunks, now_millis},
    topics::{TopicIndex, TopicNames, TopicRuns},
    value::JsonRows,
};

/// Encodes rows into the batches that a [`PartitionWriter`](crate::PartitionWriter) would send, and
/// hands them to the caller: for other transports, and to look at or measure encoding alone.
///
/// Opens nothing and never waits. Rows keep their order within each topic-partition.
pub struct BatchEncoder {
    layout: RecordLayout,
    settings: ProducerSettings,
    /// Of topics that are not among `counts`.
    partitions: u32,
    counts: HashMap<Arc<str>, u32>,
    encoder: Encoder,
    names: TopicNames,
    compressor: Compressor,
    rows: u64,
}

/// A batch that takes no more rows, compressed as the options say.
#[derive(Debug)]
pub struct EncodedBatch {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition, from 0.
    pub partition: u32,
    /// The batch. Its header is made when it is [sealed](FinishedBatch::seal).
    pub batch: FinishedBatch,
}

impl BatchEncoder {
    /// Checks schema and options. Every topic is taken to have `partitions` partitions, at least one.
    ///
    /// # Errors
    /// Those of [`KafkaWriter::new`](crate::KafkaWriter::new).
    pub fn new(
        schema: &Schema,
        options: &WriteOptions,
        partitions: u32,
    ) -> Result<Self, WriteError> {
        let layout = RecordLayout::resolve(schema, options)?;
        Ok(Self::with(layout, options.producer_settings()?, partitions))
    }

    pub(crate) fn with(layout: RecordLayout, settings: ProducerSettings, partitions: u32) -> Self {
        let buffers = BufferPool::new(settings.buffer_memory / 2);
        let mut names = TopicNames::default();
        if let TopicRoute::Fixed(name) = layout.topic() {
            names.number(name.as_bytes(), 0);
        }
        Self {
            layout,
            partitions,
            counts: HashMap::new(),
            encoder: Encoder::new(buffers, Limits::of(&settings)),
            names,
            compressor: Compressor::new(settings.compression),
            rows: 0,
            settings,
        }
    }

    /// The topics of rows to come of which nothing was [said](Self::set_partitions) yet.
    ///
    /// # Errors
    /// A row that cannot be written, whatever partitions its topic has.
    pub fn new_topics(&self, batch: &RecordBatch) -> Result<Vec<Arc<str>>, WriteError> {
        let columns = self.layout.columns(batch)?;
        let format = self.layout.value_format(&columns)?;
        check::check(&columns, &format, self.rows + 1)?;
        let mut names = TopicNames::default();
        if columns.topic.is_some() {
            names.route(columns.topic.as_ref(), batch.num_rows());
        }
        let named = names.since(0).iter().map(|seen| Arc::clone(&seen.name));
        Ok(named
            .filter(|name| !self.counts.contains_key(name))
            .collect())
    }

    /// Says how many partitions a topic has, at least one. It must be said before rows of this topic
    /// are encoded.
    pub fn set_partitions(&mut self, topic: &str, partitions: u32) {
        self.counts.insert(topic.into(), partitions.max(1));
    }

    fn partitions(&self, topic: &str) -> u32 {
        self.counts.get(topic).copied().unwrap_or(self.partitions)
    }

    /// Encodes the rows of a record batch, and hands over the batches that become full.
    ///
    /// Rows without a timestamp get the time of this call.
    ///
    /// # Errors
    /// A row that cannot be written: then no row of this record batch is encoded, unless a record is
    /// too large, when the rows before it are. Or a batch cannot be compressed: its rows are lost.
    pub fn encode(
        &mut self,
        batch: &RecordBatch,
        mut take: impl FnMut(EncodedBatch),
    ) -> Result<(), WriteError> {
        let first = self.rows + 1;
        let columns = self.layout.columns(batch)?;
        let format = self.layout.value_format(&columns)?;
        check::check(&columns, &format, first)?;
        let topics = self.route(&columns, batch.num_rows(), first)?;
        let context = Context {
            topics: &topics,
            first,
            now: now_millis(),
            format: &format,
        };
        let mut json = JsonRows::default();
        for rows in chunks(batch.num_rows(), &format) {
            let columns = columns.slice(rows.start, rows.len());
            let rows = Rows::bind(&columns, rows, context, &mut json);
            let mut cursor = self.encoder.start(&rows);
            while let Some(closed) = self.encoder.encode(&rows, &mut cursor)? {
                take(self.finished(closed)?);
            }
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Hands over the batches that are not full.
    ///
    /// # Errors
    /// A batch cannot be compressed: its rows are lost.
    pub fn finish(&mut self, mut take: impl FnMut(EncodedBatch)) -> Result<(), WriteError> {
        while let Some(closed) = self.encoder.next_open() {
            take(self.finished(closed)?);
        }
        Ok(())
    }

    /// The topic of each row, whose partitions exist.
    fn route(
        &mut self,
        columns: &RecordColumns,
        rows: usize,
        first: u64,
    ) -> Result<TopicRuns, WriteError> {
        let runs = self.names.route(columns.topic.as_ref(), rows);
        for topic in self.encoder.topic_count()..self.names.since(0).len() {
            let partitions = self.partitions(&self.name(topic));
            self.encoder.add_topic(TopicShape {
                partitions,
                target: target(&self.settings),
                start: topic as u32,
            });
        }
        let count = |topic| {
            let name = self.name(topic);
            let count = self.partitions(&name);
            Some(PartitionCount { name, count })
        };
        check::check_partition_counts(columns, &runs, first, count)?;
        Ok(runs)
    }

    fn finished(&mut self, closed: ClosedBatch) -> Result<EncodedBatch, WriteError> {
        Ok(EncodedBatch {
            topic: self.name(closed.topic),
            partition: closed.partition,
            batch: closed
                .batch
                .finish(&mut self.compressor)?
                .with_rows(closed.rows),
        })
    }

    #[expect(clippy::indexing_slicing, reason = "topics are numbered by the names")]
    fn name(&self, topic: TopicIndex) -> Arc<str> {
        Arc::clone(&self.names.since(0)[topic].name)
    }
}

impl fmt::Debug for BatchEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchEncoder")
            .field("layout", &self.layout)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use arrow::{
        array::{Int32Array, StringArray},
        datatypes::DataType,
        datatypes::Field,
    };

    use super::*;
    use crate::error::DataError;

    fn rows(partitions: [i32; 3]) -> RecordBatch {
        let topics = StringArray::from(vec!["a", "b", "a"]);
        let values = StringArray::from(vec!["one", "two", "three"]);
        let fields = [
            Field::new("topic", DataType::Utf8, false),
            Field::new("value", DataType::Utf8, false),
            Field::new("partition", DataType::Int32, false),
        ];
        let partitions = Int32Array::from(partitions.to_vec());
        let columns: Vec<arrow::array::ArrayRef> =
            vec![Arc::new(topics), Arc::new(values), Arc::new(partitions)];
        RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns).unwrap()
    }

    fn encoder(batch: &RecordBatch) -> BatchEncoder {
        let options = WriteOptions::new().producer("bootstrap.servers", "localhost:9092");
        BatchEncoder::new(&batch.schema(), &options, 2).unwrap()
    }

    #[test]
    fn batches_come_with_the_topic_and_partition_of_their_rows() {
        let batch = rows([1, 0, 1]);
        let (mut encoder, mut taken) = (encoder(&batch), Vec::new());
        encoder.encode(&batch, |batch| taken.push(batch)).unwrap();
        assert!(taken.is_empty(), "no batch is full");
        encoder.finish(|batch| taken.push(batch)).unwrap();
        let mut places: Vec<_> = taken
            .iter()
            .map(|each| (&*each.topic, each.partition, each.batch.record_count()))
            .collect();
        places.sort_unstable();
        assert_eq!(places, [("a", 1, 2), ("b", 0, 1)]);
    }

    #[test]
    fn topics_may_have_partitions_of_their_own() {
        let batch = rows([1, 4, 1]);
        let (mut encoder, mut taken) = (encoder(&batch), Vec::new());
        let topics = encoder.new_topics(&batch).unwrap();
        assert_eq!(topics, ["a".into(), "b".into()]);
        encoder.set_partitions("b", 5);
        encoder.encode(&batch, |batch| taken.push(batch)).unwrap();
        encoder.finish(|batch| taken.push(batch)).unwrap();
        taken.sort_by_key(|each| each.partition);
        let places: Vec<_> = taken
            .iter()
            .map(|each| (&*each.topic, each.partition))
            .collect();
        assert_eq!(places, [("a", 1), ("b", 4)]);
    }

    #[test]
    fn a_partition_that_no_topic_has_is_refused_by_row() {
        let batch = rows([1, 0, 2]);
        let error = encoder(&batch).encode(&batch, drop).unwrap_err();
        assert!(
            matches!(
                &error,
                WriteError::Data(DataError::NoSuchPartition {
                    row: 3,
                    partition: 2,
                    count: 2,
                    ..
                })
            ),
            "{error}"
        );
    }
}
