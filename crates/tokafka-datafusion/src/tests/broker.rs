//! What arrives at a broker, and what is told when it does not.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use datafusion::{
    arrow::{array::AsArray, datatypes::UInt64Type},
    logical_expr::Partitioning,
    physical_plan::{ExecutionPlan, collect},
    prelude::{DataFrame, SessionContext},
};
use insta::assert_snapshot;
use kafka_protocol::{ResponseError, messages::ApiKey};
use tokafka_devbroker::{DevBroker, DevBrokerConfig, Fault, FaultAction};
use tokio_util::sync::CancellationToken;

use super::{
    frames::{query, table},
    pausing::{self, Pausing},
};
use crate::{
    DataFrameWriter, KafkaDataFrame, KafkaWriteError, WriteFailure, WriteOptions, WriteProgress,
    WriteReport, planned::find_write,
};

/// As many as any topic here has.
const PARTITIONS: i32 = 3;

/// No condition is waited for longer.
const DEADLINE: Duration = Duration::from_secs(20);

async fn broker(partitions: i32) -> DevBroker {
    let broker = DevBroker::start(DevBrokerConfig::default()).await.unwrap();
    broker.create_topic("orders", partitions);
    broker
}

fn to(broker: &DevBroker, frame: DataFrame) -> DataFrameWriter {
    to_any_topic(broker, frame).option("topic", "orders")
}

fn to_any_topic(broker: &DevBroker, frame: DataFrame) -> DataFrameWriter {
    frame
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", broker.bootstrap())
}

/// The values of a partition, as text.
fn values(broker: &DevBroker, partition: i32) -> Vec<String> {
    let text = |value: Option<_>| String::from_utf8(Vec::from(value.unwrap())).unwrap();
    let records = broker.records("orders", partition);
    records
        .into_iter()
        .map(|record| text(record.value))
        .collect()
}

fn all_values(broker: &DevBroker) -> Vec<String> {
    let mut all: Vec<_> = (0..PARTITIONS)
        .flat_map(|each| values(broker, each))
        .collect();
    all.sort_unstable();
    all
}

/// What column `value` of the table holds for these ids.
fn texts(ids: impl Iterator<Item = i64>) -> Vec<String> {
    ids.map(|id| format!("{id:06}")).collect()
}

/// The receipt claims what lies in the log, row for row and offset for offset, and nothing else lies
/// there.
fn assert_claims_hold(report: &WriteReport, broker: &DevBroker) {
    for partition in 0..PARTITIONS {
        let claims = report
            .partitions
            .iter()
            .filter(|claim| claim.partition == partition);
        let runs = claims.flat_map(|claim| &claim.offsets);
        let claimed: Vec<_> = runs.flat_map(|[first, last]| *first..=*last).collect();
        let there = broker.records("orders", partition);
        assert_eq!(
            claimed,
            there.iter().map(|record| record.offset).collect::<Vec<_>>()
        );
    }
    assert_eq!(report.rows, all_values(broker).len() as u64);
}

pub(super) async fn until(condition: impl Fn() -> bool) {
    let polling = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(DEADLINE, polling)
        .await
        .expect("the condition should come true");
}

