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
    rows::{CHUNK, Context},
    topics::{TopicNames, TopicRuns},
    value::Cells,
};

const NOW: i64 = 1_700_000_000_000;
const LIMITS: Limits = Limits {
    max_request: 1_048_576,
    open_bytes: 8 * 1024 * 1024,
    keys: KeyUse::Partition,
    codec: Codec::None,
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
        check::check(&columns, first)?;
        let topics = match &columns.topic {
            Some(topics) => self.names.runs(&Cells::of(topics)),
            None => TopicRuns::one(0, batch.num_rows()),
        };
        let new = self.names.since(self.encoder.topic_count()).len();
        (0..new).for_each(|_| self.encoder.add_topic(self.shape));
        let format = self.layout.value_format();
        let context = Context {
            topics: &topics,
            first,
            now: NOW,
            format,
        };
        for start in (0..batch.num_rows()).step_by(CHUNK) {
            let rows = start..batch.num_rows().min(start + CHUNK);
            let columns = columns.slice(start, rows.len());
            let rows = Rows::bind(&columns, rows, context);
            let mut cursor = self.encoder.start();
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

// Every physical form gives the records of its plain form.

/// A row with keys of one length, so that every form can hold them.
#[derive(Debug, Clone)]
struct Row {
    topic: String,
    key: Option<String>,
    value: Option<String>,
    partition: Option<i32>,
    headers: Option<Vec<(String, Option<Vec<u8>>)>>,
}

fn row(headers: impl Into<proptest::sample::SizeRange>) -> impl Strategy<Value = Row> {
    let header = (
        "[a-c]{1,2}",
        prop::option::of(prop::collection::vec(any::<u8>(), 0..3)),
    );
    let headers = prop::option::of(prop::collection::vec(header, headers));
    let topic = "[xy]";
    (
        topic,
        prop::option::of("[a-z]{4}"),
        prop::option::of(".{0,20}"),
        prop::option::of(0..4),
        headers,
    )
        .prop_map(|(topic, key, value, partition, headers)| Row {
            topic,
            key,
            value,
            partition,
            headers,
        })
}

fn plain(rows: &[Row]) -> RecordBatch {
    let text = |of: fn(&Row) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let partitions: Int32Array = rows.iter().map(|row| row.partition).collect();
    batch(vec![
        ("topic", text(|row| Some(&row.topic))),
        ("key", text(|row| row.key.as_deref())),
        ("value", text(|row| row.value.as_deref())),
        ("partition", Arc::new(partitions)),
        (
            "headers",
            headers(rows.iter().map(|row| row.headers.as_deref())),
        ),
    ])
}

type HeaderList<'a> = Option<&'a [(String, Option<Vec<u8>>)]>;

fn headers<'a>(rows: impl Iterator<Item = HeaderList<'a>>) -> ArrayRef {
    let fields = vec![
        Field::new("a", DataType::Utf8, true),
        Field::new("b", DataType::Binary, true),
    ];
    let mut lists = ListBuilder::new(StructBuilder::from_fields(fields, 0));
    for row in rows {
        for (name, value) in row.unwrap_or_default() {
            let pair = lists.values();
            pair.field_builder::<StringBuilder>(0)
                .unwrap()
                .append_value(name);
            pair.field_builder::<BinaryBuilder>(1)
                .unwrap()
                .append_option(value.as_deref());
            pair.append(true);
        }
        lists.append(row.is_some());
    }
    Arc::new(lists.finish())
}

/// What the rows must be read back as, without looking at any Arrow array.
fn expected(rows: &[Row]) -> Vec<Read> {
    let mut topics: Vec<&str> = Vec::new();
    let mut expected: Vec<_> = rows
        .iter()
        .map(|row| {
            let known = topics.iter().position(|topic| *topic == row.topic);
            let topic = known.unwrap_or_else(|| {
                topics.push(&row.topic);
                topics.len() - 1
            });
            let keyed = || {
                row.key
                    .as_ref()
                    .map(|key| partition::of_key(key.as_bytes(), 4))
            };
            Read {
                topic,
                partition: row
                    .partition
                    .map(|at| at as u32)
                    .or_else(keyed)
                    .unwrap_or(0),
                timestamp: NOW,
                key: row.key.clone().map(String::into_bytes),
                value: row.value.clone().map(String::into_bytes),
                headers: row.headers.clone().unwrap_or_default(),
            }
        })
        .collect();
    expected.sort_by_key(|read| (read.topic, read.partition));
    expected
}

/// By topic and partition; within one, in the order written.
fn by_lane(mut records: Vec<Read>) -> Vec<Read> {
    records.sort_by_key(|read| (read.topic, read.partition));
    records
}

fn dictionary(keys: DataType, values: DataType) -> DataType {
    DataType::Dictionary(Box::new(keys), Box::new(values))
}

fn text_forms() -> Vec<DataType> {
    use DataType as T;
    let plain = [T::Utf8, T::LargeUtf8, T::Utf8View];
    let keys = [
        T::Int8,
        T::Int16,
        T::Int32,
        T::Int64,
        T::UInt8,
        T::UInt16,
        T::UInt32,
        T::UInt64,
    ];
    let mut forms = plain.to_vec();
    forms.extend(keys.map(|key| dictionary(key, T::Utf8)));
    forms.push(dictionary(T::Int32, T::LargeUtf8));
    forms.push(dictionary(T::Int32, T::Utf8View));
    forms
}

fn byte_forms() -> Vec<DataType> {
    use DataType as T;
    let plain = [T::Binary, T::LargeBinary, T::BinaryView];
    plain
        .iter()
        .cloned()
        .chain([dictionary(T::Int16, T::Binary)])
        .collect()
}

fn list_forms(item: &FieldRef) -> Vec<DataType> {
    use DataType as T;
    vec![
        T::List(item.clone()),
        T::LargeList(item.clone()),
        T::ListView(item.clone()),
        T::LargeListView(item.clone()),
    ]
}

fn header_item(name: DataType, value: DataType) -> FieldRef {
    let fields = vec![Field::new("n", name, true), Field::new("v", value, true)];
    Arc::new(Field::new(
        "element",
        DataType::Struct(Fields::from(fields)),
        true,
    ))
}

fn with_form(batch: &RecordBatch, column: &str, form: &DataType) -> RecordBatch {
    let schema = batch.schema();
    let columns = schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, array)| {
            let array = if field.name() == column {
                reform(array, form)
            } else {
                array.clone()
            };
            (field.name().clone(), array, true)
        });
    RecordBatch::try_from_iter_with_nullable(columns.collect::<Vec<_>>()).unwrap()
}

