//! `tokafka read`.

use clap::{Args, ValueEnum};

use super::ConnectArgs;

#[derive(Debug, Args)]
#[command(after_help = READ_HELP)]
pub(crate) struct ReadArgs {
    /// The topic; it is never created
    pub(crate) topic: String,
    /// Where to begin in each partition: `earliest`, `latest`, an offset, or a time: the first record that
    /// is as late (`2026-01-31`, `2026-01-31T12:00:00Z`, or milliseconds as `@1700000000000`)
    #[arg(long, value_name = "WHERE", default_value = "earliest")]
    pub(crate) from: String,
    /// What to stop before, as with --from; `latest` is the end when reading begins
    #[arg(
        long,
        value_name = "WHERE",
        default_value = "latest",
        conflicts_with = "follow"
    )]
    pub(crate) to: String,
    /// At most this many records, of all partitions together
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Only this partition; repeatable
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub(crate) partition: Vec<i32>,
    /// Print only how many records there are; they are read, since offsets may have gaps
    #[arg(long, conflicts_with_all = ["follow", "output"])]
    pub(crate) count_only: bool,
    /// Read all partitions at once and wait for new records, until Ctrl-C
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// How records are written
    #[arg(long, value_enum, default_value = "table", value_name = "FORM")]
    pub(crate) output: ReadOutput,
    /// Which records of transactions are shown; read_uncommitted if neither this nor -X isolation.level says
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
    /// One JSON object per record; bytes that are not UTF-8 are base64, in key_base64, value_base64.
    Json,
    /// An Arrow IPC stream with the columns of Spark's Kafka source: key, value, topic, partition, offset,
    /// timestamp, timestampType, headers.
    Arrow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Isolation {
    /// Those of committed transactions; stops where the first open one begins.
    #[value(name = "read_committed")]
    ReadCommitted,
    /// All, also of open and aborted ones.
    #[value(name = "read_uncommitted")]
    ReadUncommitted,
}

const READ_HELP: &str = "\
Partitions are read one after the other, each in the order of its offsets. Offsets have gaps where
records were compacted, and where markers of transactions or aborted records are left out. Nothing
is created, and no offsets are committed.

  tokafka read orders -n 10 -b localhost:9092
  tokafka read orders --from 2026-01-31T12:00:00Z --to 2026-01-31T13:00:00Z --count-only
  tokafka read orders --follow --output json --isolation read_committed

Copies every key, value, null, header, timestamp and partition (see `tokafka help write`):

  tokafka read orders --output arrow | tokafka write - --format arrow -t copy";
