//! From files to a frame whose columns are those of a record.

use std::sync::Arc;

use datafusion::{
    catalog::TableProvider,
    error::DataFusionError,
    execution::context::SQLOptions,
    prelude::{DataFrame, SessionConfig, SessionContext},
};
use tokafka_datafusion::{register, sql_with_options};

use super::{files::OrderedFiles, inputs::Inputs, plan::WritePlan, shape};
use crate::{args::RowForm, exit::wrong_use, notice::Notices};

/// What is to be written.
pub(super) struct Rows {
    /// One column per attribute of a record; others are not written.
    pub(super) frame: DataFrame,
    /// What messages call the files.
    pub(super) source: String,
    /// Whether one of them is the record's timestamp.
    pub(super) timed: bool,
    /// How many rows there will be, if that is known before.
    pub(super) total: Option<u64>,
}

/// Name of the table that queries read.
const TABLE: &str = "input";

/// Reads the columns of the files and applies the query and the expressions to them.
pub(super) async fn open(
    plan: &WritePlan,
    inputs: &Inputs,
    notices: &Notices,
) -> anyhow::Result<Rows> {
    let config = SessionConfig::new().with_target_partitions(usize::from(plan.writers));
    let context = SessionContext::new_with_config(config);
    register(&context);
    let (table, rows) = table(&context, plan, inputs).await?;
    context.register_table(TABLE, table)?;
    let source = match &plan.shape.sql {
        Some(query) => run_query(&context, query).await?,
        None => context.table(TABLE).await?,
    };
    let shown = if plan.shape.sql.is_some() {
        "the query".to_owned()
    } else {
        inputs.shown()
    };
    let shaped = shape::records(source, &plan.shape, &shown)?;
    if !shaped.routed && !plan.has_topic() {
        return Err(wrong_use(
            "no topic: say it with -t TOPIC, or per row with --topic-expr EXPR. \
             Topic option or topic column must be specified for Kafka writes",
        ));
    }
    if shaped.form == RowForm::Json && plan.shape.form.is_none() {
        notices.info(&format!(
            "each row of {shown} is sent as a JSON object, since none of its columns is one of a record"
        ));
    }
    if !shaped.dropped.is_empty() {
        notices.info(&format!(
            "not written, as asked: {}",
            shaped.dropped.join(", ")
        ));
    }
    Ok(Rows {
        frame: shaped.frame,
        source: inputs.shown(),
        timed: shaped.timed,
        total: rows.filter(|_| plan.shape.sql.is_none()),
    })
}

/// The inputs as a table, and how many rows it has, if that is known.
async fn table(
    context: &SessionContext,
    plan: &WritePlan,
    inputs: &Inputs,
) -> anyhow::Result<(Arc<dyn TableProvider>, Option<u64>)> {
    match inputs {
        Inputs::Files(files) => {
            let files = OrderedFiles::open(context, files, plan.source.csv).await?;
            let rows = files.rows();
            Ok((Arc::new(files), rows))
        }
        Inputs::Stream(stream) => Ok((Arc::new(stream.table()?), None)),
    }
}

async fn run_query(context: &SessionContext, query: &str) -> anyhow::Result<DataFrame> {
    let only_queries = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    let planned = sql_with_options(context, query, only_queries).await;
    planned.map_err(|error| match error.find_root() {
        DataFusionError::SQL(error, _) => {
            let place = place(query, &error.to_string());
            wrong_use(format!("--sql: {error}{place}"))
        }
        _ => wrong_use(error.strip_backtrace()).context("--sql (the files are the table `input`)"),
    })
}

/// The line of a query that an error of the parser points at, with a mark under the place.
fn place(query: &str, error: &str) -> String {
    let number = |label: &str| -> Option<usize> {
        let rest = error.rsplit_once(label)?.1;
        rest.split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    };
    let Some((line, column)) = number("Line: ").zip(number("Column: ")) else {
        return String::new();
    };
    let text = query
        .lines()
        .nth(line.saturating_sub(1))
        .unwrap_or_default();
    format!("\n  {text}\n  {:>column$}", "^")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_syntax_error_is_marked() {
        let query = "SELECT a\nFORM input";
        let error = "sql parser error: Expected: end, found: input at Line: 2, Column: 6";
        assert_eq!(place(query, error), "\n  FORM input\n       ^");
        assert_eq!(place(query, "sql parser error: unexpected end"), "");
    }
}
