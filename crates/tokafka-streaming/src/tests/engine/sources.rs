//! Cases of Spark's KafkaMicroBatchSourceSuite that need a query that runs, under their names.

use std::collections::BTreeSet;

use datafusion::prelude::SessionContext;
use tokafka_datafusion::{KafkaDataFrame, WriteOptions};

use super::{Bench, soon};
use crate::Trigger;

/// `input row metrics`.
#[tokio::test]
async fn the_rows_of_all_progress_are_the_records_since_the_start() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..7);
    let reader = bench.reader("in").option("startingOffsets", "latest");
    let query = bench.copy(reader.load().unwrap());
    let query = query.start().await.unwrap();
    soon(query.process_all_available()).await.unwrap();
    for values in [7..9, 9..12] {
        bench.append(0, values);
        soon(query.process_all_available()).await.unwrap();
    }
    query.stop().await;
    let progress = query.recent_progress();
    let rows: u64 = progress
        .iter()
        .map(|progress| progress.num_input_rows)
        .sum();
    assert_eq!((rows, bench.copied(0)), (5, (7..12).collect()));
}

/// `ensure that initial offset are written with an extra byte in the beginning` and `ensure stream-stream
/// self-join generates only one offset in the log and correct metrics`: here it is a union with itself.
#[tokio::test]
async fn a_stream_that_is_in_a_query_twice_is_one_source() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    let stream = bench.reader("in").load().unwrap();
    let both = stream.clone().union(stream).unwrap();
    let query = bench.copy(both).trigger(Trigger::AvailableNow);
    let query = bench.run(query).await.unwrap();
    let mut copied = bench.copied(0);
    copied.sort_unstable();
    assert_eq!(copied, [0, 0, 1, 1, 2, 2]);
    let planned = bench.file("offsets/0");
    assert_eq!(planned.lines().nth(2), Some(r#"{"in":{"0":3}}"#));
    assert_eq!(planned.lines().count(), 3, "{planned}");
    assert_eq!(query.last_progress().unwrap().sources.len(), 1);
    assert_eq!(bench.file("sources/0/0").as_bytes().first(), Some(&0));
}

/// `SPARK-27494: read kafka record containing null key/values`.
#[tokio::test]
async fn null_keys_and_values_stay_null() {
    let bench = Bench::new(1).await;
    let rows = "SELECT * FROM (VALUES ('k', 'v'), (NULL, 'w'), ('l', NULL), (NULL, NULL)) AS t (key, value)";
    let rows = SessionContext::new().sql(rows).await.unwrap();
    let servers = bench.broker.bootstrap();
    let options = WriteOptions::new().producer("bootstrap.servers", servers);
    rows.write_kafka(options.topic("in")).await.unwrap();
    let frame = bench.reader("in").load().unwrap();
    let frame = frame.select_exprs(&["key", "value"]).unwrap();
    let query = bench.writer(frame).trigger(Trigger::AvailableNow);
    bench.run(query).await.unwrap();
    let pairs = |topic| {
        let records = bench.broker.records(topic, 0).into_iter();
        records
            .map(|record| (record.key, record.value))
            .collect::<Vec<_>>()
    };
    assert_eq!(pairs("out").len(), 4);
    assert_eq!(pairs("out"), pairs("in"));
}

/// `failOnDataLoss=false should not return duplicated records`.
#[tokio::test]
async fn what_a_log_has_lost_is_passed_over_and_nothing_is_read_twice() {
    let bench = Bench::new(1).await;
    let query = || {
        let reader = bench.reader("in").option("failOnDataLoss", "false");
        let query = bench.copy(reader.load().unwrap());
        query.trigger(Trigger::AvailableNow)
    };
    bench.append(0, 0..5);
    bench.append(0, 5..10);
    bench.run(query()).await.unwrap();
    bench.broker.truncate("in", 0, 5);
    bench.append(0, 20..22);
    bench.run(query()).await.unwrap();
    bench.append(0, 30..33);
    bench.run(query()).await.unwrap();
    let copied = bench.copied(0);
    assert!(copied.ends_with(&[30, 31, 32]), "{copied:?}");
    assert!(
        copied.starts_with(&(0..10).collect::<Vec<_>>()),
        "{copied:?}"
    );
    let different: BTreeSet<_> = copied.iter().collect();
    assert_eq!(different.len(), copied.len(), "{copied:?}");
}
