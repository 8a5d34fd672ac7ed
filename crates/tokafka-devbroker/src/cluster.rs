//! What all nodes and connections share.

use std::{
    collections::HashMap,
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use kafka_protocol::{messages::ApiKey, protocol::StrBytes};
use tokio::sync::Notify;

use crate::{
    DevBrokerConfig, faults::Faults, groups::Groups, holds::Holds, log::Rules, quota::Quota,
    topics::Topics,
};

/// The id of the first node, which is the controller.
pub(crate) const FIRST_NODE: i32 = 1;

/// The cluster's id, as clients are told.
pub(crate) const CLUSTER_ID: &str = "tokafka-devbroker";

/// A node, as clients are told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint {
    pub(crate) id: i32,
    address: SocketAddr,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

impl Endpoint {
    pub(crate) fn host(self) -> StrBytes {
        StrBytes::from_string(self.address.ip().to_string())
    }

    pub(crate) fn port(self) -> i32 {
        i32::from(self.address.port())
    }
}

/// One node of a cluster.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) id: i32,
    pub(crate) cluster: Arc<Cluster>,
}

/// The state of a cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) config: DevBrokerConfig,
    /// All nodes, those that are stopped too.
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) faults: Faults,
    pub(crate) holds: Holds,
    pub(crate) quota: Quota,
    /// Wakes waiting fetches: something was appended, or a topic or its leader is gone.
    pub(crate) changed: Notify,
    topics: Mutex<Topics>,
    groups: Mutex<Groups>,
    next_producer_id: AtomicI64,
    requests: Mutex<HashMap<i16, u64>>,
}

impl Cluster {
    /// A cluster whose nodes, with ids from [`FIRST_NODE`] on, listen at these addresses.
    pub(crate) fn new(config: DevBrokerConfig, addresses: &[SocketAddr]) -> Self {
        let endpoint = |(id, address): (i32, &SocketAddr)| Endpoint {
            id,
            address: *address,
        };
        Self {
            topics: Mutex::new(Topics::new(&config)),
            config,
            endpoints: (FIRST_NODE..).zip(addresses).map(endpoint).collect(),
            faults: Faults::default(),
            holds: Holds::default(),
            quota: Quota::default(),
            changed: Notify::new(),
            groups: Mutex::default(),
            next_producer_id: AtomicI64::new(0),
            requests: Mutex::default(),
        }
    }

    pub(crate) fn endpoint(&self, node: i32) -> Option<Endpoint> {
        self.endpoints
            .iter()
            .find(|endpoint| endpoint.id == node)
            .copied()
    }

    /// The topics, locked. Never held across an await.
    pub(crate) fn topics(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The groups, locked. Never held across an await.
    pub(crate) fn groups(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rules of a topic that is created without any configuration.
    pub(crate) fn default_rules(&self) -> Rules {
        Rules {
            max_message_bytes: self.config.message_max_bytes,
            compacted: false,
            timestamp_after_max_ms: self.config.profile.timestamp_after_max_ms(),
            log_append_time: false,
            min_in_sync: 1,
        }
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
