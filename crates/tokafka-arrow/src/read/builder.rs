//! Records of a topic as record batches with Spark's source schema.

use std::sync::{Arc, LazyLock};

use arrow::{
    array::{
        ArrayRef, BinaryBuilder, Int32Builder, Int64Builder, ListBuilder, RecordBatch,
        StringBuilder, StructArray, StructBuilder, TimestampMillisecondBuilder,
    },
    datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit},
};
use tokafka_client::batch::{HeaderIter, RecordRef, TimestampType};

static SOURCE_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let column = |name: &str, data_type| Field::new(name, data_type, true);
    Arc::new(Schema::new(vec![
        column("key", DataType::Binary),
        column("value", DataType::Binary),
        column("topic", DataType::Utf8),
        column("partition", DataType::Int32),
        column("offset", DataType::Int64),
        column(
            "timestamp",
            DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        ),
        column("timestampType", DataType::Int32),
        column("headers", DataType::List(Arc::new(header_item()))),
    ]))
});

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

/// Collects fetched records into batches of [`source_schema`], or of some of its columns.
///
/// Keys, values and headers are each bounded by 2 GiB per batch: finish a batch long before
/// [`Self::bytes`] comes to that.
#[derive(Debug)]
pub struct SourceBatchBuilder {
    topic: Arc<str>,
    rows: usize,
    bytes: usize,
    fields: Fields,
    columns: Vec<Column>,
}

/// One column of the source schema.
#[derive(Debug)]
enum Column {
    Key(BinaryBuilder),
    Value(BinaryBuilder),
    Topic(StringBuilder),
    Partition(Int32Builder),
    Offset(Int64Builder),
    Timestamp(TimestampMillisecondBuilder),
    TimestampType(Int32Builder),
    Headers(ListBuilder<StructBuilder>),
}

impl SourceBatchBuilder {
    /// A builder for records of one topic.
    pub fn new(topic: &str) -> Self {
        let all: Vec<_> = (0..SOURCE_SCHEMA.fields().len()).collect();
        Self::of_columns(topic, &all)
    }

    /// A builder of these columns of [`source_schema`] only, in this order. There is none beyond its last.
    pub fn of_columns(topic: &str, columns: &[usize]) -> Self {
        let field = |index: &usize| SOURCE_SCHEMA.fields().get(*index).cloned();
        Self {
            topic: topic.into(),
            rows: 0,
            bytes: 0,
            fields: columns.iter().filter_map(field).collect(),
            columns: columns.iter().filter_map(|index| column(*index)).collect(),
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

    /// Adds a record.
    pub fn append(&mut self, partition: i32, record: &RecordRef<'_>) {
        self.rows += 1;
        for column in &mut self.columns {
            self.bytes += append(column, &self.topic, partition, record);
        }
    }

    /// The records since the last call, at most once each.
    pub fn finish(&mut self) -> RecordBatch {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        if self.columns.is_empty() {
            return StructArray::new_empty_fields(rows, None).into();
        }
        let columns = self.columns.iter_mut().map(finished).collect();
        StructArray::new(self.fields.clone(), columns, None).into()
    }
}

/// In the order of the source schema.
fn column(index: usize) -> Option<Column> {
    Some(match index {
        0 => Column::Key(BinaryBuilder::new()),
        1 => Column::Value(BinaryBuilder::new()),
        2 => Column::Topic(StringBuilder::new()),
        3 => Column::Partition(Int32Builder::new()),
        4 => Column::Offset(Int64Builder::new()),
        5 => Column::Timestamp(TimestampMillisecondBuilder::new().with_timezone("UTC")),
        6 => Column::TimestampType(Int32Builder::new()),
        7 => {
            let pairs = StructBuilder::from_fields(header_fields(), 0);
            Column::Headers(ListBuilder::new(pairs).with_field(header_item()))
        }
        _ => return None,
    })
}

/// Adds what a record has for the column; gives the bytes of it that have no fixed length.
fn append(column: &mut Column, topic: &str, partition: i32, record: &RecordRef<'_>) -> usize {
    match column {
        Column::Key(keys) => return append_bytes(keys, record.key),
        Column::Value(values) => return append_bytes(values, record.value),
        Column::Headers(headers) => return append_headers(headers, record.headers),
        Column::Topic(topics) => topics.append_value(topic),
        Column::Partition(partitions) => partitions.append_value(partition),
        Column::Offset(offsets) => offsets.append_value(record.offset),
        Column::Timestamp(timestamps) => timestamps.append_value(record.timestamp),
        Column::TimestampType(types) => types.append_value(match record.timestamp_type {
            TimestampType::CreateTime => 0,
            TimestampType::LogAppendTime => 1,
        }),
    }
    0
}

fn append_bytes(column: &mut BinaryBuilder, bytes: Option<&[u8]>) -> usize {
    column.append_option(bytes);
    bytes.map_or(0, <[u8]>::len)
}

fn append_headers(column: &mut ListBuilder<StructBuilder>, headers: HeaderIter<'_>) -> usize {
    let (mut any, mut bytes) = (false, 0);
    for (name, value) in headers {
        any = true;
        bytes += name.len() + value.map_or(0, <[u8]>::len);
        append_header(column.values(), name, value);
    }
    column.append(any);
    bytes
}

fn append_header(pair: &mut StructBuilder, name: &str, value: Option<&[u8]>) {
    if let Some(names) = pair.field_builder::<StringBuilder>(0) {
        names.append_value(name);
    }
    if let Some(values) = pair.field_builder::<BinaryBuilder>(1) {
        values.append_option(value);
    }
    pair.append(true);
}

fn finished(column: &mut Column) -> ArrayRef {
    match column {
        Column::Key(bytes) | Column::Value(bytes) => Arc::new(bytes.finish()),
        Column::Topic(topics) => Arc::new(topics.finish()),
        Column::Partition(numbers) | Column::TimestampType(numbers) => Arc::new(numbers.finish()),
        Column::Offset(offsets) => Arc::new(offsets.finish()),
        Column::Timestamp(timestamps) => Arc::new(timestamps.finish()),
        Column::Headers(headers) => Arc::new(headers.finish()),
    }
}

fn header_fields() -> Fields {
    let name = Field::new("key", DataType::Utf8, true);
    Fields::from(vec![name, Field::new("value", DataType::Binary, true)])
}

fn header_item() -> Field {
    Field::new_list_field(DataType::Struct(header_fields()), true)
}

#[cfg(test)]
mod tests;
