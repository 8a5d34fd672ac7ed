use kafka_protocol::messages::{
    ListOffsetsRequest,
    list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic},
};

use crate::client::{Batch, broker_with_topic, name};

#[tokio::test]
async fn offsets_are_found_by_end_and_by_time() {
    let (_broker, mut client) = broker_with_topic().await;
    for first_timestamp in [1000, 2000, 1500] {
        let batch = Batch {
            values: vec!["a", "b", "c"],
            first_timestamp,
            ..Batch::default()
        };
        assert_eq!(client.produce(batch.encode()).await.error_code, 0);
    }
    let cases = [
        (-1, (0, 9, -1)),
        (-2, (0, 0, -1)),
        (-3, (0, 5, 2002)),
        (-4, (0, 0, -1)),
        (-5, (0, -1, -1)),
        (-6, (35, -1, -1)),
        (0, (0, 0, 1000)),
        (1001, (0, 1, 1001)),
        (1003, (0, 3, 2000)),
        (2002, (0, 5, 2002)),
        (2003, (0, -1, -1)),
    ];
    for (asked, expected) in cases {
        let found = client.list_offset(asked).await;
        assert_eq!(
            (found.error_code, found.offset, found.timestamp),
            expected,
            "{asked}"
        );
    }
}

#[tokio::test]
async fn an_empty_partition_has_both_ends_at_zero_and_no_times() {
    let (_broker, mut client) = broker_with_topic().await;
    for (asked, offset) in [(-1, 0), (-2, 0), (-3, -1), (0, -1)] {
        assert_eq!(client.list_offset(asked).await.offset, offset, "{asked}");
    }
}

#[tokio::test]
async fn every_offered_version_of_list_offsets_works() {
    let (_broker, mut client) = broker_with_topic().await;
    client.produce(Batch::default().encode()).await;
    for version in 1..=10 {
        let partition = ListOffsetsPartition::default().with_timestamp(-1);
        let unknown = partition.clone().with_partition_index(1);
        let topic = ListOffsetsTopic::default()
            .with_name(name("t"))
            .with_partitions(vec![partition, unknown]);
        let answer = client
            .call(
                version,
                &ListOffsetsRequest::default().with_topics(vec![topic]),
            )
            .await;
        let partitions = &answer.topics[0].partitions;
        assert_eq!(
            (partitions[0].error_code, partitions[0].offset),
            (0, 1),
            "version {version}"
        );
        assert_eq!(partitions[1].error_code, 3);
    }
}
