//! How a broker is set up.

use std::net::{Ipv4Addr, SocketAddr};

use crate::KafkaVersion;

/// How a broker is set up.
#[derive(Debug, Clone)]
pub struct DevBrokerConfig {
    /// Where the first node listens. Port 0 takes a free one. Clients are told this same address.
    pub listen: SocketAddr,
    /// Nodes, one at least, with ids from 1 on; the others take free ports of the same address.
    pub nodes: usize,
    /// Which Kafka's versions of APIs are offered.
    pub version: KafkaVersion,
    /// `producer_byte_rate`, over all clients: connections that exceed it are held back (KIP-219).
    pub produce_byte_rate: Option<u64>,
    /// `num.partitions`: partitions of a topic that is created without saying how many.
    pub default_partitions: i32,
    /// `auto.create.topics.enable`: metadata requests that allow it create unknown topics.
    pub auto_create_topics: bool,
    /// The most bytes of batches held, over all partitions. The oldest batches are dropped first;
    /// the newest one always stays.
    pub retention_bytes: usize,
    /// `message.max.bytes`: the largest batch accepted, header included.
    pub message_max_bytes: usize,
}

impl Default for DevBrokerConfig {
    /// A free port of 127.0.0.1, Kafka's own defaults, and 256 MiB of batches.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            nodes: 1,
            version: KafkaVersion::default(),
            produce_byte_rate: None,
            default_partitions: 1,
            auto_create_topics: true,
            retention_bytes: 256 * 1024 * 1024,
            message_max_bytes: 1_048_588,
        }
    }
}
