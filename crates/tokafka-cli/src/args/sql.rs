//! `tokafka sql`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::ConnectArgs;

#[derive(Debug, Args)]
#[command(after_help = SQL_HELP, group = ArgGroup::new("statements").required(true))]
pub(crate) struct SqlArgs {
    /// Statements, separated by semicolons
    #[arg(
        short,
        long,
        value_name = "STATEMENTS",
        group = "statements",
        allow_hyphen_values = true
    )]
    pub(crate) command: Option<String>,
    /// A file of statements; `-` is standard input
    #[arg(short, long, value_name = "FILE", group = "statements")]
    pub(crate) file: Option<PathBuf>,
    /// How the rows of queries are written
    #[arg(long, value_enum, default_value = "table", value_name = "FORM")]
    pub(crate) output: SqlOutput,
    /// Start a broker in this process, for tables whose LOCATION names none; it ends with the last statement
    #[arg(long, help_heading = "Connection")]
    pub(crate) embedded: bool,
    // The last: its heading holds for what comes after it.
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SqlOutput {
    /// Columns for the eye. Bytes are shown as text, or as base64:… where they are not UTF-8.
    Table,
    /// One JSON object per row; bytes as in a table.
    Json,
    /// With a header line for each query; bytes as in a table.
    Csv,
    /// An Arrow IPC stream of one query, as it is.
    Arrow,
}

const SQL_HELP: &str = "\
Runs DataFusion's SQL with Kafka tables: CREATE EXTERNAL TABLE … STORED AS KAFKA, INSERT INTO, COPY … TO,
EXPLAIN, and SELECT also straight from files, as 'orders.parquet' or 'orders.csv'. Spark's to_json(struct(*)),
array(…) and casts to BINARY and LONG are taken as they are.

The syntax of all statements is checked before the first is run. Rows of queries go to standard output;
how many rows an INSERT wrote, to standard error. A statement that fails ends the run: what the ones
before it did stays done.

-b, -X and --config say what Kafka tables do not say themselves: a LOCATION without a host, as
'kafka:///orders', is at -b. A value in OPTIONS can be '${env:NAME}' or '${file:PATH}'.

  tokafka sql -c \"SELECT count(*) FROM 'orders.parquet'\"
  tokafka sql -b localhost:9092 -c \"CREATE EXTERNAL TABLE t STORED AS KAFKA LOCATION 'kafka:///orders';
      INSERT INTO t (key, value) SELECT customer, to_json(struct(*)) FROM 'orders.parquet'\"
  tokafka sql -f load.sql --embedded";
