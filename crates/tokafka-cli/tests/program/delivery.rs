//! Records that Kafka does not take.

use tokafka_client::{
    admin::{Admin, NewTopic},
    cluster::Cluster,
    settings::{ProducerSettings, Properties},
};
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use crate::harness::{Scratch, broker};

#[test]
fn an_invalid_topic_name_is_refused() {
    Scratch::with_records()
        .run_args(&["write", "t.csv", "-t", "no such/name", "--embedded"])
        .wrong_use(&["Invalid topics: [no such/name]", "'.', '_' and '-'"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_that_does_not_exist_is_refused_with_the_count_there_is() {
    let broker = broker().await;
    broker.create_topic("t", 2);
    Scratch::with_records()
        .run(&format!(
            "write t.csv -t t --partition 5 -b {}",
            broker.bootstrap()
        ))
        .failed(&["Partition 5 of topic t with partition count 2"]);
}

#[test]
fn a_record_larger_than_a_request_is_named_by_row_size_and_limit() {
    let scratch = Scratch::new();
    scratch.file("big.csv", format!("value\nsmall\n{}\n", "x".repeat(5000)));
    scratch
        .run("write big.csv -t t --embedded -X max.request.size=2000")
        .failed(&["row", "max.request.size", "2000"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_larger_than_the_broker_allows_is_refused_and_the_others_are_accounted_for() {
    let config = DevBrokerConfig {
        message_max_bytes: 2000,
        ..DevBrokerConfig::default()
    };
    let broker = DevBroker::start(config).await.unwrap();
    let scratch = Scratch::new();
    scratch.file("big.csv", format!("value\nsmall\n{}\n", "x".repeat(5000)));
    scratch
        .run(&format!(
            "write big.csv -t t -b {} --receipt r.json",
            broker.bootstrap()
        ))
        .failed(&["topic t partition 0: row 2: a record of ", "acknowledged: "]);
    let receipt: serde_json::Value = serde_json::from_str(&scratch.read("r.json")).unwrap();
    assert_eq!(
        receipt["not_written_rows"],
        2 - receipt["rows"].as_u64().unwrap()
    );
    assert_eq!(
        receipt["rows"].as_u64().unwrap() as usize,
        broker.records("t", 0).len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_the_topic_does_not_take_is_told_by_its_row_in_the_brokers_words() {
    let broker = broker().await;
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", &broker.bootstrap());
    let settings = ProducerSettings::from_properties(&properties).unwrap();
    let cluster = Cluster::connect(settings.client).await.unwrap();
    let topic = NewTopic {
        name: "t".to_owned(),
        partitions: Some(1),
        replication: None,
        configs: [("cleanup.policy".to_owned(), "compact".to_owned())].into(),
    };
    Admin::new(&cluster).create_topic(&topic).await.unwrap();
    cluster.shutdown().await;
    let scratch = Scratch::new();
    scratch.file("t.csv", "key,value\n1,a\n2,b\n,c\n4,d\n");
    scratch
        .run(&format!("write t.csv -t t -b {}", broker.bootstrap()))
        .failed(&[
            "topic t partition 0",
            ": row 3: Compacted topic cannot accept message without key",
        ]);
    assert_eq!(broker.records("t", 0), []);
}

#[test]
fn a_null_topic_is_refused_with_its_row() {
    let scratch = Scratch::new();
    scratch.file("t.csv", "topic,value\nt,a\n,b\n");
    scratch
        .run("write t.csv --embedded")
        .failed(&["topic", "row 2"]);
}
