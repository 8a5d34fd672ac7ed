//! Producer Configuration.

use tokafka::{KafkaDataFrame, datafusion::prelude::*};

use super::Written;

/// Basic Producer Settings.
pub(crate) async fn basic_producer_settings(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("kafka.acks", "all") // Wait for all replicas
        .option("kafka.retries", "3") // Retry failed sends
        .option("kafka.batch.size", "16384") // Batch size in bytes
        .option("kafka.linger.ms", "5") // Wait up to 5ms to batch
        .option("kafka.buffer.memory", "33554432") // 32MB producer buffer
        .option("topic", "reliable-topic")
        .save()
        .await?;
    Ok(report)
}

/// Performance Optimization.
pub(crate) async fn performance_optimization(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("kafka.acks", "1") // Leader acknowledgment only
        .option("kafka.compression.type", "snappy") // Enable compression
        .option("kafka.batch.size", "65536") // Larger batch size
        .option("kafka.linger.ms", "10") // Higher batching delay
        .option("kafka.buffer.memory", "67108864") // 64MB producer buffer
        .option("topic", "high-throughput-topic")
        .save()
        .await?;
    Ok(report)
}

/// Reliability Configuration.
pub(crate) async fn reliability_configuration(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("kafka.acks", "all") // Wait for all in-sync replicas
        .option("kafka.retries", "10") // More retry attempts
        .option("kafka.retry.backoff.ms", "1000") // 1 second retry backoff
        .option("kafka.enable.idempotence", "true") // A batch that is sent again is kept once
        .option("kafka.max.in.flight.requests.per.connection", "1") // Maintain order
        .option("topic", "critical-topic")
        .save()
        .await?;
    Ok(report)
}
