//! Stub.
#![allow(missing_docs, unused_variables, dead_code)]
use crate::{cluster::Cluster, error::*};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;
/// Topics and offsets of a cluster. Nothing here creates a topic but `create_topic`.
#[derive(Clone, Debug)]
pub struct Admin;
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicListing { pub name: Arc<str>, pub id: Uuid, pub partitions: u32, pub internal: bool }
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTopic { pub name: String, pub partitions: Option<i32>, pub replication: Option<i16>, pub configs: BTreeMap<String, String> }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetSpec { Earliest, Latest, /** First offset whose timestamp is at least this, in ms; the end if there is none. */ AtTime(i64) }
impl Admin {
    pub fn new(cluster: &Cluster) -> Self { todo!() }
    pub async fn list_topics(&self) -> Result<Vec<TopicListing>, RequestError> { todo!() }
    /// Partitions with leaders, replicas and ISR.
    pub async fn create_topic(&self, topic: &NewTopic) -> Result<(), TopicError> { todo!() }
    pub async fn delete_topic(&self, name: &str) -> Result<(), TopicError> { todo!() }
    /// One offset per partition, in the order of partitions.
    pub async fn offsets(&self, topic: &str, spec: OffsetSpec) -> Result<Vec<i64>, TopicError> { todo!() }
}
