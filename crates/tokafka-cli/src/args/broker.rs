//! `tokafka broker`.

use std::net::SocketAddr;

use clap::Args;
use tokafka_devbroker::DevBrokerConfig;

#[derive(Debug, Args)]
pub(crate) struct BrokerArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9092")]
    pub(crate) listen: SocketAddr,
    /// Partitions of a topic that is created by the first write to it
    #[arg(long, value_name = "N", default_value_t = DevBrokerConfig::default().default_partitions, value_parser = clap::value_parser!(i32).range(1..=10_000))]
    pub(crate) partitions: i32,
    /// Bytes kept in memory; the oldest records go first
    #[arg(long, value_name = "BYTES", default_value_t = DevBrokerConfig::default().retention_bytes)]
    pub(crate) retention_bytes: usize,
    /// Largest record batch that is taken
    #[arg(long, value_name = "BYTES", default_value_t = DevBrokerConfig::default().message_max_bytes)]
    pub(crate) message_max_bytes: usize,
}
