use super::{
    endpoint::{Endpoint, parse_servers},
    properties::Properties,
    rules as r,
    values::{Values, invalid},
};
use crate::error::SettingsError;
use std::time::Duration;

/// How a cluster is reached: what producers and readers have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientSettings {
    /// `bootstrap.servers`: at least one address.
    pub bootstrap_servers: Vec<Endpoint>,
    /// `client.id`.
    pub client_id: String,
    /// `request.timeout.ms`: how long an answer may take.
    pub request_timeout: Duration,
    /// `retry.backoff.ms`: the wait before the first retry of a request.
    pub retry_backoff: Duration,
    /// `retry.backoff.max.ms`: the longest wait before a retry; at least `retry_backoff`.
    pub retry_backoff_max: Duration,
    /// `reconnect.backoff.ms`: the wait before a broker is tried again.
    pub reconnect_backoff: Duration,
    /// `reconnect.backoff.max.ms`: the longest such wait; at least `reconnect_backoff`.
    pub reconnect_backoff_max: Duration,
    /// `connections.max.idle.ms`: an unused connection is closed after this.
    pub connections_max_idle: Duration,
    /// `metadata.max.age.ms`: what is known of a topic is asked for anew after this.
    pub metadata_max_age: Duration,
    /// `socket.connection.setup.timeout.ms`: how long connecting may take.
    pub connection_setup_timeout: Duration,
    /// `socket.connection.setup.timeout.max.ms`: the longest such wait after failures; at least
    /// `connection_setup_timeout`.
    pub connection_setup_timeout_max: Duration,
    /// When to start again from `bootstrap_servers`: `metadata.recovery.rebootstrap.trigger.ms`
    /// without an answer, or `None` if `metadata.recovery.strategy` is `none`.
    pub rebootstrap: Option<Duration>,
    /// `send.buffer.bytes`; `None` leaves it to the system.
    pub send_buffer: Option<usize>,
    /// `receive.buffer.bytes`; `None` leaves it to the system.
    pub receive_buffer: Option<usize>,
    /// `tokafka.max.response.bytes`: a longer answer closes the connection.
    pub max_response_size: usize,
    /// `tokafka.connections.per.broker`: at least one.
    pub connections_per_broker: usize,
    /// `max.block.ms`: how long waiting for the cluster, a topic or the memory budget may take.
    pub max_block: Duration,
}

impl ClientSettings {
    /// Checks all properties and reads those of the client. Nothing is opened.
    pub fn from_properties(properties: &Properties) -> Result<Self, SettingsError> {
        Self::read(Values::check(properties)?)
    }

    pub(super) fn read(values: Values<'_>) -> Result<Self, SettingsError> {
        check_security(values)?;
        let retry_backoff = values.millis(r::RETRY_BACKOFF)?;
        let reconnect_backoff = values.millis(r::RECONNECT_BACKOFF)?;
        let setup_timeout = values.millis(r::SETUP_TIMEOUT)?;
        Ok(Self {
            bootstrap_servers: bootstrap_servers(values)?,
            client_id: values.text(r::CLIENT_ID).to_owned(),
            request_timeout: values.millis(r::REQUEST_TIMEOUT)?,
            retry_backoff,
            retry_backoff_max: values.millis(r::RETRY_BACKOFF_MAX)?.max(retry_backoff),
            reconnect_backoff,
            reconnect_backoff_max: values
                .millis(r::RECONNECT_BACKOFF_MAX)?
                .max(reconnect_backoff),
            connections_max_idle: values.millis(r::CONNECTIONS_MAX_IDLE)?,
            metadata_max_age: values.millis(r::METADATA_MAX_AGE)?,
            connection_setup_timeout: setup_timeout,
            connection_setup_timeout_max: values.millis(r::SETUP_TIMEOUT_MAX)?.max(setup_timeout),
            rebootstrap: rebootstrap(values)?,
            send_buffer: values.optional_size(r::SEND_BUFFER)?,
            receive_buffer: values.optional_size(r::RECEIVE_BUFFER)?,
            max_response_size: values.size(r::MAX_RESPONSE)?,
            connections_per_broker: values.size(r::CONNECTIONS_PER_BROKER)?,
            max_block: values.millis(r::MAX_BLOCK)?,
        })
    }
}

fn bootstrap_servers(values: Values<'_>) -> Result<Vec<Endpoint>, SettingsError> {
    let text = values.text(r::BOOTSTRAP_SERVERS);
    if text.is_empty() {
        return Err(SettingsError::Missing {
            name: r::BOOTSTRAP_SERVERS.name,
            reason: "It names the brokers to ask first, as host:port",
        });
    }
    parse_servers(text).map_err(|reason| invalid(r::BOOTSTRAP_SERVERS, text, reason))
}

fn rebootstrap(values: Values<'_>) -> Result<Option<Duration>, SettingsError> {
    let trigger = values.millis(r::REBOOTSTRAP_TRIGGER)?;
    let never = values
        .text(r::METADATA_RECOVERY)
        .eq_ignore_ascii_case("none");
    Ok((!never).then_some(trigger))
}

fn check_security(values: Values<'_>) -> Result<(), SettingsError> {
    let protocol = values.text(r::SECURITY_PROTOCOL);
    if protocol.eq_ignore_ascii_case("PLAINTEXT") {
        return Ok(());
    }
    let reason = "TLS and SASL are not built yet: connect to a PLAINTEXT listener".to_owned();
    Err(invalid(r::SECURITY_PROTOCOL, protocol, reason))
}
