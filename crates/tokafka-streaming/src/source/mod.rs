//! Kafka as the source of a stream: which offsets there are, and which of them a batch takes.
//!
//! Modules import downwards only, in this order:
//!
//! ```text
//! kafka            a source that is open
//! bounded          a read that ends: its options, and what it takes
//! begin            where a new query begins
//! available        what a query that reads what is there now may rely on
//! lag              a consumer group that is told where batches end
//! loss             what is gone, and whether that matters
//! metrics          how far a batch is behind
//! limits  splits   how much a batch takes, and how it is divided
//! ends             where partitions end, as far as the cluster can be believed
//! look             what the cluster has now
//! options          which topics, from where, how much: checked
//! topics           options that are lists
//! given   rules    options as they were given, and which there are
//! error            why a source cannot say what a batch takes
//! ```

mod available;
mod begin;
mod bounded;
mod ends;
mod error;
mod given;
mod kafka;
mod lag;
mod limits;
mod look;
mod loss;
mod metrics;
mod options;
mod rules;
mod splits;
#[cfg(test)]
mod tests;
mod topics;

pub(crate) use bounded::BatchReadOptions;
pub use error::SourceError;
pub(crate) use kafka::{KafkaSource, NextOffsets, ReadLimit};
pub use options::StreamReadOptions;
pub use rules::STREAM_OPTIONS;
