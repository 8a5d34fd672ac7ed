//! What tokafka wrote to real Kafka, as librdkafka, Kafka's own tools and our own reader see it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod cluster;
mod kafka_tools;
mod lineitem;
mod reading;
mod records;
