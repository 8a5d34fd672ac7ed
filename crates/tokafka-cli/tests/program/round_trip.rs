//! `tokafka read T --output arrow | tokafka write - --format arrow -t U`: U holds what T holds.

use std::{
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use kafka_protocol::{ResponseError, messages::ApiKey};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tokafka_client::{
    batch::{Compressor, Headers, OpenBatch, Record},
    producer::Producer,
    settings::{ProducerSettings, Properties},
};
use tokafka_devbroker::{DevBroker, Fault, FaultAction};
use tokio::runtime::Runtime;

use crate::harness::{Ran, Scratch, broker, finish};

const PARTITIONS: i32 = 3;

#[derive(Debug, Clone)]
struct Row {
    partition: i32,
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

/// Nothing, no bytes, or bytes that are mostly no text.
fn bytes() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        Just(None),
        Just(Some(vec![])),
        vec(any::<u8>(), 1..40).prop_map(Some)
    ]
}

/// Few names, so that they repeat within a record.
fn headers() -> impl Strategy<Value = Vec<(String, Option<Vec<u8>>)>> {
    let name = prop_oneof![
        Just("".to_owned()),
        Just("a".to_owned()),
        Just("é".to_owned()),
        ".{1,8}"
    ];
    prop_oneof![Just(vec![]), vec((name, bytes()), 1..5)]
}

fn row() -> impl Strategy<Value = Row> {
    let timestamp = prop_oneof![Just(0), 0..1_700_000_000_000_i64];
    (0..PARTITIONS, timestamp, bytes(), bytes(), headers()).prop_map(
        |(partition, timestamp, key, value, headers)| Row {
            partition,
            timestamp,
            key,
            value,
            headers,
        },
    )
}

