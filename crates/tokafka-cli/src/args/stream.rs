//! `tokafka stream`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;
use tokafka_streaming::Trigger;

use super::{
    ConnectArgs, ShowProgress,
    time::{duration, interval},
};

#[derive(Debug, Args)]
#[command(after_help = STREAM_HELP)]
pub(crate) struct StreamArgs {
    /// A file of statements: tables, and one INSERT INTO sink SELECT … FROM source; `-` is standard input
    pub(crate) file: PathBuf,
    /// Where the stream keeps its place: a directory, or the URL of one. Wins over checkpointLocation in
    /// the OPTIONS of the sink
    #[arg(long, value_name = "DIR")]
    pub(crate) checkpoint: Option<String>,
    /// When batches start: an interval such as '5 seconds'; `available-now`: what is there now, then end;
    /// `once`: the same in one batch. As fast as possible if it is not given
    #[arg(long, value_name = "WHEN", value_parser = trigger, allow_hyphen_values = true)]
    pub(crate) trigger: Option<Trigger>,
    /// A name for the stream, shown in its progress
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// For how long an outage is waited out, the same batch tried again and again, before the stream fails:
    /// a time such as 10m, or `forever`. 0 fails at once
    #[arg(long, value_name = "TIME", default_value = "forever", value_parser = patience)]
    pub(crate) retry_for: Patience,
    /// How long, after Ctrl-C or SIGTERM, the batch that runs may take to finish; then it is abandoned
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) stop_timeout: Duration,
    /// Serve metrics for Prometheus at /metrics, /livez, /readyz, and a live page at /, under this address
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics: Option<SocketAddr>,
    /// Write the progress of each batch as a line of JSON to standard output, with Spark's fields
    #[arg(long)]
    pub(crate) progress_json: bool,
    /// Check the statements and the options, show what the stream would do and where it would begin; ask no
    /// cluster, read, write and create nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Show progress on standard error: a line that is drawn anew on a terminal, one every minute elsewhere.
    /// `always`: also with --quiet
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) progress: ShowProgress,
    // The last: its heading holds for what comes after it.
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
}

/// For how long an outage is waited out; `None` for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience(pub(crate) Option<Duration>);

fn patience(text: &str) -> Result<Patience, String> {
    match text {
        "forever" => Ok(Patience(None)),
        text => duration(text)
            .map(|time| Patience(Some(time)))
            .map_err(|error| format!("{error}, or forever")),
    }
}

fn trigger(text: &str) -> Result<Trigger, String> {
    match text {
        "available-now" => Ok(Trigger::AvailableNow),
        "once" => Ok(Trigger::Once),
        "continuous" => Err(
            "there is no continuous processing: without --trigger a batch starts as soon as there is \
             something to read"
                .to_owned(),
        ),
        text => interval(text)
            .map(Trigger::ProcessingTime)
            .map_err(|error| format!("{error}. A trigger is '5 seconds', available-now or once")),
    }
}

const STREAM_HELP: &str = "\
Reads topics for ever, and writes them to topics, in batches, of which each is noted in the checkpoint
when all its records are acknowledged. Killed at any moment and started again, it loses nothing; a batch
that was not noted runs again, with the same records, which may then be in the topic twice.

The file has the statements of `tokafka sql` that make tables and views, and one INSERT INTO … SELECT.
The Kafka table that is inserted into is the sink; other Kafka tables are streams, and their OPTIONS are
Spark's: startingOffsets (latest if it is not given), maxOffsetsPerTrigger, failOnDataLoss,
subscribePattern … Files and views can be joined as static sides. Columns go by name.

  CREATE EXTERNAL TABLE orders STORED AS KAFKA LOCATION 'kafka:///orders'
      OPTIONS ('startingOffsets' 'earliest');
  CREATE EXTERNAL TABLE paid STORED AS KAFKA LOCATION 'kafka:///paid-orders';
  INSERT INTO paid SELECT key, value FROM orders WHERE CAST(value AS STRING) LIKE '%paid%';

  tokafka stream paid.sql --checkpoint /var/lib/tokafka/paid -b localhost:9092
  tokafka stream paid.sql --checkpoint cp --trigger '5 seconds' --metrics 127.0.0.1:9464
  tokafka stream paid.sql --checkpoint cp --trigger available-now --progress-json

An outage of brokers or of the checkpoint's store is waited out, and said. The first Ctrl-C or SIGTERM lets
the batch that runs finish within --stop-timeout, the second ends at once; what becomes of the batch is
said. Exit codes: 0 stopped, or done with available-now and once; 1 failed; 2 wrong use.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_are_spark_s() {
        assert_eq!(trigger("available-now"), Ok(Trigger::AvailableNow));
        assert_eq!(trigger("once"), Ok(Trigger::Once));
        let five = Trigger::ProcessingTime(Duration::from_secs(5));
        assert_eq!(trigger("5 seconds"), Ok(five));
        assert!(trigger("-5 seconds").is_err());
        assert!(trigger("continuous").is_err());
    }

    #[test]
    fn patience_is_a_time_or_none() {
        assert_eq!(patience("forever"), Ok(Patience(None)));
        assert_eq!(patience("0"), Ok(Patience(Some(Duration::ZERO))));
        assert!(patience("long").is_err());
    }
}
