//! Kafka as the source of a stream: which offsets there are, and which of them a batch takes.

mod kafka;
mod options;

pub(crate) use kafka::{KafkaSource, NextOffsets, ReadLimit};
pub use options::StreamReadOptions;
