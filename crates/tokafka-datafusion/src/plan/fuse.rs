//! Leaves `to_json` to the writer: where the value column is JSON of something, the plan yields that
//! something, and the writer writes the JSON straight into records.

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::DataType,
    error::Result,
    physical_expr::{
        Partitioning, PhysicalExpr,
        expressions::{CastExpr, Column},
        utils::collect_columns,
    },
    physical_plan::{
        ExecutionPlan,
        coalesce_partitions::CoalescePartitionsExec,
        execution_plan::replace_children_if_necessary,
        filter::FilterExec,
        limit::{GlobalLimitExec, LocalLimitExec},
        projection::{ProjectionExec, ProjectionExpr},
        repartition::RepartitionExec,
        sorts::{sort::SortExec, sort_preserving_merge::SortPreservingMergeExec},
    },
};
use tokafka_arrow::JsonOptions;

use crate::functions::as_to_json;

type Plan = Arc<dyn ExecutionPlan>;
type Expr = Arc<dyn PhysicalExpr>;

/// The same plan with the argument of `to_json` in the place of its text in a column, and the
/// options. `None` if the column is anything else, or if its text is needed on the way.
pub(super) fn peel(plan: &Plan, column: usize) -> Result<Option<(Plan, JsonOptions)>> {
    if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        return peel_projection(projection, column);
    }
    let [input] = plan.children()[..] else {
        return Ok(None);
    };
    if !passes_on(plan, column) {
        return Ok(None);
    }
    let Some((input, options)) = peel(input, column)? else {
        return Ok(None);
    };
    let plan = replace_children_if_necessary(Arc::clone(plan), vec![input])?;
    Ok(Some((plan, options)))
}

fn peel_projection(
    projection: &ProjectionExec,
    column: usize,
) -> Result<Option<(Plan, JsonOptions)>> {
    let Some(output) = projection.expr().get(column) else {
        return Ok(None);
    };
    let expr = beneath_casts(&output.expr);
    if let Some((value, options)) = as_to_json(expr) {
        let plan = with_expr(projection, (column, value), projection.input())?;
        return Ok(Some((plan, options)));
    }
    let Some(source) = expr.downcast_ref::<Column>() else {
        return Ok(None);
    };
    let mut others = projection.expr().iter().enumerate();
    if others.any(|(at, other)| at != column && uses(&other.expr, source.index())) {
        return Ok(None);
    }
    let Some((input, options)) = peel(projection.input(), source.index())? else {
        return Ok(None);
    };
    let expr = Arc::new(source.clone());
    let plan = with_expr(projection, (column, expr), &input)?;
    Ok(Some((plan, options)))
}

fn with_expr(projection: &ProjectionExec, (at, expr): (usize, Expr), input: &Plan) -> Result<Plan> {
    let mut columns = projection.expr().to_vec();
    if let Some(column) = columns.get_mut(at) {
        let alias = column.alias.clone();
        *column = ProjectionExpr { expr, alias };
    }
    let plan = ProjectionExec::try_new(columns, Arc::clone(input))?;
    Ok(Arc::new(plan))
}

/// The expression under casts that leave the bytes of a text as they are.
fn beneath_casts(mut expr: &Expr) -> &Expr {
    while let Some(cast) = expr.downcast_ref::<CastExpr>() {
        if !is_text_or_bytes(cast.cast_type()) {
            break;
        }
        expr = cast.expr();
    }
    expr
}

fn is_text_or_bytes(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
    )
}

/// True for nodes that do not look at a column and leave it where it is.
fn passes_on(plan: &Plan, column: usize) -> bool {
    let free = |expr: &Expr| !uses(expr, column);
    if let Some(sort) = plan.downcast_ref::<SortExec>() {
        return sort.expr().iter().all(|key| free(&key.expr));
    }
    if let Some(merge) = plan.downcast_ref::<SortPreservingMergeExec>() {
        return merge.expr().iter().all(|key| free(&key.expr));
    }
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        return filter.projection().is_none() && free(filter.predicate());
    }
    if let Some(exchange) = plan.downcast_ref::<RepartitionExec>() {
        return match exchange.partitioning() {
            Partitioning::RoundRobinBatch(_) => true,
            Partitioning::Hash(exprs, _) => exprs.iter().all(free),
            _ => false,
        };
    }
    plan.is::<CoalescePartitionsExec>()
        || plan.is::<GlobalLimitExec>()
        || plan.is::<LocalLimitExec>()
}

fn uses(expr: &Expr, column: usize) -> bool {
    collect_columns(expr)
        .iter()
        .any(|used| used.index() == column)
}
