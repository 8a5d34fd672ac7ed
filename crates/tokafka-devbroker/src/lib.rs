//! Stub.
#![allow(missing_docs, unused_variables)]
use bytes::Bytes;
use kafka_protocol::{ResponseError, messages::ApiKey};
use std::{net::SocketAddr, time::Duration};
/// How a broker is set up.
#[derive(Debug, Clone)]
pub struct DevBrokerConfig { pub listen: SocketAddr, pub default_partitions: i32, pub auto_create_topics: bool, pub retention_bytes: usize, pub message_max_bytes: usize }
impl Default for DevBrokerConfig { fn default() -> Self { todo!() } }
/// A running broker. Dropping it stops it.
#[derive(Debug)]
pub struct DevBroker;
/// Something that goes wrong `times` times for requests that match.
#[derive(Debug, Clone)]
pub struct Fault { pub api: ApiKey, /** Any topic if none is named. */ pub topic: Option<String>, pub partition: Option<i32>, /** Matching requests that pass first. */ pub after: u32, pub times: u32, pub action: FaultAction }
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultAction {
    /// Not carried out; answered with this error (per matching partition).
    Refuse(ResponseError),
    /// Carried out, then answered with this error.
    CarryOutThenAnswer(ResponseError),
    /// Carried out; the connection is cut instead of an answer.
    LoseAnswer,
    /// Not carried out; the connection is cut.
    Cut,
    /// Carried out; never answered.
    Silence,
    /// Carried out and answered after a while.
    Delay(Duration),
    /// Answered with this `throttle_time_ms`.
    Throttle(Duration),
}
/// A record as it lies in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord { pub offset: i64, pub timestamp: i64, pub key: Option<Bytes>, pub value: Option<Bytes>, pub headers: Vec<(String, Option<Bytes>)>, pub producer_id: i64, pub producer_epoch: i16, pub sequence: i32 }
impl DevBroker {
    pub async fn start(_: DevBrokerConfig) -> std::io::Result<Self> { todo!() }
    /// `host:port`.
    pub fn bootstrap(&self) -> String { todo!() }
    pub fn create_topic(&self, name: &str, partitions: i32) { todo!() }
    pub fn inject(&self, fault: Fault) { todo!() }
    /// Forgets all sequences, as a broker that lost its state.
    pub fn forget_producers(&self) { todo!() }
    /// The log of a partition, decompressed; empty if there is none.
    pub fn records(&self, topic: &str, partition: i32) -> Vec<StoredRecord> { todo!() }
    /// The batches of a partition as they lie in the log.
    pub fn batches(&self, topic: &str, partition: i32) -> Vec<Bytes> { todo!() }
    /// Requests received, by kind.
    pub fn request_count(&self, api: ApiKey) -> u64 { todo!() }
    pub async fn stop(self) { todo!() }
}
