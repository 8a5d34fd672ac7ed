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

pub use datafusion::{self, arrow};
pub use tokafka_datafusion::{
    DataFrameWriter, JsonOptions, KafkaDataFrame, KafkaFormatFactory, KafkaTable,
    KafkaTableFactory, KafkaWriteError, PlanError, RangeError, SaveMode, SecretResolver,
    WriteError, WriteFailure, WriteOptions, WriteProgress, WriteReport, from_json, from_json_ddl,
    parse_sql_expr, register, register_with, select_exprs, sql, sql_with_options, struct_all,
    to_json, to_json_with,
};
