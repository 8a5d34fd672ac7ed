//! Stub.
#![allow(missing_docs, missing_debug_implementations)]
use crate::{error::*, settings::ClientSettings};
use std::sync::Arc;
use uuid::Uuid;
#[derive(Clone, Debug)]
pub struct Cluster;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoCreate { Allowed, Never }
#[derive(Clone, Debug)]
pub struct TopicView { pub name: Arc<str>, pub id: Uuid, pub partitions: Vec<PartitionView> }
#[derive(Clone, Copy, Debug)]
pub struct PartitionView { pub leader: Option<i32>, pub leader_epoch: i32 }
impl Cluster {
    pub async fn connect(_: ClientSettings) -> Result<Self, ConnectError> { todo!() }
    pub fn settings(&self) -> &ClientSettings { todo!() }
    pub async fn topic(&self, _: &str, _: AutoCreate) -> Result<Arc<TopicView>, TopicError> { todo!() }
    pub async fn shutdown(&self) { todo!() }
}
