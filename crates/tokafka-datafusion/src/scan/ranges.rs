//! Offsets of several topics as a table: what a batch of a stream reads.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::{Session, TableProvider},
    error::Result,
    logical_expr::{Expr, TableType},
    physical_plan::ExecutionPlan,
};
use tokafka_client::{cluster::Cluster, settings::FetchSettings};

use super::{
    KafkaScanExec, RangeCounts, SourceColumns, TopicSpan,
    exec::{Estimates, Scan},
    span::shared_out,
    stream::Source,
};
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

impl KafkaRanges {
    /// A table of these ranges, with the columns of `schema` by name, each of which is one of
    /// [`stream_schema`](super::stream_schema).
    ///
    /// Every scan of it has one partition for each slot, in their order, and one that is empty if there is
    /// none. Rows of a slot come in the order of its spans and, within them, of offsets.
    ///
    /// # Errors
    /// Columns that records do not have.
    pub fn into_table(self, schema: SchemaRef) -> Result<Arc<dyn TableProvider>, PlanError> {
        let columns = SourceColumns::of(&schema)?;
        Ok(Arc::new(RangesTable {
            ranges: self,
            schema,
            columns,
        }))
    }
}

#[derive(Debug)]
struct RangesTable {
    ranges: KafkaRanges,
    schema: SchemaRef,
    columns: SourceColumns,
}

#[async_trait]
impl TableProvider for RangesTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => self.schema(),
        };
        let ranges = &self.ranges;
        let mut slots = ranges.slots.clone();
        if slots.is_empty() {
            slots.push(Vec::new());
        }
        let source = Source {
            cluster: ranges.cluster.clone(),
            settings: shared_out(&ranges.settings, &slots),
            columns: self.columns.project(projection),
            schema,
            fail_on_loss: ranges.fail_on_data_loss,
            counts: Arc::clone(&ranges.counts),
        };
        Ok(Arc::new(KafkaScanExec::new(Scan {
            topics: topics(slots.iter().flatten()),
            source: Arc::new(source),
            slots,
            filters: Vec::new(),
            fetch: limit,
            estimates: Estimates::Withheld,
        })))
    }
}

/// Each once, in order.
pub(super) fn topics<'a>(spans: impl IntoIterator<Item = &'a TopicSpan>) -> Vec<Arc<str>> {
    let spans = spans.into_iter();
    let mut topics: Vec<_> = spans.map(|span| Arc::clone(&span.topic)).collect();
    topics.sort_unstable();
    topics.dedup();
    topics
}
