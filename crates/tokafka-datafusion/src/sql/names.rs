//! The names of casts: Spark calls `CAST(key AS STRING)` what it casts, `key`, and DataFusion `t.key`.
//!
//! A cast beside another column of that name, or beside a star, which may bring one, keeps the name that
//! DataFusion gives it, since DataFusion refuses two columns of one name.

use std::ops::ControlFlow;

use datafusion::{
    logical_expr::{Cast, TryCast},
    prelude::Expr,
    sql::{
        parser::{CopyToSource, Statement},
        sqlparser::ast::{self, Select, SelectItem, VisitMut, VisitorMut},
    },
};

/// Gives the casts that a statement selects the names that Spark gives them.
pub(super) fn name_casts(statement: &mut Statement) {
    let _: ControlFlow<()> = match statement {
        Statement::Statement(statement) => statement.visit(&mut Names),
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => query.visit(&mut Names),
            CopyToSource::Relation(_) => return,
        },
        Statement::Explain(explain) => return name_casts(&mut explain.statement),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => return,
    };
}

/// The same for expressions that are selected together.
pub(super) fn name_cast_exprs(exprs: &mut [Expr]) {
    let names: Vec<_> = exprs.iter().map(output_of_expr).collect();
    for (expr, name) in exprs.iter_mut().zip(&names) {
        if let (Some(_), Some(name)) = (cast_column(expr), name)
            && is_only(name, &names)
        {
            *expr = expr.clone().alias(name);
        }
    }
}

struct Names;

impl VisitorMut for Names {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let names: Vec<_> = select.projection.iter().map(output_of_item).collect();
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) = item
                && let Some(alias) = cast_ident(expr)
                && is_only(&alias.value, &names)
            {
                *item = SelectItem::ExprWithAlias {
                    expr: expr.clone(),
                    alias: alias.clone(),
                };
            }
        }
        ControlFlow::Continue(())
    }
}

/// Whether one of the outputs has the name, and all are known.
fn is_only(name: &str, outputs: &[Option<String>]) -> bool {
    let is_other = |output: &&Option<String>| {
        let output = output.as_deref();
        output.is_none_or(|output| output.eq_ignore_ascii_case(name))
    };
    outputs.iter().filter(is_other).count() == 1
}

/// The name that an expression gives to its column; none for a star.
#[expect(deprecated, reason = "DataFusion's parser still makes it of a star")]
fn output_of_expr(expr: &Expr) -> Option<String> {
    match (cast_column(expr), expr) {
        (Some(column), _) => Some(column.to_owned()),
        (None, Expr::Wildcard { .. }) => None,
        (None, expr) => Some(expr.qualified_name().1),
    }
}

fn output_of_item(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        SelectItem::UnnamedExpr(expr) => {
            let ident = cast_ident(expr).or_else(|| ident(expr));
            Some(ident.map_or_else(|| expr.to_string(), |ident| ident.value.clone()))
        }
        _ => None,
    }
}

fn cast_column(expr: &Expr) -> Option<&str> {
    let (Expr::Cast(Cast { expr, .. }) | Expr::TryCast(TryCast { expr, .. })) = expr else {
        return None;
    };
    match &**expr {
        Expr::Column(column) => Some(&column.name),
        inner => cast_column(inner),
    }
}

fn cast_ident(expr: &ast::Expr) -> Option<&ast::Ident> {
    let ast::Expr::Cast { expr, .. } = expr else {
        return None;
    };
    ident(expr).or_else(|| cast_ident(expr))
}

fn ident(expr: &ast::Expr) -> Option<&ast::Ident> {
    match expr {
        ast::Expr::Identifier(name) => Some(name),
        ast::Expr::CompoundIdentifier(path) => path.last(),
        _ => None,
    }
}
