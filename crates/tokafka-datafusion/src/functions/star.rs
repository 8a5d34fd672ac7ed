//! Writes out `*` within `to_json`, and names the fields of `struct(a, b)` there.
#![expect(
    deprecated,
    reason = "a star within a function is planned as Expr::Wildcard"
)]

use datafusion::{
    common::{
        plan_err,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    config::ConfigOptions,
    error::Result,
    logical_expr::{
        Expr, LogicalPlan,
        expr::ScalarFunction,
        utils::{expand_qualified_wildcard, expand_wildcard},
    },
    optimizer::{AnalyzerRule, utils::NamePreserver},
};

use super::{build::struct_of, udf::ToJson};

/// Spark's names of what is within `to_json`.
#[derive(Debug)]
pub(super) struct ExpandStar;

impl AnalyzerRule for ExpandStar {
    fn name(&self) -> &'static str {
        "tokafka_to_json"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_up_with_subqueries(expand_node)?.data)
    }
}

fn expand_node(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    if !has_work(&plan)? {
        return Ok(Transformed::no(plan));
    }
    let input = match plan.inputs()[..] {
        [input] => input.clone(),
        _ => return plan_err!("to_json(*) stands where there are no columns to write"),
    };
    let names = NamePreserver::new(&plan);
    let expanded = plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let expanded = expr.transform_down(|expr| expand(expr, &input))?;
        Ok(expanded.update_data(|expr| name.restore(expr)))
    })?;
    expanded.map_data(LogicalPlan::recompute_schema)
}

fn has_work(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_expressions(|expr| {
        found |= expr.exists(|expr| Ok(is_work(expr)))?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// True for `to_json(*)`, for `to_json` of what has a `struct(…)` in it, and for a star in any
/// other struct.
fn is_work(expr: &Expr) -> bool {
    match expr {
        Expr::ScalarFunction(call) if is_struct(call) => call.args.iter().any(is_star),
        Expr::ScalarFunction(call) if is_to_json(call) => {
            let has_struct = |value: &Expr| value.exists(|part| Ok(is_struct_call(part)));
            let value = call.args.first();
            value.is_some_and(|value| is_star(value) || has_struct(value).unwrap_or(false))
        }
        _ => false,
    }
}

/// Comes to a `to_json` before it comes to what is in it.
fn expand(expr: Expr, input: &LogicalPlan) -> Result<Transformed<Expr>> {
    match expr {
        Expr::ScalarFunction(mut call) if is_to_json(&call) => {
            let value = call.args.first_mut().map(std::mem::take);
            let value = value.map(|value| name_fields(value, input)).transpose()?;
            if let (Some(value), Some(first)) = (value, call.args.first_mut()) {
                *first = value;
            }
            Ok(Transformed::yes(Expr::ScalarFunction(call)))
        }
        other if is_work(&other) => {
            plan_err!("struct(*) can be written as JSON only: to_json(struct(*))")
        }
        other => Ok(Transformed::no(other)),
    }
}

/// The argument of a `to_json` with every struct in it named as Spark names its fields.
fn name_fields(value: Expr, input: &LogicalPlan) -> Result<Expr> {
    if is_star(&value) {
        return struct_of(expand_stars(vec![value], input)?);
    }
    let named = value.transform_down(|part| match part {
        Expr::ScalarFunction(call) if is_struct(&call) => Ok(Transformed::yes(struct_of(
            expand_stars(call.args, input)?,
        )?)),
        other => Ok(Transformed::no(other)),
    })?;
    Ok(named.data)
}

fn expand_stars(fields: Vec<Expr>, input: &LogicalPlan) -> Result<Vec<Expr>> {
    let mut all = Vec::with_capacity(fields.len());
    for field in fields {
        let Expr::Wildcard { qualifier, options } = field else {
            all.push(field);
            continue;
        };
        let relation = relation(input)?;
        let schema = relation.schema();
        all.extend(match qualifier {
            None => expand_wildcard(schema, relation, Some(&options))?,
            Some(table) => expand_qualified_wildcard(&table, schema, Some(&options))?,
        });
    }
    Ok(all)
}

/// What a star stands for, seen from the input of a node: the planner puts windows, and filters on
/// them, between the two.
fn relation(input: &LogicalPlan) -> Result<&LogicalPlan> {
    match input {
        LogicalPlan::Window(window) if window.window_expr.iter().all(is_window) => {
            relation(&window.input)
        }
        LogicalPlan::Filter(filter) => match relation(&filter.input)? {
            below if matches!(filter.input.as_ref(), LogicalPlan::Window(_)) => Ok(below),
            _ => Ok(input),
        },
        LogicalPlan::Aggregate(_) => plan_err!(
            "to_json(*) does not go with GROUP BY: a star is the columns of the table, and they \
             are grouped. Name the columns as in to_json(struct(a, b)), or group in a subquery"
        ),
        other => Ok(other),
    }
}

fn is_window(expr: &Expr) -> bool {
    matches!(expr, Expr::WindowFunction(_))
}

fn is_star(expr: &Expr) -> bool {
    matches!(expr, Expr::Wildcard { .. })
}

fn is_struct_call(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(call) if is_struct(call))
}

fn is_struct(call: &ScalarFunction) -> bool {
    call.func.name() == "struct"
}

fn is_to_json(call: &ScalarFunction) -> bool {
    call.func.inner().downcast_ref::<ToJson>().is_some()
}
