//! Records of a topic as record batches with Spark's source schema.

use std::sync::{Arc, LazyLock};

use arrow::{
    array::{
        ArrayBuilder, ArrayRef, BinaryBuilder, Int32Builder, Int64Builder, ListBuilder,
        RecordBatch, StringBuilder, StructArray, StructBuilder, TimestampMillisecondBuilder,
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

/// Collects fetched records into batches of [`source_schema`].
///
/// Keys, values and headers are each bounded by 2 GiB per batch: finish a batch long before
/// [`Self::bytes`] comes to that.
#[derive(Debug)]
pub struct SourceBatchBuilder {
    topic: Arc<str>,
    bytes: usize,
    keys: BinaryBuilder,
    values: BinaryBuilder,
    topics: StringBuilder,
    partitions: Int32Builder,
    offsets: Int64Builder,
    timestamps: TimestampMillisecondBuilder,
    timestamp_types: Int32Builder,
    headers: ListBuilder<StructBuilder>,
}

impl SourceBatchBuilder {
    /// A builder for records of one topic.
    pub fn new(topic: &str) -> Self {
        Self {
            topic: topic.into(),
            bytes: 0,
            keys: BinaryBuilder::new(),
            values: BinaryBuilder::new(),
            topics: StringBuilder::new(),
            partitions: Int32Builder::new(),
            offsets: Int64Builder::new(),
            timestamps: TimestampMillisecondBuilder::new().with_timezone("UTC"),
            timestamp_types: Int32Builder::new(),
            headers: ListBuilder::new(StructBuilder::from_fields(header_fields(), 0))
                .with_field(header_item()),
        }
    }

    /// Records since the last [`Self::finish`].
    pub fn rows(&self) -> usize {
        self.offsets.len()
    }

    /// Bytes of keys, values and headers since the last [`Self::finish`].
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a record.
    pub fn append(&mut self, partition: i32, record: &RecordRef<'_>) {
        let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
        self.bytes += length(record.key) + length(record.value);
        self.keys.append_option(record.key);
        self.values.append_option(record.value);
        self.topics.append_value(&self.topic);
        self.partitions.append_value(partition);
        self.offsets.append_value(record.offset);
        self.timestamps.append_value(record.timestamp);
        self.timestamp_types
            .append_value(match record.timestamp_type {
                TimestampType::CreateTime => 0,
                TimestampType::LogAppendTime => 1,
            });
        self.append_headers(record.headers);
    }

    /// The records since the last call, at most once each.
    pub fn finish(&mut self) -> RecordBatch {
        self.bytes = 0;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.keys.finish()),
            Arc::new(self.values.finish()),
            Arc::new(self.topics.finish()),
            Arc::new(self.partitions.finish()),
            Arc::new(self.offsets.finish()),
            Arc::new(self.timestamps.finish()),
            Arc::new(self.timestamp_types.finish()),
            Arc::new(self.headers.finish()),
        ];
        StructArray::new(SOURCE_SCHEMA.fields().clone(), columns, None).into()
    }

    fn append_headers(&mut self, headers: HeaderIter<'_>) {
        let mut any = false;
        for (name, value) in headers {
            any = true;
            self.bytes += name.len() + value.map_or(0, <[u8]>::len);
            self.append_header(name, value);
        }
        self.headers.append(any);
    }

    fn append_header(&mut self, name: &str, value: Option<&[u8]>) {
        let pair = self.headers.values();
        if let Some(names) = pair.field_builder::<StringBuilder>(0) {
            names.append_value(name);
        }
        if let Some(values) = pair.field_builder::<BinaryBuilder>(1) {
            values.append_option(value);
        }
        pair.append(true);
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