/// The same values in another physical form.
fn reform(array: &ArrayRef, form: &DataType) -> ArrayRef {
    match form {
        DataType::FixedSizeBinary(_) => {
            cast(&cast(array, &DataType::Binary).unwrap(), form).unwrap()
        }
        DataType::Dictionary(keys, values) => {
            let values = reform(array, values);
            cast(
                &values,
                &dictionary(keys.as_ref().clone(), values.data_type().clone()),
            )
            .unwrap()
        }
        _ => cast(array, form).unwrap(),
    }
}

fn assert_form(rows: &[Row], column: &str, form: &DataType) {
    let whole = with_form(&plain(rows), column, form);
    let sliced = whole.slice(1, rows.len() - 2);
    let records = written(&sliced, &WriteOptions::new()).unwrap();
    assert_eq!(
        by_lane(records),
        expected(&rows[1..rows.len() - 1]),
        "{column} as {form}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_form_of_text_and_bytes_gives_the_records_of_its_plain_form(
        rows in prop::collection::vec(row(0..3), 2..40),
    ) {
        for form in text_forms() {
            assert_form(&rows, "topic", &form);
        }
        for form in text_forms().into_iter().chain(byte_forms()) {
            assert_form(&rows, "value", &form);
            assert_form(&rows, "key", &form);
        }
        assert_form(&rows, "key", &DataType::FixedSizeBinary(4));
    }

    #[test]
    fn every_kind_of_list_gives_the_headers_of_its_plain_form(
        rows in prop::collection::vec(row(0..4), 2..40),
    ) {
        use DataType as T;
        let names = [T::Utf8, T::Utf8View, dictionary(T::Int8, T::Utf8)];
        let values = [T::Binary, T::BinaryView, dictionary(T::Int64, T::LargeBinary)];
        for (name, value) in names.into_iter().zip(values) {
            for form in list_forms(&header_item(name, value)) {
                assert_form(&rows, "headers", &form);
            }
        }
    }

    #[test]
    fn lists_of_one_fixed_length_give_the_headers_of_their_plain_form(
        mut rows in prop::collection::vec(row(2), 2..40),
    ) {
        rows.retain(|row| row.headers.is_some());
        if rows.len() >= 2 {
            let item = header_item(DataType::Utf8, DataType::Binary);
            assert_form(&rows, "headers", &DataType::FixedSizeList(item, 2));
        }
    }
}

