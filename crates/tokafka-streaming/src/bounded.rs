//! Topics as a table of a query that ends.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::{Session, TableProvider},
    error::{DataFusionError, Result},
    logical_expr::{Expr, TableProviderFilterPushDown, TableType},
    physical_plan::ExecutionPlan,
};
use tokafka_datafusion::{KafkaSpans, ScanRequest, stream_schema};

use crate::source::BatchReadOptions;

/// What topics hold between two places, which are looked up anew by every query.
#[derive(Debug)]
pub(crate) struct BoundedTable {
    options: BatchReadOptions,
    schema: SchemaRef,
}

impl BoundedTable {
    pub(crate) fn new(options: BatchReadOptions) -> Self {
        Self {
            schema: stream_schema(options.headers()),
            options,
        }
    }
}

#[async_trait]
impl TableProvider for BoundedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(KafkaSpans::claims(filters))
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let target = session.config().target_partitions();
        let spans = self.options.spans(target).await;
        let (spans, parts) = spans.map_err(|error| DataFusionError::External(Box::new(error)))?;
        let request = ScanRequest {
            table: self.schema(),
            projection,
            filters,
            limit,
        };
        spans.scan(session, request, parts).await
    }
}
