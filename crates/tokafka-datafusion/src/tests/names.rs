//! The names of Spark's interface: what they write, and what they refuse.

mod expressions;
mod sinks;

use tokafka_devbroker::{DevBroker, DevBrokerConfig, StoredRecord};

async fn broker(partitions: i32) -> DevBroker {
    let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
    broker.create_topic("orders", partitions);
    broker
}

/// Kafka's own name for the address, as the maps of Spark's interface have it.
fn params(broker: &DevBroker) -> [(&'static str, String); 1] {
    [("bootstrap.servers", broker.bootstrap())]
}

fn text(bytes: Option<&[u8]>) -> Option<String> {
    bytes.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

fn values(records: &[StoredRecord]) -> Vec<String> {
    let values = records.iter().map(|record| text(record.value.as_deref()));
    values.map(Option::unwrap_or_default).collect()
}
