//! Offsets of several topics as a table: what a batch of a stream reads.

use std::{
    ops::Range,
    sync::{Arc, atomic::AtomicU64},
};

use datafusion::{arrow::datatypes::SchemaRef, catalog::TableProvider};
use tokafka_client::{cluster::Cluster, settings::FetchSettings};

use super::all_columns;
use crate::PlanError;

/// Offsets that a query reads.
#[derive(Debug, Clone)]
pub struct KafkaRanges {
    /// Where they are read.
    pub cluster: Cluster,
    /// How.
    pub settings: FetchSettings,
    /// What each partition of the query reads, one span after the other. There may be none.
    pub slots: Vec<Vec<TopicSpan>>,
    /// Whether offsets that the log does not have fail the query; else they are passed over.
    pub fail_on_data_loss: bool,
    /// What was read so far.
    pub counts: Arc<RangeCounts>,
}

/// Offsets of one partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpan {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// Its offsets; some of them may hold no record.
    pub offsets: Range<i64>,
}

/// What was read of ranges.
#[derive(Debug, Default)]
pub struct RangeCounts {
    /// Records.
    pub rows: AtomicU64,
    /// Spans whose offsets were not there any more: Spark's `offsetOutOfRange`.
    pub offset_out_of_range: AtomicU64,
    /// Times that offsets were passed over: Spark's `dataLoss`.
    pub data_loss: AtomicU64,
}

impl KafkaRanges {
    /// A table of these ranges, with the columns of `schema` by name, each of which is one of
    /// [`stream_schema`].
    ///
    /// # Errors
    /// Columns that records do not have.
    pub fn into_table(self, schema: SchemaRef) -> Result<Arc<dyn TableProvider>, PlanError> {
        let _ = (self, schema);
        Err(PlanError::NoWriters)
    }
}

/// The columns of a stream: Spark's names, in Spark's order; `headers` last, if they are read.
pub fn stream_schema(headers: bool) -> SchemaRef {
    all_columns(headers)
}
