//! How a broker is set up.

use std::net::{Ipv4Addr, SocketAddr};

use crate::Profile;

/// How a broker is set up.
#[derive(Debug, Clone)]
pub struct DevBrokerConfig {
    /// Where the first node listens; port 0 takes a free one. Further nodes take free ports of the
    /// same address. Clients are told these same addresses.
    pub listen: SocketAddr,
    /// How many nodes the cluster has, with ids from 1 on. Partitions are led by each in turn.
    pub nodes: i32,
    /// Which version of Kafka it passes for.
    pub profile: Profile,
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
    /// One node on a free port of 127.0.0.1, Kafka's own defaults, and 256 MiB of batches.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            nodes: 1,
            profile: Profile::default(),
            default_partitions: 1,
            auto_create_topics: true,
            retention_bytes: 256 * 1024 * 1024,
            message_max_bytes: 1_048_588,
        }
    }
}
