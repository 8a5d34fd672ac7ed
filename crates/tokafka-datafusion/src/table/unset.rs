//! Columns that an INSERT leaves out.

use std::sync::Arc;

use datafusion::{
    common::stats::Precision,
    physical_expr::{AcrossPartitions, PhysicalExpr, expressions::Column},
    physical_plan::{
        ExecutionPlan, ExecutionPlanProperties,
        statistics::{StatisticsArgs, StatisticsContext},
    },
};

use crate::{PlanError, plan::WriteRequest};

/// Refuses values for columns that are only read: they would be lost without a word. DataFusion gives a
/// column that an INSERT leaves out a constant null.
pub(super) fn without_read_only(
    input: &Arc<dyn ExecutionPlan>,
    mut request: WriteRequest,
) -> Result<WriteRequest, PlanError> {
    let unwritten = std::mem::take(&mut request.ignored);
    let is_given = |column: &String| !is_null(input, column);
    let Some(column) = unwritten.into_iter().find(is_given) else {
        return Ok(request);
    };
    if has_no_rows(input) {
        return Ok(request);
    }
    let reason = match column.as_str() {
        "topic" => "all rows go to the topic that LOCATION names",
        "timestamp" => "it is written with the option includeTimestamp 'true'",
        _ => "the broker gives it",
    };
    Err(PlanError::ReadOnly { column, reason })
}

fn has_no_rows(input: &Arc<dyn ExecutionPlan>) -> bool {
    let known = StatisticsContext::new().compute(input.as_ref(), &StatisticsArgs::new());
    known.is_ok_and(|known| known.num_rows == Precision::Exact(0))
}

fn is_null(input: &Arc<dyn ExecutionPlan>, column: &str) -> bool {
    let Ok(column) = Column::new_with_schema(column, &input.schema()) else {
        return false;
    };
    let column: Arc<dyn PhysicalExpr> = Arc::new(column);
    match input.equivalence_properties().is_expr_constant(&column) {
        Some(AcrossPartitions::Uniform(Some(value))) => value.is_null(),
        _ => false,
    }
}
