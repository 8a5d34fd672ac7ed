//! The names that Spark gives to columns without one in the text.

use datafusion::{
    common::Column,
    error::Result,
    logical_expr::{Distinct, Expr, LogicalPlan, LogicalPlanBuilder},
};

/// The plan whose columns have Spark's names: a cast keeps the name of its column, unless another
/// column of the query has that name.
pub(super) fn as_spark(plan: LogicalPlan) -> Result<LogicalPlan> {
    let columns = plan.schema().iter().enumerate();
    let named = columns.map(|(at, (table, field))| {
        let column = Expr::Column(Column::from((table, field)));
        (column, field.name().clone(), cast_column(&plan, at))
    });
    let named: Vec<_> = named.collect();
    let is_free = |name: &String| {
        let names = named
            .iter()
            .map(|(_, old, new)| new.as_ref().unwrap_or(old));
        names.filter(|other| *other == name).count() == 1
    };
    let renamed = named.iter().map(|(column, old, new)| {
        let new = new.as_ref().filter(|new| *new != old && is_free(new));
        new.map(|new| column.clone().alias(new))
    });
    let renamed: Vec<Option<Expr>> = renamed.collect();
    if renamed.iter().all(Option::is_none) {
        return Ok(plan);
    }
    let columns = renamed.into_iter().zip(&named);
    let columns: Vec<Expr> = columns
        .map(|(renamed, (column, ..))| renamed.unwrap_or_else(|| column.clone()))
        .collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

/// The column that an output column of a query is a cast of and nothing else, if it has no name of
/// its own.
fn cast_column(plan: &LogicalPlan, at: usize) -> Option<String> {
    match plan {
        LogicalPlan::Projection(projection) => match projection.expr.get(at)? {
            Expr::Column(column) => {
                let input = &projection.input;
                cast_column(input, input.schema().maybe_index_of_column(column)?)
            }
            expr => column_below_casts(expr),
        },
        LogicalPlan::Sort(sort) => cast_column(&sort.input, at),
        LogicalPlan::Limit(limit) => cast_column(&limit.input, at),
        LogicalPlan::Distinct(Distinct::All(input)) => cast_column(input, at),
        _ => None,
    }
}

fn column_below_casts(expr: &Expr) -> Option<String> {
    let Expr::Cast(cast) = expr else {
        return None;
    };
    match cast.expr.as_ref() {
        Expr::Column(column) => Some(column.name.clone()),
        inner => column_below_casts(inner),
    }
}
