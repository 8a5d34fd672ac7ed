//! `tokafka checkpoint`.

use std::{ops::RangeInclusive, str::FromStr};

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct CheckpointArgs {
    #[command(subcommand)]
    pub(crate) command: CheckpointCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CheckpointCommand {
    /// Explains a checkpoint in words: position per partition, what runs again, what is wrong.
    Show(ShowArgs),
    /// Passes over records that a stream cannot get past.
    Skip(SkipArgs),
}

#[derive(Debug, Args)]
#[command(after_help = SHOW_HELP)]
pub(crate) struct ShowArgs {
    /// The checkpoint: a directory, or a URL such as s3://bucket/path
    #[arg(value_name = "DIR")]
    pub(crate) location: String,
}

#[derive(Debug, Args)]
#[command(after_help = SKIP_HELP)]
pub(crate) struct SkipArgs {
    /// The checkpoint: a directory, or a URL such as s3://bucket/path
    #[arg(value_name = "DIR")]
    pub(crate) location: String,
    /// The topic that is read
    #[arg(long)]
    pub(crate) topic: String,
    /// The partition
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub(crate) partition: i32,
    /// The offset that is passed over, or the first and the last of several: `7` or `7..9`
    #[arg(long, value_name = "N[..M]")]
    pub(crate) offset: OffsetSpan,
}

/// `7` or `7..9`, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OffsetSpan(pub(crate) RangeInclusive<i64>);

impl FromStr for OffsetSpan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
            true => text.parse().ok().filter(|number| *number < i64::MAX),
            false => None,
        };
        if let (Some(first), Some(last)) = (number(first), number(last))
            && first <= last
        {
            return Ok(Self(first..=last));
        }
        Err("it is an offset, or the first and the last of several: 7 or 7..9".to_owned())
    }
}

const SHOW_HELP: &str = "\
Writes nothing and takes no lock, so that it can be used while a stream runs. Checkpoints of Spark's
Structured Streaming are explained too. The exit code is 1 if no stream can go on from it; what is wrong,
and what to do, is said for each file.

  tokafka checkpoint show checkpoints/orders";

const SKIP_HELP: &str = "\
For a record that ends every run of a stream, and that no filter or try_cast can catch. From its next
start on the stream does not read these offsets. What was skipped, and when, stays in the checkpoint
under skips/, and `tokafka checkpoint show` says it. Spark does not look there: after a take-over by Spark
the offsets are read, unless they are done by then.

Refused while a stream runs on the checkpoint (a lock on a disk says so; on object stores stop the stream
first, it reads skips only when it starts), for partitions that it does not read, and for offsets whose
batch is done.

  tokafka checkpoint skip checkpoints/orders --topic orders --partition 3 --offset 4711
  tokafka checkpoint skip checkpoints/orders --topic orders --partition 3 --offset 4711..4720";
