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

use crate::{DevBrokerConfig, faults::Faults, log::Rules, topics::Topics};

/// The id of the one node.
pub(crate) const NODE_ID: i32 = 1;

/// The state of a broker.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) config: DevBrokerConfig,
    /// Where it listens, and what clients are told.
    pub(crate) address: SocketAddr,
    pub(crate) cluster_id: String,
    pub(crate) faults: Faults,
    /// Wakes waiting fetches: something was appended, or a topic is gone.
    pub(crate) changed: Notify,
    topics: Mutex<Topics>,
    next_producer_id: AtomicI64,
    requests: Mutex<HashMap<i16, u64>>,
}

impl Node {
    pub(crate) fn new(config: DevBrokerConfig, address: SocketAddr) -> Self {
        Self {
            topics: Mutex::new(Topics::new(config.retention_bytes)),
            config,
            address,
            cluster_id: Uuid::new_v4().simple().to_string(),
            faults: Faults::default(),
            changed: Notify::new(),
            next_producer_id: AtomicI64::new(0),
            requests: Mutex::default(),
        }
    }

    pub(crate) fn host(&self) -> StrBytes {
        StrBytes::from_string(self.address.ip().to_string())
    }

    pub(crate) fn port(&self) -> i32 {
        i32::from(self.address.port())
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
