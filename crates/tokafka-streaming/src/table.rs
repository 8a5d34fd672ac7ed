//! A stream in a plan.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::{Session, TableProvider},
    common::plan_err,
    error::Result,
    logical_expr::{Expr, TableType},
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
        plan_err!("a stream has no end: write it with write_stream")
    }
}
