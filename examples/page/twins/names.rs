//! KafkaWriter, KafkaWrite, KafkaSink, and the producer pool.

use std::sync::Arc;

use tokafka::{
    KafkaDataFrame, KafkaSink, KafkaWrite, KafkaWriter, ProducerPool, WriteOptions,
    datafusion::prelude::*, select_exprs,
};

use super::Written;

/// KafkaWriter: basic write with topic specified in options.
pub(crate) async fn basic_write(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "output-topic")
        .save()
        .await?;
    Ok(report)
}

/// KafkaWriter: write with topic column for dynamic routing.
pub(crate) async fn write_with_topic_column(rows: DataFrame, servers: &str) -> Written {
    let columns = ["topic", "CAST(key AS STRING)", "CAST(value AS STRING)"];
    let report = select_exprs(rows, &columns)?
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .save()
        .await?;
    Ok(report)
}

/// KafkaWriter: its functions, called as they are.
pub(crate) async fn kafka_writer(rows: DataFrame, servers: &str) -> Written {
    let params = [("bootstrap.servers", servers)];
    KafkaWriter::validate_query(rows.schema(), params, Some("written"))?;
    let schema = rows.schema().clone();
    let records = rows.select([
        KafkaWriter::topic_expression(&schema, Some("written"))?,
        KafkaWriter::key_expression(&schema)?,
        KafkaWriter::value_expression(&schema)?,
        KafkaWriter::headers_expression(&schema)?,
        KafkaWriter::partition_expression(&schema)?,
    ])?;
    Ok(KafkaWriter::write(records, params, None).await?)
}

/// KafkaWrite, in batch.
pub(crate) async fn kafka_write_to_batch(rows: DataFrame, servers: &str) -> Written {
    let write = KafkaWrite {
        topic: Some("batches".to_owned()),
        producer_params: [("bootstrap.servers", servers)].into(),
        schema: Arc::clone(rows.schema().inner()),
    };
    Ok(write.to_batch()?.write(rows).await?)
}

/// KafkaWrite, as the sink of a stream.
pub(crate) async fn kafka_write_to_streaming(rows: DataFrame, servers: &str) -> Written {
    let write = KafkaWrite {
        topic: Some("epochs".to_owned()),
        producer_params: [("bootstrap.servers", servers)].into(),
        schema: Arc::clone(rows.schema().inner()),
    };
    let sink = write.to_streaming()?;
    let written = sink.begin(0).write(rows).await?;
    Ok(written.commit().await?)
}

/// KafkaSink: a batch that was written is left out when it comes again.
pub(crate) async fn kafka_sink(rows: DataFrame, servers: &str) -> Written {
    let params = [("bootstrap.servers", servers)];
    let mut sink = KafkaSink::new(&SessionContext::new(), params, Some("numbered"));
    let report = sink.add_batch(0, rows.clone()).await?;
    let again = sink.add_batch(0, rows).await?;
    match (report, again) {
        (Some(report), None) => Ok(report),
        _ => Err("batch 0 should be written once".into()),
    }
}

/// Producer Cache Configuration.
pub(crate) async fn producer_cache_configuration(rows: DataFrame, servers: &str) -> Written {
    let report = rows
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", servers)
        .option("topic", "cached")
        .option("spark.kafka.producer.cache.timeout", "10m") // or tokafka.producer.cache.timeout
        .option("spark.kafka.producer.cache.evictorThreadRunInterval", "1m")
        .save()
        .await?;
    Ok(report)
}

/// Producer Pool Management: connects before the first write needs it.
pub(crate) async fn producer_pool_management(rows: DataFrame, servers: &str) -> Written {
    let options = WriteOptions::from([("bootstrap.servers", servers), ("client.id", "pooled")]);
    let pool = ProducerPool::process();
    let producer = pool.acquire(&options).await?;
    let report = rows.write_kafka(options.topic("pooled")).await;
    pool.release(producer);
    Ok(report?)
}
