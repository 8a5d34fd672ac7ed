//! What all connections share.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use kafka_protocol::{messages::ApiKey, protocol::StrBytes};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    DevBrokerConfig, faults::Faults, log::Rules, quota::Quota, severance::Severance, topics::Topics,
};

pub(crate) use crate::topics::NODE_ID;

/// The state of a broker, shared by all of its nodes.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) config: DevBrokerConfig,
    /// Where its nodes listen, and what clients are told.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) severance: Severance,
    pub(crate) quota: Quota,
    pub(crate) cluster_id: String,
    pub(crate) faults: Faults,
    /// Wakes waiting fetches: something was appended, or a topic is gone.
    pub(crate) changed: Notify,
    /// Lets one held request go on.
    pub(crate) released: Notify,
    topics: Mutex<Topics>,
    next_producer_id: AtomicI64,
    requests: Mutex<HashMap<i16, u64>>,
}

impl Node {
    pub(crate) fn new(config: DevBrokerConfig, addresses: Vec<SocketAddr>) -> Self {
        let nodes = i32::try_from(addresses.len()).unwrap_or(i32::MAX);
        Self {
            topics: Mutex::new(Topics::new(config.retention_bytes, nodes)),
            quota: Quota::new(config.produce_byte_rate),
            config,
            addresses,
            severance: Severance::default(),
            cluster_id: Uuid::new_v4().simple().to_string(),
            faults: Faults::default(),
            changed: Notify::new(),
            released: Notify::new(),
            next_producer_id: AtomicI64::new(0),
            requests: Mutex::default(),
        }
    }

    /// The nodes: id, host, port.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (i32, StrBytes, i32)> {
        (NODE_ID..).zip(&self.addresses).map(|(id, address)| {
            let host = StrBytes::from_string(address.ip().to_string());
            (id, host, i32::from(address.port()))
        })
    }

    /// The node with this id.
    pub(crate) fn node(&self, id: i32) -> Option<(i32, StrBytes, i32)> {
        self.nodes().find(|(other, ..)| *other == id)
    }

    /// The topics, locked. Never held across an await.
    pub(crate) fn topics(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rules of a topic that is created without any configuration.
    pub(crate) fn default_rules(&self) -> Rules {
        Rules::new(self.config.message_max_bytes)
    }

    pub(crate) fn take_producer_id(&self) -> i64 {
        self.next_producer_id.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn count_request(&self, api: ApiKey) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry(api as i16).or_default() += 1;
    }

    pub(crate) fn request_count(&self, api: ApiKey) -> u64 {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.get(&(api as i16)).copied().unwrap_or_default()
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
