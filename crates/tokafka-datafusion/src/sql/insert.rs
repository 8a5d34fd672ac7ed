//! `INSERT INTO t SELECT …` into a topic goes by the names of the query's columns.

use datafusion::{
    common::plan_err,
    error::Result,
    prelude::SessionContext,
    sql::{
        parser::Statement,
        planner::object_name_to_table_reference,
        sqlparser::ast::{self, Ident, Insert, ObjectName, Query, SetExpr, TableObject},
    },
};

use crate::{WriteFailure, table::KafkaTable};

/// Names the columns of an INSERT that names none, if its table is Kafka's. The rows of VALUES have
/// no names and go by position.
///
/// # Errors
/// A column that the table lacks, one that it needs, and those of planning the query.
pub(super) async fn by_name(context: &SessionContext, statement: &mut Statement) -> Result<()> {
    let Some(insert) = insert(statement).filter(|insert| insert.columns.is_empty()) else {
        return Ok(());
    };
    let (TableObject::TableName(table), Some(query)) = (&insert.table, &insert.source) else {
        return Ok(());
    };
    if is_values(&query.body) {
        return Ok(());
    }
    let names = columns(context, table, query).await?;
    insert.columns = names.unwrap_or_default();
    Ok(())
}

fn insert(statement: &mut Statement) -> Option<&mut Insert> {
    match statement {
        Statement::Explain(explain) => insert(&mut explain.statement),
        Statement::Statement(statement) => match statement.as_mut() {
            ast::Statement::Insert(insert) => Some(insert),
            _ => None,
        },
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => None,
    }
}

fn is_values(body: &SetExpr) -> bool {
    match body {
        SetExpr::Values(_) => true,
        SetExpr::Query(query) => is_values(&query.body),
        _ => false,
    }
}

/// The columns of the query, quoted; `None` if the table is not Kafka's.
async fn columns(
    context: &SessionContext,
    table: &ObjectName,
    query: &Query,
) -> Result<Option<Vec<ObjectName>>> {
    let state = context.state();
    let normalize = state
        .config()
        .options()
        .sql_parser
        .enable_ident_normalization;
    let reference = object_name_to_table_reference(table.clone(), normalize)?;
    // What is wrong with a table that is not found says DataFusion.
    let provider = context.table_provider(reference).await.ok();
    let kafka = provider
        .as_ref()
        .and_then(|it| it.downcast_ref::<KafkaTable>());
    let Some(kafka) = kafka else {
        return Ok(None);
    };
    let query = ast::Statement::Query(Box::new(query.clone()));
    let query = state.statement_to_plan(Statement::Statement(Box::new(query)));
    let query = query.await?;
    let names = query.schema().fields().iter().map(|field| field.name());
    let names: Vec<&str> = names.map(String::as_str).collect();
    check(table, kafka, &names)?;
    let quoted = |name| ObjectName::from(vec![Ident::with_quote('"', name)]);
    Ok(Some(names.into_iter().map(quoted).collect()))
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
