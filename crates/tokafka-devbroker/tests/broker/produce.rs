use bytes::Bytes;
use kafka_protocol::{
    messages::{
        CreateTopicsRequest,
        create_topics_request::{CreatableTopic, CreatableTopicConfig},
        produce_request::ProduceRequest,
    },
    protocol::StrBytes,
    records::Compression,
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig};
use uuid::Uuid;

use crate::client::{
    Batch, Client, PRODUCE, broker_with_topic, name, partition_of, patched, produce_request,
};

#[tokio::test]
async fn records_of_every_codec_come_back_as_sent() {
    use Compression::{Gzip, Lz4, None, Snappy, Zstd};
    let (broker, mut client) = broker_with_topic().await;
    for (base, compression) in [(0, None), (2, Gzip), (4, Snappy), (6, Lz4), (8, Zstd)] {
        let batch = Batch {
            values: vec!["a", ""],
            compression,
            ..Batch::default()
        };
        let answer = client.produce(batch.encode()).await;
        assert_eq!(
            (answer.error_code, answer.base_offset),
            (0, base),
            "{compression:?}"
        );
        assert_eq!(answer.log_append_time_ms, -1);
    }
    let records = broker.records("t", 0);
    assert_eq!(
        records
            .iter()
            .map(|record| record.offset)
            .collect::<Vec<_>>(),
        (0..10).collect::<Vec<_>>()
    );
    for record in records {
        assert_eq!(record.key, Some(Bytes::from("key")));
        assert_eq!(
            record.value,
            Some(Bytes::from(if record.offset % 2 == 0 { "a" } else { "" }))
        );
        let headers = [
            ("h".to_owned(), Option::None),
            ("i".to_owned(), Some(Bytes::new())),
        ];
        assert_eq!(record.headers, headers);
        assert_eq!(record.timestamp, 1_700_000_000_000 + record.offset % 2);
        assert_eq!(
            (record.producer_id, record.producer_epoch, record.sequence),
            (-1, -1, -1)
        );
    }
}

#[tokio::test]
async fn a_stored_batch_differs_from_the_sent_one_in_offset_and_leader_epoch_only() {
    let (broker, mut client) = broker_with_topic().await;
    let sent = Batch::default().encode();
    client.produce(sent.clone()).await;
    client.produce(sent.clone()).await;
    let stored = &broker.batches("t", 0)[1];
    assert_eq!(stored[..8], 1_i64.to_be_bytes());
    assert_eq!(stored[8..12], sent[8..12]);
    assert_eq!(stored[12..16], 0_i32.to_be_bytes());
    assert_eq!(stored[16..], sent[16..]);
}

fn two_records() -> Bytes {
    Batch {
        values: vec!["a", "b"],
        ..Batch::default()
    }
    .encode()
}

/// Produces each batch and expects its error code, and that nothing was written.
async fn all_refused(cases: Vec<(&str, Bytes, i16)>) {
    let (broker, mut client) = broker_with_topic().await;
    for (what, batch, code) in cases {
        let answer = client.produce(batch).await;
        assert_eq!(
            (answer.error_code, answer.base_offset),
            (code, -1),
            "{what}"
        );
        assert!(answer.error_message.is_some(), "{what}");
    }
    assert!(broker.batches("t", 0).is_empty());
}

#[tokio::test]
async fn there_must_be_exactly_one_whole_batch_of_format_2() {
    let good = two_records();
    all_refused(vec![
        ("no records", Bytes::new(), 87),
        ("two batches", [&good[..], &good[..]].concat().into(), 87),
        (
            "bytes behind the batch",
            [&good[..], &[0; 3]].concat().into(),
            87,
        ),
        ("cut short", good.slice(..good.len() - 1), 87),
        ("a header cut short", good.slice(..30), 87),
        (
            "a length below the header's",
            patched(&good, 8, &10_i32.to_be_bytes()),
            2,
        ),
        ("magic 1", patched(&good, 16, &[1]), 87),
    ])
    .await;
}

#[tokio::test]
async fn batch_headers_must_be_right() {
    let good = two_records();
    let last_offset = |batch: &Bytes, last: i32| patched(batch, 23, &last.to_be_bytes());
    let count = |batch: &Bytes, count: i32| patched(batch, 57, &count.to_be_bytes());
    let attributes = |bits: i16| patched(&good, 21, &bits.to_be_bytes());
    let mut corrupt = good.to_vec();
    corrupt[65] ^= 1;
    all_refused(vec![
        ("a wrong checksum", corrupt.into(), 2),
        ("a base offset", patched(&good, 0, &5_i64.to_be_bytes()), 87),
        ("log append time", attributes(0x08), 32),
        ("a transactional batch", attributes(0x10), 48),
        ("a control batch", attributes(0x20), 87),
        ("a last offset that is too large", last_offset(&good, 2), 87),
        ("a last offset that is negative", last_offset(&good, -1), 87),
        ("a count that is too large", count(&good, 3), 87),
        ("no records", count(&last_offset(&good, -1), 0), 87),
        (
            "a producer without sequence",
            patched(&good, 43, &1_i64.to_be_bytes()),
            87,
        ),
    ])
    .await;
}

