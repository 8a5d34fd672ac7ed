//! Records of a topic as record batches with Spark's source columns.

mod bytes;
mod headers;

use std::sync::{Arc, LazyLock};

use arrow::{
    array::{
        Array, ArrayRef, Int32Array, Int64Array, NullArray, RecordBatch, StringViewArray,
        StructArray, TimestampMillisecondArray,
    },
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
};
use tokafka_client::{
    batch::{RecordRef, TimestampType},
    ranges::FetchedRecords,
};

use self::{
    bytes::{Body, BytesColumn},
    headers::{HeadersColumn, header_item},
};
use super::UnreadableRecord;

static SOURCE_SCHEMA: LazyLock<SchemaRef> =
    LazyLock::new(|| schema(DataType::Binary, DataType::Utf8));
static VIEW_SCHEMA: LazyLock<SchemaRef> =
    LazyLock::new(|| schema(DataType::BinaryView, DataType::Utf8View));

fn schema(bytes: DataType, text: DataType) -> SchemaRef {
    let column = |name: &str, data_type| Field::new(name, data_type, true);
    Arc::new(Schema::new(vec![
        column("key", bytes.clone()),
        column("value", bytes),
        column("topic", text),
        column("partition", DataType::Int32),
        column("offset", DataType::Int64),
        column(
            "timestamp",
            DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        ),
        column("timestampType", DataType::Int32),
        column("headers", DataType::List(Arc::new(header_item()))),
    ]))
}

/// Records of a topic with Spark's source schema: key, value, topic, partition, offset, timestamp,
/// timestampType, headers. All columns are nullable, as in Spark.
///
/// `timestamp` is in milliseconds, UTC: Kafka's unit, which holds every timestamp that a record can
/// have (Spark's microseconds do not). `timestampType` is 0 for the time that the
/// writer set, 1 for the time at which the broker appended. `headers` is null, not empty, for a record
/// without headers: Kafka does not tell the two apart.
pub fn source_schema() -> SchemaRef {
    Arc::clone(&SOURCE_SCHEMA)
}

/// [`source_schema`] with keys, values and topics as views, as a [`SourceBatchBuilder`] makes them.
pub fn source_view_schema() -> SchemaRef {
    Arc::clone(&VIEW_SCHEMA)
}

/// Collects fetched records into batches of [`source_view_schema`], or of some of its columns.
///
/// Keys and values of long batches of a log stay where they are: columns share the memory of the answer that
/// brought them, and keep it as long as they live. Headers are bounded by 2 GiB per batch: finish a batch long
/// before [`Self::bytes`] comes to that.
#[derive(Debug)]
pub struct SourceBatchBuilder {
    topic: Arc<str>,
    rows: usize,
    bytes: usize,
    schema: SchemaRef,
    /// The columns of the schema, by their place in the source schema.
    places: Vec<usize>,
    parts: Parts,
    /// As many rows of the topic's name as were needed so far.
    topics: StringViewArray,
}

/// What is collected, each part once, whichever columns it is.
#[derive(Debug, Default)]
struct Parts {
    keys: Option<BytesColumn>,
    values: Option<BytesColumn>,
    partitions: Option<Vec<i32>>,
    offsets: Option<Vec<i64>>,
    timestamps: Option<Vec<i64>>,
    timestamp_types: Option<Vec<i32>>,
    headers: Option<HeadersColumn>,
}

impl SourceBatchBuilder {
    /// A builder for records of one topic.
    pub fn new(topic: &str) -> Self {
        let all: Vec<_> = (0..VIEW_SCHEMA.fields().len()).collect();
        Self::of_columns(topic, &all)
    }

    /// A builder of these columns of [`source_view_schema`] only, in this order. There is none beyond its last.
    pub fn of_columns(topic: &str, columns: &[usize]) -> Self {
        let fields = VIEW_SCHEMA.fields();
        let places = columns.iter().copied();
        let places: Vec<_> = places.filter(|place| *place < fields.len()).collect();
        let field = |place: &usize| fields.get(*place).cloned();
        Self {
            topic: topic.into(),
            rows: 0,
            bytes: 0,
            schema: Arc::new(Schema::new(
                places.iter().filter_map(field).collect::<Vec<_>>(),
            )),
            parts: Parts::of(&places),
            places,
            topics: StringViewArray::new_null(0),
        }
    }

    /// Records since the last [`Self::finish`].
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of keys, values and headers since the last [`Self::finish`].
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a copy of a record.
    pub fn append(&mut self, partition: i32, record: &RecordRef<'_>) {
        self.push(record, None);
        self.parts.fill(self.rows, partition);
    }

