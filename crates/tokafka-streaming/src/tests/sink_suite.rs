//! The streaming cases of Spark's KafkaSinkSuite, under their names.
//!
//! "generic - write big data with small producer buffer" is in `tokafka-datafusion`, beside the batch cases. What
//! each does in continuous mode has no counterpart: there is no such mode.

use std::{collections::BTreeSet, ops::Range};

use tempfile::TempDir;
use tokafka_datafusion::KafkaDataFrame;
use tokafka_devbroker::{DevBroker, DevBrokerConfig};

use super::frames::session;
use crate::{DataStreamWriter, StartError, StreamingQuery, read_stream};

/// A broker that creates no topics by itself, with an input, and a checkpoint.
struct Bench {
    broker: DevBroker,
    checkpoint: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let config = DevBrokerConfig {
            auto_create_topics: false,
            ..DevBrokerConfig::default()
        };
        let broker = DevBroker::start(config).await.unwrap();
        broker.create_topic("input", 2);
        broker.create_topic("topic", 1);
        let checkpoint = TempDir::new().unwrap();
        Self { broker, checkpoint }
    }

    /// Adds values to the input.
    async fn add(&self, values: Range<usize>) {
        let rows = values.map(|value| format!("('{value}')"));
        let rows = rows.collect::<Vec<_>>().join(", ");
        let rows = format!("SELECT * FROM (VALUES {rows}) AS rows (value)");
        let frame = session().sql(&rows).await.unwrap();
        let servers = self.broker.bootstrap();
        let writer = frame.write().option("kafka.bootstrap.servers", servers);
        writer.option("topic", "input").save().await.unwrap();
    }

    /// Some columns of the input, to be written.
    fn writer(&self, columns: &[&str]) -> DataStreamWriter {
        let servers = self.broker.bootstrap();
        let input = read_stream(&session()).format("kafka").options([
            ("kafka.bootstrap.servers", servers.as_str()),
            ("subscribe", "input"),
            ("startingOffsets", "earliest"),
        ]);
        let selected = input.load().unwrap().select_exprs(columns).unwrap();
        let checkpoint = self.checkpoint.path().display().to_string();
        selected.write_stream().format("kafka").options([
            ("kafka.bootstrap.servers", servers.as_str()),
            ("kafka.max.block.ms", "500"),
            ("checkpointLocation", checkpoint.as_str()),
        ])
    }

    /// Why a query with these columns does not start.
    async fn refused(&self, columns: &[&str], options: &[(&str, &str)]) -> String {
        let writer = self.writer(columns).options(options.iter().copied());
        match writer.start().await.unwrap_err() {
            StartError::Refused(reason) => reason,
            other => panic!("{other}"),
        }
    }

    fn values(&self) -> BTreeSet<usize> {
        let records = self.broker.records("topic", 0).into_iter();
        let values =
            records.map(|record| String::from_utf8(record.value.unwrap().to_vec()).unwrap());
        let values: Vec<usize> = values.map(|value| value.parse().unwrap()).collect();
        let distinct: BTreeSet<_> = values.iter().copied().collect();
        assert_eq!(
            distinct.len(),
            values.len(),
            "each is there once: {values:?}"
        );
        distinct
    }

    /// Five values and then five more arrive in the topic.
    async fn five_and_five_more(&self, writer: DataStreamWriter) -> StreamingQuery {
        let query = writer.start().await.unwrap();
        for first in [1, 6] {
            self.add(first..first + 5).await;
            query.process_all_available().await.unwrap();
            assert_eq!(self.values(), (1..first + 5).collect());
        }
        query
    }
}

#[tokio::test]
async fn streaming_write_to_kafka_with_topic_field() {
    let bench = Bench::new().await;
    let writer = bench.writer(&["'topic' AS topic", "value"]);
    bench
        .five_and_five_more(writer.output_mode("append"))
        .await
        .stop()
        .await;
}

#[tokio::test]
async fn streaming_write_without_topic_field_with_topic_option() {
    let bench = Bench::new().await;
    let writer = bench.writer(&["value"]).option("topic", "topic");
    bench
        .five_and_five_more(writer.output_mode("append"))
        .await
        .stop()
        .await;
}

