//! Holds no code: its tests let librdkafka and Kafka's own tools read what tokafka wrote.
//!
//! A crate of its own, outside the default members, since librdkafka needs a C++ compiler:
//!
//! ```text
//! dev/kafka run -- cargo test -p tokafka-readback
//! ```
