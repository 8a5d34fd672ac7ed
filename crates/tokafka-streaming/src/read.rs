//! What a caller types to read topics.

use std::sync::Arc;

use datafusion::prelude::{DataFrame, SessionContext};
use tokafka_datafusion::stream_schema;

use crate::{
    StartError, StreamingFrame,
    bounded::BoundedTable,
    source::{BatchReadOptions, StreamReadOptions},
    start::check_format,
    table::StreamTable,
};

/// Reads topics from one place to another, in the manner of Spark's `spark.read`.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let ctx = datafusion::prelude::SessionContext::new();
/// let orders = tokafka_streaming::read(&ctx)
///     .format("kafka")
///     .option("kafka.bootstrap.servers", "localhost:9092")
///     .option("subscribe", "orders,returns")
///     .option("startingTimestamp", "1700000000000")
///     .option("endingOffsets", "latest")
///     .load()?;
/// println!("{} records", orders.count().await?);
/// # Ok(())
/// # }
/// ```
pub fn read(context: &SessionContext) -> DataFrameReader {
    DataFrameReader(Reader::new(context))
}

/// Reads a stream, in the manner of Spark's `spark.readStream`.
pub fn read_stream(context: &SessionContext) -> DataStreamReader {
    DataStreamReader(Reader::new(context))
}

/// Says what is read of topics by a query that ends.
#[derive(Debug)]
#[must_use = "nothing is read before `load`"]
pub struct DataFrameReader(Reader);

/// Says what a stream is read of.
#[derive(Debug)]
#[must_use = "nothing is read before `load`"]
pub struct DataStreamReader(Reader);

impl DataFrameReader {
    /// The format: `kafka`, which is also what it is if this is left out.
    pub fn format(self, format: impl Into<String>) -> Self {
        Self(self.0.format(format.into()))
    }

    /// An option under Spark's name: `subscribe`, `startingOffsets`, `endingOffsets`, or a consumer setting
    /// with the prefix `kafka.`. Those that only streams have, such as `maxOffsetsPerTrigger`, change nothing.
    pub fn option(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self(self.0.option(name.into(), value.into()))
    }

    /// Several options, as by [`option`](Self::option).
    pub fn options<K: Into<String>, V: Into<String>>(
        self,
        options: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let options = options.into_iter();
        options.fold(self, |reader, (name, value)| reader.option(name, value))
    }

    /// A frame over the topics. Opens nothing.
    ///
    /// Where the range begins and ends is looked up by every query over the frame when it is planned, so that
    /// each sees what was written before it. Its columns are those of [`stream_schema`]. Rows of a partition
    /// come in the order of offsets, unless `minPartitions` or `maxRecordsPerPartition` divide it. Filters on
    /// `partition`, `offset` and `timestamp` narrow what is fetched.
    ///
    /// # Errors
    /// Options that cannot be.
    pub fn load(self) -> Result<DataFrame, StartError> {
        let options = BatchReadOptions::try_new(self.0.checked_options()?)?;
        let table = BoundedTable::new(options);
        let frame = self.0.context.read_table(Arc::new(table));
        frame.map_err(|error| StartError::Refused(error.to_string()))
    }
}

impl DataStreamReader {
    /// The format: `kafka`, which is also what it is if this is left out.
    pub fn format(self, format: impl Into<String>) -> Self {
        Self(self.0.format(format.into()))
    }

    /// An option under Spark's name: `subscribe`, `startingOffsets`, or a consumer setting with the prefix
    /// `kafka.`.
    pub fn option(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self(self.0.option(name.into(), value.into()))
    }

    /// Several options, as by [`option`](Self::option).
    pub fn options<K: Into<String>, V: Into<String>>(
        self,
        options: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let options = options.into_iter();
        options.fold(self, |reader, (name, value)| reader.option(name, value))
    }

    /// A frame over the stream. Opens nothing.
    ///
    /// # Errors
    /// Options that cannot be.
    pub fn load(self) -> Result<StreamingFrame, StartError> {
        let options = StreamReadOptions::try_new(self.0.checked_options()?)?;
        let schema = stream_schema(options.headers());
        let table = Arc::new(StreamTable::new(options, schema));
        let frame = self.0.context.read_table(table);
        let frame = frame.map_err(|error| StartError::Refused(error.to_string()))?;
        Ok(StreamingFrame::from_frame(frame))
    }
}

/// What both readers are told.
struct Reader {
    context: SessionContext,
    format: String,
    options: Vec<(String, String)>,
}

impl Reader {
    fn new(context: &SessionContext) -> Self {
        Self {
            context: context.clone(),
            format: "kafka".to_owned(),
            options: Vec::new(),
        }
    }

    fn format(self, format: String) -> Self {
        Self { format, ..self }
    }

    fn option(mut self, name: String, value: String) -> Self {
        self.options.push((name, value));
        self
    }

    /// The options, of a format that can be read.
    fn checked_options(&self) -> Result<&[(String, String)], StartError> {
        check_format(&self.format, "read_parquet, read_csv or read_json")?;
        Ok(&self.options)
    }
}

/// Options may be secrets.
impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Reader");
        shown.field("format", &self.format).finish_non_exhaustive()
    }
}
