//! Performance Optimization. Every partition of the query has a writer; writers share the producer,
//! its connections and its memory.

use tokafka::{KafkaDataFrame, datafusion::prelude::*};

use super::Written;

/// Batch Size Tuning.
pub(crate) async fn batch_size_tuning(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .write()
        .coalesce(10) // Fewer writers, larger batches
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("kafka.batch.size", "131072") // 128KB batches
        .option("kafka.linger.ms", "20") // Wait longer to fill batches
        .option("kafka.compression.type", "lz4") // Use fast compression
        .option("topic", "high-volume-topic")
        .save()
        .await?;
    Ok(report)
}

/// Memory Management.
pub(crate) async fn memory_management(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .repartition(Partitioning::RoundRobinBatch(50))? // More writers, in parallel
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("kafka.buffer.memory", "134217728") // 128MB for all writers together
        .option("kafka.max.request.size", "10485760") // 10MB max request size
        .option("topic", "large-data-topic")
        .save()
        .await?;
    Ok(report)
}

/// Concurrent Writes.
pub(crate) async fn concurrent_writes(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .repartition(Partitioning::RoundRobinBatch(100))? // A writer each
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("kafka.max.in.flight.requests.per.connection", "5") // More concurrent requests
        .option("topic", "concurrent-topic")
        .save()
        .await?;
    Ok(report)
}
