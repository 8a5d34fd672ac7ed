//! Records that a topic does not take, in the words of Apache Kafka 4.3.1, and timestamps.

use kafka_protocol::{
    messages::{
        CreateTopicsRequest,
        create_topics_request::{CreatableTopic, CreatableTopicConfig},
        produce_response::PartitionProduceResponse,
    },
    protocol::StrBytes,
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Profile};

use crate::client::{
    Batch, Client, PRODUCE, broker_with_topic, name, partition_of, produce_request,
};

/// 2100-01-01
const FAR_AHEAD: i64 = 4_102_444_800_000;

async fn create(client: &mut Client, config: &'static str, value: &'static str) {
    let config = CreatableTopicConfig::default()
        .with_name(StrBytes::from_static_str(config))
        .with_value(Some(StrBytes::from_static_str(value)));
    let topic = CreatableTopic::default()
        .with_name(name("c"))
        .with_num_partitions(1)
        .with_replication_factor(1)
        .with_configs(vec![config]);
    let request = CreateTopicsRequest::default().with_topics(vec![topic]);
    assert_eq!(client.call(7, &request).await.topics[0].error_code, 0);
}

async fn produce(client: &mut Client, batch: &Batch) -> PartitionProduceResponse {
    let request = produce_request("c", &[(0, batch.encode())]);
    partition_of(client.call(PRODUCE, &request).await)
}

fn told(answer: &PartitionProduceResponse) -> Vec<(i32, String)> {
    let text = |text: &Option<StrBytes>| text.as_ref().unwrap().to_string();
    let errors = answer.record_errors.iter();
    errors
        .map(|error| (error.batch_index, text(&error.batch_index_error_message)))
        .collect()
}

#[tokio::test]
async fn a_compacted_topic_names_every_record_without_a_key() {
    let (_broker, mut client) = broker_with_topic().await;
    create(&mut client, "cleanup.policy", "compact").await;
    let batch = Batch {
        values: vec!["a", "b", "c", "d"],
        key: None,
        ..Batch::default()
    };
    let answer = produce(&mut client, &batch).await;
    assert_eq!(answer.error_code, 87);
    let text = "Compacted topic cannot accept message without key in topic partition c-0";
    let expected: Vec<_> = (0..4).map(|index| (index, text.to_owned())).collect();
    assert_eq!(told(&answer), expected);
    let shown: Vec<_> = (0..3)
        .map(|index| format!("RecordError(batchIndex={index}, message='{text}')"))
        .collect();
    let message = format!(
        "One or more records have been rejected due to 4 record errors in total, and only showing \
         the first three errors at most: [{}]",
        shown.join(", ")
    );
    assert_eq!(answer.error_message.as_deref(), Some(message.as_str()));
}

#[tokio::test]
async fn a_timestamp_out_of_range_is_named_with_the_range() {
    let (_broker, mut client) = broker_with_topic().await;
    create(&mut client, "message.timestamp.after.max.ms", "1000").await;
    let batch = Batch {
        first_timestamp: FAR_AHEAD,
        ..Batch::default()
    };
    let answer = produce(&mut client, &batch).await;
    assert_eq!(answer.error_code, 32);
    let (index, text) = told(&answer).remove(0);
    let start = "Timestamp 4102444800000 of message with offset 0 is out of range. The timestamp \
                 should be within [-92";
    assert!(index == 0 && text.starts_with(start), "{text}");
    assert_eq!(
        answer.error_message.as_deref(),
        Some("One or more records have been rejected due to invalid timestamp")
    );
}

#[tokio::test]
async fn before_kafka_4_any_timestamp_is_taken() {
    for (profile, code) in [
        (Profile::Kafka2_8, 0),
        (Profile::Kafka3_9, 0),
        (Profile::Kafka4, 32),
    ] {
        let config = DevBrokerConfig {
            profile,
            ..DevBrokerConfig::default()
        };
        let broker = DevBroker::start(config).await.unwrap();
        broker.create_topic("c", 1);
        let batch = Batch {
            first_timestamp: FAR_AHEAD,
            ..Batch::default()
        };
        let request = produce_request("c", &[(0, batch.encode())]);
        let mut client = Client::connect(&broker).await;
        let answer = partition_of(client.call(9, &request).await);
        assert_eq!(answer.error_code, code, "{profile:?}");
    }
}

#[tokio::test]
async fn a_topic_with_log_append_time_stamps_all_records_of_a_batch() {
    let (broker, mut client) = broker_with_topic().await;
    create(&mut client, "message.timestamp.type", "LogAppendTime").await;
    let batch = Batch {
        values: vec!["a", "b"],
        first_timestamp: FAR_AHEAD,
        ..Batch::default()
    };
    let answer = produce(&mut client, &batch).await;
    assert_eq!(answer.error_code, 0);
    let stamped: Vec<_> = broker
        .records("c", 0)
        .iter()
        .map(|record| record.timestamp)
        .collect();
    assert_eq!(stamped, [answer.log_append_time_ms; 2]);
    assert!((0..FAR_AHEAD).contains(&stamped[0]));
    let stored = broker.batches("c", 0).remove(0);
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &stored[21..]);
    assert_eq!(u32::try_from(crc).unwrap().to_be_bytes(), stored[17..21]);
}
