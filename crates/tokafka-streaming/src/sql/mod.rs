//! A stream in SQL: tables, and one INSERT.

mod factory;

use std::sync::Arc;

use datafusion::{
    catalog::TableProvider,
    common::{TableReference, tree_node::TreeNodeRecursion},
    datasource::source_as_provider,
    error::DataFusionError,
    logical_expr::{DmlStatement, LogicalPlan, WriteOp, dml::InsertOp},
    prelude::{DataFrame, SessionContext},
};
use tokafka_datafusion::{KafkaTable, SqlOptions, SqlStatement, insert_target, split_sql, sql};

use self::factory::StreamTables;
use crate::{
    DataStreamWriter, StartError, StreamingFrame, batch::StreamPlan, start::check_plan,
    table::StreamTable,
};

/// Makes a stream of a text of statements: those that make its tables and views, and one `INSERT INTO sink
/// SELECT … FROM source`, in the spellings of [`tokafka_datafusion::sql()`].
///
/// Of the Kafka tables the one that is inserted into is the sink, with the options of a write and
/// `checkpointLocation`. The others are streams, with the options of [`read_stream`](crate::read_stream):
/// LOCATION names what to subscribe to, unless the options do, and headers are there unless
/// `'includeHeaders' 'false'`. `sources` is for them, what [`register_with`](tokafka_datafusion::register_with)
/// was given is for the sink. Other tables are static sides. Columns of the INSERT go by name.
///
/// ```no_run
/// use datafusion::prelude::*;
/// use tokafka_datafusion::SqlOptions;
/// use tokafka_streaming::stream_sql;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let text = "
///     CREATE EXTERNAL TABLE orders STORED AS KAFKA LOCATION 'kafka://localhost:9092/orders';
///     CREATE EXTERNAL TABLE copies STORED AS KAFKA LOCATION 'kafka://localhost:9092/copies'
///         OPTIONS ('checkpointLocation' 'checkpoints/copies');
///     INSERT INTO copies SELECT key, value FROM orders";
/// let ctx = SessionContext::new();
/// tokafka_datafusion::register(&ctx);
/// let query = stream_sql(&ctx, text, SqlOptions::new()).await?.start().await?;
/// query.await_termination().await?;
/// # Ok(())
/// # }
/// ```
///
/// The statements that make tables are carried out in the session; nothing else is, before
/// [`DataStreamWriter::start`].
///
/// # Errors
/// [`StartError::Refused`], which names the statement and its line.
pub async fn stream_sql(
    context: &SessionContext,
    text: &str,
    sources: SqlOptions,
) -> Result<DataStreamWriter, StartError> {
    let statements = split_sql(context, text).map_err(|error| refused(said(&error)))?;
    let (insert, sink) = the_insert(context, &statements)?;
    let (session, tables) = factory::session(context, &sink, sources)
        .map_err(|error| refused(format!("{}: {}", place(insert), said(&error))))?;
    let mut written = None;
    for statement in &statements {
        let frame = sql(&session, &statement.text).await;
        let frame = frame.map_err(|error| at(statement, &said(&error)))?;
        match statement.number == insert.number {
            true => written = Some(frame),
            false => carried_out(statement, &frame)?,
        }
    }
    let inserted = written.ok_or_else(no_insert)?;
    let writer = Insert {
        session,
        sink,
        tables,
    };
    let writer = writer.writer(inserted.into_unoptimized_plan()).await;
    writer.map_err(|error| at(insert, &said(&error)))
}

/// The one INSERT of a text, and the table that it inserts into.
fn the_insert<'a>(
    context: &SessionContext,
    statements: &'a [SqlStatement],
) -> Result<(&'a SqlStatement, TableReference), StartError> {
    let mut found: Option<(&SqlStatement, TableReference)> = None;
    for statement in statements {
        let target = insert_target(context, &statement.text);
        let target = target.map_err(|error| at(statement, &said(&error)))?;
        match (&found, target) {
            (_, None) => {}
            (None, Some(target)) => found = Some((statement, target)),
            (Some((first, _)), Some(_)) => {
                let first = place(first);
                return Err(at(
                    statement,
                    &format!(
                        "a second INSERT, after {first}: a stream has one. Run the other as a stream of \
                         its own, with a checkpoint of its own, or write to several topics by a column \
                         topic, or by UNION ALL"
                    ),
                ));
            }
        }
    }
    found.ok_or_else(no_insert)
}

