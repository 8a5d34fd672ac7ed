//! Producer Configuration: what the settings do to the batches in the log.

use tokafka_devbroker::DevBroker;

use crate::{
    PARTITIONS, all_messages, broker, pairs,
    twins::{producer, rows::messages},
};

const NO_PRODUCER: i64 = -1;

/// The codecs and the producers of the batches of a topic.
fn batches(broker: &DevBroker, topic: &str) -> Vec<(u8, i64)> {
    let all = (0..PARTITIONS).flat_map(|partition| broker.batches(topic, partition));
    let facts = all.map(|batch| {
        let producer = i64::from_be_bytes(batch[43..51].try_into().unwrap());
        (batch[22] & 0x07, producer)
    });
    facts.collect()
}

#[tokio::test]
async fn basic_producer_settings() {
    let broker = broker().await;
    let written = producer::basic_producer_settings(messages().unwrap(), &broker.bootstrap()).await;
    assert!(written.unwrap().acknowledged);
    assert_eq!(pairs(&broker, "reliable-topic"), all_messages());
    let batches = batches(&broker, "reliable-topic");
    assert!(batches.iter().all(|(codec, _)| *codec == 0), "{batches:?}");
}

#[tokio::test]
async fn performance_optimization() {
    let broker = broker().await;
    let written =
        producer::performance_optimization(messages().unwrap(), &broker.bootstrap()).await;
    let report = written.unwrap();
    assert!(
        report.acknowledged && report.duplicates_possible,
        "acks=1 means no idempotence"
    );
    assert_eq!(pairs(&broker, "high-throughput-topic"), all_messages());
    let batches = batches(&broker, "high-throughput-topic");
    assert!(!batches.is_empty());
    assert!(
        batches.iter().all(|batch| *batch == (2, NO_PRODUCER)),
        "snappy: {batches:?}"
    );
}

#[tokio::test]
async fn reliability_configuration() {
    let broker = broker().await;
    let written =
        producer::reliability_configuration(messages().unwrap(), &broker.bootstrap()).await;
    assert!(!written.unwrap().duplicates_possible);
    assert_eq!(pairs(&broker, "critical-topic"), all_messages());
    let batches = batches(&broker, "critical-topic");
    assert!(!batches.is_empty());
    assert!(
        batches.iter().all(|(_, producer)| *producer >= 0),
        "{batches:?}"
    );
}
