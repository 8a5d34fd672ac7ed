//! `tokafka verify`.

use std::path::PathBuf;

use clap::Args;

use super::ConnectArgs;

#[derive(Debug, Args)]
#[command(after_help = VERIFY_HELP)]
pub(crate) struct VerifyArgs {
    /// The receipt, as `tokafka write --receipt` stored it
    pub(crate) receipt: PathBuf,
    // The last: its heading holds for what comes after it.
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
}

const VERIFY_HELP: &str = "\
Reads every offset that the receipt names, counts the records there, and compares them with the
receipt's checksums of what was written. If one is missing, because it aged out, was compacted, or its
topic was deleted, or if others lie there, the partition and the offsets are said and the exit code is 1.
A receipt that cannot be read, or that names no offsets, is exit code 2.

Of a receipt from before there were checksums, records are counted only. Rows that a receipt says may or
may not be written are not looked for.

  tokafka write orders.parquet -t orders -b localhost:9092 --receipt receipt.json
  tokafka verify receipt.json -b localhost:9092";
