//! What can go wrong, one enum per moment: the schema, the options, a row, the cluster.

use std::sync::Arc;

use tokafka_client::{
    error::{BatchError, SettingsError, TopicError},
    producer::{DeliveryError, ProducerError, SendError},
};

use crate::report::PartitionReport;

/// Anything that ends a write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Columns that cannot be written. Found before anything is opened.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// Options that cannot be used. Found before anything is opened.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// A row that cannot be written.
    #[error(transparent)]
    Data(#[from] DataError),
    /// No producer could be started.
    #[error(transparent)]
    Connect(#[from] ProducerError),
    /// A topic cannot be written to.
    #[error("{}{error}", place(.row))]
    Topic {
        /// What is wrong with it.
        error: TopicError,
        /// First row that names the topic, counted from 1 in this writer's input; none if the option
        /// names it.
        row: Option<u64>,
    },
    /// A batch could not be compressed.
    #[error(transparent)]
    Encode(#[from] BatchError),
    /// A batch was not taken.
    #[error(transparent)]
    Send(#[from] SendError),
    /// A batch was not acknowledged.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// What ended one of several writers, and names a row of its input.
    #[error("input partition {partition}: {error}")]
    InPartition {
        /// Number of the input, from 0.
        partition: usize,
        /// What is wrong.
        error: Box<WriteError>,
    },
    /// A call to the writer was cancelled before it was done.
    #[error("the write was interrupted in the middle of a record batch: write its rows anew")]
    Interrupted,
}

impl WriteError {
    /// True if the same write may succeed later, unchanged.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Schema(_) | Self::Options(_) | Self::Data(_) | Self::Encode(_) => false,
            Self::Interrupted => true,
            Self::Connect(error) => error.is_retriable(),
            Self::Topic { error, .. } => error.is_retriable(),
            Self::Send(error) => error.is_retriable(),
            Self::Delivery(error) => error.is_retriable(),
            Self::InPartition { error, .. } => error.is_retriable(),
        }
    }

    /// True if the broker may hold rows that it did not acknowledge. The report tells how many.
    pub fn may_be_written(&self) -> bool {
        match self {
            Self::Schema(_)
            | Self::Options(_)
            | Self::Data(_)
            | Self::Connect(_)
            | Self::Topic { .. }
            | Self::Encode(_) => false,
            Self::Interrupted => true,
            Self::Send(error) => error.may_be_written(),
            Self::Delivery(error) => error.may_be_written(),
            Self::InPartition { error, .. } => error.may_be_written(),
        }
    }

    /// Says of which of several inputs the row is that this error names, if it names one.
    #[must_use]
    pub fn in_partition(self, partition: usize) -> Self {
        let names_a_row = match &self {
            Self::Data(_) | Self::Topic { row: Some(_), .. } => true,
            Self::Delivery(error) | Self::Send(SendError::Delivery(error)) => error.names_a_row(),
            Self::Schema(_)
            | Self::Options(_)
            | Self::Connect(_)
            | Self::Topic { row: None, .. }
            | Self::Encode(_)
            | Self::Send(_)
            | Self::InPartition { .. }
            | Self::Interrupted => false,
        };
        if names_a_row {
            let error = Box::new(self);
            Self::InPartition { partition, error }
        } else {
            self
        }
    }
}

/// A schema that cannot be written. The texts hold Spark's own wording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Neither the option nor the column says where rows go.
    #[error(
        "Topic option or topic column must be specified for Kafka writes: topic option required when \
         no 'topic' attribute is present. Use the topic option for setting a topic."
    )]
    NoTopic,
    /// There is no `value` column.
    #[error("Required attribute 'value' not found{}", spelling(.similar))]
    MissingValue {
        /// A column whose name differs only by case.
        similar: Option<String>,
    },
    /// A column of a type that its attribute does not accept.
    #[error(
        "{column} attribute unsupported type {actual}. {column} must be a(n) {expected}{}",
        remedy(.column, .actual)
    )]
    UnsupportedType {
        /// Name of the column.
        column: &'static str,
        /// Its type, as Spark calls it.
        actual: String,
        /// The types that are accepted, as Spark calls them.
        expected: &'static str,
    },
    /// A record batch whose columns are not those that the writer was made for.
    #[error(
        "column {index} of the record batch is {actual}, but the writer was made for a schema in \
         which it is {expected}: write batches of one schema, or make another writer"
    )]
    Changed {
        /// Position of the column, from 0.
        index: usize,
        /// Its name in the record batch; `missing` if there is none.
        actual: String,
        /// Its name when the writer was made.
        expected: &'static str,
    },
    /// A column that cannot be written as JSON as a whole.
    #[error("Input schema \"{}\" must be a struct, an array, a map or a variant.", .0.to_uppercase())]
    NotJson(
        /// Its type, as Spark calls it.
        String,
    ),
    /// A type that JSON cannot hold.
    #[error("Unable to convert column {} of type {actual} to JSON", quoted(.column))]
    JsonType {
        /// Where it is: names of fields with dots between them.
        column: String,
        /// The type, as Spark calls it, or Arrow if Spark does not have it.
        actual: String,
    },
    /// A map whose keys have no text that they could be named by.
    #[error(
        "Unable to convert column {} to JSON: keys of maps become names, and {actual} has none. \
         Cast the keys to string",
        quoted(.column)
    )]
    JsonMapKey {
        /// Where it is: names of fields with dots between them.
        column: String,
        /// The type of the keys.
        actual: String,
    },
    /// A type within a type, and so on.
    #[error("column {} is nested deeper than {limit}: JSON that deep is refused by readers", quoted(.column))]
    JsonTooDeep {
        /// The field that the nesting begins in.
        column: String,
        /// What is allowed.
        limit: usize,
    },
}

