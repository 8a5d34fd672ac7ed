use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, AsArray, BinaryBuilder, Int32Array, ListArray, ListBuilder, NullArray,
        RecordBatch, StringArray, StringBuilder, StructBuilder, TimestampMicrosecondArray,
    },
    buffer::NullBuffer,
    compute::cast,
    datatypes::{DataType, Field, FieldRef, Fields},
};
use proptest::prelude::*;
use tokafka_client::batch::{Batches, Compression, Compressor, ProducerStamp};

use super::*;
use crate::{
    check,
    error::WriteError,
    layout::{RecordLayout, TopicRoute},
    options::WriteOptions,
    rows::{CHUNK, Context, chunks},
    topics::TopicNames,
    value::JsonRows,
};

mod forms;
mod json;
mod refusals;

const NOW: i64 = 1_700_000_000_000;
const LIMITS: Limits = Limits {
    max_request: 1_048_576,
    open_bytes: 8 * 1024 * 1024,
    keys: KeyUse::Partition,
};
const SHAPE: TopicShape = TopicShape {
    partitions: 4,
    target: 512 * 1024,
    start: 0,
};

/// A record as it would be read back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Read {
    topic: usize,
    partition: u32,
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

/// A writer whose batches are kept instead of sent.
struct Recorder {
    layout: RecordLayout,
    shape: TopicShape,
    encoder: Encoder,
    names: TopicNames,
    rows: u64,
    sent: Vec<ClosedBatch>,
}

impl Recorder {
    fn new(schema: &arrow::datatypes::Schema, options: &WriteOptions) -> Self {
        Self::with(schema, options, LIMITS, SHAPE)
    }

    fn with(
        schema: &arrow::datatypes::Schema,
        options: &WriteOptions,
        limits: Limits,
        shape: TopicShape,
    ) -> Self {
        let layout = RecordLayout::resolve(schema, options).unwrap();
        let mut encoder = Encoder::new(BufferPool::new(1 << 20), limits);
        let names = TopicNames::default();
        if let TopicRoute::Fixed(_) = layout.topic() {
            encoder.add_topic(shape);
        }
        Self {
            layout,
            shape,
            encoder,
            names,
            rows: 0,
            sent: Vec::new(),
        }
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        let first = self.rows + 1;
        let columns = self.layout.columns(batch)?;
        let format = self.layout.value_format(&columns)?;
        check::check(&columns, &format, first)?;
        let topics = self.names.route(columns.topic.as_ref(), batch.num_rows());
        let new = self.names.since(self.encoder.topic_count()).len();
        (0..new).for_each(|_| self.encoder.add_topic(self.shape));
        let context = Context {
            topics: &topics,
            first,
            now: NOW,
            format: &format,
        };
        let mut json = JsonRows::default();
        for rows in chunks(batch.num_rows(), &format) {
            let columns = columns.slice(rows.start, rows.len());
            let rows = Rows::bind(&columns, rows, context, &mut json);
            let mut cursor = self.encoder.start(&rows);
            while let Some(batch) = self.encoder.encode(&rows, &mut cursor)? {
                self.sent.push(batch);
            }
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// All records, in the order in which their batches were closed.
    fn records(mut self) -> Vec<Read> {
        while let Some(batch) = self.encoder.next_open() {
            self.sent.push(batch);
        }
        self.sent.into_iter().flat_map(read).collect()
    }
}

fn read(closed: ClosedBatch) -> Vec<Read> {
    let batch = closed
        .batch
        .finish(&mut Compressor::new(Compression::NONE))
        .unwrap();
    let bytes = [&batch.seal(ProducerStamp::NONE), batch.body().as_ref()].concat();
    let stored = Batches::new(bytes.into()).next().unwrap().unwrap();
    stored.verify().unwrap();
    let records = stored.records(1 << 30).unwrap();
    let records = records.iter().map(|record| {
        let record = record.unwrap();
        let headers = record
            .headers
            .map(|(name, value)| (name.into(), value.map(<[u8]>::to_vec)));
        Read {
            topic: closed.topic,
            partition: closed.partition,
            timestamp: record.timestamp,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: headers.collect(),
        }
    });
    records.collect()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn text<T: Into<Option<&'static str>>>(values: impl IntoIterator<Item = T>) -> ArrayRef {
    Arc::new(values.into_iter().map(Into::into).collect::<StringArray>())
}

fn written(batch: &RecordBatch, options: &WriteOptions) -> Result<Vec<Read>, WriteError> {
    let mut recorder = Recorder::new(&batch.schema(), options);
    recorder.write(batch)?;
    Ok(recorder.records())
}

fn to_topic() -> WriteOptions {
    WriteOptions::new().topic("t")
}

#[test]
fn keys_do_not_decide_if_they_are_to_be_ignored() {
    let batch = batch(vec![
        ("key", text(["a", "b", "c", "d"])),
        ("value", text(["1", "2", "3", "4"])),
    ]);
    let limits = Limits {
        keys: KeyUse::Ignored,
        ..LIMITS
    };
    let mut recorder = Recorder::with(&batch.schema(), &to_topic(), limits, SHAPE);
    recorder.write(&batch).unwrap();
    assert!(
        recorder
            .records()
            .iter()
            .all(|record| record.partition == 0)
    );
}

#[test]
fn a_batch_is_closed_before_it_grows_past_its_target() {
    let values: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(100); 3_000]));
    let batch = batch(vec![("value", values)]);
    let shape = TopicShape {
        partitions: 2,
        target: 20_000,
        start: 1,
    };
    let mut recorder = Recorder::with(&batch.schema(), &to_topic(), LIMITS, shape);
    recorder.write(&batch).unwrap();
    assert!(recorder.sent.len() > 10);
    for closed in &recorder.sent {
        let len = closed.batch.encoded_len();
        assert!((19_000..=20_000).contains(&len), "{len}");
    }
    assert_eq!(recorder.records().len(), 3_000);
}