fn no_insert() -> StartError {
    refused(
        "there is no INSERT among the statements: a stream is written by one \
         INSERT INTO sink SELECT … FROM source"
            .to_owned(),
    )
}

/// Refuses what yields rows: a stream shows none.
fn carried_out(statement: &SqlStatement, frame: &DataFrame) -> Result<(), StartError> {
    let what = match frame.logical_plan() {
        LogicalPlan::Copy(_) => "COPY",
        LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) => "EXPLAIN",
        LogicalPlan::Dml(_) => "a statement that changes rows",
        plan if plan.schema().fields().is_empty() => return Ok(()),
        _ => "a query alone",
    };
    Err(at(
        statement,
        &format!(
            "{what} has no place beside a stream, which is one INSERT INTO sink SELECT … FROM source and \
             what makes its tables"
        ),
    ))
}

struct Insert {
    session: SessionContext,
    sink: TableReference,
    tables: Arc<StreamTables>,
}

impl Insert {
    async fn writer(self, plan: LogicalPlan) -> Result<DataStreamWriter, DataFusionError> {
        let LogicalPlan::Dml(DmlStatement { input, op, .. }) = plan else {
            return Err(plan_error("it is no INSERT".to_owned()));
        };
        if op != WriteOp::Insert(InsertOp::Append) {
            return Err(plan_error(format!(
                "{op} is not allowed for Kafka: records can only be added to a topic. Use INSERT INTO"
            )));
        }
        let sink = &self.sink;
        let table = self.session.table_provider(sink.clone()).await?;
        let Some(table) = table.downcast_ref::<KafkaTable>() else {
            return Err(plan_error(format!(
                "{sink} is no Kafka table: a stream is written to one that is made by CREATE EXTERNAL \
                 TABLE {sink} STORED AS KAFKA LOCATION 'kafka://host:9092/topic' in the same text"
            )));
        };
        self.refuse_no_stream(&input)?;
        let rows = table.rows_to_write(input.as_ref().clone())?;
        let plan = StreamPlan::try_new(self.session.state(), rows.clone())?;
        check_plan(&plan).map_err(|error| plan_error(error.to_string()))?;
        let mut writer = StreamingFrame::from_plan(&self.session, rows).write_stream();
        writer.options = table.write_options().clone();
        writer.checkpoint = self.tables.checkpoint();
        Ok(writer)
    }

    fn refuse_no_stream(&self, plan: &LogicalPlan) -> Result<(), DataFusionError> {
        let (mut is_stream, mut is_own) = (false, false);
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                let table: Arc<dyn TableProvider> = source_as_provider(&scan.source)?;
                is_stream |= table.is::<StreamTable>();
                is_own |= table.is::<KafkaTable>();
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        let sink = &self.sink;
        if is_own {
            return Err(plan_error(format!(
                "the query reads {sink}, which it writes to. Make a second table of the topic to read it \
                 as a stream, if its records are to be written to it again and again"
            )));
        }
        match is_stream {
            true => Ok(()),
            false => Err(plan_error(
                "the query reads no stream: one of its tables has to be made by CREATE EXTERNAL TABLE … \
                 STORED AS KAFKA. Rows that have an end are written by `tokafka sql`, or by \
                 DataFrame::write"
                    .to_owned(),
            )),
        }
    }
}

fn place(statement: &SqlStatement) -> String {
    format!("statement {} (line {})", statement.number, statement.line)
}

fn at(statement: &SqlStatement, message: &str) -> StartError {
    refused(format!("{}: {message}", place(statement)))
}

fn refused(message: String) -> StartError {
    StartError::Refused(message)
}

fn plan_error(message: String) -> DataFusionError {
    DataFusionError::Plan(message)
}

/// What an error says, without the names of the layers that it came through.
fn said(error: &DataFusionError) -> String {
    match error.find_root() {
        DataFusionError::External(inner) => inner.to_string(),
        DataFusionError::SQL(error, _) => error.to_string(),
        root => root.strip_backtrace(),
    }
}
