use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::messages::{
    FetchRequest, FetchResponse,
    fetch_request::{FetchPartition, FetchTopic},
    fetch_response::PartitionData,
};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::client::{Batch, Client, broker_with_topic, fetch_request, name, produce_request};

const LONG: Duration = Duration::from_secs(10);

fn partition(response: &FetchResponse) -> &PartitionData {
    &response.responses[0].partitions[0]
}

fn bytes_of(response: &FetchResponse) -> usize {
    partition(response).records.as_ref().map_or(0, Bytes::len)
}

#[tokio::test]
async fn a_fetch_gives_the_batch_that_holds_its_offset_and_those_behind() {
    let (broker, mut client) = broker_with_topic().await;
    for _ in 0..3 {
        client
            .produce(
                Batch {
                    values: vec!["a", "b"],
                    ..Batch::default()
                }
                .encode(),
            )
            .await;
    }
    let stored = broker.batches("t", 0);
    for (offset, from) in [(0, 0), (1, 0), (2, 1), (5, 2), (6, 3)] {
        let answer = client.fetch(&fetch_request(offset)).await;
        let data = partition(&answer);
        assert_eq!(
            data.records,
            Some(stored[from..].concat().into()),
            "offset {offset}"
        );
        assert_eq!(
            (
                data.high_watermark,
                data.last_stable_offset,
                data.log_start_offset
            ),
            (6, 6, 0)
        );
    }
    for offset in [-1, 7] {
        assert_eq!(
            partition(&client.fetch(&fetch_request(offset)).await).error_code,
            1,
            "offset {offset}"
        );
    }
}

#[tokio::test]
async fn limits_cut_at_batches_but_leave_one() {
    let (_broker, mut client) = broker_with_topic().await;
    let batch = Batch::default().encode();
    for _ in 0..3 {
        client.produce(batch.clone()).await;
    }
    let size = i32::try_from(batch.len()).unwrap();
    for (request_max, partition_max, batches) in [
        (1, 1, 1),
        (2 * size, 1 << 20, 2),
        (1 << 20, 2 * size + 1, 2),
        (1 << 20, 1 << 20, 3),
        (0, 0, 1),
    ] {
        let mut request = fetch_request(0).with_max_bytes(request_max);
        request.topics[0].partitions[0].partition_max_bytes = partition_max;
        let answer = client.fetch(&request).await;
        assert_eq!(
            bytes_of(&answer),
            batches * batch.len(),
            "{request_max} {partition_max}"
        );
    }
}

#[tokio::test]
async fn only_the_first_partition_with_data_may_exceed_the_limit() {
    let (broker, mut client) = broker_with_topic().await;
    broker.create_topic("u", 3);
    let batch = Batch::default().encode();
    client
        .call(
            12,
            &produce_request("u", &[(1, batch.clone()), (2, batch.clone())]),
        )
        .await;
    let partitions = (0..3).map(|index| {
        FetchPartition::default()
            .with_partition(index)
            .with_partition_max_bytes(1 << 20)
    });
    let topic = FetchTopic::default()
        .with_topic(name("u"))
        .with_partitions(partitions.collect());
    let answer = client
        .fetch(
            &FetchRequest::default()
                .with_max_bytes(1)
                .with_topics(vec![topic]),
        )
        .await;
    let sizes: Vec<_> = answer.responses[0]
        .partitions
        .iter()
        .map(|data| data.records.as_ref().unwrap().len())
        .collect();
    assert_eq!(sizes, [0, batch.len(), 0]);
}

#[tokio::test]
async fn a_waiting_fetch_wakes_when_something_is_written() {
    let (broker, mut reader) = broker_with_topic().await;
    let mut writer = Client::connect(&broker).await;
    let waiting = fetch_request(0).with_min_bytes(1).with_max_wait_ms(60_000);
    reader.send(12, &waiting).await;
    writer.produce(Batch::default().encode()).await;
    let (_, answer) = timeout(LONG, reader.receive::<FetchRequest>(12))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(partition(&answer).high_watermark, 1);
    assert!(bytes_of(&answer) > 0);
}

#[tokio::test]
async fn a_fetch_without_data_is_answered_after_its_wait() {
    let (_broker, mut client) = broker_with_topic().await;
    let started = Instant::now();
    let answer = client
        .fetch(&fetch_request(0).with_min_bytes(1).with_max_wait_ms(30))
        .await;
    assert_eq!((partition(&answer).error_code, bytes_of(&answer)), (0, 0));
    assert!(started.elapsed() >= Duration::from_millis(30));
}

#[tokio::test]
async fn an_error_is_answered_at_once() {
    let (_broker, mut client) = broker_with_topic().await;
    let mut request = fetch_request(9).with_min_bytes(1).with_max_wait_ms(60_000);
    let answer = timeout(LONG, client.fetch(&request)).await.unwrap();
    assert_eq!(partition(&answer).error_code, 1);
    request.topics[0].topic = name("nope");
    let answer = timeout(LONG, client.fetch(&request)).await.unwrap();
    assert_eq!(partition(&answer).error_code, 3);
}

#[tokio::test]
async fn every_offered_version_of_fetch_works_by_name_or_by_id() {
    let (_broker, mut client) = broker_with_topic().await;
    client.produce(Batch::default().encode()).await;
    let id = client.metadata(12, "t", false).await.topics[0].topic_id;
    for version in 4..=17 {
        let answer = client.call(version, &addressed(version, id)).await;
        assert_eq!(partition(&answer).error_code, 0, "version {version}");
        assert!(bytes_of(&answer) > 0, "version {version}");
        assert_eq!(answer.session_id, 0);
    }
    let unknown = client.call(13, &addressed(13, Uuid::from_u128(1))).await;
    assert_eq!(partition(&unknown).error_code, 100);
}

fn addressed(version: i16, id: Uuid) -> FetchRequest {
    let mut request = fetch_request(0);
    if version >= 13 {
        request.topics[0].topic = name("");
        request.topics[0].topic_id = id;
    }
    request
}

#[tokio::test]
async fn aborted_transactions_are_listed_for_committed_readers_only() {
    let (_broker, mut client) = broker_with_topic().await;
    let committed = client
        .fetch(&fetch_request(0).with_isolation_level(1))
        .await;
    assert_eq!(partition(&committed).aborted_transactions, Some(Vec::new()));
    let uncommitted = client.fetch(&fetch_request(0)).await;
    assert_eq!(partition(&uncommitted).aborted_transactions, None);
}

#[tokio::test]
async fn a_leader_epoch_from_the_future_is_unknown_and_a_session_is_not_found() {
    let (_broker, mut client) = broker_with_topic().await;
    let mut request = fetch_request(0);
    request.topics[0].partitions[0].current_leader_epoch = 1;
    assert_eq!(partition(&client.fetch(&request).await).error_code, 75);
    assert_eq!(
        client
            .fetch(&fetch_request(0).with_session_id(5))
            .await
            .error_code,
        70
    );
}
