//! Reads partitions with librdkafka and with our own reader, into the same form.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
    message::Headers,
};
use tokafka_client::{
    ranges::RangeReader,
    settings::{FetchSettings, Properties},
};

use crate::cluster;

const DEADLINE: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) offset: i64,
    pub(crate) timestamp: i64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
}

/// First offset and end of a partition, as librdkafka is told.
pub(crate) fn watermarks(topic: &str, partition: i32) -> (i64, i64) {
    consumer()
        .fetch_watermarks(topic, partition, Duration::from_secs(10))
        .unwrap()
}

/// Every record of a partition, read by librdkafka, which checks CRCs.
pub(crate) fn by_librdkafka(topic: &str, partition: i32) -> Vec<Record> {
    by_librdkafka_at(topic, partition, "read_uncommitted")
}

/// Every record of a partition that librdkafka shows at an isolation level.
pub(crate) fn by_librdkafka_at(topic: &str, partition: i32, isolation: &str) -> Vec<Record> {
    let consumer = consumer_at(isolation);
    let mut assignment = TopicPartitionList::new();
    assignment
        .add_partition_offset(topic, partition, Offset::Beginning)
        .unwrap();
    consumer.assign(&assignment).unwrap();
    let deadline = Instant::now() + DEADLINE;
    let mut records = Vec::new();
    loop {
        assert!(
            Instant::now() < deadline,
            "librdkafka read {} records and no end",
            records.len()
        );
        match consumer.poll(Duration::from_millis(500)) {
            Some(Ok(message)) => records.push(from_message(&message)),
            Some(Err(KafkaError::PartitionEOF(_))) => return records,
            Some(Err(error)) => panic!("librdkafka: {error}"),
            None => {}
        }
    }
}

fn consumer() -> BaseConsumer {
    consumer_at("read_uncommitted")
}

fn consumer_at(isolation: &str) -> BaseConsumer {
    ClientConfig::new()
        .set("bootstrap.servers", cluster::bootstrap_servers())
        .set("group.id", "readback")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("check.crcs", "true")
        .set("isolation.level", isolation)
        .create()
        .unwrap()
}

fn from_message(message: &impl Message) -> Record {
    let headers = message.headers().map_or_else(Vec::new, |headers| {
        headers
            .iter()
            .map(|each| (each.key.to_owned(), each.value.map(<[u8]>::to_vec)))
            .collect()
    });
    Record {
        offset: message.offset(),
        timestamp: message.timestamp().to_millis().unwrap(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers,
    }
}

/// Every record of a partition, read by tokafka.
pub(crate) async fn by_tokafka(topic: &str, partition: i32, end: i64) -> Vec<Record> {
    by_tokafka_at(topic, partition, 0..end, "read_uncommitted").await
}

/// The records of a range that tokafka shows at an isolation level.
pub(crate) async fn by_tokafka_at(
    topic: &str,
    partition: i32,
    range: Range<i64>,
    isolation: &str,
) -> Vec<Record> {
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", &cluster::bootstrap_servers());
    properties.set("isolation.level", isolation);
    let settings = FetchSettings::from_properties(&properties).unwrap();
    let cluster = cluster::connect().await;
    let mut reader = RangeReader::open(&cluster, &settings, topic, partition, range)
        .await
        .unwrap();
    let mut records = Vec::new();
    while let Some(batch) = reader.next().await.unwrap() {
        for record in batch.iter() {
            let record = record.unwrap();
            let headers = record
                .headers
                .map(|(name, value)| (name.to_owned(), value.map(<[u8]>::to_vec)));
            records.push(Record {
                offset: record.offset,
                timestamp: record.timestamp,
                key: record.key.map(<[u8]>::to_vec),
                value: record.value.map(<[u8]>::to_vec),
                headers: headers.collect(),
            });
        }
    }
    records
}
