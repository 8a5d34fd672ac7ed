//! Starting, stopping, and what tests ask a broker.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use kafka_protocol::{ResponseError, messages::ApiKey};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    DevBrokerConfig, Fault, StoredRecord,
    connection::serve,
    log::{Partition, decode_batch},
    node::Node,
};

/// How long to wait after the system refused to accept a connection.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// A running broker. Dropping it stops it.
#[derive(Debug)]
pub struct DevBroker {
    node: Arc<Node>,
    stopping: CancellationToken,
    server: AbortOnDropHandle<()>,
}

impl DevBroker {
    /// Listens and serves on the current Tokio runtime, which must have its I/O and time enabled.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on.
    pub async fn start(config: DevBrokerConfig) -> io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        let node = Arc::new(Node::new(config, listener.local_addr()?));
        let stopping = CancellationToken::new();
        let accepting = accept(listener, Arc::clone(&node), stopping.clone());
        let server = AbortOnDropHandle::new(tokio::spawn(accepting));
        Ok(Self {
            node,
            stopping,
            server,
        })
    }

    /// `host:port`.
    pub fn bootstrap(&self) -> String {
        self.node.address.to_string()
    }

    /// Makes a topic with default configuration. One that exists is left as it is.
    ///
    /// # Panics
    ///
    /// If Kafka would not allow the name or the number of partitions.
    pub fn create_topic(&self, name: &str, partitions: i32) {
        let rules = self.node.default_rules();
        let refused = self.node.topics().create(name, partitions, rules).err();
        let refused = refused.filter(|refusal| refusal.error != ResponseError::TopicAlreadyExists);
        assert!(
            refused.is_none(),
            "topic '{name}' with {partitions} partitions: {refused:?}"
        );
    }

    /// Adds a fault behind those that are there already.
    pub fn inject(&self, fault: Fault) {
        self.node.faults.inject(fault);
    }

    /// Forgets all sequences, as a broker that lost its state.
    pub fn forget_producers(&self) {
        self.node.topics().forget_producers();
    }

    /// The log of a partition, decompressed; empty if there is none.
    pub fn records(&self, topic: &str, partition: i32) -> Vec<StoredRecord> {
        self.batches(topic, partition)
            .iter()
            .flat_map(decode_batch)
            .collect()
    }

    /// The batches of a partition as they lie in the log.
    pub fn batches(&self, topic: &str, partition: i32) -> Vec<Bytes> {
        let topics = self.node.topics();
        topics
            .partition(topic, partition)
            .into_iter()
            .flat_map(Partition::batches)
            .cloned()
            .collect()
    }

    /// Requests received, by kind, those that met a fault too.
    pub fn request_count(&self, api: ApiKey) -> u64 {
        self.node.request_count(api)
    }

    /// Closes all connections and the listener, and waits until that is done.
    pub async fn stop(self) {
        self.stopping.cancel();
        if let Err(error) = self.server.await {
            tracing::error!(%error, "the broker ended badly");
        }
    }
}

/// Serves every connection in a task of its own, until it is told to stop.
async fn accept(listener: TcpListener, node: Arc<Node>, stopping: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stopping.cancelled() => break,
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a connection ended badly");
                }
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let node = Arc::clone(&node);
                    connections.spawn(async move { serve(stream, &node).await });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
        }
    }
    connections.shutdown().await;
}
