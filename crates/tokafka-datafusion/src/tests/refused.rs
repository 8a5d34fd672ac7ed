//! What is refused before anything is opened, and how it is said.

use crate::{DataFrameWriter, KafkaDataFrame, PlanError, SaveMode, WriteFailure, WriteOptions};
use datafusion::prelude::DataFrame;
use insta::assert_snapshot;

use super::frames::query;

const NOWHERE: (&str, &str) = ("kafka.bootstrap.servers", "nowhere.invalid:9092");

async fn frame() -> DataFrame {
    query(2, "SELECT key, value FROM t").await
}

fn to_orders(frame: DataFrame) -> DataFrameWriter {
    frame.write().options([NOWHERE, ("topic", "orders")])
}

async fn plan_error(writer: DataFrameWriter) -> PlanError {
    let error = writer.save().await.unwrap_err();
    assert!(
        error.report.is_none(),
        "nothing ran, so that nothing can be reported"
    );
    match error.source {
        WriteFailure::Plan(error) => error,
        other => panic!("not refused while planning: {other}"),
    }
}

#[tokio::test]
async fn another_format_than_kafka_is_refused() {
    let error = plan_error(to_orders(frame().await).format("parquet")).await;
    assert_snapshot!(error, @r#"format "parquet" is not supported: this writer writes to Kafka, format "kafka". For files use DataFusion's write_parquet, write_csv or write_json"#);
}

#[tokio::test]
async fn overwrite_and_ignore_are_refused_in_the_words_of_spark() {
    let error = plan_error(to_orders(frame().await).mode(SaveMode::Overwrite)).await;
    assert_snapshot!(error, @"Save mode Overwrite not allowed for Kafka. Allowed save modes are Append and ErrorIfExists (default).");
    let error = plan_error(to_orders(frame().await).mode(SaveMode::Ignore)).await;
    assert_snapshot!(error, @"Save mode Ignore not allowed for Kafka. Allowed save modes are Append and ErrorIfExists (default).");
}

#[tokio::test]
async fn no_writers_are_refused() {
    let none = plan_error(to_orders(frame().await).writers(0)).await;
    assert_snapshot!(none, @"the number of writers must be at least 1");
    let none = plan_error(to_orders(frame().await).coalesce(0)).await;
    assert_snapshot!(none, @"the number of writers must be at least 1");
}

#[tokio::test]
async fn several_writers_for_an_ordered_query_are_refused() {
    let ordered = query(2, "SELECT value FROM t ORDER BY id").await;
    let error = plan_error(to_orders(ordered).writers(4)).await;
    assert_snapshot!(error, @"4 writers cannot keep the order of ORDER BY: an ordered query has one writer. Leave the number of writers out, or leave out ORDER BY");
}

#[tokio::test]
async fn a_frame_without_a_topic_is_refused() {
    let error = plan_error(frame().await.write().options([NOWHERE])).await;
    assert!(matches!(error, PlanError::Write(_)));
    assert_snapshot!(error, @"Topic option or topic column must be specified for Kafka writes: topic option required when no 'topic' attribute is present. Use the topic option for setting a topic.");
}

#[tokio::test]
async fn a_frame_without_a_value_is_refused() {
    let error = plan_error(to_orders(query(1, "SELECT key FROM t").await)).await;
    assert_snapshot!(error, @"Required attribute 'value' not found");
}

#[tokio::test]
async fn a_query_that_cannot_be_planned_is_the_fault_of_the_query() {
    let text_as_number = query(1, "SELECT value FROM t WHERE value[1] = 1").await;
    let error = to_orders(text_as_number).save().await.unwrap_err();
    assert!(matches!(error.source, WriteFailure::Query(_)), "{error}");
    assert!(error.report.is_none());
}

#[tokio::test]
async fn zero_rows_need_no_broker() {
    let nothing = query(3, "SELECT value FROM t WHERE id < 0").await;
    let options = WriteOptions::new()
        .topic("orders")
        .producer("bootstrap.servers", "nowhere.invalid:9092");
    let report = nothing.write_kafka(options).await.unwrap();
    assert_eq!(
        (report.rows, report.bytes, report.partitions.len()),
        (0, 0, 0)
    );
}