fn failed(result: Result<WriteReport, KafkaWriteError>) -> (WriteFailure, WriteReport) {
    let error = result.expect_err("the write should fail");
    let report = *error.report.expect("the query ran");
    assert!(!report.complete);
    (error.source, report)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_arrives_once_and_the_report_says_where() {
    let broker = broker(3).await;
    let progress = Arc::new(WriteProgress::default());
    let frame = query(5, "SELECT key, value FROM t").await;
    let report = to(&broker, frame)
        .progress(Arc::clone(&progress))
        .save()
        .await
        .unwrap();
    assert_eq!(all_values(&broker), texts(0..200));
    assert_claims_hold(&report, &broker);
    assert_eq!(
        (report.rows, report.writers, report.ordered),
        (200, 5, false)
    );
    assert!(report.complete);
    assert_eq!(
        (progress.rows(), progress.bytes()),
        (report.rows, report.bytes)
    );
}

#[tokio::test]
async fn options_alone_do_as_well() {
    let broker = broker(1).await;
    let options = WriteOptions::new()
        .topic("orders")
        .producer("bootstrap.servers", broker.bootstrap());
    let report = query(1, "SELECT * FROM t")
        .await
        .write_kafka(options)
        .await
        .unwrap();
    assert_eq!(values(&broker, 0), texts(0..40));
    assert_eq!((report.writers, report.ordered), (1, true));
}

#[tokio::test]
async fn the_plan_yields_one_row_with_the_count() {
    let broker = broker(3).await;
    let planned = to(&broker, query(5, "SELECT value FROM t").await)
        .plan()
        .await
        .unwrap();
    let counts = collect(planned.plan, SessionContext::new().task_ctx())
        .await
        .unwrap();
    let [count] = &counts[..] else {
        panic!("one batch")
    };
    assert_eq!(
        count["count"].as_primitive::<UInt64Type>().values()[..],
        [200]
    );
}

#[tokio::test]
async fn order_by_is_the_order_in_the_topic() {
    let broker = broker(1).await;
    let frame = query(5, "SELECT value FROM t ORDER BY id DESC").await;
    let report = to(&broker, frame).save().await.unwrap();
    assert_eq!(values(&broker, 0), texts((0..200).rev()));
    assert_eq!((report.writers, report.ordered), (1, true));
}

#[tokio::test]
async fn one_writer_keeps_the_order_of_the_input() {
    let broker = broker(1).await;
    let frame = query(5, "SELECT value FROM t WHERE id >= 7").await;
    let report = to(&broker, frame).writers(1).save().await.unwrap();
    assert_eq!(values(&broker, 0), texts(7..200));
    assert_eq!((report.writers, report.ordered), (1, true));
}

#[tokio::test]
async fn repartition_and_coalesce_and_writers_give_exactly_that_many_writers() {
    let broker = broker(3).await;
    let frame = query(5, "SELECT value FROM t").await;
    let dealt = frame
        .clone()
        .repartition(Partitioning::RoundRobinBatch(3))
        .unwrap();
    let cases = [
        (to(&broker, dealt), 3),
        (to(&broker, frame.clone()).coalesce(2), 2),
        (to(&broker, frame).writers(7), 7),
    ];
    for (writer, wanted) in cases {
        let planned = writer.plan().await.unwrap();
        let plan = Arc::clone(&planned.plan);
        let report = planned.run().await.unwrap();
        assert_eq!((report.writers, report.rows), (wanted, 200));
        let metrics = find_write(&plan).unwrap().metrics().unwrap();
        let writers: BTreeSet<_> = metrics.iter().map(|metric| metric.partition()).collect();
        assert_eq!(writers.len(), wanted as usize);
        assert_eq!(metrics.sum_by_name("rows_written").unwrap().as_usize(), 200);
        assert_eq!(
            metrics.sum_by_name("bytes_written").unwrap().as_usize() as u64,
            report.bytes
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_that_fails_ends_the_write_and_the_report_has_what_the_others_did() {
    let broker = broker(3).await;
    // In this order: a request that carries both partitions meets the first fault only.
    broker.inject(produce_fault(
        1,
        FaultAction::Refuse(ResponseError::InvalidRecord),
    ));
    broker.inject(produce_fault(
        0,
        FaultAction::DelayAnswer(Duration::from_millis(300)),
    ));
    let frame = query(5, "SELECT value, part AS partition FROM t").await;
    let (failure, report) = failed(to(&broker, frame).save().await);
    assert!(matches!(failure, WriteFailure::Write(_)));
    assert!(
        failure.to_string().contains("topic orders partition 1"),
        "{failure}"
    );
    assert_eq!(broker.records("orders", 1), []);
    assert_claims_hold(&report, &broker);
    assert_eq!((report.writers, report.may_be_written_rows), (5, 0));
}

/// Every produce request for this partition meets it.
fn produce_fault(partition: i32, action: FaultAction) -> Fault {
    Fault {
        api: ApiKey::Produce,
        topic: Some("orders".to_owned()),
        partition: Some(partition),
        after: 0,
        times: u32::MAX,
        action,
    }
}

#[tokio::test]
async fn a_null_topic_is_told_with_its_row() {
    let broker = broker(1).await;
    let topic = "CASE WHEN id = 6 THEN NULL ELSE 'orders' END AS topic";
    let frame = query(1, &format!("SELECT {topic}, value FROM t")).await;
    let (failure, report) = failed(to_any_topic(&broker, frame).save().await);
    assert_snapshot!(failure, @"row 7, column topic: The Kafka message data sent to the producer contains a null topic. Use the `topic` option for setting a default topic.");
    assert_eq!((report.rows, values(&broker, 0).len()), (0, 0));
}

#[tokio::test]
async fn a_query_that_fails_half_way_is_the_fault_of_the_query() {
    let broker = broker(1).await;
    let value = "CAST(CAST(CASE WHEN id = 35 THEN 'x' ELSE value END AS INT) AS VARCHAR) AS value";
    let frame = query(1, &format!("SELECT {value} FROM t")).await;
    let (failure, report) = failed(to(&broker, frame).save().await);
    assert!(matches!(failure, WriteFailure::Query(_)));
    assert!(
        failure.to_string().contains("Cannot cast string 'x'"),
        "{failure}"
    );
    assert_claims_hold(&report, &broker);
}

/// With a grace that outlasts the test: only a writer that is told to stop ends in time.
#[tokio::test]
async fn a_partition_that_fails_stops_one_that_waits_for_input() {
    let broker = broker(1).await;
    let input = Pausing::default();
    let failing = query(1, "SELECT CAST(1 / (id - id) AS VARCHAR) AS value FROM t").await;
    let both = pausing::frame(input.clone()).union(failing).unwrap();
    let long = Duration::from_secs(3600);
    let writer = to(&broker, both).cancel_with(CancellationToken::new(), long);
    let ended = tokio::time::timeout(DEADLINE, writer.save()).await.unwrap();
    let (failure, _report) = failed(ended);
    assert!(failure.to_string().contains("Divide by zero"), "{failure}");
    until(|| !input.is_running()).await;
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_named() {
    let frame = table(2).table("t").await.unwrap();
    let nowhere = [
        ("topic", "orders"),
        ("kafka.bootstrap.servers", "127.0.0.1:1"),
        ("kafka.max.block.ms", "50"),
    ];
    let (failure, report) = failed(frame.write().options(nowhere).save().await);
    assert!(matches!(failure, WriteFailure::Write(_)));
    assert!(failure.to_string().contains("127.0.0.1:1"), "{failure}");
    assert_eq!(report.rows, 0);
}

#[tokio::test]
async fn rows_are_sent_while_the_input_pauses_and_cancelling_reports_them() {
    let broker = broker(1).await;
    let token = CancellationToken::new();
    let writer = to(&broker, pausing::frame(Pausing::default()));
    let progress = Arc::new(WriteProgress::default());
    let writer = writer
        .progress(Arc::clone(&progress))
        .cancel_with(token.clone(), DEADLINE);
    let write = tokio::spawn(writer.save());
    until(|| progress.rows() == 1).await;
    assert_eq!(values(&broker, 0), ["before the pause"]);
    token.cancel();
    let ended = tokio::time::timeout(DEADLINE, write)
        .await
        .unwrap()
        .unwrap();
    let (failure, report) = failed(ended);
    assert!(matches!(failure, WriteFailure::Cancelled));
    assert_snapshot!(failure, @"the write was cancelled");
    assert_claims_hold(&report, &broker);
    assert_eq!(report.rows, 1);
}

#[tokio::test]
async fn a_write_that_was_cancelled_before_it_began_opens_nothing() {
    let broker = broker(1).await;
    let token = CancellationToken::new();
    token.cancel();
    let frame = query(3, "SELECT value FROM t").await;
    let (failure, report) = failed(to(&broker, frame).cancel_with(token, DEADLINE).save().await);
    assert!(matches!(failure, WriteFailure::Cancelled));
    assert_eq!(
        (report.rows, broker.request_count(ApiKey::ApiVersions)),
        (0, 0)
    );
}

#[tokio::test]
async fn a_failed_write_leaves_the_token_of_the_caller_alone() {
    let broker = broker(1).await;
    let token = CancellationToken::new();
    let frame = query(1, "SELECT CAST(NULL AS VARCHAR) AS topic, value FROM t").await;
    let writer = to_any_topic(&broker, frame).cancel_with(token.clone(), DEADLINE);
    let _failure = failed(writer.save().await);
    assert!(!token.is_cancelled());
}

#[tokio::test]
async fn dropping_the_write_ends_the_query() {
    let broker = broker(1).await;
    let input = Pausing::default();
    let write = tokio::spawn(to(&broker, pausing::frame(input.clone())).save());
    until(|| values(&broker, 0).len() == 1).await;
    assert!(input.is_running());
    write.abort();
    until(|| !input.is_running()).await;
}
