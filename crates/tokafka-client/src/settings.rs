//! Stub.
#![allow(missing_docs, missing_debug_implementations)]
use crate::{batch::Compression, error::SettingsError};
use std::time::Duration;
#[derive(Clone, Debug, Default)]
pub struct Properties;
impl Properties {
    pub fn new() -> Self { todo!() }
    pub fn set(&mut self, _: &str, _: &str) { todo!() }
    pub fn get(&self, _: &str) -> Option<&str> { todo!() }
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> { std::iter::empty() }
    /// Parses a Java `.properties` text, as Kafka's own tools take it.
    pub fn parse(_: &str) -> Result<Self, SettingsError> { todo!() }
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint { pub host: String, pub port: u16 }
#[derive(Clone, Debug)]
pub struct ClientSettings {
    pub bootstrap_servers: Vec<Endpoint>, pub client_id: String, pub request_timeout: Duration, pub retry_backoff: Duration, pub retry_backoff_max: Duration,
    pub reconnect_backoff: Duration, pub reconnect_backoff_max: Duration, pub connections_max_idle: Duration, pub metadata_max_age: Duration,
    pub connection_setup_timeout: Duration, pub connection_setup_timeout_max: Duration, pub rebootstrap: Option<Duration>, pub send_buffer: Option<usize>, pub receive_buffer: Option<usize>,
    pub max_response_size: usize, pub connections_per_broker: usize, pub max_block: Duration,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acks { None, Leader, All }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsolationLevel { ReadUncommitted, ReadCommitted }
#[derive(Clone, Debug)]
pub struct ProducerSettings {
    pub client: ClientSettings, pub acks: Acks, pub idempotence: bool, pub retries: u32, pub delivery_timeout: Duration, pub linger: Duration,
    pub batch_size: Option<usize>, pub buffer_memory: usize, pub max_request_size: usize, pub compression: Compression, pub max_in_flight: usize, pub ignore_keys: bool,
}
#[derive(Clone, Debug)]
pub struct FetchSettings { pub client: ClientSettings, pub isolation: IsolationLevel, pub max_bytes: usize, pub partition_max_bytes: usize, pub max_wait: Duration, pub min_bytes: i32 }
/// One property: a row of the rule table.
#[derive(Clone, Copy, Debug)]
pub struct Rule { pub name: &'static str, pub meaning: &'static str, pub default: &'static str, pub effect: Effect, pub secret: bool }
/// What setting a property does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect { Applies, /** Accepted; changes nothing here. */ None, /** An error that says what to do instead. */ Refused(&'static str) }
/// Every property that is known, by name.
pub const RULES: &[Rule] = &[];
/// The rule of a property.
pub fn rule(_name: &str) -> Option<&'static Rule> { todo!() }
impl ProducerSettings { pub fn from_properties(_: &Properties) -> Result<Self, SettingsError> { todo!() } }
impl ClientSettings { pub fn from_properties(_: &Properties) -> Result<Self, SettingsError> { todo!() } }
impl FetchSettings { pub fn from_properties(_: &Properties) -> Result<Self, SettingsError> { todo!() } }
