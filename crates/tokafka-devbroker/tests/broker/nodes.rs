//! Several nodes: who leads what, who says so, and what stops.

use kafka_protocol::{
    ResponseError,
    messages::{ListOffsetsRequest, MetadataResponse},
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig};
use tokio::net::TcpStream;

use crate::client::{Batch, Client, fetch_request, partition_of, produce_request};

const NOT_LEADER: i16 = 6;

/// Three nodes and a topic `t` of four partitions; a client of each node.
async fn cluster() -> (DevBroker, Vec<Client>) {
    let config = DevBrokerConfig {
        nodes: 3,
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    broker.create_topic("t", 4);
    let mut clients = Vec::new();
    for address in broker.bootstrap().split(',') {
        clients.push(Client::connect_to(address).await);
    }
    (broker, clients)
}

fn leaders(metadata: &MetadataResponse) -> Vec<(i32, i32)> {
    let partitions = metadata.topics[0].partitions.iter();
    partitions
        .map(|partition| (*partition.leader_id, partition.leader_epoch))
        .collect()
}

async fn produce(client: &mut Client) -> kafka_protocol::messages::ProduceResponse {
    let request = produce_request("t", &[(0, Batch::default().encode())]);
    client.call(12, &request).await
}

#[tokio::test]
async fn every_node_names_all_nodes_and_the_leaders_in_turn() {
    let (broker, mut clients) = cluster().await;
    for client in &mut clients {
        let metadata = client.metadata(12, "t", false).await;
        assert_eq!(leaders(&metadata), [(1, 0), (2, 0), (3, 0), (1, 0)]);
        let addresses: Vec<_> = metadata
            .brokers
            .iter()
            .map(|broker| format!("{}:{}", broker.host, broker.port))
            .collect();
        assert_eq!(addresses.join(","), broker.bootstrap());
    }
}

#[tokio::test]
async fn the_wrong_node_names_the_right_one_to_writers_and_readers() {
    let (broker, mut clients) = cluster().await;
    broker.move_leader("t", 0, 2);
    let answer = produce(&mut clients[0]).await;
    assert_eq!(*answer.node_endpoints[0].node_id, 2);
    let partition = partition_of(answer);
    assert_eq!(partition.error_code, NOT_LEADER);
    let leader = partition.current_leader;
    assert_eq!((*leader.leader_id, leader.leader_epoch), (2, 1));
    assert_eq!(partition_of(produce(&mut clients[1]).await).error_code, 0);

    let id = clients[0].metadata(12, "t", false).await.topics[0].topic_id;
    let mut request = fetch_request(0);
    request.topics[0].topic_id = id;
    let answer = clients[0].call(16, &request).await;
    assert_eq!(*answer.node_endpoints[0].node_id, 2);
    let partition = &answer.responses[0].partitions[0];
    assert_eq!(partition.error_code, NOT_LEADER);
    assert_eq!(*partition.current_leader.leader_id, 2);

    let offset = clients[0].list_offset(-1).await;
    assert_eq!(offset.error_code, NOT_LEADER);
    let offset = clients[1].list_offset(-1).await;
    assert_eq!((offset.offset, offset.leader_epoch), (1, 1));
}

#[tokio::test]
async fn a_client_that_knows_an_older_epoch_is_fenced_and_one_that_knows_a_newer_must_wait() {
    let (broker, mut clients) = cluster().await;
    broker.move_leader("t", 0, 1);
    for (epoch, error) in [
        (0, Some(ResponseError::FencedLeaderEpoch)),
        (1, None),
        (2, Some(ResponseError::UnknownLeaderEpoch)),
    ] {
        let mut request = fetch_request(0);
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        let answer = clients[0].fetch(&request).await;
        let code = error.map_or(0, |error| error.code());
        assert_eq!(answer.responses[0].partitions[0].error_code, code);
    }
}

#[tokio::test]
async fn a_moved_leader_has_the_log_and_knows_its_producers() {
    let (broker, mut clients) = cluster().await;
    let batch = Batch {
        producer: (7, 0, 0),
        ..Batch::default()
    };
    assert_eq!(clients[0].produce(batch.encode()).await.error_code, 0);
    broker.move_leader("t", 0, 3);
    let again = clients[2].produce(batch.encode()).await;
    assert_eq!((again.error_code, again.base_offset), (0, 0));
    assert_eq!(broker.records("t", 0).len(), 1);
}

#[tokio::test]
async fn a_stopped_node_refuses_connections_until_it_is_started_on_the_same_port() {
    let (broker, mut clients) = cluster().await;
    let bootstrap = broker.bootstrap();
    let address = bootstrap.split(',').next().unwrap();
    broker.stop_node(1).await.unwrap();
    assert!(
        clients[0]
            .try_call(1, &ListOffsetsRequest::default())
            .await
            .is_none()
    );
    assert!(TcpStream::connect(address).await.is_err());
    assert_eq!(clients[1].metadata(12, "t", false).await.brokers.len(), 3);
    broker.start_node(1).await.unwrap();
    let mut client = Client::connect_to(address).await;
    assert_eq!(
        client.produce(Batch::default().encode()).await.error_code,
        0
    );
    assert!(broker.stop_node(4).await.is_err());
}
