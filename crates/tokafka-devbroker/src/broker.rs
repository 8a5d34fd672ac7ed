//! Starting, stopping, and what tests ask a broker.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use kafka_protocol::{ResponseError, messages::ApiKey};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    DevBrokerConfig, Direction, Fault, StoredRecord,
    connection::serve,
    log::{Memory, Partition, decode_batch},
    node::{NODE_ID, Node},
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
        let (listeners, addresses) = listen(config.listen, config.nodes).await?;
        let node = Arc::new(Node::new(config, addresses));
        let stopping = CancellationToken::new();
        let mut accepting = JoinSet::new();
        for (id, listener) in (NODE_ID..).zip(listeners) {
            accepting.spawn(accept(listener, Arc::clone(&node), id, stopping.clone()));
        }
        let served = async move { while accepting.join_next().await.is_some() {} };
        let server = AbortOnDropHandle::new(tokio::spawn(served));
        Ok(Self {
            node,
            stopping,
            server,
        })
    }

    /// `host:port` of the first node.
    pub fn bootstrap(&self) -> String {
        let first = self.node.addresses.first();
        first.map(ToString::to_string).unwrap_or_default()
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

    /// Lets the request go on that has been held longest; the next one if none is.
    pub fn release(&self) {
        self.node.released.notify_one();
    }

    /// Cuts one connection, whichever carries it, when so many more bytes have passed in one direction.
    /// The byte after them is not carried out or sent any more.
    pub fn cut_after(&self, direction: Direction, bytes: usize) {
        self.node.severance.cut_after(direction, bytes);
    }

    /// Cuts all connections; what was being carried out may have been.
    pub fn cut_connections(&self) {
        self.node.severance.cut_all();
    }

    /// Cuts all connections, and forgets of each producer all but its last batch in a partition: Apache
    /// Kafka knows no more after a restart. The logs stay.
    pub fn restart(&self) {
        self.cut_connections();
        self.node.topics().forget_producers(Memory::LastBatch);
    }

    /// Forgets all sequences, as a broker that lost its state.
    pub fn forget_producers(&self) {
        self.node.topics().forget_producers(Memory::Nothing);
    }

    /// Loses the batches of a partition from the one that holds `offset` on, acknowledged or not: what
    /// an unclean leader election does.
    pub fn truncate(&self, topic: &str, partition: i32, offset: i64) {
        self.node.topics().truncate(topic, partition, offset);
    }

    /// Makes another node the leader of a partition, at the next leader epoch.
    ///
    /// # Panics
    ///
    /// If there is no such node or partition.
    pub fn move_leader(&self, topic: &str, partition: i32, node: i32) {
        let mut topics = self.node.topics();
        let log = topics.partition_mut(topic, partition);
        let log = log.filter(|_| self.node.node(node).is_some());
        assert!(
            log.is_some(),
            "topic '{topic}' partition {partition} to node {node}"
        );
        log.into_iter().for_each(|log| log.move_to(node));
    }

    /// Deletes a topic, if there is one of this name.
    pub fn delete_topic(&self, name: &str) {
        self.node.topics().delete(name);
        self.node.changed.notify_waiters();
    }

    /// Adds empty partitions to a topic until it has so many.
    pub fn add_partitions(&self, topic: &str, partitions: i32) {
        self.node.topics().grow(topic, partitions);
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

/// The first listener where it was asked for, the others on free ports beside it.
async fn listen(
    first: SocketAddr,
    nodes: usize,
) -> io::Result<(Vec<TcpListener>, Vec<SocketAddr>)> {
    let mut listeners = vec![TcpListener::bind(first).await?];
    for _ in 1..nodes {
        listeners.push(TcpListener::bind(SocketAddr::new(first.ip(), 0)).await?);
    }
    let addresses = listeners.iter().map(TcpListener::local_addr);
    let addresses = addresses.collect::<io::Result<_>>()?;
    Ok((listeners, addresses))
}

/// Serves every connection in a task of its own, until it is told to stop.
async fn accept(listener: TcpListener, node: Arc<Node>, id: i32, stopping: CancellationToken) {
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
                    connections.spawn(async move { serve(stream, &node, id).await });
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