/// Options that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// An option that nobody knows.
    #[error(
        "Unknown option {name}{}: options are topic, includeTimestamp, and Kafka's own settings as kafka.<name>",
        hint(.nearest)
    )]
    Unknown {
        /// The name as it was given.
        name: String,
        /// The most similar known name.
        nearest: Option<String>,
    },
    /// A value that the option does not take.
    #[error("Invalid value {value} for option {name}: {reason}")]
    InvalidValue {
        /// The option.
        name: &'static str,
        /// What was set.
        value: String,
        /// What is accepted instead.
        reason: &'static str,
    },
    /// A topic name that Kafka does not allow. Begins with Kafka's own wording.
    #[error("Invalid topics: [{name}]: {reason}")]
    InvalidTopic {
        /// The name as it was given.
        name: String,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// An option of `to_json` that nobody knows.
    #[error(
        "Unknown option {name} of to_json: options are ignoreNullFields, timestampFormat, \
         timestampNTZFormat, dateFormat, timeZone"
    )]
    UnknownJson {
        /// The name as it was given.
        name: String,
    },
    /// A pattern of dates or times that cannot be used.
    #[error("Invalid pattern {pattern} of option {name}, at character {position}: {reason}")]
    InvalidPattern {
        /// The option.
        name: &'static str,
        /// The pattern as it was given.
        pattern: String,
        /// Where it is wrong, in characters from 1.
        position: usize,
        /// What is wrong there, and what to write instead.
        reason: String,
    },
    /// A setting of the producer.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// A row that cannot be written. Rows are counted from 1 in the input of one [`PartitionWriter`].
