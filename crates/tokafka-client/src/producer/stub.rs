#![allow(missing_docs, missing_debug_implementations)]
use super::{DeliveryError, DeliveryReport, ProducerError, SendError};
use crate::{batch::{BufferPool, FinishedBatch}, cluster::Cluster, error::*, settings::ProducerSettings};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;
#[derive(Clone, Debug)]
pub struct Producer;
#[derive(Clone, Debug)]
pub struct Topic;
impl Topic {
    pub fn name(&self) -> &Arc<str> { todo!() }
    pub fn id(&self) -> Uuid { todo!() }
    pub fn partition_count(&self) -> u32 { todo!() }
    /// The largest batch, in bytes on the wire, that is known to be accepted.
    pub fn batch_limit(&self) -> usize { todo!() }
}
#[derive(Clone, Debug)]
pub struct Deliveries;
impl Producer {
    pub async fn connect(_: ProducerSettings) -> Result<Self, ProducerError> { todo!() }
    pub fn settings(&self) -> &ProducerSettings { todo!() }
    pub fn cluster(&self) -> &Cluster { todo!() }
    pub fn buffers(&self) -> &BufferPool { todo!() }
    pub async fn topic(&self, _: &str) -> Result<Topic, TopicError> { todo!() }
    pub fn deliveries(&self) -> Deliveries { todo!() }
    pub async fn send(&self, _: &Topic, _partition: u32, _: FinishedBatch, _: &Deliveries) -> Result<(), SendError> { todo!() }
    pub async fn close(self, _grace: Duration) { todo!() }
}
impl Deliveries {
    pub fn failure(&self) -> Option<DeliveryError> { todo!() }
    pub async fn settled(&self) -> Result<(), DeliveryError> { todo!() }
    pub fn take(&self) -> DeliveryReport { todo!() }
    pub fn cancel(&self) { todo!() }
}
