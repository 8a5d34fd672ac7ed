//! What a caller types to read a stream.

use std::sync::Arc;

use datafusion::prelude::SessionContext;
use tokafka_datafusion::stream_schema;

use crate::{
    StartError, StreamingFrame, source::StreamReadOptions, start::check_format, table::StreamTable,
};

/// Reads a stream, in the manner of Spark's `spark.readStream`.
pub fn read_stream(context: &SessionContext) -> DataStreamReader {
    DataStreamReader {
        context: context.clone(),
        format: "kafka".to_owned(),
        options: Vec::new(),
    }
}

/// Says what a stream is read of.
#[must_use = "nothing is read before `load`"]
pub struct DataStreamReader {
    context: SessionContext,
    format: String,
    options: Vec<(String, String)>,
}

impl DataStreamReader {
    /// The format: `kafka`, which is also what it is if this is left out.
    pub fn format(self, format: impl Into<String>) -> Self {
        Self {
            format: format.into(),
            ..self
        }
    }

    /// An option under Spark's name: `subscribe`, `startingOffsets`, or a consumer setting with the prefix
    /// `kafka.`.
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.push((name.into(), value.into()));
        self
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
        check_format(&self.format, "read_parquet, read_csv or read_json")?;
        let options = StreamReadOptions::try_new(&self.options)?;
        let schema = stream_schema(options.headers());
        let table = Arc::new(StreamTable::new(options, schema));
        let frame = self.context.read_table(table);
        let frame = frame.map_err(|error| StartError::Refused(error.to_string()))?;
        Ok(StreamingFrame::from_frame(frame))
    }
}

impl std::fmt::Debug for DataStreamReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("DataStreamReader");
        shown.field("format", &self.format).finish_non_exhaustive()
    }
}
