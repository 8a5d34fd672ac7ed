//! Streaming Writes: each is stopped and started again, and every record of its input is in its output, in order.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokafka::{KafkaDataFrame, StreamingQuery, datafusion::prelude::*};
use tokafka_devbroker::DevBroker;

use crate::{
    PARTITIONS, Record, broker, pair, records,
    twins::{Started, streaming},
};

const INPUT: &str = "input-stream";
const ROWS: usize = 500;

/// Adds [`ROWS`] records to the input, the first of this number. A partition of it has one key, which is its number,
/// and its records are in the order of their numbers.
async fn add(broker: &DevBroker, first: usize) {
    let rows = format!(
        r#"SELECT CAST(n % {PARTITIONS} AS INT) AS partition, CAST(n % {PARTITIONS} AS VARCHAR) AS key,
            '{{"user_id":' || n || ',"event_type":"' || CASE WHEN n % 3 = 0 THEN 'purchase' ELSE 'view' END || '"}}' AS value
        FROM generate_series({first}, {}) AS numbers (n) ORDER BY n"#,
        first + ROWS - 1
    );
    let frame = SessionContext::new().sql(&rows).await.unwrap();
    let writer = frame.write().option("topic", INPUT);
    let writer = writer.option("kafka.bootstrap.servers", broker.bootstrap());
    assert_eq!(writer.save().await.unwrap().rows, ROWS as u64);
}

/// Runs a stream twice, with more input before the second time, until all is written and noted in the checkpoint.
async fn run<S: Future<Output = Started>>(
    broker: &DevBroker,
    start: impl Fn(tokafka::StreamingFrame, String) -> S,
) {
    let checkpoint = TempDir::new().unwrap();
    let servers = broker.bootstrap();
    for first in [0, ROWS] {
        add(broker, first).await;
        let input = streaming::kafka_input_stream(INPUT, &servers).unwrap();
        let location = checkpoint.path().display().to_string();
        let query = start(input, location).await.unwrap();
        written(&query, ROWS).await;
        query.stop().await;
        assert!(query.exception().is_none());
    }
}

/// Waits until a run has written as many rows.
async fn written(query: &StreamingQuery, rows: usize) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let progress = query.recent_progress();
        let all = progress
            .iter()
            .map(|batch| batch.sink.num_output_rows.max(0));
        match usize::try_from(all.sum::<i64>()).unwrap() {
            all if all >= rows => return assert_eq!(all, rows),
            _ if !query.is_active() => panic!("{:?}", query.exception()),
            _ if Instant::now() > deadline => panic!("{progress:?}"),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// The numbers of the input's records are all there, each once, and those of a key in order within a partition.
fn check(topics: &[&[Record]]) {
    for records in topics {
        let mut latest = BTreeMap::new();
        for record in *records {
            let number = number(record);
            let before = latest.insert((record.0, number % PARTITIONS as usize), number);
            assert!(before.is_none_or(|before| before < number), "{record:?}");
        }
    }
    let all = topics.iter().flat_map(|records| records.iter().map(number));
    let mut all: Vec<_> = all.collect();
    all.sort();
    assert_eq!(all, (0..2 * ROWS).collect::<Vec<_>>());
}

fn value(record: &Record) -> &str {
    record.2.as_deref().unwrap()
}

/// Of `{"user_id":7,"event_type":"view"}`.
fn number(record: &Record) -> usize {
    let rest = value(record).strip_prefix(r#"{"user_id":"#).unwrap();
    rest.split(',').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn basic_streaming_write() {
    let broker = broker().await;
    let servers = broker.bootstrap();
    run(&broker, |input, checkpoint| {
        let servers = servers.clone();
        async move { streaming::basic_streaming_write(input, &servers, &checkpoint).await }
    })
    .await;
    let output = records(&broker, "output-stream");
    assert!(output.iter().all(|record| record.1.is_none()));
    check(&[&output]);
}

#[tokio::test]
async fn advanced_streaming_write() {
    let broker = broker().await;
    let servers = broker.bootstrap();
    run(&broker, |input, checkpoint| {
        let servers = servers.clone();
        async move { streaming::advanced_streaming_write(input, &servers, &checkpoint).await }
    })
    .await;
    let purchases = records(&broker, "purchase-events");
    let others = records(&broker, "general-events");
    assert!(purchases.iter().all(|record| number(record) % 3 == 0));
    assert!(others.iter().all(|record| number(record) % 3 > 0));
    for record in purchases.iter().chain(&others) {
        let key = (number(record) % PARTITIONS as usize).to_string();
        assert_eq!(record.1.as_ref(), Some(&key));
    }
    check(&[&purchases, &others]);
}

#[tokio::test]
async fn streaming_write_with_headers() {
    let broker = broker().await;
    let servers = broker.bootstrap();
    run(&broker, |input, checkpoint| {
        let servers = servers.clone();
        async move { streaming::streaming_write_with_headers(input, &servers, &checkpoint).await }
    })
    .await;
    let output = records(&broker, "enriched-stream");
    let headers = [pair("source", "spark-streaming"), pair("version", "1.0")];
    assert!(output.iter().all(|record| record.3 == headers));
    check(&[&output]);
}
