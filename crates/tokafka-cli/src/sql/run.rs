//! The statements, one after the other.

use std::{
    fs,
    io::{Read, Write, stdin, stdout},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, bail};
use datafusion::{
    arrow::{array::AsArray, datatypes::UInt64Type},
    error::DataFusionError,
    execution::SendableRecordBatchStream,
    logical_expr::LogicalPlan,
    physical_plan::execute_stream,
    prelude::SessionContext,
};
use futures::TryStreamExt;
use tokafka_client::settings::ProducerSettings;
use tokafka_datafusion::{SqlStatement, check_sql_syntax, split_sql, sql};
use tokafka_devbroker::DevBroker;

use super::{print::Printer, session::session};
use crate::{
    args::{SqlArgs, SqlOutput},
    connect::{BOOTSTRAP, OptionSet},
    exit::wrong_use,
    notice::Notices,
    stop,
    write::start_broker,
};

const TOPIC: &str = "topic";
const STANDARD_INPUT: &str = "-";

/// Runs the statements. Fails with the first that does not succeed; what the others did stays done.
pub(crate) async fn run(args: SqlArgs, notices: &Notices) -> anyhow::Result<()> {
    let text = text(&args)?;
    let mut options = OptionSet::collect(&args.connect, notices)?;
    options.default_bootstrap();
    let broker = embedded(args.embedded, &mut options).await?;
    check_options(&options)?;
    let context = session(&options);
    let statements = statements(&context, &text)?;
    let stopped = stop::on_signal(notices, "stopping".to_owned())?;
    let run = Run {
        context: &context,
        output: args.output,
        notices,
    };
    let all = run.all(&statements);
    let done = stopped.run_until_cancelled(all).await;
    if let Some(broker) = broker {
        broker.stop().await;
    }
    done.unwrap_or_else(|| {
        bail!("stopped: rows of the INSERT or COPY that ran, if one did, may or may not be written")
    })
}

fn text(args: &SqlArgs) -> anyhow::Result<String> {
    let Some(file) = &args.file else {
        return Ok(args.command.clone().unwrap_or_default());
    };
    if file == Path::new(STANDARD_INPUT) {
        let mut text = String::new();
        let read = stdin().read_to_string(&mut text);
        read.context("reading standard input")?;
        return Ok(text);
    }
    fs::read_to_string(file)
        .map_err(|error| wrong_use(format!("--file {}: {error}", file.display())))
}

async fn embedded(wanted: bool, options: &mut OptionSet) -> anyhow::Result<Option<DevBroker>> {
    if !wanted {
        return Ok(None);
    }
    if options.get(BOOTSTRAP).is_some() {
        return Err(wrong_use(format!(
            "both --embedded and an address (-b or {BOOTSTRAP}) are given: leave one out"
        )));
    }
    let broker = start_broker().await?;
    options.put(BOOTSTRAP, broker.bootstrap());
    Ok(Some(broker))
}

/// What is wrong with the options of the command line is not to be said of a statement.
pub(crate) fn check_options(options: &OptionSet) -> anyhow::Result<()> {
    if options.get(TOPIC).is_some() {
        return Err(wrong_use(
            "-X topic: the LOCATION of a Kafka table names its topic, as 'kafka:///orders'",
        ));
    }
    let mut options = options.clone();
    if options.get(BOOTSTRAP).is_none() {
        options.put(BOOTSTRAP, "127.0.0.1:9092".to_owned());
    }
    let (properties, _) = options.split();
    let settings = ProducerSettings::from_properties(&properties);
    settings
        .map(drop)
        .map_err(|error| wrong_use(error.to_string()))
}

