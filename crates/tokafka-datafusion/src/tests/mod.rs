//! Data frames written to Kafka: how they are planned, what is refused, what arrives.

mod broker;
mod explain;
mod frames;
mod from_json;
mod fused;
mod json;
mod meeting;
mod names;
mod pausing;
mod pinned;
mod refused;
mod sink_suite;
mod spelling;
mod table;