#[tokio::test]
async fn streaming_topic_field_and_topic_option() {
    let bench = Bench::new().await;
    let writer = bench
        .writer(&["'foo' AS topic", "value"])
        .option("topic", "topic");
    bench.five_and_five_more(writer).await.stop().await;
}

/// Spark's query fails with its first batch.
#[tokio::test]
async fn streaming_write_data_with_bad_schema() {
    let bench = Bench::new().await;
    let error = bench.refused(&["value AS key", "value"], &[]).await;
    let words = "topic option required when no 'topic' attribute is present";
    assert!(error.to_lowercase().contains(words), "{error}");
    let error = bench
        .refused(&["'topic' AS topic", "value AS key"], &[])
        .await;
    let words = "required attribute 'value' not found";
    assert!(error.to_lowercase().contains(words), "{error}");
}

/// Spark's query fails with its first batch.
#[tokio::test]
async fn streaming_write_data_with_valid_schema_but_wrong_types() {
    let bench = Bench::new().await;
    let cases: [(&[&str], &str); 4] = [
        (
            &["CAST('1' AS INT) AS topic", "value"],
            "topic must be a(n) string",
        ),
        (
            &["'topic' AS topic", "CAST('1' AS INT) AS value"],
            "value must be a(n) string or binary",
        ),
        (
            &["'topic' AS topic", "CAST('1' AS INT) AS key", "value"],
            "key must be a(n) string or binary",
        ),
        (
            &["'topic' AS topic", "'1' AS partition", "value"],
            "partition must be a(n) int",
        ),
    ];
    for (columns, words) in cases {
        let error = bench.refused(columns, &[]).await;
        assert!(error.to_lowercase().contains(words), "{error}");
    }
}

/// Spark says no more than that its job was aborted.
#[tokio::test]
async fn streaming_write_to_non_existing_topic() {
    let bench = Bench::new().await;
    let query = bench
        .writer(&["'foo' AS topic", "value"])
        .start()
        .await
        .unwrap();
    bench.add(0..1).await;
    let error = query.await_termination().await.unwrap_err();
    assert!(error.to_string().contains("foo"), "{error}");
    assert!(!query.is_active());
    let commits = bench.checkpoint.path().join("commits");
    let commits = std::fs::read_dir(commits).map(|files| files.count());
    assert_eq!(commits.unwrap_or_default(), 0);
}

/// Spark's query fails with its first batch.
#[tokio::test]
async fn streaming_exception_on_config_serializer() {
    let bench = Bench::new().await;
    for name in ["key.serializer", "value.serializer"] {
        let option = format!("kafka.{name}");
        let options = [("topic", "topic"), (option.as_str(), "foo")];
        let error = bench.refused(&["value"], &options).await;
        let words = format!("kafka option '{name}' is not supported");
        assert!(error.to_lowercase().contains(&words), "{error}");
    }
}

#[tokio::test]
async fn streaming_sink_progress_is_produced() {
    let bench = Bench::new().await;
    let writer = bench.writer(&["value"]).option("topic", "topic");
    let query = writer.output_mode("update").start().await.unwrap();
    bench.add(1..4).await;
    query.process_all_available().await.unwrap();
    let progress = query.recent_progress();
    let rows = progress.iter().map(|batch| batch.sink.num_output_rows);
    assert_eq!(rows.max(), Some(3), "{progress:?}");
    query.stop().await;
}

/// Spark 2.4 said `null topic present in the data.`; this says what Spark says since, and which row it is.
#[tokio::test]
async fn null_topic_attribute() {
    let bench = Bench::new().await;
    let writer = bench.writer(&["CAST(NULL AS STRING) AS topic", "value"]);
    let query = writer.start().await.unwrap();
    bench.add(0..1).await;
    let error = query.await_termination().await.unwrap_err();
    let words = "contains a null topic. Use the `topic` option for setting a default topic";
    assert!(error.to_string().contains(words), "{error}");
}
