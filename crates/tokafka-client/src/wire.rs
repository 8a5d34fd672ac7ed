//! Stub.
#![allow(missing_docs, unused_variables, dead_code)]
use crate::{error::*, settings::{ClientSettings, Endpoint}};
use bytes::Bytes;
use kafka_protocol::{messages::ApiKey, protocol::Request};
use std::{ops::RangeInclusive, time::Duration};
/// A request that this client sends, and the versions that it speaks. Implemented for each in one table.
pub(crate) trait Api: Request + Send + Sync { const API: ApiKey; const NAME: &'static str; const VERSIONS: RangeInclusive<i16>; }
/// One connection to one broker. Clones share it; it closes when the last one is dropped, when it is idle for too long, or at the first error.
#[derive(Clone, Debug)]
pub(crate) struct Connection;
/// Whether the broker answers a request. With `acks=0` it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply { Expected, None }
impl Connection {
    /// Connects, authenticates and asks for the broker's versions.
    pub(crate) async fn open(address: &Endpoint, settings: &ClientSettings) -> Result<Self, ConnectError> { todo!() }
    /// `host:port`.
    pub(crate) fn address(&self) -> &str { todo!() }
    /// The highest version of a request that both sides speak.
    pub(crate) fn version(&self, api: ApiKey, name: &'static str, ours: RangeInclusive<i16>) -> Result<i16, ConnectError> { todo!() }
    pub(crate) async fn call<R: Api>(&self, version: i16, request: &R) -> Result<R::Response, RequestError> { todo!() }
    /// Queues a request at once, in the order of calls, header made here, body as given (written vectored, never copied).
    /// The future gives the body of the answer (its header removed), or with `Reply::None` empty bytes once it was written to the socket.
    /// Dropping the future does not take the request back.
    pub(crate) fn submit(&self, api: ApiKey, name: &'static str, version: i16, body: Vec<Bytes>, reply: Reply)
        -> impl Future<Output = Result<Bytes, RequestError>> + Send + 'static + use<> { async { todo!() } }
    /// Sends nothing more for as long as the broker asked (KIP-219).
    pub(crate) fn throttle(&self, pause: Duration) { todo!() }
    pub(crate) fn is_closed(&self) -> bool { todo!() }
}
