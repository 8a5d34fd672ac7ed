//! Casts that Spark refuses and DataFusion does not.

use datafusion::{
    common::{
        DFSchema, plan_err,
        tree_node::{TreeNode, TreeNodeRecursion},
    },
    error::Result,
    logical_expr::{Cast, ExprSchemable, LogicalPlan, TryCast, utils::merge_schema},
    prelude::Expr,
};

/// Refuses casts of numbers to bytes, wherever they are in a plan.
pub(super) fn check_plan(plan: &LogicalPlan) -> Result<()> {
    let walk = plan.apply_with_subqueries(|node| {
        let schema = merge_schema(&node.inputs());
        node.apply_expressions(|expr| {
            check(expr, &schema)?;
            Ok(TreeNodeRecursion::Continue)
        })
    });
    walk.map(drop)
}

/// Refuses casts of numbers to bytes, wherever they are in an expression.
pub(super) fn check(expr: &Expr, schema: &DFSchema) -> Result<()> {
    let walk =
        expr.apply(|expr| {
            let (Expr::Cast(Cast { expr: from, field })
            | Expr::TryCast(TryCast { expr: from, field })) = expr
            else {
                return Ok(TreeNodeRecursion::Continue);
            };
            // What has no type here, such as a column of an outer query, is left to DataFusion.
            let from = from.get_type(schema).ok();
            match from.filter(|from| field.data_type().is_binary() && from.is_numeric()) {
                Some(from) => plan_err!(
                    "cannot cast {from} to BINARY: the bytes of a number in memory are no record. \
                 CAST(CAST(x AS STRING) AS BINARY) gives its digits"
                ),
                None => Ok(TreeNodeRecursion::Continue),
            }
        });
    walk.map(drop)
}