#[tokio::test]
async fn records_must_be_readable_and_count_up() {
    let good = two_records();
    let attributes = |bits: i16| patched(&good, 21, &bits.to_be_bytes());
    let one_of_two = patched(&patched(&good, 57, &1_i32.to_be_bytes()), 23, &[0; 4]);
    let three_of_two = patched(
        &patched(&good, 57, &3_i32.to_be_bytes()),
        23,
        &2_i32.to_be_bytes(),
    );
    let far_ahead = Batch {
        first_timestamp: i64::MAX / 2,
        ..Batch::default()
    }
    .encode();
    all_refused(vec![
        ("an unknown codec", attributes(7), -1),
        ("records that are not gzip", attributes(1), -1),
        ("fewer records than there are", one_of_two, 87),
        ("more records than there are", three_of_two, 87),
        ("a first offset that is not 0", patched(&good, 64, &[2]), 87),
        (
            "records that are garbage",
            patched(&good, 61, &[0xff; 12]),
            87,
        ),
        ("a timestamp far ahead", far_ahead, 32),
    ])
    .await;
}

#[tokio::test]
async fn headers_keep_their_order_and_may_share_a_name() {
    let (broker, mut client) = broker_with_topic().await;
    let batch = Batch::default().encode();
    let second_name = batch.len() - 2;
    assert_eq!(batch[second_name], b'i');
    client.produce(patched(&batch, second_name, b"h")).await;
    let headers = broker.records("t", 0).remove(0).headers;
    assert_eq!(
        headers,
        [("h".to_owned(), None), ("h".to_owned(), Some(Bytes::new()))]
    );
}

#[tokio::test]
async fn no_corrupt_byte_of_the_records_ends_the_connection() {
    use Compression::{Gzip, Lz4, None, Snappy, Zstd};
    let (_broker, mut client) = broker_with_topic().await;
    for compression in [None, Gzip, Snappy, Lz4, Zstd] {
        let batch = Batch {
            compression,
            ..Batch::default()
        }
        .encode();
        for at in 61..batch.len() {
            for flipped in [0xff, 0x01] {
                client
                    .produce(patched(&batch, at, &[batch[at] ^ flipped]))
                    .await;
            }
        }
    }
}

#[tokio::test]
async fn lz4_blocks_must_be_independent() {
    let (_broker, mut client) = broker_with_topic().await;
    let batch = Batch {
        compression: Compression::Lz4,
        ..Batch::default()
    }
    .encode();
    let flags = batch[61 + 4];
    assert_eq!(
        client
            .produce(patched(&batch, 65, &[flags & !0x20]))
            .await
            .error_code,
        -1
    );
    assert_eq!(client.produce(batch).await.error_code, 0);
}