#[test]
fn a_target_of_nothing_gives_each_record_a_batch_of_its_own() {
    let batch = batch(vec![("value", text(["a", "b", "c"]))]);
    let shape = TopicShape {
        partitions: 1,
        target: 0,
        start: 0,
    };
    let mut recorder = Recorder::with(&batch.schema(), &to_topic(), LIMITS, shape);
    recorder.write(&batch).unwrap();
    assert_eq!(recorder.sent.len(), 2);
    assert_eq!(recorder.records().len(), 3);
}

#[test]
fn open_batches_of_many_topics_stay_within_their_limit_and_the_largest_go_first() {
    let topics: ArrayRef = Arc::new(
        (0..5_000)
            .map(|i| Some(format!("t{}", i % 500)))
            .collect::<StringArray>(),
    );
    let values: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(100); 5_000]));
    let batch = batch(vec![("topic", topics), ("value", values)]);
    let limits = Limits {
        open_bytes: 100_000,
        ..LIMITS
    };
    let mut recorder = Recorder::with(&batch.schema(), &WriteOptions::new(), limits, SHAPE);
    recorder.write(&batch).unwrap();
    let sent: usize = recorder
        .sent
        .iter()
        .map(|closed| closed.batch.encoded_len() - 61)
        .sum();
    assert!(5_000 * 100 - sent < 100_000 + 200);
    assert_eq!(recorder.records().len(), 5_000);
}

#[test]
fn a_record_larger_than_a_request_is_refused_with_its_row_in_kafkas_words() {
    let small = batch(vec![("value", text(["a", "b"]))]);
    let large: ArrayRef = Arc::new(StringArray::from(vec!["a".into(), "x".repeat(2_000_000)]));
    let large = batch(vec![("value", large)]);
    let mut recorder = Recorder::new(&small.schema(), &to_topic());
    recorder.write(&small).unwrap();
    let error = recorder.write(&large).unwrap_err().to_string();
    let expected = "row 4: The message is 2000088 bytes when serialized which is larger than \
                    1048576, which is the value of the max.request.size configuration.";
    assert!(error.starts_with(expected), "{error}");
    assert_eq!(recorder.records().len(), 3);
}

// What is refused before anything is encoded.
