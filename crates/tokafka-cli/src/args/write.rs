//! `tokafka write`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use super::{
    connect::{ConnectArgs, name_value},
    time::duration,
};

#[derive(Debug, Args)]
#[command(after_help = WRITE_HELP)]
pub(crate) struct WriteArgs {
    /// Files or globs, written in this order as one stream; `-` is standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<String>,
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
    /// Start a broker in this process, write to it, and show what it reads back
    #[arg(long, help_heading = "Connection")]
    pub(crate) embedded: bool,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// Format of the inputs, where the file extension does not say
    #[arg(long, value_enum, help_heading = "Input")]
    pub(crate) format: Option<FileFormat>,
    /// Separator of CSV fields
    #[arg(long, value_name = "CHAR", default_value = ",", value_parser = delimiter, help_heading = "Input")]
    pub(crate) csv_delimiter: u8,
    /// The first CSV line is data; columns are called column_1, column_2, …
    #[arg(long, help_heading = "Input")]
    pub(crate) no_csv_header: bool,
    /// Writers at the same time. One keeps the order of the files; with more, only each piece keeps its order
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Run")]
    pub(crate) writers: u16,
    /// Write the receipt, which offsets the rows got, as JSON to this file
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub(crate) receipt: Option<PathBuf>,
    /// Read all rows, ask the cluster, and show what would be written and why it would fail, in which case the
    /// exit code is 1; write nothing, create nothing. Without an address, show the plan
    #[arg(long, help_heading = "Run")]
    pub(crate) dry_run: bool,
    /// Show progress on standard error: a bar on a terminal, a line every 5 seconds elsewhere. `always`: also with --quiet
    #[arg(
        long,
        value_enum,
        default_value = "auto",
        value_name = "WHEN",
        help_heading = "Run"
    )]
    pub(crate) progress: ShowProgress,
    /// How long to wait, after Ctrl-C or SIGTERM, for what is in flight
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = duration, help_heading = "Run")]
    pub(crate) stop_timeout: Duration,
}

/// Flags that say what the records are.
#[derive(Debug, Args)]
#[command(next_help_heading = "Records")]
pub(crate) struct ShapeArgs {
    /// The topic; wins over a `topic` column
    #[arg(short, long, value_name = "TOPIC", conflicts_with = "topic_expr")]
    pub(crate) topic: Option<String>,
    /// Query that shapes the rows, `SELECT … FROM input`
    #[arg(long, value_name = "QUERY")]
    pub(crate) sql: Option<String>,
    /// What the rows are, where their columns do not say
    #[arg(long = "as", value_enum, value_name = "FORM")]
    pub(crate) form: Option<RowForm>,
    /// SQL expression for the key; integers become decimal text. JSON keeps the columns that it uses
    #[arg(long, value_name = "EXPR")]
    pub(crate) key: Option<String>,
    /// SQL expression for the value; integers become decimal text. Columns that no expression uses are not written
    #[arg(long, value_name = "EXPR")]
    pub(crate) value: Option<String>,
    /// SQL expression for the partition
    #[arg(long, value_name = "EXPR")]
    pub(crate) partition: Option<String>,
    /// SQL expression for the topic of each row
    #[arg(long, value_name = "EXPR")]
    pub(crate) topic_expr: Option<String>,
    /// A header that every record gets; repeatable
    #[arg(long, value_name = "NAME=TEXT", value_parser = name_value)]
    pub(crate) header: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    Parquet,
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// Arrow IPC, file or stream.
    Arrow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowForm {
    /// Records: the columns key, value, topic, partition, headers, timestamp; others are dropped.
    Records,
    /// One JSON object per row, of all columns, whatever their names: Spark's to_json(struct(*)).
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShowProgress {
    Auto,
    Always,
    Never,
}

const WRITE_HELP: &str = "\
A row becomes a record by its columns: value (required), key, topic, partition, headers, timestamp.
A timestamp column becomes the time of the record, unless -X includeTimestamp=false.
If none of the columns is one of these, the value is the row as a JSON object of all its columns, and
--key, --partition, --topic-expr and --header say the rest. Of a mixture, --as says which it is.
Text stays what it is: CSV fields are read as text (00123 keeps its zeros) and are text in JSON; an
empty field is null, which JSON leaves out. For numbers: --sql 'SELECT CAST(n AS INT) AS n FROM input'.
What `tokafka read --output arrow` gives is taken as it is: offset and timestampType, which Kafka
assigns anew, are left out, and -t wins over its topic column. The topic needs as many partitions as
were read, or say --partition NULL to let the keys decide. An Arrow stream on standard input is
written while it comes.

  tokafka write orders.parquet -t orders -b localhost:9092
  tokafka write orders.parquet -t orders -b localhost:9092 --as json --key order_id
  tokafka write 'logs/*.csv' -t logs --key host --value line --embedded
  tokafka write big.parquet -t orders -b localhost:9092 --receipt receipt.json \\
      --sql \"SELECT CAST(id AS STRING) AS key, note AS value FROM input\"
  tokafka read orders --output arrow | tokafka write - --format arrow -t copy";

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] => Ok(*byte),
        b"\\t" => Ok(b'\t'),
        _ => Err("expected one ASCII character, or \\t".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_one_byte_or_an_escaped_tab() {
        assert_eq!(delimiter(";"), Ok(b';'));
        assert_eq!(delimiter("\\t"), Ok(b'\t'));
        assert!(delimiter("§").is_err());
    }
}
