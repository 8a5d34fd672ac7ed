//! `tokafka write --dry-run`.

use kafka_protocol::messages::ApiKey;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use crate::harness::{Scratch, broker, dead_address};

fn assert_untouched(broker: &DevBroker) {
    assert_eq!(broker.request_count(ApiKey::Produce), 0);
    assert_eq!(broker.records("orders", 0), []);
}

#[test]
fn without_an_address_the_plan_is_shown_and_nobody_is_asked() {
    let ran = Scratch::with_records()
        .run("write t.csv -t orders --dry-run")
        .succeeded();
    assert!(
        ran.stdout.contains("KafkaWriteExec: topic=orders"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("No cluster was asked"),
        "{}",
        ran.stdout
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sizes_partitions_and_samples_are_shown_and_nothing_is_written_or_created() {
    let broker = broker().await;
    let line = format!(
        "write t.csv -t orders -b {} --dry-run --receipt r.json",
        broker.bootstrap()
    );
    let scratch = Scratch::with_records();
    let ran = scratch.run(&line).succeeded();
    for text in [
        "KafkaWriteExec: topic=orders",
        "3 rows in 1 batch (",
        "1 writer, in order",
        "orders: 3 rows; it does not exist and would be created; partitions: 1, replicas: 1; takes up to 1,048,588 bytes; rows by partition: 0: 3",
        "partition 0, key 007, value a\n",
        "Nothing was written, nothing was created.",
    ] {
        assert!(ran.stdout.contains(text), "{text}\n{}", ran.stdout);
    }
    assert_eq!(ran.stderr, "");
    assert_untouched(&broker);
    assert!(!scratch.path("r.json").exists());
    let ran = scratch.run(&format!("read orders -b {}", broker.bootstrap()));
    ran.failed(&["topic orders does not exist"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_make_the_write_fail_is_exit_code_1() {
    let broker = DevBroker::start(DevBrokerConfig {
        message_max_bytes: 200,
        ..DevBrokerConfig::default()
    })
    .await
    .unwrap();
    broker.create_topic("orders", 1);
    broker.forbid_writing("orders");
    let scratch = Scratch::new();
    scratch.file("t.csv", format!("value\n{}\n", "x".repeat(300)));
    let ran = scratch.run(&format!(
        "write t.csv -t orders -b {} --dry-run",
        broker.bootstrap()
    ));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    for text in [
        "FAILS: topic orders: we may see it, but not write to it",
        "FAILS: topic orders: records that are larger than the topic takes: 1. The largest makes a batch of",
    ] {
        assert!(ran.stdout.contains(text), "{text}\n{}", ran.stdout);
    }
    assert!(
        ran.stderr.contains("error: the write would fail"),
        "{}",
        ran.stderr
    );
    assert_untouched(&broker);
}

#[test]
fn a_cluster_that_cannot_be_asked_is_a_failure() {
    Scratch::with_records()
        .run(&format!(
            "write t.csv -t orders -b {} -X max.block.ms=100 --dry-run",
            dead_address()
        ))
        .failed(&["no broker could be reached"]);
}

#[test]
fn the_embedded_broker_can_be_asked_too() {
    let ran = Scratch::with_records()
        .run("write t.csv -t orders --embedded --dry-run")
        .succeeded();
    assert!(
        ran.stdout.contains("would be created; partitions: 3"),
        "{}",
        ran.stdout
    );
}