#[test]
fn columns_of_the_null_type_are_columns_of_nulls() {
    let nulls = || -> ArrayRef { Arc::new(NullArray::new(2)) };
    let columns = ["key", "value", "partition", "headers", "timestamp"];
    let batch = batch(columns.iter().map(|name| (*name, nulls())).collect());
    let records = written(&batch, &to_topic().include_timestamp(true)).unwrap();
    let record = Read {
        topic: 0,
        partition: 0,
        timestamp: NOW,
        key: None,
        value: None,
        headers: Vec::new(),
    };
    assert_eq!(records, [record.clone(), record]);
}

#[test]
fn an_empty_batch_and_a_dictionary_without_values_write_nothing_wrong() {
    let empty = batch(vec![("value", text::<&str>([]))]);
    assert_eq!(written(&empty, &to_topic()).unwrap(), []);
    let none: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>, None]));
    let form = dictionary(DataType::Int8, DataType::Utf8);
    let nulls = batch(vec![("value", cast(&none, &form).unwrap())]);
    let values: Vec<_> = written(&nulls, &to_topic()).unwrap();
    assert!(values.len() == 2 && values.iter().all(|record| record.value.is_none()));
}

// What becomes of rows.

#[test]
fn timestamps_are_rounded_down_to_milliseconds_and_null_means_now() {
    let times = TimestampMicrosecondArray::from(vec![Some(1_999), None, Some(5_000)]);
    let batch = batch(vec![
        ("value", text(["a", "b", "c"])),
        ("timestamp", Arc::new(times)),
    ]);
    let records = written(&batch, &to_topic().include_timestamp(true)).unwrap();
    let times: Vec<_> = records.iter().map(|record| record.timestamp).collect();
    assert_eq!(times, [1, NOW, 5]);
    let records = written(&batch, &to_topic()).unwrap();
    assert!(records.iter().all(|record| record.timestamp == NOW));
}

#[test]
fn rows_beyond_one_chunk_keep_their_own_headers() {
    let rows = 3 * CHUNK;
    let header = |row| vec![(format!("h{row}"), None)];
    let first = |row: usize| {
        if row.is_multiple_of(CHUNK) {
            header(row)
        } else {
            Vec::new()
        }
    };
    let lists: Vec<_> = (0..rows).map(first).collect();
    let values: ArrayRef = Arc::new(StringArray::from(vec!["v"; rows]));
    let headers = headers(lists.iter().map(|list| Some(list.as_slice())));
    let batch = batch(vec![("value", values), ("headers", headers)]);
    let shape = TopicShape {
        partitions: 1,
        ..SHAPE
    };
    let mut recorder = Recorder::with(&batch.schema(), &to_topic(), LIMITS, shape);
    recorder.write(&batch).unwrap();
    let written: Vec<_> = recorder
        .records()
        .into_iter()
        .map(|record| record.headers)
        .collect();
    assert_eq!(written, lists);
}

#[test]
fn what_a_list_holds_beneath_a_null_is_no_header() {
    let lists = [
        vec![("hidden".to_string(), None)],
        vec![("h".to_string(), None)],
    ];
    let shown = headers(lists.iter().map(|list| Some(list.as_slice())));
    let (field, offsets, pairs, _) = shown.as_list::<i32>().clone().into_parts();
    let nulls = Some(NullBuffer::from(vec![false, true]));
    let headers: ArrayRef = Arc::new(ListArray::new(field, offsets, pairs, nulls));
    let batch = batch(vec![("value", text(["a", "b"])), ("headers", headers)]);
    let records = written(&batch, &to_topic()).unwrap();
    let written: Vec<_> = records.into_iter().map(|record| record.headers).collect();
    assert_eq!(written, [Vec::new(), vec![("h".to_string(), None)]]);
}

