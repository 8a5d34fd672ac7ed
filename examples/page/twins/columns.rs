//! DataFrame Schema Requirements.

use tokafka::{
    KafkaDataFrame,
    datafusion::{self, arrow::datatypes::DataType, prelude::*},
    register, sql, struct_all, to_json,
};

use super::Written;

/// Required Columns: a value, and nothing else.
pub(crate) async fn required_columns(servers: &str) -> Written {
    let report = dataframe!("value" => ["Hello World"])?
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "messages")
        .save()
        .await?;
    Ok(report)
}

/// Optional Columns: all of them, so that no topic option is needed.
pub(crate) async fn optional_columns(servers: &str) -> Written {
    let context = SessionContext::new();
    register(&context);
    let events = r#"
        SELECT topic, key, value, CAST(partition AS INT) AS partition, array(
            struct('correlation-id' AS key, CAST(correlation AS BINARY) AS value),
            struct('source' AS key, CAST(source AS BINARY) AS value)
        ) AS headers
        FROM (VALUES
            ('user-events', 'user123', '{"event":"login","timestamp":1234567890}', 0, 'abc123', 'web'),
            ('user-events', 'user456', '{"event":"logout","timestamp":1234567891}', 1, 'def456', 'mobile')
        ) AS events (topic, key, value, partition, correlation, source)"#;
    let report = sql(&context, events)
        .await?
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .save()
        .await?;
    Ok(report)
}

/// Type Conversion Examples.
pub(crate) async fn column_types_and_conversion(rows: DataFrame, servers: &str) -> Written {
    let header = |key: &str, value: &str| {
        let value = cast(lit(value), DataType::Binary);
        named_struct(vec![lit("key"), lit(key), lit("value"), value])
    };
    let all = struct_all(rows.schema())?;
    let user = cast(col("user_id"), DataType::Int64);
    let report = rows
        .select([
            col("topic"),
            cast(col("user_id"), DataType::Utf8).alias("key"),
            to_json(all).alias("value"),
            cast(user % lit(10), DataType::Int32).alias("partition"),
            make_array(vec![
                header("content-type", "application/json"),
                header("source", "spark-streaming"),
            ])
            .alias("headers"),
        ])?
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .save()
        .await?;
    Ok(report)
}