/// The statements of a text, the syntax of each checked.
fn statements(context: &SessionContext, text: &str) -> anyhow::Result<Vec<SqlStatement>> {
    let statements = split_sql(context, text).map_err(|error| wrong_use(said(&error)))?;
    if statements.is_empty() {
        return Err(wrong_use("there is no statement in the text"));
    }
    for statement in &statements {
        let checked = check_sql_syntax(context, &statement.text);
        checked.map_err(|error| wrong_use(format!("{}: {}", place(statement), said(&error))))?;
    }
    Ok(statements)
}

/// What statements are run with.
struct Run<'a> {
    context: &'a SessionContext,
    output: SqlOutput,
    notices: &'a Notices,
}

/// What a statement leaves to be told.
enum Outcome {
    Nothing,
    Rows(SendableRecordBatchStream),
    Written(u64),
}

impl Run<'_> {
    async fn all(&self, statements: &[SqlStatement]) -> anyhow::Result<()> {
        let mut queries = 0_usize;
        for statement in statements {
            match self.one(statement).await? {
                Outcome::Nothing => {}
                Outcome::Rows(_) if queries > 0 && self.output == SqlOutput::Arrow => {
                    return Err(wrong_use(format!(
                        "{}: an Arrow stream holds the rows of one query, and this is another: run it \
                         by itself, or use another --output",
                        place(statement)
                    )));
                }
                Outcome::Rows(rows) => {
                    if queries > 0 && self.output == SqlOutput::Csv {
                        writeln!(stdout())?;
                    }
                    queries += 1;
                    let printed = Printer::new(self.output, &rows);
                    let printed = match printed {
                        Ok(printer) => printer.print(rows).await,
                        Err(error) => Err(error),
                    };
                    printed.map_err(|error| failed(statement, error))?;
                }
                Outcome::Written(rows) => {
                    let place = place(statement);
                    let unit = if rows == 1 { "row" } else { "rows" };
                    self.notices
                        .info(&format!("{place}: {rows} {unit} written"));
                }
            }
        }
        Ok(())
    }

    /// Plans a statement, and runs it if it writes. Rows are only read when they are asked for.
    async fn one(&self, statement: &SqlStatement) -> anyhow::Result<Outcome> {
        let wrong =
            |error: DataFusionError| wrong_use(format!("{}: {}", place(statement), said(&error)));
        let frame = sql(self.context, &statement.text).await.map_err(wrong)?;
        let writes = matches!(
            frame.logical_plan(),
            LogicalPlan::Dml(_) | LogicalPlan::Copy(_)
        );
        let context = Arc::new(frame.task_ctx());
        let plan = frame.create_physical_plan().await.map_err(wrong)?;
        let rows = execute_stream(plan, context).map_err(wrong)?;
        if writes {
            let written = count(rows).await;
            let written = written.map_err(|error| failed(statement, error.into()))?;
            return Ok(Outcome::Written(written));
        }
        if rows.schema().fields().is_empty() {
            return Ok(Outcome::Nothing);
        }
        Ok(Outcome::Rows(rows))
    }
}

/// Runs what yields how many rows it wrote.
async fn count(rows: SendableRecordBatchStream) -> Result<u64, DataFusionError> {
    rows.try_fold(0, async |total, batch| {
        let counts = batch.columns().first();
        let counts = counts.and_then(|counts| counts.as_primitive_opt::<UInt64Type>());
        Ok(total + counts.into_iter().flatten().flatten().sum::<u64>())
    })
    .await
}

fn place(statement: &SqlStatement) -> String {
    format!("statement {} (line {})", statement.number, statement.line)
}

/// A statement that was right, and failed while it ran.
fn failed(statement: &SqlStatement, error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<DataFusionError>() {
        Ok(error) => anyhow::anyhow!("{}: {}", place(statement), said(&error)),
        Err(other) => other.context(place(statement)),
    }
}

/// What an error says, without the names of the layers that it came through.
fn said(error: &DataFusionError) -> String {
    match error.find_root() {
        DataFusionError::External(inner) => inner.to_string(),
        DataFusionError::SQL(error, _) => error.to_string(),
        root => root.strip_backtrace(),
    }
}
