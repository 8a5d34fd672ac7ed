//! Data frames written to Kafka: how they are planned, what is refused, what arrives.

mod broker;
mod copy;
mod explain;
mod frames;
mod from_json;
mod fused;
mod json;
mod meeting;
mod names;
mod options;
mod outcome;
mod panicking;
mod pausing;
mod pinned;
mod plan_only;
mod refused;
mod rejected;
mod scan;
mod sink_suite;
mod slt;
mod spelling;
mod stepping;
mod table;
