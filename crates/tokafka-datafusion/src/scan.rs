//! Reading a topic as a table.
//!
//! ```text
//! provider   filters, limit and projection of a query to a node
//! exec       the node
//! stream     its rows
//! pushdown   which offsets filters leave
//! shares     partitions of Kafka to partitions of the query
//! ranges     offsets of several topics as a table
//! columns    columns of the table to parts of records
//! ```
//!
//! The range is fixed when a query is planned, so that it ends: also of `INSERT INTO t SELECT … FROM t`.

mod columns;
mod exec;
mod provider;
mod pushdown;
mod ranges;
mod shares;
mod stream;

pub(crate) use columns::{SourceColumns, all_columns};
pub use exec::KafkaScanExec;
pub(crate) use provider::{ScanRequest, claims, scan};
pub use ranges::{KafkaRanges, RangeCounts, TopicSpan, stream_schema};
