//! What was typed: the command line, and nothing of what it means.

mod broker;
mod check;
mod checkpoint;
mod completions;
mod connect;
mod read;
mod sql;
mod stream;
mod time;
mod verify;
mod write;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use broker::BrokerArgs;
pub(crate) use check::{CheckArgs, CheckOutput};
pub(crate) use checkpoint::{CheckpointArgs, CheckpointCommand, OffsetSpan, SkipArgs};
pub(crate) use completions::CompletionsArgs;
pub(crate) use connect::ConnectArgs;
pub(crate) use read::{Isolation, ReadArgs, ReadOutput};
pub(crate) use sql::{SqlArgs, SqlOutput};
pub(crate) use stream::StreamArgs;
pub(crate) use verify::VerifyArgs;
pub(crate) use write::{FileFormat, RowForm, ShapeArgs, ShowProgress, WriteArgs};

/// Writes Arrow data to Apache Kafka: files and query results.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong use."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Say nothing but warnings and errors.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// How messages on standard error are written.
    #[arg(
        long,
        value_enum,
        default_value = "text",
        global = true,
        value_name = "FORM"
    )]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Writes files to a topic.
    Write(Box<WriteArgs>),
    /// Runs SQL statements, with topics as tables.
    Sql(SqlArgs),
    /// Runs a stream from topics to topics, with a checkpoint.
    Stream(Box<StreamArgs>),
    /// Shows the records of a topic.
    Read(Box<ReadArgs>),
    /// Looks whether the records of a receipt are in their topics.
    Verify(VerifyArgs),
    /// Says what is risky in a set of options, also against a cluster.
    Check(CheckArgs),
    /// Looks at the checkpoint of a stream, Spark's too, or passes over records.
    Checkpoint(CheckpointArgs),
    /// Runs the embedded broker until Ctrl-C.
    Broker(BrokerArgs),
    /// Lists every option: name, meaning, default.
    Options(OptionsArgs),
    /// Prints what makes a shell complete commands and flags.
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct OptionsArgs {
    /// A table for the terminal, or the page of the documentation.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) output: OptionsOutput,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OptionsOutput {
    Table,
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Reads the command line. The error is a message for the user: also `--help` and `--version`.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    Cli::try_parse()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn no_flag_contradicts_another() {
        super::Cli::command().debug_assert();
    }
}
