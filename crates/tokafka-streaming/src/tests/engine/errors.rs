//! What is told of a query that failed, and of a batch that is done.

use serde_json::Value;

use super::{Bench, soon};
use crate::{SourceOffsets, Trigger, checkpoint::Skip};

#[tokio::test]
async fn a_query_that_failed_tells_it_in_sparks_form() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench.drain().await;
    bench.append(0, 3..5);
    let frame = bench.reader("in").load().unwrap();
    let frame = frame
        .select_exprs(&["CAST(NULL AS STRING) AS topic", "value"])
        .unwrap();
    let writer = bench
        .plain_writer(frame)
        .query_name("nowhere")
        .retry_for(None);
    let query = writer.start().await.unwrap();
    let error = soon(query.await_termination()).await.unwrap_err();
    let text = error.to_string();
    let ids = format!("id = {}, runId = {}", query.id(), query.run_id());
    let text = text.replace(&ids, "IDS");
    let source = r#"KafkaV2[Subscribe[in]]: {"in":{"0":"#;
    let parts = [
        "[STREAM_FAILED] Query [IDS] terminated with exception: row 1, column topic: The Kafka message data sent \
         to the producer contains a null topic.",
        " SQLSTATE: XXKST\n=== Streaming Query ===\nIdentifier: nowhere [IDS]\nCurrent Committed Offsets: {",
        "\nCurrent State: ACTIVE\nThread State: RUNNABLE\n\nLogical Plan:\nProjection: ",
    ];
    for part in parts {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(error.start_offset(), format!("{{{source}3}}}}}}"));
    assert_eq!(error.end_offset(), format!("{{{source}5}}}}}}"));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("row 1, column topic"), "{cause}");
    assert_eq!(
        query.status().message,
        format!("Terminated with exception: {cause}")
    );
    assert_eq!(query.exception().unwrap().to_string(), error.to_string());
    assert!(!query.is_active());
    assert!(soon(query.process_all_available()).await.is_err());
    assert_eq!(
        (bench.entries("offsets"), bench.entries("commits")),
        (vec![0, 1], vec![0])
    );
}

/// The names of a JSON object's fields, in their order.
fn fields(json: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(json).unwrap();
    let names = value.as_object().unwrap().keys();
    let mut names: Vec<_> = names.cloned().collect();
    names.sort_by_key(|name| json.find(&format!("\"{name}\":")));
    names
}

/// Recorded from Spark 4.0.1, Kafka to Kafka.
const RECORDED: &str = r#"{"id":"7f0c2a52-6f6e-4c52-9a55-0b6b0d0e8c11","runId":"0d1f3a52-6f6e-4c52-9a55-0b6b0d0e8c11","name":"orders","timestamp":"2026-11-22T07:50:04.001Z","batchId":2,"batchDuration":458,"numInputRows":26,"inputRowsPerSecond":13.0,"processedRowsPerSecond":56.7,"durationMs":{"addBatch":195,"commitOffsets":205,"getBatch":0,"latestOffset":3,"queryPlanning":7,"triggerExecution":458,"walCommit":51},"stateOperators":[],"sources":[{"description":"KafkaV2[Subscribe[orders]]","startOffset":{"orders":{"0":150,"1":130}},"endOffset":{"orders":{"0":175,"1":131}},"latestOffset":{"orders":{"0":175,"1":131}},"numInputRows":26,"inputRowsPerSecond":13.0,"processedRowsPerSecond":56.7,"metrics":{"avgOffsetsBehindLatest":"0.0","maxOffsetsBehindLatest":"0","minOffsetsBehindLatest":"0"}}],"sink":{"description":"KafkaSink","numOutputRows":26}}"#;

#[tokio::test]
async fn progress_has_the_fields_that_spark_writes_in_its_order() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..6);
    let query = bench
        .in_batches_of(2)
        .query_name("orders")
        .trigger(Trigger::AvailableNow);
    let query = bench.run(query).await.unwrap();
    let progress = query.recent_progress();
    let json = progress[1].json();
    let mut expected = fields(RECORDED);
    expected.push("tokafka".to_owned());
    assert_eq!(fields(&json), expected);
    let (ours, sparks): (Value, Value) = (
        serde_json::from_str(&json).unwrap(),
        serde_json::from_str(RECORDED).unwrap(),
    );
    for part in ["durationMs", "sink"] {
        assert_eq!(
            fields(&ours[part].to_string()),
            fields(&sparks[part].to_string())
        );
    }
    let source = |of: &Value| fields(&of["sources"][0].to_string());
    assert_eq!(source(&ours), source(&sparks));
    assert_eq!(
        (&ours["batchId"], &ours["numInputRows"]),
        (&1.into(), &2.into())
    );
    assert_eq!(
        ours["sources"][0]["startOffset"].to_string(),
        r#"{"in":{"0":2}}"#
    );
    assert_eq!(
        ours["sources"][0]["latestOffset"].to_string(),
        r#"{"in":{"0":6}}"#
    );
    assert_eq!(ours["tokafka"]["lag"].to_string(), r#"{"in":{"0":2}}"#);
    assert_eq!(ours["sink"]["numOutputRows"], 2);
    let first: Value = serde_json::from_str(&progress[0].json()).unwrap();
    assert_eq!(first["sources"][0]["startOffset"], Value::Null);
}

#[tokio::test]
async fn a_batch_of_an_earlier_run_has_no_latest_offsets() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench.drain().await;
    bench.remove("commits/0");
    let query = bench
        .run(bench.query().trigger(Trigger::Once))
        .await
        .unwrap();
    let progress: Value = serde_json::from_str(&query.last_progress().unwrap().json()).unwrap();
    assert_eq!(progress["sources"][0]["latestOffset"], Value::Null);
    assert_eq!(
        progress["sources"][0]["endOffset"].to_string(),
        r#"{"in":{"0":3}}"#
    );
}

#[tokio::test]
async fn offsets_that_the_checkpoint_says_to_skip_are_passed_over() {
    let bench = Bench::new(1).await;
    bench.append(0, 0..3);
    bench.drain().await;
    bench.append(0, 3..9);
    let location = bench.checkpoint().display().to_string();
    assert!(Skip::record(&location, "in", 0, 4..6).await.unwrap());
    bench.drain().await;
    assert_eq!(bench.copied(0), [0, 1, 2, 3, 6, 7, 8]);
    let mut end = SourceOffsets::default();
    end.set("in", 0, 9);
    assert!(bench.file("offsets/1").ends_with(&end.to_json()));
}

/// SPARK-38033.
#[tokio::test]
async fn a_gap_in_the_offsets_is_told_at_the_start() {
    let bench = Bench::new(1).await;
    for batch in 0..5 {
        bench.append(0, [batch]);
        bench.drain().await;
    }
    bench.remove("offsets/3");
    bench.remove("commits/4");
    let error = super::bench::refusal(bench.query().start().await);
    assert!(error.contains("batch 3 doesn't exist"), "{error}");
}
