//! What is told of a write that is only planned, and that nothing comes of it.

use datafusion::prelude::DataFrame;
use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_client::admin::TopicState;
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Fault, FaultAction};

use super::frames::query;
use crate::{DataFrameWriter, KafkaDataFrame, PlanFinding, WriteError, WriteFailure, WritePlan};

async fn broker(config: DevBrokerConfig) -> DevBroker {
    DevBroker::start(config).await.unwrap()
}

fn to(broker: &DevBroker, frame: DataFrame) -> DataFrameWriter {
    let bootstrap = broker.bootstrap();
    frame.write().option("kafka.bootstrap.servers", bootstrap)
}

/// The plan of a write of rows that name their topics.
async fn plan(broker: &DevBroker, sql: &str) -> WritePlan {
    let plan = to(broker, query(2, sql).await).plan_only().await.unwrap();
    assert_untouched(broker);
    plan
}

fn assert_untouched(broker: &DevBroker) {
    for api in [ApiKey::Produce, ApiKey::InitProducerId] {
        assert_eq!(broker.request_count(api), 0, "{api:?}");
    }
}

async fn topics(broker: &DevBroker) -> Vec<String> {
    use tokafka_client::{admin::Admin, cluster::Cluster, settings::*};
    let bootstrap = [("bootstrap.servers", broker.bootstrap())];
    let settings = ClientSettings::from_properties(&bootstrap.into_iter().collect()).unwrap();
    let cluster = Cluster::connect(settings).await.unwrap();
    let listed = Admin::new(&cluster).list_topics().await.unwrap();
    listed.iter().map(|topic| topic.name.to_string()).collect()
}

/// The only finding, which makes the write fail.
fn failure(plan: &WritePlan) -> &PlanFinding {
    let [finding] = &plan.findings[..] else {
        panic!("{:?}", plan.findings)
    };
    assert!(finding.is_failure() && !plan.is_possible(), "{finding:?}");
    finding
}

#[tokio::test]
async fn rows_sizes_and_samples_are_those_of_the_write_and_nothing_is_written() {
    let broker = broker(DevBrokerConfig::default()).await;
    broker.create_topic("orders", 3);
    let frame = query(2, "SELECT key, value, part AS partition FROM t").await;
    let writer = to(&broker, frame).option("topic", "orders");
    let plan = writer.clone().plan_only().await.unwrap();
    assert_untouched(&broker);
    assert!(plan.is_possible(), "{:?}", plan.findings);
    assert_eq!(plan.findings, []);
    assert_eq!((plan.rows, plan.writers, plan.ordered), (80, 2, false));
    let [orders] = &plan.topics[..] else {
        panic!("{:?}", plan.topics)
    };
    assert_eq!(orders.outlook.state, TopicState::Exists);
    let by_partition: Vec<_> = orders.partitions.clone().into_iter().collect();
    assert_eq!(by_partition, [(0, 40), (1, 40)]);
    let samples: Vec<_> = plan.samples.iter().map(|each| &*each.topic).collect();
    assert_eq!(samples, ["orders"; 5]);
    assert_eq!(plan.samples[0].key.as_ref().map(Vec::len), Some(1));
    assert!(plan.explain.contains("KafkaWriteExec: topic=orders"));

    let report = writer.save().await.unwrap();
    assert_eq!((plan.rows, plan.bytes), (report.rows, report.bytes));
    assert_eq!(plan.batches, report.batches);
}

