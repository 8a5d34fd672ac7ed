//! Reads partitions with librdkafka and with our own reader, into the same form.

use std::time::{Duration, Instant};

use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
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
    let (start, end) = watermarks(topic, partition);
    let consumer = consumer();
    let mut assignment = TopicPartitionList::new();
    assignment
        .add_partition_offset(topic, partition, Offset::Offset(start))
        .unwrap();
    consumer.assign(&assignment).unwrap();
    let deadline = Instant::now() + DEADLINE;
    let mut records = Vec::new();
    while records
        .last()
        .map_or(start, |record: &Record| record.offset + 1)
        < end
    {
        assert!(
            Instant::now() < deadline,
            "librdkafka read {} of {end} records",
            records.len()
        );
        if let Some(message) = consumer.poll(Duration::from_millis(500)) {
            records.push(from_message(&message.unwrap()));
        }
    }
    records
}

fn consumer() -> BaseConsumer {
    ClientConfig::new()
        .set("bootstrap.servers", cluster::bootstrap_servers())
        .set("group.id", "readback")
        .set("enable.auto.commit", "false")
        .set("check.crcs", "true")
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
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", &cluster::bootstrap_servers());
    let settings = FetchSettings::from_properties(&properties).unwrap();
    let cluster = cluster::connect().await;
    let mut reader = RangeReader::open(&cluster, &settings, topic, partition, 0..end)
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
