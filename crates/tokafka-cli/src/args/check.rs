//! `tokafka check`.

use clap::{Args, ValueEnum};

use super::ConnectArgs;

#[derive(Debug, Args)]
#[command(after_help = CHECK_HELP)]
pub(crate) struct CheckArgs {
    /// A topic that is to be written to; repeatable
    #[arg(short, long, value_name = "TOPIC")]
    pub(crate) topic: Vec<String>,
    /// There will be records without a key
    #[arg(long)]
    pub(crate) null_key: bool,
    /// How findings are written
    #[arg(long, value_enum, default_value = "table", value_name = "FORM")]
    pub(crate) output: CheckOutput,
    // The last: its heading holds for what comes after it.
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckOutput {
    /// Lines for the eye.
    Table,
    /// One JSON object per finding: level, about, finding, reason, remedy.
    Json,
}

const CHECK_HELP: &str = "\
Says what is risky in a set of options, and with -b and -t also against the topics of a cluster: what
may get lost or doubled, what a broker will refuse, what costs more than it should. Each finding has its
reason and what to do. Nothing is written, nothing is created.

A finding is a risk or a note. Exit codes: 0 no risk, 1 a risk was found or the cluster cannot be
asked, 2 wrong use.

  tokafka check -X acks=1 -X retries=0
  tokafka check -t orders -b localhost:9092 --config client.properties
  tokafka check -t state -b localhost:9092 --null-key --output json";
