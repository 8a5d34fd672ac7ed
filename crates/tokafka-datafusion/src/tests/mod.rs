//! Data frames written to Kafka: how they are planned, what is refused, what arrives.

mod broker;
mod explain;
mod frames;
mod from_json;
mod fused;
mod json;
mod meeting;
mod pausing;
mod pinned;
mod refused;
mod scan;
mod spelling;
mod table;
