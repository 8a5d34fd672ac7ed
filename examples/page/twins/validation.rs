//! Error Handling and Validation: what is refused before anything is opened, and how it is said.

use tokafka::{KafkaDataFrame, SaveMode, datafusion::prelude::*};

use super::Written;

/// Schema Validation: fails, since there is no value.
pub(crate) async fn schema_validation(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .select([col("key"), col("topic")])?
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "test")
        .save()
        .await?;
    Ok(report)
}

/// Producer Parameter Validation: fails, since keys are bytes already.
pub(crate) async fn producer_parameter_validation(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("kafka.key.serializer", "custom.serializer")
        .option("topic", "test")
        .save()
        .await?;
    Ok(report)
}

/// Save Mode Validation: Overwrite and Ignore fail; Append, the default, and ErrorIfExists append.
pub(crate) async fn save_mode_validation(
    rows: DataFrame,
    servers: &str,
    mode: SaveMode,
) -> Written {
    let report = rows
        .write()
        .mode(mode)
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "test")
        .save()
        .await?;
    Ok(report)
}
