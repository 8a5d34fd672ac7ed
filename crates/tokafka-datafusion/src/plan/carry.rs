//! Finds a sort or an exchange below projections, and makes its expressions columns of the root.
//!
//! A projection may drop or change the columns that rows are sorted or distributed by, as in
//! `SELECT value … ORDER BY id`. They are appended to it instead; the writer ignores columns
//! behind its own.

use std::sync::Arc;

use datafusion::{
    error::Result,
    physical_expr::{
        LexOrdering, Partitioning, PhysicalExpr, PhysicalSortExpr, expressions::Column,
    },
    physical_plan::{
        ExecutionPlan,
        execution_plan::replace_children_if_necessary,
        filter::FilterExec,
        limit::{GlobalLimitExec, LocalLimitExec},
        projection::{ProjectionExec, ProjectionExpr},
        repartition::RepartitionExec,
        sorts::sort::SortExec,
    },
};

type Plan = Arc<dyn ExecutionPlan>;
type Exprs = Vec<Arc<dyn PhysicalExpr>>;

/// The plan with its top-level sort keys among its columns, and the order over these columns.
/// `None` if the plan has no sort at its top.
pub(super) fn carry_order(plan: &Plan) -> Result<Option<(Plan, LexOrdering)>> {
    let found = carry(plan, is_ordered_like_its_input, &|node| {
        let sort = node.downcast_ref::<SortExec>()?;
        let options = sort
            .expr()
            .iter()
            .map(|key| key.options)
            .collect::<Vec<_>>();
        let keys = sort
            .expr()
            .iter()
            .map(|key| Arc::clone(&key.expr))
            .collect();
        Some(Found {
            plan: Arc::clone(node),
            exprs: keys,
            what: options,
        })
    })?;
    Ok(found.and_then(|Found { plan, exprs, what }| {
        let keys = exprs
            .into_iter()
            .zip(what)
            .map(|(expr, options)| PhysicalSortExpr::new(expr, options));
        Some((plan, LexOrdering::new(keys)?))
    }))
}

/// The plan without the exchange at its top, and that exchange over the columns of the plan.
/// `None` if there is none. In a plan that was not optimized every exchange is the user's.
pub(super) fn take_exchange(plan: &Plan) -> Result<Option<(Plan, Partitioning)>> {
    let found = carry(plan, is_row_wise, &|node| {
        let exchange = node.downcast_ref::<RepartitionExec>()?;
        let exprs = match exchange.partitioning() {
            Partitioning::Hash(exprs, _) => exprs.clone(),
            _ => Vec::new(),
        };
        let what = exchange.partitioning().clone();
        Some(Found {
            plan: Arc::clone(exchange.input()),
            exprs,
            what,
        })
    })?;
    Ok(found.map(|Found { plan, exprs, what }| match what {
        Partitioning::Hash(_, count) => (plan, Partitioning::Hash(exprs, count)),
        other => (plan, other),
    }))
}

/// A plan, expressions over its output, and what they are for.
struct Found<T> {
    plan: Plan,
    exprs: Exprs,
    what: T,
}

fn carry<T>(
    plan: &Plan,
    passes: fn(&Plan) -> bool,
    find: &dyn Fn(&Plan) -> Option<Found<T>>,
) -> Result<Option<Found<T>>> {
    if let Some(found) = find(plan) {
        return Ok(Some(found));
    }
    let [input] = plan.children()[..] else {
        return Ok(None);
    };
    if !passes(plan) {
        return Ok(None);
    }
    let Some(found) = carry(input, passes, find)? else {
        return Ok(None);
    };
    lift(plan, found).map(Some)
}

/// Puts `node` back on top of what was found below it.
fn lift<T>(node: &Plan, below: Found<T>) -> Result<Found<T>> {
    let Some(projection) = node.downcast_ref::<ProjectionExec>() else {
        let plan = replace_children_if_necessary(Arc::clone(node), vec![below.plan])?;
        return Ok(Found { plan, ..below });
    };
    let mut columns = projection.expr().to_vec();
    let exprs = below
        .exprs
        .into_iter()
        .map(|expr| column_of(&mut columns, expr))
        .collect();
    let plan = Arc::new(ProjectionExec::try_new(columns, below.plan)?);
    Ok(Found {
        plan,
        exprs,
        what: below.what,
    })
}

/// The column that holds `expr`, appended if there is none.
fn column_of(
    columns: &mut Vec<ProjectionExpr>,
    expr: Arc<dyn PhysicalExpr>,
) -> Arc<dyn PhysicalExpr> {
    if let Some((at, column)) = columns
        .iter()
        .enumerate()
        .find(|(_, column)| column.expr.eq(&expr))
    {
        return Arc::new(Column::new(&column.alias, at));
    }
    let at = columns.len();
    let alias = format!("__carried_{at}");
    columns.push(ProjectionExpr {
        expr,
        alias: alias.clone(),
    });
    Arc::new(Column::new(&alias, at))
}

/// True for nodes whose output rows depend on one input row each.
fn is_row_wise(plan: &Plan) -> bool {
    let filter = plan.downcast_ref::<FilterExec>();
    plan.is::<ProjectionExec>() || filter.is_some_and(|filter| filter.projection().is_none())
}

fn is_ordered_like_its_input(plan: &Plan) -> bool {
    is_row_wise(plan) || plan.is::<GlobalLimitExec>() || plan.is::<LocalLimitExec>()
}
