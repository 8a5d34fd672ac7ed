//! The node under test, which can be restarted.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    time::SystemTime,
};

use tokafka_client::{
    admin::{Admin, NewTopic, OffsetSpec},
    cluster::Cluster,
    producer::Producer,
    ranges::RangeReader,
    settings::{ClientSettings, FetchSettings, ProducerSettings, Properties},
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Restart};
use tokio::task::spawn_blocking;

const DEV_KAFKA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dev/kafka");

pub(crate) enum Broker {
    Embedded(DevBroker),
    /// The only node of a cluster that `dev/kafka run` started, and its address.
    Kafka(String),
}

impl Broker {
    pub(crate) async fn start() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "how dev/kafka hands the cluster over"
        )]
        match std::env::var("TOKAFKA_TEST_KAFKA") {
            Ok(address) => Self::Kafka(address),
            Err(_) => {
                let config = DevBrokerConfig::default();
                Self::Embedded(DevBroker::start(config).await.unwrap())
            }
        }
    }

    pub(crate) fn address(&self) -> String {
        match self {
            Self::Embedded(broker) => broker.bootstrap(),
            Self::Kafka(address) => address.clone(),
        }
    }

    /// Stops the node as one that is shut down, and starts it again on its files.
    pub(crate) async fn restart(&self) {
        match self {
            Self::Embedded(broker) => broker.restart(1, Restart::WithLogs).await.unwrap(),
            Self::Kafka(_) => {
                for command in ["stop", "restart"] {
                    dev_kafka(command).await;
                }
            }
        }
    }

    /// A topic of one partition, which this run alone uses.
    pub(crate) async fn new_topic(&self) -> String {
        let name = format!("restarted-{}", std::process::id());
        let topic = NewTopic {
            name: name.clone(),
            partitions: Some(1),
            replication: None,
            configs: BTreeMap::new(),
        };
        let admin = Admin::new(&self.cluster().await);
        admin.create_topic(&topic).await.unwrap();
        name
    }

    /// A producer that knows another address of the node.
    pub(crate) async fn producer_at(&self, address: &str) -> Producer {
        let mut properties = properties(address);
        // A node takes a while to start on a busy machine.
        properties.set("delivery.timeout.ms", "600000");
        let settings = ProducerSettings::from_properties(&properties).unwrap();
        Producer::connect(settings).await.unwrap()
    }

    /// The values of a topic, which must have as many.
    pub(crate) async fn read(&self, topic: &str, count: i64) -> Vec<String> {
        let cluster = self.cluster().await;
        let admin = Admin::new(&cluster);
        let ends = admin.offsets(topic, OffsetSpec::Latest).await.unwrap();
        assert_eq!(ends, [count]);
        let settings = FetchSettings::from_properties(&properties(&self.address())).unwrap();
        let reader = RangeReader::open(&cluster, &settings, topic, 0, 0..count);
        let mut reader = reader.await.unwrap();
        let mut values = Vec::new();
        while let Some(batch) = reader.next().await.unwrap() {
            let value = |value: Option<&[u8]>| String::from_utf8(value.unwrap().to_vec()).unwrap();
            values.extend(batch.iter().map(|record| value(record.unwrap().value)));
        }
        values
    }

    async fn cluster(&self) -> Cluster {
        let settings = ClientSettings::from_properties(&properties(&self.address())).unwrap();
        Cluster::connect(settings).await.unwrap()
    }
}

/// Milliseconds since 1970. Kafka forgets at once what producers wrote a day ago.
pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_millis()).unwrap()
}

fn properties(address: &str) -> Properties {
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", address);
    properties.set("reconnect.backoff.max.ms", "100");
    properties.set("retry.backoff.max.ms", "100");
    properties
}

async fn dev_kafka(command: &'static str) {
    let mut process = Command::new(DEV_KAFKA);
    process.args([command, "--node", "1"]).stdin(Stdio::null());
    let done = spawn_blocking(move || process.status()).await.unwrap();
    assert!(done.unwrap().success(), "dev/kafka {command} --node 1");
}
