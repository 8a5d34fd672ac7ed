//! Data frames written to Kafka: how they are planned, what is refused, what arrives.

mod broker;
mod explain;
mod frames;
mod from_json;
mod fused;
mod json;
mod meeting;
mod names;
mod options;
mod pausing;
mod pinned;
mod plan_only;
mod refused;
mod sink_suite;
mod spelling;
mod stepping;
mod table;
