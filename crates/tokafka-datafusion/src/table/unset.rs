//! Columns that an INSERT leaves out.

use std::sync::Arc;

use datafusion::{
    common::stats::Precision,
    error::Result,
    logical_expr::{Cast, LogicalPlan, LogicalPlanBuilder, expr::Alias},
    physical_expr::{AcrossPartitions, PhysicalExpr, expressions::Column},
    physical_plan::{
        ExecutionPlan, ExecutionPlanProperties,
        statistics::{StatisticsArgs, StatisticsContext},
    },
    prelude::Expr,
};

use crate::{PlanError, WriteFailure, plan::WriteRequest};

/// Refuses values for columns that are only read: they would be lost without a word. DataFusion gives a
/// column that an INSERT leaves out a constant null.
pub(super) fn without_read_only(
    input: &Arc<dyn ExecutionPlan>,
    mut request: WriteRequest,
) -> std::result::Result<WriteRequest, PlanError> {
    let unwritten = std::mem::take(&mut request.ignored);
    let is_given = |column: &String| !is_null(input, column);
    let Some(column) = unwritten.into_iter().find(is_given) else {
        return Ok(request);
    };
    if has_no_rows(input) {
        return Ok(request);
    }
    Err(read_only(column))
}

/// The columns of an INSERT's query that are written, of a query that is not planned further yet.
///
/// # Errors
/// [`PlanError::ReadOnly`], a value for one of the columns that are not, and DataFusion's.
pub(super) fn written_columns(input: LogicalPlan, unwritten: &[String]) -> Result<LogicalPlan> {
    let LogicalPlan::Projection(projection) = &input else {
        return Ok(input);
    };
    let mut written = Vec::new();
    for (expr, column) in projection.expr.iter().zip(input.schema().columns()) {
        match unwritten.contains(&column.name) {
            false => written.push(Expr::Column(column)),
            true if is_null_literal(expr) => {}
            true => return Err(WriteFailure::Plan(read_only(column.name)).into()),
        }
    }
    LogicalPlanBuilder::from(input).project(written)?.build()
}

fn is_null_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Alias(Alias { expr, .. }) | Expr::Cast(Cast { expr, .. }) => is_null_literal(expr),
        Expr::Literal(value, _) => value.is_null(),
        _ => false,
    }
}

fn read_only(column: String) -> PlanError {
    let reason = match column.as_str() {
        "topic" => "all rows go to the topic that LOCATION names",
        "timestamp" => "it is written with the option includeTimestamp 'true'",
        _ => "the broker gives it",
    };
    PlanError::ReadOnly { column, reason }
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
