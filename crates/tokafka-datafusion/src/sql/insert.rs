//! `INSERT INTO t SELECT …` into a topic goes by the names of the query's columns.

use std::sync::Arc;

use datafusion::{
    arrow::datatypes::Schema,
    common::{
        Column, TableReference, internal_err, plan_err,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    error::Result,
    execution::SessionState,
    logical_expr::{ExprSchemable, LogicalPlan, LogicalPlanBuilder},
    prelude::{Expr, SessionContext},
    sql::{
        parser::{DFParser, Statement},
        planner::object_name_to_table_reference,
        sqlparser::ast::{self, Ident, Insert, ObjectName, Query, SetExpr, TableObject},
    },
};

use crate::{WriteFailure, table::KafkaTable};

/// The query of an INSERT that lists no columns, if its table is Kafka's: in the statement stands a
/// stand-in with the columns of that name, until [`put`] puts the query there. DataFusion would take
/// the columns of the table for those of any VALUES within the query.
///
/// The rows of VALUES have no names and go by position: they stay where they are.
///
/// # Errors
/// A column that the table lacks, one that it needs, and those of planning the query.
pub(super) async fn by_name(
    context: &SessionContext,
    statement: &mut Statement,
) -> Result<Option<LogicalPlan>> {
    let Some(insert) = insert(statement).filter(|insert| insert.columns.is_empty()) else {
        return Ok(None);
    };
    let (TableObject::TableName(table), Some(query)) = (&insert.table, &insert.source) else {
        return Ok(None);
    };
    if is_values(&query.body) {
        return Ok(None);
    }
    let Some(query) = planned(context, table, query).await? else {
        return Ok(None);
    };
    let names = query.schema().fields().iter().map(|field| field.name());
    let quoted = |name| ObjectName::from(vec![Ident::with_quote('"', name)]);
    insert.columns = names.map(quoted).collect();
    insert.source = Some(stand_in(insert.columns.len())?);
    Ok(Some(query))
}

/// The table that a statement inserts into, `None` if it is no INSERT. Plans nothing and looks nothing up.
///
/// # Errors
/// DataFusion's, of a statement that cannot be parsed.
pub fn insert_target(context: &SessionContext, text: &str) -> Result<Option<TableReference>> {
    let state = context.state();
    let mut statement = super::parse(&state, text)?;
    let Some(insert) = insert(&mut statement) else {
        return Ok(None);
    };
    match &insert.table {
        TableObject::TableName(table) => reference(&state, table).map(Some),
        other => plan_err!("cannot insert into {other}: it is no table"),
    }
}

fn reference(state: &SessionState, table: &ObjectName) -> Result<TableReference> {
    let parser = &state.config().options().sql_parser;
    object_name_to_table_reference(table.clone(), parser.enable_ident_normalization)
}

/// Puts the query in the place of its stand-in, its columns cast to those of the table.
pub(super) fn put(plan: LogicalPlan, query: Option<LogicalPlan>) -> Result<LogicalPlan> {
    let Some(query) = query else {
        return Ok(plan);
    };
    let plan = plan.transform_down(|node| match node {
        LogicalPlan::Dml(mut insert) => {
            insert.input = Arc::new(cast(&query, &insert.target.schema())?);
            let insert = LogicalPlan::Dml(insert);
            Ok(Transformed::new(insert, true, TreeNodeRecursion::Stop))
        }
        other => Ok(Transformed::no(other)),
    });
    plan.map(|plan| plan.data)
}

fn cast(query: &LogicalPlan, table: &Schema) -> Result<LogicalPlan> {
    let columns = query.schema().iter().map(|column| {
        let name = column.1.name();
        let to = table.field_with_name(name)?.data_type();
        let cast = Expr::Column(Column::from(column)).cast_to(to, query.schema())?;
        Ok(cast.alias(name))
    });
    let columns: Vec<_> = columns.collect::<Result<_>>()?;
    LogicalPlanBuilder::from(query.clone())
        .project(columns)?
        .build()
}

/// A query of that many columns.
fn stand_in(columns: usize) -> Result<Box<Query>> {
    let columns = (0..columns).map(|column| format!("NULL AS c{column}"));
    let text = format!("SELECT {}", columns.collect::<Vec<_>>().join(", "));
    let statement = DFParser::parse_sql(&text)?.pop_front();
    if let Some(Statement::Statement(statement)) = statement
        && let ast::Statement::Query(query) = *statement
    {
        return Ok(query);
    }
    internal_err!("{text} should be a query")
}

fn insert(statement: &mut Statement) -> Option<&mut Insert> {
    match statement {
        Statement::Statement(statement) => match statement.as_mut() {
            ast::Statement::Insert(insert) => Some(insert),
            _ => None,
        },
        _ => None,
    }
}

fn is_values(body: &SetExpr) -> bool {
    match body {
        SetExpr::Values(_) => true,
        SetExpr::Query(query) => is_values(&query.body),
        _ => false,
    }
}

/// The plan of the query, its columns checked; `None` if the table is not Kafka's.
async fn planned(
    context: &SessionContext,
    table: &ObjectName,
    query: &Query,
) -> Result<Option<LogicalPlan>> {
    let state = context.state();
    let reference = reference(&state, table)?;
    // What is wrong with a table that is not found says DataFusion.
    let provider = context.table_provider(reference).await.ok();
    let kafka = provider
        .as_ref()
        .and_then(|provider| provider.downcast_ref::<KafkaTable>());
    let Some(kafka) = kafka else {
        return Ok(None);
    };
    let query = ast::Statement::Query(Box::new(query.clone()));
    let query = state.statement_to_plan(Statement::Statement(Box::new(query)));
    let query = query.await?;
    let names = query.schema().fields().iter().map(|field| field.name());
    let names: Vec<&str> = names.map(String::as_str).collect();
    check(table, kafka, &names)?;
    Ok(Some(query))
}

fn check(table: &ObjectName, kafka: &KafkaTable, names: &[&str]) -> Result<()> {
    let columns = kafka.column_names();
    if let Some(other) = names.iter().find(|name| !columns.contains(name)) {
        return plan_err!(
            "table {table} has no column {other}, but {}. Columns of a query go by name: \
             give each the name of one, SELECT … AS value, or name them, \
             INSERT INTO {table} (key, value) SELECT …",
            columns.join(", ")
        );
    }
    let needed = kafka.check_columns(names).map_err(WriteFailure::Plan);
    Ok(needed?)
}
