//! A stream in a plan, and the offsets that a batch puts in its place.

use std::{any::Any, sync::Arc};

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::{Session, TableProvider},
    common::plan_err,
    datasource::source_as_provider,
    error::Result,
    logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown, TableScan, TableType},
    physical_plan::ExecutionPlan,
};

use crate::source::StreamReadOptions;

/// Stands for a stream in the plan of a query, until a batch puts offsets in its place.
#[derive(Debug)]
pub(crate) struct StreamTable {
    options: Arc<StreamReadOptions>,
    schema: SchemaRef,
}

impl StreamTable {
    pub(crate) fn new(options: StreamReadOptions, schema: SchemaRef) -> Self {
        Self {
            options: Arc::new(options),
            schema,
        }
    }

    pub(crate) fn options(&self) -> &Arc<StreamReadOptions> {
        &self.options
    }

    /// The stream that a scan is of.
    pub(crate) fn of(scan: &TableScan) -> Option<Arc<Self>> {
        let provider: Arc<dyn Any + Send + Sync> = source_as_provider(&scan.source).ok()?;
        provider.downcast().ok()
    }
}

#[async_trait]
impl TableProvider for StreamTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan_err!(
            "[CALL_ON_STREAMING_DATASET_UNSUPPORTED] The method `write` can not be called on streaming \
             Dataset/DataFrame. SQLSTATE: 42KDE. Nor can it be collected or shown, since a stream has no end: \
             StreamingFrame::from_frame(frame).write_stream() writes it"
        )
    }
}

/// What a batch reads of a stream. Apart from the table of the offsets, so that a plan still tells it from
/// the tables that are no streams.
#[derive(Debug)]
pub(crate) struct BatchTable(pub(crate) Arc<dyn TableProvider>);

#[async_trait]
impl TableProvider for BatchTable {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }

    fn table_type(&self) -> TableType {
        self.0.table_type()
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        self.0.supports_filters_pushdown(filters)
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.0.scan(session, projection, filters, limit).await
    }
}

/// Whether a node is the scan of a stream, or of a batch of one.
pub(crate) fn is_stream(plan: &LogicalPlan) -> bool {
    let LogicalPlan::TableScan(scan) = plan else {
        return false;
    };
    let provider = source_as_provider(&scan.source);
    provider.is_ok_and(|provider| {
        let provider: &dyn Any = provider.as_ref();
        provider.is::<StreamTable>() || provider.is::<BatchTable>()
    })
}
