//! Starting, stopping, and the nodes.

use std::{io, net::SocketAddr, sync::Arc};

use crate::{
    DevBrokerConfig,
    cluster::{Cluster, FIRST_NODE, Node},
    server::{Port, Server},
};

/// What a node has when it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// Everything but the memory of producers: of each it knows the last batch alone.
    WithLogs,
    /// Its topics; the logs that it led are empty and their producers unknown.
    WithoutLogs,
    /// Nothing: the topics are gone of which it led a partition. One that is made again has another
    /// id.
    WithoutTopics,
}

/// A running cluster, of one node unless the configuration says more. Dropping it stops it.
#[derive(Debug)]
pub struct DevBroker {
    pub(crate) cluster: Arc<Cluster>,
    servers: Vec<Server>,
}

impl DevBroker {
    /// Listens and serves on the current Tokio runtime, which must have its I/O and time enabled.
    ///
    /// # Errors
    ///
    /// If an address cannot be listened on.
    pub async fn start(config: DevBrokerConfig) -> io::Result<Self> {
        let mut listeners = vec![Port::listen(config.listen)?];
        for _ in 1..config.nodes {
            listeners.push(Port::listen(SocketAddr::new(config.listen.ip(), 0))?);
        }
        let addresses: Vec<_> = listeners.iter().map(|(port, _)| port.address()).collect();
        let cluster = Arc::new(Cluster::new(config, &addresses));
        let servers = (FIRST_NODE..).zip(listeners).map(|(id, (port, listener))| {
            let cluster = Arc::clone(&cluster);
            Server::new(Node { id, cluster }, port, listener)
        });
        Ok(Self {
            servers: servers.collect(),
            cluster,
        })
    }

    /// `host:port` of each node, separated by commas.
    pub fn bootstrap(&self) -> String {
        let addresses = self.cluster.endpoints.iter().map(ToString::to_string);
        addresses.collect::<Vec<_>>().join(",")
    }

    /// Closes all connections and the listeners, and waits until that is done.
    pub async fn stop(self) {
        for server in self.servers {
            server.close().await;
        }
    }

    /// Cuts a node's connections and refuses new ones. It keeps the leadership of its partitions:
    /// metadata goes on naming it until [`DevBroker::move_leader`] names another.
    ///
    /// # Errors
    ///
    /// If there is no such node, or the system does not keep its port for it.
    pub async fn stop_node(&self, node: i32) -> io::Result<()> {
        self.server(node)?.stop().await
    }

    /// Makes a stopped node listen again, on the same port.
    ///
    /// # Errors
    ///
    /// If there is no such node, or it cannot listen.
    pub async fn start_node(&self, node: i32) -> io::Result<()> {
        self.server(node)?.start().await
    }

    /// Stops a node and starts it again on the same port. The leader epochs of its partitions rise.
    ///
    /// # Errors
    ///
    /// If there is no such node, or it cannot listen again.
    pub async fn restart(&self, node: i32, restart: Restart) -> io::Result<()> {
        self.stop_node(node).await?;
        self.lose(node, restart);
        self.start_node(node).await
    }

    fn lose(&self, node: i32, restart: Restart) {
        let mut topics = self.cluster.topics();
        for (name, index) in topics.places() {
            let partition = topics.partition_mut(&name, index);
            let Some(partition) = partition.filter(|partition| partition.leader.node == node)
            else {
                continue;
            };
            partition.leader = partition.leader.followed_by(node);
            partition.producers_mut().keep_last_batches();
            match restart {
                Restart::WithLogs => {}
                Restart::WithoutLogs => _ = topics.truncate(&name, index, 0),
                Restart::WithoutTopics => _ = topics.delete(&name),
            }
        }
    }

    fn server(&self, node: i32) -> io::Result<&Server> {
        let mut servers = self.servers.iter();
        servers
            .find(|server| server.id() == node)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("no node {node}")))
    }
}
