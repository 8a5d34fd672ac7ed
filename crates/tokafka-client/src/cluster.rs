//! Stub.
#![allow(missing_docs, unused_variables, dead_code)]
use crate::{error::*, settings::{ClientSettings, Endpoint}, wire::{Api, Connection}};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;
/// A Kafka cluster: its brokers, topics and leaders, and the connections to it. Clones share.
#[derive(Clone, Debug)]
pub struct Cluster;
/// Whether asking for a topic may create it (R11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoCreate { Allowed, Never }
#[derive(Clone, Debug)]
pub struct TopicView { pub name: Arc<str>, pub id: Uuid, pub partitions: Vec<PartitionView> }
#[derive(Clone, Copy, Debug)]
pub struct PartitionView { pub leader: Option<i32>, pub leader_epoch: i32 }
/// What is known of the cluster at one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct View { pub(crate) brokers: HashMap<i32, Endpoint>, pub(crate) topics: HashMap<Arc<str>, Arc<TopicView>>, pub(crate) controller: Option<i32> }
impl View { pub(crate) fn topic(&self, name: &str) -> Option<&Arc<TopicView>> { self.topics.get(name) } }
/// Who is to answer a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target { Any, Controller, Broker(i32) }
/// The leader that a produce or fetch response names beside its error (KIP-951).
#[derive(Clone, Debug)]
pub(crate) struct LeaderHint { pub(crate) topic: Arc<str>, pub(crate) partition: i32, pub(crate) leader: i32, pub(crate) leader_epoch: i32, pub(crate) endpoint: Option<Endpoint> }
impl Cluster {
    /// Tries the bootstrap addresses for up to `max.block.ms` until one answers ApiVersions and Metadata.
    pub async fn connect(_: ClientSettings) -> Result<Self, ConnectError> { todo!() }
    pub fn settings(&self) -> &ClientSettings { todo!() }
    /// A topic with a leader for each partition, waited for up to `max.block.ms` where waiting can help.
    pub async fn topic(&self, _: &str, _: AutoCreate) -> Result<Arc<TopicView>, TopicError> { todo!() }
    /// One fresh metadata answer for a topic, no waiting (R11: "no such partition" is said after one).
    pub async fn fresh_topic(&self, _: &str) -> Result<Arc<TopicView>, TopicError> { todo!() }
    pub(crate) fn view(&self) -> Arc<View> { todo!() }
    /// Asks for these topics anew, never creating them; concurrent callers share one request.
    pub(crate) async fn refresh(&self, topics: &[Arc<str>]) -> Result<Arc<View>, RequestError> { todo!() }
    /// Takes in leaders that an answer named; older epochs are ignored.
    pub(crate) fn learn(&self, hints: &[LeaderHint]) { todo!() }
    /// One request, one attempt, on the connection kept for such requests (slot 0 is shared with lanes). `build` gets the negotiated version.
    pub(crate) async fn call<R: Api>(&self, target: Target, build: impl Fn(i16) -> R + Send) -> Result<R::Response, RequestError> { todo!() }
    /// The connection of a broker's slot, opened if need be, after the reconnect back-off. Concurrent callers share one attempt.
    pub(crate) async fn connection(&self, broker: i32, slot: usize) -> Result<Connection, ConnectError> { todo!() }
    /// Closes all connections.
    pub async fn shutdown(&self) { todo!() }
}
