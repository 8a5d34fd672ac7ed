//! Topic Routing.

use tokafka::{KafkaDataFrame, datafusion::prelude::*};

use super::Written;

/// Static Topic Assignment.
pub(crate) async fn static_topic_assignment(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .select([col("value")])?
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "static-topic")
        .save()
        .await?;
    Ok(report)
}

/// Dynamic Topic Routing.
pub(crate) async fn dynamic_topic_routing(rows: DataFrame, servers: &str) -> Written {
    let topic = when(col("event_type").eq(lit("error")), lit("error-topic"))
        .when(col("event_type").eq(lit("warning")), lit("warning-topic"))
        .otherwise(lit("info-topic"))?;
    let report = rows
        .with_column("topic", topic)?
        .select([col("topic"), col("value")])?
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .save()
        .await?;
    Ok(report)
}

/// Topic Validation: fails, since neither an option nor a column says where the rows go.
pub(crate) async fn topic_validation(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .select([col("value")])?
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .save()
        .await?;
    Ok(report)
}
