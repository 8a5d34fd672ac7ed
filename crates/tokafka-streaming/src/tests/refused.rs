//! What is refused at the start, and how it is said.

use datafusion::{logical_expr::Partitioning, prelude::*};
use insta::assert_snapshot;

use super::frames::{check, query, refusal, session, stream, tables, to_copies};
use crate::{StreamingFrame, read_stream};

const COPY: &str = "SELECT key, value FROM s";

#[tokio::test]
async fn the_sink_is_described_without_secrets() {
    let secret = ("kafka.ssl.key.password", "open sesame");
    let writer = query(COPY).await.options([secret]);
    let shown = format!("{writer:?}") + &refusal(writer);
    assert!(!shown.contains(secret.1), "{shown}");
    let writer = query(COPY).await;
    assert_snapshot!(check(writer).sink_description, @"KafkaSink[topic=copies, servers=nowhere.invalid:9092]");
    let frame = stream(&session(), "s");
    let writer = frame.write_stream().options([
        ("kafka.bootstrap.servers", "nowhere.invalid:9092"),
        ("checkpointlocation", "/nowhere"),
    ]);
    let definition = check(writer);
    assert_snapshot!(definition.sink_description, @"KafkaSink[topic_column=topic, servers=nowhere.invalid:9092]");
    assert_eq!(definition.checkpoint, "/nowhere");
}

#[tokio::test]
async fn append_and_update_are_taken_in_any_case() {
    for mode in ["append", "Append", "UPDATE"] {
        check(query(COPY).await.output_mode(mode));
    }
}

#[tokio::test]
async fn other_output_modes_are_refused_in_the_words_of_spark() {
    let complete = refusal(query(COPY).await.output_mode("Complete"));
    assert_eq!(
        complete,
        "[STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION] Invalid streaming output mode: complete. This output mode is not supported for no streaming aggregations on streaming DataFrames/DataSets. SQLSTATE: 42KDE"
    );
    let other = refusal(query(COPY).await.output_mode("foo"));
    assert_eq!(
        other,
        "[STREAMING_OUTPUT_MODE.INVALID] Invalid streaming output mode: foo. Accepted output modes are 'Append', 'Complete', 'Update'. SQLSTATE: 42KDE"
    );
}

#[tokio::test]
async fn a_query_without_a_checkpoint_is_refused_in_the_words_of_spark() {
    let writer = query(COPY).await.option("checkpointLocation", " ");
    assert_eq!(
        refusal(writer),
        r#"checkpointLocation must be specified either through option("checkpointLocation", ...) or SparkSession.conf.set("spark.sql.streaming.checkpointLocation", ...)."#
    );
}

#[tokio::test]
async fn a_static_frame_cannot_be_written_as_a_stream() {
    let writer = query("SELECT name AS value FROM small").await;
    assert_eq!(
        refusal(writer),
        "[WRITE_STREAM_NOT_ALLOWED] `writeStream` can be called only on streaming Dataset/DataFrame. SQLSTATE: 42601"
    );
}

#[tokio::test]
async fn a_stream_cannot_be_written_in_batch() {
    use tokafka_datafusion::KafkaDataFrame;
    let frame = tables().sql(COPY).await.unwrap();
    let writer = frame.write().options([
        ("kafka.bootstrap.servers", "nowhere.invalid:9092"),
        ("topic", "copies"),
    ]);
    let error = writer.save().await.unwrap_err().to_string();
    let words = "[CALL_ON_STREAMING_DATASET_UNSUPPORTED] The method `write` can not be called on streaming Dataset/DataFrame. SQLSTATE: 42KDE";
    assert!(error.contains(words), "{error}");
}

