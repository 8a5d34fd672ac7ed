//! Scripted brokers that answer metadata requests.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use kafka_protocol::messages::{
    ApiKey, BrokerId, MetadataRequest, MetadataResponse, TopicName,
    metadata_response::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic},
};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use crate::{
    cluster::Cluster,
    error::ResponseError,
    settings::{ClientSettings, Endpoint},
    wire::testing::{Peer, listen, local, nobody, settings},
};

/// What a scripted broker has seen, and what it answers to the n-th metadata request from 0.
pub(super) struct Script {
    connections: AtomicUsize,
    asked: Mutex<Vec<MetadataRequest>>,
    answer: Box<dyn Fn(usize) -> MetadataResponse + Send + Sync>,
}

impl Script {
    pub(super) fn new(
        answer: impl Fn(usize) -> MetadataResponse + Send + Sync + 'static,
    ) -> Arc<Self> {
        let connections = AtomicUsize::new(0);
        Arc::new(Self {
            connections,
            asked: Mutex::default(),
            answer: Box::new(answer),
        })
    }

    /// Answers metadata requests; any other request is never answered.
    pub(super) async fn serve(self: Arc<Self>, mut peer: Peer<TcpStream>) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        peer.greet().await;
        while let Some(request) = peer.request().await {
            if request.api == ApiKey::Metadata {
                let place = {
                    let mut asked = self.asked.lock().unwrap();
                    asked.push(request.decode());
                    asked.len() - 1
                };
                peer.answer(&request, &(self.answer)(place)).await;
            }
        }
    }

    pub(super) async fn listen(self: &Arc<Self>) -> Endpoint {
        let script = self.clone();
        listen(move |peer| script.clone().serve(peer)).await
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn asked(&self) -> Vec<MetadataRequest> {
        self.asked.lock().unwrap().clone()
    }
}

pub(super) fn metadata(
    brokers: &[&Endpoint],
    topics: Vec<MetadataResponseTopic>,
) -> MetadataResponse {
    let broker = |(id, endpoint): (i32, &&Endpoint)| {
        MetadataResponseBroker::default()
            .with_node_id(BrokerId(id))
            .with_host(endpoint.host.clone().into())
            .with_port(i32::from(endpoint.port))
    };
    MetadataResponse::default()
        .with_brokers((1..).zip(brokers).map(broker).collect())
        .with_topics(topics)
}

/// Topic `t` with these leaders.
pub(super) fn topic(leaders: &[i32]) -> MetadataResponseTopic {
    let partition = |(index, leader): (i32, &i32)| {
        MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(BrokerId(*leader))
    };
    MetadataResponseTopic::default()
        .with_name(Some(TopicName("t".into())))
        .with_topic_id(Uuid::from_u128(1))
        .with_partitions((0..).zip(leaders).map(partition).collect())
}

pub(super) fn failed(code: ResponseError) -> MetadataResponseTopic {
    topic(&[]).with_error_code(code.code())
}

/// A cluster whose metadata always names one broker, at an address where nobody listens, and the
/// topics that `topics` gives for the n-th request after the first.
pub(super) async fn cluster(
    topics: impl Fn(usize) -> Vec<MetadataResponseTopic> + Send + Sync + 'static,
) -> (Cluster, Arc<Script>) {
    cluster_with(topics, |_| {}).await
}

pub(super) async fn cluster_with(
    topics: impl Fn(usize) -> Vec<MetadataResponseTopic> + Send + Sync + 'static,
    adjust: impl FnOnce(&mut ClientSettings),
) -> (Cluster, Arc<Script>) {
    let nobody = nobody().await;
    let script = Script::new(move |place| {
        let topics = place.checked_sub(1).map_or_else(Vec::new, &topics);
        metadata(&[&nobody], topics)
    });
    let mut settings = settings(vec![script.listen().await]);
    adjust(&mut settings);
    (Cluster::connect(settings).await.unwrap(), script)
}

/// A listener whose address metadata can name before it serves.
pub(super) async fn reserved() -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = local(listener.local_addr().unwrap().port());
    (listener, endpoint)
}

pub(super) fn serve(listener: TcpListener, script: Arc<Script>) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(script.clone().serve(Peer(stream)));
        }
    })
}

/// A broker that names itself.
pub(super) async fn honest_broker() -> (Endpoint, Arc<Script>, tokio::task::JoinHandle<()>) {
    let (listener, endpoint) = reserved().await;
    let itself = endpoint.clone();
    let script = Script::new(move |_| metadata(&[&itself], Vec::new()));
    (endpoint, script.clone(), serve(listener, script))
}
