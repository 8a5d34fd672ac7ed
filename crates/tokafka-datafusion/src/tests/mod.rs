//! Data frames written to Kafka: how they are planned, what is refused, what arrives.

mod broker;
mod copy;
mod explain;
mod frames;
mod from_json;
mod fused;
mod json;
mod meeting;
mod outcome;
mod pausing;
mod pinned;
mod refused;
mod scan;
mod slt;
mod spelling;
mod table;
