//! What a broker still knows after a restart, and topics that change meanwhile.

use kafka_protocol::ResponseError;
use tokafka_devbroker::{DevBroker, Restart};

use crate::client::{Batch, Client, broker_with_topic, produce_request};

fn batch(sequence: i32) -> bytes::Bytes {
    let producer = (7, 0, sequence);
    let batch = Batch {
        producer,
        ..Batch::default()
    };
    batch.encode()
}

async fn write_three(client: &mut Client) {
    for sequence in 0..3 {
        assert_eq!(client.produce(batch(sequence)).await.error_code, 0);
    }
}

async fn restarted(broker: &DevBroker, restart: Restart) -> Client {
    broker.restart(1, restart).await.unwrap();
    Client::connect(broker).await
}

#[tokio::test]
async fn after_a_restart_the_last_batch_of_a_producer_is_known_and_older_ones_are_out_of_order() {
    let (broker, mut client) = broker_with_topic().await;
    write_three(&mut client).await;
    let mut client = restarted(&broker, Restart::WithLogs).await;
    let last = client.produce(batch(2)).await;
    assert_eq!((last.error_code, last.base_offset), (0, 2));
    let older = client.produce(batch(1)).await;
    assert_eq!(
        older.error_code,
        ResponseError::OutOfOrderSequenceNumber.code()
    );
    assert_eq!(client.produce(batch(3)).await.error_code, 0);
    assert_eq!(broker.records("t", 0).len(), 4);
    let metadata = client.metadata(12, "t", false).await;
    assert_eq!(metadata.topics[0].partitions[0].leader_epoch, 1);
}

#[tokio::test]
async fn a_restart_without_logs_keeps_the_topic_and_knows_no_producer() {
    let (broker, mut client) = broker_with_topic().await;
    write_three(&mut client).await;
    let id = client.metadata(12, "t", false).await.topics[0].topic_id;
    let mut client = restarted(&broker, Restart::WithoutLogs).await;
    assert!(broker.records("t", 0).is_empty());
    assert_eq!(client.metadata(12, "t", false).await.topics[0].topic_id, id);
    assert_eq!(client.produce(batch(2)).await.base_offset, 0);
}

#[tokio::test]
async fn a_restart_without_topics_makes_them_anew_with_other_ids() {
    let (broker, mut client) = broker_with_topic().await;
    write_three(&mut client).await;
    let id = client.metadata(12, "t", false).await.topics[0].topic_id;
    let mut client = restarted(&broker, Restart::WithoutTopics).await;
    assert_eq!(
        client.metadata(12, "t", false).await.topics[0].error_code,
        ResponseError::UnknownTopicOrPartition.code()
    );
    broker.create_topic("t", 1);
    assert_ne!(client.metadata(12, "t", false).await.topics[0].topic_id, id);
    let mut request = produce_request("", &[(0, batch(3))]);
    request.topic_data[0].topic_id = id;
    let answer = client.call(13, &request).await;
    assert_eq!(
        answer.responses[0].partition_responses[0].error_code,
        ResponseError::UnknownTopicId.code()
    );
}

#[tokio::test]
async fn producers_are_forgotten_altogether_or_but_for_their_last_batch() {
    let (broker, mut client) = broker_with_topic().await;
    write_three(&mut client).await;
    broker.forget_older_batches();
    assert_eq!(client.produce(batch(2)).await.base_offset, 2);
    assert_eq!(client.produce(batch(1)).await.error_code, 45);
    broker.forget_producers();
    assert_eq!(client.produce(batch(1)).await.base_offset, 3);
}

#[tokio::test]
async fn a_truncated_log_has_lost_what_it_knew_of_its_end() {
    let (broker, mut client) = broker_with_topic().await;
    write_three(&mut client).await;
    broker.truncate("t", 0, 1);
    assert_eq!(broker.records("t", 0).len(), 1);
    assert_eq!(client.produce(batch(2)).await.error_code, 45);
    assert_eq!(client.produce(batch(1)).await.base_offset, 1);
}

#[tokio::test]
async fn a_topic_can_grow_and_go() {
    let (broker, mut client) = broker_with_topic().await;
    broker.grow_topic("t", 3);
    let metadata = client.metadata(12, "t", false).await;
    assert_eq!(metadata.topics[0].partitions.len(), 3);
    broker.delete_topic("t");
    assert_eq!(client.produce(batch(0)).await.error_code, 3);
}
