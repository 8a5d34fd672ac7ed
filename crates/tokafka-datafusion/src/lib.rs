//! Kafka as a sink of DataFusion queries.
//!
//! ```no_run
//! use datafusion::prelude::*;
//! use tokafka_datafusion::KafkaDataFrame;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let ctx = SessionContext::new();
//! let orders = ctx.sql("SELECT '7' AS key, 'paid' AS value").await?;
//! let report = orders
//!     .write()
//!     .format("kafka")
//!     .option("kafka.bootstrap.servers", "localhost:9092")
//!     .option("topic", "orders")
//!     .save()
//!     .await?;
//! assert!(report.acknowledged);
//! # Ok(())
//! # }
//! ```
//!
//! A query becomes `KafkaCountExec <- KafkaWriteExec <- query`: every partition of the query has a
//! writer of its own, and the partitions are the query's (see [`plan`]). Modules import downwards
//! only, in this order:
//!
//! ```text
//! register   what a session is given
//! names      KafkaWriter, KafkaWrite, KafkaSink: the names of Spark's interface
//! write      DataFrameWriter and the extension trait: what a caller types
//! plan_only  what a write would do
//! planned    from a data frame to a physical plan, and running it
//! sql        the front door for Spark's SQL
//! table      topics as tables of SQL, and as targets of COPY
//! plan  scan the nodes that write; the node that reads
//! functions  to_json, from_json
//! error  mode  progress  secrets
//! ```

mod error;
pub mod functions;
mod mode;
mod names;
pub mod plan;
mod plan_only;
mod planned;
mod progress;
mod register;
mod scan;
mod secrets;
mod sql;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub use error::{KafkaWriteError, PlanError, WriteFailure};
pub use functions::{from_json, from_json_ddl, struct_all, to_json, to_json_with};
pub use mode::SaveMode;
pub use names::{
    EpochWrite, KafkaBatchWrite, KafkaSink, KafkaStreamingWrite, KafkaWrite, KafkaWriter,
    WrittenEpoch,
};
pub use plan_only::{PlanFinding, SampleRecord, TopicPlan, WritePlan};
pub use progress::WriteProgress;
pub use register::{register, register_with};
pub use scan::{
    KafkaRanges, KafkaReadError, KafkaScanExec, KafkaSpans, RangeCounts, ScanRequest, TopicSpan,
    stream_schema,
};
pub use secrets::SecretResolver;
pub use sql::{
    SqlStatement, check_sql_syntax, insert_target, parse_sql_expr, select_exprs, split_sql, sql,
    sql_with_options,
};
pub use table::{KafkaFormatFactory, KafkaTable, KafkaTableFactory, SqlOptions};
pub use tokafka_arrow::{
    JsonOptions, PoolCounts, ProducerLease, ProducerPool, RangeError, WriteError, WriteOptions,
    WriteReport,
};
pub use tokafka_client::admin::{Configs, TopicOutlook, TopicState};
pub use write::{DataFrameWriter, KafkaDataFrame};