#[test]
fn every_key_value_null_header_timestamp_and_partition_is_reproduced() {
    let runtime = Runtime::new().unwrap();
    let broker = runtime.block_on(broker());
    let cases = AtomicU32::new(0);
    let config = Config {
        cases: 16,
        failure_persistence: None,
        ..Config::default()
    };
    let reproduced = TestRunner::new(config).run(&vec(row(), 0..80), |rows| {
        let number = cases.fetch_add(1, Ordering::Relaxed);
        let (from, to) = (format!("t{number}"), format!("u{number}"));
        broker.create_topic(&from, PARTITIONS);
        broker.create_topic(&to, PARTITIONS + 1);
        runtime.block_on(store(&broker, &from, &rows));
        copy(&broker, &from, &to, "").succeeded();
        prop_assert_eq!(held(&broker, &to), held(&broker, &from));
        prop_assert_eq!(broker.records(&to, PARTITIONS).len(), 0);
        Ok(())
    });
    reproduced.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_with_fewer_partitions_is_refused_with_what_it_has() {
    let broker = broker().await;
    broker.create_topic("t", PARTITIONS);
    broker.create_topic("u", 1);
    let row = |partition| Row {
        partition,
        timestamp: 0,
        key: None,
        value: None,
        headers: vec![],
    };
    store(&broker, "t", &[row(0), row(2)]).await;
    copy(&broker, "t", "u", "").failed(&[
        "row 2, column partition: Partition 2 of topic u with partition count 1 is not present",
    ]);
    assert_eq!(broker.records("u", 0).len(), 0);
    copy(&broker, "t", "u", "--partition NULL").succeeded();
    assert_eq!(broker.records("u", 0).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_topic_of_its_own_a_copy_goes_where_its_topic_column_says() {
    let broker = broker().await;
    broker.create_topic("t", PARTITIONS);
    let row = Row {
        partition: 1,
        timestamp: 5,
        key: None,
        value: Some(b"v".to_vec()),
        headers: vec![],
    };
    store(&broker, "t", &[row]).await;
    pipe(
        &broker.bootstrap(),
        "read t --output arrow",
        "write - --format arrow -X includeTimestamp=false",
    )
    .succeeded();
    let records = broker.records("t", 1);
    assert_eq!(records.len(), 2);
    assert!(records[1].timestamp > 5, "{:?}", records[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_fails_makes_the_write_behind_it_fail() {
    let broker = broker().await;
    broker.create_topic("t", PARTITIONS);
    let row = |partition| Row {
        partition,
        timestamp: 0,
        key: None,
        value: None,
        headers: vec![],
    };
    store(&broker, "t", &[row(0), row(1)]).await;
    broker.inject(Fault {
        api: ApiKey::Fetch,
        topic: None,
        partition: Some(1),
        after: 0,
        times: u32::MAX,
        action: FaultAction::Refuse(ResponseError::TopicAuthorizationFailed),
    });
    let (scratch, bootstrap) = (Scratch::new(), broker.bootstrap());
    let read = scratch
        .run(&format!("read t --output arrow -b {bootstrap}"))
        .says(&["not authorized for topic t"]);
    assert_eq!(read.code, Some(1));
    let write = format!("write - --format arrow -t u -b {bootstrap}");
    scratch
        .run_with_input(&write, &read.bytes)
        .failed(&["ends without its end marker"]);
}

/// Writes rows through the client, which knows nothing of Arrow.
async fn store(broker: &DevBroker, topic: &str, rows: &[Row]) {
    let mut properties = Properties::new();
    properties.set("bootstrap.servers", &broker.bootstrap());
    let settings = ProducerSettings::from_properties(&properties).unwrap();
    let producer = Producer::connect(settings).await.unwrap();
    let topic = producer.topic(topic).await.unwrap();
    let deliveries = producer.deliveries();
    for partition in 0..PARTITIONS {
        let mut open = OpenBatch::new(producer.buffers(), 1024);
        let mut any = false;
        for row in rows.iter().filter(|row| row.partition == partition) {
            any = true;
            push(&mut open, row);
        }
        if any {
            let batch = open
                .finish(&mut Compressor::new(producer.settings().compression))
                .unwrap();
            producer
                .send(&topic, partition as u32, batch, &deliveries)
                .await
                .unwrap();
        }
    }
    deliveries.settled().await.unwrap();
    producer.close(Duration::from_secs(5)).await;
}

fn push(open: &mut OpenBatch, row: &Row) {
    let mut headers = Vec::new();
    let pairs = row.headers.iter();
    Headers::encode_into(
        &mut headers,
        pairs.map(|(name, value)| (name.as_bytes(), value.as_deref())),
    );
    open.push(Record {
        timestamp: row.timestamp,
        key: row.key.as_deref(),
        value: row.value.as_deref(),
        headers: Headers::from_encoded(&headers),
    });
}

/// What the partitions of the copied topic hold, as the broker decodes it.
fn held(broker: &DevBroker, topic: &str) -> Vec<Vec<String>> {
    let record = |record: tokafka_devbroker::StoredRecord| {
        format!(
            "{} {:?} {:?} {:?}",
            record.timestamp, record.key, record.value, record.headers
        )
    };
    (0..PARTITIONS)
        .map(|partition| {
            broker
                .records(topic, partition)
                .into_iter()
                .map(record)
                .collect()
        })
        .collect()
}

fn copy(broker: &DevBroker, from: &str, to: &str, extra: &str) -> Ran {
    copy_on(&broker.bootstrap(), from, to, extra)
}

/// The copy as the documentation has it, and how its `write` ended.
pub(crate) fn copy_on(bootstrap: &str, from: &str, to: &str, extra: &str) -> Ran {
    pipe(
        bootstrap,
        &format!("read {from} --output arrow"),
        &format!("write - --format arrow -t {to} {extra}"),
    )
}

fn pipe(bootstrap: &str, from: &str, to: &str) -> Ran {
    let scratch = Scratch::new();
    let command = |line: &str| {
        let line = format!("{line} -b {bootstrap}");
        scratch.command(&line.split_whitespace().collect::<Vec<_>>())
    };
    let mut reader = command(from).spawn().unwrap();
    let records = reader.stdout.take().unwrap();
    let writer = command(to).stdin(Stdio::from(records)).spawn().unwrap();
    let wrote = finish(writer);
    finish(reader).succeeded();
    wrote
}
