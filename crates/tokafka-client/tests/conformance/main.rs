//! What the client and a broker owe each other. One suite for both brokers: the embedded one in
//! `cargo test`, and Apache Kafka when `TOKAFKA_TEST_KAFKA` names one:
//!
//! ```text
//! dev/kafka run -- cargo test -p tokafka-client --test conformance
//! ```

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod admin;
mod broker;
mod groups;
mod produce;
mod ranges;
mod refusals;
