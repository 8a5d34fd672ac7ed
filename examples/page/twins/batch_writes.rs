//! Batch Writes.

use tokafka::{
    KafkaDataFrame,
    datafusion::{arrow::datatypes::DataType, prelude::*},
    struct_all, to_json,
};

use super::Written;

/// Simple Batch Write.
pub(crate) async fn simple_batch_write(rows: DataFrame, servers: &str) -> Written {
    let all = struct_all(rows.schema())?;
    let report = rows
        .select([
            cast(col("id"), DataType::Utf8).alias("key"),
            to_json(all).alias("value"),
        ])?
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "batch-data")
        .save()
        .await?;
    Ok(report)
}

/// Partitioned Batch Write.
pub(crate) async fn partitioned_batch_write(rows: DataFrame, servers: &str) -> Written {
    let all = struct_all(rows.schema())?;
    let user = cast(col("user_id"), DataType::Int64);
    let report = rows
        .select([
            cast(col("user_id"), DataType::Utf8).alias("key"),
            to_json(all).alias("value"),
            cast(user % lit(10), DataType::Int32).alias("partition"),
        ])?
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "partitioned-data")
        .save()
        .await?;
    Ok(report)
}

/// Multi-Topic Batch Write.
pub(crate) async fn multi_topic_batch_write(rows: DataFrame, servers: &str) -> Written {
    let topic = when(col("category").eq(lit("orders")), lit("order-events"))
        .when(col("category").eq(lit("payments")), lit("payment-events"))
        .when(
            col("category").eq(lit("inventory")),
            lit("inventory-events"),
        )
        .otherwise(lit("misc-events"))?;
    let report = rows
        .with_column("topic", topic)?
        .select([col("topic"), col("key"), col("value")])?
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .save()
        .await?;
    Ok(report)
}