    /// Adds the first `at_most` of these records.
    ///
    /// # Errors
    /// A record that cannot be read; those before it were added.
    pub fn extend(
        &mut self,
        partition: i32,
        records: &FetchedRecords,
        at_most: usize,
    ) -> Result<(), UnreadableRecord> {
        let body = Body::worth_sharing(records.body());
        let mut offset = *records.batch_offsets().start();
        let mut unreadable = None;
        for record in records.iter().take(at_most) {
            match record {
                Ok(record) => {
                    offset = record.offset.saturating_add(1);
                    self.push(&record, body.as_ref());
                }
                Err(error) => unreadable = Some(UnreadableRecord { offset, error }),
            }
        }
        self.parts.end_of_body();
        self.parts.fill(self.rows, partition);
        unreadable.map_or(Ok(()), Err)
    }

    #[inline]
    fn push(&mut self, record: &RecordRef<'_>, body: Option<&Body>) {
        self.rows += 1;
        self.bytes += self.parts.push(record, body);
    }

    /// The records since the last call, at most once each.
    pub fn finish(&mut self) -> RecordBatch {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        if self.places.is_empty() {
            return StructArray::new_empty_fields(rows, None).into();
        }
        let mut built: [Option<ArrayRef>; 8] = Default::default();
        let columns = self.places.clone().into_iter().map(|place| {
            let built = built.get_mut(place)?;
            Some(Arc::clone(
                built.get_or_insert_with(|| self.column(place, rows)),
            ))
        });
        let columns = columns.flatten().collect();
        StructArray::new(self.schema.fields().clone(), columns, None).into()
    }

    /// In the order of the source schema.
    fn column(&mut self, place: usize, rows: usize) -> ArrayRef {
        let parts = &mut self.parts;
        match place {
            0 => finished(parts.keys.as_mut().map(BytesColumn::finish)),
            1 => finished(parts.values.as_mut().map(BytesColumn::finish)),
            2 => self.topics(rows),
            3 => finished(taken(&mut parts.partitions).map(Int32Array::from)),
            4 => finished(taken(&mut parts.offsets).map(Int64Array::from)),
            5 => finished(
                taken(&mut parts.timestamps)
                    .map(|times| TimestampMillisecondArray::from(times).with_timezone("UTC")),
            ),
            6 => finished(taken(&mut parts.timestamp_types).map(Int32Array::from)),
            _ => finished(parts.headers.as_mut().map(HeadersColumn::finish)),
        }
    }

    fn topics(&mut self, rows: usize) -> ArrayRef {
        if self.topics.len() < rows {
            self.topics = repeated(&self.topic, rows);
        }
        Arc::new(self.topics.slice(0, rows))
    }
}

impl Parts {
    fn of(places: &[usize]) -> Self {
        let wanted = |place: usize| places.contains(&place);
        Self {
            keys: wanted(0).then(BytesColumn::default),
            values: wanted(1).then(BytesColumn::default),
            partitions: wanted(3).then(Vec::new),
            offsets: wanted(4).then(Vec::new),
            timestamps: wanted(5).then(Vec::new),
            timestamp_types: wanted(6).then(Vec::new),
            headers: wanted(7).then(HeadersColumn::default),
        }
    }

    /// Adds what a record has; gives the bytes of it that have no fixed length.
    #[inline]
    fn push(&mut self, record: &RecordRef<'_>, body: Option<&Body>) -> usize {
        let mut bytes = 0;
        if let Some(keys) = &mut self.keys {
            bytes += keys.push(record.key, body);
        }
        if let Some(values) = &mut self.values {
            bytes += values.push(record.value, body);
        }
        if let Some(offsets) = &mut self.offsets {
            offsets.push(record.offset);
        }
        if let Some(timestamps) = &mut self.timestamps {
            timestamps.push(record.timestamp);
        }
        if let Some(types) = &mut self.timestamp_types {
            types.push(match record.timestamp_type {
                TimestampType::CreateTime => 0,
                TimestampType::LogAppendTime => 1,
            });
        }
        if let Some(headers) = &mut self.headers {
            bytes += headers.push(record.headers);
        }
        bytes
    }

    /// Names the partition of the rows that are new.
    fn fill(&mut self, rows: usize, partition: i32) {
        if let Some(partitions) = &mut self.partitions {
            partitions.resize(rows, partition);
        }
    }

    fn end_of_body(&mut self) {
        for column in [&mut self.keys, &mut self.values].into_iter().flatten() {
            column.end_of_body();
        }
    }
}

/// A column, which is there if it was asked for.
fn finished(column: Option<impl Array + 'static>) -> ArrayRef {
    match column {
        Some(column) => Arc::new(column),
        None => Arc::new(NullArray::new(0)),
    }
}

fn taken<T>(values: &mut Option<Vec<T>>) -> Option<Vec<T>> {
    values.as_mut().map(std::mem::take)
}

fn repeated(text: &str, rows: usize) -> StringViewArray {
    StringViewArray::from_iter_values(std::iter::repeat_n(text, rows))
}

#[cfg(test)]
mod tests;
