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
//! bounded          topics as a table of a query that ends
//! frame            a data frame over streams
//! start            what is checked before a query starts
//! row_wise         what a query may do with a stream
//! engine           the driver: plan, note, run, note
//! query            what a caller holds of a query that runs
//! poison           the record because of which a batch fails
//! batch            from a plan over streams to the plan of one batch
//! keep_order       outer joins keep the order of the stream
//! static_side      which side of a join is held in memory
//! table            a stream in a plan
//! source           Kafka: which offsets there are, and which a batch takes
//! checkpoint       Spark's files
//! progress         what a query says of its batches
//! trigger          when a batch starts
//! offsets          the next offset of each partition, and its JSON
//! error            what can go wrong, and whether time can heal it (of each room in the room's own file)
//! ```

mod batch;
mod bounded;
pub mod checkpoint;
mod engine;
mod error;
mod frame;
mod keep_order;
mod offsets;
mod poison;
mod progress;
mod query;
mod read;
mod row_wise;
mod source;
mod sql;
mod start;
mod static_side;
mod table;
#[cfg(test)]
mod tests;
mod trigger;
mod write;

pub use checkpoint::CheckpointError;
pub use error::{Heals, StartError};
pub use frame::StreamingFrame;
pub use offsets::{OffsetsJsonError, SourceOffsets};
pub use progress::{
    OwnProgress, QueryStatus, SinkProgress, SourceProgress, StreamingQueryProgress,
};
pub use query::{Outage, StreamingQuery, StreamingQueryError, StreamingQueryListener};
pub use read::{DataFrameReader, DataStreamReader, read, read_stream};
pub use source::{STREAM_OPTIONS, SourceError, StreamReadOptions};
pub use sql::stream_sql;
pub use trigger::Trigger;
pub use write::{DataStreamWriter, QueryDescription};
