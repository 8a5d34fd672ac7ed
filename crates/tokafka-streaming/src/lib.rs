//! Streams: Kafka to Kafka in micro-batches, with Spark's checkpoints.
//!
//! A stream is read, shaped by the transformations of DataFusion that work row by row, and written:
//!
//! ```no_run
//! use datafusion::prelude::*;
//! use tokafka_streaming::{Trigger, read_stream};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let ctx = SessionContext::new();
//! let query = read_stream(&ctx)
//!     .format("kafka")
//!     .option("kafka.bootstrap.servers", "localhost:9092")
//!     .option("subscribe", "orders")
//!     .load()?
//!     .select_exprs(&["key", "value"])?
//!     .write_stream()
//!     .format("kafka")
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
//! Each trigger fixes the offsets at which a batch ends, writes them to the checkpoint, runs a bounded
//! query over them, and notes in the checkpoint that it is done (`engine/driver.rs` is the whole of it).
//! At least once: a batch that was not noted as done runs again, with the same offsets.
//!
//! Modules import downwards only, in this order:
//!
//! ```text
//! sql              a stream as a text of statements
//! read  write      what a caller types
//! frame            a data frame over streams
//! start            what is checked before a query starts
//! query            a query that runs
//! engine           the driver: plan, note, run, note
//! batch            from a plan over streams to the plan of one batch
//! table            a stream in a plan
//! source           Kafka: which offsets there are, and which a batch takes
//! checkpoint       Spark's files
//! progress         what a query says of its batches
//! trigger          when a batch starts
//! offsets          the next offset of each partition, and its JSON
//! error            what can go wrong, and whether time can heal it
//! ```

mod batch;
pub mod checkpoint;
mod engine;
mod error;
mod frame;
mod offsets;
mod progress;
mod query;
mod read;
mod source;
mod sql;
mod start;
mod table;
mod trigger;
mod write;

pub use error::{CheckpointError, Heals, SourceError, StartError, StreamingQueryError};
pub use frame::StreamingFrame;
pub use offsets::SourceOffsets;
pub use progress::{QueryStatus, SinkProgress, SourceProgress, StreamingQueryProgress};
pub use query::{Outage, StreamingQuery, StreamingQueryListener};
pub use read::{DataStreamReader, read_stream};
pub use source::StreamReadOptions;
pub use sql::stream_sql;
pub use trigger::Trigger;
pub use write::DataStreamWriter;