#[tokio::test]
async fn other_formats_are_refused() {
    assert_snapshot!(refusal(query(COPY).await.format("parquet")), @r#"format "parquet" is not supported: streams are read of Kafka and written to Kafka, format "kafka". For files use DataFusion's write_parquet, write_csv or write_json"#);
    let error = read_stream(&session()).format("rate").load().unwrap_err();
    assert_snapshot!(error, @r#"format "rate" is not supported: streams are read of Kafka and written to Kafka, format "kafka". For files use DataFusion's read_parquet, read_csv or read_json"#);
}

#[tokio::test]
async fn options_that_no_stream_is_written_with_are_refused() {
    let writer = query(COPY).await.option("kafka.key.serializer", "x");
    assert_snapshot!(refusal(writer), @"Kafka option 'key.serializer' is not supported as keys are serialized with ByteArraySerializer. Make the key column string or binary");
    let writer = query(COPY).await.option("startingOffsets", "earliest");
    assert_snapshot!(refusal(writer), @"option startingOffsets says what is read: give it to read_stream, or to the table of the source");
    check(query(COPY).await.option("includeHeaders", "true"));
}

/// Spark plans them, and fails with the first batch that has rows.
#[tokio::test]
async fn what_cannot_be_planned_is_refused() {
    let context = tables();
    let frame = stream(&context, "s")
        .filter(col("value").gt(lit(5)))
        .unwrap();
    assert_snapshot!(refusal(to_copies(frame)), @"Error during planning: Cannot infer common argument type for comparison operation BinaryView > Int32");
}

async fn of(sql: &str) -> String {
    refusal(query(sql).await)
}

#[tokio::test]
async fn what_needs_the_rows_of_all_batches_is_refused_by_name() {
    assert_snapshot!(of("SELECT count(*)::STRING AS value FROM s").await, @"aggregation is not supported over a stream: GROUP BY and aggregate functions need the rows of all batches. Write the rows, and aggregate where they are read");
    assert_snapshot!(of("SELECT key AS value FROM s GROUP BY key").await, @"aggregation is not supported over a stream: GROUP BY and aggregate functions need the rows of all batches. Write the rows, and aggregate where they are read");
    assert_snapshot!(of("SELECT DISTINCT value FROM s").await, @"DISTINCT is not supported over a stream: it needs the rows of all batches. Write all rows, and leave out repeated ones where they are read");
    assert_snapshot!(of("SELECT value FROM s UNION SELECT value FROM other").await, @"UNION without ALL is not supported over a stream: repeated rows can only be found among all batches. Use UNION ALL");
    assert_snapshot!(of("SELECT value FROM s ORDER BY key").await, @"ORDER BY is not supported over a stream: there is no last row. Leave it out: the records of each partition are written in their order");
    assert_snapshot!(of("SELECT value FROM s LIMIT 3").await, @"LIMIT is not supported over a stream: there is no last row. For smaller batches set maxOffsetsPerTrigger; for the first records of a topic read it in batch");
    assert_snapshot!(of("SELECT row_number() OVER (PARTITION BY key)::STRING AS value FROM s").await, @"a window function is not supported over a stream: it needs the rows of all batches. Write the rows, and use it where they are read");
    assert_snapshot!(of("SELECT value FROM s EXCEPT ALL SELECT value FROM other").await, @"a join of two streams is not supported: rows that belong together may come in different batches. Join with a static table, or write both and join where they are read");
    let recursive =
        "WITH RECURSIVE r AS (SELECT value FROM s UNION ALL SELECT value FROM r) SELECT * FROM r";
    assert_snapshot!(of(recursive).await, @"a recursive query is not supported over a stream: it needs the rows of all batches. Write the rows, and query them where they are read");
}

#[tokio::test]
async fn two_streams_are_not_joined() {
    let both = "SELECT s.value FROM s JOIN other ON s.key = other.key";
    assert_snapshot!(of(both).await, @"a join of two streams is not supported: rows that belong together may come in different batches. Join with a static table, or write both and join where they are read");
    let itself = "SELECT a.value FROM s a, s b WHERE a.key = b.key";
    assert_snapshot!(of(itself).await, @"a join of two streams is not supported: rows that belong together may come in different batches. Join with a static table, or write both and join where they are read");
}

#[tokio::test]
async fn subqueries_over_streams_are_refused() {
    let looked_up = "SELECT value FROM s WHERE key IN (SELECT key FROM other)";
    assert_snapshot!(of(looked_up).await, @"a subquery is not supported over a stream: a batch does not hold what the subquery looks for. Select from the stream itself, and look up in static tables");
    let single = "SELECT value, (SELECT max(key) FROM other) AS key FROM s";
    assert_snapshot!(of(single).await, @"a subquery is not supported over a stream: a batch does not hold what the subquery looks for. Select from the stream itself, and look up in static tables");
    let below = "SELECT s.value FROM s JOIN small ON s.key::STRING = small.id WHERE name IN (SELECT name FROM large WHERE id IN (SELECT key::STRING FROM other))";
    assert_snapshot!(of(below).await, @"a subquery is not supported over a stream: a batch does not hold what the subquery looks for. Select from the stream itself, and look up in static tables");
    let lateral = "SELECT name AS value FROM small, LATERAL (SELECT value FROM s WHERE s.key::STRING = small.id)";
    assert_snapshot!(of(lateral).await, @"a subquery is not supported over a stream: a batch does not hold what the subquery looks for. Select from the stream itself, and look up in static tables");
}

#[tokio::test]
async fn joins_that_keep_the_static_side_are_refused() {
    let join = |kind: &str, left: &str, right: &str| {
        format!("SELECT 'x' AS value FROM {left} {kind} JOIN {right} ON s.key::STRING = small.id")
    };
    assert_snapshot!(of(&join("LEFT", "small", "s")).await, @"Left outer join with a streaming DataFrame/Dataset on the right and a static DataFrame/Dataset on the left not supported: rows of the static side would be written for every batch that does not match them. Use an inner join, or keep the rows of the stream");
    assert_snapshot!(of(&join("RIGHT", "s", "small")).await, @"Right outer join with a streaming DataFrame/Dataset on the left and a static DataFrame/Dataset on the right not supported: rows of the static side would be written for every batch that does not match them. Use an inner join, or keep the rows of the stream");
    assert_snapshot!(of(&join("FULL", "s", "small")).await, @"Full outer join with a streaming DataFrame/Dataset on the left and a static DataFrame/Dataset on the right not supported: rows of the static side would be written for every batch that does not match them. Use an inner join, or keep the rows of the stream");
    assert_snapshot!(of(&join("LEFT SEMI", "small", "s")).await, @"LeftSemi join with a streaming DataFrame/Dataset on the right and a static DataFrame/Dataset on the left not supported: rows of the static side would be written with every batch. Keep the rows of the stream");
    assert_snapshot!(of(&join("LEFT ANTI", "small", "s")).await, @"LeftAnti join with a streaming DataFrame/Dataset on the right and a static DataFrame/Dataset on the left not supported: rows of the static side would be written with every batch. Keep the rows of the stream");
    assert_snapshot!(of(&join("RIGHT ANTI", "s", "small")).await, @"RightAnti join with a streaming DataFrame/Dataset on the left and a static DataFrame/Dataset on the right not supported: rows of the static side would be written with every batch. Keep the rows of the stream");
}

#[tokio::test]
async fn joins_that_do_not_keep_the_order_of_records_are_refused() {
    assert_snapshot!(of("SELECT value FROM s CROSS JOIN small").await, @"a join without an equality of columns is not supported over a stream: it would not keep the order of the records. Join by columns that are equal, or take a single value by (SELECT …)");
    assert_snapshot!(of("SELECT value FROM s JOIN small ON s.key::STRING < small.id").await, @"a join without an equality of columns is not supported over a stream: it would not keep the order of the records. Join by columns that are equal, or take a single value by (SELECT …)");
    assert_snapshot!(of("SELECT value FROM s WHERE key::STRING NOT IN (SELECT id FROM small)").await, @"NOT IN (SELECT …) is not supported over a stream: it would hold all rows of the stream. Use NOT EXISTS (SELECT …)");
}

#[tokio::test]
async fn a_static_table_is_not_written_with_every_batch() {
    assert_snapshot!(of("SELECT value FROM s UNION ALL SELECT name::BYTEA FROM small").await, @"UNION with a static table is not supported over a stream: its rows would be written with every batch. Write the static table once, in batch");
}

#[tokio::test]
async fn repartitioning_is_refused() {
    let frame = stream(&session(), "s");
    let spread = |frame: DataFrame| frame.repartition(Partitioning::RoundRobinBatch(2));
    assert_snapshot!(refusal(to_copies(frame.transform(spread).unwrap())), @"repartition is not supported over a stream: each partition of a topic has a writer of its own, which keeps its order. For more writers set minPartitions");
}

#[tokio::test]
async fn other_statements_are_refused() {
    let context = tables();
    let frame = context.sql("EXPLAIN SELECT value FROM s").await.unwrap();
    assert_snapshot!(refusal(to_copies(StreamingFrame::from_frame(frame))), @"Explain is not supported over a stream: select, filter and join what its records hold");
}
