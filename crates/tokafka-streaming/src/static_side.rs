//! The side of a join that is no stream is the one that is held in memory.

use std::sync::Arc;

use datafusion::{
    common::{
        Column,
        tree_node::{Transformed, TreeNode},
    },
    error::Result,
    logical_expr::{Expr, Join, JoinType, LogicalPlan, Projection},
    optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule},
};

use crate::table::is_stream;

/// Makes the static side of each join its left side, which DataFusion builds its hash table of. The partitions
/// of a join, and their order, are those of its right side.
#[derive(Debug)]
pub(crate) struct StaticSideBuilds;

impl OptimizerRule for StaticSideBuilds {
    fn name(&self) -> &'static str {
        "static_side_builds"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        match plan {
            LogicalPlan::Join(join) if can_swap(&join)? => swapped(join).map(Transformed::yes),
            other => Ok(Transformed::no(other)),
        }
    }
}

/// True if some node below is the scan of a stream, subqueries not counted.
pub(crate) fn reads_stream(plan: &LogicalPlan) -> Result<bool> {
    plan.exists(|node| Ok(is_stream(node)))
}

/// DataFusion knows `NOT IN` with its nulls only with the preserved side on the left.
fn can_swap(join: &Join) -> Result<bool> {
    Ok(!join.null_aware && reads_stream(&join.left)? && !reads_stream(&join.right)?)
}

fn swapped(join: Join) -> Result<LogicalPlan> {
    let columns = join
        .schema
        .iter()
        .map(|field| Expr::Column(Column::from(field)));
    let columns: Vec<_> = columns.collect();
    let on = join.on.into_iter().map(|(left, right)| (right, left));
    let swapped = Join::try_new(
        join.right,
        join.left,
        on.collect(),
        join.filter,
        join.join_type.swap(),
        join.join_constraint,
        join.null_equality,
        join.null_aware,
    )?;
    let swapped = LogicalPlan::Join(swapped);
    match join.join_type {
        JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
            let restored =
                Projection::try_new_with_schema(columns, Arc::new(swapped), join.schema)?;
            Ok(LogicalPlan::Projection(restored))
        }
        JoinType::LeftSemi
        | JoinType::RightSemi
        | JoinType::LeftAnti
        | JoinType::RightAnti
        | JoinType::LeftMark
        | JoinType::RightMark => Ok(swapped),
    }
}
