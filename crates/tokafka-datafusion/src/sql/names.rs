//! The names of casts: Spark calls `CAST(key AS STRING)` what it casts, `key`, and DataFusion `t.key`.

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
        Statement::CreateExternalTable(_) | Statement::Explain(_) | Statement::Reset(_) => return,
    };
}

/// The same for one expression that is selected.
pub(super) fn name_cast(expr: Expr) -> Expr {
    match column(&expr).map(str::to_owned) {
        Some(name) => expr.alias(name),
        None => expr,
    }
}

fn column(expr: &Expr) -> Option<&str> {
    let (Expr::Cast(Cast { expr, .. }) | Expr::TryCast(TryCast { expr, .. })) = expr else {
        return None;
    };
    match &**expr {
        Expr::Column(column) => Some(&column.name),
        inner => column(inner),
    }
}

struct Names;

impl VisitorMut for Names {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) = item
                && let Some(alias) = name(expr)
            {
                *item = SelectItem::ExprWithAlias {
                    expr: expr.clone(),
                    alias,
                };
            }
        }
        ControlFlow::Continue(())
    }
}

fn name(expr: &ast::Expr) -> Option<ast::Ident> {
    let ast::Expr::Cast { expr, .. } = expr else {
        return None;
    };
    match &**expr {
        ast::Expr::Identifier(name) => Some(name.clone()),
        ast::Expr::CompoundIdentifier(path) => path.last().cloned(),
        inner => name(inner),
    }
}
