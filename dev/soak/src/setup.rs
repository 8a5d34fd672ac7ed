//! What a run is made of.

use std::{path::PathBuf, time::Duration};

use crate::{clients::Client, nodes::Ending};

/// Writes numbered rows while nodes are ended and started again, and compares, after each write, what
/// the client reported with what our reader and librdkafka find in the log.
///
/// Fails if a row of ours is lost, doubled, out of order or not where the receipt says it is. What
/// becomes of other clients' rows is only reported.
#[derive(Debug, clap::Args)]
pub(crate) struct Setup {
    /// `host:port` of each node; `dev/kafka run` sets it.
    #[arg(short, long, env = "TOKAFKA_TEST_KAFKA")]
    pub(crate) bootstrap_server: String,
    /// The folder of Kafka's jars; `dev/kafka run` sets it.
    #[arg(long, env = "TOKAFKA_KAFKA_LIBS")]
    pub(crate) kafka_libs: PathBuf,
    /// Who writes; all of them in turn.
    #[arg(long = "client", value_name = "CLIENT", default_values = ["tokafka"])]
    pub(crate) clients: Vec<Client>,
    /// Writes of each client, every one to a topic of its own.
    #[arg(long, default_value_t = 25)]
    pub(crate) writes: u64,
    /// How often a node is ended during a write: the leader of some partition.
    #[arg(long, default_value_t = 2)]
    pub(crate) faults: usize,
    /// How a node is ended; one after the other.
    #[arg(long = "ending", value_name = "ENDING", default_values = ["kill"])]
    pub(crate) endings: Vec<Ending>,
    /// Milliseconds from a first acknowledgement, or a node's return, within which the next node is ended.
    #[arg(long, default_value = "3000", value_parser = milliseconds)]
    pub(crate) within: Duration,
    /// Rows that a write has at least. It goes on until all faults are over.
    #[arg(long, default_value_t = 200_000)]
    pub(crate) rows: u64,
    /// Rows that a write has at most.
    #[arg(long, default_value_t = 20_000_000)]
    pub(crate) max_rows: u64,
    /// Producers that share a write.
    #[arg(long, default_value_t = 2)]
    pub(crate) producers: u32,
    /// Partitions of each topic.
    #[arg(long, default_value_t = 4)]
    pub(crate) partitions: u32,
    /// Decides on moments, nodes and batch sizes. The write that is numbered N uses seed + N - 1. Random if
    /// it is not given.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// A write of ours may fail, as long as its receipt is true.
    #[arg(long)]
    pub(crate) may_fail: bool,
}

impl Setup {
    /// How many nodes the cluster has.
    pub(crate) fn nodes(&self) -> usize {
        self.bootstrap_server.split(',').count()
    }
}

fn milliseconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_millis)
}