#[test]
fn equal_headers_are_repeated_and_different_ones_of_the_same_number_are_not() {
    let one = vec![("a".to_string(), Some(b"1".to_vec()))];
    let other = vec![("a".to_string(), Some(b"2".to_vec()))];
    let lists = [one.clone(), one, other, Vec::new()];
    let headers = headers(lists.iter().map(|list| Some(list.as_slice())));
    let batch = batch(vec![
        ("value", text(["a", "b", "c", "d"])),
        ("headers", headers),
    ]);
    let records = written(&batch, &to_topic()).unwrap();
    let written: Vec<_> = records.into_iter().map(|record| record.headers).collect();
    assert_eq!(written, lists);
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

fn refused(columns: Vec<(&str, ArrayRef)>, options: &WriteOptions) -> String {
    let batch = batch(columns);
    let mut recorder = Recorder::new(&batch.schema(), options);
    let error = recorder.write(&batch).unwrap_err();
    assert_eq!(recorder.records(), []);
    error.to_string()
}

#[test]
fn a_null_topic_is_refused_in_sparks_words() {
    let columns = vec![
        ("topic", text([Some("t"), None])),
        ("value", text(["a", "b"])),
    ];
    let error = refused(columns, &WriteOptions::new());
    let expected = "row 2, column topic: The Kafka message data sent to the producer contains a \
                    null topic. Use the `topic` option for setting a default topic.";
    assert_eq!(error, expected);
}

#[test]
fn a_negative_partition_is_refused_in_kafkas_words() {
    let partitions: ArrayRef = Arc::new(Int32Array::from(vec![None, Some(-1)]));
    let error = refused(
        vec![("value", text(["a", "b"])), ("partition", partitions)],
        &to_topic(),
    );
    let expected = "row 2, column partition: Invalid partition: -1. Partition number should always \
                    be non-negative or null.";
    assert_eq!(error, expected);
}

#[test]
fn a_header_without_a_name_is_refused_and_so_is_a_null_header() {
    let names: [fn(&mut StructBuilder); 2] = [
        |pair| {
            pair.field_builder::<StringBuilder>(0)
                .unwrap()
                .append_null();
            pair.append(true);
        },
        |pair| {
            pair.field_builder::<StringBuilder>(0)
                .unwrap()
                .append_value("hidden");
            pair.append(false);
        },
    ];
    for append in names {
        let fields = vec![
            Field::new("a", DataType::Utf8, true),
            Field::new("b", DataType::Binary, true),
        ];
        let mut lists = ListBuilder::new(StructBuilder::from_fields(fields, 0));
        lists.append(false);
        lists
            .values()
            .field_builder::<StringBuilder>(0)
            .unwrap()
            .append_value("fine");
        lists
            .values()
            .field_builder::<BinaryBuilder>(1)
            .unwrap()
            .append_null();
        lists.values().append(true);
        lists
            .values()
            .field_builder::<BinaryBuilder>(1)
            .unwrap()
            .append_null();
        append(lists.values());
        lists.append(true);
        let headers: ArrayRef = Arc::new(lists.finish());
        let error = refused(
            vec![("value", text(["a", "b"])), ("headers", headers)],
            &to_topic(),
        );
        let expected = "row 2, column headers: header 2 has no name; name it or leave it out";
        assert_eq!(error, expected);
    }
}

#[test]
fn a_timestamp_before_1970_is_refused_in_kafkas_words() {
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![0, -1]));
    let columns = vec![("value", text(["a", "b"])), ("timestamp", times)];
    let error = refused(columns, &to_topic().include_timestamp(true));
    let expected = "row 2, column timestamp: Invalid timestamp: -1. Timestamp should always be \
                    non-negative or null, and fit in milliseconds since 1970.";
    assert_eq!(error, expected);
}

#[test]
fn a_partition_that_a_topic_does_not_have_is_refused_with_the_count_there_is() {
    let partitions: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(2)]));
    let batch = batch(vec![
        ("topic", text(["a", "b", "b"])),
        ("value", text(["1", "2", "3"])),
        ("partition", partitions),
    ]);
    let layout = RecordLayout::resolve(&batch.schema(), &WriteOptions::new()).unwrap();
    let columns = layout.columns(&batch).unwrap();
    let runs = TopicNames::default().runs(&Cells::of(columns.topic.as_ref().unwrap()));
    let count = |topic: usize| {
        Some(check::PartitionCount {
            name: ["a", "b"][topic].into(),
            count: 2,
        })
    };
    let error = check::check_partition_counts(&columns, &runs, 101, count).unwrap_err();
    let expected = "row 103, column partition: Partition 2 of topic b with partition count 2 is not \
                    present: use 0 to 1, or null to let the key decide";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn constant_headers_are_those_of_every_row_and_one_different_row_keeps_its_own() {
    let pair = |value: &str| (value.to_string(), Some(value.as_bytes().to_vec()));
    let same = vec![pair("a"), pair("b")];
    let last = vec![pair("a"), pair("c")];
    for end in [&same, &last] {
        let lists = [&same, &same, &same, end].map(Clone::clone);
        let headers = headers(lists.iter().map(|list| Some(list.as_slice())));
        let values = text(["a", "b", "c", "d"]);
        let batch = batch(vec![("value", values), ("headers", headers)]).slice(1, 3);
        let records = written(&batch, &to_topic()).unwrap();
        let written: Vec<_> = records.into_iter().map(|record| record.headers).collect();
        assert_eq!(written, lists[1..]);
    }
}