///
/// Nothing of the record batch was written, but for [`DataError::RecordTooLarge`]: the rows before
/// that one may be.
///
/// [`PartitionWriter`]: crate::PartitionWriter
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Null in the `topic` column.
    #[error(
        "row {row}, column topic: The Kafka message data sent to the producer contains a null topic. \
         Use the `topic` option for setting a default topic."
    )]
    NullTopic {
        /// The row.
        row: u64,
    },
    /// A partition below zero.
    #[error(
        "row {row}, column partition: Invalid partition: {partition}. Partition number should always \
         be non-negative or null."
    )]
    NegativePartition {
        /// The row.
        row: u64,
        /// What the column holds.
        partition: i32,
    },
    /// A partition that the topic does not have.
    #[error(
        "row {row}, column partition: Partition {partition} of topic {topic} with partition count \
         {count} is not present: use 0 to {}, or null to let the key decide",
        count.saturating_sub(1)
    )]
    NoSuchPartition {
        /// The row.
        row: u64,
        /// The topic.
        topic: Arc<str>,
        /// What the column holds.
        partition: i32,
        /// How many partitions there are.
        count: u32,
    },
    /// A header without a name, or null in place of a header.
    #[error("row {row}, column headers: header {header} has no name; name it or leave it out")]
    NullHeaderName {
        /// The row.
        row: u64,
        /// Position of the header in the row, from 1.
        header: usize,
    },
    /// A timestamp that Kafka cannot hold.
    #[error(
        "row {row}, column timestamp: Invalid timestamp: {timestamp}. Timestamp should always be \
         non-negative or null, and fit in milliseconds since 1970."
    )]
    InvalidTimestamp {
        /// The row.
        row: u64,
        /// What the column holds, in the column's unit.
        timestamp: i64,
    },
    /// A map with a null key on its way into JSON.
    #[error("row {row}: the map{} has a null key, which cannot be a name in JSON", within(.map))]
    NullMapKey {
        /// The row.
        row: u64,
        /// Where the map is: names of fields with dots between them; empty for the column itself.
        map: String,
    },
    /// More JSON than one array of strings can hold.
    #[error("row {row}: the JSON of these rows is longer than 2 GiB: take fewer rows at a time")]
    JsonTooLong {
        /// The row.
        row: u64,
    },
    /// A record larger than `max.request.size`.
    #[error(
        "row {row}: The message is {size} bytes when serialized which is larger than {limit}, which \
         is the value of the max.request.size configuration. Raise kafka.max.request.size (and \
         max.message.bytes of the topic), or make the row smaller"
    )]
    RecordTooLarge {
        /// The row.
        row: u64,
        /// Bytes of a batch that holds only this record, as Kafka's client estimates them.
        size: usize,
        /// `max.request.size`.
        limit: usize,
    },
}

/// A write that failed, and what was acknowledged all the same.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{error}")]
pub struct FailedWrite {
    /// The first thing that went wrong.
    pub error: WriteError,
    /// What became of the rows since the last flush.
    pub report: Box<PartitionReport>,
}

fn place(row: &Option<u64>) -> String {
    row.map_or_else(String::new, |row| format!("row {row}, column topic: "))
}

fn quoted(column: &str) -> String {
    format!("`{column}`")
}

fn within(map: &str) -> String {
    match map {
        "" => String::new(),
        map => format!(" in column {map}"),
    }
}

fn spelling(name: &Option<String>) -> String {
    name.as_ref().map_or_else(String::new, |name| {
        format!(": names are case-sensitive, found '{name}'")
    })
}

/// What makes an accepted type of this one.
fn remedy(column: &str, actual: &str) -> String {
    let is_one_of = |types: &[&str]| types.iter().any(|of| actual.starts_with(of));
    let whole = ["tinyint", "smallint", "int", "bigint"];
    let other = ["float", "double", "decimal", "boolean", "date", "timestamp"];
    let nested = ["struct", "array", "map"];
    match column {
        "partition" if is_one_of(&whole) => ": CAST(partition AS INT) makes it one".to_owned(),
        "topic" | "key" | "value" if is_one_of(&whole) || is_one_of(&other) => {
            format!(": CAST({column} AS STRING) makes it one")
        }
        "key" | "value" if is_one_of(&nested) => format!(": to_json({column}) makes it one"),
        _ => String::new(),
    }
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!(", did you mean {name}?"))
}
