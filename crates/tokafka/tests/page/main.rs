//! The examples of `examples/page`, against the embedded broker: what each leaves in the log.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod columns;
mod names;
mod on_kafka;
mod performance;
mod producer;
mod routing;

#[path = "../../../../examples/page/twins/mod.rs"]
mod twins;
mod validation;

use tokafka_devbroker::{DevBroker, DevBrokerConfig};

/// A broker whose topics have ten partitions.
async fn broker() -> DevBroker {
    DevBroker::start(broker_config()).await.unwrap()
}

fn broker_config() -> DevBrokerConfig {
    DevBrokerConfig {
        default_partitions: PARTITIONS,
        ..DevBrokerConfig::default()
    }
}

const PARTITIONS: i32 = 10;

/// A record: partition, key, value, headers.
type Record = (i32, Option<String>, Option<String>, Vec<(String, String)>);

/// All records of a topic, by partition and then in their order.
fn records(broker: &DevBroker, topic: &str) -> Vec<Record> {
    let all = (0..PARTITIONS).flat_map(|partition| {
        let records = broker.records(topic, partition).into_iter();
        records.map(move |record| {
            let headers = record.headers.into_iter();
            let headers = headers.map(|(name, value)| (name.to_string(), text(value).unwrap()));
            (
                partition,
                text(record.key),
                text(record.value),
                headers.collect(),
            )
        })
    });
    all.collect()
}

fn text(bytes: Option<impl AsRef<[u8]>>) -> Option<String> {
    bytes.map(|bytes| String::from_utf8(bytes.as_ref().to_vec()).unwrap())
}

/// Keys and values of all records of a topic, sorted.
fn pairs(broker: &DevBroker, topic: &str) -> Vec<(String, String)> {
    let all = records(broker, topic).into_iter();
    let all = all.map(|(_, key, value, _)| (key.unwrap_or_default(), value.unwrap_or_default()));
    let mut all: Vec<_> = all.collect();
    all.sort();
    all
}

fn values(broker: &DevBroker, topic: &str) -> Vec<String> {
    let all = pairs(broker, topic).into_iter();
    all.map(|(_, value)| value).collect()
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

/// What `messages` holds of all topics.
fn all_messages() -> [(String, String); 3] {
    [pair("7", "done"), pair("7", "paid"), pair("8", "new")]
}
