//! Spark's SQL: a front door that changes the words of a text before it is parsed, and nothing in the
//! session.

mod casts;
mod declared;
mod insert;
mod names;
mod options;
mod split;
mod tokens;
mod words;

use datafusion::{
    common::{DFSchema, plan_datafusion_err, plan_err},
    error::Result,
    execution::{SessionState, context::SQLOptions},
    prelude::{DataFrame, Expr, SessionContext},
    sql::{
        parser::{DFParserBuilder, Statement},
        sqlparser::dialect::{Dialect, dialect_from_str},
    },
};

use crate::table;

pub use self::insert::insert_target;
pub use self::split::{SqlStatement, check_sql_syntax, split_sql};

/// Plans one statement, as [`SessionContext::sql`] does, and takes Spark's `to_json(struct(*))`,
/// `struct(a, b + 1 AS c)` with the names that Spark gives its fields, the options of `to_json` as
/// `map('k', 'v', 'k', 'v')`, `array(…)`, casts to `BINARY` and `LONG`, and a column `offset` wherever it stands. `CAST(key AS STRING)` is a
/// column `key`, as in Spark. The session needs [`register`](crate::register).
///
/// Of a topic as a table, columns can be declared as `key BINARY`, and `INSERT INTO t SELECT …` goes
/// by the names of the query's columns where it names none of its own.
///
/// # Errors
/// DataFusion's, more than one statement, a cast of a number to BINARY, which would give its bytes
/// in memory, an option of Kafka's that is given twice, columns of an INSERT that the table lacks or
/// needs, and a COPY to Kafka that cannot be planned.
pub async fn sql(context: &SessionContext, text: &str) -> Result<DataFrame> {
    sql_with_options(context, text, SQLOptions::new()).await
}

/// As [`sql`], of the statements that `allowed` says, as [`SessionContext::sql_with_options`] does.
///
/// # Errors
/// As of [`sql`], and a statement that is not allowed. Nothing was carried out of it.
pub async fn sql_with_options(
    context: &SessionContext,
    text: &str,
    allowed: SQLOptions,
) -> Result<DataFrame> {
    let state = context.state();
    let mut statement = parse(&state, text)?;
    let explained = explained(&mut statement);
    options::check(explained)?;
    names::name_casts(explained);
    let query = insert::by_name(context, explained).await?;
    let plan = insert::put(state.statement_to_plan(statement).await?, query)?;
    allowed.verify_plan(&plan)?;
    casts::check_plan(&plan)?;
    table::check_plan(&plan)?;
    context.execute_logical_plan(plan).await
}

/// What an EXPLAIN explains, and any other statement itself.
fn explained(statement: &mut Statement) -> &mut Statement {
    match statement {
        Statement::Explain(explain) => explained(&mut explain.statement),
        other => other,
    }
}

/// The one statement of a text. Apart, since a parser must not be held while a plan is waited for: the
/// future could not be sent.
fn parse(state: &SessionState, text: &str) -> Result<Statement> {
    let dialect = dialect(state)?;
    let tokens = words::tokens(dialect.as_ref(), text)?;
    let mut parser = DFParserBuilder::new(tokens)
        .with_dialect(dialect.as_ref())
        .with_recursion_limit(recursion_limit(state))
        .build()?;
    let mut statements = parser.parse_statements()?;
    match (statements.pop_front(), statements.is_empty()) {
        (Some(statement), true) => Ok(statement),
        _ => plan_err!("one statement at a time"),
    }
}

/// Selects expressions of a frame, as [`DataFrame::select_exprs`] does, in the spellings of [`sql`].
///
/// # Errors
/// DataFusion's.
pub fn select_exprs(frame: DataFrame, exprs: &[&str]) -> Result<DataFrame> {
    let (state, plan) = frame.into_parts();
    let exprs = exprs
        .iter()
        .map(|text| expr(&state, plan.schema(), text).map(names::name_cast));
    let exprs: Vec<_> = exprs.collect::<Result<_>>()?;
    DataFrame::new(state, plan).select(exprs)
}

/// One expression over the columns of a frame, as [`DataFrame::parse_sql_expr`] takes it, in the
/// spellings of [`sql`]. A `*` within `to_json` is written out when a frame selects it.
///
/// # Errors
/// DataFusion's.
pub fn parse_sql_expr(frame: &DataFrame, text: &str) -> Result<Expr> {
    let (state, plan) = frame.clone().into_parts();
    expr(&state, plan.schema(), text)
}

fn expr(state: &SessionState, schema: &DFSchema, text: &str) -> Result<Expr> {
    let dialect = dialect(state)?;
    let tokens = words::tokens(dialect.as_ref(), text)?;
    let expr = DFParserBuilder::new(tokens)
        .with_dialect(dialect.as_ref())
        .with_recursion_limit(recursion_limit(state))
        .build()?
        .parse_into_expr()?;
    let expr = state.create_logical_expr_from_sql_expr(expr, schema)?;
    casts::check(&expr, schema)?;
    Ok(expr)
}

fn dialect(state: &SessionState) -> Result<Box<dyn Dialect>> {
    let dialect = state.config().options().sql_parser.dialect;
    dialect_from_str(dialect).ok_or_else(|| plan_datafusion_err!("unknown SQL dialect {dialect}"))
}

fn recursion_limit(state: &SessionState) -> usize {
    state.config().options().sql_parser.recursion_limit.get()
}