#[tokio::test]
async fn a_topic_that_would_be_created_is_not() {
    let broker = broker(DevBrokerConfig {
        default_partitions: 2,
        ..DevBrokerConfig::default()
    })
    .await;
    let plan = plan(
        &broker,
        "SELECT 'new' AS topic, value, CAST(1 AS INT) AS partition FROM t",
    )
    .await;
    assert!(plan.is_possible(), "{:?}", plan.findings);
    let outlook = &plan.topics[0].outlook;
    assert_eq!(outlook.state, TopicState::WouldBeCreated);
    assert_eq!((outlook.partitions, plan.rows), (Some(2), 80));
    assert_eq!(topics(&broker).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_topic_that_nobody_creates_makes_the_write_fail() {
    let broker = broker(DevBrokerConfig {
        auto_create_topics: false,
        ..DevBrokerConfig::default()
    })
    .await;
    let plan = plan(&broker, "SELECT 'new' AS topic, value FROM t").await;
    let finding = failure(&plan);
    assert!(
        matches!(finding, PlanFinding::Topic { topic, .. } if topic == "new"),
        "{finding}"
    );
    assert!(
        finding
            .to_string()
            .contains("auto.create.topics.enable=false")
    );
}

#[tokio::test]
async fn a_topic_that_we_may_not_write_to_makes_the_write_fail() {
    let broker = broker(DevBrokerConfig::default()).await;
    broker.create_topic("orders", 1);
    broker.forbid_writing("orders");
    let plan = plan(&broker, "SELECT 'orders' AS topic, value FROM t").await;
    let topic = "orders".to_owned();
    assert_eq!(failure(&plan), &PlanFinding::NotAllowed { topic });
}

#[tokio::test]
async fn a_partition_that_the_topic_does_not_have_is_told_by_row() {
    let broker = broker(DevBrokerConfig::default()).await;
    broker.create_topic("orders", 2);
    let partition = "CAST(CASE id WHEN 17 THEN 2 ELSE 0 END AS INT) AS partition";
    let sql = format!("SELECT 'orders' AS topic, value, {partition} FROM t WHERE id < 40");
    let plan = plan(&broker, &sql).await;
    let text = failure(&plan).to_string();
    assert!(
        text.contains("row 18") && text.contains("Partition 2"),
        "{text}"
    );
}

#[tokio::test]
async fn records_that_the_topic_does_not_take_are_counted() {
    let broker = broker(DevBrokerConfig {
        message_max_bytes: 600,
        ..DevBrokerConfig::default()
    })
    .await;
    let value =
        "repeat('x', CAST(CASE WHEN id IN (3, 50) THEN 700 + id ELSE 1 END AS BIGINT)) AS value";
    let plan = plan(
        &broker,
        &format!("SELECT 'orders' AS topic, {value} FROM t"),
    )
    .await;
    let PlanFinding::TooLarge {
        records,
        largest,
        limit,
        ..
    } = failure(&plan)
    else {
        panic!("{:?}", plan.findings)
    };
    assert_eq!((*records, *limit), (2, 600));
    assert!((750..900).contains(largest), "{largest}");
    assert_eq!(plan.rows, 80);
}

#[tokio::test]
async fn a_null_topic_is_told_by_row_and_a_cluster_that_is_not_there_is_an_error() {
    let broker = broker(DevBrokerConfig::default()).await;
    let plan = plan(
        &broker,
        "SELECT CAST(NULL AS VARCHAR) AS topic, value FROM t",
    )
    .await;
    let finding = failure(&plan);
    assert!(
        matches!(finding, PlanFinding::Row(WriteError::Data(_))),
        "{finding}"
    );
    assert_eq!(plan.rows, 0);

    let frame = query(1, "SELECT value FROM t").await;
    let nowhere = frame
        .write()
        .option("topic", "orders")
        .option("kafka.bootstrap.servers", "127.0.0.1:1")
        .option("kafka.max.block.ms", "50");
    let error = nowhere.plan_only().await.unwrap_err();
    assert!(
        matches!(error.source, WriteFailure::Write(WriteError::Connect(_))),
        "{error}"
    );
}

#[tokio::test]
async fn what_the_cluster_does_not_tell_is_said_and_is_no_failure() {
    let broker = broker(DevBrokerConfig::default()).await;
    broker.create_topic("orders", 1);
    broker.inject(Fault {
        api: ApiKey::DescribeConfigs,
        topic: None,
        partition: None,
        after: 0,
        times: u32::MAX,
        action: FaultAction::Refuse(ResponseError::ClusterAuthorizationFailed),
    });
    let told = async |topic: &str| {
        let plan = plan(&broker, &format!("SELECT '{topic}' AS topic, value FROM t")).await;
        assert!(plan.is_possible(), "{:?}", plan.findings);
        assert_eq!(plan.rows, 80);
        plan.findings[0].to_string()
    };
    let size = told("orders").await;
    assert!(
        size.starts_with("topic orders: how large its records may be is not known"),
        "{size}"
    );
    let existence = told("new").await;
    let start = "topic new: it does not exist, and whether it would be created is not known: ";
    assert!(existence.starts_with(start), "{existence}");
}
