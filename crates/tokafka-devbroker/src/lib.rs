//! Stub.
#![allow(missing_docs)]
#[derive(Debug, Clone, Default)]
pub struct DevBrokerConfig;
#[derive(Debug)]
pub struct DevBroker;
impl DevBroker {
    pub async fn start(_: DevBrokerConfig) -> std::io::Result<Self> { todo!() }
    pub fn bootstrap(&self) -> String { todo!() }
    pub async fn stop(self) { todo!() }
}
