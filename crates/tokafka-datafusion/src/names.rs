//! The names of Spark's interface: [`KafkaWriter`], [`KafkaWrite`] and [`KafkaSink`].
//!
//! All of them write through [`DataFrameWriter`](crate::DataFrameWriter). Producer parameters are
//! [`WriteOptions`](crate::WriteOptions), or a map with Kafka's names.

mod expressions;
mod sink;
mod streaming;
mod write;
mod writer;

pub use sink::KafkaSink;
pub use streaming::{EpochWrite, KafkaStreamingWrite, WrittenEpoch};
pub use write::{KafkaBatchWrite, KafkaWrite};
pub use writer::KafkaWriter;

use tokafka_arrow::WriteOptions;

/// These options, to this topic if there is one.
fn to_topic(params: WriteOptions, topic: Option<&str>) -> WriteOptions {
    match topic {
        Some(topic) => params.topic(topic),
        None => params,
    }
}
