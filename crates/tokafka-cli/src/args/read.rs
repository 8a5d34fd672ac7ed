//! `tokafka read`.

use clap::{Args, ValueEnum};

use super::ConnectArgs;

#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// The topic; it is never created
    pub(crate) topic: String,
    /// First record: `earliest`, `latest`, an offset, or a time (RFC 3339, or milliseconds as `@1700000000000`)
    #[arg(long, value_name = "WHERE", default_value = "earliest")]
    pub(crate) from: String,
    /// Record to stop before, as with --from; `latest` is the end when reading begins
    #[arg(
        long,
        value_name = "WHERE",
        default_value = "latest",
        conflicts_with = "follow"
    )]
    pub(crate) to: String,
    /// At most this many records
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Only this partition; repeatable
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub(crate) partition: Vec<i32>,
    /// Print only how many records there are
    #[arg(long, conflicts_with_all = ["follow", "output"])]
    pub(crate) count_only: bool,
    /// Wait for new records until Ctrl-C
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// How records are written
    #[arg(long, value_enum, default_value = "table", value_name = "FORM")]
    pub(crate) output: ReadOutput,
    /// Whether records of open and aborted transactions are shown
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) isolation: Option<Isolation>,
    // The last: its heading holds for what comes after it.
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReadOutput {
    /// Columns for the eye; long values are cut.
    Table,
    /// One JSON object per record.
    Json,
    /// An Arrow IPC stream with Spark's Kafka source schema.
    Arrow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Isolation {
    #[value(name = "read_committed")]
    ReadCommitted,
    #[value(name = "read_uncommitted")]
    ReadUncommitted,
}