#[tokio::test]
async fn a_batch_may_be_as_large_as_message_max_bytes_and_no_larger() {
    let batch = Batch::default().encode();
    let config = DevBrokerConfig {
        message_max_bytes: batch.len(),
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    broker.create_topic("t", 1);
    let mut client = Client::connect(&broker).await;
    assert_eq!(client.produce(batch).await.error_code, 0);
    let larger = Batch {
        values: vec!["value!"],
        ..Batch::default()
    };
    assert_eq!(client.produce(larger.encode()).await.error_code, 10);
}

#[tokio::test]
async fn a_compacted_topic_needs_keys() {
    let (_broker, mut client) = broker_with_topic().await;
    let policy = CreatableTopicConfig::default()
        .with_name(StrBytes::from_static_str("cleanup.policy"))
        .with_value(Some(StrBytes::from_static_str("compact,delete")));
    let topic = CreatableTopic::default()
        .with_name(name("c"))
        .with_num_partitions(1)
        .with_replication_factor(1)
        .with_configs(vec![policy]);
    let created = client
        .call(7, &CreateTopicsRequest::default().with_topics(vec![topic]))
        .await;
    assert_eq!(created.topics[0].error_code, 0);
    for (key, code) in [(None, 87), (Some(""), 0)] {
        let batch = Batch {
            key,
            ..Batch::default()
        }
        .encode();
        let answer = client
            .call(PRODUCE, &produce_request("c", &[(0, batch)]))
            .await;
        assert_eq!(partition_of(answer).error_code, code, "{key:?}");
    }
}

#[tokio::test]
async fn a_partition_listed_twice_is_refused_and_the_others_are_written() {
    let (broker, mut client) = broker_with_topic().await;
    broker.create_topic("u", 2);
    let batch = Batch::default().encode();
    let request = produce_request("u", &[(0, batch.clone()), (1, batch.clone()), (0, batch)]);
    let answer = client.call(PRODUCE, &request).await;
    let codes: Vec<_> = answer.responses[0]
        .partition_responses
        .iter()
        .map(|partition| partition.error_code)
        .collect();
    assert_eq!(codes, [42, 0, 42]);
    assert!(broker.records("u", 0).is_empty());
    assert_eq!(broker.records("u", 1).len(), 1);
}

#[tokio::test]
async fn unknown_topics_partitions_ids_and_acks_are_refused() {
    let (broker, mut client) = broker_with_topic().await;
    let batch = Batch::default().encode();
    for (topic, partition) in [("nope", 0), ("t", 1), ("t", -1)] {
        let answer = client
            .call(
                PRODUCE,
                &produce_request(topic, &[(partition, batch.clone())]),
            )
            .await;
        assert_eq!(partition_of(answer).error_code, 3, "{topic} {partition}");
    }
    let with_acks = |acks| produce_request("t", &[(0, batch.clone())]).with_acks(acks);
    assert_eq!(
        partition_of(client.call(PRODUCE, &with_acks(2)).await).error_code,
        21
    );
    assert_eq!(
        partition_of(client.call(PRODUCE, &with_acks(1)).await).error_code,
        0
    );

    let id = client.metadata(12, "t", false).await.topics[0].topic_id;
    assert_eq!(
        partition_of(client.call(13, &by_id(&with_acks(-1), id)).await).error_code,
        0
    );
    assert_eq!(
        partition_of(
            client
                .call(13, &by_id(&with_acks(-1), Uuid::from_u128(1)))
                .await
        )
        .error_code,
        100
    );
    assert_eq!(broker.records("t", 0).len(), 2);
}

fn by_id(request: &ProduceRequest, id: Uuid) -> ProduceRequest {
    let mut request = request.clone();
    request.topic_data[0].name = name("");
    request.topic_data[0].topic_id = id;
    request
}

#[tokio::test]
async fn every_offered_version_of_produce_works_and_old_ones_have_no_zstd() {
    let (_broker, mut client) = broker_with_topic().await;
    let zstd = Batch {
        compression: Compression::Zstd,
        ..Batch::default()
    }
    .encode();
    for version in 3..=12 {
        let answer = client
            .call(version, &produce_request("t", &[(0, zstd.clone())]))
            .await;
        let code = if version < 7 { 76 } else { 0 };
        assert_eq!(partition_of(answer).error_code, code, "version {version}");
    }
}

#[tokio::test]
async fn without_acks_nothing_is_answered_and_a_refusal_closes_the_connection() {
    let (broker, mut client) = broker_with_topic().await;
    let batch = Batch::default().encode();
    client
        .send(
            PRODUCE,
            &produce_request("t", &[(0, batch.clone())]).with_acks(0),
        )
        .await;
    assert_eq!(
        client.metadata(12, "t", false).await.topics[0].error_code,
        0
    );
    assert_eq!(broker.records("t", 0).len(), 1);

    client
        .send(
            PRODUCE,
            &produce_request("nope", &[(0, batch)]).with_acks(0),
        )
        .await;
    assert!(client.receive_frame().await.is_none());
}

#[tokio::test]
async fn over_the_retention_limit_the_oldest_batches_of_any_partition_go_first() {
    let batch = Batch::default().encode();
    let config = DevBrokerConfig {
        retention_bytes: 3 * batch.len(),
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    broker.create_topic("t", 1);
    broker.create_topic("u", 1);
    let mut client = Client::connect(&broker).await;
    for topic in ["t", "t", "u", "u", "t"] {
        client
            .call(PRODUCE, &produce_request(topic, &[(0, batch.clone())]))
            .await;
    }
    let offsets = |topic| {
        broker
            .records(topic, 0)
            .iter()
            .map(|record| record.offset)
            .collect::<Vec<_>>()
    };
    assert_eq!((offsets("t"), offsets("u")), (vec![2], vec![0, 1]));
    assert_eq!(client.list_offset(-2).await.offset, 2);
    let gone = client.fetch(&crate::client::fetch_request(1)).await;
    assert_eq!(gone.responses[0].partitions[0].error_code, 1);
}
