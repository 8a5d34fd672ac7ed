//! `to_json` as an expression of the DataFrame API.

use std::collections::HashSet;

use datafusion::{
    common::{Column, DFSchema, plan_err},
    error::Result,
    functions::core::named_struct,
    logical_expr::{Expr, ScalarUDF, lit},
};

use super::udf::ToJson;

/// `to_json(value)` with Spark's defaults. The session needs nothing registered.
pub fn to_json(value: Expr) -> Expr {
    ScalarUDF::new_from_impl(ToJson::new()).call(vec![value])
}

/// `to_json(value, options)` with the options of [`JsonOptions::set`](crate::JsonOptions::set). They
/// are checked when the expression is put into a plan.
pub fn to_json_with<'a>(
    value: Expr,
    options: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Expr {
    let options = options.into_iter();
    let options = options.flat_map(|(name, value)| [lit(name), lit(value)]);
    let options: Vec<Expr> = options.collect();
    if options.is_empty() {
        return to_json(value);
    }
    let options = named_struct().call(options);
    ScalarUDF::new_from_impl(ToJson::new()).call(vec![value, options])
}

/// All columns of a schema as one struct: `to_json(struct_all(df.schema())?)`.
///
/// # Errors
/// Columns of one name, as after a join: a struct has one field of a name.
pub fn struct_all(schema: &DFSchema) -> Result<Expr> {
    struct_of(schema.iter().map(|field| Expr::Column(Column::from(field))))
}

/// These expressions as one struct, whose fields are named as columns would be.
pub(super) fn struct_of(exprs: impl IntoIterator<Item = Expr>) -> Result<Expr> {
    let fields: Vec<(String, Expr)> = exprs.into_iter().enumerate().map(named).collect();
    let mut seen = HashSet::new();
    if let Some((name, _)) = fields.iter().find(|(name, _)| !seen.insert(name.as_str())) {
        return plan_err!(
            "to_json: there are several columns named {name}: name the columns as in \
             to_json(struct(t.{name}, …)), or take those of one table as in to_json(t.*)"
        );
    }
    if fields.is_empty() {
        return plan_err!("to_json: there are no columns");
    }
    let args = fields
        .into_iter()
        .flat_map(|(name, expr)| [lit(name), expr]);
    Ok(named_struct().call(args.collect()))
}

/// Spark names what has no name `col1`, `col2`, by its position.
fn named((position, expr): (usize, Expr)) -> (String, Expr) {
    match expr {
        Expr::Column(column) => (column.name.clone(), Expr::Column(column)),
        Expr::Alias(alias) => (alias.name, *alias.expr),
        other => (format!("col{}", position + 1), other),
    }
}
