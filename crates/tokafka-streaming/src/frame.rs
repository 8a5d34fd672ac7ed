//! A data frame over streams.

use datafusion::prelude::{DataFrame, SessionContext};

use crate::DataStreamWriter;

/// A query over streams, shaped row by row. It runs once it is written: see [`DataStreamWriter::start`].
#[derive(Clone)]
pub struct StreamingFrame {
    context: SessionContext,
    frame: DataFrame,
}

impl StreamingFrame {
    pub(crate) fn new(context: SessionContext, frame: DataFrame) -> Self {
        Self { context, frame }
    }

    /// Columns by expressions of SQL, in the spellings of [`tokafka_datafusion::sql()`].
    ///
    /// # Errors
    /// DataFusion's.
    pub fn select_exprs(self, exprs: &[&str]) -> datafusion::error::Result<Self> {
        let frame = tokafka_datafusion::select_exprs(self.frame, exprs)?;
        Ok(Self::new(self.context, frame))
    }

    /// Says how it is written.
    pub fn write_stream(self) -> DataStreamWriter {
        DataStreamWriter::new(self.context, self.frame)
    }
}

impl std::fmt::Debug for StreamingFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StreamingFrame").field(&self.frame).finish()
    }
}
