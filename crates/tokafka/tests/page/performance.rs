//! Performance Optimization: how many writers there are, and that no row is lost between them.

use tokafka_devbroker::DevBroker;

use crate::{
    PARTITIONS, broker,
    twins::{Written, performance, rows::many},
    values,
};

const PIECES: usize = 30;

fn assert_written(broker: &DevBroker, topic: &str, written: Written, writers: u32) {
    let report = written.unwrap();
    assert_eq!((report.writers, report.rows), (writers, PIECES as u64 * 3));
    let mut numbers: Vec<usize> = values(broker, topic)
        .iter()
        .map(|value| value.parse().unwrap())
        .collect();
    numbers.sort_unstable();
    let expected: Vec<usize> = (0..PIECES)
        .flat_map(|piece| piece * 10..piece * 10 + 3)
        .collect();
    assert_eq!(numbers, expected);
}

#[tokio::test]
async fn batch_size_tuning() {
    let broker = broker().await;
    let written = performance::batch_size_tuning(many(PIECES).unwrap(), &broker.bootstrap()).await;
    assert_written(&broker, "high-volume-topic", written, 10);
    let batches = (0..PARTITIONS).flat_map(|each| broker.batches("high-volume-topic", each));
    let codecs: Vec<u8> = batches.map(|batch| batch[22] & 0x07).collect();
    assert!(codecs.iter().all(|codec| *codec == 3), "lz4: {codecs:?}");
}

#[tokio::test]
async fn memory_management() {
    let broker = broker().await;
    let written = performance::memory_management(many(PIECES).unwrap(), &broker.bootstrap()).await;
    assert_written(&broker, "large-data-topic", written, 50);
}

#[tokio::test]
async fn concurrent_writes() {
    let broker = broker().await;
    let written = performance::concurrent_writes(many(PIECES).unwrap(), &broker.bootstrap()).await;
    assert_written(&broker, "concurrent-topic", written, 100);
}
