//! Writes Arrow data to Apache Kafka: DataFrames, SQL results, files.
//!
//! One dependency brings everything that a program needs, DataFusion and Arrow included, in the
//! versions that fit:
//!
//! ```no_run
//! use tokafka::{KafkaDataFrame, WriteOptions, datafusion::prelude::*};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let orders = SessionContext::new().sql("SELECT '7' AS key, 'paid' AS value").await?;
//!     let broker = WriteOptions::new().producer("bootstrap.servers", "localhost:9092");
//!     let report = orders.write_kafka(broker.topic("orders")).await?;
//!     println!("{} rows are in the topic", report.rows);
//!     Ok(())
//! }
//! ```
//!
//! The columns `topic`, `key`, `value`, `partition` and `headers` of a query become the parts of a
//! record; only `value` is required. [`KafkaDataFrame`] is where to start: `df.write_kafka(options)`,
//! or `df.write().format("kafka").option(…).save()` in the manner of Spark. A write that returns a
//! [`WriteReport`] is complete to its last row; one that fails says in [`KafkaWriteError`] what
//! was acknowledged all the same.
//!
//! Rows become JSON by [`to_json`], as Spark writes it: [`register`] brings it into a session's SQL,
//! and [`sql()`] takes Spark's own spelling of it.
//!
//! ```no_run
//! use tokafka::{KafkaDataFrame, WriteOptions, datafusion::prelude::*};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ctx = SessionContext::new();
//! tokafka::register(&ctx);
//! let orders = "(VALUES (7, 'paid')) AS orders (id, state)";
//! let query = format!("SELECT CAST(id AS STRING) AS key, to_json(struct(*)) AS value FROM {orders}");
//! let broker = WriteOptions::new().producer("bootstrap.servers", "localhost:9092");
//! tokafka::sql(&ctx, &query).await?.write_kafka(broker.topic("orders")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! A stream is read, shaped row by row, and written on, in batches whose offsets a checkpoint keeps: Spark's
//! checkpoint, in its format. [`read_stream`] is where to start.
//!
//! ```no_run
//! use tokafka::{Trigger, datafusion::prelude::*, read_stream};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let query = read_stream(&SessionContext::new())
//!     .option("kafka.bootstrap.servers", "localhost:9092")
//!     .option("subscribe", "orders")
//!     .load()?
//!     .filter(col("key").is_not_null())?
//!     .select_exprs(&["key", "value"])?
//!     .write_stream()
//!     .option("kafka.bootstrap.servers", "localhost:9092")
//!     .option("topic", "copies")
//!     .option("checkpointLocation", "checkpoints/copies")
//!     .trigger(Trigger::AvailableNow)
//!     .start()
//!     .await?;
//! query.await_termination().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Who comes from Spark finds its names here: [`KafkaWriter`], [`KafkaWrite`], [`KafkaSink`], and the
//! [`ProducerPool`] with `acquire` and `release`. `examples/page` has its guide's examples.

pub use datafusion::{self, arrow};
pub use tokafka_datafusion::{
    Configs, DataFrameWriter, EpochWrite, JsonOptions, KafkaBatchWrite, KafkaDataFrame,
    KafkaFormatFactory, KafkaReadError, KafkaSink, KafkaStreamingWrite, KafkaTable,
    KafkaTableFactory, KafkaWrite, KafkaWriteError, KafkaWriter, PlanError, PlanFinding,
    PoolCounts, ProducerLease, ProducerPool, RangeError, SampleRecord, SaveMode, SecretResolver,
    SqlOptions, SqlStatement, TopicOutlook, TopicPlan, TopicState, WriteError, WriteFailure,
    WriteOptions, WritePlan, WriteProgress, WriteReport, WrittenEpoch, check_sql_syntax, from_json,
    from_json_ddl, insert_target, parse_sql_expr, register, register_with, select_exprs, split_sql,
    sql, sql_with_options, struct_all, to_json, to_json_with,
};
pub use tokafka_streaming::{
    CheckpointError, DataFrameReader, DataStreamReader, DataStreamWriter, Heals, OffsetsJsonError,
    Outage, OwnProgress, QueryDescription, QueryStatus, SinkProgress, SourceError, SourceOffsets,
    SourceProgress, StartError, StreamReadOptions, StreamingFrame, StreamingQuery,
    StreamingQueryError, StreamingQueryListener, StreamingQueryProgress, Trigger, checkpoint, read,
    read_stream, stream_sql,
};
