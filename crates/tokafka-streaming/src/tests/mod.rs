//! Streams: how they are planned, what is refused, what arrives.

mod batches;
mod bounded_on_kafka;
mod engine;
mod frames;
mod joins;
mod plans;
mod refused;
mod sink_suite;
