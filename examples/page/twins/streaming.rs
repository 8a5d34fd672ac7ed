//! Streaming Writes. The page leaves `checkpointLocation` out of two of them, which then do not start, in Spark
//! either.

use std::time::Duration;

use tokafka::{
    StreamingFrame, Trigger,
    datafusion::{
        arrow::datatypes::{DataType, Field, Fields},
        functions::core::expr_fn::get_field,
        prelude::*,
    },
    from_json, read_stream, to_json,
};

use super::Started;

/// The stream that the page takes as given: a topic, from its first record on.
pub(crate) fn kafka_input_stream(
    topic: &str,
    servers: &str,
) -> Result<StreamingFrame, Box<dyn std::error::Error + Send + Sync>> {
    let input = read_stream(&SessionContext::new())
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .load()?;
    Ok(input)
}

/// Basic Streaming Write.
pub(crate) async fn basic_streaming_write(
    input: StreamingFrame,
    servers: &str,
    checkpoint: &str,
) -> Started {
    let query = input
        .select_exprs(&["CAST(value AS STRING)"])?
        .write_stream()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "output-stream")
        .option("checkpointLocation", checkpoint)
        .output_mode("append")
        .start()
        .await?;
    Ok(query)
}

/// Advanced Streaming Write.
pub(crate) async fn advanced_streaming_write(
    input: StreamingFrame,
    servers: &str,
    checkpoint: &str,
) -> Started {
    let input_schema = DataType::Struct(Fields::from(vec![
        Field::new("user_id", DataType::Int32, true),
        Field::new("event_type", DataType::Utf8, true),
    ]));
    let text = |column: &str| cast(col(column), DataType::Utf8);
    let field = |name: &str| get_field(col("data"), name).alias(name);
    let topic = when(
        col("event_type").eq(lit("purchase")),
        lit("purchase-events"),
    )
    .otherwise(lit("general-events"))?;
    let query = input
        .select([
            text("key").alias("key"),
            from_json(text("value"), &input_schema)?.alias("data"),
        ])?
        .select([
            col("key"),
            field("user_id"),
            field("event_type"),
            to_json(col("data")).alias("value"),
        ])?
        .with_column("topic", topic)?
        .select([col("topic"), col("key"), col("value")])?
        .write_stream()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("checkpointLocation", checkpoint)
        .output_mode("append")
        .trigger(Trigger::ProcessingTime(Duration::from_secs(30)))
        .start()
        .await?;
    Ok(query)
}

/// Streaming Write with Headers.
pub(crate) async fn streaming_write_with_headers(
    input: StreamingFrame,
    servers: &str,
    checkpoint: &str,
) -> Started {
    let header = |key: &str, value: &str| {
        let value = cast(lit(value), DataType::Binary);
        named_struct(vec![lit("key"), lit(key), lit("value"), value])
    };
    let query = input
        .select([
            cast(col("key"), DataType::Utf8).alias("key"),
            cast(col("value"), DataType::Utf8).alias("value"),
            make_array(vec![
                header("source", "spark-streaming"),
                header("version", "1.0"),
            ])
            .alias("headers"),
        ])?
        .write_stream()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "enriched-stream")
        .option("checkpointLocation", checkpoint)
        .output_mode("append")
        .start()
        .await?;
    Ok(query)
}
