//! Reading topics as tables.
//!
//! ```text
//! provider   a bounded read: filters, limit and projection of a query to a node
//! ranges     offsets of several topics: what a batch of a stream reads
//! exec       the node
//! order      in which order its rows come
//! stream     its rows
//! pushdown   which offsets filters leave
//! shares     partitions of Kafka to partitions of the query
//! columns    columns of the table to parts of records
//! span       offsets to read, and what was read of them
//! error      why they could not be read
//! ```
//!
//! The range is fixed when a query is planned, so that it ends: also of `INSERT INTO t SELECT … FROM t`.

mod columns;
mod error;
mod exec;
mod order;
mod provider;
mod pushdown;
mod ranges;
mod shares;
mod span;
mod stream;

pub use columns::stream_schema;
pub(crate) use columns::{SourceColumns, all_columns};
pub use error::KafkaReadError;
pub use exec::KafkaScanExec;
pub(crate) use provider::scan;
pub use provider::{KafkaSpans, ScanRequest};
pub use ranges::KafkaRanges;
pub use span::{RangeCounts, TopicSpan};
