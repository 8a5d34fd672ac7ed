//! The broker that is written to, and what lies in its topics.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use tokafka_client::{
    admin::{Admin, NewTopic, OffsetSpec},
    cluster::Cluster,
    ranges::RangeReader,
    settings::{ClientSettings, FetchSettings, Properties},
};
use tokafka_devbroker::{DevBrokerConfig, TestCluster};

use crate::cases::Record;

/// A new topic has its leaders by then.
const DEADLINE: Duration = Duration::from_secs(30);

/// The cluster that `dev/kafka run` started, or else the embedded broker.
pub(crate) struct Broker {
    pub(crate) bootstrap: String,
    cluster: Cluster,
    _test_cluster: TestCluster,
}

impl Broker {
    pub(crate) async fn start() -> Self {
        let test_cluster = TestCluster::start(DevBrokerConfig::default());
        let test_cluster = test_cluster.await.unwrap();
        let bootstrap = test_cluster.bootstrap().to_owned();
        let settings = ClientSettings::from_properties(&properties(&bootstrap)).unwrap();
        Self {
            cluster: Cluster::connect(settings).await.unwrap(),
            bootstrap,
            _test_cluster: test_cluster,
        }
    }

    pub(crate) async fn create_topic(&self, name: &str, partitions: i32) {
        let admin = Admin::new(&self.cluster);
        let topic = NewTopic {
            name: name.to_owned(),
            partitions: Some(partitions),
            replication: None,
            configs: [].into(),
        };
        admin.create_topic(&topic).await.unwrap();
        let ready = async {
            while admin.offsets(name, OffsetSpec::Latest).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(DEADLINE, ready)
            .await
            .expect("the topic should get leaders");
    }

    /// All records of a topic, by partition and offset.
    pub(crate) async fn records(&self, topic: &str) -> Vec<Record> {
        let admin = Admin::new(&self.cluster);
        let ends = admin.offsets(topic, OffsetSpec::Latest).await.unwrap();
        let mut records = Vec::new();
        for (partition, end) in (0..).zip(ends) {
            self.read(topic, partition, end, &mut records).await;
        }
        records
    }

    async fn read(&self, topic: &str, partition: i32, end: i64, records: &mut Vec<Record>) {
        let settings = FetchSettings::from_properties(&properties(&self.bootstrap)).unwrap();
        let mut reader = RangeReader::open(&self.cluster, &settings, topic, partition, 0..end)
            .await
            .unwrap();
        let text = |bytes: Option<&[u8]>| bytes.map(|bytes| BASE64_STANDARD.encode(bytes));
        while let Some(batch) = reader.next().await.unwrap() {
            for record in batch.iter() {
                let record = record.unwrap();
                let headers = record
                    .headers
                    .map(|(name, value)| (name.to_owned(), text(value)));
                records.push(Record {
                    partition,
                    offset: record.offset,
                    key: text(record.key),
                    value: text(record.value),
                    headers: headers.collect(),
                });
            }
        }
    }
}

fn properties(bootstrap: &str) -> Properties {
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", bootstrap);
    properties
}
