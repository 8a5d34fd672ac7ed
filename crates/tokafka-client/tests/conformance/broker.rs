//! The broker under test, and short ways to write and read.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tokafka_client::{
    admin::{Admin, NewTopic},
    batch::{Compressor, FinishedBatch, Headers, OpenBatch, Record},
    cluster::Cluster,
    producer::{DeliveryReport, Producer, Topic},
    ranges::RangeReader,
    settings::{ClientSettings, FetchSettings, ProducerSettings, Properties},
};
use tokafka_devbroker::{DevBrokerConfig, TestCluster};

/// 2024-02-03T04:05:06.789Z
pub(crate) const TIMESTAMP: i64 = 1_706_933_106_789;

pub(crate) struct Broker(TestCluster);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) timestamp: i64,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Row {
    pub(crate) fn value(value: &str) -> Self {
        Self {
            timestamp: TIMESTAMP,
            key: None,
            value: Some(value.into()),
            headers: Vec::new(),
        }
    }
}

/// Rows `v0`, `v1` and so on.
pub(crate) fn rows(numbers: std::ops::Range<u32>) -> Vec<Row> {
    numbers
        .map(|number| Row::value(&format!("v{number}")))
        .collect()
}

impl Broker {
    pub(crate) async fn start() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "how the justfile says which version to pass for"
        )]
        let profile = std::env::var("TOKAFKA_TEST_PROFILE").ok();
        let profile = profile.map(|version| version.parse().unwrap());
        let config = DevBrokerConfig {
            profile: profile.unwrap_or_default(),
            ..DevBrokerConfig::default()
        };
        Self(TestCluster::start(config).await.unwrap())
    }

    /// A name that no other test uses.
    pub(crate) fn topic_name(&self, stem: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        format!("{stem}-{}-{number}", std::process::id())
    }

    pub(crate) async fn new_topic(&self, stem: &str, partitions: i32) -> String {
        self.topic_with(stem, partitions, &[]).await
    }

    pub(crate) async fn topic_with(
        &self,
        stem: &str,
        partitions: i32,
        configs: &[(&str, &str)],
    ) -> String {
        let name = self.topic_name(stem);
        let configs = configs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        let topic = NewTopic {
            name: name.clone(),
            partitions: Some(partitions),
            replication: None,
            configs: configs.collect(),
        };
        Admin::new(&self.cluster().await)
            .create_topic(&topic)
            .await
            .unwrap();
        name
    }

    pub(crate) fn properties(&self, settings: &[(&str, &str)]) -> Properties {
        let mut properties = Properties::new();
        properties.set("bootstrap.servers", self.0.bootstrap());
        for (name, value) in settings {
            properties.set(name, value);
        }
        properties
    }

    pub(crate) async fn cluster(&self) -> Cluster {
        let settings = ClientSettings::from_properties(&self.properties(&[])).unwrap();
        Cluster::connect(settings).await.unwrap()
    }

    pub(crate) async fn producer(&self, settings: &[(&str, &str)]) -> Producer {
        let settings = ProducerSettings::from_properties(&self.properties(settings)).unwrap();
        Producer::connect(settings).await.unwrap()
    }

    /// Reads `[start, end)` of a partition, with offsets.
    pub(crate) async fn read(&self, topic: &str, range: std::ops::Range<i64>) -> Vec<(i64, Row)> {
        let settings = FetchSettings::from_properties(&self.properties(&[])).unwrap();
        let cluster = self.cluster().await;
        let mut reader = RangeReader::open(&cluster, &settings, topic, 0, range)
            .await
            .unwrap();
        let mut rows = Vec::new();
        while let Some(batch) = reader.next().await.unwrap() {
            for record in batch.iter() {
                let record = record.unwrap();
                let headers = record
                    .headers
                    .map(|(name, value)| (name.to_owned(), value.map(<[u8]>::to_vec)));
                let row = Row {
                    timestamp: record.timestamp,
                    key: record.key.map(<[u8]>::to_vec),
                    value: record.value.map(<[u8]>::to_vec),
                    headers: headers.collect(),
                };
                rows.push((record.offset, row));
            }
        }
        rows
    }
}

/// One batch of these rows, as the producer's settings want it.
pub(crate) fn batch(producer: &Producer, rows: &[Row]) -> FinishedBatch {
    let mut open = OpenBatch::new(producer.buffers(), 1024);
    let mut scratch = Vec::new();
    for row in rows {
        scratch.clear();
        let headers = row
            .headers
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_deref()));
        Headers::encode_into(&mut scratch, headers);
        open.push(Record {
            timestamp: row.timestamp,
            key: row.key.as_deref(),
            value: row.value.as_deref(),
            headers: Headers::from_encoded(&scratch),
        });
    }
    open.finish(&mut Compressor::new(producer.settings().compression))
        .unwrap()
}

/// Writes batches to partition 0, waits for all, and closes the producer.
pub(crate) async fn write(producer: Producer, topic: &str, batches: &[Vec<Row>]) -> DeliveryReport {
    let topic = producer.topic(topic).await.unwrap();
    let report = send(&producer, &topic, batches).await;
    producer.close(Duration::from_secs(10)).await;
    report
}

pub(crate) async fn send(
    producer: &Producer,
    topic: &Topic,
    batches: &[Vec<Row>],
) -> DeliveryReport {
    let deliveries = producer.deliveries();
    for rows in batches {
        producer
            .send(topic, 0, batch(producer, rows), &deliveries)
            .await
            .unwrap();
    }
    deliveries.settled().await.unwrap();
    deliveries.take()
}

/// First and last offsets of the runs of partition 0.
pub(crate) fn runs(report: &DeliveryReport) -> Vec<(i64, i64)> {
    report.partitions[0]
        .runs
        .iter()
        .map(|run| (run.first, run.last))
        .collect()
}

impl Broker {
    /// Waits until a partition ends at `end`.
    pub(crate) async fn wait_for_end(&self, topic: &str, end: i64) {
        use tokafka_client::admin::OffsetSpec;
        let admin = Admin::new(&self.cluster().await);
        let reached = async {
            while admin.offsets(topic, OffsetSpec::Latest).await.unwrap() != [end] {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), reached)
            .await
            .expect("rows did not arrive");
    }
}
