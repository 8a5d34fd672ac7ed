//! A broker and a producer to try things on.

use std::time::{Duration, Instant, SystemTime};

use kafka_protocol::messages::ApiKey;
use tokafka_client::{
    batch::{Compressor, FinishedBatch, Headers, OpenBatch, Record},
    producer::{
        Deliveries, DeliveryError, DeliveryReport, PartitionDelivery, Producer, SendError, Topic,
    },
    settings::{ProducerSettings, Properties},
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Fault, FaultAction, Profile};

/// A broker with topic `t` of four partitions, and a producer for it.
pub(crate) struct Bench {
    pub(crate) broker: DevBroker,
    pub(crate) producer: Producer,
    pub(crate) topic: Topic,
    pub(crate) deliveries: Deliveries,
}

impl Bench {
    pub(crate) async fn start(properties: &[(&str, &str)]) -> Self {
        Self::with(config(), properties).await
    }

    pub(crate) async fn with(config: DevBrokerConfig, properties: &[(&str, &str)]) -> Self {
        Self::on(DevBroker::start(config).await.unwrap(), properties).await
    }

    pub(crate) async fn on(broker: DevBroker, properties: &[(&str, &str)]) -> Self {
        broker.create_topic("t", 4);
        let settings = settings(&broker.bootstrap(), properties);
        let producer = Producer::connect(settings).await.unwrap();
        let topic = producer.topic("t").await.unwrap();
        let deliveries = producer.deliveries();
        Self {
            broker,
            producer,
            topic,
            deliveries,
        }
    }

    /// Another producer for the same broker.
    pub(crate) async fn join(first: &Self, properties: &[(&str, &str)]) -> Other {
        let settings = settings(&first.broker.bootstrap(), properties);
        let producer = Producer::connect(settings).await.unwrap();
        let topic = producer.topic("t").await.unwrap();
        Other { producer, topic }
    }

    pub(crate) fn batch(&self, values: &[String]) -> FinishedBatch {
        batch(&self.producer, values)
    }

    pub(crate) async fn send(&self, partition: u32, values: &[String]) -> Result<(), SendError> {
        let batch = self.batch(values);
        self.producer
            .send(&self.topic, partition, batch, &self.deliveries)
            .await
    }

    /// Sends batches of two rows each to partition 0 and waits until they are resolved.
    pub(crate) async fn write(&self, batches: usize) -> Result<(), DeliveryError> {
        for rows in rows(batches * 2).chunks(2) {
            self.send(0, rows).await.unwrap();
        }
        self.deliveries.settled().await
    }

    pub(crate) fn fault(&self, after: u32, times: u32, action: FaultAction) {
        let (topic, partition) = (Some("t".to_owned()), Some(0));
        self.broker.inject(Fault {
            api: ApiKey::Produce,
            topic,
            partition,
            after,
            times,
            action,
        });
    }

    pub(crate) fn log(&self, partition: i32) -> Vec<String> {
        let records = self.broker.records("t", partition);
        let text = |value: bytes::Bytes| String::from_utf8(value.to_vec()).unwrap();
        records
            .into_iter()
            .map(|record| text(record.value.unwrap()))
            .collect()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how the justfile says which versions to test"
)]
pub(crate) fn config() -> DevBrokerConfig {
    let version = std::env::var("TOKAFKA_TEST_PROFILE");
    DevBrokerConfig {
        profile: version.map_or(Profile::default(), |version| version.parse().unwrap()),
        ..DevBrokerConfig::default()
    }
}

/// A producer beside that of the bench.
pub(crate) struct Other {
    producer: Producer,
    topic: Topic,
}

impl Other {
    /// Writes batches of two rows each to partition 0.
    pub(crate) async fn write(&self, batches: usize) -> Result<(), DeliveryError> {
        let deliveries = self.producer.deliveries();
        for rows in rows(batches * 2).chunks(2) {
            let batch = batch(&self.producer, rows);
            let sent = self.producer.send(&self.topic, 0, batch, &deliveries);
            sent.await.unwrap();
        }
        deliveries.settled().await
    }
}

fn batch(producer: &Producer, values: &[String]) -> FinishedBatch {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = i64::try_from(now.unwrap().as_millis()).unwrap();
    batch_at(producer, now, values)
}

/// A batch whose records have this timestamp.
pub(crate) fn batch_at(producer: &Producer, timestamp: i64, values: &[String]) -> FinishedBatch {
    let mut batch = OpenBatch::new(producer.buffers(), 1_024);
    for value in values {
        let value = Some(value.as_bytes());
        batch.push(Record {
            timestamp,
            key: None,
            value,
            headers: Headers::NONE,
        });
    }
    batch
        .finish(&mut Compressor::new(producer.settings().compression))
        .unwrap()
}

pub(crate) fn settings(bootstrap: &str, properties: &[(&str, &str)]) -> ProducerSettings {
    let mut all = Properties::new();
    all.set("bootstrap.servers", bootstrap);
    all.set("retry.backoff.ms", "10");
    all.set("retry.backoff.max.ms", "50");
    all.set("reconnect.backoff.ms", "10");
    all.set("reconnect.backoff.max.ms", "50");
    for (name, value) in properties {
        all.set(name, value);
    }
    ProducerSettings::from_properties(&all).unwrap()
}

pub(crate) fn rows(count: usize) -> Vec<String> {
    (0..count).map(|row| format!("row {row:05}")).collect()
}

pub(crate) fn partition(report: &DeliveryReport, partition: i32) -> &PartitionDelivery {
    let mut partitions = report.partitions.iter();
    partitions
        .find(|delivery| delivery.partition == partition)
        .expect("a delivery")
}

/// Waits until the log of partition 0 has this many rows.
pub(crate) async fn until_written(bench: &Bench, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while bench.log(0).len() < count {
        assert!(
            Instant::now() < deadline,
            "only {} rows came",
            bench.log(0).len()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until a request or an answer is held.
pub(crate) async fn until_held(bench: &Bench) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while bench.broker.held() == 0 {
        assert!(Instant::now() < deadline, "nothing is held");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Waits until the broker has received so many requests of a kind.
pub(crate) async fn until_requested(bench: &Bench, api: ApiKey, count: u64) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while bench.broker.request_count(api) < count {
        assert!(Instant::now() < deadline, "too few requests came");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
