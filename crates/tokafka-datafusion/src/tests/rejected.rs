//! Records that a broker refuses: which row of the query it was.

use tokafka_client::{
    admin::{Admin, NewTopic},
    cluster::Cluster,
    settings::{ProducerSettings, Properties},
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use super::frames::query;
use crate::KafkaDataFrame;

/// A broker with a topic that takes no record without a key, and none of the next century.
async fn picky(partitions: i32) -> DevBroker {
    let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", &broker.bootstrap());
    let settings = ProducerSettings::from_properties(&properties).unwrap();
    let cluster = Cluster::connect(settings.client).await.unwrap();
    let configs = [
        ("cleanup.policy", "compact"),
        ("message.timestamp.after.max.ms", "1000"),
    ];
    let topic = NewTopic {
        name: "picky".to_owned(),
        partitions: Some(partitions),
        replication: None,
        configs: configs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    };
    Admin::new(&cluster).create_topic(&topic).await.unwrap();
    cluster.shutdown().await;
    broker
}

/// What a write of `t` fails with: 40 rows an input, whose `id` counts from 0 through all of them.
async fn refused(
    broker: &DevBroker,
    inputs: usize,
    select: &str,
    options: &[(&str, &str)],
) -> String {
    let frame = query(inputs, &format!("SELECT {select} FROM t")).await;
    let write = frame
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", broker.bootstrap())
        .option("topic", "picky")
        .option("includeTimestamp", "true")
        .options(options.iter().copied());
    write.save().await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_record_without_a_key_is_told_by_its_row() {
    let broker = picky(1).await;
    let select = "value, CASE WHEN id <> 16 THEN value END AS key";
    let error = refused(&broker, 1, select, &[]).await;
    assert!(
        error.contains(
            ": row 17: Compacted topic cannot accept message without key in topic partition picky-0"
        ),
        "{error}"
    );
    let small = [
        ("kafka.batch.size", "200"),
        ("kafka.compression.type", "gzip"),
    ];
    let error = refused(&broker, 1, select, &small).await;
    assert!(error.contains(": row 17: Compacted topic"), "{error}");
}

#[tokio::test]
async fn a_timestamp_out_of_range_is_told_by_its_row() {
    let broker = picky(1).await;
    let select = "value, value AS key, CASE WHEN id = 8 THEN TIMESTAMP '2200-01-01' ELSE \
                  TIMESTAMP '2020-01-01' END AS timestamp";
    let error = refused(&broker, 1, select, &[]).await;
    assert!(
        error.contains(": row 9: Timestamp 7258118400000"),
        "{error}"
    );
    assert!(error.contains("is out of range"), "{error}");
}

#[tokio::test]
async fn several_are_told_by_the_first_three() {
    let broker = picky(1).await;
    let select = "value, CASE WHEN id % 8 <> 0 THEN value END AS key";
    let error = refused(&broker, 1, select, &[]).await;
    for row in [1, 9, 17] {
        assert!(error.contains(&format!("row {row}: Compacted")), "{error}");
    }
    assert!(error.contains("; and 2 more. No row"), "{error}");
}

#[tokio::test]
async fn a_row_of_one_of_several_inputs_is_told_with_its_input() {
    let broker = picky(1).await;
    let select = "value, CASE WHEN id <> 129 THEN value END AS key";
    let error = refused(&broker, 4, select, &[]).await;
    assert!(error.starts_with("input partition 3: "), "{error}");
    assert!(error.contains(": row 10: Compacted topic"), "{error}");
}

/// Rows 1, 3, 5 and so on lie in partition 0: which of them a record is of is known within bounds only.
#[tokio::test]
async fn rows_that_alternate_between_partitions_are_told_by_bounds() {
    let broker = picky(2).await;
    let select = "value, CASE WHEN id <> 4 THEN value END AS key, CAST(id % 2 AS INT) AS partition";
    let error = refused(&broker, 1, select, &[]).await;
    assert!(
        error.contains(": one of the rows 3 to 22: Compacted topic"),
        "{error}"
    );
}

#[tokio::test]
async fn a_row_that_is_larger_than_the_broker_takes_is_told_by_its_row() {
    let config = DevBrokerConfig {
        message_max_bytes: 600,
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    broker.create_topic("picky", 1);
    let select = "CASE WHEN id = 20 THEN repeat('x', 900) ELSE value END AS value";
    let error = refused(&broker, 1, select, &[]).await;
    assert!(
        error.contains("row 21: a record of ") && error.contains("larger than the broker accepts"),
        "{error}"
    );
}
